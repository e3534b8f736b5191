import type { Expr, Rel } from '../rel.ts';
import type { ValueType } from '../types.ts';
import { mapExpressions, mapOperands, rewrite } from '../walk.ts';

type Call = Expr & { readonly kind: 'call' };

/**
 * Sums and products of numbers written out, and days so much before or after one written out, are written as what they
 * are: `date_add(date '1994-01-01', 1y)` is `date '1995-01-01'`. What does not fit its type is left for the engine to
 * refuse.
 */
export function foldConstants(rel: Rel): Rel {
  return rewrite(rel, (node) => mapExpressions(node, fold));
}

function fold(expr: Expr): Expr {
  const inside = mapOperands(expr, fold);
  const value = constantOf(inside);
  return value === null ? inside : { kind: 'literal', value, type: inside.type, nullable: false, inexact: false };
}

function constantOf(expr: Expr): string | null {
  if (expr.kind === 'cast') return expr.mode === 'widen' ? fitted(unscaled(expr.value, expr.type), expr.type) : null;
  if (expr.kind !== 'call') return null;
  switch (expr.fn) {
    case 'add':
      return computed(expr, (a, b) => a + b);
    case 'subtract':
      return computed(expr, (a, b) => a - b);
    case 'multiply':
      return computed(expr, (a, b) => a * b);
    case 'date_add':
      return moved(expr, 1);
    case 'date_sub':
      return moved(expr, -1);
    default:
      return null;
  }
}

function computed({ fn, args, type }: Call, of: (a: bigint, b: bigint) => bigint): string | null {
  // The digits after the points of factors are those of their product together.
  const [a, b] = args.map((arg) => unscaled(arg, fn === 'multiply' ? arg.type : type));
  return a === undefined || b === undefined || a === null || b === null ? null : fitted(of(a, b), type);
}

/** The number in units of the last digit of `type`; null for what is none or has more digits. */
function unscaled(expr: Expr, type: ValueType): bigint | null {
  if (expr.kind !== 'literal' || typeof expr.value !== 'string' || scaleOf(expr.type) === null) return null;
  const scale = scaleOf(type);
  const match = /^(-?\d+)(?:\.(\d*))?$/.exec(expr.value);
  const fraction = match?.[2] ?? '';
  if (scale === null || match === null || fraction.length > scale) return null;
  return BigInt(`${match[1]}${fraction.padEnd(scale, '0')}`);
}

/** Digits after the point of an exact number; null for other types. */
const scaleOf = (type: ValueType): number | null =>
  type.kind === 'int64' ? 0 : type.kind === 'decimal' ? type.scale : null;

/** The number as it is written with the type's digits; null where it does not fit. */
function fitted(units: bigint | null, type: ValueType): string | null {
  if (units === null) return null;
  if (type.kind === 'int64') return BigInt.asIntN(64, units) === units ? String(units) : null;
  if (type.kind !== 'decimal') return null;
  const digits = String(units < 0n ? -units : units).padStart(type.scale + 1, '0');
  if (digits.length > Math.max(type.precision, type.scale + 1)) return null;
  const point = digits.length - type.scale;
  const sign = units < 0n ? '-' : '';
  return `${sign}${digits.slice(0, point)}${type.scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

/** The day so many units away; null for a day of no engine's range, and for units of a day's parts. */
function moved({ args, type }: Call, sign: 1 | -1): string | null {
  const [day, count, unit] = args.map((arg) => (arg.kind === 'literal' ? arg.value : null));
  if (type.kind !== 'date' || typeof day !== 'string' || typeof count !== 'string' || typeof unit !== 'string')
    return null;
  const steps = STEPS[unit];
  const by = sign * Number(count);
  if (steps === undefined || Math.abs(by) > MOST_STEPS) return null;
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + by * steps.months, 1));
  // A day that the month lacks is its last.
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const at = new Date(first.getTime() + (Math.min(date, last) - 1 + by * steps.days) * DAY_MS);
  return at.getUTCFullYear() < 1900 || at.getUTCFullYear() > 2299 ? null : at.toISOString().slice(0, 10);
}

const STEPS: Readonly<Record<string, { readonly months: number; readonly days: number }>> = {
  day: { months: 0, days: 1 },
  week: { months: 0, days: 7 },
  month: { months: 1, days: 0 },
  quarter: { months: 3, days: 0 },
  year: { months: 12, days: 0 },
};
/** More than the days of the whole range. */
const MOST_STEPS = 200_000;
const DAY_MS = 86_400_000;
