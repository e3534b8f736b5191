/** What a condition that holds proves about nulls. */
import type { ColumnId, Expr } from '../relational/rel.ts';
import { functionRow } from './functions/table.ts';

/** The columns that are not null in every row for which the condition is true. */
export function notNullWhere(condition: Expr): ReadonlySet<ColumnId> {
  const ids = new Set<ColumnId>();
  whenTrue(condition, ids);
  return ids;
}

function whenTrue(expr: Expr, ids: Set<ColumnId>): void {
  if (expr.kind === 'call') {
    switch (expr.fn) {
      case 'and':
        for (const arg of expr.args) whenTrue(arg, ids);
        return;
      case 'or': {
        const [first, ...rest] = expr.args.map(notNullWhere);
        for (const id of first ?? []) if (rest.every((other) => other.has(id))) ids.add(id);
        return;
      }
      case 'is_not_null':
        for (const arg of expr.args) whenPresent(arg, ids);
        return;
      case 'is_true':
        for (const arg of expr.args) whenTrue(arg, ids);
        return;
      case 'is_false':
      case 'not':
        for (const arg of expr.args) {
          unlessTrue(arg, ids);
          whenPresent(arg, ids);
        }
        return;
      case 'is_distinct':
      case 'is_not_distinct': {
        const [left, right] = expr.args;
        if (left === undefined || right === undefined) return;
        const tells = (other: Expr): boolean => (expr.fn === 'is_distinct' ? isNull(other) : !other.nullable);
        if (tells(right)) whenPresent(left, ids);
        if (tells(left)) whenPresent(right, ids);
        return;
      }
    }
  }
  // Whatever it is, it is not in an empty list: null passes `not in` of a query without rows.
  if (expr.kind === 'in-subquery' && !expr.negated) whenPresent(expr.value, ids);
  whenPresent(expr, ids);
}

function isNull(expr: Expr): boolean {
  return (expr.kind === 'literal' && expr.value === null) || (expr.kind === 'cast' && isNull(expr.value));
}

/** The columns that are not null in every row for which the condition is not true. */
export function notNullUnless(condition: Expr): ReadonlySet<ColumnId> {
  const ids = new Set<ColumnId>();
  unlessTrue(condition, ids);
  return ids;
}

function unlessTrue(expr: Expr, ids: Set<ColumnId>): void {
  if (expr.kind !== 'call') return;
  switch (expr.fn) {
    case 'or':
      for (const arg of expr.args) unlessTrue(arg, ids);
      return;
    case 'and': {
      const [first, ...rest] = expr.args.map(notNullUnless);
      for (const id of first ?? []) if (rest.every((other) => other.has(id))) ids.add(id);
      return;
    }
    case 'is_null':
      for (const arg of expr.args) whenPresent(arg, ids);
      return;
    case 'not': {
      const [inner] = expr.args;
      if (inner?.kind === 'call' && inner.fn === 'is_not_null') for (const arg of inner.args) whenPresent(arg, ids);
      return;
    }
  }
}

/** The columns without which the value would be null: all that strict functions are given. */
function whenPresent(expr: Expr, ids: Set<ColumnId>): void {
  switch (expr.kind) {
    case 'column':
      ids.add(expr.id);
      return;
    case 'cast':
      whenPresent(expr.value, ids);
      return;
    case 'call':
      if (functionRow(expr.fn)?.strict === true) for (const arg of expr.args) whenPresent(arg, ids);
      return;
    default:
      return;
  }
}
