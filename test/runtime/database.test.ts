/** A DuckDB file as the runtime opens it: how it is written, and what its transactions leave. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Connection, type Database, openDatabase } from '../../runtime/engines/duckdb/connect.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipec-database-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Database> =>
  openDatabase({
    path: join(folder, 'own.duckdb'),
    readOnly: false,
    nameHolder: () => Promise.resolve('nobody'),
    ...NO_WAIT,
  });

async function opened<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const database = await open();
  const connection = await database.connect();
  try {
    return await work(connection);
  } finally {
    connection.close();
    await database.close();
  }
}

const format = async (connection: Connection): Promise<unknown> =>
  await connection.rows(
    "SELECT tags['storage_version'] AS version, block_size FROM duckdb_databases() JOIN pragma_database_size() USING (database_name) WHERE database_name = 'own'",
  );

test('a file that is made has small blocks, in the format of DuckDB 1.2', async () => {
  await opened((connection) => connection.run('CREATE TABLE t AS SELECT 1 AS id'));
  expect(await opened(format)).toEqual([{ version: 'v1.2.0+', block_size: '65536' }]);
});

test('a file that is there stays in its format, and is read and written', async () => {
  const instance = await DuckDBInstance.create(join(folder, 'own.duckdb'));
  const before = await instance.connect();
  await before.run('CREATE TABLE t AS SELECT 1 AS id');
  before.closeSync();
  instance.closeSync();
  await opened((connection) => connection.run('INSERT INTO t VALUES (2)'));
  const [rows, own] = await opened(async (connection) => [
    await connection.rows('SELECT id FROM t ORDER BY id'),
    await format(connection),
  ]);
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  expect(own).toEqual([{ version: 'v1.0.0+', block_size: '262144' }]);
});

describe('a transaction that fails leaves nothing, and its connection goes on', () => {
  const FAILING = [
    ['when it runs', "SELECT error('no')"],
    ['when names are looked up', 'CREATE VIEW v AS SELECT nothing FROM made'],
    ['by a constraint', 'INSERT INTO keyed VALUES (1)'],
    ['when it is read', 'SELECT 1 +'],
  ] as const;
  const left = async (connection: Connection): Promise<unknown> => [
    await connection.rows('SELECT table_name FROM duckdb_tables() ORDER BY ALL'),
    await connection.rows('SELECT id FROM keyed'),
  ];
  const NOTHING = [[{ table_name: 'keyed' }], [{ id: 1 }]];

  test.each(FAILING)('%s', async (_, failing) => {
    await opened(async (connection) => {
      await connection.run('CREATE TABLE keyed (id INTEGER PRIMARY KEY); INSERT INTO keyed VALUES (1)');
      const make = 'CREATE TABLE made AS SELECT 1 AS id';
      const after = 'INSERT INTO keyed VALUES (2)';
      await expect(connection.transaction([make, failing, after])).rejects.toThrow();
      expect(await left(connection)).toEqual(NOTHING);
      const work = (): Promise<number> => connection.create(make);
      await expect(connection.within(work, () => [failing, after])).rejects.toThrow();
      expect(await left(connection)).toEqual(NOTHING);
      await expect(connection.within(() => connection.run(failing))).rejects.toThrow();
      expect(await left(connection)).toEqual(NOTHING);
      expect(await connection.within(work, (rows) => [`INSERT INTO keyed VALUES (${rows + 1})`])).toBe(1);
      expect(await connection.rows('SELECT max(id) AS id FROM keyed')).toEqual([{ id: 2 }]);
    });
  });

  test('where nothing is sent before its work fails', async () => {
    await opened(async (connection) => {
      await expect(connection.within(() => Promise.reject(new Error('before')))).rejects.toThrow('before');
      await connection.run('CREATE TABLE after AS SELECT 1 AS id');
    });
    expect(await opened((connection) => connection.rows('SELECT id FROM after'))).toEqual([{ id: 1 }]);
  });
});
