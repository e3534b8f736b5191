import { notNullWhere } from '../nullability.ts';
import type { Expr, JoinRel, Rel } from '../rel.ts';

/** Operators that give null for a null. Of anything else nothing is said: the function table is none of the rules' business. */
export const STRICT: ReadonlySet<string> = new Set([
  'equals',
  'not_equals',
  'less',
  'less_or_equal',
  'greater',
  'greater_or_equal',
  'like',
  'not',
  'negate',
  'add',
  'subtract',
  'multiply',
  'divide',
  'modulo',
  'concat',
]);

/**
 * An outer join whose filled rows a condition above it keeps out fills no rows: a left join becomes an inner one, a full
 * join a left, right or inner one. Conditions then pass to the sides, and no engine is left to find it out by itself:
 * ClickHouse, where it does, may fail to plan what it made ("Cannot fold actions for projection").
 */
export function withoutIdleFilling(join: JoinRel, conditions: readonly Expr[]): JoinRel {
  if (join.type !== 'left' && join.type !== 'right' && join.type !== 'full') return join;
  const present = new Set(conditions.flatMap((condition) => [...notNullWhere(condition, (fn) => STRICT.has(fn))]));
  const keptOut = (filled: Rel): boolean => filled.columns.some((column) => present.has(column.id));
  const fillsLeft = join.type !== 'left' && !keptOut(join.left);
  const fillsRight = join.type !== 'right' && !keptOut(join.right);
  const type = fillsLeft ? (fillsRight ? 'full' : 'right') : fillsRight ? 'left' : 'inner';
  return type === join.type ? join : { ...join, type };
}
