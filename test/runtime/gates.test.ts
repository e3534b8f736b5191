import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Connection } from '../../runtime/engines/duckdb/connect.ts';
import { gate, sqlType } from '../../runtime/engines/duckdb/gates.ts';
import { literal } from '../../runtime/engines/quote.ts';
import { contract } from '../support/plans.ts';

let instance: DuckDBInstance;
let connection: Connection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = new Connection(await instance.connect());
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => instance.closeSync());

async function typed(spelt: string, text: string, timezone = 'UTC'): Promise<unknown> {
  const type = contract({ x: spelt })[0]?.type;
  if (type === undefined) throw new Error('no type');
  const value = gate(type, { kind: 'text', sql: 'x' }, timezone)?.value;
  const { rows } = await connection.table(
    `SELECT CAST(${value} AS ${sqlType(type)}) FROM (SELECT ${literal(text)} AS x)`,
  );
  return rows[0]?.[0];
}

/** Texts that mean a value; every other text of the second list must not (what TRY_CAST alone would take is in it). */
const cases: readonly [string, Readonly<Record<string, unknown>>, readonly string[]][] = [
  [
    'int64',
    { '12': '12', '+12': '12', '-7': '-7', '0012': '12', '9223372036854775807': '9223372036854775807' },
    [
      ' 12 ',
      '\t12',
      '12.7',
      '12.',
      '.5',
      '1e3',
      '0x10',
      '0b11',
      '1_000',
      '--12',
      '+',
      '',
      '1,000',
      '١٢',
      '9223372036854775808',
    ],
  ],
  [
    'decimal(6,2)',
    { '1.5': '1.50', '-0001.25': '-1.25', '1.500': '1.50', '5.': '5.00', '9999.99': '9999.99' },
    ['1.555', '1e3', '.5', ' 1.5 ', '1_0.5', '10000', '0x10', 'nan', 'inf', '1,5', '9999.995', ''],
  ],
  [
    'float64',
    { '1': 1, '1.5': 1.5, '.5': 0.5, '1e3': 1000, '-0.0': 0, '1e-400': 0 },
    ['nan', 'inf', 'infinity', '1e400', '1_0', ' 1 ', '0x10', '1d', ''],
  ],
  [
    'date',
    { '2024-02-29': '2024-02-29', '1900-01-01': '1900-01-01', '2299-12-31': '2299-12-31' },
    [
      '2023-02-29',
      '2026-1-5',
      '2026/01/31',
      '2026 01 31',
      ' 2026-01-31',
      '2026-01-31 10:00:00',
      '0044-03-15 (BC)',
      '10000-01-01',
      'infinity',
      'epoch',
      '26-01-31',
      '20260131',
      '1899-12-31',
      '2300-01-01',
      '',
    ],
  ],
  [
    'timestamp',
    {
      '2024-07-01 12:00:00': '2024-07-01T12:00:00Z',
      '2024-07-01T12:00:00.123456': '2024-07-01T12:00:00.123456Z',
      '2024-07-01T12:00:00Z': '2024-07-01T12:00:00Z',
      '2024-07-01 12:00:00+02': '2024-07-01T10:00:00Z',
      '2024-07-01T12:00:00-0230': '2024-07-01T14:30:00Z',
      '2024-07-01 12:00': '2024-07-01T12:00:00Z',
      '2024-07-01': '2024-07-01T00:00:00Z',
    },
    [
      '24:00:00',
      '2024-07-01 24:00:00',
      '2024-07-01 1:2:3',
      '2024-07-01  12:00:00',
      '2024-07-01 12:00:00.1234567',
      'infinity',
      'epoch',
      '2024/07/01 12:00:00',
      '2024-07-01 12:00:60',
      '2024-07-01 12:00:00 Europe/Berlin',
      '2024-07-01 12:00:00 +02',
      '2024-02-30 12:00:00',
      '',
    ],
  ],
  [
    'uuid',
    { '00000000-0000-0000-0000-0000000000AA': '00000000-0000-0000-0000-0000000000aa' },
    [
      '{00000000-0000-0000-0000-0000000000aa}',
      '000000000000000000000000000000aa',
      '00000000-0000-0000-0000-0000000000a',
      ' 00000000-0000-0000-0000-0000000000aa',
      '',
    ],
  ],
  ['bool', { true: true, FALSE: false }, ['t', 'f', 'yes', 'no', 'y', 'n', '1', '0', 'on', ' true', '']],
  ['placed|paid', { placed: 'placed' }, ['Placed', ' paid', 'returned', '']],
  ['json', { '{"a":1}': '{"a":1}', null: 'null' }, ['{a:1}', '{"a":', '']],
  ['string', { ' a ': ' a ', '': '' }, []],
];

/** Of a file whose columns have types, with values that fit, some that do not, and none. */
const columns: readonly [spelt: string, physical: string, values: readonly string[]][] = [
  ['bool', 'BOOLEAN', ['true', 'false']],
  ['int64', 'INTEGER', ['-1', '2147483647']],
  ['int64', 'UBIGINT', ['0', '9223372036854775807', '9223372036854775808']],
  ['float64', 'DOUBLE', ['1.5', '-0.0', "'nan'", "'inf'", "'-inf'"]],
  ['float64', 'FLOAT', ['1.5', '-0.0', "'nan'", "'-inf'"]],
  ['decimal(4,1)', 'DECIMAL(6, 1)', ['999.9', '-999.9', '1000.0']],
  ['string', 'VARCHAR', ["''", "'a'", 'chr(0)', "'a long text with ' || chr(0) || ' in it'"]],
  ['placed|paid', 'VARCHAR', ["'paid'", "'Paid'", "''"]],
  ['bytes', 'BLOB', ["'\\x00'::BLOB"]],
  ['date', 'DATE', ["'1899-12-31'", "'1900-01-01'", "'2299-12-31'", "'2300-01-01'", "'infinity'", "'-infinity'"]],
  [
    'timestamp',
    'TIMESTAMP WITH TIME ZONE',
    ["'1899-12-31 23:59:59.999999Z'", "'1900-01-01 00:00:00Z'", "'2300-01-01 00:00:00Z'", "'infinity'", "'-infinity'"],
  ],
  ['timestamp', 'TIMESTAMP', ["'1899-12-31'", "'1900-01-01'", "'2299-12-31'", "'2300-01-02'"]],
  ['timestamp', 'TIMESTAMP_NS', ["'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00.0000001'"]],
  ['uuid', 'VARCHAR', ["'00000000-0000-0000-0000-0000000000aa'", "'00'"]],
  ['json', 'VARCHAR', ["'{}'", "'{'", "'null'"]],
];

describe('gates', () => {
  test.each(columns)(
    '%s of %s: what a value is asked for by is whether there is one',
    async (spelt, physical, values) => {
      const type = contract({ x: spelt })[0]?.type;
      if (type === undefined) throw new Error('no type');
      for (const timezone of ['UTC', 'Europe/Berlin']) {
        const gated = gate(type, { kind: 'typed', sql: 'x', type: physical }, timezone);
        if (gated === null) throw new Error('no gate');
        const { value, fits, fitting } = gated;
        const text = (sql: string) => `CAST(CAST(${sql} AS ${sqlType(type)}) AS VARCHAR)`;
        const { rows } = await connection.table(
          `SELECT ${text(value)}, CASE WHEN ${fits ?? `${value} IS NOT NULL`} THEN ${text(fitting)} END FROM (SELECT CAST(unnest([${values.map((each) => `${each}::${physical}`).join(', ')}, NULL]) AS ${physical}) AS x)`,
        );
        expect(rows.map(([, second]) => second)).toEqual(rows.map(([first]) => first));
        // No value is one that does not fit, but a null is none.
        expect([rows.length, rows.at(-1)?.[0]]).toEqual([values.length + 1, null]);
        expect(rows.some(([first]) => first !== null)).toBe(true);
      }
    },
  );

  for (const [type, good, bad] of cases) {
    test(`${type} lets in what means a value`, async () => {
      for (const [text, value] of Object.entries(good)) expect([text, await typed(type, text)]).toEqual([text, value]);
    });
    test(`${type} keeps out the rest`, async () => {
      for (const text of bad) expect([text, await typed(type, text)]).toEqual([text, null]);
    });
  }

  test('naive timestamps are of the zone of their source', async () => {
    expect(await typed('timestamp', '2024-07-01 12:00:00', 'Europe/Berlin')).toBe('2024-07-01T10:00:00Z');
    expect(await typed('timestamp', '2024-07-01 12:00:00Z', 'Europe/Berlin')).toBe('2024-07-01T12:00:00Z');
  });
});
