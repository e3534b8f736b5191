/** How a table follows what drives it: the rows that come of new rows, as SQL that waits for the position they come after. */
import type { AtPlan, LogPlan } from '../../runtime/plan.ts';
import { bounded, cutAtBounds, mark } from '../relational/bounds.ts';
import { exactly, filtered } from '../relational/build.ts';
import { type Driven, driven } from '../relational/driven.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Rel, RelColumn, ScanRel } from '../relational/rel.ts';
import { rewrite } from '../relational/walk.ts';
import type { DatasetModel } from '../semantics/model.ts';
import { latest } from '../semantics/upsert.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import type { Relation } from './destination.ts';

/** The hidden column of a log. */
const POSITION = '_pipec_position';
/** What the driving scan reads, still called by its dataset's name in comments. */
const LOG = mark('driver');
const logOf = (name: string): string => `${LOG}.${name}`;
const isLogScan = (name: string): boolean => name.startsWith(LOG);

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
  const found = driven(rel, POSITION, logOf);
  if (!('driver' in found)) throw new Error(`${dataset.name} cannot be computed of new rows alone: ${found.what}`);
  const named = (name: string): Relation => (isLogScan(name) ? { schema: '_pipec', name: mark('log') } : table(name));
  const fresh = sinceThen(found);
  const { refresh, key } = dataset;
  const isUpsert = refresh.kind === 'upsert';
  const rows = isUpsert ? latest(withoutAssertions(fresh), key, refresh, found.position) : withoutAssertions(fresh);
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
    if (node.kind !== 'scan' || !isLogScan(node.dataset)) return node;
    return filtered(node, [bounded('greater', positionOf(node, position), 'after')], node);
  });
}

function positionOf(scan: ScanRel, position: RelColumn): RelColumn {
  return scan.columns[scan.source.indexOf(POSITION)] ?? position;
}
