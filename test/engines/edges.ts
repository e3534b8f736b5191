/**
 * Tables of edge values: null, empty, the least and the greatest, what engines are known to read differently. Each row has
 * a number, so that a row can be asked for alone where another one makes the query fail.
 */
import type { LiteralValue } from '../../compiler/relational/rel.ts';
import type { ValueType } from '../../compiler/relational/types.ts';
import type { Engine } from './engines.ts';

export interface EdgeTable {
  /** Fields of a type declaration of the language. */
  readonly fields: string;
  readonly rows: readonly (readonly LiteralValue[])[];
}

const cross = (...lists: readonly (readonly LiteralValue[])[]): readonly (readonly LiteralValue[])[] =>
  lists.reduce<readonly (readonly LiteralValue[])[]>(
    (rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])),
    [[]],
  );

const MOST = '9223372036854775807';
const LEAST = '-9223372036854775808';
const WIDE = '99999999999999999999999999999999999999';

const INTS = [null, '0', '1', '-1', '2', '-7', '3', '10', MOST, LEAST, '9223372036854775806', '2147483648', '-100'];
const DECIMALS = [
  null,
  '0.00',
  '0.01',
  '-0.01',
  '2.50',
  '-2.50',
  '3.50',
  '1.25',
  '9999999999.99',
  '-9999999999.99',
  '7.00',
];
const FINE = [null, '0.0000', '0.0001', '-2.6750', '1.0050', '3.0000', '99999.9999', '-99999.9999'];
const WIDES = [null, '0', '1', '-1', '7', WIDE, `-${WIDE}`];
const FLOATS = [
  null,
  '0',
  '1',
  '-1',
  '0.5',
  '1.5',
  '2.5',
  '-2.5',
  '-0.5',
  '0.1',
  '2.675',
  '1e300',
  '-1e300',
  '1e-300',
  '9007199254740993',
  '123456789012.125',
  '1e15',
  '710',
  '-745',
];
const TEXTS = [
  null,
  '',
  'a',
  'A',
  'abc',
  'abcabc',
  'Straße',
  'ß',
  'İ',
  'i',
  'Σς',
  'é',
  'e\u0301',
  '\u{1F44D}\u{1F3FD}',
  ' a ',
  '\t a\n',
  'a\nb',
  '%',
  'a_c',
  '\\',
  'a\\b',
  "it's",
  '10',
  'aaa',
  '\u00a0x\u3000',
  'a.b.c',
  'Z',
  'z',
  'Ä',
  'a1b22',
  'x"y',
  '\u{10FFFF}',
  '中文',
];
const PARTS = [null, '', 'a', 'b', '.', 'ß', 'aa', 'ab'];
const COUNTS = [null, '-1', '0', '1', '2', '5', MOST];
const DATES = [
  null,
  '1900-01-01',
  '1900-02-28',
  '1969-12-31',
  '1970-01-01',
  '2000-02-29',
  '2024-01-31',
  '2024-02-29',
  '2024-12-30',
  '2026-12-31',
  '2027-01-01',
  '2299-12-31',
];
const TIMES = [
  null,
  '1900-01-01 00:00:00',
  '1905-12-31 23:59:59.5',
  '1969-12-31 23:59:59.999999',
  '1970-01-01 00:00:00',
  '1970-01-01 00:00:00.000001',
  '2024-02-29 12:34:56.789012',
  '2024-03-31 00:59:59.999999',
  '2024-03-31 01:00:00',
  '2024-10-27 00:30:00',
  '2024-10-27 01:30:00',
  '2026-12-31 23:30:00',
  '2299-12-31 23:59:59.999999',
];
const UUIDS = [
  null,
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0001-0000-000000000000',
  '00000000-0000-0000-8000-000000000001',
  '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55',
  '80000000-0000-0000-0000-000000000000',
];
/** Texts that one engine or another reads as a number, a date or a uuid, and that the language does not; and some that it does. */
const ODD = [
  null,
  '',
  ' ',
  '12',
  '+12',
  '-12',
  ' 12',
  '12 ',
  '12.7',
  '12.',
  '.5',
  '1e3',
  '1e-1',
  '0x10',
  '0b11',
  '1_000',
  '0012',
  '--12',
  '+',
  '1,000',
  '١٢',
  MOST,
  LEAST,
  '9223372036854775808',
  '-9223372036854775809',
  '99999999999999999999',
  '1.555',
  '-1.555',
  '2.345',
  '0.005',
  '99999999.994',
  '99999999.995',
  '123456.785',
  'nan',
  'NaN',
  'inf',
  'Infinity',
  '-inf',
  '1e400',
  '1e-400',
  '1e300',
  '1.5e+3',
  '1d',
  '0.1',
  '123456789012345678901234567890.12',
  `${'0'.repeat(60)}7`,
  '9'.repeat(90),
  '9'.repeat(200),
  '2026-01-31',
  '2026-1-5',
  '2026/01/31',
  '2024-02-30',
  '2023-02-29',
  '2024-02-29',
  '1899-12-31',
  '1900-01-01',
  '2299-12-31',
  '2300-01-01',
  '2026-13-01',
  '2026-00-10',
  '2026-04-31',
  '2026-01-31 10:00',
  '20260131',
  'today',
  'epoch',
  'infinity',
  '26-01-31',
  '2026-01-31\n',
  '2026-01-31 10:00:00',
  '2026-01-31T10:00:00',
  '2026-01-31 10:00:00Z',
  '2026-01-31T10:00:00.123456+02:00',
  '2026-01-31 10:00:00.1',
  '2026-01-31 10:00:00.1234567',
  '2026-01-31 24:00:00',
  '2026-01-31 23:59:60',
  '2026-01-31 10:00:00+0230',
  '2026-01-31 10:00:00 UTC',
  '1900-01-01 00:00:00+01:00',
  '2299-12-31 23:59:59-01:00',
  '1905-06-01 00:00:00.5-05:30',
  '2024-02-30 10:00:00',
  '6F1F3AD2-2B1C-4E0E-9F57-0C6A3D1B9A55',
  '6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55',
  '{6f1f3ad2-2b1c-4e0e-9f57-0c6a3d1b9a55}',
  '6f1f3ad22b1c4e0e9f570c6a3d1b9a55',
  'true',
  'false',
  'TRUE',
  't',
  '1',
  '0',
  'yes',
  'null',
];
const JSONS = [
  null,
  '{}',
  '[]',
  'null',
  '{"a": {"b": [1, "x", true, null, 1.5, 1.0, 1e2, "12"]}}',
  '{"a": "text", "n": 9223372036854775807}',
  '{"n": 9223372036854775808}',
  '{"n": -5, "t": "é\\u00e9", "f": false}',
  '{"n": "5", "t": 5, "f": "false"}',
  '{"a": [{"b": 1}]}',
  '{"t": ""}',
  '{"n": 0}',
  '{"n": -9223372036854775808}',
];
const LISTS = ['{}', '{1}', '{1,2,3}', `{${MOST},${LEAST},0}`];

/** Groups of every kind: none but nulls, one row, ties, many. `o` tells the rows apart. */
const GROUPS: readonly (readonly LiteralValue[])[] = [
  ['nulls', null, null, null, null, null, null, null, null, null, '1'],
  ['nulls', null, null, null, null, null, null, null, null, null, '2'],
  [
    'one',
    '5',
    '1.25',
    '99999999999999999999999999.99',
    '2.5',
    'é',
    '1900-01-01',
    '1969-12-31 23:59:59.5',
    UUIDS[4] ?? null,
    true,
    '3',
  ],
  ['ties', '1', '2.50', '1.00', '0.1', 'b', '2024-02-29', '2024-10-27 00:30:00', UUIDS[3] ?? null, false, '4'],
  ['ties', '1', '2.50', '1.00', '0.1', 'b', '2024-02-29', '2024-10-27 00:30:00', UUIDS[3] ?? null, true, '5'],
  ['ties', '2', '2.50', '2.00', '0.2', 'a', null, '2024-10-27 01:30:00', UUIDS[2] ?? null, null, '6'],
  ['ties', null, '0.01', null, null, null, null, null, null, null, '7'],
  ['many', '10', '0.10', '0.10', '1.5', 'Z', '2299-12-31', '2299-12-31 23:59:59.999999', UUIDS[1] ?? null, true, '8'],
  ['many', '-3', '0.20', '0.20', '-2.25', 'a', '1970-01-01', '1970-01-01 00:00:00', UUIDS[5] ?? null, true, '9'],
  ['many', '7', '0.30', '0.30', '1e10', 'ß', '2000-02-29', '1900-01-01 00:00:00', UUIDS[6] ?? null, true, '10'],
  ['many', '0', '-9999999999.99', '-0.30', '3', '', '2027-01-01', '2024-03-31 01:00:00', UUIDS[0] ?? null, true, '11'],
  ['many', '7', '3.33', '0.33', '0', 'Ä', '2024-01-31', '2024-02-29 12:34:56.789012', UUIDS[5] ?? null, true, '12'],
  ['many', '4', '3.34', '0.34', '-1', 'z', '2024-01-31', '2024-02-29 12:34:56.789013', UUIDS[4] ?? null, true, '13'],
  [
    'great',
    MOST,
    '9999999999.99',
    '9999999999999999999999999999.99',
    '1e100',
    'x',
    '2026-12-31',
    '2026-12-31 23:30:00',
    UUIDS[1] ?? null,
    true,
    '14',
  ],
  [
    'great',
    '1',
    '9999999999.99',
    '0.00',
    '1e100',
    'y',
    '2026-12-31',
    '2026-12-31 23:30:00',
    UUIDS[2] ?? null,
    false,
    '15',
  ],
];

export const EDGES: Readonly<Record<string, EdgeTable>> = {
  ints: { fields: 'i: int64?, j: int64?', rows: cross(INTS, INTS) },
  decimals: { fields: 'd: decimal(12, 2)?, e: decimal(9, 4)?', rows: cross(DECIMALS, FINE) },
  wides: {
    fields: 'w: decimal(38, 0)?, v: decimal(38, 0)?, d: decimal(12, 2)?',
    rows: cross(WIDES, WIDES, [null, '0.00', '0.01', '9999999999.99']),
  },
  floats: { fields: 'f: float64?, g: float64?', rows: cross(FLOATS, FLOATS) },
  texts: { fields: 's: string?, t: string?, n: int64?', rows: cross(TEXTS, PARTS, COUNTS) },
  pairs: { fields: 's: string?, t: string?', rows: cross(TEXTS, TEXTS) },
  dates: { fields: 'a: date?, b: date?, n: int64?', rows: cross(DATES, DATES, [null, '0', '1', '-1', '13']) },
  times: { fields: 't: timestamp?, u: timestamp?, n: int64?', rows: cross(TIMES, TIMES, [null, '0', '1', '-1', '13']) },
  bools: { fields: 'p: bool?, q: bool?', rows: cross([null, true, false], [null, true, false]) },
  uuids: { fields: 'x: uuid?, y: uuid?', rows: cross(UUIDS, UUIDS) },
  odd: { fields: 's: string?', rows: cross(ODD) },
  jsons: { fields: 'x: json?', rows: cross(JSONS) },
  lists: { fields: 'xs: list<int64>, n: int64?', rows: cross(LISTS, [null, '-1', '0', '1', '2', '4', MOST]) },
  groups: {
    fields:
      'k: string, i: int64?, d: decimal(12, 2)?, w: decimal(30, 2)?, f: float64?, s: string?, a: date?, t: timestamp?, x: uuid?, p: bool?, o: int64',
    rows: GROUPS,
  },
};

/** A project that reads them. */
export const PROJECT = [
  "project p { owner: 'a@b.example', target: local }\ntarget local { engine: duckdb(path: '.pipec/p.duckdb') }",
  ...Object.entries(EDGES).map(
    ([name, { fields }]) =>
      `type T_${name} { n0: int64, ${fields} }\nsource ${name} : T_${name} from file('${name}.csv')`,
  ),
].join('\n');

export async function load(
  engine: Engine,
  name: string,
  columns: readonly { readonly name: string; readonly type: ValueType; readonly nullable: boolean }[],
  rows: readonly (readonly LiteralValue[])[],
): Promise<void> {
  const { dialect } = engine;
  const table = `${dialect.quote('_landing')}.${dialect.quote(name)}`;
  const fields = columns.map((column) => {
    const type = dialect.type(column.type);
    const written = engine.name === 'clickhouse' && column.nullable ? `Nullable(${type})` : type;
    return `${dialect.quote(column.name)} ${written}`;
  });
  await engine.run(
    `CREATE TABLE ${table} (${fields.join(', ')})${engine.name === 'clickhouse' ? ' ENGINE = Memory' : ''}`,
  );
  for (let at = 0; at < rows.length; at += 500) {
    const tuples = rows
      .slice(at, at + 500)
      .map(
        (row) => `(${row.map((value, i) => literal(engine, value, columns[i]?.type ?? { kind: 'null' })).join(', ')})`,
      );
    if (tuples.length > 0) await engine.run(`INSERT INTO ${table} VALUES ${tuples.join(', ')}`);
  }
}

function literal(engine: Engine, value: LiteralValue, type: ValueType): string {
  if (type.kind === 'list' && typeof value === 'string') {
    const items = value
      .slice(1, -1)
      .split(',')
      .filter((item) => item !== '')
      .map((item) => engine.dialect.literal(item, type.element).sql);
    return engine.dialect.list(items, type);
  }
  return engine.dialect.literal(value, type).sql;
}
