/** A file that a run begins to open before it comes to use it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { openAhead } from '../../runtime/engines/duckdb/opening.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipec-opening-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (path: string) => openDatabase({ path, readOnly: false, nameHolder: async () => 'somebody', ...NO_WAIT });

test('whoever opens the file gets what was begun, once', async () => {
  const path = join(folder, 'deep/x.db');
  const ahead = openAhead(path);
  const database = await open(path);
  await expect(open(path)).rejects.toMatchObject({ code: 'database-busy' });
  // It is the run's by now.
  await ahead?.[Symbol.asyncDispose]();
  const connection = await database.connect();
  await connection.run('CREATE TABLE t AS SELECT 1 AS x');
  connection.close();
  await database.close();
  expect(existsSync(path)).toBe(true);
  const again = await open(path);
  await again.close();
});

test('of what nobody came to open nothing is left: neither a file nor a lock', async () => {
  const path = join(folder, 'x.db');
  await openAhead(path)?.[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(false);
  const made = await open(path);
  await made.close();
  await openAhead(path)?.[Symbol.asyncDispose]();
  expect(existsSync(path)).toBe(true);
  const other = await DuckDBInstance.create(path);
  other.closeSync();
});

test('a file that this process has open is not opened again', async () => {
  const path = join(folder, 'x.db');
  const database = await open(path);
  expect(openAhead(path)).toBeNull();
  await database.close();
});

test('what is wrong with it is told to whoever opens it, and to nobody else', async () => {
  const path = join(folder, 'x.db');
  writeFileSync(path, 'this is no database');
  await openAhead(path)?.[Symbol.asyncDispose]();
  const ahead = openAhead(path);
  await expect(open(path)).rejects.toMatchObject({ code: 'database-unreadable' });
  await ahead?.[Symbol.asyncDispose]();
  expect(openAhead(join(path, 'below.db'))).toBeNull();
});
