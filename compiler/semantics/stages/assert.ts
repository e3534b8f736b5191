/** `assert condition, 'message', value, …`: a row for which the condition is not true fails the step, and is shown with the values. */

import type { Expr as Rex } from '../../relational/rel.ts';
import type { AssertStage } from '../../syntax/ast.ts';
import { condition, isError } from '../expression-env.ts';
import { notNullWhere } from '../nullability.ts';
import { filtered, type QueryEnv, type Relation } from '../relation.ts';
import { unnamed } from './select.ts';
import { extended, freeName, hoistWindows, over, prepared, valueColumn } from './support.ts';

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
  const values = stage.values.map((expr) => at.expression(expr, at));
  if (isError(checked) || values.some(isError)) return input;
  const hoisted = hoistWindows(prepared(input, at, stage), [checked, ...values], env, stage);
  const [value = checked, ...others] = hoisted.values;
  const shown = withShown(hoisted.input, others, env, stage);
  // As after a filter: the rows that go on are those for which the condition holds.
  const narrowed = filtered(shown, value, notNullWhere(value), [], stage);
  if (narrowed.rel.kind !== 'filter') return narrowed;
  return {
    ...narrowed,
    rel: {
      kind: 'assert',
      input: shown.rel,
      condition: value,
      message,
      columns: narrowed.rel.columns,
      at: stage,
      label: narrowed.rel.label,
    },
  };
}

/** The rows with what is shown of those that fail, as columns that nothing after the stage can name. */
function withShown(input: Relation, values: readonly Rex[], env: QueryEnv, stage: AssertStage): Relation {
  const names = new Set(input.scope.columns.map((column) => column.name));
  const added = values.flatMap((value, i) => {
    if (value.kind === 'column') return [];
    const name = freeName(unnamed(value, i), names);
    names.add(name);
    return [{ column: valueColumn(env, name, value), value }];
  });
  return added.length === 0 ? input : extended(input, added, input.scope, stage);
}
