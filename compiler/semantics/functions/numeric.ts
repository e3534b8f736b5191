/** Numbers: rounding, whole division, and the few transcendental functions that engines share. */
import { decimal, FLOAT64, INT64, typeName, type ValueType } from '../../relational/types.ts';
import { decimalOf, isExactNumber, isNumber, widens } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  type CellCall,
  called,
  type EngineName,
  type FunctionRow,
  fragment,
  mismatch,
  onEach,
  operand,
  PRECEDENCE,
  type Resolution,
  row,
  type SqlCell,
  type SqlFragment,
  typed,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';
import {
  cast,
  fitClickhouse,
  int64Clickhouse,
  isClipped,
  plusZero,
  powerOfTen,
  precisionOf,
  scaleOf,
  unit,
  wideDecimal,
} from './snippets.ts';

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

/** A whole number is what it is already. */
const unlessInt64 =
  (cell: SqlCell): SqlCell =>
  (args, call) =>
    call.argTypes[0]?.kind === 'int64' ? (args[0] ?? fragment('NULL')) : cell(args, call);

/** What ClickHouse rounds keeps the argument's type: a decimal gets the result's, a float64 loses the sign of zero. */
const shaped = (sql: string, call: CellCall): SqlFragment =>
  call.resultType.kind === 'decimal'
    ? typed(cast('clickhouse', sql, call.resultType))
    : fragment(plusZero(sql), PRECEDENCE.additive);

const whole = (name: 'ceil' | 'floor' | 'trunc', doc: string, example: { call: string; gives: string }): FunctionRow =>
  row({
    name,
    signatures: [`${name}(value: number) -> number`],
    doc,
    example,
    resolve: (args) =>
      rounded(args, (p, s) => decimal(Math.min(38, Math.max(1, p - s + (name === 'trunc' ? 0 : 1))), 0)),
    sql: {
      duckdb: unlessInt64(called(name)),
      postgres: unlessInt64(called(name)),
      clickhouse: unlessInt64((args, call) => shaped(`${name}(${bare(args, 0)})`, call)),
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
    duckdb: unlessInt64((args, call) =>
      fragment(
        call.argTypes[0]?.kind === 'float64'
          ? `round_even(${bare(args, 0)}, 0)`
          : `round(${bare(args, 0)}, ${digitsKept(call)})`,
      ),
    ),
    postgres: unlessInt64((args, call) =>
      fragment(
        call.argTypes[0]?.kind === 'float64'
          ? `round(${bare(args, 0)})`
          : `round(${bare(args, 0)}, ${digitsKept(call)})`,
      ),
    ),
    clickhouse: unlessInt64((args, call) => {
      const sql =
        call.argTypes[0]?.kind === 'float64'
          ? `round(${bare(args, 0)})`
          : `round(${bare(args, 0)}, ${digitsKept(call)})`;
      return shaped(sql, call);
    }),
  },
});

/** More digits than there are cannot be asked for: an engine may answer with a wider type. */
const digitsKept = (call: CellCall): number => Math.min(Number(call.literals[1] ?? 0), scaleOf(call.argTypes[0]));

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
  sql: {
    duckdb: called('abs'),
    postgres: called('abs'),
    clickhouse: (args, call) =>
      fragment(
        call.resultType.kind === 'int64' ? int64Clickhouse(`abs(toInt128(${bare(args, 0)}))`) : `abs(${bare(args, 0)})`,
      ),
  },
});

const sign = row({
  name: 'sign',
  ...bySignature('sign(value: number) -> int64'),
  doc: '−1, 0 or 1.',
  example: { call: 'sign(-2.5)', gives: '-1' },
  sql: {
    duckdb: (args) => fragment(cast('duckdb', `sign(${bare(args, 0)})`, INT64)),
    postgres: (args) => fragment(cast('postgres', `sign(${bare(args, 0)})`, INT64)),
    clickhouse: (args) => fragment(`toInt64(sign(${bare(args, 0)}))`),
  },
});

/** The argument as float64. */
const double = (engine: EngineName, args: readonly SqlFragment[], index: number): string =>
  cast(engine, bare(args, index), FLOAT64);

/** Null where the function has no finite value, on all engines: one raises, another gives nan. The argument is guarded. */
const real = (name: string, domain: string, doc: string, example: { call: string; gives: string }): FunctionRow =>
  row({
    name,
    ...bySignature(`${name}(value: number) -> float64?`),
    doc,
    example,
    sql: onEach((engine, args) => {
      const x = double(engine, args, 0);
      return `${name}(CASE WHEN ${x} ${domain} THEN ${x} END)`;
    }),
  });

/** Beyond the greatest exponent the result is not finite; below the least one it is nearer to zero than any float64. */
const GREATEST_EXPONENT = '709e0';
const LEAST_EXPONENT = '-700e0';

const exp = row({
  name: 'exp',
  ...bySignature('exp(value: number) -> float64? inexact'),
  doc: 'e to the power, inexact; null above 709, where no float64 is left, and 0 below −700.',
  example: { call: 'exp(0)', gives: '1' },
  sql: onEach((engine, args) => {
    const x = double(engine, args, 0);
    const fits = `${x} BETWEEN ${LEAST_EXPONENT} AND ${GREATEST_EXPONENT}`;
    return `CASE WHEN ${x} < ${LEAST_EXPONENT} THEN 0e0 ELSE exp(CASE WHEN ${fits} THEN ${x} END) END`;
  }),
});

/** An engine may raise where another gives inf, nan or 0, so the exponent of the result decides before it is computed. */
const pow = row({
  name: 'pow',
  ...bySignature('pow(base: number, exponent: number) -> float64? inexact'),
  doc: 'The power, inexact; null where it is not finite or no real number, such as `pow(-1, 0.5)` and `pow(0, -1)`, and where it is beyond e^709; 0 where it is below e^−700.',
  example: { call: 'pow(2, 10)', gives: '1024' },
  sql: onEach((engine, args) => {
    const x = double(engine, args, 0);
    const y = double(engine, args, 1);
    const size = `${y} * ln(abs(nullif(${x}, 0e0)))`;
    const isReal = `(${x} > 0e0 OR ${y} = floor(${y}))`;
    const fits = `${size} BETWEEN ${LEAST_EXPONENT} AND ${GREATEST_EXPONENT} AND ${isReal}`;
    const base = `CASE WHEN ${fits} THEN ${x} END`;
    return (
      `CASE WHEN ${x} = 0e0 AND ${y} > 0e0 OR ${size} < ${LEAST_EXPONENT} AND ${isReal} THEN 0e0 ` +
      `WHEN ${y} = 0e0 AND ${x} IS NOT NULL THEN 1e0 ` +
      `ELSE pow(${base}, CASE WHEN ${fits} THEN ${y} END) END`
    );
  }),
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
      if (args.length === 2)
        return fragment(
          `${operand(args, 0, PRECEDENCE.multiplicative)} // ${operand(args, 1, PRECEDENCE.postfix)}`,
          PRECEDENCE.multiplicative,
        );
      return fragment(quotientOf('duckdb', args, call));
    },
    postgres: (args, call) => {
      if (args.length > 2) return typed(quotientOf('postgres', args, call));
      const dividend = cast('postgres', bare(args, 0), INT64);
      return fragment(`${dividend} / nullif(${bare(args, 1)}, 0)`, PRECEDENCE.multiplicative);
    },
    clickhouse: (args, call) =>
      typed(
        args.length > 2
          ? quotientOf('clickhouse', args, call)
          : `toInt64(intDiv(toInt64(${bare(args, 0)}), nullif(${unfolded(bare(args, 1))}, 0)))`,
      ),
  },
});

/** ClickHouse wraps the least int64 by a constant -1, and raises an error by one that it does not know beforehand. */
const unfolded = (divisor: string): string => (/^\d+$/.test(divisor) ? divisor : `materialize(${divisor})`);

const quotientOf = (engine: EngineName, args: readonly SqlFragment[], call: CellCall): string =>
  exactQuotient(
    engine,
    fragment(bare(args, 0), args[0]?.precedence),
    call.argTypes[0] ?? INT64,
    fragment(bare(args, 1), args[1]?.precedence),
    call.argTypes[1] ?? INT64,
    call.resultType,
    precisionOf(call.argTypes[0]) - scaleOf(call.argTypes[0]) + scaleOf(call.argTypes[1]) + scaleOf(call.resultType),
  );

/**
 * `a / b` at the scale of `type`, half away from zero: divided to one digit more than is kept, and that digit rounds.
 * Cutting the rest cannot change a half. `precision` is what the result may need, before it is cut to 38.
 */
export function exactQuotient(
  engine: EngineName,
  a: SqlFragment,
  typeA: ValueType,
  b: SqlFragment,
  typeB: ValueType,
  type: ValueType,
  precision: number,
): string {
  if (type.kind !== 'decimal') throw new Error('an exact quotient is a decimal');
  const scaleA = scaleOf(typeA);
  const scaleB = scaleOf(typeB);
  const digits = type.scale + 1;
  switch (engine) {
    case 'duckdb': {
      // Whole numbers of 128 bits: times ten for each digit wanted, less those the divisor's own scale takes.
      const up = digits + scaleB - scaleA;
      const dividend = `(${unscaled(a, scaleA)}${up > 0 ? ` * ${power(up)}` : ''})`;
      const divisor =
        up < 0
          ? `(${unscaled(b, scaleB)} * ${power(-up)})`
          : // Of two whole numbers `//` takes the wider type, so an int64 needs no cast. By a decimal it is no whole division.
            typeB.kind === 'int64'
            ? operand([b], 0, PRECEDENCE.postfix)
            : unscaled(b, scaleB);
      const width = Math.min(38, type.precision + 1);
      return `round(CAST(${dividend} // ${divisor} AS DECIMAL(${width}, 0)) * ${unit(digits)}, ${type.scale})`;
    }
    case 'postgres': {
      const whole = typeA.kind === 'decimal' ? operand([a], 0, PRECEDENCE.multiplicative) : `CAST(${a.sql} AS numeric)`;
      const cut = `div(${whole} * ${powerOfTen(digits)}, nullif(${b.sql}, 0))`;
      return cast('postgres', `round(${cut} * ${unit(digits)}, ${type.scale})`, type);
    }
    case 'clickhouse': {
      // Division by a null is division by the zero below it there, so the divisor is never null.
      const one = `toDecimal256('1', ${scaleB})`;
      const divisor = `coalesce(nullif(${wideDecimal(b.sql, scaleB)}, 0), ${one})`;
      const quotient = `round(divideDecimal(${wideDecimal(a.sql, scaleA)}, ${divisor}, ${digits}), ${type.scale})`;
      const fitted = isClipped(precision) ? fitClickhouse(quotient, type) : cast('clickhouse', quotient, type);
      return `if(nullif(${b.sql}, 0) IS NULL, NULL, ${fitted})`;
    }
  }
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
      const scale = scaleOf(call.resultType);
      if (call.argTypes[0]?.kind !== 'float64') return typed(cast('duckdb', bare(args, 0), call.resultType));
      return typed(
        cast('duckdb', `CAST(${scaledFloat(args, scale)} AS DECIMAL(16, 0)) * ${unit(scale)}`, call.resultType),
      );
    },
    postgres: (args, call) => {
      const scale = scaleOf(call.resultType);
      if (call.argTypes[0]?.kind !== 'float64') return typed(cast('postgres', bare(args, 0), call.resultType));
      // A float64 becomes a numeric by its first 15 digits only, a bigint by all of them.
      const whole_ = `CAST(CAST(${scaledFloat(args, scale)} AS bigint) AS numeric(16, 0))`;
      return typed(cast('postgres', `${whole_} * ${unit(scale)}`, call.resultType));
    },
    clickhouse: (args, call) => {
      const [of] = call.argTypes;
      const scale = scaleOf(call.resultType);
      if (of?.kind === 'float64') {
        const whole_ = wideDecimal(int64Clickhouse(scaledFloat(args, scale)), 0);
        const fitted = fitClickhouse(whole_, decimal(16, 0));
        return typed(
          cast('clickhouse', `${wideDecimal(fitted, 0)} * toDecimal256('${unit(scale)}', ${scale})`, call.resultType),
        );
      }
      // ClickHouse cuts where others round.
      const digits = scale < scaleOf(of) ? `round(${bare(args, 0)}, ${scale})` : bare(args, 0);
      const wanted = precisionOf(of) - scaleOf(of) + scale + (scale < scaleOf(of) ? 1 : 0);
      return typed(
        isClipped(wanted)
          ? fitClickhouse(wideDecimal(digits, scale), call.resultType)
          : cast('clickhouse', digits, call.resultType),
      );
    },
  },
});

/** The float as a whole number of its last wanted digit, half upwards: exact below 2^53 on every engine. */
const scaledFloat = (args: readonly SqlFragment[], scale: number): string =>
  `floor(${operand(args, 0, PRECEDENCE.multiplicative)} * 1e${scale} + 0.5e0)`;

export const numericRows: readonly FunctionRow[] = [
  abs,
  sign,
  whole('ceil', 'The least whole number that is not below.', { call: 'ceil(-1.5)', gives: '-1' }),
  whole('floor', 'The greatest whole number that is not above.', { call: 'floor(-1.5)', gives: '-2' }),
  whole('trunc', 'The number without its digits after the point.', { call: 'trunc(-1.5)', gives: '-1' }),
  round,
  div,
  toDecimal,
  real('sqrt', '>= 0e0', 'The square root; null below zero.', { call: 'sqrt(2.25)', gives: '1.5' }),
  real('ln', '> 0e0', 'The natural logarithm; null for zero and below.', { call: 'ln(1)', gives: '0' }),
  exp,
  pow,
];
