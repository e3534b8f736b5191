/**
 * Text to values and back. Each `try_…` gates what engines read differently (`12.7` as an integer, `2026/01/31` as a date)
 * and gives null for all that is not written as this table says.
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
import { bare, duckdbType, type FunctionRow, fragment, mismatch, row } from './row.ts';
import { countReason } from './signature.ts';

/** Regular expressions over the whole text, in the form every engine reads alike. */
const GATES = {
  integer: '[+-]?[0-9]+',
  decimal: '[+-]?[0-9]+([.][0-9]+)?',
  float: '[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?',
  date: '(19|2[0-2])[0-9]{2}-[0-9]{2}-[0-9]{2}',
  timestamp:
    '(19|2[0-2])[0-9]{2}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?',
  uuid: '[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}',
} as const;

const attempt = (
  name: string,
  type: ValueType,
  gate: string,
  doc: string,
  example: { call: string; gives: string },
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
    sql: {
      duckdb: (args) => fragment(gated(bare(args, 0), gate, `TRY_CAST(${bare(args, 0)} AS ${duckdbType(type)})`)),
    },
  });

function gated(value: string, gate: string, then: string): string {
  return `CASE WHEN regexp_full_match(${value}, '${gate}') THEN ${then} END`;
}

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
    duckdb: (args, call) =>
      fragment(gated(bare(args, 0), GATES.decimal, `TRY_CAST(${bare(args, 0)} AS ${duckdbType(call.resultType)})`)),
  },
});

const tryFloat = row({
  ...attempt(
    'try_float64',
    FLOAT64,
    GATES.float,
    'The number that the text spells, with or without an exponent; null where it spells none, or one that is not finite.',
    { call: "try_float64('1.5e3')", gives: '1500' },
  ),
  sql: {
    duckdb: (args) => {
      const cast = `TRY_CAST(${bare(args, 0)} AS DOUBLE)`;
      return fragment(
        `CASE WHEN regexp_full_match(${bare(args, 0)}, '${GATES.float}') AND isfinite(${cast}) THEN ${cast} END`,
      );
    },
  },
});

const tryBool = row({
  ...attempt('try_bool', BOOL, '', "True for 'true', false for 'false', null for every other text.", {
    call: "try_bool('true')",
    gives: 'true',
  }),
  sql: { duckdb: (args) => fragment(`CASE ${bare(args, 0)} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`) },
});

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
  sql: {
    duckdb: (args, call) => {
      const kind = call.argTypes[0]?.kind;
      if (kind === 'string' || kind === 'enum') return args[0] ?? fragment('NULL');
      if (kind === 'timestamp')
        return fragment(`strftime(make_timestamp(epoch_us(${bare(args, 0)})), '%Y-%m-%d %H:%M:%S.%f')`);
      // A literal such as 1.50 may be wider in its type than in its digits.
      return fragment(
        kind === 'decimal' && call.literals[0] !== undefined
          ? `CAST(CAST(${bare(args, 0)} AS ${duckdbType(call.argTypes[0] ?? STRING)}) AS VARCHAR)`
          : `CAST(${bare(args, 0)} AS VARCHAR)`,
      );
    },
  },
});

export const convertRows: readonly FunctionRow[] = [
  attempt(
    'try_int64',
    INT64,
    GATES.integer,
    'The whole number that the text spells in digits; null where it spells none, or one that does not fit.',
    { call: "try_int64('-17')", gives: '-17' },
  ),
  tryDecimal,
  tryFloat,
  tryBool,
  attempt(
    'try_date',
    DATE,
    GATES.date,
    'The day that the text spells as 2026-01-31, from 1900 to 2299; null where it spells none.',
    { call: "try_date('2026-01-31')", gives: '2026-01-31' },
  ),
  attempt(
    'try_timestamp',
    TIMESTAMP,
    GATES.timestamp,
    'The instant that the text spells as 2026-01-31 10:00:00, with up to six digits more and an offset; UTC where it has none; null where it spells none.',
    { call: "try_timestamp('2026-01-31T10:00:00+02:00')", gives: '2026-01-31 08:00:00Z' },
  ),
  attempt(
    'try_uuid',
    UUID,
    GATES.uuid,
    'The uuid that the text spells with its hyphens, in any case; null where it spells none.',
    { call: "try_uuid('6F1F3AD2-2B1C-4E0E-9F57-0C6A3D1B9A55')", gives: '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55' },
  ),
  toText,
];
