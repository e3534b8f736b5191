/** Tests of what an increment does to what is there: `given previous = …`, `interval: …`. */
import { columnRef, filtered, intLiteral } from '../relational/build.ts';
import type { Expr, Rel, RelColumn } from '../relational/rel.ts';
import { DATE, INT64, STRING, TIMESTAMP } from '../relational/types.ts';
import type { Property, TestBody, Expr as Tree } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { describeValue } from './config.ts';
import type { DatasetRef } from './context.ts';
import type { DeclarationContext } from './declarations/context.ts';
import { knownCall, literal } from './expression-env.ts';
import type { BatchRefresh, Refresh, UpsertRefresh } from './model.ts';
import { upserted } from './upsert.ts';
import { readDate, readTimestamp } from './widening.ts';

const DAY_MS = 86_400_000;
/** Intervals of several days are counted from a Monday where the table has no start, as the runtime does. */
const MONDAY = '1970-01-05';

/** The intervals that a test computes, in [from, to): days as `2024-03-01`, shorter ones as instants. */
export interface TestSpan {
  readonly from: string;
  readonly to: string;
}

/** What a test says of its increment; `broken` where it says it wrongly, which is then reported. */
export type TestIncrement = { readonly kind: 'none' } | { readonly kind: 'broken' } | Increment;
type Increment =
  /** What comes is added to what is there. */
  | { readonly kind: 'append' }
  | { readonly kind: 'upsert'; readonly refresh: UpsertRefresh }
  | { readonly kind: 'intervals'; readonly refresh: BatchRefresh; readonly span: TestSpan };

/** @param previous where the rows from before are given; null where they are not */
export function incrementOf(
  body: TestBody,
  previous: Span | null,
  dataset: DatasetRef,
  refresh: Refresh | null,
  context: DeclarationContext,
): TestIncrement {
  const [property, ...more] = body.properties.filter(({ name }) => name.text === 'interval');
  for (const { name } of more) context.report('duplicate-property', { property: 'interval' }, name);
  if (property === undefined && previous === null) return { kind: 'none' };
  if (property === undefined && refresh?.kind === 'append') return { kind: 'append' };
  if (property === undefined && refresh?.kind === 'upsert') return { kind: 'upsert', refresh };
  if (refresh?.kind !== 'batch') {
    const what = property === undefined ? 'given previous' : 'interval';
    const follows = refresh?.kind === 'append' || refresh?.kind === 'upsert';
    const how = follows ? `not in intervals (\`refresh: ${refresh.kind}\`)` : 'built whole';
    context.report('test-not-incremental', { dataset: dataset.name, what, how }, property?.name ?? previous ?? body);
    return { kind: 'broken' };
  }
  if (property === undefined) {
    const expected = `the interval that is computed: \`interval: ${exampleOf(refresh)}\``;
    context.report(
      'missing-property',
      { owner: 'a test with `previous`', property: 'interval', expected },
      previous ?? body,
    );
    return { kind: 'broken' };
  }
  const span = spanOf(property, refresh, context);
  return span === null ? { kind: 'broken' } : { kind: 'intervals', refresh, span };
}

const exampleOf = ({ everyMs }: BatchRefresh): string =>
  everyMs < DAY_MS ? "timestamp '2024-03-01 06:00:00Z'" : "date '2024-03-01'";

function spanOf({ value }: Property, refresh: BatchRefresh, context: DeclarationContext): TestSpan | null {
  if (value.kind === 'missing' || value.kind === 'checks-body') return null;
  const items: readonly Tree[] = value.kind === 'list' ? value.items : [value];
  const [first, second] = items;
  if (first === undefined || items.length > 2) {
    const example = exampleOf(refresh);
    const expected = `where an interval begins, \`${example}\`, or \`[from, to]\` of which \`to\` is left out`;
    context.report('wrong-property-value', { property: 'interval', expected, found: describeValue(value) }, value);
    return null;
  }
  const from = momentOf(first, refresh, context);
  const to = second === undefined ? null : momentOf(second, refresh, context);
  if (from === null || (second !== undefined && to === null)) return null;
  const end = to ?? textOf(msOf(from) + refresh.everyMs, refresh);
  if (msOf(from) >= msOf(end)) {
    context.report(
      'wrong-property-value',
      { property: 'interval', expected: 'a beginning and a later end', found: `\`${from}\` and \`${end}\`` },
      value,
    );
    return null;
  }
  if (refresh.start !== null && msOf(from) < msOf(refresh.start)) {
    const expected = `not before \`${refresh.start}\`, where the intervals start`;
    context.report('wrong-property-value', { property: 'interval', expected, found: `\`${from}\`` }, first);
    return null;
  }
  return { from, to: end };
}

/** A moment at which an interval begins. */
function momentOf(value: Tree, refresh: BatchRefresh, context: DeclarationContext): string | null {
  const byDay = refresh.everyMs % DAY_MS === 0;
  const written = value.kind === 'date-literal' && value.type === (byDay ? 'date' : 'timestamp') ? value.value : null;
  const moment = written === null ? null : byDay ? readDate(written) : readTimestamp(written);
  if (moment === null) {
    const expected = byDay
      ? "a date, as its intervals are days: `date '2024-03-01'`"
      : "an instant, as its intervals are shorter than a day: `timestamp '2024-03-01 06:00:00Z'`";
    context.report('wrong-property-value', { property: 'interval', expected, found: describeValue(value) }, value);
    return null;
  }
  const anchor = msOf(refresh.start ?? MONDAY);
  const after = ((msOf(moment) - anchor) % refresh.everyMs) + (msOf(moment) < anchor ? refresh.everyMs : 0);
  if (after % refresh.everyMs === 0) return moment;
  const near = textOf(msOf(moment) - after, refresh);
  context.report(
    'wrong-property-value',
    { property: 'interval', expected: `where an interval begins, as \`${near}\` is`, found: `\`${moment}\`` },
    value,
  );
  return null;
}

const msOf = (moment: string): number =>
  Date.parse(moment.length === 10 ? `${moment}T00:00:00Z` : `${moment.slice(0, 23).replace(' ', 'T')}Z`);

function textOf(ms: number, { everyMs }: BatchRefresh): string {
  const text = new Date(ms).toISOString();
  return everyMs % DAY_MS === 0 ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}

/**
 * The table after the increment.
 * @param previous the rows that were there, with the columns of the dataset, in their order
 * @param query what it makes of the given rows, with the same columns
 * @param key of the dataset
 */
export function afterIncrement(
  previous: Rel,
  query: Rel,
  increment: Increment,
  key: readonly string[],
  context: DeclarationContext,
): Rel {
  switch (increment.kind) {
    case 'intervals': {
      const { refresh, span } = increment;
      const kept = filtered(previous, [knownCall('not', [isWithin(previous, refresh, span)])], previous);
      return both(kept, filtered(query, [isWithin(query, refresh, span)], query), context);
    }
    case 'append':
      return both(previous, query, context);
    case 'upsert': {
      const all = both(came(previous, 0, context), came(query, 1, context), context);
      return upserted(all, key, increment.refresh, all.columns.at(-1) ?? null);
    }
  }
}

function both(previous: Rel, query: Rel, context: DeclarationContext): Rel {
  const columns = query.columns.map((column) => ({ ...column, id: context.freshId() }));
  return {
    kind: 'set-operation',
    operation: 'union',
    all: true,
    inputs: [previous, query],
    columns,
    at: null,
    label: query.label,
  };
}

/** With a last column that says when the rows came: of equal ones the later wins. */
function came(input: Rel, when: number, context: DeclarationContext): Rel {
  const position: RelColumn = {
    name: '_pipec_position',
    type: INT64,
    nullable: false,
    inexact: false,
    doc: null,
    tags: [],
    origins: [],
    id: context.freshId(),
  };
  const values = [...input.columns.map(columnRef), intLiteral(when)];
  return { kind: 'project', input, values, columns: [...input.columns, position], at: null, label: input.label };
}

function isWithin({ columns }: Rel, refresh: BatchRefresh, { from, to }: TestSpan): Expr {
  const column = columns.find(({ name }) => name === refresh.by);
  if (column === undefined) throw new Error(`a table in intervals of ${refresh.by} has no such column`);
  const [value, type] = cutBy(column, refresh);
  const least = knownCall('greater_or_equal', [value, literal(from, type)]);
  return knownCall('and', [least, knownCall('less', [value, literal(to, type)])]);
}

/** What the bounds are compared with: of days that are those of a zone, the day there. */
function cutBy(
  column: RelColumn,
  { everyMs, timezone }: BatchRefresh,
): readonly [Expr, typeof DATE | typeof TIMESTAMP] {
  const value = columnRef(column);
  if (column.type.kind === 'date') return [value, DATE];
  if (everyMs % DAY_MS !== 0) return [value, TIMESTAMP];
  return [knownCall('date', timezone === 'UTC' ? [value] : [value, literal(timezone, STRING)]), DATE];
}
