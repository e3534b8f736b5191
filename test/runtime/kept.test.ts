/** What a process that does one run after another leaves open between them. Tests stand in the order of such a process. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { closeKept, keepBetweenRuns } from '../../runtime/engines/kept.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipec-kept-'));
afterEach(closeKept);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (name: string, readOnly = false): Promise<Database> =>
  openDatabase({ path: join(folder, name), readOnly, nameHolder: async () => 'somebody', ...NO_WAIT });
async function run(database: Database, sql: string): Promise<readonly (readonly unknown[])[]> {
  const connection = await database.connect();
  try {
    return (await connection.table(sql)).rows;
  } finally {
    connection.close();
  }
}
/** What was committed and is not in the file itself yet: it is there until that is written down. */
const log = (name: string): boolean => existsSync(join(folder, `${name}.wal`));

test('a process that does one run closes what it had open', async () => {
  const database = await open('once.db');
  await run(database, 'CREATE TABLE t AS SELECT 1 AS x');
  await database.close();
  expect(log('once.db')).toBe(false);
  const instance = await DuckDBInstance.create(join(folder, 'once.db'));
  instance.closeSync();
});

test('one that does several takes it up again, with nothing of a session in it, and writes it down at the end', async () => {
  keepBetweenRuns();
  const first = await open('kept.db');
  await run(first, 'CREATE TABLE t AS SELECT 1 AS x');
  await run(first, "CREATE TEMP TABLE mine AS SELECT 1; SET VARIABLE run_began = 'then'");
  await first.close();
  expect(log('kept.db')).toBe(true);
  // A question between two runs as well.
  const asked = await open('kept.db', true);
  expect(await run(asked, 'SELECT x FROM t')).toEqual([[1]]);
  await asked.close();
  const second = await open('kept.db');
  expect(second).toBe(first);
  expect(await run(second, "SELECT count(*), getvariable('run_began') FROM duckdb_tables()")).toEqual([['1', null]]);
  await second.close();
  await closeKept();
  expect(log('kept.db')).toBe(false);
  const third = await open('kept.db');
  expect(third).not.toBe(first);
  expect(await run(third, 'SELECT x FROM t')).toEqual([[1]]);
  await third.close();
});

test('where another file has been put in its place, that is opened', async () => {
  const other = await open('other.db');
  await run(other, "CREATE TABLE t AS SELECT 'other' AS x");
  await other.close();
  await closeKept();
  const first = await open('replaced.db');
  await run(first, "CREATE TABLE t AS SELECT 'first' AS x; CHECKPOINT");
  await first.close();
  renameSync(join(folder, 'other.db'), join(folder, 'replaced.db'));
  const second = await open('replaced.db');
  expect(await run(second, 'SELECT x FROM t')).toEqual([['other']]);
  await second.close();
});

test('what was opened to be read is not kept, as the next run writes', async () => {
  const made = await open('read.db');
  await made.close();
  await closeKept();
  const reader = await open('read.db', true);
  await reader.close();
  const writer = await open('read.db');
  await run(writer, 'CREATE TABLE t AS SELECT 1 AS x');
  await writer.close();
});
