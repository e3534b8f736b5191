/** How a table grows: the part of its query that an increment computes, as SQL that waits for its bounds. */
import type { IntervalsPlan } from '../../runtime/plan.ts';
import { cutAtBounds } from '../relational/bounds.ts';
import { allOf } from '../relational/build.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Rel } from '../relational/rel.ts';
import { SPAN, spanBelowAssertions, spanConditions, spanOf } from '../relational/span.ts';
import type { BatchRefresh, DatasetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderExpr } from '../sql/expr.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import type { Relation } from './destination.ts';

/** The rows of `by` in [from, to). Where the condition can be proven to hold of the inputs, it is asked of them. @param recentMs of a sample: how far it reaches back */
export function intervals(
  dataset: DatasetModel,
  rel: Rel,
  refresh: BatchRefresh,
  recentMs: number | undefined,
  dialect: Dialect,
  table: (name: string) => Relation,
): IntervalsPlan {
  const column = rel.columns.find(({ name }) => name === refresh.by);
  if (column === undefined || (column.type.kind !== 'date' && column.type.kind !== 'timestamp'))
    throw new Error(`${dataset.name} is cut by ${refresh.by}, which is no date and no timestamp`);
  const { by, everyMs, timezone, latenessMs, lookbackMs, start } = refresh;
  return {
    kind: 'intervals',
    sql: cutAtBounds(renderQuery(optimize(withoutAssertions(spanOf(rel, column))), dialect, { head: [], table }), SPAN),
    within: cutAtBounds(
      renderExpr(allOf(spanConditions(column)), () => dialect.quote(by), dialect),
      SPAN,
    ),
    assertions: renderAssertions(spanBelowAssertions(rel, column), dialect, { table }).map(({ message, sql }) => ({
      message,
      sql: cutAtBounds(sql, SPAN),
      at: { file: dataset.at.file, line: dataset.at.line },
    })),
    by,
    type: column.type.kind,
    everyMs,
    timezone,
    latenessMs,
    lookbackMs,
    start,
    ...(recentMs === undefined ? {} : { recentMs }),
  };
}
