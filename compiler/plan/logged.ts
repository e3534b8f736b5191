/** How a table follows what drives it: the rows that come of new rows, as SQL that waits for the position they come after. */
import type { AtPlan, LogPlan } from '../../runtime/plan.ts';
import { bounded, cutAtBounds, mark } from '../relational/bounds.ts';
import { call, columnRef, exactly, filtered } from '../relational/build.ts';
import { type Driven, driven } from '../relational/driven.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Rel, RelColumn, ScanRel } from '../relational/rel.ts';
import { rewrite } from '../relational/walk.ts';
import type { DatasetModel, UpsertRefresh } from '../semantics/model.ts';
import { isComparable } from '../semantics/widening.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import type { Relation } from './destination.ts';

/** The hidden column of a log. */
const POSITION = '_pipec_position';
/** What the driving scan reads. The last part of a dataset's name is what comments call it. */
const LOG = mark('driver');

const BOUNDS = ['log', 'after'] as const;

/** What comes of the rows that the driver has got since. A query that nothing drives is refused by the checker. */
export function logged(
  dataset: DatasetModel,
  rel: Rel,
  isLog: boolean,
  at: AtPlan,
  dialect: Dialect,
  table: (name: string) => Relation,
): LogPlan {
  const found = driven(rel, POSITION, LOG);
  if (!('driver' in found)) throw new Error(`${dataset.name} cannot be computed of new rows alone: ${found.what}`);
  const named = (name: string): Relation => (name === LOG ? { schema: '_pipec', name: mark('log') } : table(name));
  const fresh = sinceThen(found);
  const { refresh, key } = dataset;
  const isUpsert = refresh.kind === 'upsert';
  const rows = isUpsert ? latest(withoutAssertions(fresh), found.position, key, refresh) : withoutAssertions(fresh);
  const ids = rel.columns.map(({ id }) => id);
  const whole = exactly(rows, isLog ? [...ids, found.position.id] : ids);
  const options = { table: named };
  return {
    kind: isUpsert ? 'upsert' : 'append',
    driver: { dataset: found.driver, ...table(found.driver) },
    sql: cutAtBounds(renderQuery(optimize(whole), dialect, options), BOUNDS),
    assertions: renderAssertions(fresh, dialect, options).map(({ message, sql }) => ({
      message,
      sql: cutAtBounds(sql, BOUNDS),
      at,
    })),
    latest: isUpsert
      ? { key, order: refresh.order, hidden: refresh.deletes?.how === 'hard' ? refresh.deletes.column : null }
      : null,
  };
}

/** The driving scan gives what lies after a position, and nothing else. */
function sinceThen({ rel, position }: Driven): Rel {
  return rewrite(rel, (node) => {
    if (node.kind !== 'scan' || node.dataset !== LOG) return node;
    return filtered(node, [bounded('greater', positionOf(node, position), 'after')], node);
  });
}

function positionOf(scan: ScanRel, position: RelColumn): RelColumn {
  return scan.columns[scan.source.indexOf(POSITION)] ?? position;
}

/** The greatest of each key in `order`, then the last to come; of several out of one row, as everywhere, by their other columns. */
function latest(rel: Rel, position: RelColumn, key: readonly string[], refresh: UpsertRefresh): Rel {
  const { order, deletes } = refresh;
  const named = (name: string): RelColumn => {
    const column = rel.columns.find((candidate) => candidate.name === name);
    if (column === undefined) throw new Error(`no column ${name}`);
    return column;
  };
  const input = deletes?.how === 'ignore' ? filtered(rel, [call('not', [columnRef(named(deletes.column))])], rel) : rel;
  const first = [...order.map(named), position];
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
