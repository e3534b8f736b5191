/**
 * Text to values and back. Each `try_…` gates what engines read differently (`12.7` as an integer, `2026/01/31` as a date)
 * and gives null for all that is not written as this table says. A number is at most 100 characters long.
 */
import {
  BOOL,
  DATE,
  decimal,
  FLOAT64,
  INT64,
  STRING,
  TIMESTAMP,
  typeName,
  UUID,
  type ValueType,
} from '../../relational/types.ts';
import { widens } from '../widening.ts';
import { writtenDigits } from './numeric.ts';
import {
  bare,
  type CellCall,
  type EngineName,
  type FunctionRow,
  fragment,
  mismatch,
  onEach,
  operand,
  PRECEDENCE,
  row,
  type SqlFragment,
} from './row.ts';
import { countReason } from './signature.ts';
import { cast, instantClickhouse, microsClickhouse, precisionOf, scaleOf, utcPostgres } from './snippets.ts';

/** Regular expressions over the whole text, in the form every engine reads alike. */
const GATES = {
  integer: '[+-]?[0-9]+',
  decimal: '[+-]?[0-9]+([.][0-9]+)?',
  float: '[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?[0-9]?)?',
  date: '(19|2[0-2])[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])',
  time: '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?',
  offset: '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?',
  uuid: '[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}',
} as const;
/** Engines disagree on numbers of thousands of digits, and counted repeats are slow on PostgreSQL. */
const LONGEST_NUMBER = 100;
const NUMBERS: readonly string[] = [GATES.integer, GATES.decimal, GATES.float];
const TIMESTAMP_GATE = `${GATES.date}[ T]${GATES.time}${GATES.offset}`;

const attempt = (
  name: string,
  type: ValueType,
  doc: string,
  example: { call: string; gives: string },
  sql: FunctionRow['sql'],
): FunctionRow =>
  row({
    name,
    carries: 'value',
    signatures: [`${name}(value: string) -> ${typeName(type)}?`],
    doc,
    example,
    resolve(args) {
      const [value] = args;
      if (value === undefined || args.length !== 1) return mismatch(countReason(1, 1, args.length));
      if (!widens(value, STRING)) return mismatch(`it reads text, and this is \`${typeName(value.type)}\``, 0);
      return { ok: true, args: [STRING], type, nullable: true, inexact: value.inexact };
    },
    sql,
  });

/** `then` where the whole text is of the form, else null. */
const gated = (engine: EngineName, args: readonly SqlFragment[], gate: string, then: string): string =>
  `CASE WHEN ${spelt(engine, args, gate)} THEN ${then} END`;

function spelt(engine: EngineName, args: readonly SqlFragment[], gate: string): string {
  const value = bare(args, 0);
  const anchored = `'^${gate.includes('|') ? `(${gate})` : gate}$'`;
  const form = {
    duckdb: `regexp_full_match(${value}, '${gate}')`,
    postgres: `${operand(args, 0, PRECEDENCE.concat)} ~ ${anchored}`,
    clickhouse: `match(${value}, ${anchored})`,
  }[engine];
  return NUMBERS.includes(gate) ? `length(${value}) <= ${LONGEST_NUMBER} AND ${form}` : form;
}

/** A bare literal has no type on PostgreSQL, and is read as another type before any gate. */
const textPostgres = (args: readonly SqlFragment[]): string => cast('postgres', bare(args, 0), STRING);

/** What DuckDB gates by a regular expression it may then try. */
const tried = (args: readonly SqlFragment[], gate: string, type: ValueType): string =>
  gated('duckdb', args, gate, `TRY_${cast('duckdb', bare(args, 0), type)}`);

const tryDecimal = row({
  name: 'try_decimal',
  carries: 'value',
  signatures: ['try_decimal(value: string, precision: int64, scale: int64) -> decimal?'],
  doc: 'The decimal that the text spells, rounded half away from zero to the scale; null where it spells none, or one that does not fit.',
  example: { call: "try_decimal('12.345', 6, 2)", gives: '12.35' },
  resolve(args) {
    const [value, precision, scale] = args;
    if (value === undefined || args.length !== 3) return mismatch(countReason(3, 3, args.length));
    if (!widens(value, STRING)) return mismatch(`it reads text, and this is \`${typeName(value.type)}\``, 0);
    const p = writtenDigits(precision, 38);
    const s = writtenDigits(scale, 38);
    if (p === null || s === null || p < 1 || s > p)
      return mismatch(
        '`precision` and `scale` must be written out: at most 38 digits, at most so many of them after the point',
        1,
      );
    return { ok: true, args: [STRING, INT64, INT64], type: decimal(p, s), nullable: true, inexact: value.inexact };
  },
  sql: {
    duckdb: (args, call) => fragment(tried(args, GATES.decimal, call.resultType)),
    postgres: (args, call) => {
      const value = `round(CAST(${textPostgres(args)} AS numeric), ${scaleOf(call.resultType)})`;
      const fits = `abs(${value}) < 1e${precisionOf(call.resultType) - scaleOf(call.resultType)}`;
      return fragment(
        gated(
          'postgres',
          args,
          GATES.decimal,
          `CASE WHEN ${fits} THEN ${cast('postgres', value, call.resultType)} END`,
        ),
      );
    },
    clickhouse: (args, call) => {
      // Its parser cuts, so one digit more is read and then rounds.
      const scale = scaleOf(call.resultType);
      const value = `round(toDecimal256OrNull(${bare(args, 0)}, ${scale + 1}), ${scale})`;
      const fits = `abs(${value}) < toDecimal256('1e${precisionOf(call.resultType) - scale}', 0)`;
      const typed = `Decimal(${precisionOf(call.resultType)}, ${scale})`;
      return fragment(
        gated('clickhouse', args, GATES.decimal, `CASE WHEN ${fits} THEN accurateCastOrNull(${value}, '${typed}') END`),
      );
    },
  },
});

const tryInt64 = attempt(
  'try_int64',
  INT64,
  'The whole number that the text spells in digits; null where it spells none, or one that does not fit.',
  { call: "try_int64('-17')", gives: '-17' },
  {
    duckdb: (args) => fragment(tried(args, GATES.integer, INT64)),
    postgres: (args) => {
      // Up to 18 characters fit whatever they are; only what is longer is worth a numeric.
      const value = textPostgres(args);
      const fits = `CAST(${value} AS numeric) BETWEEN -9223372036854775808 AND 9223372036854775807`;
      const short = `WHEN length(${bare(args, 0)}) <= 18 THEN ${cast('postgres', value, INT64)}`;
      const long = `WHEN ${fits} THEN ${cast('postgres', value, INT64)}`;
      return fragment(gated('postgres', args, GATES.integer, `CASE ${short} ${long} END`));
    },
    clickhouse: (args) => fragment(gated('clickhouse', args, GATES.integer, `toInt64OrNull(${bare(args, 0)})`)),
  },
);

/** Up to here a number that is spelt out is a finite float64 on every engine. */
const FLOAT_EXPONENT = 300;

const tryFloat = attempt(
  'try_float64',
  FLOAT64,
  `The number that the text spells, with or without an exponent; null where it spells none, or one beyond 1e${FLOAT_EXPONENT}. Nearer to zero than 1e-${FLOAT_EXPONENT} is 0.`,
  { call: "try_float64('1.5e3')", gives: '1500' },
  {
    duckdb: (args) => {
      const number = `TRY_${cast('duckdb', bare(args, 0), FLOAT64)}`;
      return fragment(gated('duckdb', args, GATES.float, withinFloat(number)));
    },
    postgres: (args) => {
      const number = `CAST(${textPostgres(args)} AS numeric)`;
      const value = cast('postgres', number, FLOAT64);
      const inside = `CASE WHEN abs(${number}) < 1e-${FLOAT_EXPONENT} THEN 0 WHEN abs(${number}) <= 1e${FLOAT_EXPONENT} THEN ${value} END`;
      return fragment(gated('postgres', args, GATES.float, inside));
    },
    clickhouse: (args) =>
      fragment(gated('clickhouse', args, GATES.float, withinFloat(`toFloat64OrNull(${bare(args, 0)})`))),
  },
);

const withinFloat = (number: string): string =>
  `CASE WHEN abs(${number}) < 1e-${FLOAT_EXPONENT} THEN 0e0 WHEN abs(${number}) <= 1e${FLOAT_EXPONENT} THEN ${number} END`;

const tryBool = attempt(
  'try_bool',
  BOOL,
  "True for 'true', false for 'false', null for every other text.",
  { call: "try_bool('true')", gives: 'true' },
  onEach((_engine, args) => {
    const value = operand(args, 0, PRECEDENCE.concat);
    return `CASE WHEN ${value} = 'true' THEN TRUE WHEN ${value} = 'false' THEN FALSE END`;
  }),
);

/** The day that ten characters of the form spell, null where the month has no such day. */
function dayPostgres(value: string, then: string): string {
  const first = `CAST(left(${value}, 7) || '-01' AS date)`;
  const last = `extract(day FROM ${first} + INTERVAL '1 month' - INTERVAL '1 day')`;
  return `CASE WHEN CAST(substr(${value}, 9, 2) AS integer) <= ${last} THEN ${then} END`;
}

const tryDate = attempt(
  'try_date',
  DATE,
  'The day that the text spells as 2026-01-31, from 1900 to 2299; null where it spells none.',
  { call: "try_date('2026-01-31')", gives: '2026-01-31' },
  {
    duckdb: (args) => fragment(tried(args, GATES.date, DATE)),
    postgres: (args) =>
      fragment(
        gated(
          'postgres',
          args,
          GATES.date,
          dayPostgres(textPostgres(args), cast('postgres', textPostgres(args), DATE)),
        ),
      ),
    // It reads 30 February as 1 March, and cuts off what lies outside of its range: only what reads back the same is the day.
    clickhouse: (args) => {
      const day = `toDate32OrNull(${bare(args, 0)})`;
      return fragment(`CASE WHEN toString(${day}) = ${operand(args, 0, PRECEDENCE.concat)} THEN ${day} END`);
    },
  },
);

/** The first and the last instant: the start of 1900 and the end of 2299 in UTC. */
const FIRST_MICROS = '-2208988800000000';
const LAST_MICROS = '10413791999999999';

const tryTimestamp = attempt(
  'try_timestamp',
  TIMESTAMP,
  'The instant that the text spells as 2026-01-31 10:00:00, with up to six digits more and an offset; UTC where it has none; null where it spells none, or one outside of 1900 to 2299.',
  { call: "try_timestamp('2026-01-31T10:00:00+02:00')", gives: '2026-01-31 08:00:00Z' },
  {
    duckdb: (args) => {
      const instant = `TRY_${cast('duckdb', bare(args, 0), TIMESTAMP)}`;
      const within = `epoch_us(${instant}) BETWEEN ${FIRST_MICROS} AND ${LAST_MICROS}`;
      return fragment(gated('duckdb', args, TIMESTAMP_GATE, `CASE WHEN ${within} THEN ${instant} END`));
    },
    postgres: (args) => {
      const value = textPostgres(args);
      const instant = utcInstantPostgres(value);
      const within = `${instant} BETWEEN TIMESTAMPTZ '1900-01-01 00:00:00+00' AND TIMESTAMPTZ '2299-12-31 23:59:59.999999+00'`;
      return fragment(
        gated('postgres', args, TIMESTAMP_GATE, dayPostgres(value, `CASE WHEN ${within} THEN ${instant} END`)),
      );
    },
    clickhouse: (args) => {
      // The wall clock first, which is in range and reads back the same; then its offset, in microseconds.
      const value = bare(args, 0);
      const clock = `replaceRegexpOne(replaceOne(${value}, 'T', ' '), '(Z|[+-][0-9][0-9]:[0-9][0-9])$', '')`;
      const day = `substring(${value}, 1, 10)`;
      const offset = `if(match(${value}, '[+-][0-9][0-9]:[0-9][0-9]$'), ${orZero(value)} * if(substring(${value}, -6, 1) = '-', -60000000, 60000000), 0)`;
      const micros = `${microsClickhouse(`toDateTime64OrNull(${clock}, 6, 'UTC')`)} - ${offset}`;
      const real = `toString(toDate32OrNull(${day})) = ${day} AND ${micros} BETWEEN ${FIRST_MICROS} AND ${LAST_MICROS}`;
      return fragment(
        gated('clickhouse', args, TIMESTAMP_GATE, `CASE WHEN ${real} THEN ${instantClickhouse(micros)} END`),
      );
    },
  },
);

/** Minutes of the `hh:mm` that the text ends with; 0 where it does not. */
const orZero = (value: string): string =>
  `(ifNull(toInt64OrNull(substring(${value}, -5, 2)), 0) * 60 + ifNull(toInt64OrNull(substring(${value}, -2)), 0))`;

/** A text with an offset, or in UTC, as an instant: read by no setting of the session. */
const utcInstantPostgres = (value: string): string =>
  `CAST(CASE WHEN ${value} ~ '(Z|[+-][0-9]{2}:[0-9]{2})$' THEN ${value} ELSE ${value} || 'Z' END AS timestamptz)`;

const tryUuid = attempt(
  'try_uuid',
  UUID,
  'The uuid that the text spells with its hyphens, in any case; null where it spells none.',
  { call: "try_uuid('6F1F3AD2-2B1C-4E0E-9F57-0C6A3D1B9A55')", gives: '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55' },
  {
    duckdb: (args) => fragment(tried(args, GATES.uuid, UUID)),
    postgres: (args) => fragment(gated('postgres', args, GATES.uuid, cast('postgres', textPostgres(args), UUID))),
    clickhouse: (args) => fragment(gated('clickhouse', args, GATES.uuid, `toUUIDOrNull(${bare(args, 0)})`)),
  },
);

const toText = row({
  name: 'to_text',
  carries: 'value',
  signatures: [
    'to_text(value: int64) -> string',
    'to_text(value: decimal) -> string',
    'to_text(value: bool) -> string',
    'to_text(value: date) -> string',
    'to_text(value: timestamp) -> string',
    'to_text(value: uuid) -> string',
  ],
  doc: 'The value in its canonical text: a decimal with all its digits, a date as 2026-01-31, a timestamp as 2026-01-31 10:00:00.000000 in UTC.',
  example: { call: 'to_text(1.50)', gives: '1.50' },
  resolve(args) {
    const [value] = args;
    if (value === undefined || args.length !== 1) return mismatch(countReason(1, 1, args.length));
    const { kind } = value.type;
    if (kind === 'float64')
      return mismatch('engines print a float64 differently: round it first, `to_text(to_decimal(x, n))`', 0);
    if (kind === 'bytes') return mismatch('bytes have no text: write `hex(…)` or `base64(…)`', 0);
    if (kind === 'json' || kind === 'list') return mismatch(`a ${kind} has no canonical text`, 0);
    return { ok: true, args: [value.type], type: STRING, nullable: value.nullable, inexact: value.inexact };
  },
  sql: { duckdb: textual('duckdb'), postgres: textual('postgres'), clickhouse: textual('clickhouse') },
});

function textual(engine: EngineName): (args: readonly SqlFragment[], call: CellCall) => SqlFragment {
  return (args, call) => {
    const type = call.argTypes[0] ?? STRING;
    const value = bare(args, 0);
    switch (type.kind) {
      case 'string':
      case 'enum':
        return args[0] ?? fragment('NULL');
      case 'timestamp':
        return fragment(
          {
            duckdb: `strftime(make_timestamp(epoch_us(${value})), '%Y-%m-%d %H:%M:%S.%f')`,
            postgres: `to_char(${utcPostgres(value)}, 'YYYY-MM-DD HH24:MI:SS.US')`,
            clickhouse: `toString(${value})`,
          }[engine],
        );
      case 'date':
        return fragment(engine === 'postgres' ? `to_char(${value}, 'YYYY-MM-DD')` : cast(engine, value, STRING));
      case 'decimal': {
        if (engine === 'clickhouse') return fragment(`toDecimalString(${value}, ${type.scale})`);
        // A value may have other digits than its type has: `1.50`, or a product.
        const typed = engine === 'postgres' || call.literals[0] !== undefined ? cast(engine, value, type) : value;
        const text = cast(engine, typed, STRING);
        // With no digit before the point DuckDB writes none.
        const bare_ = engine === 'duckdb' && type.precision === type.scale;
        return fragment(bare_ ? `regexp_replace(${text}, '^(-?)[.]', '\\10.')` : text);
      }
      case 'bool':
        return fragment(cast(engine, engine === 'clickhouse' ? cast(engine, value, BOOL) : value, STRING));
      default:
        return fragment(cast(engine, value, STRING));
    }
  };
}

export const convertRows: readonly FunctionRow[] = [
  tryInt64,
  tryDecimal,
  tryFloat,
  tryBool,
  tryDate,
  tryTimestamp,
  tryUuid,
  toText,
];
