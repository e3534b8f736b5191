/** Rows as people read them: a line a column, with what is worth knowing of it. */
import type { RelColumn } from '../../relational/rel.ts';
import { type Column, type RowType, sameType, type Tag, valueName } from '../../relational/types.ts';
import { lastPart } from '../../semantics/symbols.ts';
import { fence, paragraphs, some } from './markdown.ts';

/** More columns than this are counted. */
const MOST = 40;
const WIDEST_NAME = 32;
const DOC = 60;

export const tagText = ({ name, value }: Tag): string => `@${name}(${value})`;

/** A dataset's rows. */
export function rowText({ columns, keys }: RowType): string {
  const key = new Set(keys[0] ?? []);
  return lines(columns, (column) => [...(key.has(column.name) ? ['key'] : []), ...notes(column)]);
}

/** The rows after a stage, with what it has changed of those before. */
export function stageText(before: readonly RelColumn[], after: readonly RelColumn[]): string {
  const known = new Map(before.map((column) => [column.id, column]));
  const names = new Map(before.map((column) => [column.name, column]));
  const changes = after.map((column) => changeOf(column, known.get(column.id) ?? null, names.get(column.name) ?? null));
  const text = lines(after, (column, at) => [...(changes[at] ?? []), ...from(column), ...notes(column)]);
  const kept = new Set(after.flatMap(({ id, name }) => [`${id}`, name]));
  const gone = before.filter(({ id, name }) => !kept.has(`${id}`) && !kept.has(name)).map(({ name }) => name);
  return paragraphs([
    text,
    gone.length === 0 || before.length === 0 ? null : `Left out: ${some([...new Set(gone)], 12)}`,
  ]);
}

function changeOf(column: RelColumn, same: RelColumn | null, namesake: RelColumn | null): readonly string[] {
  const was = same ?? namesake;
  if (was === null) return ['new'];
  if (was.name !== column.name) return [`was ${was.name}`];
  if (!sameType(was.type, column.type) || was.nullable !== column.nullable) return [`was ${valueName(was)}`];
  return same === null && !hasSameOrigins(was, column) ? ['changed'] : [];
}

const hasSameOrigins = (a: Column, b: Column): boolean => direct(a).join('\n') === direct(b).join('\n');

const direct = ({ origins }: Column): readonly string[] =>
  origins.flatMap(({ dataset, column, kind }) => (kind === 'direct' ? `${lastPart(dataset)}.${column}` : []));

/** Where a column's values come from; the dataset alone where it has a column of the same name. */
function from(column: Column): readonly string[] {
  const [first, ...more] = direct(column);
  if (first === undefined) return [];
  const [dataset, name] = first.split('.');
  if (more.length === 0 && dataset !== undefined && name === column.name) return [dataset];
  return more.length > 1 ? [`${first} and ${more.length} more`] : [[first, ...more].join(', ')];
}

function notes({ doc, tags, inexact }: Column): readonly string[] {
  const [line = ''] = (doc ?? '').trim().split('\n');
  const short = line.length > DOC ? `${line.slice(0, DOC).trimEnd()}…` : line;
  return [...tags.map(tagText), ...(inexact ? ['inexact'] : []), ...(short === '' ? [] : [short])];
}

function lines<C extends Column>(columns: readonly C[], told: (column: C, at: number) => readonly string[]): string {
  const shown = columns.slice(0, MOST);
  const width = Math.min(WIDEST_NAME, Math.max(0, ...shown.map(({ name }) => name.length))) + 1;
  // What has an error has no type that could be told.
  const typed = shown.map((column) =>
    column.type.kind === 'error' ? column.name : `${`${column.name}:`.padEnd(width)} ${valueName(column)}`,
  );
  const whole = Math.max(0, ...typed.map((text) => text.length));
  const text = shown.map((column, at) => {
    const line = typed[at] ?? '';
    const note = told(column, at).join(' · ');
    return note === '' ? line : `${line.padEnd(whole)}  // ${note}`;
  });
  if (columns.length > MOST) text.push(`// and ${columns.length - MOST} more`);
  return fence('pipe', text.join('\n'));
}
