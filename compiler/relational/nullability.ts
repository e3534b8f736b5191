/** What a condition that holds proves about nulls. */
import type { ColumnId, Expr } from './rel.ts';

/** Whether a function gives null as soon as one of its arguments is null. */
export type IsStrict = (fn: string) => boolean;

/** The columns that are not null in every row for which the condition is true. */
export function notNullWhere(condition: Expr, isStrict: IsStrict): ReadonlySet<ColumnId> {
  const ids = new Set<ColumnId>();
  whenTrue(condition, isStrict, ids);
  return ids;
}

function whenTrue(expr: Expr, isStrict: IsStrict, ids: Set<ColumnId>): void {
  if (expr.kind === 'call') {
    switch (expr.fn) {
      case 'and':
        for (const arg of expr.args) whenTrue(arg, isStrict, ids);
        return;
      case 'or': {
        const [first, ...rest] = expr.args.map((arg) => notNullWhere(arg, isStrict));
        for (const id of first ?? []) if (rest.every((other) => other.has(id))) ids.add(id);
        return;
      }
      case 'is_not_null':
      case 'between':
        for (const arg of expr.args) whenPresent(arg, isStrict, ids);
        return;
      case 'is_true':
        for (const arg of expr.args) whenTrue(arg, isStrict, ids);
        return;
      case 'is_false':
      case 'not':
        for (const arg of expr.args) {
          unlessTrue(arg, isStrict, ids);
          whenPresent(arg, isStrict, ids);
        }
        return;
      case 'is_distinct':
      case 'is_not_distinct': {
        const [left, right] = expr.args;
        if (left === undefined || right === undefined) return;
        const tells = (other: Expr): boolean => (expr.fn === 'is_distinct' ? isNull(other) : !other.nullable);
        if (tells(right)) whenPresent(left, isStrict, ids);
        if (tells(left)) whenPresent(right, isStrict, ids);
        return;
      }
    }
  }
  // Whatever it is, it is not in an empty list: null passes `not in` of a query without rows.
  if (expr.kind === 'in-subquery' && !expr.negated) whenPresent(expr.value, isStrict, ids);
  whenPresent(expr, isStrict, ids);
}

function isNull(expr: Expr): boolean {
  return (expr.kind === 'literal' && expr.value === null) || (expr.kind === 'cast' && isNull(expr.value));
}

/** The columns that are not null in every row for which the condition is not true. */
export function notNullUnless(condition: Expr, isStrict: IsStrict): ReadonlySet<ColumnId> {
  const ids = new Set<ColumnId>();
  unlessTrue(condition, isStrict, ids);
  return ids;
}

function unlessTrue(expr: Expr, isStrict: IsStrict, ids: Set<ColumnId>): void {
  if (expr.kind !== 'call') return;
  switch (expr.fn) {
    case 'or':
      for (const arg of expr.args) unlessTrue(arg, isStrict, ids);
      return;
    case 'and': {
      const [first, ...rest] = expr.args.map((arg) => notNullUnless(arg, isStrict));
      for (const id of first ?? []) if (rest.every((other) => other.has(id))) ids.add(id);
      return;
    }
    case 'is_null':
      for (const arg of expr.args) whenPresent(arg, isStrict, ids);
      return;
    case 'not': {
      const [inner] = expr.args;
      if (inner?.kind === 'call' && inner.fn === 'is_not_null')
        for (const arg of inner.args) whenPresent(arg, isStrict, ids);
      return;
    }
  }
}

/** The columns without which the value would be null: all that strict functions are given. */
function whenPresent(expr: Expr, isStrict: IsStrict, ids: Set<ColumnId>): void {
  switch (expr.kind) {
    case 'column':
      ids.add(expr.id);
      return;
    case 'cast':
      whenPresent(expr.value, isStrict, ids);
      return;
    case 'call':
      for (const arg of needed(expr.fn, expr.args, isStrict)) whenPresent(arg, isStrict, ids);
      return;
    default:
      return;
  }
}

/** The arguments without any one of which the call gives null. */
function needed(fn: string, args: readonly Expr[], isStrict: IsStrict): readonly Expr[] {
  // `5 between 9 and n` has an answer without `n`.
  if (fn === 'between') return args.slice(0, 1);
  return isStrict(fn) ? args : [];
}
