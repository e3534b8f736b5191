import { lastPart } from '../../semantics/symbols.ts';
import type { Query, Stage, TableExpr } from '../../syntax/ast.ts';
import { walk } from '../../syntax/walk.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import { cursorAt, useAt } from '../cursor.ts';
import { occurrences } from '../occurrences.ts';
import type { TextEdit } from '../rename.ts';
import { within } from '../tree.ts';
import type { ActionRule } from './action.ts';

/** A dataset that one other reads and nothing else names: its stages where it is read, and the dataset gone. */
export const inlineDataset: ActionRule = ({ workspace, file, span }) => {
  const cursor = cursorAt(workspace, file, span.start);
  const meaning = cursor === null ? undefined : useAt(workspace, cursor)?.meaning;
  if (meaning?.kind !== 'declaration' || meaning.namespace !== 'dataset') return [];
  const symbol = workspace.symbol('dataset', meaning.name);
  const declared = symbol === null ? null : workspace.declaration(symbol);
  if (symbol?.kind !== 'table' || declared === null || !isPlain(declared)) return [];
  if (workspace.catalog.readers(symbol.name).length !== 1) return [];
  const query = declared.tree.value as Query;
  const places = occurrences(workspace, { kind: 'declaration', symbol }).filter(({ gives }) => !gives);
  const readers = new Set(places.map(({ inside }) => inside.id));
  const [place] = places;
  if (place === undefined || readers.size !== 1 || place.inside.namespace !== 'dataset') return [];
  const reader = workspace.declaration(place.inside);
  const local = { start: place.start - reader.start, end: place.end - reader.start };
  const found = readIn(reader, local);
  // Read twice it would be computed twice, and its qualifiers would be two.
  const reads = places.filter(
    ({ start, end }) => readIn(reader, { start: start - reader.start, end: end - reader.start }) !== null,
  );
  if (found === null || reads.length !== 1) return [];
  const stages = workspace.text(symbol.file).slice(declared.start + query.start, declared.start + query.end);
  const name = found.table.alias?.text ?? lastPart(symbol.name);
  const isNamed = found.table.alias !== null || places.length > 1;
  const separator = stages.includes('\n') ? '\n  |> ' : ' |> ';
  const isHead = found.stage.kind === 'from' && found.stage.tables.length === 1;
  const text = isHead ? `${stages}${isNamed ? `${separator}as ${name}` : ''}` : `(${stages}) as ${name}`;
  const at = isHead ? found.stage : found.table;
  const edits: TextEdit[] = [
    { file: place.file, start: reader.start + at.start, end: reader.start + at.end, text },
    removal(workspace, declared),
  ];
  return [{ title: `Put \`${lastPart(symbol.name)}\` where it is read`, kind: 'inline', edits }];
};

/** Nothing of it would be lost: no promise, no property, no documentation, no `with` that would meet others. */
function isPlain({ tree }: Declared): boolean {
  return (
    tree.value?.kind === 'query' &&
    tree.type === null &&
    tree.doc === null &&
    tree.properties.length === 0 &&
    !tree.value.stages.some(({ kind }) => kind === 'with')
  );
}

/** Where a name of the reader is that of a table that a stage reads. */
function readIn(
  { tree }: Declared,
  span: { readonly start: number; readonly end: number },
): { readonly stage: Stage & { readonly kind: 'from' | 'join' }; readonly table: TableExpr } | null {
  let found: { readonly stage: Stage & { readonly kind: 'from' | 'join' }; readonly table: TableExpr } | null = null;
  walk(tree, (node) => {
    if (node.kind !== 'from' && node.kind !== 'join') return;
    for (const table of node.kind === 'from' ? node.tables : [node.table])
      if (table.kind === 'dataset' && within(span, table.name)) found = { stage: node, table };
  });
  return found;
}

/** With the lines that it leaves empty. */
function removal(workspace: Workspace, { symbol, start, end }: Declared): TextEdit {
  const text = workspace.text(symbol.file);
  const after = /^[ \t]*\n*/.exec(text.slice(end))?.[0].length ?? 0;
  return { file: symbol.file, start, end: end + after, text: '' };
}
