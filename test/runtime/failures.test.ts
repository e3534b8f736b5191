/** What DuckDB, the system and the plan refuse, as errors with a code. Each is made to happen. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { readProject } from '../../compiler/cli/project-files.ts';
import { duckDbFailure } from '../../runtime/engines/duckdb/failures.ts';
import type { PipecError } from '../../runtime/errors.ts';
import { build, file, into, lake, load, local, projectFolder, runTasks } from '../support/plans.ts';
import { stateFile } from '../support/state.ts';

describe('what DuckDB says', () => {
  test.each([
    ['a value that its type does not hold', 'overflow', 'SELECT 9223372036854775807::BIGINT + 1'],
    [
      'a value that the type it is cast to does not hold',
      'overflow',
      'SELECT (9e18)::BIGINT * 1e3::INTEGER, 1e300::DECIMAL(16, 0)',
    ],
    ['a text that is no number', 'value-unreadable', "SELECT 'x'::BIGINT"],
    ['a text that is no date', 'value-unreadable', "SELECT 'soon'::DATE"],
    ['a file that cannot be made', 'io-failed', "COPY (SELECT 1) TO 'no/such/folder/x.parquet'"],
    [
      'more memory than there may be',
      'out-of-memory',
      "SET memory_limit = '4MB'; SET max_temp_directory_size = '0KB'; SELECT list(repeat(a::VARCHAR, 100)) FROM range(1000000) AS t(a)",
    ],
    ['what has no code of its own', 'statement-failed', "SELECT error('no')"],
  ])('%s: %s', async (_, code, sql) => {
    const failure = await refused([sql]);
    expect(failure).toMatchObject({ code, statement: sql });
    expect(failure.message).not.toContain('\n');
  });

  test('two transactions change one row: the second is told to try again', async () => {
    expect(
      await refused(
        ['CREATE TABLE t AS SELECT 1 AS x', 'BEGIN', 'UPDATE t SET x = 2'],
        ['BEGIN', 'UPDATE t SET x = 3'],
      ),
    ).toMatchObject({ code: 'write-conflict', retryable: true });
  });
});

/** The error of the last statement; each list runs in a connection of its own. */
async function refused(...scripts: readonly (readonly string[])[]): Promise<PipecError> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    for (const script of scripts) {
      const connection = await instance.connect();
      for (const sql of script) {
        try {
          await connection.run(sql);
        } catch (thrown) {
          return duckDbFailure(thrown, sql);
        }
      }
    }
  } finally {
    instance.closeSync();
  }
  throw new Error('nothing was refused');
}

describe('before the first task', () => {
  const one = build('core.t', 'SELECT 1::BIGINT AS x', { x: 'BIGINT' });

  test('a variable of the environment that is not set and has no default', async () => {
    const target = { ...local, engine: { kind: 'duckdb' as const, path: { env: 'DB_PATH', fallback: null } } };
    await expect(runTasks(projectFolder(), [one], { target, env: {} })).rejects.toMatchObject({
      code: 'env-missing',
      message: expect.stringContaining('`DB_PATH`'),
      hint: "set DB_PATH, or give a default: env('DB_PATH', '…')",
    });
    expect((await runTasks(projectFolder(), [one], { target, env: { DB_PATH: 'x.duckdb' } })).errors).toEqual([]);
  });

  test('a state database where a folder stands', async () => {
    const path = join(projectFolder(), 'state.db');
    mkdirSync(path);
    await expect(stateFile(path)).rejects.toThrow(
      expect.objectContaining({ code: 'state-unusable', message: expect.stringContaining(path) }),
    );
  });
});

test('files and lakes elsewhere are refused by name', async () => {
  const read = load('raw.t', file('s3://bucket/t.csv', 'csv'), { x: 'int64' });
  const keep = build(
    'raw.t',
    'SELECT 1::BIGINT AS x',
    { x: 'BIGINT' },
    { into: into('raw.t', lake('s3://bucket/raw')) },
  );
  expect((await runTasks(projectFolder(), [read])).errors).toMatchObject([
    { error: { code: 'not-supported', message: expect.stringContaining('s3://bucket/t.csv') } },
  ]);
  await expect(runTasks(projectFolder(), [keep])).rejects.toMatchObject({
    code: 'not-supported',
    message: expect.stringContaining('s3://bucket/raw'),
  });
});

test('a folder with more folders than a project has is told as the wrong place', () => {
  const folder = projectFolder();
  writeFileSync(join(folder, 'shop.pipe'), "project shop { owner: 'a@b.example', target: local }\n");
  for (let n = 0; n < 5; n++) mkdirSync(join(folder, `folder ${n}`));
  expect(readProject(folder, 5).files).toHaveLength(1);
  expect(() => readProject(folder, 4)).toThrow(expect.objectContaining({ code: 'folder-too-large' }));
});
