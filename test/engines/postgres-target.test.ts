/** PostgreSQL as a target, inside this process: what readers see of a publication that goes well, and of one that does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TaskPlan } from '../../runtime/plan.ts';
import type { RunOptions } from '../../runtime/run.ts';
import { audit, build, check, file, load, runTasks, view } from '../support/plans.ts';
import { folderWithEngines, postgres, rowsOf } from './targets.ts';

let folder = '';
beforeEach(() => {
  folder = folderWithEngines();
});
const run = (tasks: readonly TaskPlan[], more: Partial<RunOptions> = {}) =>
  runTasks(folder, tasks, { target: postgres, ...more });
const rows = (sql: string) => rowsOf(folder, postgres, sql);

const numbers = (expression: string, type: string, more: Parameters<typeof build>[3] = {}) =>
  build('core.numbers', `SELECT ${expression} AS "x" FROM generate_series(1, 3) AS n`, { x: type }, more);

test('every type, null and empty text is moved as it is', async () => {
  writeFileSync(
    join(folder, 'in.csv'),
    'b,i,f,d,s,t,day,at,u,j,e\ntrue,-9223372036854775808,1e300,-12.50,"a ""b"", c\nd\\N",\\N,1999-12-31,2024-02-29 10:00:00.000001,123e4567-e89b-12d3-a456-426614174000,"{""a"": 1e2}",one\n,,,,,,,,,,\n',
  );
  const types = {
    b: 'bool?',
    i: 'int64?',
    f: 'float64?',
    d: 'decimal(38,2)?',
    s: 'string',
    t: 'string?',
    day: 'date?',
    at: 'timestamp?',
    u: 'uuid?',
    j: 'json?',
    e: 'one|two?',
  };
  const { events, ...summary } = await run([load('raw.all', file('in.csv', 'csv'), { ...types, e: 'one|two?' })]);
  expect([summary.errors, events.length > 0]).toEqual([[], true]);
  expect(await rows('SELECT * FROM raw.all ORDER BY i')).toEqual([
    [
      true,
      '-9223372036854775808',
      1e300,
      '-12.50',
      'a "b", c\nd\\N',
      '\\N',
      '1999-12-31',
      '2024-02-29T10:00:00.000001Z',
      '123e4567-e89b-12d3-a456-426614174000',
      '{"a": 1e2}',
      'one',
    ],
    [null, null, null, null, '', null, null, null, null, null, null],
  ]);
}, 60_000);

describe('publication', () => {
  test('a check that fails, a null and another type leave the version before, and no other table', async () => {
    expect(await run([numbers('n', 'integer')])).toMatchObject({ status: 'succeeded', done: 1 });
    const failing = audit(
      'SELECT count(*) AS "rows", count(*) FILTER (WHERE NOT "x" < 3) AS c0 FROM this',
      check('expect x < 3', { measure: 'c0', sample: 'SELECT * FROM this WHERE NOT "x" < 3' }),
    );
    const checked = await run([numbers('n', 'integer', { audit: failing })]);
    expect(checked.errors).toMatchObject([{ error: { code: 'checks-failed', sample: [{ x: 3 }] } }]);
    const nulls = await run([numbers('nullif(n, 2)', 'integer')]);
    expect(nulls.errors).toMatchObject([{ error: { code: 'null-in-column', sample: [{ x: null }] } }]);
    const typed = await run([numbers('n', 'bigint')]);
    expect(typed.errors).toMatchObject([
      { error: { code: 'column-type', message: expect.stringContaining('came out as integer, the plan says bigint') } },
    ]);
    expect(await rows('SELECT x FROM core.numbers ORDER BY x')).toEqual([[1], [2], [3]]);
    expect(await rows(`SELECT count(*) FROM pg_class WHERE relname LIKE 'numbers\\_\\_%'`)).toEqual([['1']]);
  }, 60_000);

  test('a type that changes takes views along, with what others were allowed', async () => {
    const doubled = view('core.doubled', 'SELECT "x" * 2 AS "y" FROM "core"."numbers"', { after: ['core.numbers'] });
    await run([numbers('n', 'integer'), doubled]);
    const { PGlite } = (await import('@electric-sql/pglite')) as unknown as {
      PGlite: { create(path: string): Promise<{ exec(sql: string): Promise<unknown>; close(): Promise<void> }> };
    };
    const own = await PGlite.create(join(folder, '.pipec/pg'));
    await own.exec(
      'CREATE ROLE reader; GRANT SELECT ON core.numbers TO reader; GRANT SELECT ON core.doubled TO PUBLIC',
    );
    await own.close();
    // Only the table is run: its dependant is made again from its definition.
    const changed = await run([numbers('n + 0.5', 'numeric')]);
    expect(changed.errors).toEqual([]);
    expect(await rows('SELECT y FROM core.doubled ORDER BY y')).toEqual([['3.0'], ['5.0'], ['7.0']]);
    expect(
      await rows(
        `SELECT table_name, grantee FROM information_schema.role_table_grants WHERE table_schema = 'core' AND grantee IN ('reader', 'PUBLIC') ORDER BY 1`,
      ),
    ).toEqual([
      ['doubled', 'PUBLIC'],
      ['numbers', 'reader'],
    ]);
    const versions = await rows(`SELECT obj_description('core.doubled'::regclass) LIKE '{"pipec":1,%'`);
    expect(versions).toEqual([[true]]);
  }, 90_000);

  test("a view of somebody else's that would not work any more stops it", async () => {
    await run([numbers('n', 'integer')]);
    const { PGlite } = (await import('@electric-sql/pglite')) as unknown as {
      PGlite: { create(path: string): Promise<{ exec(sql: string): Promise<unknown>; close(): Promise<void> }> };
    };
    const own = await PGlite.create(join(folder, '.pipec/pg'));
    await own.exec('CREATE VIEW public.report AS SELECT x + 1 AS z FROM core.numbers');
    await own.close();
    const changed = await run([numbers("'a'::text", 'text')]);
    expect(changed.errors).toMatchObject([{ error: { code: 'view-in-use' } }]);
    expect(await rows('SELECT z FROM public.report ORDER BY z')).toEqual([[2], [3], [4]]);
  }, 90_000);

  test('who is not the writer any more publishes nothing', async () => {
    const { step } = numbers('n', 'integer');
    const { PostgresPublisher } = await import('../../runtime/engines/postgres/publish.ts');
    const { openEmbedded } = await import('../../runtime/engines/postgres/embedded.ts');
    const database = await openEmbedded(':memory:', folder, {
      waitMs: 0,
      nameHolder: () => 'another',
      waiting: () => undefined,
      signal: new AbortController().signal,
    });
    const connection = await database.connect();
    const [first, second] = [new PostgresPublisher(), new PostgresPublisher()];
    const about = { steps: [step], warned: () => undefined };
    await first.open(connection, { ...about, run: 'first' });
    await second.open(connection, { ...about, run: 'second' });
    const version = { build: null, table: null, rows: null, run: null, basis: null, warned: [] };
    const publication = {
      into: step.into,
      version,
      select: 'SELECT 1 AS "x"',
      quarantine: null,
      warn: () => undefined,
    };
    await expect(first.publish(connection, publication)).rejects.toMatchObject({ code: 'not-the-writer' });
    await second.publish(connection, publication);
    await database.close();
  }, 60_000);
});

test('questions read, and do one thing at a time', async () => {
  await run([numbers('n', 'integer')]);
  const refused = { code: 'query-refused' };
  await expect(rows('DELETE FROM core.numbers')).rejects.toMatchObject(refused);
  await expect(rows('SELECT 1; SELECT 2')).rejects.toMatchObject(refused);
  await expect(rows('SELECT 1; COMMIT; DROP VIEW core.numbers')).rejects.toMatchObject(refused);
  await expect(rows('WITH gone AS (DELETE FROM core.numbers RETURNING 1) SELECT * FROM gone')).rejects.toMatchObject(
    refused,
  );
  await expect(rows('SELECT * FROM core.numbers; ')).resolves.toHaveLength(3);
  await expect(rows('SELECT nothing FROM core.numbers')).rejects.toMatchObject({ code: 'statement-failed' });
}, 60_000);
