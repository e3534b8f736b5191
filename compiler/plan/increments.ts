/** How a table grows: the part of its query that an increment computes, as SQL that waits for its bounds. */
import type { IntervalsPlan, SpanSql } from '../../runtime/plan.ts';
import { allOf, columnRef, filtered } from '../relational/build.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Expr, Rel } from '../relational/rel.ts';
import { BOOL } from '../relational/types.ts';
import type { BatchRefresh, DatasetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { renderExpr } from '../sql/expr.ts';
import { renderQuery } from '../sql/select.ts';
import type { Relation } from './destination.ts';

/**
 * The bounds stand in the query as literals that are known when it runs. No program can hold U+0000, so that what is cut out
 * of the text is a bound and nothing else.
 */
const NUL = '\0';
const mark = (bound: 'from' | 'to'): string => `${NUL}${bound}${NUL}`;

function spanSql(sql: string): SpanSql {
  return sql.split(NUL).map((part, i) => (i % 2 === 1 ? { bound: part === 'from' ? 'from' : 'to' } : part));
}

/** The rows of `by` in [from, to). Where the condition can be proven to hold of the inputs, it is asked of them. */
export function intervals(
  dataset: DatasetModel,
  rel: Rel,
  refresh: BatchRefresh,
  dialect: Dialect,
  table: (name: string) => Relation,
): IntervalsPlan {
  const column = rel.columns.find(({ name }) => name === refresh.by);
  if (column === undefined || (column.type.kind !== 'date' && column.type.kind !== 'timestamp'))
    throw new Error(`${dataset.name} is cut by ${refresh.by}, which is no date and no timestamp`);
  const value = columnRef(column);
  const within = [bounded(value, 'greater_or_equal', 'from'), bounded(value, 'less', 'to')];
  const part = filtered(rel, within, rel);
  const { by, everyMs, timezone, latenessMs, lookbackMs, start } = refresh;
  return {
    kind: 'intervals',
    sql: spanSql(renderQuery(optimize(withoutAssertions(part)), dialect, { head: [], table })),
    within: spanSql(renderExpr(allOf(within), () => dialect.quote(by), dialect)),
    by,
    type: column.type.kind,
    everyMs,
    timezone,
    latenessMs,
    lookbackMs,
    start,
  };
}

function bounded(value: Expr, fn: 'greater_or_equal' | 'less', bound: 'from' | 'to'): Expr {
  const literal: Expr = { kind: 'literal', value: mark(bound), type: value.type, nullable: false, inexact: false };
  return { kind: 'call', fn, args: [value, literal], type: BOOL, nullable: false, inexact: false };
}
