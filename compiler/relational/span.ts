/**
 * The rows of a span of time: a condition on a column of time, whose bounds are known when the query runs. As an interval is
 * the whole query within it, where this condition can stand decides what an increment reads, and what it asserts.
 */
import { bounded, holdsMark } from './bounds.ts';
import { filtered } from './build.ts';
import type { ColumnId, Expr, Rel, RelColumn } from './rel.ts';
import { pushFilters } from './rules/filters.ts';
import { forEachRel, operandsOf, someExpr } from './walk.ts';

/** The names of its bounds. */
export const SPAN = ['from', 'to'] as const;

/** `column in [from, to)`, as its two conditions. */
export const spanConditions = (column: RelColumn): readonly Expr[] => [
  bounded('greater_or_equal', column, 'from'),
  bounded('less', column, 'to'),
];

/** The rows of a relation in a span of one of its columns. */
export function spanOf(rel: Rel, column: RelColumn): Rel {
  return filtered(rel, spanConditions(column), rel);
}

const isOfSpan = (expr: Expr): boolean =>
  someExpr(expr, (part) => part.kind === 'literal' && typeof part.value === 'string' && holdsMark(part.value));

/**
 * The rows of a span, with its condition below every assertion that it may pass: such an assertion looks at the rows of the
 * span alone. It may pass where it is known of every row, also of one that the assertion is there to find.
 */
export function spanBelowAssertions(rel: Rel, column: RelColumn): Rel {
  return pushFilters(
    spanOf(rel, column),
    (condition, input) => isOfSpan(condition) && isKnown(condition, input.columns),
  );
}

/** Functions of time that give something for everything but null. */
const TOTAL = new Set(['greater_or_equal', 'less', 'date', 'date_trunc']);

/**
 * Never null, whatever the rows: the type of a cast that may fail tells what it is after its assertion, so only what cannot
 * fail is believed.
 */
function isKnown(expr: Expr, columns: readonly RelColumn[]): boolean {
  const nullable = (id: ColumnId): boolean => columns.find((column) => column.id === id)?.nullable !== false;
  switch (expr.kind) {
    case 'column':
      return !nullable(expr.id);
    case 'literal':
      return expr.value !== null;
    case 'call':
      return TOTAL.has(expr.fn) && operandsOf(expr).every((operand) => isKnown(operand, columns));
    case 'cast':
      return expr.mode === 'widen' && isKnown(expr.value, columns);
    default:
      return false;
  }
}

/** Whether the span is asked of something that is read. True where nothing is. Takes an optimised relation. */
export function isAskedOfInputs(rel: Rel): boolean {
  let reads = false;
  let asked = false;
  forEachRel(rel, (node) => {
    if (node.kind === 'scan' || node.kind === 'raw-sql') reads = true;
    if (node.kind === 'filter' && node.input.kind === 'scan' && isOfSpan(node.condition)) asked = true;
  });
  return asked || !reads;
}
