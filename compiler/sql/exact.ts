/**
 * Which expressions have exactly their declared type on every engine without a cast: a query's columns get one only
 * where it says something. `1` is 32 bits wide, `1.50` as wide as it is written, and decimal arithmetic follows.
 */
import type { Expr } from '../relational/rel.ts';

/** Functions whose result has the type of (the widest of) their arguments. */
const SAME_AS_ARGUMENT = new Set([
  'coalesce',
  'nullif',
  'greatest',
  'least',
  'min',
  'max',
  'sum',
  'any_value',
  'lag',
  'lead',
  'first_value',
  'last_value',
  'arg_min',
  'arg_max',
]);
/** Of int64 as above; of decimals an engine has widths of its own. */
const ARITHMETIC = new Set(['add', 'subtract', 'multiply', 'negate']);

export function isExact(expr: Expr): boolean {
  switch (expr.kind) {
    case 'column':
    case 'cast':
    case 'exists':
    case 'in-subquery':
    // Its one column has been made exact where it is written.
    case 'scalar-subquery':
      return true;
    case 'literal':
      return (
        expr.value !== null &&
        (expr.type.kind === 'string' ||
          expr.type.kind === 'enum' ||
          expr.type.kind === 'bool' ||
          expr.type.kind === 'date' ||
          expr.type.kind === 'timestamp')
      );
    case 'case':
      return [...expr.branches.map((branch) => branch.then), ...(expr.otherwise === null ? [] : [expr.otherwise])].some(
        isExact,
      );
    case 'list':
      return expr.items.length > 0 && expr.items.every(isExact);
    case 'call':
    case 'aggregate':
    case 'window':
      if (expr.type.kind === 'decimal') return SAME_AS_ARGUMENT.has(expr.fn) && expr.args.every(isExact);
      if (expr.type.kind === 'int64' && (SAME_AS_ARGUMENT.has(expr.fn) || ARITHMETIC.has(expr.fn)))
        return expr.args.some(isExact);
      return true;
  }
}
