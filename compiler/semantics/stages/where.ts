/** `where condition`: keeps the rows for which it is true. What it proves about nulls holds from here on. */
import type { Expr, WhereStage } from '../../syntax/ast.ts';
import { condition, conjunction, isError } from '../expression-env.ts';
import { existence } from '../expression-queries.ts';
import { decidersOf } from '../lineage.ts';
import { notNullWhere } from '../nullability.ts';
import { filtered, type QueryEnv, type Relation } from '../relation.ts';
import { hoistWindows, over, prepared } from './support.ts';

export function whereStage(stage: WhereStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`where`', { windows: true });
  const parts = conjunctsOf(stage.condition);
  const what = parts.length === 1 ? '`where`' : 'each side of `and`';
  // A query whose rows are only asked for becomes a join of the rows themselves where it decides by itself.
  const checked = parts.flatMap((part) => existence(part, at) ?? [condition(part, at, what)]);
  if (checked.some(isError)) return input;
  const prepare = prepared(input, at, stage);
  if (checked.length === 0) return prepare;
  const hoisted = hoistWindows(prepare, [conjunction(checked)], env, stage);
  const [value] = hoisted.values;
  return value === undefined
    ? hoisted.input
    : filtered(hoisted.input, value, notNullWhere(value), decidersOf(value, env.columns), stage);
}

/** A chain of `and` as written, from left to right. */
function conjunctsOf(expr: Expr): readonly Expr[] {
  const parts: Expr[] = [];
  let spine = expr;
  while (spine.kind === 'binary' && spine.operator === 'and') {
    parts.push(spine.right);
    spine = spine.left;
  }
  parts.push(spine);
  return parts.reverse();
}
