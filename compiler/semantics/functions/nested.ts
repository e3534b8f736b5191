/** Lists and JSON. JSON is opaque: a value comes out by its path and its type, or null. */
import { BOOL, INT64, STRING, typeName, type ValueType } from '../../relational/types.ts';
import { bare, type FunctionRow, fragment, mismatch, row } from './row.ts';
import { bySignature, countReason } from './signature.ts';

const PATH = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*$/;

/** `json_type` tells a number with a point from one without, and a text from what spells like one. */
const extractor = (
  name: string,
  type: ValueType,
  jsonTypes: string,
  value: (json: string, path: string) => string,
  doc: string,
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
      duckdb: (args) => {
        const path = `'$.' || ${bare(args, 1)}`;
        return fragment(
          `CASE WHEN json_type(${bare(args, 0)}, ${path}) IN (${jsonTypes}) THEN ${value(bare(args, 0), path)} END`,
        );
      },
    },
  });

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
  },
});

const arrayLength = row({
  name: 'array_length',
  ...bySignature('array_length(list: list<T>) -> int64'),
  doc: 'How many items the list has.',
  example: { call: 'array_length([1, 2, 3])', gives: '3' },
  sql: { duckdb: (args) => fragment(`len(${bare(args, 0)})`) },
});

export const nestedRows: readonly FunctionRow[] = [
  arrayLength,
  arrayGet,
  extractor(
    'json_text',
    STRING,
    "'VARCHAR'",
    (json, path) => `json_extract_string(${json}, ${path})`,
    'The text at the path; null where there is none, or something else.',
  ),
  extractor(
    'json_int',
    INT64,
    "'BIGINT', 'UBIGINT'",
    (json, path) => `TRY_CAST(json_extract(${json}, ${path}) AS BIGINT)`,
    'The whole number at the path; null where there is none, or something else, or one that does not fit.',
  ),
  extractor(
    'json_bool',
    BOOL,
    "'BOOLEAN'",
    (json, path) => `CAST(json_extract(${json}, ${path}) AS BOOLEAN)`,
    'True or false at the path; null where there is something else.',
  ),
];
