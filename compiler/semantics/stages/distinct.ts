/** `distinct`, and `distinct on (k) order by …`: one row of each group, the first in the order. */
import { typeName } from '../../relational/types.ts';
import type { DistinctStage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { sortKeys, totalOrder } from '../expression-calls.ts';
import { comparable, decides, isError } from '../expression-env.ts';
import { decidersOf } from '../lineage.ts';
import { joinOrigins, type QueryEnv, type Relation, shown } from '../relation.ts';
import { isComparable } from '../widening.ts';
import { hoistWindows, over, prepared } from './support.ts';

export function distinctStage(stage: DistinctStage, input: Relation, env: QueryEnv): Relation {
  if (stage.on === null) return distinctRows(input, env, stage);
  const at = over(input, env, '`distinct on`', { windows: true });
  const on = stage.on.map((expr) => ({ expr, value: at.expression(expr, at) }));
  const order = sortKeys(stage.order, at, 'which row is the first');
  if (
    order === null ||
    on.some(
      ({ expr, value }) =>
        isError(value) ||
        !comparable(value, expr, at, 'what `distinct on` compares') ||
        !decides(value, expr, at, 'which rows are the same'),
    )
  )
    return input;
  const values = on.map((o) => o.value);
  const wanted = order.length > 0 ? order : (input.order ?? []);
  const keys = totalOrder(wanted, values, at);
  const hoisted = hoistWindows(prepared(input, at, stage), [...values, ...keys.map((k) => k.value)], env, stage);
  const onValues = hoisted.values.slice(0, values.length);
  const sorted = keys.map((key, i) => ({ ...key, value: hoisted.values[values.length + i] ?? key.value }));
  const unique = onValues.every((v) => v.kind === 'column')
    ? [onValues.flatMap((v) => (v.kind === 'column' ? [v.id] : []))]
    : [];
  const { rel } = hoisted.input;
  return {
    ...hoisted.input,
    rel: {
      kind: 'distinct',
      input: rel,
      on: onValues,
      keys: sorted,
      columns: rel.columns,
      at: stage,
      label: rel.label,
    },
    keys: [...unique, ...input.keys],
    deciders: [...onValues, ...wanted.map((key) => key.value)].reduce(
      (all, value) => joinOrigins(all, decidersOf(value, env.columns)),
      hoisted.input.deciders,
    ),
    order: null,
    fanouts: [],
  };
}

/** Each different row once. */
export function distinctRows(input: Relation, env: QueryEnv, at: Span): Relation {
  for (const column of input.scope.columns) {
    if (column.inexact)
      env.context.report('inexact-decides', { where: 'which rows are the same' }, at, {
        label: `\`${column.name}\` is inexact`,
      });
    else if (!isComparable(column.type))
      env.context.report(
        'type-mismatch',
        {
          what: `\`${column.name}\` in \`distinct\``,
          found: `\`${typeName(column.type)}\``,
          wanted: 'a value that can be compared',
        },
        at,
      );
  }
  const visible = shown({ ...input, order: null }, at);
  const { rel } = visible;
  return {
    ...visible,
    rel: { kind: 'distinct', input: rel, on: null, keys: [], columns: rel.columns, at, label: rel.label },
    keys: [...visible.keys, visible.scope.columns.map((c) => c.id)],
    order: input.order?.every(
      (k) => k.value.kind === 'column' && rel.columns.some((c) => k.value.kind === 'column' && c.id === k.value.id),
    )
      ? input.order
      : null,
    fanouts: [],
  };
}
