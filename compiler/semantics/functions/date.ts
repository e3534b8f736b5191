/**
 * Dates and timestamps. A timestamp is an instant; what depends on a calendar takes a zone, UTC where none is named.
 *
 * On DuckDB an instant's UTC parts are taken from `make_timestamp(epoch_us(x))`: the same wall clock without the time-zone
 * library, 13 times as fast on three million rows.
 */
import type { LiteralValue } from '../../relational/rel.ts';
import { DATE, INT64, TIMESTAMP, typeName, type ValueType } from '../../relational/types.ts';
import { widens } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  type CellCall,
  type EngineName,
  type FunctionRow,
  fragment,
  mismatch,
  onEach,
  operand,
  PRECEDENCE,
  type Resolution,
  row,
  type SqlFragment,
} from './row.ts';
import { countReason } from './signature.ts';
import { cast, instantClickhouse, microsClickhouse, utcPostgres } from './snippets.ts';
import { isZone } from './zones.ts';

const UNITS = [
  'microsecond',
  'millisecond',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
] as const;
type Unit = (typeof UNITS)[number];
const TIME_UNITS: readonly string[] = ['microsecond', 'millisecond', 'second', 'minute', 'hour'];

/** The unit of a word such as `Month`, `months` or `'month'`; null where it is none. */
function readUnit(arg: ArgumentInfo | undefined): Unit | null {
  if (typeof arg?.literal !== 'string') return null;
  const word = arg.literal.toLowerCase();
  return UNITS.find((unit) => unit === word || `${unit}s` === word) ?? null;
}

const unitOf = (call: CellCall, index: number): Unit =>
  readUnit({ type: DATE, nullable: false, inexact: false, literal: call.literals[index] }) ?? 'day';

/** The wall clock of an instant in the zone that argument `zone` names, or in UTC; a date as it stands. */
function wallClock(engine: EngineName, args: readonly SqlFragment[], call: CellCall, zone: number): string {
  const value = bare(args, 0);
  if (call.argTypes[0]?.kind === 'date') return value;
  const utc = args[zone] === undefined || call.literals[zone] === 'UTC';
  switch (engine) {
    case 'duckdb':
      return utc ? `make_timestamp(epoch_us(${value}))` : `timezone(${bare(args, zone)}, ${value})`;
    case 'postgres':
      return utc ? utcPostgres(value) : `timezone(${bare(args, zone)}, ${value})`;
    case 'clickhouse':
      return utc ? value : `toTimeZone(${value}, ${bare(args, zone)})`;
  }
}

/** A date or an instant (whichever are allowed), then perhaps a zone. */
function instant(
  args: readonly ArgumentInfo[],
  accepts: readonly ('date' | 'timestamp')[],
  result: ValueType,
): Resolution {
  const [value, zone] = args;
  if (value === undefined || args.length > 2) return mismatch(countReason(1, 2, args.length));
  const type =
    accepts.includes('timestamp') && widens(value, TIMESTAMP) && value.type.kind !== 'date'
      ? TIMESTAMP
      : accepts.includes('date') && widens(value, DATE)
        ? DATE
        : null;
  if (type === null)
    return mismatch(`it takes a ${accepts.join(' or a ')}, and this is \`${typeName(value.type)}\``, 0);
  if (zone !== undefined) {
    if (type === DATE && value.type.kind === 'date') return mismatch('a date is the same in every zone', 1);
    const bad = badZone(zone, 1);
    if (bad !== null) return bad;
  }
  return {
    ok: true,
    args: zone === undefined ? [type] : [type, zone.type],
    type: result,
    nullable: value.nullable,
    inexact: value.inexact,
  };
}

function badZone(zone: ArgumentInfo, index: number): Resolution | null {
  if (typeof zone.literal !== 'string') return mismatch('the zone must be written out', index);
  return isZone(zone.literal)
    ? null
    : { ok: false, reason: `there is no time zone \`${zone.literal}\``, argument: index, zone: zone.literal };
}

/** A part of a wall clock: what DuckDB, PostgreSQL and ClickHouse call it. */
const part = (
  name: string,
  fields: readonly [string, string, string],
  accepts: readonly ('date' | 'timestamp')[],
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    signatures: accepts.map((type) =>
      type === 'date' ? `${name}(value: date) -> int64` : `${name}(value: timestamp, zone?: string) -> int64`,
    ),
    doc,
    example,
    resolve: (args) => instant(args, accepts, INT64),
    sql: onEach((engine, args, call) => {
      const wall = wallClock(engine, args, call, 1);
      const [duckdb, postgres, clickhouse] = fields;
      if (engine === 'duckdb') return `${duckdb}(${wall})`;
      // Of the last day of 2299 ClickHouse gives the number of the day before.
      if (engine === 'clickhouse' && name === 'doy' && call.argTypes[0]?.kind === 'date')
        return `(dateDiff('day', toStartOfYear(${wall}), ${wall}) + 1)`;
      if (engine === 'clickhouse') return `toInt64(${clickhouse}(${wall}))`;
      const field = `extract(${postgres} FROM ${wall})`;
      return cast('postgres', postgres === 'second' ? `floor(${field})` : field, INT64);
    }),
  });

const both = ['date', 'timestamp'] as const;
const timeOnly = ['timestamp'] as const;

const date = row({
  name: 'date',
  signatures: ['date(value: timestamp, zone?: string) -> date'],
  doc: 'The day of the instant in the zone, UTC where none is named.',
  example: { call: "date(timestamp '2026-01-01 23:30:00Z', 'Europe/Berlin')", gives: '2026-01-02' },
  carries: 'derived',
  resolve(args) {
    const resolved = instant(args, both, DATE);
    return resolved;
  },
  sql: onEach((engine, args, call) => {
    const wall = wallClock(engine, args, call, 1);
    return engine === 'clickhouse' ? `toDate32(${wall})` : cast(engine, wall, DATE);
  }),
});

const dateTrunc = row({
  name: 'date_trunc',
  signatures: [
    'date_trunc(value: date, unit) -> date',
    'date_trunc(value: timestamp, unit, zone?: string) -> timestamp',
  ],
  doc: "The first day, or instant, of the unit that the value lies in; weeks start on Monday. `date_trunc('month', x)` is read too. With a zone other than UTC write `date_trunc(date(x, zone), unit)`.",
  example: { call: "date_trunc(date '2026-02-17', month)", gives: '2026-02-01' },
  words: [1],
  resolve(args) {
    const [value, unit] = args;
    if (value === undefined || unit === undefined || args.length > 2) return mismatch(countReason(2, 2, args.length));
    const word = readUnit(unit);
    if (word === null) return mismatch(`\`unit\` is one of ${UNITS.slice(2).join(', ')}`, 1);
    const type =
      value.type.kind === 'timestamp'
        ? TIMESTAMP
        : widens(value, DATE)
          ? DATE
          : widens(value, TIMESTAMP)
            ? TIMESTAMP
            : null;
    if (type === null) return mismatch(`it takes a date or a timestamp, and this is \`${typeName(value.type)}\``, 0);
    if (type === DATE && TIME_UNITS.includes(word)) return mismatch(`a date has no ${word}`, 1);
    return { ok: true, args: [type, unit.type], type, nullable: value.nullable, inexact: value.inexact };
  },
  sql: {
    duckdb: (args, call) => {
      const sql = `date_trunc('${unitOf(call, 1)}', ${wallClock('duckdb', args, call, 2)})`;
      return fragment(call.resultType.kind === 'date' ? `CAST(${sql} AS DATE)` : instantOf(sql));
    },
    postgres: (args, call) => fragment(truncatedPostgres(bare(args, 0), unitOf(call, 1), call.resultType)),
    clickhouse: (args, call) => {
      const unit = unitOf(call, 1);
      const value = bare(args, 0);
      // Its own date_trunc takes 23:59:59.5 of 1969 to the hour after; whole microseconds do not err.
      const width = MICROSECONDS[unit];
      if (call.resultType.kind === 'timestamp' && width !== undefined && unit !== 'week')
        return fragment(instantClickhouse(flooredClickhouse(value, width)));
      if (unit === 'microsecond') return fragment(value);
      const day = startClickhouse(`toDate32(${value})`, unit);
      return fragment(
        call.resultType.kind === 'date' ? startClickhouse(value, unit) : cast('clickhouse', day, TIMESTAMP),
      );
    },
  },
});

/** `milliseconds` are what PostgreSQL calls a thousandth, and a whole second has one name only. */
const unitPostgres = (unit: Unit): string => (unit === 'millisecond' || unit === 'microsecond' ? `${unit}s` : unit);

/** The start of the unit in UTC. */
function truncatedPostgres(value: string, unit: Unit, type: ValueType): string {
  if (type.kind === 'date') return `CAST(date_trunc('${unit}', CAST(${value} AS timestamp)) AS date)`;
  return `date_trunc('${unitPostgres(unit)}', ${value}, 'UTC')`;
}

/** The first day of the unit, a day or longer, that the day lies in. */
function startClickhouse(day: string, unit: Unit): string {
  switch (unit) {
    case 'week':
      return `toMonday(${day})`;
    case 'month':
      return `toStartOfMonth(${day})`;
    case 'quarter':
      return `toStartOfQuarter(${day})`;
    case 'year':
      return `toStartOfYear(${day})`;
    default:
      return day;
  }
}

/** The microseconds of the start of the slot of that width, from 1970 on and before it alike. */
function flooredClickhouse(value: string, width: bigint): string {
  const micros = microsClickhouse(value);
  return `${micros} - positiveModulo(${micros}, toInt64(${width}))`;
}

/** The instant of a wall clock in UTC. */
function instantOf(wall: string): string {
  return `make_timestamptz(epoch_us(${wall}))`;
}

function shifted(args: readonly ArgumentInfo[]): Resolution {
  const [value, count, unit] = args;
  if (value === undefined || count === undefined || unit === undefined || args.length > 3)
    return mismatch('it takes a date or timestamp and a length of time, such as `7d` or `interval 3 month`');
  const word = readUnit(unit);
  if (word === null) return mismatch(`\`unit\` is one of ${UNITS.join(', ')}`, 2);
  if (count.type.kind !== 'int64' && count.type.kind !== 'null')
    return mismatch(`how many must be \`int64\`, not \`${typeName(count.type)}\``, 1);
  const type =
    value.type.kind === 'timestamp'
      ? TIMESTAMP
      : widens(value, DATE)
        ? DATE
        : widens(value, TIMESTAMP)
          ? TIMESTAMP
          : null;
  if (type === null) return mismatch(`it takes a date or a timestamp, and this is \`${typeName(value.type)}\``, 0);
  if (type === DATE && TIME_UNITS.includes(word))
    return mismatch(`a date has no ${word}: cast it to a timestamp first`, 2);
  return {
    ok: true,
    args: [type, INT64, unit.type],
    type,
    nullable: value.nullable || count.nullable,
    inexact: value.inexact || count.inexact,
  };
}

const shift = (
  name: 'date_add' | 'date_sub',
  sign: '+' | '-',
  doc: string,
  example: { call: string; gives: string },
): FunctionRow =>
  row({
    name,
    signatures: [
      `${name}(value: date, length) -> date`,
      `${name}(value: timestamp, length) -> timestamp`,
      `${name}(value: date, count: int64, unit) -> date`,
    ],
    doc,
    example,
    words: [2],
    resolve: shifted,
    sql: {
      duckdb: (args, call) => {
        const unit = unitOf(call, 2);
        const count = call.literals[1];
        const step =
          unit === 'quarter' ? ([3, 'month'] as const) : unit === 'week' ? ([7, 'day'] as const) : ([1, unit] as const);
        const amount =
          typeof count === 'string'
            ? `INTERVAL '${BigInt(count) * BigInt(step[0])}' ${step[1]}`
            : `to_${step[1]}s(CAST(${step[0] === 1 ? '' : `${step[0]} * `}${operand(args, 1, PRECEDENCE.unary)} AS ${wideInterval(step[1]) ? 'BIGINT' : 'INTEGER'}))`;
        if (call.resultType.kind === 'date')
          return fragment(
            within('duckdb', name, call, `CAST(${operand(args, 0, PRECEDENCE.additive)} ${sign} ${amount} AS DATE)`),
          );
        const wall = `make_timestamp(epoch_us(${bare(args, 0)})) ${sign} ${amount}`;
        return fragment(instantOf(within('duckdb', name, call, wall)));
      },
      postgres: (args, call) => {
        const unit = unitOf(call, 2);
        const [step, of] = unit === 'quarter' ? ([3, 'month'] as const) : ([1, unit] as const);
        const count = call.literals[1];
        const amount =
          typeof count === 'string'
            ? `INTERVAL '${BigInt(count) * BigInt(step)} ${of}'`
            : `${operand(args, 1, PRECEDENCE.postfix)} * INTERVAL '${step} ${of}'`;
        if (call.resultType.kind === 'date')
          return fragment(
            within(
              'postgres',
              name,
              call,
              cast('postgres', `${operand(args, 0, PRECEDENCE.additive)} ${sign} ${amount}`, DATE),
            ),
          );
        // In UTC, where every day has 24 hours, whatever the session's zone.
        return fragment(utcPostgres(within('postgres', name, call, `${utcPostgres(bare(args, 0))} ${sign} ${amount}`)));
      },
      clickhouse: (args, call) => {
        const unit = unitOf(call, 2);
        const word = `${sign === '+' ? 'add' : 'subtract'}${unit.charAt(0).toUpperCase()}${unit.slice(1)}s`;
        const count = cutCount(bare(args, 1), call.literals[1], unit);
        return fragment(within('clickhouse', name, call, `${word}(${bare(args, 0)}, ${count})`));
      },
    },
  });

/** Years between the first and the last day: adding as many to any date leaves the range. */
const RANGE_YEARS = 400;

/** The count for ClickHouse, which wraps what is too great: of more than leaves the range as many as do. */
function cutCount(sql: string, literal: LiteralValue | undefined, unit: Unit): string {
  const most = COUNT_OF_RANGE[unit];
  if (typeof literal !== 'string')
    return namedOnce(
      'clickhouse',
      sql,
      (of) => `multiIf(${of} > ${most}, ${most}, ${of} < -${most}, -${most}, toInt64(${of}))`,
    );
  const count = BigInt(literal);
  return `toInt64(${count > most ? most : count < -most ? -most : count})`;
}

/** How the last moment of the range is written, of a day and of an instant's wall clock. */
const RANGE = {
  date: ['1900-01-01', '2299-12-31'],
  timestamp: ['1900-01-01 00:00:00', '2299-12-31 23:59:59.999999'],
} as const;

/**
 * What an addition gives, an overflow outside of 1900 to 2299, where engines part: some go on, some wrap, some stop at an end.
 * Where all is written out the day is known, and what is within needs no test.
 */
function within(engine: EngineName, name: string, call: CellCall, sql: string): string {
  const kind = call.resultType.kind === 'date' ? 'date' : 'timestamp';
  if (isSurelyWithin(name, call)) return sql;
  const [first, last] = RANGE[kind];
  const message = `'${name}: ${kind === 'date' ? 'a date' : 'a timestamp'} out of range, which is 1900 to 2299'`;
  const type = kind === 'date' ? 'DATE' : 'TIMESTAMP';
  switch (engine) {
    case 'duckdb':
      return namedOnce(
        'duckdb',
        sql,
        (of) =>
          `CASE WHEN ${of} NOT BETWEEN ${type} '${first}' AND ${type} '${last}' THEN error(${message}) ELSE ${of} END`,
      );
    case 'postgres': {
      // It has no function that raises: beyond its own range, of 299,000 years, it says the same. Nor has it a name for a
      // value inside of an expression: what is long goes to the ends of its range and back.
      const beyond = kind === 'date' ? `${sql} + 2147483647` : `${sql} + INTERVAL '300000 years'`;
      if (isShort(sql))
        return `CASE WHEN ${sql} NOT BETWEEN ${type} '${first}' AND ${type} '${last}' THEN ${beyond} ELSE ${sql} END`;
      const [least, most] = POSTGRES_RANGE[kind];
      const later = `(${type} '${most}' - ${type} '${last}')`;
      const earlier = `(${type} '${first}' - ${type} '${least}')`;
      return `(${sql} + ${later} - ${later} - ${earlier} + ${earlier})`;
    }
    case 'clickhouse': {
      const bound = (text: string): string => cast('clickhouse', `'${text}'`, call.resultType);
      return namedOnce(
        'clickhouse',
        sql,
        (of) => `addDays(${of}, throwIf(${of} NOT BETWEEN ${bound(first)} AND ${bound(last)}, ${message}))`,
      );
    }
  }
}

/** The first and the last moment that PostgreSQL has. */
const POSTGRES_RANGE = {
  date: ['4714-11-24 BC', '5874897-12-31'],
  timestamp: ['4714-11-24 00:00:00 BC', '294276-12-31 23:59:59.999999'],
} as const;

/** What is longer is not written twice, or each addition inside of another would double the SQL. */
const isShort = (sql: string): boolean => sql.length <= 100;

/** The form of the value, which stands once where it is long. */
function namedOnce(engine: 'duckdb' | 'clickhouse', sql: string, form: (of: string) => string): string {
  if (isShort(sql)) return form(sql);
  return engine === 'duckdb'
    ? `list_transform([${sql}], lambda moved: ${form('moved')})[1]`
    : `arrayMap(moved -> ${form('moved')}, [${sql}])[1]`;
}

/** True where date and count are written out and the years between leave room for both ends of the range. */
function isSurelyWithin(name: string, call: CellCall): boolean {
  const [value, count] = call.literals;
  if (typeof value !== 'string' || typeof count !== 'string') return false;
  const perYear = COUNT_OF_RANGE[unitOf(call, 2)] / BigInt(RANGE_YEARS);
  const years = Number(BigInt(count) / perYear) * (name === 'date_add' ? 1 : -1);
  const year = Number(value.slice(0, 4)) + years;
  return year > 1910 && year < 2290;
}

/** DuckDB's `to_days` and longer take INTEGER, the shorter units BIGINT. */
function wideInterval(unit: string): boolean {
  return unit === 'microsecond' || unit === 'second' || unit === 'minute' || unit === 'hour' || unit === 'millisecond';
}

/** How many borders of the unit lie between two wall clocks; weeks by their Mondays, as DuckDB's own count of them is wrong. */
const dateDiff = row({
  name: 'date_diff',
  signatures: [
    'date_diff(to: date, from: date, unit) -> int64',
    'date_diff(to: timestamp, from: timestamp, unit) -> int64',
  ],
  doc: 'How many borders of the unit lie between: `date_diff(to, from, day)`. A later `to` gives a positive number; weeks are counted by their Mondays, in UTC.',
  example: { call: "date_diff(date '2026-03-01', date '2026-01-31', month)", gives: '2' },
  words: [2],
  resolve(args) {
    const [to, from, unit] = args;
    if (to === undefined || from === undefined || unit === undefined || args.length > 3)
      return mismatch(countReason(3, 3, args.length));
    const word = readUnit(unit);
    if (word === null) return mismatch(`\`unit\` is one of ${UNITS.join(', ')}`, 2);
    const type =
      widens(to, DATE) && widens(from, DATE)
        ? DATE
        : widens(to, TIMESTAMP) && widens(from, TIMESTAMP)
          ? TIMESTAMP
          : null;
    if (type === null)
      return mismatch(
        `it takes two dates or two timestamps, not \`${typeName(to.type)}\` and \`${typeName(from.type)}\``,
      );
    if (type === DATE && TIME_UNITS.includes(word)) return mismatch(`a date has no ${word}`, 2);
    return {
      ok: true,
      args: [type, type, unit.type],
      type: INT64,
      nullable: to.nullable || from.nullable,
      inexact: to.inexact || from.inexact,
    };
  },
  sql: {
    duckdb: (args, call) => {
      const unit = unitOf(call, 2);
      const [to, from] = [0, 1].map((i) =>
        call.argTypes[i]?.kind === 'date' ? bare(args, i) : `make_timestamp(epoch_us(${bare(args, i)}))`,
      );
      if (unit !== 'week') return fragment(`date_diff('${unit}', ${from}, ${to})`);
      return fragment(
        `date_diff('day', date_trunc('week', ${from}), date_trunc('week', ${to})) // 7`,
        PRECEDENCE.multiplicative,
      );
    },
    postgres: (args, call) =>
      fragment(bordersPostgres(bare(args, 0), bare(args, 1), unitOf(call, 2), call), PRECEDENCE.additive),
    clickhouse: (args, call) => {
      const unit = unitOf(call, 2);
      const width = MICROSECONDS[unit] ?? (unit === 'microsecond' ? 1n : undefined);
      const timed = call.argTypes[0]?.kind === 'timestamp';
      if (timed && width !== undefined && unit !== 'day' && unit !== 'week') {
        const [to, from] = [0, 1].map((i) =>
          width === 1n
            ? microsClickhouse(bare(args, i))
            : `intDiv(${flooredClickhouse(bare(args, i), width)}, ${width})`,
        );
        return fragment(`${to} - ${from}`, PRECEDENCE.additive);
      }
      const [to, from] = [0, 1].map((i) => (timed ? `toDate32(${bare(args, i)})` : bare(args, i)));
      if (unit === 'week') return fragment(`intDiv(dateDiff('day', toMonday(${from}), toMonday(${to})), 7)`);
      return fragment(`dateDiff('${unit}', ${from}, ${to})`);
    },
  },
});

/** How many borders lie between, on PostgreSQL: months by their number, shorter units by the length between two starts. */
function bordersPostgres(to: string, from: string, unit: Unit, call: CellCall): string {
  const type = call.argTypes[0] ?? TIMESTAMP;
  const wall = (value: string): string => (type.kind === 'date' ? value : utcPostgres(value));
  const day = (value: string): string => (type.kind === 'date' ? value : cast('postgres', wall(value), DATE));
  const field = (name: string, value: string): string => `extract(${name} FROM ${wall(value)})`;
  const months = (per: number, name: string): string =>
    cast(
      'postgres',
      `(${field('year', to)} - ${field('year', from)}) * ${per} + ${field(name, to)} - ${field(name, from)}`,
      INT64,
    );
  const start = (value: string): string => truncatedPostgres(value, unit, type);
  switch (unit) {
    case 'year':
      return cast('postgres', `${field('year', to)} - ${field('year', from)}`, INT64);
    case 'quarter':
      return months(4, 'quarter');
    case 'month':
      return months(12, 'month');
    case 'week':
      return cast('postgres', `(${day(start(to))} - ${day(start(from))}) / 7`, INT64);
    case 'day':
      return cast('postgres', `${day(to)} - ${day(from)}`, INT64);
    default: {
      const width = MICROSECONDS[unit] ?? 1n;
      return cast('postgres', `extract(epoch FROM ${start(to)} - ${start(from)}) * 1000000 / ${width}`, INT64);
    }
  }
}

const lastDay = row({
  name: 'last_day',
  signatures: ['last_day(value: date) -> date'],
  doc: 'The last day of the month.',
  example: { call: "last_day(date '2028-02-03')", gives: '2028-02-29' },
  resolve: (args) => (args.length > 1 ? mismatch(countReason(1, 1, args.length)) : instant(args, ['date'], DATE)),
  sql: {
    duckdb: (args) => fragment(`last_day(${bare(args, 0)})`),
    postgres: (args) =>
      fragment(
        `CAST(date_trunc('month', CAST(${bare(args, 0)} AS timestamp)) + INTERVAL '1 month' - INTERVAL '1 day' AS date)`,
      ),
    clickhouse: (args) => fragment(`toLastDayOfMonth(${bare(args, 0)})`),
  },
});

const MICROSECONDS: Readonly<Record<string, bigint>> = {
  millisecond: 1_000n,
  second: 1_000_000n,
  minute: 60_000_000n,
  hour: 3_600_000_000n,
  day: 86_400_000_000n,
  week: 604_800_000_000n,
};

/** So many of the unit are at least the whole range. */
const COUNT_OF_RANGE: Readonly<Record<Unit, bigint>> = {
  microsecond: 86_400_000_000n * 366n * 400n,
  millisecond: 86_400_000n * 366n * 400n,
  second: 86_400n * 366n * 400n,
  minute: 1_440n * 366n * 400n,
  hour: 24n * 366n * 400n,
  day: 366n * 400n,
  week: 53n * 400n,
  month: 12n * 400n,
  quarter: 4n * 400n,
  year: 400n,
};

const bucketWidth = (call: CellCall): bigint =>
  BigInt(String(call.literals[1] ?? 1)) * (MICROSECONDS[unitOf(call, 2)] ?? 1n);

const bucket = row({
  name: 'bucket',
  signatures: ['bucket(value: timestamp, length) -> timestamp'],
  doc: 'The start of the bucket of that length that the instant lies in, counted from 1970-01-01 00:00 UTC: `bucket(ts, 15m)`. Lengths up to weeks; months and years differ in length: `date_trunc`.',
  example: { call: "bucket(timestamp '2026-01-01 10:44:59Z', 15m)", gives: '2026-01-01 10:30:00Z' },
  words: [2],
  resolve(args) {
    const [value, count, unit] = args;
    if (value === undefined || count === undefined || unit === undefined || args.length > 3)
      return mismatch('it takes a timestamp and a length of time, such as `15m`');
    if (!widens(value, TIMESTAMP)) return mismatch(`it takes a timestamp, and this is \`${typeName(value.type)}\``, 0);
    const word = readUnit(unit);
    if (
      word === null ||
      MICROSECONDS[word] === undefined ||
      typeof count.literal !== 'string' ||
      BigInt(count.literal) <= 0n
    )
      return mismatch('the length is written out, in weeks or shorter', 1);
    return {
      ok: true,
      args: [TIMESTAMP, INT64, unit.type],
      type: TIMESTAMP,
      nullable: value.nullable,
      inexact: value.inexact,
    };
  },
  sql: {
    duckdb: (args, call) => {
      const width = bucketWidth(call);
      const us = `epoch_us(${bare(args, 0)})`;
      return fragment(`make_timestamptz(${us} - ((${us} % ${width}) + ${width}) % ${width})`);
    },
    postgres: (args, call) =>
      fragment(
        `date_bin(INTERVAL '${bucketWidth(call)} microsecond', ${bare(args, 0)}, TIMESTAMPTZ '1970-01-01 00:00:00+00')`,
      ),
    clickhouse: (args, call) => fragment(instantClickhouse(flooredClickhouse(bare(args, 0), bucketWidth(call)))),
  },
});

const epochUs = row({
  name: 'epoch_us',
  signatures: ['epoch_us(value: timestamp) -> int64'],
  doc: 'Microseconds since 1970-01-01 00:00 UTC.',
  example: { call: "epoch_us(timestamp '1970-01-01 00:00:01Z')", gives: '1000000' },
  resolve: (args) => (args.length > 1 ? mismatch(countReason(1, 1, args.length)) : instant(args, timeOnly, INT64)),
  sql: {
    duckdb: (args) => fragment(`epoch_us(${bare(args, 0)})`),
    postgres: (args) => fragment(cast('postgres', `extract(epoch FROM ${bare(args, 0)}) * 1000000`, INT64)),
    clickhouse: (args) => fragment(microsClickhouse(bare(args, 0))),
  },
});

/**
 * Settings of a run's sessions that hold the instant at which it began (runtime/engines). Nobody sets them outside of a run:
 * the engine's own clock then answers, so that a view and a statement that is copied out of `dist/` work anywhere.
 */
const RUN_BEGAN = { duckdb: 'run_began', postgres: 'pipec.run_began', clickhouse: 'pipec run began' } as const;

const now = row({
  name: 'now',
  signatures: ['now() -> timestamp'],
  doc: "The instant at which the run began: one value for the whole run. In a view that is read outside of a run, and in a question, it is the instant of the reading; in a test it is 2026-01-01 00:00 UTC, or what the test says: `now: timestamp '2026-05-01 12:00:00Z'`.",
  resolve: (args) =>
    args.length > 0
      ? mismatch(countReason(0, 0, args.length))
      : { ok: true, args: [], type: TIMESTAMP, nullable: false, inexact: false },
  sql: {
    duckdb: () => fragment(`coalesce(getvariable('${RUN_BEGAN.duckdb}'), now())`),
    postgres: () =>
      fragment(`coalesce(CAST(nullif(current_setting('${RUN_BEGAN.postgres}', true), '') AS timestamptz), now())`),
    // It has no settings of a user's own that every server takes: the comment that its log shows is one.
    clickhouse: () =>
      fragment(
        `coalesce(parseDateTime64BestEffortOrNull(extract(getSetting('log_comment'), '^${RUN_BEGAN.clickhouse} (.*)$'), 6, 'UTC'), now64(6, 'UTC'))`,
      ),
  },
});

export const dateRows: readonly FunctionRow[] = [
  date,
  dateTrunc,
  shift(
    'date_add',
    '+',
    'The value so much later; a day that the month lacks becomes its last: `date_add(day, 3mo)`, `date_add(day, n, month)`.',
    { call: "date_add(date '2026-01-31', 1mo)", gives: '2026-02-28' },
  ),
  shift('date_sub', '-', 'The value so much earlier; a day that the month lacks becomes its last.', {
    call: "date_sub(date '2026-03-31', 1mo)",
    gives: '2026-02-28',
  }),
  dateDiff,
  lastDay,
  bucket,
  epochUs,
  now,
  part('year', ['year', 'year', 'toYear'], both, 'The year.', { call: "year(date '2026-01-31')", gives: '2026' }),
  part('quarter', ['quarter', 'quarter', 'toQuarter'], both, 'The quarter, 1 to 4.', {
    call: "quarter(date '2026-04-01')",
    gives: '2',
  }),
  part('month', ['month', 'month', 'toMonth'], both, 'The month, 1 to 12.', {
    call: "month(date '2026-04-01')",
    gives: '4',
  }),
  part('day', ['day', 'day', 'toDayOfMonth'], both, 'The day of the month.', {
    call: "day(date '2026-04-30')",
    gives: '30',
  }),
  part('hour', ['hour', 'hour', 'toHour'], timeOnly, 'The hour in the zone, 0 to 23.', {
    call: "hour(timestamp '2026-07-01 10:00:00Z', 'Europe/Berlin')",
    gives: '12',
  }),
  part('minute', ['minute', 'minute', 'toMinute'], timeOnly, 'The minute in the zone.', {
    call: "minute(timestamp '2026-07-01 10:59:00Z')",
    gives: '59',
  }),
  part('second', ['second', 'second', 'toSecond'], timeOnly, 'The whole second.', {
    call: "second(timestamp '2026-07-01 10:59:07.9Z')",
    gives: '7',
  }),
  part('isodow', ['isodow', 'isodow', 'toDayOfWeek'], both, 'The day of the week: 1 is Monday, 7 is Sunday.', {
    call: "isodow(date '2026-11-29')",
    gives: '7',
  }),
  part('isoweek', ['week', 'week', 'toISOWeek'], both, 'The number of the ISO week, 1 to 53.', {
    call: "isoweek(date '2027-01-01')",
    gives: '53',
  }),
  part('isoyear', ['isoyear', 'isoyear', 'toISOYear'], both, 'The year that the ISO week belongs to.', {
    call: "isoyear(date '2027-01-01')",
    gives: '2026',
  }),
  part('doy', ['dayofyear', 'doy', 'toDayOfYear'], both, 'The day of the year, 1 to 366.', {
    call: "doy(date '2026-02-01')",
    gives: '32',
  }),
];
