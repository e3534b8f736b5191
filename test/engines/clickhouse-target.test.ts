/** ClickHouse as a target, inside this process: what readers see of a publication that goes well, and of one that does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { holderText } from '../../runtime/engine.ts';
import { openEmbedded } from '../../runtime/engines/clickhouse/embedded.ts';
import { takeLease } from '../../runtime/engines/clickhouse/lease.ts';
import { NO_WAIT } from '../../runtime/engines/turn.ts';
import type { TaskPlan } from '../../runtime/plan.ts';
import { audit, build, check, file, load, runTasks, view } from '../support/plans.ts';
import { clickhouse, folderWithEngines, rowsOf } from './targets.ts';

let folder = '';
beforeEach(() => {
  folder = folderWithEngines();
});
const run = (tasks: readonly TaskPlan[]) => runTasks(folder, tasks, { target: clickhouse });
const rows = (sql: string) => rowsOf(folder, clickhouse, sql);
const numbers = (expression: string, type: string, more: Parameters<typeof build>[3] = {}) =>
  build(
    'core.numbers',
    `SELECT ${expression} AS "x" FROM (SELECT toInt64(number) AS n FROM numbers(1, 3))`,
    { x: type },
    more,
  );

const open = () => openEmbedded(join(folder, '.pipec/ch'), folder, { ...NO_WAIT, nameHolder: () => 'another' });

test('every type, null and empty text is moved as it is; what is broken is kept aside', async () => {
  writeFileSync(
    join(folder, 'in.csv'),
    'b,i,f,d,s,t,day,at,u,j\ntrue,-9223372036854775808,1e300,-12.50,"a ""b"", c\nd\\N",\\N,1900-01-01,2024-02-29 10:00:00.000001,123e4567-e89b-12d3-a456-426614174000,"{""a"": 1e2}"\n,,,,,,,,,\n,x,,,,,,,,\n',
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
  };
  const first = await run([load('raw.all', file('in.csv', 'csv'), types)]);
  expect(first.errors).toEqual([]);
  expect(await rows('SELECT * FROM raw.all ORDER BY i NULLS LAST')).toEqual([
    [
      true,
      '-9223372036854775808',
      1e300,
      '-12.50',
      'a "b", c\nd\\N',
      '\\N',
      '1900-01-01',
      '2024-02-29T10:00:00.000001Z',
      '123e4567-e89b-12d3-a456-426614174000',
      '{"a": 1e2}',
    ],
    [null, null, null, null, '', null, null, null, null, null],
  ]);
  const aside = 'SELECT reason, "row", run FROM _pipec.quarantine__raw__all';
  expect(await rows(aside)).toEqual([['i is not an int64', '3', first.run]]);
  // A source that is mended has nothing aside, and what was aside goes.
  writeFileSync(join(folder, 'in.csv'), 'b,i,f,d,s,t,day,at,u,j\n,1,,,,,,,,\n');
  expect((await run([load('raw.all', file('in.csv', 'csv'), types)])).errors).toEqual([]);
  expect(await rows(aside)).toEqual([]);
  expect(await rows('SELECT count() FROM _pipec.quarantine__raw__all__rows')).toEqual([['0']]);
}, 60_000);

describe('publication', () => {
  test('a check that fails, a null and another type leave the version before, and no other table', async () => {
    expect(await run([numbers('n', 'Int64')])).toMatchObject({ status: 'succeeded', done: 1 });
    const failing = audit(
      'SELECT count(*) AS "rows", count(*) FILTER (WHERE NOT "x" < 3) AS c0 FROM this',
      check('expect x < 3', { measure: 'c0', sample: 'SELECT * FROM this WHERE NOT "x" < 3' }),
    );
    const checked = await run([numbers('n', 'Int64', { audit: failing })]);
    expect(checked.errors).toMatchObject([{ error: { code: 'checks-failed', sample: [{ x: '3' }] } }]);
    const nulls = await run([numbers('nullIf(n, 2)', 'Int64')]);
    expect(nulls.errors).toMatchObject([{ error: { code: 'null-in-column', sample: [{ x: null }] } }]);
    const typed = await run([numbers('n', 'Float64')]);
    expect(typed.errors).toMatchObject([{ error: { code: 'column-type' } }]);
    const half = await run([numbers("throwIf(n = 3, 'half way') + n", 'Int64')]);
    expect(half.errors).toMatchObject([
      { error: { code: 'statement-failed', message: expect.stringContaining('half way') } },
    ]);
    expect(await rows('SELECT x FROM core.numbers ORDER BY x')).toEqual([['1'], ['2'], ['3']]);
    expect(await rows("SELECT count() FROM system.tables WHERE database = '_pipec' AND name LIKE 'numbers%'")).toEqual([
      ['1'],
    ]);
  }, 60_000);

  test('a type that changes reaches the views over it; a view computes as the program does, in any session', async () => {
    const doubled = view(
      'core.doubled',
      'SELECT l."x" * 2 AS "y", r."z" FROM "core"."numbers" AS l LEFT JOIN (SELECT toInt64(1) AS "x", 5 AS "z") AS r ON l."x" = r."x"',
      {
        after: ['core.numbers'],
      },
    );
    expect((await run([numbers('n', 'Int64'), doubled])).errors).toEqual([]);
    const other = 'SELECT y, z FROM core.doubled ORDER BY y SETTINGS join_use_nulls = 0';
    expect(await rows(other)).toEqual([
      ['2', 5],
      ['4', null],
      ['6', null],
    ]);
    expect(
      (await run([numbers("CAST(n AS Decimal(18, 1)) + CAST('0.5' AS Decimal(18, 1))", 'Decimal(18, 1)')])).errors,
    ).toEqual([]);
    expect(await rows('SELECT y FROM core.doubled ORDER BY y')).toEqual([['3.0'], ['5.0'], ['7.0']]);
    expect(await rows("SELECT startsWith(comment, '{\"pipec\":1,') FROM system.tables WHERE name = 'doubled'")).toEqual(
      [[1]],
    );
  }, 60_000);

  test("a view of somebody else's that goes on with the old types is told of", async () => {
    await run([numbers('n', 'Int64')]);
    const database = await open();
    const connection = await database.connect();
    await connection.run('CREATE VIEW default.report AS SELECT x + 1 AS z FROM core.numbers');
    await connection.run('CREATE VIEW default.counted AS SELECT count() AS n FROM core.numbers');
    await database.close();
    const warnings = async (...tasks: readonly TaskPlan[]) => {
      const { events, errors } = await run(tasks);
      expect(errors).toEqual([]);
      return events.flatMap((event) => (event.event === 'run.warned' ? [event.message] : []));
    };
    expect(await warnings(numbers('n + 1', 'Int64'))).toEqual([]);
    expect(
      await warnings(numbers("CAST(n AS Decimal(18, 1)) + CAST('0.5' AS Decimal(18, 1))", 'Decimal(18, 1)')),
    ).toEqual([
      'core.numbers: the columns of core.numbers have changed, and default.report, which reads it, goes on with those of before: make that view again',
    ]);
    expect((await rows('SELECT x FROM core.numbers ORDER BY x'))[0]).toEqual(['1.5']);
  }, 60_000);

  test('a table in the place of the view is not replaced', async () => {
    const database = await open();
    const connection = await database.connect();
    await connection.run('CREATE DATABASE core');
    await connection.run('CREATE TABLE core.numbers (x Int64) ENGINE = MergeTree ORDER BY x');
    await connection.run('INSERT INTO core.numbers VALUES (7)');
    await database.close();
    expect((await run([numbers('n', 'Int64')])).errors).toMatchObject([
      { error: { code: 'name-taken', message: expect.stringContaining('`core.numbers` is there already') } },
    ]);
    expect(await rows('SELECT x FROM core.numbers')).toEqual([['7']]);
  }, 60_000);

  test('builds that a killed run left are swept', async () => {
    await run([numbers('n', 'Int64')]);
    const database = await open();
    const connection = await database.connect();
    await connection.run(
      'CREATE TABLE "_pipec"."numbers__0123456789ab_abcdefgh" (x Int64) ENGINE = MergeTree ORDER BY x',
    );
    await database.close();
    await run([numbers('n', 'Int64')]);
    expect(await rows("SELECT count() FROM system.tables WHERE name = 'numbers__0123456789ab_abcdefgh'")).toEqual([
      ['0'],
    ]);
  }, 60_000);
});

test('a lease is held by one, and taken over when it has run out', async () => {
  const database = await open();
  const connection = await database.connect();
  await connection.run('CREATE DATABASE IF NOT EXISTS "_pipec"');
  const told: string[] = [];
  const waiting = {
    ...NO_WAIT,
    nameHolder: holderText,
    waiting: (reason: string) => void told.push(reason),
  };
  const first = await takeLease(connection, 'first', 'ch', waiting);
  await expect(takeLease(connection, 'second', 'ch', waiting)).rejects.toMatchObject({
    code: 'database-busy',
    message: expect.stringContaining('run first (process'),
  });
  await first.expect();
  // Its holder was stopped for longer than the lease.
  await connection.run(
    `ALTER TABLE "_pipec"."lease" MODIFY COMMENT '${JSON.stringify({ id: 'x', run: 'first', host: 'h', pid: 1, until: 1 })}'`,
  );
  const second = await takeLease(connection, 'second', 'ch', { ...waiting, waitMs: 5_000 });
  await second.expect();
  await expect(first.expect()).rejects.toMatchObject({ code: 'not-the-writer' });
  await first.release();
  await second.expect();
  await second.release();
  await (await takeLease(connection, 'third', 'ch', waiting)).release();
  await database.close();
}, 60_000);

test('what a question had answered before it failed is in no later answer', async () => {
  const database = await open();
  const connection = await database.connect();
  const late = "SELECT number AS x, throwIf(number = 200000, 'late') AS y FROM numbers(300000)";
  const answers = await Promise.allSettled([
    connection.query(late),
    connection.query('SELECT 1 AS one'),
    connection.query(late),
    connection.query('SELECT 2 AS two'),
  ]);
  expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'))).toEqual([
    'failed',
    { names: ['one'], types: ['UInt8'], rows: [[1]] },
    'failed',
    { names: ['two'], types: ['UInt8'], rows: [[2]] },
  ]);
  await database.close();
}, 60_000);

test('questions read, and do one thing at a time', async () => {
  await run([numbers('n', 'Int64')]);
  const refused = { code: 'query-refused' };
  await expect(rows('DROP VIEW core.numbers')).rejects.toMatchObject(refused);
  await expect(rows('SELECT 1; DROP VIEW core.numbers')).rejects.toMatchObject(refused);
  await expect(rows('SELECT * FROM core.numbers; ')).resolves.toHaveLength(3);
  await expect(rows('SELECT nothing FROM core.numbers')).rejects.toMatchObject({ code: 'statement-failed' });
}, 60_000);
