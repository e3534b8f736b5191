/** Operators and predicates. They are rows like any function; the grammar names them. */
import { BOOL, decimal, FLOAT64, INT64, STRING, typeName, type ValueType } from '../../relational/types.ts';
import { commonType, decimalOf, isComparable, isExactNumber, widens } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  type CellCall,
  type EngineName,
  everywhere,
  type FunctionRow,
  fragment,
  infix,
  mismatch,
  operand,
  PRECEDENCE,
  type Resolution,
  row,
  type SqlCell,
  type SqlFragment,
  typed,
} from './row.ts';
import {
  byOrder,
  cast,
  fitClickhouse,
  int64Clickhouse,
  isClipped,
  plusZero,
  precisionOf,
  roomOf,
  scaleOf,
  WIDEST,
} from './snippets.ts';
import { foldedAscii } from './text.ts';

const nullableAny = (args: readonly ArgumentInfo[]): boolean => args.some((a) => a.nullable);
const inexactAny = (args: readonly ArgumentInfo[]): boolean => args.some((a) => a.inexact);

/** The two arguments; operators are always called with as many as they take. */
function pair(args: readonly ArgumentInfo[]): readonly [ArgumentInfo, ArgumentInfo] {
  const [a, b] = args;
  if (a === undefined || b === undefined) throw new Error('an operator was resolved without its operands');
  return [a, b];
}

// ---------------------------------------------------------------------------------------------- arithmetic

type DecimalRule = (
  p1: number,
  s1: number,
  p2: number,
  s2: number,
) => { readonly precision: number; readonly scale: number };

/** int64 with int64 stays int64; decimals follow `rule`; float64 takes what is exactly a float64. */
function arithmetic(args: readonly ArgumentInfo[], rule: DecimalRule, verb: string): Resolution {
  const [a, b] = pair(args);
  const nullable = a.nullable || b.nullable;
  const inexact = a.inexact || b.inexact;
  if (a.type.kind === 'null' || b.type.kind === 'null') {
    const type = a.type.kind === 'null' ? (b.type.kind === 'null' ? INT64 : b.type) : a.type;
    if (type.kind !== 'int64' && type.kind !== 'float64' && type.kind !== 'decimal')
      return mismatch(`\`${typeName(type)}\` cannot be ${verb}`);
    return { ok: true, args: [type, type], type, nullable: true, inexact };
  }
  if (a.type.kind === 'int64' && b.type.kind === 'int64')
    return { ok: true, args: [INT64, INT64], type: INT64, nullable, inexact };
  if (a.type.kind === 'float64' || b.type.kind === 'float64') {
    if (widens(a, FLOAT64) && widens(b, FLOAT64))
      return { ok: true, args: [FLOAT64, FLOAT64], type: FLOAT64, nullable, inexact };
    const other = a.type.kind === 'float64' ? b : a;
    if (isExactNumber(other.type))
      return mismatch(`\`float64\` and \`${typeName(other.type)}\` do not mix without saying which to keep`);
  }
  if (isExactNumber(a.type) && isExactNumber(b.type)) {
    const left = decimalOf(a);
    const right = decimalOf(b);
    const { precision, scale } = rule(left.precision, left.scale, right.precision, right.scale);
    if (scale > 38) return mismatch(`the result would have ${scale} digits after the point, and 38 is the most`);
    return {
      ok: true,
      args: [left, right],
      type: decimal(Math.min(38, Math.max(precision, scale)), scale),
      nullable,
      inexact,
    };
  }
  const wrong = isExactNumber(a.type) || a.type.kind === 'float64' ? b : a;
  return mismatch(`\`${typeName(wrong.type)}\` cannot be ${verb}`, wrong === a ? 0 : 1);
}

const sumRule: DecimalRule = (p1, s1, p2, s2) => {
  const scale = Math.max(s1, s2);
  return { precision: Math.max(p1 - s1, p2 - s2) + scale + 1, scale };
};
const productRule: DecimalRule = (p1, s1, p2, s2) => ({ precision: p1 + p2, scale: s1 + s2 });

/** Digits that DuckDB computes in 64 bits, where a sum or product of more fails although its type would hold it. */
const NARROW = 18;

/** DuckDB computes two narrow decimals narrowly whatever the result needs, so the left side is made a wide one first. */
const arithmeticDuckdb =
  (symbol: string, precedence: number): SqlCell =>
  (args, call) => {
    const plain = infix(symbol, precedence);
    const [left, right] = call.argTypes;
    const result = call.resultType;
    if (result.kind !== 'decimal' || left?.kind !== 'decimal' || right?.kind !== 'decimal') return plain(args, call);
    if (result.precision <= NARROW) return plain(args, call);
    const narrow = narrowly(plain, args, call);
    const isWide = Math.max(left.precision, right.precision) > NARROW;
    const wide = decimal(
      NARROW + 1 + Math.max(0, result.scale - left.scale),
      symbol === '*' ? left.scale : result.scale,
    );
    const sql = plain(isWide ? args : [fragment(cast('duckdb', bare(args, 0), wide)), ...args.slice(1)], call);
    return 'refused' in sql || narrow === null ? sql : { ...sql, narrow };
  };

/** The operator as DuckDB computes it by itself, in 64 bits; null where an operand does not come in them. */
function narrowly(plain: SqlCell, args: readonly SqlFragment[], call: CellCall): SqlFragment | null {
  const operands = args.flatMap((arg, i) => {
    const own = arg.narrow ?? (precisionOf(call.argTypes[i]) <= NARROW ? arg : null);
    return own === null ? [] : [own];
  });
  if (operands.length < args.length || scaleOf(call.resultType) >= NARROW) return null;
  const sql = plain(operands, call);
  return 'refused' in sql ? null : sql;
}

/** The digits that the rule gives before they are cut to 38. */
function wanted(call: CellCall, rule: DecimalRule): number {
  return digitsOf(call, rule, call.argTypes.map(precisionOf));
}

/** The digits that the rule gives where the operands may have so many. */
function digitsOf({ argTypes: [a, b] }: CellCall, rule: DecimalRule, [left = 0, right = 0]: readonly number[]): number {
  return rule(left, scaleOf(a), right, scaleOf(b)).precision;
}

/** numeric has as many digits as it needs, so the cast is what finds an overflow: of the whole, not of its parts. */
const arithmeticPostgres =
  (symbol: string, precedence: number, rule: DecimalRule): SqlCell =>
  (args, call) => {
    const plain = infix(symbol, precedence);
    if (call.resultType.kind !== 'decimal' || !isClipped(wanted(call, rule))) return plain(args, call);
    const sql = plain(
      args.map((arg) => arg.unchecked ?? arg),
      call,
    );
    if ('refused' in sql) return sql;
    const unchecked = { ...sql, digits: Number.POSITIVE_INFINITY };
    return { ...typed(cast('postgres', sql.sql, call.resultType)), unchecked };
  };

/** int64 would wrap, so it is computed in 128 bits; decimals in as many digits as the result has. */
const arithmeticClickhouse =
  (symbol: string, precedence: number, rule: DecimalRule): SqlCell =>
  (args, call) => {
    const result = call.resultType;
    const with_ = (left: string): string => `${left} ${symbol} ${operand(args, 1, precedence + 1)}`;
    switch (result.kind) {
      case 'int64':
        return fragment(int64Clickhouse(with_(`toInt128(${bare(args, 0)})`)));
      case 'decimal':
        return decimalClickhouse(infix(symbol, precedence), rule, args, call);
      default: {
        const sql = with_(operand(args, 0, precedence));
        return symbol === '*' ? fragment(plusZero(sql), PRECEDENCE.additive) : fragment(sql, precedence);
      }
    }
  };

/** An operand on ClickHouse: the digits that it may have, and those that the bits which it is stored in have room for. */
interface Side {
  readonly sql: SqlFragment;
  readonly digits: number;
  readonly room: number;
}

/** ClickHouse computes decimals in the bits of the wider operand. What may have more than 38 digits is then held to them. */
function decimalClickhouse(
  plain: SqlCell,
  rule: DecimalRule,
  args: readonly SqlFragment[],
  call: CellCall,
): ReturnType<SqlCell> {
  const result = call.resultType;
  const digits = wanted(call, rule);
  const sides = args.map((arg, i) => sideOf(arg, i, call));
  if (!isClipped(digits)) return inRoomFor(precisionOf(result), plain, sides, call);
  const loose = sides.map((side, i): Side => {
    const unchecked = args[i]?.unchecked;
    return unchecked === undefined ? side : { sql: unchecked, digits: unchecked.digits, room: WIDEST };
  });
  const looseDigits = digitsOf(
    call,
    rule,
    loose.map((side) => side.digits),
  );
  const sql = inRoomFor(WIDEST, plain, looseDigits <= WIDEST ? loose : sides, call);
  if ('refused' in sql) return sql;
  const unchecked = { ...sql, digits: looseDigits <= WIDEST ? looseDigits : digits };
  return { ...typed(fitClickhouse(sql.sql, result)), unchecked };
}

function sideOf(sql: SqlFragment, i: number, call: CellCall): Side {
  const digits = precisionOf(call.argTypes[i]);
  const literal = call.literals[i];
  // A whole number written out takes the bits of what it stands beside.
  return typeof literal === 'string' && /^\d{1,9}$/.test(literal)
    ? { sql: fragment(literal), digits, room: 0 }
    : { sql, digits, room: roomOf(digits) };
}

function inRoomFor(precision: number, plain: SqlCell, sides: readonly Side[], call: CellCall): ReturnType<SqlCell> {
  const [left, ...right] = sides;
  const operands = sides.map(({ sql }) => sql);
  if (left === undefined || sides.some(({ room }) => room >= roomOf(precision))) return plain(operands, call);
  const [literal] = call.literals;
  const value = typeof literal === 'string' ? call.quote(literal) : left.sql.sql;
  const wide = cast('clickhouse', value, { kind: 'decimal', precision, scale: scaleOf(call.argTypes[0]) });
  return plain([fragment(wide), ...right.map(({ sql }) => sql)], call);
}

const arithmeticRow = (
  name: string,
  symbol: string,
  precedence: number,
  rule: DecimalRule,
  verb: string,
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    operator: true,
    signatures: [`number ${symbol} number -> number`],
    doc,
    example,
    resolve: (args) => arithmetic(args, rule, verb),
    sql: {
      duckdb: arithmeticDuckdb(symbol, precedence),
      postgres: arithmeticPostgres(symbol, precedence, rule),
      clickhouse: arithmeticClickhouse(symbol, precedence, rule),
    },
  });

const isZero = (arg: ArgumentInfo): boolean => typeof arg.literal === 'string' && Number(arg.literal) === 0;
/** True where the divisor is written out and is not zero, so that no guard is needed and no null appears. */
const nonZero = (arg: ArgumentInfo | undefined): boolean =>
  typeof arg?.literal === 'string' && Number(arg.literal) !== 0;

/** The right side of a division, null where it is zero. */
const divisor = (args: readonly SqlFragment[], call: CellCall): string =>
  call.literals[1] !== undefined && call.literals[1] !== null && Number(call.literals[1]) !== 0
    ? operand(args, 1, PRECEDENCE.postfix)
    : `nullif(${bare(args, 1)}, 0)`;

const remainder =
  (by: (args: readonly SqlFragment[], call: CellCall) => string): SqlCell =>
  (args, call) =>
    fragment(`${operand(args, 0, PRECEDENCE.multiplicative)} % ${by(args, call)}`, PRECEDENCE.multiplicative);

/** Two engines call what is left of the least int64 by −1 an overflow. By 1 the same is left: nothing. */
function tameDivisor(args: readonly SqlFragment[], call: CellCall): string {
  if (call.resultType.kind !== 'int64' || typeof call.literals[1] === 'string') return divisor(args, call);
  const by = operand(args, 1, PRECEDENCE.concat);
  return `CASE WHEN ${by} = -1 THEN 1 WHEN ${by} <> 0 THEN ${by} END`;
}

const divide = row({
  name: 'divide',
  operator: true,
  signatures: ['number / number -> float64'],
  doc: 'The quotient as `float64`. A divisor of zero gives null. For an exact quotient write `div(a, b)` or `div(a, b, scale)`.',
  example: { call: '7 / 2', gives: '3.5' },
  resolve(args) {
    const [a, b] = pair(args);
    for (const [i, arg] of args.entries()) {
      if (!isExactNumber(arg.type) && arg.type.kind !== 'float64' && arg.type.kind !== 'null')
        return mismatch(`\`${typeName(arg.type)}\` cannot be divided`, i);
    }
    // Engines divide float64 alike to the last bit; what differs is how a decimal of more than 15 digits becomes one.
    const inexact = inexactAny(args) || args.some((arg) => arg.type.kind === 'decimal' && arg.type.precision > 15);
    return {
      ok: true,
      args: [a.type, b.type],
      type: FLOAT64,
      nullable: a.nullable || b.nullable || !nonZero(b) || isZero(b),
      inexact,
    };
  },
  sql: {
    duckdb: (args, call) =>
      fragment(`${cast('duckdb', bare(args, 0), FLOAT64)} / ${divisor(args, call)}`, PRECEDENCE.multiplicative),
    postgres: (args, call) =>
      fragment(`${cast('postgres', bare(args, 0), FLOAT64)} / ${divisor(args, call)}`, PRECEDENCE.multiplicative),
    clickhouse: (args, call) =>
      fragment(plusZero(`toFloat64(${bare(args, 0)}) / toFloat64(${divisor(args, call)})`), PRECEDENCE.additive),
  },
});

const modulo = row({
  name: 'modulo',
  operator: true,
  signatures: ['int64 % int64 -> int64', 'decimal % decimal -> decimal'],
  doc: 'What is left after whole division, with the sign of the left side. A divisor of zero gives null.',
  example: { call: '-7 % 3', gives: '-1' },
  resolve(args) {
    const [a, b] = pair(args);
    const type = commonType(a, b);
    if (type === null || (type.kind !== 'int64' && type.kind !== 'decimal'))
      return mismatch(`\`%\` takes whole numbers or decimals, not \`${typeName(a.type)}\` and \`${typeName(b.type)}\``);
    return {
      ok: true,
      args: [type, type],
      type,
      nullable: nullableAny(args) || !nonZero(b),
      inexact: inexactAny(args),
    };
  },
  sql: {
    duckdb: remainder(tameDivisor),
    postgres: remainder(divisor),
    // Of a number written out ClickHouse would take the width.
    clickhouse: (args, call) =>
      call.resultType.kind === 'int64'
        ? fragment(`toInt64(toInt64(${bare(args, 0)}) % ${tameDivisor(args, call)})`)
        : remainder(divisor)(args, call),
  },
});

const minus: SqlCell = (args) => fragment(`-${operand(args, 0, PRECEDENCE.postfix)}`, PRECEDENCE.unary);

const negate = row({
  name: 'negate',
  operator: true,
  signatures: ['-number -> number'],
  doc: 'The number with its sign changed. The least `int64` has no negation: an overflow.',
  example: { call: '-(2 + 3)', gives: '-5' },
  resolve(args) {
    const [a] = args;
    if (a === undefined || (!isExactNumber(a.type) && a.type.kind !== 'float64' && a.type.kind !== 'null'))
      return mismatch(`\`${typeName(a?.type ?? BOOL)}\` has no sign`, 0);
    return {
      ok: true,
      args: [a.type],
      type: a.type.kind === 'null' ? INT64 : a.type,
      nullable: a.nullable,
      inexact: a.inexact,
    };
  },
  sql: {
    duckdb: minus,
    postgres: minus,
    clickhouse: (args, call) => {
      switch (call.resultType.kind) {
        case 'int64':
          return fragment(int64Clickhouse(`-toInt128(${bare(args, 0)})`));
        case 'float64':
          return fragment(`0. - ${operand(args, 0, PRECEDENCE.multiplicative)}`, PRECEDENCE.additive);
        default:
          return minus(args, call);
      }
    },
  },
});

// ---------------------------------------------------------------------------------------------- logic

const logic = (
  name: 'and' | 'or',
  precedence: number,
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    operator: true,
    carries: 'none',
    strict: false,
    signatures: [`bool ${name} bool -> bool`],
    doc,
    example,
    resolve(args) {
      for (const [i, arg] of args.entries()) {
        if (arg.type.kind !== 'bool' && arg.type.kind !== 'null')
          return mismatch(`\`${name}\` joins conditions, and this is \`${typeName(arg.type)}\``, i);
      }
      return {
        ok: true,
        args: args.map(() => BOOL),
        type: BOOL,
        nullable: nullableAny(args),
        inexact: inexactAny(args),
      };
    },
    // Both are associative, so a chain of one of them needs no parentheses on either side.
    sql: everywhere((args) =>
      fragment(args.map((_, i) => operand(args, i, precedence)).join(` ${name.toUpperCase()} `), precedence),
    ),
  });

const not = row({
  name: 'not',
  operator: true,
  carries: 'none',
  signatures: ['not bool -> bool'],
  doc: 'True for false, false for true, null for null.',
  example: { call: 'not (1 = 2)', gives: 'true' },
  resolve(args) {
    const [a] = args;
    if (a === undefined || (a.type.kind !== 'bool' && a.type.kind !== 'null'))
      return mismatch(`\`not\` takes a condition, and this is \`${typeName(a?.type ?? BOOL)}\``, 0);
    return { ok: true, args: [BOOL], type: BOOL, nullable: a.nullable, inexact: a.inexact };
  },
  sql: everywhere((args) => fragment(`NOT ${operand(args, 0, PRECEDENCE.not)}`, PRECEDENCE.not)),
});

// ---------------------------------------------------------------------------------------------- comparison

/** Both sides as one type with an order, or why they cannot be compared. */
function compared(args: readonly ArgumentInfo[], ordered: boolean): readonly ValueType[] | string {
  const [a, b] = pair(args);
  const type = commonType(a, b);
  // No decimal holds both, and none has to: engines compare them as they are, with an error where 38 digits do not do.
  if (type === null && a.type.kind === 'decimal' && b.type.kind === 'decimal') return [a.type, b.type];
  if (type === null) return `\`${typeName(a.type)}\` and \`${typeName(b.type)}\` cannot be compared`;
  if (!isComparable(type)) return `values of \`${typeName(type)}\` cannot be compared`;
  if (ordered && type.kind === 'bool') return 'conditions have no order';
  if (ordered && type.kind === 'enum') return `\`${type.name}\` has no order: its values are names`;
  return [type, type];
}

const comparing =
  (symbol: string): SqlCell =>
  (args) =>
    fragment(
      `${operand(args, 0, PRECEDENCE.concat)} ${symbol} ${operand(args, 1, PRECEDENCE.concat)}`,
      PRECEDENCE.comparison,
    );

/** The same SQL over values that each engine orders by their bytes. On PostgreSQL the first says how all are compared. */
function orderedCells(cell: SqlCell): Readonly<Record<EngineName, SqlCell>> {
  const over =
    (engine: EngineName): SqlCell =>
    (args, call) =>
      cell(
        args.map((arg, i) => (engine === 'postgres' && i > 0 ? arg : byOrder(engine, arg, call.argTypes[i]))),
        call,
      );
  return { duckdb: cell, postgres: over('postgres'), clickhouse: over('clickhouse') };
}

const comparison = (
  name: string,
  symbol: string,
  ordered: boolean,
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    operator: true,
    carries: 'none',
    signatures: [`comparable ${symbol} comparable -> bool`],
    doc,
    example,
    resolve(args) {
      const types = compared(args, ordered);
      if (typeof types === 'string') return mismatch(types);
      return { ok: true, args: types, type: BOOL, nullable: nullableAny(args), inexact: inexactAny(args) };
    },
    sql: ordered ? orderedCells(comparing(symbol)) : everywhere(comparing(symbol)),
  });

const distinctness = (
  name: string,
  symbol: string,
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    operator: true,
    carries: 'none',
    strict: false,
    signatures: [`comparable ${symbol.toLowerCase()} comparable -> bool`],
    doc,
    example,
    resolve(args) {
      const types = compared(args, false);
      if (typeof types === 'string') return mismatch(types);
      return { ok: true, args: types, type: BOOL, nullable: false, inexact: inexactAny(args) };
    },
    sql: everywhere(comparing(symbol)),
  });

const test = (
  name: string,
  words: string,
  takes: 'any' | 'bool',
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    operator: true,
    carries: 'none',
    strict: false,
    signatures: [`${takes} ${words.toLowerCase()} -> bool`],
    doc,
    example,
    resolve(args) {
      const [a] = args;
      if (a === undefined || (takes === 'bool' && a.type.kind !== 'bool' && a.type.kind !== 'null'))
        return mismatch(
          `\`${words.toLowerCase()}\` tests a condition, and this is \`${typeName(a?.type ?? BOOL)}\``,
          0,
        );
      // Whether a value is null does not depend on its last places.
      return {
        ok: true,
        args: [takes === 'bool' ? BOOL : a.type],
        type: BOOL,
        nullable: false,
        inexact: takes === 'bool' && a.inexact,
      };
    },
    sql: everywhere((args) => fragment(`${operand(args, 0, PRECEDENCE.concat)} ${words}`, PRECEDENCE.comparison)),
  });

/** All arguments as one type; used by `in` and `between`. */
function unified(args: readonly ArgumentInfo[]): ValueType | null {
  let type: ValueType | null = null;
  let literal: ArgumentInfo['literal'];
  for (const arg of args) {
    const next: ValueType | null = type === null ? arg.type : commonType({ type, literal }, arg);
    if (next === null) return null;
    literal = type === null ? arg.literal : next === type ? literal : undefined;
    type = next;
  }
  return type;
}

const amongst: SqlCell = (args) =>
  fragment(
    `${operand(args, 0, PRECEDENCE.concat)} IN (${args
      .slice(1)
      .map((a) => a.sql)
      .join(', ')})`,
    PRECEDENCE.comparison,
  );

const inList = row({
  name: 'in',
  operator: true,
  carries: 'none',
  signatures: ['comparable in (comparable, …) -> bool'],
  doc: 'True where the value equals one of the list. A null value gives null; a null in the list is refused, as it can only turn false into null.',
  example: { call: '2 in (1, 2, 3)', gives: 'true' },
  resolve(args) {
    const type = unified(args);
    if (type === null)
      return mismatch(`the list's values are not all comparable with \`${typeName(args[0]?.type ?? BOOL)}\``);
    if (!isComparable(type)) return mismatch(`values of \`${typeName(type)}\` cannot be compared`, 0);
    return { ok: true, args: args.map(() => type), type: BOOL, nullable: nullableAny(args), inexact: inexactAny(args) };
  },
  sql: {
    duckdb: amongst,
    postgres: amongst,
    // Its IN takes constants, and not all types of them.
    clickhouse: (args, call) =>
      call.literals.slice(1).every((literal) => typeof literal === 'string') &&
      (call.argTypes[0]?.kind === 'int64' || call.argTypes[0]?.kind === 'string' || call.argTypes[0]?.kind === 'enum')
        ? amongst(args, call)
        : fragment(
            args
              .slice(1)
              .map((_, i) => `${operand(args, 0, PRECEDENCE.concat)} = ${operand(args, i + 1, PRECEDENCE.concat)}`)
              .join(' OR '),
            args.length === 2 ? PRECEDENCE.comparison : PRECEDENCE.or,
          ),
  },
});

const between = row({
  name: 'between',
  operator: true,
  // `5 between n and 1` is false whatever n is.
  strict: false,
  carries: 'none',
  signatures: ['comparable between comparable and comparable -> bool'],
  doc: 'True where `low <= value` and `value <= high`: both ends are in.',
  example: { call: '5 between 1 and 5', gives: 'true' },
  resolve(args) {
    const type = unified(args);
    if (type === null)
      return mismatch(`\`between\` needs one type, not ${args.map((a) => `\`${typeName(a.type)}\``).join(', ')}`);
    if (!isComparable(type) || type.kind === 'bool' || type.kind === 'enum')
      return mismatch(`values of \`${typeName(type)}\` have no order`, 0);
    return { ok: true, args: args.map(() => type), type: BOOL, nullable: nullableAny(args), inexact: inexactAny(args) };
  },
  sql: orderedCells((args) =>
    fragment(
      `${operand(args, 0, PRECEDENCE.concat)} BETWEEN ${operand(args, 1, PRECEDENCE.concat)} AND ${operand(args, 2, PRECEDENCE.concat)}`,
      PRECEDENCE.comparison,
    ),
  ),
});

/** `ilike` folds both sides by hand: an engine's own folds more letters than A–Z, and not alike. */
const liking =
  (engine: EngineName, name: string, escaping: (call: CellCall) => string): SqlCell =>
  (args, call) => {
    const sides = name === 'ilike' ? args.map((arg) => fragment(foldedAscii(engine, arg.sql))) : args;
    return fragment(
      `${operand(sides, 0, PRECEDENCE.concat)} LIKE ${operand(sides, 1, PRECEDENCE.concat)}${escaping(call)}`,
      PRECEDENCE.comparison,
    );
  };

const like = (name: string, symbol: string, doc: string, example: { call: string; gives: string }): FunctionRow =>
  row({
    name,
    operator: true,
    carries: 'none',
    signatures: [`string ${symbol.toLowerCase()} string -> bool`],
    doc,
    example,
    resolve(args) {
      const [text, pattern] = pair(args);
      if (!widens(text, STRING))
        return mismatch(`\`${symbol.toLowerCase()}\` searches text, and this is \`${typeName(text.type)}\``, 0);
      if (typeof pattern.literal !== 'string')
        return mismatch('the pattern must be written out: engines escape computed patterns differently', 1);
      if (!/^([^\\]|\\[%_\\])*$/s.test(pattern.literal))
        return mismatch(
          'a `\\` in a pattern stands before `%`, `_` or another `\\`: engines read it differently elsewhere',
          1,
        );
      return { ok: true, args: [STRING, STRING], type: BOOL, nullable: text.nullable, inexact: text.inexact };
    },
    sql: {
      // DuckDB has no escape of its own.
      duckdb: liking('duckdb', name, (call) => (String(call.literals[1] ?? '').includes('\\') ? " ESCAPE '\\'" : '')),
      postgres: liking('postgres', name, () => ''),
      clickhouse: liking('clickhouse', name, () => ''),
    },
  });

const concat = row({
  name: 'concat',
  operator: true,
  signatures: ['string || string -> string'],
  doc: 'The two texts in a row; null where either is null.',
  example: { call: "'a' || 'b'", gives: 'ab' },
  resolve(args) {
    for (const [i, arg] of args.entries()) {
      if (!widens(arg, STRING))
        return mismatch(`\`||\` joins texts, and this is \`${typeName(arg.type)}\`: write \`to_text(…)\``, i);
    }
    return {
      ok: true,
      args: args.map(() => STRING),
      type: STRING,
      nullable: nullableAny(args),
      inexact: inexactAny(args),
    };
  },
  sql: {
    duckdb: infix('||', PRECEDENCE.concat),
    postgres: infix('||', PRECEDENCE.concat),
    // It reads `a || b || c` as one call, in which it does not find the `a || b` that rows are grouped by.
    clickhouse: (args) =>
      fragment(
        `${operand(args, 0, PRECEDENCE.additive)} || ${operand(args, 1, PRECEDENCE.additive)}`,
        PRECEDENCE.concat,
      ),
  },
});

export const operatorRows: readonly FunctionRow[] = [
  arithmeticRow('add', '+', PRECEDENCE.additive, sumRule, 'added', 'The sum. An int64 that overflows is an error.', {
    call: '1.25 + 2',
    gives: '3.25',
  }),
  arithmeticRow(
    'subtract',
    '-',
    PRECEDENCE.additive,
    sumRule,
    'subtracted',
    'The difference. An int64 that overflows is an error.',
    { call: '1 - 2.5', gives: '-1.5' },
  ),
  arithmeticRow(
    'multiply',
    '*',
    PRECEDENCE.multiplicative,
    productRule,
    'multiplied',
    'The product. An int64 that overflows is an error.',
    { call: '1.5 * 1.5', gives: '2.25' },
  ),
  divide,
  modulo,
  negate,
  logic('and', PRECEDENCE.and, 'False where either side is false, else null where either is null, else true.', {
    call: 'true and false',
    gives: 'false',
  }),
  logic('or', PRECEDENCE.or, 'True where either side is true, else null where either is null, else false.', {
    call: 'true or null',
    gives: 'true',
  }),
  not,
  comparison('equals', '=', false, 'True where both sides are the same value; null where either is null.', {
    call: '1 = 1.0',
    gives: 'true',
  }),
  comparison('not_equals', '<>', false, 'True where the sides differ; null where either is null.', {
    call: "'a' <> 'A'",
    gives: 'true',
  }),
  comparison('less', '<', true, 'Text is compared by its bytes.', { call: "'Z' < 'a'", gives: 'true' }),
  comparison('less_or_equal', '<=', true, 'Text is compared by its bytes.', { call: '2 <= 2', gives: 'true' }),
  comparison('greater', '>', true, 'Text is compared by its bytes.', { call: '3 > 2.5', gives: 'true' }),
  comparison('greater_or_equal', '>=', true, 'Text is compared by its bytes.', {
    call: "date '2026-02-01' >= date '2026-01-31'",
    gives: 'true',
  }),
  distinctness(
    'is_distinct',
    'IS DISTINCT FROM',
    'True where the sides differ, null being a value like any other. Never null.',
    { call: '1 is distinct from null', gives: 'true' },
  ),
  distinctness(
    'is_not_distinct',
    'IS NOT DISTINCT FROM',
    'True where the sides are the same, null being the same as null. Never null.',
    { call: 'null is not distinct from null', gives: 'true' },
  ),
  test('is_null', 'IS NULL', 'any', 'True for null, else false.', { call: 'nullif(1, 1) is null', gives: 'true' }),
  test('is_not_null', 'IS NOT NULL', 'any', 'False for null, else true.', { call: '1 is not null', gives: 'true' }),
  test('is_true', 'IS TRUE', 'bool', 'True for true; false for false and null.', {
    call: '(1 = 1) is true',
    gives: 'true',
  }),
  test('is_not_true', 'IS NOT TRUE', 'bool', 'True for false and null.', {
    call: '(1 = 1) is not true',
    gives: 'false',
  }),
  test('is_false', 'IS FALSE', 'bool', 'True for false; false for true and null.', {
    call: '(1 = 2) is false',
    gives: 'true',
  }),
  test('is_not_false', 'IS NOT FALSE', 'bool', 'True for true and null.', {
    call: '(1 = 2) is not false',
    gives: 'false',
  }),
  inList,
  between,
  like(
    'like',
    'LIKE',
    '`%` stands for any text, `_` for one character; `\\` before either takes it literally. Case matters.',
    { call: "'abc' like 'a%'", gives: 'true' },
  ),
  like('ilike', 'ILIKE', 'As `like`, with A–Z and a–z alike.', { call: "'ABC' ilike 'a%'", gives: 'true' }),
  concat,
];
