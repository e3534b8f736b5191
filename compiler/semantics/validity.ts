/**
 * Rows that hold for a time: at any instant at most one of a key does. A join that asks for an instant, or for what holds now,
 * meets one row of a key at most, and multiplies nothing.
 */
import type { ColumnId, Expr } from '../relational/rel.ts';
import type { Validity } from '../relational/types.ts';
import { conjuncts } from './correlation.ts';
import { sameValue } from './stages/support.ts';

/** The same of other columns; null where one of them is not there. */
export function validityOver<A, B>(
  validity: Validity<A> | null | undefined,
  over: (column: A) => B | undefined,
): Validity<B> | null {
  if (validity === null || validity === undefined) return null;
  const key = validity.key.flatMap((column) => over(column) ?? []);
  const [from, until, current] = [over(validity.from), over(validity.until), over(validity.current)];
  if (key.length < validity.key.length || from === undefined || until === undefined || current === undefined)
    return null;
  return { key, from, until, current };
}

/**
 * True where of the rows with the key equal to something at most one meets the condition: it holds at an instant that the
 * other side gives (`from <= t and (until is null or t < until)`), or now (`current`, `until is null`).
 */
export function holdsOnce(
  validity: Validity<ColumnId> | null | undefined,
  equal: readonly (ColumnId | null)[],
  condition: Expr,
  isOther: (value: Expr) => boolean,
): boolean {
  if (validity === null || validity === undefined) return false;
  if (!validity.key.every((id) => equal.includes(id))) return false;
  const parts = conjuncts(condition);
  if (parts.some((part) => isColumn(part, validity.current) || isNull(part, validity.until))) return true;
  const starts = parts.flatMap((part) => comparedWith(part, validity.from, 'above'));
  const ends = parts.flatMap((part) => endsOf(part, validity.until));
  return starts.some(({ other, strict }) =>
    ends.some((end) => (strict || end.strict) && isOther(other) && sameValue(other, end.other)),
  );
}

interface Compared {
  readonly other: Expr;
  /** Whether the two are not equal. */
  readonly strict: boolean;
}

/** `t < until`, also where nothing ends: `until is null or t < until`, `t < coalesce(until, …)`. */
function endsOf(part: Expr, until: ColumnId): readonly Compared[] {
  if (part.kind === 'call' && part.fn === 'or') {
    const others = part.args.filter((arg) => !isNull(arg, until));
    const [only] = others;
    return only !== undefined && others.length === 1 ? comparedWith(only, until, 'below') : [];
  }
  return comparedWith(part, until, 'below');
}

/** What is compared with the column: above it (`column <= other`), or below it (`other < column`). */
function comparedWith(part: Expr, column: ColumnId, side: 'above' | 'below'): readonly Compared[] {
  if (part.kind !== 'call') return [];
  const [left, right] = part.args;
  if (left === undefined || right === undefined) return [];
  const less = part.fn === 'less' || part.fn === 'less_or_equal';
  if (!less && part.fn !== 'greater' && part.fn !== 'greater_or_equal') return [];
  const [low, high] = less ? [left, right] : [right, left];
  const [own, other] = side === 'above' ? [low, high] : [high, low];
  const strict = part.fn === 'less' || part.fn === 'greater';
  return isColumn(own, column) ? [{ other, strict }] : [];
}

/** The column; one that is null only where nothing ends may have a constant in place of that. */
function isColumn(value: Expr, id: ColumnId): boolean {
  if (value.kind === 'call' && value.fn === 'coalesce') {
    const [first, second] = value.args;
    return first?.kind === 'column' && first.id === id && second?.kind === 'literal';
  }
  return value.kind === 'column' && value.id === id;
}

const isNull = (value: Expr, id: ColumnId): boolean =>
  value.kind === 'call' && value.fn === 'is_null' && value.args.some((arg) => arg.kind === 'column' && arg.id === id);
