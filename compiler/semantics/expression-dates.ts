/** Calendar arithmetic as it is written: `day + 7d`, `interval 3 month`, `extract(year from x)`. */
import type { Expr as Rex } from '../relational/rel.ts';
import { INT64, STRING, typeName } from '../relational/types.ts';
import {
  assertNever,
  type BinaryExpr,
  type DurationLiteral,
  type DurationUnit,
  type Expr,
  type ExtractExpr,
  type IntervalExpr,
} from '../syntax/ast.ts';
import { ERROR, type ExprEnv, isError, literal, tryCall } from './expression-env.ts';
import { functionRow, knownRow } from './functions/table.ts';

/** The unit's word, as `date_add` and its like take it. */
export function unitWord(unit: DurationUnit): string {
  switch (unit) {
    case 'ms':
      return 'millisecond';
    case 's':
      return 'second';
    case 'm':
      return 'minute';
    case 'h':
      return 'hour';
    case 'd':
      return 'day';
    case 'w':
      return 'week';
    case 'mo':
      return 'month';
    case 'y':
      return 'year';
    default:
      return assertNever(unit);
  }
}

/** Whether a length of time stands here: `7d`, `interval 3 month`, `interval n day`. */
export function isLength(expr: Expr): expr is DurationLiteral | IntervalExpr {
  return expr.kind === 'duration' || expr.kind === 'interval';
}

/** A length of time as the two arguments it stands for: how many, of what. */
export function durationArguments(length: DurationLiteral | IntervalExpr, at: ExprEnv): readonly [Rex, Rex] {
  return length.kind === 'interval'
    ? [at.expression(length.count, at), literal(length.unit, STRING)]
    : [literal(String(length.count), INT64), literal(unitWord(length.unit), STRING)];
}

export function addDuration(expr: BinaryExpr, at: ExprEnv): Rex {
  const [valueExpr, length] = isLength(expr.right) ? [expr.left, expr.right] : [expr.right, expr.left];
  if (!isLength(length)) return ERROR;
  const value = at.expression(valueExpr, at);
  const [count, unit] = durationArguments(length, at);
  if (isError(value) || isError(count)) return ERROR;
  const name = expr.operator === '-' ? 'date_sub' : 'date_add';
  const call = tryCall(knownRow(name), [value, count, unit]);
  if (!('reason' in call)) return call;
  const isTime = value.type.kind === 'date' || value.type.kind === 'timestamp';
  const reason = isTime
    ? call.reason
    : `a length of time is added to a date or a timestamp, not to \`${typeName(value.type)}\``;
  at.env.context.report('wrong-arguments', { name: expr.operator, reason }, expr);
  return ERROR;
}

/** What `extract` calls a part, and the function that gives it. */
const PARTS: Readonly<Record<string, string>> = {
  year: 'year',
  quarter: 'quarter',
  month: 'month',
  day: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  isodow: 'isodow',
  isoweek: 'isoweek',
  isoyear: 'isoyear',
  doy: 'doy',
  dayofyear: 'doy',
};

export function extractExpr(expr: ExtractExpr, at: ExprEnv): Rex {
  const value = at.expression(expr.value, at);
  const zone = expr.zone === null ? null : at.expression(expr.zone, at);
  if (isError(value) || (zone !== null && isError(zone))) return ERROR;
  const field = expr.field.text.toLowerCase();
  const row = functionRow(PARTS[field] ?? '');
  if (row === undefined) {
    if (expr.field.text === '') return ERROR;
    const notes =
      field === 'week'
        ? ['write `isoweek`: weeks that start on Monday']
        : field === 'dow' || field === 'dayofweek'
          ? ['write `isodow`: 1 is Monday, 7 is Sunday']
          : field === 'epoch'
            ? ['write `div(epoch_us(x), 1_000_000)`']
            : [];
    at.env.context.report(
      'wrong-arguments',
      { name: 'extract', reason: `it has no part \`${expr.field.text}\`` },
      expr.field,
      { notes: [...notes, `parts: ${[...new Set(Object.values(PARTS))].join(', ')}`] },
    );
    return ERROR;
  }
  const call = tryCall(row, zone === null ? [value] : [value, zone]);
  if (!('reason' in call)) return call;
  at.env.context.report('wrong-arguments', { name: 'extract', reason: call.reason }, expr.value);
  return ERROR;
}
