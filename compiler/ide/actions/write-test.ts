import type { Column, ValueType } from '../../relational/types.ts';
import { lastPart } from '../../semantics/symbols.ts';
import type { Workspace } from '../../workspace/workspace.ts';
import { holds } from '../tree.ts';
import { type ActionAsked, type ActionRule, below, headEnd } from './action.ts';

/** A test of a dataset to fill in: a row of each dataset that it reads, with the columns that it uses, and one that comes out. */
export const writeTest: ActionRule = (asked) => {
  const { workspace, declared, offset } = asked;
  const { symbol, tree } = declared;
  if (symbol.namespace !== 'dataset' || symbol.kind === 'source' || symbol.kind === 'dimension' || tree.name === null)
    return [];
  if (!holds({ start: 0, end: headEnd(declared) }, offset)) return [];
  const row = workspace.row(symbol.name);
  const reads = workspace.catalog.get(symbol.name)?.reads ?? [];
  if (row === null || row.columns.length === 0 || row.columns.some(({ type }) => type.kind === 'error')) return [];
  const given = reads.flatMap((read) => {
    const columns = usedOf(asked, read);
    return columns.length === 0 ? [] : [`  given ${shortest(workspace, read)} = values [${rowText(columns)}]`];
  });
  const lines = [
    `test of ${shortest(workspace, symbol.name)} {`,
    ...given,
    `  expect = values [${rowText(row.columns)}]`,
    '}',
  ];
  return [
    { title: `Write a test of \`${lastPart(symbol.name)}\``, kind: 'rewrite', edits: [below(asked, lines.join('\n'))] },
  ];
};

/** Columns of a dataset that the declaration names, and those of its key; all of them where it names none. */
function usedOf({ workspace, declared }: ActionAsked, dataset: string): readonly Column[] {
  const named = new Set<string>();
  for (const { meaning } of workspace.trace(declared.symbol).uses) {
    const owners =
      meaning.kind === 'column' ? meaning.columns.owners(meaning.id) : meaning.kind === 'owned' ? [meaning] : [];
    for (const { owner, column } of owners) if (owner.kind === 'dataset' && owner.name === dataset) named.add(column);
  }
  const row = workspace.row(dataset);
  const used = (row?.columns ?? []).filter(({ name }) => named.has(name) || row?.keys[0]?.includes(name) === true);
  return used.length > 0 ? used : (row?.columns ?? []);
}

const rowText = (columns: readonly Column[]): string =>
  `{ ${columns.map((column) => `${column.name}: ${sample(column.type)}`).join(', ')} }`;

/** A value of the type, as it is written. */
function sample(type: ValueType): string {
  switch (type.kind) {
    case 'bool':
      return 'true';
    case 'int64':
      return '1';
    case 'decimal':
      return type.scale === 0 ? '1' : `1.${'0'.repeat(type.scale)}`;
    case 'float64':
      return '1e0';
    case 'string':
      return "'a'";
    case 'date':
      return "date '2026-01-01'";
    case 'timestamp':
      return "timestamp '2026-01-01 00:00:00Z'";
    case 'uuid':
      return "'00000000-0000-0000-0000-000000000001'";
    case 'enum':
      return `'${type.values[0] ?? ''}'`;
    case 'list':
      return `[${sample(type.element)}]`;
    default:
      return 'null';
  }
}

/** The fewest parts, from the right, that mean this dataset alone. */
export function shortest(workspace: Workspace, dataset: string): string {
  const parts = dataset.split('.');
  for (let from = parts.length - 1; from > 0; from--) {
    const written = parts.slice(from).join('.');
    const found = workspace.datasetsNamed(written);
    if (found.length === 1 && found[0]?.name === dataset) return written;
  }
  return dataset;
}
