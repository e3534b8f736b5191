/** One row a key: what `refresh: upsert` makes of rows. */
import { call, columnRef, filtered } from '../relational/build.ts';
import type { Expr, Rel, RelColumn } from '../relational/rel.ts';
import type { UpsertRefresh } from './model.ts';
import { isComparable } from './widening.ts';

/**
 * The greatest of each key in `order`, then the last to come; of several that come of one row, as everywhere, by their other
 * columns. Deletes that are ignored are passed over; those that are hard are still there.
 * @param position null where nothing says what came last
 */
export function latest(
  rel: Rel,
  key: readonly string[],
  { order, deletes }: UpsertRefresh,
  position: RelColumn | null,
): Rel {
  const named = (name: string): RelColumn => columnNamed(rel, name);
  const input = deletes?.how === 'ignore' ? filtered(rel, [isNo(rel, deletes.column)], rel) : rel;
  const first = [...order.map(named), ...(position === null ? [] : [position])];
  const known = new Set([...key.map(named), ...first].map(({ id }) => id));
  const others = rel.columns.filter(({ id, type, inexact }) => !known.has(id) && isComparable(type) && !inexact);
  return {
    kind: 'distinct',
    input,
    on: key.map((name) => columnRef(named(name))),
    keys: [...first, ...others].map((column) => ({ value: columnRef(column), order: 'desc', nulls: 'last' })),
    columns: input.columns,
    at: rel.at,
    label: rel.label,
  };
}

/** What readers see of it. @param position null where nothing says what came last */
export function upserted(
  rel: Rel,
  key: readonly string[],
  refresh: UpsertRefresh,
  position: RelColumn | null = null,
): Rel {
  const rows = latest(rel, key, refresh, position);
  return refresh.deletes?.how === 'hard' ? filtered(rows, [isNo(rows, refresh.deletes.column)], rows) : rows;
}

const isNo = (rel: Rel, column: string): Expr => call('not', [columnRef(columnNamed(rel, column))]);

function columnNamed(rel: Rel, name: string): RelColumn {
  const column = rel.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
}
