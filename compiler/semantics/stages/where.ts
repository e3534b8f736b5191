/** `where condition`: keeps the rows for which it is true. What it proves about nulls holds from here on. */
import type { WhereStage } from '../../syntax/ast.ts';
import { condition, isError } from '../expression-env.ts';
import { decidersOf } from '../lineage.ts';
import { notNullWhere } from '../nullability.ts';
import { filtered, type QueryEnv, type Relation } from '../relation.ts';
import { hoistWindows, over, withCasts } from './support.ts';

export function whereStage(stage: WhereStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`where`', { windows: true });
  const checked = condition(stage.condition, at, '`where`');
  if (isError(checked)) return input;
  const hoisted = hoistWindows(withCasts(input, at.casts, stage), [checked], env, stage);
  const value = hoisted.values[0] ?? checked;
  return filtered(hoisted.input, value, notNullWhere(value), decidersOf(value, env.columns), stage);
}
