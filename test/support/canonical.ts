/**
 * The one text in which values of all engines, and of the interpreter, are compared: int64 and decimals with all their digits,
 * dates and timestamps (six digits, UTC) as ISO 8601, a float64 as its shortest exact text, an inexact one to 12 digits.
 */
import type { ValueInfo, ValueType } from '../../compiler/relational/types.ts';

/** Digits of an inexact value that engines agree on. */
const INEXACT_DIGITS = 12;

export function canonical(value: unknown, of: ValueInfo): string | null {
  return value === null || value === undefined ? null : text(value, of.type, of.inexact);
}

/** A row as one text. */
export const canonicalRow = (row: readonly unknown[], columns: readonly ValueInfo[]): string =>
  JSON.stringify(columns.map((column, i) => canonical(row[i], column)));

function text(value: unknown, type: ValueType, inexact: boolean): string {
  switch (type.kind) {
    case 'bool':
      if (typeof value === 'boolean') return String(value);
      throw new Error(`not a bool: ${JSON.stringify(value)}`);
    case 'int64':
      return BigInt(String(value)).toString();
    case 'decimal':
      return scaled(String(value), type.scale);
    case 'float64':
      return float(Number(INFINITIES[String(value)] ?? value), inexact);
    case 'date': {
      const date = String(value);
      if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new Error(`not a date: ${date}`);
      return date;
    }
    case 'timestamp':
      return timestamp(String(value));
    case 'list': {
      if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`);
      return JSON.stringify(value.map((item) => canonical(item, { type: type.element, nullable: true, inexact })));
    }
    case 'string':
    case 'enum':
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'null':
    case 'error':
      return String(value);
  }
}

/** All digits of the scale; more of them than that is a wrong type, which must show. */
function scaled(value: string, scale: number): string {
  const [whole = '', fraction = ''] = value.split('.');
  const digits = fraction.padEnd(scale, '0');
  const padded = scale === 0 && digits === '' ? whole : `${whole}.${digits}`;
  return /^-0(\.0*)?$/.test(padded) ? padded.slice(1) : padded;
}

const INFINITIES: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

function float(value: number, inexact: boolean): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  return inexact ? String(Number(value.toPrecision(INEXACT_DIGITS))) : String(value);
}

function timestamp(value: string): string {
  const found = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00(?::00)?|Z)?$/.exec(value);
  if (found === null) throw new Error(`not a timestamp in UTC: ${value}`);
  return `${found[1]} ${found[2]}.${(found[3] ?? '').padEnd(6, '0')}`;
}
