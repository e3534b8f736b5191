/**
 * What widens to what without being asked, and how literals take the type of what they stand beside.
 *
 * Implicit are: int64 → decimal, decimal → wider decimal, enum → string, and null → anything. A literal is exact, so it
 * may also become what it spells: an integer a decimal or a float64, a decimal (up to 15 digits) a float64, a string a
 * date, timestamp, uuid or enum value, a date the timestamp of its first instant in UTC.
 * A decimal of up to 15 digits converts to float64 exactly on every engine (`semantics.md`), so it widens too.
 */
import type { Expr, LiteralValue } from '../relational/rel.ts';
import { DATE, decimal, STRING, sameType, TIMESTAMP, type ValueType } from '../relational/types.ts';

/** A type, and the value where it is a literal's. */
export interface Operand {
  readonly type: ValueType;
  readonly literal: LiteralValue | undefined;
}

/** The greatest integer below which every integer is a float64. */
const EXACT_FLOAT = 2n ** 53n;
const FLOAT_DIGITS = 15;
export const INT64_DIGITS = 19;

/** The value where the expression is a literal, else undefined. */
export function literalOf(expr: Expr): LiteralValue | undefined {
  return expr.kind === 'literal' ? expr.value : undefined;
}

/** The narrowest decimal that holds an int64, or a literal's own digits. */
export function decimalOf(operand: Operand): ValueType & { kind: 'decimal' } {
  if (operand.type.kind === 'decimal') return operand.type;
  const { literal } = operand;
  const digits = typeof literal === 'string' ? literal.replace('-', '').length : INT64_DIGITS;
  return decimal(digits, 0) as ValueType & { kind: 'decimal' };
}

/** The decimal that holds every value of both. Null where 38 digits do not suffice. */
export function commonDecimal(
  a: ValueType & { kind: 'decimal' },
  b: ValueType & { kind: 'decimal' },
): ValueType | null {
  const scale = Math.max(a.scale, b.scale);
  const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
  return precision > 38 ? null : decimal(precision, scale);
}

/** True where a value of the operand is also a value of `to`, exactly. */
export function widens(from: Operand, to: ValueType): boolean {
  const { type, literal } = from;
  if (type.kind === 'null' || type.kind === 'error' || to.kind === 'error' || type === to) return true;
  switch (to.kind) {
    case 'bool':
    case 'int64':
    case 'bytes':
    case 'json':
    case 'null':
      return type.kind === to.kind;
    case 'string':
      return type.kind === 'string' || type.kind === 'enum';
    case 'float64':
      if (type.kind === 'float64') return true;
      if (type.kind === 'decimal') return type.precision <= FLOAT_DIGITS;
      return type.kind === 'int64' && typeof literal === 'string' && within(literal, EXACT_FLOAT);
    case 'decimal': {
      if (type.kind !== 'int64' && type.kind !== 'decimal') return false;
      const own = decimalOf(from);
      return own.scale <= to.scale && own.precision - own.scale <= to.precision - to.scale;
    }
    case 'date':
      return (
        type.kind === 'date' || (type.kind === 'string' && typeof literal === 'string' && readDate(literal) !== null)
      );
    case 'timestamp':
      if (type.kind === 'timestamp') return true;
      if (type.kind === 'date') return typeof literal === 'string';
      return type.kind === 'string' && typeof literal === 'string' && readTimestamp(literal) !== null;
    case 'uuid':
      return (
        type.kind === 'uuid' || (type.kind === 'string' && typeof literal === 'string' && readUuid(literal) !== null)
      );
    case 'enum':
      if (type.kind === 'enum') return type.name === to.name;
      return type.kind === 'string' && typeof literal === 'string' && to.values.includes(literal);
    case 'list':
      return type.kind === 'list' && (type.element.kind === 'null' || sameType(type.element, to.element));
  }
}

function within(integer: string, limit: bigint): boolean {
  if (integer.length < 15) return true;
  const value = BigInt(integer);
  return value <= limit && value >= -limit;
}

/** The type that both widen to, or null where there is none. */
export function commonType(a: Operand, b: Operand): ValueType | null {
  if (a.type === b.type || sameType(a.type, b.type)) return a.type;
  if (a.type.kind === 'error' || b.type.kind === 'error') return a.type.kind === 'error' ? a.type : b.type;
  if (a.type.kind === 'null') return b.type;
  if (b.type.kind === 'null') return a.type;
  if (isExactNumber(a.type) && isExactNumber(b.type)) return commonDecimal(decimalOf(a), decimalOf(b));
  // Of two that widen to each other (a string literal and an enum) the narrower one says more.
  const aToB = widens(a, b.type);
  const bToA = widens(b, a.type);
  if (aToB && bToA) return a.type.kind === 'string' ? b.type : a.type;
  if (aToB) return b.type;
  if (bToA) return a.type;
  if (a.type.kind === 'enum' && b.type.kind === 'enum') return STRING;
  return null;
}

export function isExactNumber(type: ValueType): boolean {
  return type.kind === 'int64' || type.kind === 'decimal';
}

export function isNumber(type: ValueType): boolean {
  return type.kind === 'int64' || type.kind === 'decimal' || type.kind === 'float64';
}

/** Types whose values can be put in an order that every engine agrees on. */
export function isComparable(type: ValueType): boolean {
  return type.kind !== 'json' && type.kind !== 'list';
}

/** The expression as a value of `to`, to which it must widen: a literal is rewritten, anything else gets a cast that cannot fail. */
export function widen(expr: Expr, to: ValueType): Expr {
  if (expr.type === to || to.kind === 'error' || expr.type.kind === 'error' || sameType(expr.type, to)) return expr;
  if (expr.kind === 'literal') {
    const value = literalAs(expr.value, expr.type, to);
    if (value !== undefined) return { kind: 'literal', value, type: to, nullable: expr.nullable, inexact: false };
  }
  if (expr.kind === 'list' && to.kind === 'list') {
    return {
      kind: 'list',
      items: expr.items.map((item) => widen(item, to.element)),
      type: to,
      nullable: expr.nullable,
      inexact: expr.inexact,
    };
  }
  return { kind: 'cast', mode: 'widen', value: expr, type: to, nullable: expr.nullable, inexact: expr.inexact };
}

/** The literal's value as written for the type `to`; undefined where it has none. */
function literalAs(value: LiteralValue, from: ValueType, to: ValueType): LiteralValue | undefined {
  if (value === null) return null;
  if (typeof value !== 'string') return from.kind === to.kind ? value : undefined;
  switch (to.kind) {
    case 'decimal':
      return decimalText(value, to.scale);
    case 'float64':
      return floatText(Number(value));
    case 'date':
      return from.kind === 'string' ? (readDate(value) ?? undefined) : undefined;
    case 'timestamp':
      if (from.kind === 'date') return `${value} 00:00:00`;
      return from.kind === 'string' ? (readTimestamp(value) ?? undefined) : undefined;
    case 'uuid':
      return from.kind === 'string' ? (readUuid(value) ?? undefined) : undefined;
    case 'string':
    case 'enum':
      return value;
    default:
      return undefined;
  }
}

/** The decimal's digits with exactly `scale` of them after the point. */
export function decimalText(text: string, scale: number): string {
  const point = text.indexOf('.');
  const whole = point === -1 ? text : text.slice(0, point);
  const fraction = point === -1 ? '' : text.slice(point + 1);
  return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
}

/** A float64 as text that every engine reads as a float64. */
export function floatText(value: number): string {
  const text = String(value);
  return text.includes('e') ? text : `${text}e0`;
}

const DATE_SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIMESTAMP_SHAPE =
  /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/;
const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `YYYY-MM-DD`, a day between 1900-01-01 and 2299-12-31 (the range every engine has), or null. */
export function readDate(text: string): string | null {
  const match = DATE_SHAPE.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (year < 1900 || year > 2299 || month < 1 || month > 12 || day < 1) return null;
  const days =
    month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day > days ? null : text;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, or null. Without an offset the text is UTC; with one it is converted. */
export function readTimestamp(text: string): string | null {
  const match = TIMESTAMP_SHAPE.exec(text);
  if (match === null || readDate(match[1] ?? '') === null) return null;
  const hour = Number(match[2] ?? 0);
  const minute = Number(match[3] ?? 0);
  const second = Number(match[4] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = match[5] === undefined ? '' : `.${match[5].padEnd(6, '0')}`;
  const offset = offsetMinutes(match[6]);
  if (offset === null) return null;
  const at = new Date(Date.parse(`${match[1]}T00:00:00Z`) + ((hour * 60 + minute - offset) * 60 + second) * 1000);
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}${fraction}`;
}

function offsetMinutes(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'UTC') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3) || 0);
  return minutes > 15 * 60 ? null : digits.startsWith('-') ? -minutes : minutes;
}

export function readUuid(text: string): string | null {
  const lower = text.toLowerCase();
  return UUID_SHAPE.test(lower) ? lower : null;
}

/** What a string literal would have to look like to be read as `type`; null where none can. */
export function literalShape(type: ValueType): string | null {
  if (type === DATE || type.kind === 'date') return "a day such as '2026-01-31', from 1900 to 2299";
  if (type === TIMESTAMP || type.kind === 'timestamp')
    return "an instant such as '2026-01-31 10:00:00Z', from 1900 to 2299";
  if (type.kind === 'uuid') return "a uuid such as '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55'";
  if (type.kind === 'enum') return `one of ${type.values.map((value) => `'${value}'`).join(', ')}`;
  return null;
}
