/** What is known of a column where it is written. */
import type { RelColumn } from '../../relational/rel.ts';
import { type Column, type Origin, valueName } from '../../relational/types.ts';
import type { Use } from '../../semantics/trace.ts';
import type { Declared, Workspace } from '../../workspace/workspace.ts';
import { isSame, within } from '../tree.ts';
import { code, fence, list, paragraphs, some } from './markdown.ts';
import { whyNullColumn } from './nulls.ts';
import { tagText } from './rows.ts';

/** Origins of each kind that are named. */
const MOST = 6;

export function columnCard(workspace: Workspace, declared: Declared, use: Use): string | null {
  const column = columnAt(workspace, declared, use);
  return column === null
    ? null
    : columnText(workspace, column, 'id' in column ? whyNull(workspace, declared, column) : null);
}

const whyNull = (workspace: Workspace, declared: Declared, column: RelColumn): string | null =>
  column.nullable ? whyNullColumn(workspace, declared, column) : null;

/** A column as it is at this place: narrowed by what is known there. */
export function columnAt(workspace: Workspace, declared: Declared, { span, meaning }: Use): Column | RelColumn | null {
  if (meaning.kind === 'owned') return ownedColumn(workspace, meaning.owner, meaning.column);
  if (meaning.kind !== 'column') return null;
  const { seen, typed } = workspace.trace(declared.symbol);
  const has = (columns: readonly RelColumn[] | null): RelColumn | undefined =>
    columns?.find(({ id }) => id === meaning.id);
  const around = seen
    .filter((each) => within(span, each.span))
    .sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start));
  for (const { before, after } of around) {
    const found =
      has(before.columns) ?? before.tables.map(({ columns }) => has(columns)).find((each) => each) ?? has(after);
    if (found === undefined) continue;
    const here = typed.findLast(
      (each) => isSame(each.span, span) || (each.span.end === span.end && within(span, each.span)),
    );
    // The last part of `o.note` ends where the whole does; a longer expression does not end with the name alone.
    const isName = here !== undefined && /^[\w.`]+$/.test(textOf(workspace, declared, here.span));
    return isName ? { ...found, ...here.value } : found;
  }
  const [owned] = meaning.columns.owners(meaning.id);
  return owned === undefined ? null : ownedColumn(workspace, owned.owner, owned.column);
}

function textOf(workspace: Workspace, { symbol, start }: Declared, span: { start: number; end: number }): string {
  return workspace.text(symbol.file).slice(start + span.start, start + span.end);
}

function ownedColumn(
  workspace: Workspace,
  owner: { readonly kind: 'dataset' | 'type'; readonly name: string },
  name: string,
): Column | null {
  const symbol = owner.kind === 'type' ? workspace.symbol('type', owner.name) : null;
  const row =
    owner.kind === 'dataset'
      ? workspace.row(owner.name)
      : symbol === null
        ? null
        : workspace.model('type', symbol)?.row;
  return row?.columns.find((column) => column.name === name) ?? null;
}

export function columnText(workspace: Workspace, column: Column, why: string | null): string {
  const { name, type, doc, tags, origins, inexact, nullable } = column;
  return paragraphs([
    fence('pipe', type.kind === 'error' ? name : `${name}: ${valueName(column)}`),
    doc,
    list([
      ...(tags.length === 0 ? [] : [tags.map((tag) => code(tagText(tag))).join(' ')]),
      ...(nullable && why !== null ? [`May be null: ${why}.`] : []),
      ...(inexact
        ? ['Inexact: engines may differ in its last places, so it may not decide which rows there are.']
        : []),
      ...originLines(workspace, origins),
    ]),
  ]);
}

function originLines(workspace: Workspace, origins: readonly Origin[]): readonly string[] {
  const of = (kind: Origin['kind']): readonly string[] => [
    ...new Set(origins.flatMap((each) => (each.kind === kind ? `${each.dataset}.${each.column}` : []))),
  ];
  const [direct, indirect] = [of('direct'), of('indirect')];
  const beyond = sources(workspace, origins).filter((each) => !direct.includes(each));
  const end = beyond.length === 0 ? '' : `, in the end from ${some(beyond, MOST)}`;
  return [
    ...(direct.length === 0 ? [] : [`From ${some(direct, MOST)}${end}`]),
    ...(indirect.length === 0 ? [] : [`Decided by ${some(indirect, MOST)}`]),
  ];
}

/** The columns of sources that values come of in the end. */
function sources(workspace: Workspace, origins: readonly Origin[]): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = origins.filter(({ kind }) => kind === 'direct');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const key = `${next.dataset}.${next.column}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const { dataset, column } = next;
    const before = workspace
      .row(dataset)
      ?.columns.find(({ name }) => name === column)
      ?.origins.filter(({ kind }) => kind === 'direct');
    if (workspace.symbol('dataset', dataset)?.kind === 'source') found.add(key);
    else open.push(...(before ?? []));
  }
  return [...found].sort();
}
