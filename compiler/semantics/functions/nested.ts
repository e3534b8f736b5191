/** Lists and JSON. JSON is opaque: a value comes out by its path and its type, or null. */
import { BOOL, INT64, STRING, typeName, type ValueType } from '../../relational/types.ts';
import { bare, type CellCall, type FunctionRow, fragment, mismatch, onEach, operand, PRECEDENCE, row } from './row.ts';
import { bySignature, countReason } from './signature.ts';
import { cast } from './snippets.ts';

const PATH = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*$/;

/** `json_type` tells a number with a point from one without, and a text from what spells like one. */
const extractor = (
  name: string,
  type: ValueType,
  doc: string,
  sql: {
    readonly duckdb: (json: string, path: string) => string;
    readonly postgres: (item: string) => string;
    readonly clickhouse: (json: string, path: string) => string;
  },
): FunctionRow =>
  row({
    name,
    carries: 'value',
    signatures: [`${name}(value: json, path: string) -> ${typeName(type)}?`],
    doc,
    resolve(args) {
      const [json, path] = args;
      if (json === undefined || path === undefined || args.length !== 2)
        return mismatch(countReason(2, 2, args.length));
      if (json.type.kind !== 'json' && json.type.kind !== 'null')
        return mismatch(`it takes \`json\`, and this is \`${typeName(json.type)}\``, 0);
      if (typeof path.literal !== 'string' || !PATH.test(path.literal))
        return mismatch("the path must be written out, such as 'address.lines[0]'", 1);
      return { ok: true, args: [json.type, STRING], type, nullable: true, inexact: false };
    },
    sql: {
      duckdb: (args) => fragment(sql.duckdb(bare(args, 0), `'$.' || ${bare(args, 1)}`)),
      postgres: (args, call) => fragment(sql.postgres(`(${operand(args, 0, PRECEDENCE.atom)}${stepsPostgres(call)})`)),
      clickhouse: (args, call) => fragment(sql.clickhouse(bare(args, 0), stepsClickhouse(call))),
    },
  });

const pathOf = (call: CellCall): string => String(call.literals[1] ?? '');

/** `address.lines[0]` → ` -> 'address' -> 'lines' -> 0`: null where there is no such thing. */
const stepsPostgres = (call: CellCall): string =>
  [...pathOf(call).matchAll(STEPS)]
    .map(([, name, position]) => ` -> ${name === undefined ? String(BigInt(position ?? 0)) : call.quote(name)}`)
    .join('');

const STEPS = /([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]/g;

/** `address.lines[0]` → `'address', 'lines', 1`: names, and positions from 1. */
const stepsClickhouse = (call: CellCall): string =>
  [...pathOf(call).matchAll(STEPS)]
    .map(([, name, position]) => (name === undefined ? String(BigInt(position ?? 0) + 1n) : call.quote(name)))
    .join(', ');

const arrayGet = row({
  name: 'array_get',
  carries: 'value',
  signatures: ['array_get(list: list<T>, position: int64) -> T?'],
  doc: 'The item at the position, from 1: `xs[1]`. Null where the list has no such item.',
  resolve(args) {
    const [list, position] = args;
    if (list === undefined || position === undefined || args.length !== 2)
      return mismatch(countReason(2, 2, args.length));
    if (list.type.kind !== 'list') return mismatch(`it takes a list, and this is \`${typeName(list.type)}\``, 0);
    if (position.type.kind !== 'int64')
      return mismatch(`a position is a whole number, and this is \`${typeName(position.type)}\``, 1);
    if (typeof position.literal === 'string' && Number(position.literal) < 1)
      return mismatch('positions count from 1', 1);
    return { ok: true, args: [list.type, INT64], type: list.type.element, nullable: true, inexact: list.inexact };
  },
  sql: {
    duckdb: (args, call) => {
      const item = `list_extract(${bare(args, 0)}, ${bare(args, 1)})`;
      // A position below 1 counts from the end there.
      return fragment(call.literals[1] === undefined ? `CASE WHEN ${bare(args, 1)} >= 1 THEN ${item} END` : item);
    },
    postgres: (args) => {
      const position = operand(args, 1, PRECEDENCE.concat);
      const within = `CASE WHEN ${position} BETWEEN 1 AND 2147483647 THEN ${position} END`;
      return fragment(`(${bare(args, 0)})[CAST(${within} AS integer)]`);
    },
    clickhouse: (args) =>
      fragment(
        `CASE WHEN ${operand(args, 1, PRECEDENCE.concat)} >= 1 THEN arrayElementOrNull(${bare(args, 0)}, ${bare(args, 1)}) END`,
      ),
  },
});

const arrayLength = row({
  name: 'array_length',
  ...bySignature('array_length(list: list<T>) -> int64'),
  doc: 'How many items the list has.',
  example: { call: 'array_length([1, 2, 3])', gives: '3' },
  sql: onEach((engine, args) =>
    engine === 'duckdb'
      ? `len(${bare(args, 0)})`
      : engine === 'postgres'
        ? cast('postgres', `cardinality(${bare(args, 0)})`, INT64)
        : `toInt64(length(${bare(args, 0)}))`,
  ),
});

export const nestedRows: readonly FunctionRow[] = [
  arrayLength,
  arrayGet,
  extractor('json_text', STRING, 'The text at the path; null where there is none, or something else.', {
    duckdb: (json, path) =>
      `CASE WHEN json_type(${json}, ${path}) = 'VARCHAR' THEN json_extract_string(${json}, ${path}) END`,
    postgres: (item) => `CASE WHEN json_typeof(${item}) = 'string' THEN ${item} #>> '{}' END`,
    clickhouse: (json, path) =>
      `CASE WHEN JSONType(${json}, ${path}) = 'String' THEN JSONExtractString(${json}, ${path}) END`,
  }),
  extractor(
    'json_int',
    INT64,
    'The whole number at the path; null where there is none, or something else, or one that does not fit.',
    {
      duckdb: (json, path) =>
        `CASE WHEN json_type(${json}, ${path}) IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract(${json}, ${path}) AS BIGINT) END`,
      postgres: (item) => {
        const text = `(${item} #>> '{}')`;
        const fits = `CAST(${text} AS numeric) BETWEEN -9223372036854775808 AND 9223372036854775807`;
        const whole = `json_typeof(${item}) = 'number' AND ${text} ~ '^-?[0-9]+$'`;
        return `CASE WHEN ${whole} THEN CASE WHEN ${fits} THEN CAST(${text} AS bigint) END END`;
      },
      clickhouse: (json, path) =>
        `CASE WHEN JSONType(${json}, ${path}) = 'Int64' THEN JSONExtractInt(${json}, ${path}) END`,
    },
  ),
  extractor('json_bool', BOOL, 'True or false at the path; null where there is something else.', {
    duckdb: (json, path) =>
      `CASE WHEN json_type(${json}, ${path}) = 'BOOLEAN' THEN CAST(json_extract(${json}, ${path}) AS BOOLEAN) END`,
    postgres: (item) => `CASE WHEN json_typeof(${item}) = 'boolean' THEN CAST(${item} #>> '{}' AS boolean) END`,
    clickhouse: (json, path) =>
      `CASE WHEN JSONType(${json}, ${path}) = 'Bool' THEN CAST(JSONExtractBool(${json}, ${path}) AS Bool) END`,
  }),
];
