/**
 * `cast` and `try_cast`.
 *
 * What cannot fail becomes a cast that widens. What can becomes a gated try, null where it fails; a `cast` then also asserts,
 * below its stage, that no row failed (`language.md`), so that a failing row stops the step and is shown.
 */
import type { Expr as Rex } from '../relational/rel.ts';
import { FLOAT64, INT64, STRING, sameType, typeName, type ValueType } from '../relational/types.ts';
import type { CastExpr } from '../syntax/ast.ts';
import { argumentInfo, contains, ERROR, type ExprEnv, isError, knownCall, literal } from './expression-env.ts';
import { reportInvalid } from './expression-literals.ts';
import { reportEnumValue } from './expression-operators.ts';
import { valueType } from './value-types.ts';
import { INT64_DIGITS, literalOf, literalShape, widen, widens } from './widening.ts';

type Conversion = { readonly value: Rex; readonly fails: boolean } | { readonly refused: string | null };

export function castExpr(expr: CastExpr, at: ExprEnv): Rex {
  const { context } = at.env;
  const value = at.expression(expr.value, at);
  const to = valueType(expr.type, context);
  if (to === null || isError(value)) return ERROR;
  if (sameType(value.type, to)) return value;

  const written = literalOf(value);
  context.trace?.enumValue(expr.value, to, written);
  if (
    value.kind === 'literal' &&
    value.type.kind === 'string' &&
    typeof written === 'string' &&
    literalShape(to) !== null &&
    !widens(argumentInfo(value), to)
  ) {
    if (expr.safe)
      return widen({ kind: 'literal', value: null, type: { kind: 'null' }, nullable: true, inexact: false }, to);
    if (to.kind === 'enum') reportEnumValue(written, to, expr.value, at.env.context);
    else reportInvalid(written, to, expr.value, at);
    return ERROR;
  }
  if (widens(argumentInfo(value), to)) return widen(value, to);

  const conversion = convert(value, to);
  if ('refused' in conversion) {
    context.report('cannot-cast', { from: typeName(value.type), to: typeName(to), reason: conversion.refused }, expr);
    return ERROR;
  }
  if (!conversion.fails || expr.safe) return conversion.value;
  if (contains(value, 'window')) {
    context.report('not-supported-yet', { what: 'a `cast` of a window that may fail' }, expr, {
      notes: ['add the window in a stage before, or write `try_cast`'],
    });
    return ERROR;
  }
  at.casts.push({ value, attempt: conversion.value, span: expr });
  // After the assertion the result is null only where the value is.
  return { ...conversion.value, nullable: value.nullable };
}

const cast = (value: Rex, to: ValueType, mode: 'widen' | 'try', inexact = value.inexact): Rex => ({
  kind: 'cast',
  mode,
  value,
  type: to,
  nullable: value.nullable || mode === 'try',
  inexact,
});
const total = (value: Rex): Conversion => ({ value, fails: false });
const partial = (value: Rex): Conversion => ({ value, fails: true });

function convert(value: Rex, to: ValueType): Conversion {
  const from = value.type;
  switch (to.kind) {
    case 'int64':
      if (from.kind === 'string') return partial(knownCall('try_int64', [value]));
      if (from.kind === 'float64') return partial(cast(value, to, 'try'));
      if (from.kind === 'decimal')
        return from.precision - from.scale < INT64_DIGITS - 1
          ? total(cast(value, to, 'widen'))
          : partial(cast(value, to, 'try'));
      if (from.kind === 'bool') return { refused: 'write `case when … then 1 else 0 end`, or count with `count_if`' };
      if (from.kind === 'timestamp') return { refused: 'write `epoch_us(…)`' };
      return { refused: null };
    case 'float64':
      if (from.kind === 'string') return partial(knownCall('try_float64', [value]));
      if (from.kind === 'int64') return total(cast(value, to, 'widen'));
      // A decimal of more than 15 digits becomes a float64 differently on each engine.
      if (from.kind === 'decimal') return total(cast(value, to, 'widen', true));
      return { refused: null };
    case 'decimal':
      if (from.kind === 'string')
        return partial(
          knownCall('try_decimal', [value, literal(String(to.precision), INT64), literal(String(to.scale), INT64)]),
        );
      if (from.kind === 'int64') return partial(cast(value, to, 'try'));
      if (from.kind === 'decimal') {
        // Rounding away digits may carry one further to the left.
        const fits = from.precision - from.scale + (to.scale < from.scale ? 1 : 0) <= to.precision - to.scale;
        return fits ? total(cast(value, to, 'widen')) : partial(cast(value, to, 'try'));
      }
      if (from.kind === 'float64')
        return to.scale > 15
          ? { refused: 'a `float64` has 15 digits' }
          : partial(
              cast(knownCall('to_decimal', [small(value, to), literal(String(to.scale), INT64)]), to, 'try', false),
            );
      return { refused: null };
    case 'string':
      if (from.kind === 'float64')
        return { refused: 'engines print it differently: round it first, `to_text(to_decimal(x, n))`' };
      if (from.kind === 'bytes') return { refused: 'write `hex(…)` or `base64(…)`' };
      if (from.kind === 'json') return { refused: "write `json_text(x, 'path')`" };
      if (from.kind === 'list') return { refused: null };
      return total(knownCall('to_text', [value]));
    case 'date':
      if (from.kind === 'timestamp') return total(knownCall('date', [value]));
      return from.kind === 'string' ? partial(knownCall('try_date', [value])) : { refused: null };
    case 'timestamp':
      if (from.kind === 'date') return total(cast(value, to, 'widen'));
      return from.kind === 'string' ? partial(knownCall('try_timestamp', [value])) : { refused: null };
    case 'uuid':
      return from.kind === 'string' ? partial(knownCall('try_uuid', [value])) : { refused: null };
    case 'bool':
      return from.kind === 'string' ? partial(knownCall('try_bool', [value])) : { refused: 'write a comparison' };
    case 'enum':
      return from.kind === 'string' ? partial(oneOf(value, to)) : { refused: null };
    case 'bytes':
    case 'json':
    case 'list':
    case 'null':
    case 'error':
      return { refused: null };
  }
}

/** The float64 where the decimal has room for it, else null: `to_decimal` alone would fail. */
function small(value: Rex, to: ValueType & { kind: 'decimal' }): Rex {
  const least = literal(`1e${Math.min(to.precision, 15) - to.scale}`, FLOAT64);
  return {
    kind: 'case',
    branches: [{ when: knownCall('less', [knownCall('abs', [value]), least]), then: value }],
    otherwise: null,
    type: FLOAT64,
    nullable: true,
    inexact: value.inexact,
  };
}

/** The text where it is one of the enum's values, else null. */
function oneOf(value: Rex, to: ValueType & { kind: 'enum' }): Rex {
  const when = knownCall('in', [value, ...to.values.map((name) => literal(name, STRING))]);
  return {
    kind: 'case',
    branches: [{ when, then: cast(value, to, 'widen') }],
    otherwise: null,
    type: to,
    nullable: true,
    inexact: value.inexact,
  };
}
