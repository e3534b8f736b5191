/** Numbers: rounding, whole division, and the few transcendental functions that engines share. */
import { decimal, FLOAT64, INT64, typeName, type ValueType } from '../../relational/types.ts';
import { decimalOf, isExactNumber, isNumber, widens } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  called,
  type FunctionRow,
  fragment,
  mismatch,
  operand,
  PRECEDENCE,
  type Resolution,
  row,
  type SqlFragment,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';

/** One number, and what type the result has for each kind of it. */
function rounded(
  args: readonly ArgumentInfo[],
  ofDecimal: (precision: number, scale: number) => ValueType,
): Resolution {
  const [value] = args;
  if (value === undefined || args.length !== 1) return mismatch(countReason(1, 1, args.length));
  if (!isNumber(value.type) && value.type.kind !== 'null')
    return mismatch(`it takes a number, and this is \`${typeName(value.type)}\``, 0);
  const type =
    value.type.kind === 'decimal'
      ? ofDecimal(value.type.precision, value.type.scale)
      : value.type.kind === 'null'
        ? INT64
        : value.type;
  return {
    ok: true,
    args: [value.type.kind === 'null' ? INT64 : value.type],
    type,
    nullable: value.nullable,
    inexact: value.inexact,
  };
}

/** Digits after rounding to `digits`: one more before the point, as 9.95 becomes 10.0. */
function roundedTo(precision: number, scale: number, digits: number): ValueType {
  return digits >= scale
    ? decimal(precision, scale)
    : decimal(Math.min(38, Math.max(1, precision - scale + digits + 1)), digits);
}

const whole = (name: 'ceil' | 'floor' | 'trunc', doc: string, example: { call: string; gives: string }): FunctionRow =>
  row({
    name,
    signatures: [`${name}(value: number) -> number`],
    doc,
    example,
    resolve: (args) =>
      rounded(args, (p, s) => decimal(Math.min(38, Math.max(1, p - s + (name === 'trunc' ? 0 : 1))), 0)),
    sql: {
      duckdb: (args, call) =>
        call.argTypes[0]?.kind === 'int64' ? (args[0] ?? fragment('NULL')) : called(name)(args, call),
    },
  });

const round = row({
  name: 'round',
  signatures: ['round(value: decimal, digits?: int64) -> decimal', 'round(value: float64) -> float64'],
  doc: 'The decimal rounded to so many digits after the point (none where left out), half away from zero. A float64 is rounded to a whole number, half to even; for digits of one write `to_decimal(x, n)`.',
  example: { call: 'round(2.675, 2)', gives: '2.68' },
  resolve(args) {
    const [value, digits] = args;
    if (value === undefined || args.length > 2) return mismatch(countReason(1, 2, args.length));
    if (digits === undefined) return rounded([value], (p, s) => roundedTo(p, s, 0));
    if (value.type.kind === 'float64') return mismatch('a float64 has no digits to keep: write `to_decimal(x, n)`', 0);
    const n = writtenDigits(digits, 38);
    if (n === null) return mismatch('`digits` must be a number from 0 to 38, written out', 1);
    const resolved = rounded([value], (p, s) => roundedTo(p, s, n));
    return resolved.ok ? { ...resolved, args: [...resolved.args, INT64] } : resolved;
  },
  sql: {
    duckdb: (args, call) => {
      if (call.argTypes[0]?.kind === 'int64') return args[0] ?? fragment('NULL');
      if (call.argTypes[0]?.kind === 'float64') return fragment(`round_even(${bare(args, 0)}, 0)`);
      // DuckDB's round takes the digits as a 32-bit number written out.
      return fragment(`round(${bare(args, 0)}, ${args[1] === undefined ? '0' : bare(args, 1)})`);
    },
  },
});

/** A literal number of digits in range, or null. */
export function writtenDigits(arg: ArgumentInfo | undefined, most: number): number | null {
  if (arg?.type.kind !== 'int64' || typeof arg.literal !== 'string') return null;
  const n = Number(arg.literal);
  return n >= 0 && n <= most ? n : null;
}

const abs = row({
  name: 'abs',
  signatures: ['abs(value: number) -> number'],
  doc: 'The number without its sign. The least `int64` has none: an overflow.',
  example: { call: 'abs(-1.5)', gives: '1.5' },
  resolve: (args) => rounded(args, decimal),
  sql: { duckdb: called('abs') },
});

const sign = row({
  name: 'sign',
  ...bySignature('sign(value: number) -> int64'),
  doc: '−1, 0 or 1.',
  example: { call: 'sign(-2.5)', gives: '-1' },
  sql: { duckdb: (args) => fragment(`CAST(sign(${bare(args, 0)}) AS BIGINT)`) },
});

/** Null where the function has no finite value, on all engines: one raises, another gives nan. */
const real = (
  name: string,
  guard: ((x: string) => string) | null,
  inexact: boolean,
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    ...bySignature(`${name}(value: number) -> float64?${inexact ? ' inexact' : ''}`),
    doc,
    example,
    sql: {
      duckdb: (args) => {
        const x = `CAST(${bare(args, 0)} AS DOUBLE)`;
        return fragment(
          guard === null
            ? `CASE WHEN isfinite(${name}(${x})) THEN ${name}(${x}) END`
            : `CASE WHEN ${guard(x)} THEN ${name}(${x}) END`,
        );
      },
    },
  });

const pow = row({
  name: 'pow',
  ...bySignature('pow(base: number, exponent: number) -> float64? inexact'),
  doc: 'The power, inexact; null where it is not finite.',
  example: { call: 'pow(2, 10)', gives: '1024' },
  sql: {
    duckdb: (args) => {
      const sql = `pow(CAST(${bare(args, 0)} AS DOUBLE), CAST(${bare(args, 1)} AS DOUBLE))`;
      return fragment(`CASE WHEN isfinite(${sql}) THEN ${sql} END`);
    },
  },
});

/** Digits of the quotient: those the dividend has before the point, those the divisor has after it, and the scale. */
function quotient(a: ArgumentInfo, b: ArgumentInfo, scale: number): ValueType {
  const dividend = decimalOf(a);
  const divisor = decimalOf(b);
  return decimal(Math.min(38, dividend.precision - dividend.scale + divisor.scale + scale), scale);
}

const div = row({
  name: 'div',
  signatures: ['div(a: int64, b: int64) -> int64', 'div(a: decimal, b: decimal, scale: int64) -> decimal'],
  doc: 'The exact quotient: of whole numbers, cut towards zero; with a scale, a decimal with so many digits after the point, rounded half away from zero. A divisor of zero gives null.',
  example: { call: 'div(2, 3, 4)', gives: '0.6667' },
  resolve(args) {
    const [a, b, scale] = args;
    if (a === undefined || b === undefined || args.length > 3) return mismatch(countReason(2, 3, args.length));
    for (const [i, arg] of [a, b].entries()) {
      if (isExactNumber(arg.type) || arg.type.kind === 'null') continue;
      return mismatch(
        arg.type.kind === 'float64'
          ? 'it divides exactly, which a float64 is not: write `/`, or `to_decimal(x, n)`'
          : `it takes numbers, and this is \`${typeName(arg.type)}\``,
        i,
      );
    }
    const nonZero = typeof b.literal === 'string' && Number(b.literal) !== 0;
    const nullable = a.nullable || b.nullable || !nonZero;
    const inexact = a.inexact || b.inexact;
    if (scale === undefined) {
      if (!widens(a, INT64) || !widens(b, INT64)) return mismatch('of decimals it needs a scale: `div(a, b, 2)`');
      return { ok: true, args: [INT64, INT64], type: INT64, nullable, inexact };
    }
    const digits = writtenDigits(scale, 37);
    if (digits === null) return mismatch('`scale` must be a number from 0 to 37, written out', 2);
    return {
      ok: true,
      args: [a.type.kind === 'null' ? INT64 : a.type, b.type.kind === 'null' ? INT64 : b.type, INT64],
      type: quotient(a, b, digits),
      nullable,
      inexact,
    };
  },
  sql: {
    duckdb: (args, call) => {
      const [a, b] = call.argTypes;
      if (args.length === 2 || a === undefined || b === undefined)
        return fragment(
          `${operand(args, 0, PRECEDENCE.multiplicative)} // ${operand(args, 1, PRECEDENCE.postfix)}`,
          PRECEDENCE.multiplicative,
        );
      const [dividend, divisor] = args;
      if (dividend === undefined || divisor === undefined) throw new Error('div takes two numbers');
      return fragment(exactQuotient(dividend, scaleOf(a), divisor, scaleOf(b), call.resultType));
    },
  },
});

const scaleOf = (type: ValueType): number => (type.kind === 'decimal' ? type.scale : 0);

/**
 * `a / b` at the scale of `type`, half away from zero, as DuckDB SQL: whole numbers of 128 bits are divided to one digit
 * more than is kept, and that digit rounds. Cutting the rest cannot change a half.
 */
export function exactQuotient(a: SqlFragment, scaleA: number, b: SqlFragment, scaleB: number, type: ValueType): string {
  if (type.kind !== 'decimal') throw new Error('an exact quotient is a decimal');
  const digits = type.scale + 1;
  // The dividend as a whole number, times ten for each digit wanted, less those the divisor's own scale takes.
  const up = digits + scaleB - scaleA;
  const dividend = `(${unscaled(a, scaleA)}${up > 0 ? ` * ${power(up)}` : ''})`;
  const divisor =
    up < 0
      ? `(${unscaled(b, scaleB)} * ${power(-up)})`
      : // Of two whole numbers `//` takes the wider type, so a divisor of 64 bits needs no cast.
        scaleB === 0
        ? operand([b], 0, PRECEDENCE.postfix)
        : unscaled(b, scaleB);
  const width = Math.min(38, type.precision + 1);
  return `round(CAST(${dividend} // ${divisor} AS DECIMAL(${width}, 0)) * 0.${'0'.repeat(digits - 1)}1, ${type.scale})`;
}

const power = (n: number): string => (n > 18 ? `CAST('1${'0'.repeat(n)}' AS HUGEINT)` : `1${'0'.repeat(n)}`);

function unscaled(x: SqlFragment, scale: number): string {
  if (scale === 0) return `CAST(${x.sql} AS HUGEINT)`;
  return `CAST(${operand([x], 0, PRECEDENCE.multiplicative)} * 1${'0'.repeat(scale)} AS HUGEINT)`;
}

const toDecimal = row({
  name: 'to_decimal',
  signatures: ['to_decimal(value: number, digits: int64) -> decimal'],
  doc: 'The number with so many digits after the point, exact from here on: how an inexact value may decide. Too large a number is an overflow.',
  example: { call: 'to_decimal(1e0 / 3, 4)', gives: '0.3333' },
  resolve(args) {
    const [value, digits] = args;
    if (value === undefined || digits === undefined || args.length > 2) return mismatch(countReason(2, 2, args.length));
    const n = writtenDigits(digits, value.type.kind === 'float64' ? 15 : 38);
    if (n === null)
      return mismatch(
        `\`digits\` must be a number from 0 to ${value.type.kind === 'float64' ? 15 : 38}, written out`,
        1,
      );
    if (value.type.kind === 'float64')
      return { ok: true, args: [FLOAT64, INT64], type: decimal(16 + n, n), nullable: value.nullable, inexact: false };
    if (!isExactNumber(value.type))
      return mismatch(
        value.type.kind === 'string'
          ? 'it takes a number: of text write `cast(x as decimal(p, s))`'
          : `it takes a number, and this is \`${typeName(value.type)}\``,
        0,
      );
    const own = decimalOf(value);
    const type =
      n >= own.scale ? decimal(Math.min(38, own.precision - own.scale + n), n) : roundedTo(own.precision, own.scale, n);
    return { ok: true, args: [value.type, INT64], type, nullable: value.nullable, inexact: value.inexact };
  },
  sql: {
    duckdb: (args, call) => {
      const type = call.resultType;
      if (type.kind !== 'decimal') throw new Error('to_decimal gives a decimal');
      if (call.argTypes[0]?.kind !== 'float64')
        return fragment(`CAST(${bare(args, 0)} AS DECIMAL(${type.precision}, ${type.scale}))`);
      const scaled = `floor(${operand(args, 0, PRECEDENCE.multiplicative)} * 1e${type.scale} + 0.5e0)`;
      const unit = type.scale === 0 ? '' : ` * 0.${'0'.repeat(type.scale - 1)}1`;
      return fragment(`CAST(CAST(${scaled} AS DECIMAL(16, 0))${unit} AS DECIMAL(${type.precision}, ${type.scale}))`);
    },
  },
});

export const numericRows: readonly FunctionRow[] = [
  abs,
  sign,
  whole('ceil', 'The least whole number that is not below.', { call: 'ceil(-1.5)', gives: '-1' }),
  whole('floor', 'The greatest whole number that is not above.', { call: 'floor(-1.5)', gives: '-2' }),
  whole('trunc', 'The number without its digits after the point.', { call: 'trunc(-1.5)', gives: '-1' }),
  round,
  div,
  toDecimal,
  real('sqrt', (x) => `${x} >= 0`, false, 'The square root; null below zero.', { call: 'sqrt(2.25)', gives: '1.5' }),
  real('ln', (x) => `${x} > 0`, false, 'The natural logarithm; null for zero and below.', {
    call: 'ln(1)',
    gives: '0',
  }),
  real('exp', null, true, 'e to the power, inexact; null where it is not finite.', { call: 'exp(0)', gives: '1' }),
  pow,
];
