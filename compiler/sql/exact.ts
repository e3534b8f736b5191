/**
 * Which expressions have exactly their declared type on every engine without a cast: a query's columns get one only
 * where it says something. `1` is 32 bits wide, `1.50` as wide as it is written, and decimal arithmetic follows.
 */
import type { Expr } from '../relational/rel.ts';
import type { EngineName } from '../semantics/functions/table.ts';

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

/** These come back from ClickHouse as wide as its bits are. */
const WIDER_ON_CLICKHOUSE = new Set(['greatest', 'least']);

export function isExact(expr: Expr, engine: EngineName): boolean {
  const exact = (part: Expr): boolean => isExact(part, engine);
  switch (expr.kind) {
    case 'column':
    case 'cast':
    // Its one column has been made exact where it is written.
    case 'scalar-subquery':
      return true;
    case 'exists':
    case 'in-subquery':
      // A condition is a small number on ClickHouse.
      return engine !== 'clickhouse';
    case 'literal':
      return (
        expr.value !== null &&
        (expr.type.kind === 'string' ||
          expr.type.kind === 'enum' ||
          expr.type.kind === 'bool' ||
          expr.type.kind === 'date' ||
          expr.type.kind === 'timestamp')
      );
    case 'case': {
      const results = [
        ...expr.branches.map((branch) => branch.then),
        ...(expr.otherwise === null ? [] : [expr.otherwise]),
      ];
      if (expr.type.kind === 'decimal' && engine === 'postgres') return false;
      return expr.type.kind === 'bool' && engine === 'clickhouse' ? results.every(exact) : results.some(exact);
    }
    case 'list':
      return (engine === 'clickhouse' && !listsBools(expr)) || (expr.items.length > 0 && expr.items.every(exact));
    case 'call':
    case 'aggregate':
    case 'window': {
      const same = SAME_AS_ARGUMENT.has(expr.fn) && !(engine === 'clickhouse' && WIDER_ON_CLICKHOUSE.has(expr.fn));
      // What PostgreSQL computes has as many digits as it happens to have.
      if (expr.type.kind === 'decimal') return engine !== 'postgres' && same && expr.args.every(exact);
      if (expr.type.kind === 'int64' && (same || ARITHMETIC.has(expr.fn))) return expr.args.some(exact);
      if (expr.type.kind === 'bool' && engine === 'clickhouse') return same && expr.args.every(exact);
      // A condition stays a small number in a list.
      if (engine === 'clickhouse' && listsBools(expr)) return expr.args.every(exact);
      return true;
    }
  }
}

const listsBools = ({ type }: Expr): boolean => type.kind === 'list' && type.element.kind === 'bool';
