/** Rows out of another DuckDB file: what is read is what is there, or an error says why not. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { DuckDbReaderPlan, LoadStep } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { load, local, projectFolder, runTasks } from '../support/plans.ts';

let folder = '';
beforeEach(() => {
  folder = projectFolder();
});

async function written(...statements: readonly string[]): Promise<void> {
  const path = join(folder, 'old.duckdb');
  const database = await openDatabase({ path, readOnly: false, nameHolder: holderText, ...NO_WAIT });
  const connection = await database.connect();
  for (const statement of statements) await connection.run(statement);
  connection.close();
  await database.close();
}
const from = (rows: DuckDbReaderPlan['rows'], path = 'old.duckdb'): DuckDbReaderPlan => ({
  kind: 'duckdb',
  path,
  rows,
});
const run = (reader: DuckDbReaderPlan, types: Readonly<Record<string, string>>, more: Partial<LoadStep> = {}) =>
  runTasks(folder, [load('raw.rows', reader, types, more)]);
const ask = (sql: string) => queryAll({ folder, target: local, sql, limit: null });

test('a table of every type, a field of a struct, a number that is too wide', async () => {
  await written(
    'CREATE SCHEMA sales',
    `CREATE TABLE sales.orders AS SELECT 1::INTEGER AS id, 12.50::DECIMAL(12, 2) AS money, 170141183460469231731687303715884105727::HUGEINT AS wide,
 {'in': {'x': 'y'}} AS doc, DATE '1900-01-01' AS day, TIMESTAMPTZ '2024-02-29 10:00:00.000001Z' AS at, '\\x00\\xFF'::BLOB AS bytes, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID AS uuid, 1 AS other`,
    "INSERT INTO sales.orders (id, wide, day) VALUES (2, 7, 'infinity'), (3, 7, null)",
  );
  const types = {
    id: 'int64',
    money: 'decimal(12,2)?',
    wide: 'int64',
    day: 'date?',
    at: 'timestamp?',
    bytes: 'bytes?',
    uuid: 'uuid?',
  };
  const ran = await run(from({ table: 'sales.orders' }), types);
  expect(ran.errors).toEqual([]);
  expect(ran.events).toContainEqual(
    expect.objectContaining({
      load: expect.objectContaining({
        read: 3,
        quarantined: 2,
        unread: [
          { name: 'doc', type: null },
          { name: 'other', type: 'int64?' },
        ],
      }),
    }),
  );
  expect(await ask('SELECT id, wide, day FROM raw.rows')).toEqual([{ id: '3', wide: '7', day: null }]);
  expect(await ask('SELECT reason, file, row, content FROM _pipec.quarantine__raw__rows ORDER BY row')).toMatchObject([
    {
      reason: 'wide is not an int64',
      file: 'old.duckdb table sales.orders',
      row: '1',
      content: expect.stringContaining('170141183460469231731687303715884105727'),
    },
    { reason: 'day is not a date', row: '2' },
  ]);
  const columns: LoadStep['columns'] = [
    { name: 'x', path: ['doc', 'in', 'x'], type: { kind: 'string' }, nullable: true },
  ];
  expect((await run(from({ query: 'SELECT * FROM sales.orders WHERE id = 1;' }), {}, { columns })).errors).toEqual([]);
  expect(await ask('SELECT x FROM raw.rows')).toEqual([{ x: 'y' }]);
  expect(readdirSync(join(folder, '.pipec')).filter((name) => name.startsWith('pulled-'))).toEqual([]);
});

test('what is not there or of another type says so', async () => {
  await written("CREATE TABLE t AS SELECT 1 AS id, 'a' AS name");
  writeFileSync(join(folder, 'none.duckdb'), 'this is no database');
  const cases: readonly (readonly [DuckDbReaderPlan, string, Readonly<Record<string, string>>?])[] = [
    [from({ table: 't' }, 'nowhere.duckdb'), 'source-missing'],
    [from({ table: 't' }, 'none.duckdb'), 'database-unreadable'],
    [from({ table: 'nothing' }), 'source-table-missing'],
    [from({ query: 'SELECT * FROM nothing' }), 'source-unreadable'],
    [from({ query: 'DROP TABLE t' }), 'source-unreadable'],
    [from({ query: 'SELECT 1 AS id; DROP TABLE t' }), 'source-unreadable'],
    [from({ table: 't' }), 'source-column-missing', { nothing: 'int64' }],
    [from({ table: 't' }), 'source-column-type', { name: 'int64' }],
  ];
  for (const [reader, code, types = { id: 'int64' }] of cases)
    expect([reader, (await run(reader, types)).errors.map(({ error }) => error.code)]).toEqual([reader, [code]]);
  const database = await openDatabase({
    path: join(folder, 'old.duckdb'),
    readOnly: false,
    nameHolder: holderText,
    ...NO_WAIT,
  });
  expect((await run(from({ table: 't' }), { id: 'int64' })).errors).toMatchObject([
    { error: { code: 'database-busy' } },
  ]);
  await database.close();
  expect((await run(from({ table: 't' }), { id: 'int64' })).errors).toEqual([]);
});
