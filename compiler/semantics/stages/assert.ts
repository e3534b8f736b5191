/** `assert condition, 'message'`: a row for which it is not true fails the step. */
import type { AssertStage } from '../../syntax/ast.ts';
import { condition, isError } from '../expression-env.ts';
import { notNullWhere } from '../nullability.ts';
import { filtered, type QueryEnv, type Relation } from '../relation.ts';
import { hoistWindows, over, prepared } from './support.ts';

export function assertStage(stage: AssertStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`assert`', { windows: true });
  const checked = condition(stage.condition, at, '`assert`', 'whether a step fails');
  let message = `assert ${env.context.text(stage.condition)}`;
  if (stage.message !== null) {
    if (stage.message.kind === 'string') message = stage.message.value;
    else if (stage.message.kind !== 'missing')
      env.context.report(
        'type-mismatch',
        { what: 'the message of `assert`', found: 'an expression', wanted: 'a text written out' },
        stage.message,
      );
  }
  if (isError(checked)) return input;
  const hoisted = hoistWindows(prepared(input, at, stage), [checked], env, stage);
  const value = hoisted.values[0] ?? checked;
  // As after a filter: the rows that go on are those for which the condition holds.
  const narrowed = filtered(hoisted.input, value, notNullWhere(value), [], stage);
  if (narrowed.rel.kind !== 'filter') return narrowed;
  return {
    ...narrowed,
    rel: {
      kind: 'assert',
      input: hoisted.input.rel,
      condition: value,
      message,
      columns: narrowed.rel.columns,
      at: stage,
      label: narrowed.rel.label,
    },
  };
}
