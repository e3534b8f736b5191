/** Rows out of an SQLite file, whose columns hold values of any type. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { LoadStep, SqliteReaderPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { contract, load, local, projectFolder, runTasks } from '../support/plans.ts';
import { changes, pulled, pullingPlan, writeSqlite } from '../support/pulling.ts';

let folder = '';
beforeEach(() => {
  folder = projectFolder();
});

function written(...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'shop.db'));
  for (const statement of statements) database.exec(statement);
  database.close();
}
const from = (rows: SqliteReaderPlan['rows'], path = 'shop.db'): SqliteReaderPlan => ({ kind: 'sqlite', path, rows });
const run = (reader: SqliteReaderPlan, types: Readonly<Record<string, string>>, more: Partial<LoadStep> = {}) =>
  runTasks(folder, [load('raw.rows', reader, types, more)]);
const ask = async (sql: string) =>
  (await queryAll({ folder, target: local, sql, limit: null })).map((row) => Object.values(row));

test('each value is what it is, whatever its column is declared as', async () => {
  written(
    'CREATE TABLE t (n INTEGER, v)',
    `INSERT INTO t VALUES (1, 9223372036854775807), (2, '42'), (3, 'a "b", c' || char(10) || 'é'), (4, 12.5), (5, 5.0), (6, 1e300), (7, x'00ff0a22'), (8, null), (9, ''),
 (10, 'true'), (11, 1), (12, '2024-02-29'), (13, '2024-02-29T10:00:00.000001Z'), (14, '{"a": [1]}'), (15, 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'), (16, -9e999), (17, '2024-02-30'), (18, 'a' || char(0) || 'b'), (19, 0.1), (20, 1709200800)`,
  );
  const kept = async (type: string): Promise<unknown> => {
    const { errors } = await run(from({ table: 't' }), { n: 'int64', v: `${type}?` });
    expect(errors).toEqual([]);
    expect(
      await ask("SELECT count(*) FROM _pipec.quarantine__raw__rows WHERE NOT starts_with(reason, 'v is not')"),
    ).toEqual([['0']]);
    return Object.fromEntries(await ask('SELECT n, v FROM raw.rows WHERE v IS NOT NULL ORDER BY n'));
  };
  expect(await kept('int64')).toEqual({ 1: '9223372036854775807', 2: '42', 5: '5', 11: '1', 20: '1709200800' });
  expect(await kept('float64')).toEqual({
    1: 2 ** 63,
    2: 42,
    4: 12.5,
    5: 5,
    6: 1e300,
    11: 1,
    19: 0.1,
    20: 1709200800,
  });
  expect(await kept('decimal(12,2)')).toEqual({
    2: '42.00',
    4: '12.50',
    5: '5.00',
    11: '1.00',
    19: '0.10',
    20: '1709200800.00',
  });
  expect(await kept('bool')).toEqual({ 10: true, 11: true });
  expect(await kept('date')).toEqual({ 12: '2024-02-29' });
  expect(await kept('timestamp')).toEqual({ 12: '2024-02-29T00:00:00Z', 13: '2024-02-29T10:00:00.000001Z' });
  expect(await kept('uuid')).toEqual({ 15: 'ffffffff-ffff-ffff-ffff-ffffffffffff' });
  expect(await kept('bytes')).toMatchObject({
    7: Buffer.from([0, 255, 10, 34]).toString('base64'),
    2: Buffer.from('42').toString('base64'),
    9: '',
  });
  expect(Object.keys((await kept('bytes')) as object)).not.toContain('1');
  expect(await kept('string')).toMatchObject({ 3: 'a "b", c\né', 9: '', 1: '9223372036854775807', 4: '12.5' });
  const texts = Object.keys((await kept('string')) as object);
  expect([texts.includes('7'), texts.includes('18'), texts.includes('8')]).toEqual([false, false, false]);
  expect(await ask('SELECT "row", reason, file FROM _pipec.quarantine__raw__rows ORDER BY 1')).toEqual([
    ['7', 'v is not a string', 'shop.db table t'],
    ['18', 'v is not a string', 'shop.db table t'],
  ]);
});

test('a query, a column of a document, one column that is null, columns that nobody reads', async () => {
  written(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT, note VARCHAR(9), "odd ""name" REAL)',
    `INSERT INTO t VALUES (1, '{"in": {"x": "y"}}', 'n', 2.5), (2, 'none', null, 3)`,
  );
  const columns: LoadStep['columns'] = [
    { name: 'x', path: ['doc', 'in', 'x'], type: { kind: 'string' }, nullable: true },
    { name: 'odd', path: ['odd "name'], type: { kind: 'float64' }, nullable: true },
  ];
  const ran = await run(from({ query: 'SELECT * FROM t ORDER BY id DESC; ' }), {}, { columns });
  expect(ran.errors).toEqual([]);
  expect(ran.events).toContainEqual(
    expect.objectContaining({
      load: expect.objectContaining({
        unread: [
          { name: 'id', type: 'int64?' },
          { name: 'note', type: 'string?' },
        ],
      }),
    }),
  );
  expect(await ask('SELECT x, odd FROM raw.rows ORDER BY odd')).toEqual([
    ['y', 2.5],
    [null, 3],
  ]);
  expect((await run(from({ table: 'main.t' }), { note: 'string?' })).errors).toEqual([]);
  expect(await ask('SELECT count(*), count(note) FROM raw.rows')).toEqual([['2', '1']]);
});

test('what is not there, or is none, says so', async () => {
  written('CREATE TABLE t (id INTEGER)');
  writeFileSync(join(folder, 'none.db'), 'this is no database, and longer than the head of one would be: '.repeat(4));
  const cases: readonly (readonly [SqliteReaderPlan, string, Readonly<Record<string, string>>?])[] = [
    [from({ table: 't' }, 'nowhere.db'), 'source-missing'],
    [from({ table: 't' }, 'none.db'), 'source-unreadable'],
    [from({ table: 'missing' }), 'source-table-missing'],
    [from({ query: 'SELECT * FROM missing' }), 'source-unreadable'],
    [from({ query: 'DROP TABLE t' }), 'source-unreadable'],
    [from({ query: 'SELECT 1 AS id; DROP TABLE t' }), 'source-unreadable'],
    [from({ table: 't' }), 'source-column-missing', { ID: 'int64' }],
  ];
  for (const [reader, code, types = { id: 'int64' }] of cases)
    expect([reader, (await run(reader, types)).errors.map(({ error }) => error.code)]).toEqual([reader, [code]]);
  expect((await run(from({ table: 't' }), { id: 'int64' })).errors).toEqual([]);
});

test('many rows, and a writer meanwhile', async () => {
  written(
    'PRAGMA journal_mode = WAL',
    "CREATE TABLE t AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 300000) SELECT id, 'row ' || id AS name, id / 8.0 AS part FROM n",
  );
  const writer = new DatabaseSync(join(folder, 'shop.db'));
  const reading = run(from({ table: 't' }), { id: 'int64', name: 'string', part: 'float64' });
  setTimeout(() => writer.exec("UPDATE t SET name = 'changed'"), 50);
  expect((await reading).errors).toEqual([]);
  writer.close();
  const [found] = await ask("SELECT count(*), sum(id), count(DISTINCT name = 'changed'), sum(part) FROM raw.rows");
  expect(found).toEqual(['300000', '45000150000', '1', 45000150000 / 8]);
});

test('from a cursor that is a text or a number of SQLite', async () => {
  const columns = contract({ id: 'int64', at: 'timestamp' });
  const cursor: LoadStep['cursor'] = {
    column: 'at',
    type: 'timestamp',
    lookback: 3_600_000,
    again: ['"at" >= TIMESTAMPTZ \'', { bound: 'since' }, "+00'"],
  };
  const pull = async () => {
    const { errors, events } = await run(from({ table: 't' }), {}, { columns, cursor });
    expect(errors).toEqual([]);
    return events.flatMap((event) =>
      event.event === 'task.finished' ? [event.rows, event.load?.read, event.load?.quarantined] : [],
    );
  };
  written(
    'CREATE TABLE t (id, at)',
    "INSERT INTO t VALUES (1, '2024-03-01 10:00:00'), (2, '2024-03-03T10:00:00Z'), (3, '2024-03-03 12:00:00+02:00'), (4, 17), (5, '2024-13-01'), (6, null)",
  );
  expect(await pull()).toEqual([3, 6, 3]);
  written("INSERT INTO t VALUES (7, '2024-03-03 09:00')", "UPDATE t SET at = '2024-03-03 11:00:00' WHERE id = 6");
  expect(await pull()).toEqual([5, 6, 2]);
  expect(await ask('SELECT id FROM raw.rows ORDER BY id')).toEqual([['1'], ['2'], ['3'], ['6'], ['7']]);
});

test('whatever comes within the look back is there, as if all had been read', { timeout: 600_000 }, async () => {
  const plan = pullingPlan("duckdb(path: '.pipec/shop.duckdb')", "sqlite(path: 'shop.db', table: 'items')");
  await fc.assert(
    fc.asyncProperty(changes, async (sequence) => {
      const own = projectFolder();
      const about = {
        folder: own,
        plan,
        write: (items: Parameters<typeof writeSqlite>[1]) => writeSqlite(join(own, 'shop.db'), items),
        ask: async (sql: string) =>
          (await queryAll({ folder: own, target: plan.target, sql, limit: null })).map((row) => Object.values(row)),
      };
      expect(await pulled(about, sequence)).toEqual([]);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 3) },
  );
});
