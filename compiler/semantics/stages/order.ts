/** `order by` and `limit`. An order is kept until a `limit` or the end of the query makes it real. */
import { INT64, typeName } from '../../relational/types.ts';
import type { Expr, LimitStage, OrderStage } from '../../syntax/ast.ts';
import { sortKeys, totalOrder } from '../expression-calls.ts';
import { isError } from '../expression-env.ts';
import { decidersOf } from '../lineage.ts';
import { joinOrigins, type QueryEnv, type Relation } from '../relation.ts';
import { literalOf } from '../widening.ts';
import { hoistWindows, over, prepared } from './support.ts';

export function orderStage(stage: OrderStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`order by`', { windows: true });
  for (const key of stage.keys) {
    if (key.value.kind === 'number')
      env.context.report(
        'type-mismatch',
        { what: 'an order key', found: 'a number written out', wanted: 'a column or an expression' },
        key.value,
      );
  }
  const keys = sortKeys(stage.keys, at, null);
  if (keys === null) return input;
  const hoisted = hoistWindows(
    prepared(input, at, stage),
    keys.map((k) => k.value),
    env,
    stage,
  );
  return { ...hoisted.input, order: keys.map((key, i) => ({ ...key, value: hoisted.values[i] ?? key.value })) };
}

export function limitStage(stage: LimitStage, input: Relation, env: QueryEnv): Relation {
  const count = wholeNumber(stage.count, 'the number of rows', input, env);
  const offset = stage.offset === null ? 0 : wholeNumber(stage.offset, '`offset`', input, env);
  if (count === null || offset === null) return input;
  const inexact = (input.order ?? []).some((key) => key.value.inexact);
  if (inexact) {
    env.context.report('inexact-decides', { where: 'which rows `limit` keeps' }, stage, {
      notes: ['the `order by` before it ranks by an inexact value: order by `to_decimal(x, n)`'],
    });
    return input;
  }
  const order = totalOrder(input.order ?? [], [], { relation: input, scope: input.scope });
  const { rel } = input;
  const sorted =
    order.length === 0
      ? rel
      : ({ kind: 'sort', input: rel, keys: order, columns: rel.columns, at: stage, label: rel.label } as const);
  return {
    ...input,
    rel: { kind: 'limit', input: sorted, count, offset, columns: rel.columns, at: stage, label: rel.label },
    keys: count <= 1 ? [[]] : input.keys,
    deciders: (input.order ?? []).reduce(
      (all, key) => joinOrigins(all, decidersOf(key.value, env.columns)),
      input.deciders,
    ),
  };
}

/** A whole number that is known before the query runs. */
function wholeNumber(expr: Expr, what: string, input: Relation, env: QueryEnv): number | null {
  const at = over(input, env, '`limit`', { queries: false });
  const value = at.expression(expr, at);
  if (isError(value)) return null;
  const written = value.type === INT64 ? literalOf(value) : undefined;
  if (typeof written === 'string' && !written.startsWith('-')) return Number(written);
  env.context.report(
    'type-mismatch',
    {
      what,
      found: value.kind === 'literal' ? `\`${env.context.text(expr)}\`` : `\`${typeName(value.type)}\``,
      wanted: 'a whole number written out',
    },
    expr,
  );
  return null;
}
