/** ClickHouse inside the process reads Parquet files itself where their columns are the contract's, and lets in the rows that DuckDB lets in. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openEmbedded } from '../../runtime/engines/clickhouse/embedded.ts';
import { gate as gateThere } from '../../runtime/engines/clickhouse/gates.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { gate as gateHere } from '../../runtime/engines/duckdb/gates.ts';
import { parquetFile } from '../../runtime/engines/duckdb/parquet.ts';
import { plainParquet } from '../../runtime/engines/duckdb/plain.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { LoadStep, LoadType, TargetPlan } from '../../runtime/plan.ts';
import { connect } from '../support/duckdb.ts';
import { file, load, local, runTasks } from '../support/plans.ts';
import { asking, clickhouse, folderWithEngines, rowsOf } from './targets.ts';

/** Edges of each type, and a null of each. */
const CELLS: Readonly<Record<string, readonly [type: string, sql: string]>> = {
  i: ['int64', 'i'],
  b: ['bool?', '[true, false, NULL][1 + i % 3]'],
  n: ['int64?', '[-9223372036854775808, 9223372036854775807, NULL][1 + i % 3]'],
  f: ['float64?', "(['-0.0', '5e-324', '-1.7976931348623157e308', NULL]::DOUBLE[])[1 + i % 4]"],
  d_4_3: ['decimal(4,3)?', '([9.999, -0.001, NULL]::DECIMAL(4,3)[])[1 + i % 3]'],
  d_18_7: ['decimal(18,7)?', '([99999999999.9999999, -0.0000001, NULL]::DECIMAL(18,7)[])[1 + i % 3]'],
  d_38_0: ['decimal(38,0)?', "([repeat('9', 38), '-' || repeat('9', 38), NULL]::DECIMAL(38,0)[])[1 + i % 3]"],
  s: ['string', "['', 'x', repeat('🙂', 1000), chr(10)][1 + i % 4]"],
  t: ['string?', "[NULL, 'NULL', '\\N'][1 + i % 3]"],
  e: ['one|two?', "['one', 'two', NULL][1 + i % 3]"],
  x: ['bytes?', "['\\x00\\xFF'::BLOB, ''::BLOB, NULL][1 + i % 3]"],
  day: ['date?', "(['1900-01-01', '2299-12-31', NULL]::DATE[])[1 + i % 3]"],
  at: [
    'timestamp?',
    "(['1900-01-01 00:00:00Z', '2299-12-31 23:59:59.999999Z', '1969-12-31 23:59:59.999999Z', NULL]::TIMESTAMPTZ[])[1 + i % 4]",
  ],
};
const TYPES = Object.fromEntries(Object.entries(CELLS).map(([name, [type]]) => [name, type]));
const ROWS = 20_000;

async function written(path: string, cells: Readonly<Record<string, string>>, rows = ROWS): Promise<void> {
  const engine = await connect();
  const list = Object.entries(cells).map(([name, sql]) => `${sql} AS "${name}"`);
  await engine.run(`COPY (SELECT ${list.join(', ')} FROM range(${rows}) AS r(i)) TO '${path}' (FORMAT parquet)`);
  engine.closeSync();
}
const sqlOf = (cells: typeof CELLS) => Object.fromEntries(Object.entries(cells).map(([name, [, sql]]) => [name, sql]));

async function plain(path: string, types: Readonly<Record<string, string>>) {
  const { step } = load('raw.all', file(path, 'parquet'), types);
  const database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
  try {
    return await plainParquet(await database.connect(), [path], ROWS, step as LoadStep);
  } finally {
    await database.close();
  }
}

test('rows that it reads itself are those that are moved', async () => {
  const folder = folderWithEngines();
  const path = join(folder, 'in.parquet');
  await written(path, sqlOf(CELLS));
  expect((await plain(path, TYPES))?.names.size).toBe(Object.keys(TYPES).length);
  const list = Object.keys(TYPES).map((name) => (name === 'x' ? 'hex("x")' : `"${name}"`));
  const loaded = async (target: TargetPlan) => {
    const ran = await runTasks(folder, [load('raw.all', file('in.parquet', 'parquet'), TYPES)], { target });
    expect(ran.errors).toEqual([]);
    return await rowsOf(folder, target, `SELECT ${list.join(', ')} FROM raw."all" ORDER BY "i"`);
  };
  const expected = await loaded({ ...local, engine: { kind: 'duckdb', path: '.pipec/all.duckdb' } });
  const found = await loaded(clickhouse);
  expect(found.length).toBe(ROWS);
  expect(found).toEqual(expected);
  // What a text of a number does not tell.
  expect(await rowsOf(folder, clickhouse, `SELECT count() FROM raw."all" WHERE toString("f") = '-0'`)).toEqual([['0']]);
}, 120_000);

test('a row that is not let in is not there, whatever the files hold', async () => {
  const folder = folderWithEngines();
  await written(join(folder, 'in.parquet'), { i: 'i', f: "CASE WHEN i = 7 THEN 'nan'::DOUBLE ELSE i END" });
  const ran = await runTasks(folder, [load('raw.all', file('in.parquet', 'parquet'), { i: 'int64', f: 'float64' })], {
    target: clickhouse,
  });
  expect(ran.errors).toEqual([]);
  await asking(folder, clickhouse, async (ask) => {
    expect(await ask('SELECT count(), countIf("i" = 7) FROM raw."all"')).toEqual([[String(ROWS - 1), '0']]);
    expect(await ask(`SELECT "reason" FROM _pipec."quarantine__raw__all"`)).toEqual([['f is not a float64']]);
  });
}, 120_000);

/** Values of each type, some of which no contract lets in; the texts as bytes, as some of them are none. */
const EDGES: Readonly<
  Record<string, { readonly type: LoadType; readonly sqlType: string; readonly values: string[] }>
> = {
  float64: {
    type: { kind: 'float64' },
    sqlType: 'DOUBLE',
    values: ["'nan'", "'inf'", "'-inf'", '1.7976931348623157e308', '5e-324', "'-0.0'"],
  },
  enum: {
    type: { kind: 'enum', values: ['one', "it's", 'a\\b'] },
    sqlType: 'VARCHAR',
    values: ["'one'", "'it''s'", "'a\\b'", "'ONE'", "'one '", "''", "'two'"],
  },
  date: {
    type: { kind: 'date' },
    sqlType: 'DATE',
    values: [
      ...["'1900-01-01'", "'2299-12-31'", "'1970-01-01'"],
      ...["'1899-12-31'", "'2300-01-01'", "'2300-01-02'", "'9999-12-31'", "'0044-03-15 (BC)'"],
      ...["'infinity'", "'-infinity'", "'5877642-06-25 (BC)'", "'5881580-07-10'"],
    ],
  },
  timestamp: {
    type: { kind: 'timestamp' },
    sqlType: 'TIMESTAMP WITH TIME ZONE',
    values: [
      ...["'1900-01-01 00:00:00Z'", "'2299-12-31 23:59:59.999999Z'", "'1969-12-31 23:59:59.999999Z'"],
      ...["'1899-12-31 23:59:59.999999Z'", "'2300-01-01 00:00:00Z'", "'0044-03-15 (BC) 00:00:00Z'"],
      ...["'infinity'", "'-infinity'", "'294246-01-01 00:00:00Z'"],
    ],
  },
};
const TEXTS = [
  ...['', '78', 'c3a9', 'f09f9982', 'efbfbd', '7f', '0a'],
  ...['00', '780079', '7800', 'c080', 'eda080', 'f4908080', 'ff', 'c3', '80', '78c3', 'e282'],
];

/** A file of one text a row, without statistics, as no engine would write it. */
function writtenTexts(path: string, texts: readonly Buffer[]): void {
  const values = texts.map((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([length, text]);
  });
  const column = { name: 'v', type: { kind: 'text' }, valid: null, values: Buffer.concat(values) } as const;
  writeFileSync(path, Buffer.concat(parquetFile([column], texts.length)));
}

test('what it lets in is what DuckDB lets in, value by value', async () => {
  const folder = folderWithEngines();
  const path = join(folder, 'in.parquet');
  const clickhouse = await openEmbedded(':memory:', folder, { nameHolder: holderText, ...NO_WAIT });
  const duckdb = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
  try {
    const [taking, judging] = [await clickhouse.connect(), await duckdb.connect()];
    const types: Readonly<Record<string, string>> = {
      float64: 'Float64',
      date: 'Date32',
      timestamp: "DateTime64(6, 'UTC')",
    };
    const letIn = async (type: LoadType, sqlType: string, nullable: boolean) => {
      const stored = types[type.kind] ?? 'String';
      await taking.run(
        `CREATE OR REPLACE TABLE t (v ${nullable ? `Nullable(${stored})` : stored}) ENGINE = MergeTree ORDER BY tuple()`,
      );
      const column = { name: 'v', inFile: 'v', type: nullable ? `Nullable(${stored})` : stored };
      const gated = { ...column, gate: gateThere('v', type, nullable) };
      const there = await taking.takeFiles?.('t', [gated], { format: 'Parquet', paths: [path], rows: 1 }).then(
        async () => Number((await taking.query('SELECT count() FROM t')).rows[0]?.[0]) === 1,
        () => false,
      );
      const own = gateHere(type, { kind: 'typed', sql: 'v', type: sqlType }, 'UTC');
      const here = await judging.numbers(`SELECT count(${own?.value}) AS "rows" FROM read_parquet('${path}')`).then(
        ({ rows }) => rows === 1,
        () => false,
      );
      return { here, there };
    };
    let refused = 0;
    for (const { type, sqlType, values } of Object.values(EDGES))
      for (const value of values) {
        await judging.run(`COPY (SELECT CAST(${value} AS ${sqlType}) AS v) TO '${path}' (FORMAT parquet)`);
        for (const nullable of [false, true]) {
          const { here, there } = await letIn(type, sqlType, nullable);
          expect([value, nullable, there]).toEqual([value, nullable, here]);
          if (!here) refused += 1;
        }
        await judging.run(`COPY (SELECT CAST(NULL AS ${sqlType}) AS v) TO '${path}' (FORMAT parquet)`);
        expect((await letIn(type, sqlType, false)).there).toBe(false);
      }
    const good: string[] = [];
    for (const hex of TEXTS) {
      writtenTexts(path, [Buffer.from(hex, 'hex')]);
      const { here, there } = await letIn({ kind: 'string' }, 'VARCHAR', false);
      expect([hex, there]).toEqual([hex, here]);
      if (here) good.push(hex);
      else refused += 1;
    }
    // Those that are ASCII are not asked whether they are UTF-8: that must not let in who stands beside one.
    writtenTexts(
      path,
      TEXTS.flatMap((hex) => [Buffer.from('ascii'), Buffer.from(hex, 'hex')]),
    );
    await letIn({ kind: 'string' }, 'VARCHAR', false);
    const { rows: among } = await taking.query("SELECT lower(hex(v)) FROM t WHERE v != 'ascii' ORDER BY v");
    expect(among.map(([hex]) => hex)).toEqual(good.toSorted());
    expect((await taking.query("SELECT count() FROM t WHERE v = 'ascii'")).rows).toEqual([[String(TEXTS.length)]]);
    expect(refused).toBe(2 * (3 + 4 + 9 + 6) + 11);
  } finally {
    await clickhouse.close();
    await duckdb.close();
  }
}, 120_000);

test.each([
  ['a null where none may be', { s: "CASE WHEN i < 15000 THEN 'x' END" }, 'string', 'missing s'],
  [
    'a text with a byte of zero',
    { s: "CASE WHEN i = 19999 THEN 'x' || chr(0) ELSE 'x' END" },
    'string',
    's is not a string',
  ],
  ['a day too late', { s: "DATE '2299-12-31' + CASE WHEN i = 19999 THEN 1 ELSE 0 END" }, 'date', 's is not a date'],
  [
    'an instant too early',
    { s: "TIMESTAMPTZ '1900-01-01 00:00:00Z' - to_microseconds(CASE WHEN i = 0 THEN 1 ELSE 0 END)" },
    'timestamp',
    's is not a timestamp',
  ],
  [
    'a text that is none of the enum',
    { s: "CASE WHEN i = 0 THEN 'three' ELSE 'one' END" },
    'one|two',
    's is not one of one, two',
  ],
])(
  '%s goes to quarantine',
  async (_, cells, type, reason) => {
    const folder = folderWithEngines();
    await written(join(folder, 'in.parquet'), { i: 'i', ...cells });
    const ran = await runTasks(folder, [load('raw.all', file('in.parquet', 'parquet'), { i: 'int64', s: type })], {
      target: clickhouse,
    });
    expect(ran.errors).toEqual([]);
    await asking(folder, clickhouse, async (ask) => {
      const [[aside, kind] = []] = await ask('SELECT count(), any("reason") FROM _pipec."quarantine__raw__all"');
      expect(kind).toBe(reason);
      expect(await ask('SELECT count() FROM raw."all"')).toEqual([[String(ROWS - Number(aside))]]);
    });
  },
  120_000,
);

test('a column of another type than the contract says is left to DuckDB', async () => {
  const folder = folderWithEngines();
  const path = join(folder, 'in.parquet');
  const others: Readonly<Record<string, readonly [type: string, sql: string]>> = {
    narrow: ['int64', 'CAST(i AS INTEGER)'],
    unsigned: ['int64', 'CAST(i AS UBIGINT)'],
    short: ['float64', 'CAST(i AS FLOAT)'],
    scale: ['decimal(9,2)', 'CAST(1 AS DECIMAL(9,1))'],
    local: ['timestamp', "TIMESTAMP '2020-01-01 00:00:00'"],
    nanos: ['timestamp', "TIMESTAMP_NS '2020-01-01 00:00:00'"],
    millis: ['timestamp', "TIMESTAMP_MS '2020-01-01 00:00:00'"],
    blob: ['string', "'x'::BLOB"],
    text: ['bytes', "'x'"],
    json: ['string', "'{}'::JSON"],
    uuid: ['uuid', 'uuid()'],
  };
  await written(path, { i: 'i', ...sqlOf(others), inside: '{i: 1}' }, 1);
  expect(await plain(path, { i: 'int64' })).toBeNull();
  await written(path, { i: 'i', ...sqlOf(others) }, 1);
  expect(await plain(path, { i: 'int64' })).not.toBeNull();
  for (const [name, [type]] of Object.entries(others))
    expect([name, await plain(path, { i: 'int64', [name]: type })]).toEqual([name, null]);
});

test('a file that it cannot read is an error, and not no rows', async () => {
  const folder = folderWithEngines();
  const database = await openEmbedded(':memory:', folder, { nameHolder: holderText, ...NO_WAIT });
  try {
    const connection = await database.connect();
    await connection.run('CREATE TABLE t (i Int64) ENGINE = MergeTree ORDER BY tuple()');
    const take = (path: string, inFile: string) =>
      connection.takeFiles?.('t', [{ name: 'i', inFile, type: 'Int64', gate: null }], {
        format: 'Parquet',
        paths: [path],
        rows: 3,
      });
    const path = join(folder, 'in.parquet');
    await written(path, { j: 'i' }, 3);
    await expect(take(join(folder, 'none.parquet'), 'j')).rejects.toThrow();
    await expect(take(path, 'i')).rejects.toThrow();
    await expect(take(join(folder, '*.parquet'), 'j')).rejects.toThrow();
    await take(path, 'j');
    expect((await connection.query('SELECT i FROM t ORDER BY i')).rows).toEqual([['0'], ['1'], ['2']]);
  } finally {
    await database.close();
  }
});
