/** A run on a real PostgreSQL server: rows, locks, cancellation, crashes, rights, and what is never told. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toRunError } from '../../runtime/errors.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { TargetPlan, TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { pipec, write } from '../support/command.ts';
import { askingPostgres, postgresDisturbances } from '../support/disturbances.ts';
import { lifeOfEnvironment } from '../support/environment-of.ts';
import { escapesProgram, installedProgram, stepFunctions } from '../support/escapes.ts';
import { flightsProgram, runFlights, writeFlights } from '../support/flights.ts';
import { type Ask, disturbed } from '../support/killed.ts';
import { disturbedReplays } from '../support/killed-replay.ts';
import { leftBehind } from '../support/left-behind.ts';
import { build, file, job, load, projectFolder, runTasks, view } from '../support/plans.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres-server.ts';
import { sequence } from '../support/sequences.ts';
import { missing } from '../support/server-needed.ts';
import { GAPS, statusOfGaps } from '../support/status-of-gaps.ts';

const programs = postgresPrograms();

describe.skipIf(programs === null && missing('PostgreSQL'))('PostgreSQL', () => {
  let server: PostgresServer;
  let database = 0;
  let url = '';
  let folder = '';
  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    database += 1;
    server.sql(`CREATE DATABASE d${database}`);
    url = server.url.replace(/postgres$/, `d${database}`);
    folder = projectFolder();
  });
  const target = (address: string | { readonly secret: string } = { secret: 'DWH' }): TargetPlan => ({
    name: 'prod',
    engine: { kind: 'postgres', place: { kind: 'server', url: address } },
    state: { kind: 'sqlite', path: '.pipec/state.db' },
    secrets: { kind: 'env' },
  });
  const run = (tasks: readonly TaskPlan[], more: Parameters<typeof runTasks>[2] = {}) =>
    runTasks(folder, tasks, { target: target(), env: { DWH: url }, ...more });
  const ask = (sql: string) => queryAll({ folder, target: target(), sql, limit: null, env: { DWH: url } });
  const one = (expression: string, type = 'bigint') => build('core.one', `SELECT ${expression} AS "x"`, { x: type });
  const slow = (seconds: number) => build('core.slow', `SELECT count(pg_sleep(${seconds})) AS "x"`, { x: 'bigint' });

  test.each([302, 304])(
    'what people do one after the other, each command killed and given again (%i)',
    async (seed) => {
      const killed = postgresDisturbances(() => server)['its process is killed'];
      if (killed === undefined) throw new Error('nothing is killed');
      expect(await sequence(killed, 'postgres', seed, 5)).toEqual([]);
    },
    600_000,
  );

  test('an environment is applied, compared, promoted, rolled back and dropped', async () => {
    expect(await lifeOfEnvironment(folder, "postgres(url: secret('DWH'))", { DWH: url })).toEqual([]);
  });

  test('the flights give the rows that DuckDB gives', async () => {
    await writeFlights(folder);
    const expected = await runFlights(folder, flightsProgram("duckdb(path: '.pipec/flights.duckdb')"));
    const program = flightsProgram("postgres(url: secret('DWH'))", (text) =>
      text.replace("path:      '.pipec/raw'", "path:      '.pipec/raw_pg'"),
    );
    expect(await runFlights(folder, program, { env: { DWH: url } })).toEqual(expected);
  });

  test('a bad day is missing, told by status and filled by the next run', async () => {
    expect(await statusOfGaps(folder, "postgres(url: secret('DWH'))", { DWH: url })).toEqual(GAPS);
  });

  test('raw SQL and steps give the rows that DuckDB gives, though a function takes its time', async () => {
    const expected = await runFlights(folder, escapesProgram("duckdb(path: '.pipec/shop.duckdb')"), {
      functions: stepFunctions(),
    });
    expect(expected.status).toBe('succeeded');
    // A server keeps no transaction open for one who asks nothing.
    server.sql(`ALTER DATABASE d${database} SET idle_in_transaction_session_timeout = '2s'`);
    const found = await runFlights(folder, escapesProgram("postgres(url: secret('DWH'))", 'lake_pg'), {
      functions: stepFunctions(3000),
      env: { DWH: url },
    });
    expect(found).toEqual(expected);
  });

  test('the command as it is installed loads a source there, and runs a step and raw SQL', async () => {
    write(folder, installedProgram("postgres(url: secret('DWH'))"));
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), DWH: url };
    expect(await pipec(['run'], { folder, env })).toMatchObject({ code: 0, out: expect.stringContaining('3 done') });
    expect(await pipec(['show', 'counted', '--json'], { folder, env })).toMatchObject({
      out: '{"id":"1","letters":"3"}\n',
    });
  });

  test('columns that are read as text keep the order of bytes, whatever the database orders by', async () => {
    writeFileSync(join(folder, 'in.csv'), 's\nb\nB\na\nÄ\n');
    await run([
      load('raw.words', file('in.csv', 'csv'), { s: 'string' }),
      view('core.sorted', 'SELECT "s" FROM "raw"."words"', { after: ['raw.words'] }),
    ]);
    expect(server.sql("SELECT string_agg(s, '' ORDER BY s) FROM unnest('{b,B,a,Ä}'::text[]) AS s")).toBe('aÄbB');
    expect((await ask('SELECT s FROM core.sorted ORDER BY s')).map(({ s }) => s)).toEqual(['B', 'a', 'b', 'Ä']);
  });

  test('a wrong password, an unknown database and no right to write are told without the password', async () => {
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'let-me-in'");
    const cases = [
      [url.replace(server.password, 'wrong-horse'), 'login-refused'],
      [url.replace(/d\d+$/, 'nowhere'), 'database-unknown'],
      [url.replace(`owner:${server.password}`, 'guest:let-me-in'), 'not-permitted'],
    ] as const;
    for (const [address, code] of cases) {
      for (const known of [{ secret: 'DWH' }, address]) {
        const failure = await run([one('1::bigint')], { target: target(known), env: { DWH: address } }).then(
          () => null,
          toRunError,
        );
        expect(failure?.code).toBe(code);
        expect(JSON.stringify(failure)).not.toMatch(/wrong-horse|let-me-in/);
      }
    }
    server.sql('DROP ROLE guest');
  });

  test('one run at a time writes: the second waits for the first, by its name', async () => {
    const first = run([slow(1.5)]);
    await until(
      () =>
        server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%pg_sleep%' AND state = 'active'") !==
        '0',
    );
    const second = await run([one('2::bigint')]);
    const done = await first;
    expect([done.status, second.status]).toEqual(['succeeded', 'succeeded']);
    const waiting = second.events.flatMap((event) => (event.event === 'run.waiting' ? [event.reason] : []));
    expect(waiting).toEqual([
      expect.stringMatching(
        new RegExp(`^waits for run ${done.run} \\(process ${process.pid} on .*, which holds 127.0.0.1:\\d+/d\\d+$`),
      ),
    ]);
    const third = run([slow(1)]);
    await until(
      () =>
        server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%pg_sleep%' AND state = 'active'") !==
        '0',
    );
    await expect(run([one('3::bigint')], { waitMs: 0 })).rejects.toMatchObject({ code: 'database-busy' });
    await third;
  });

  test('a cancel and a timeout stop the statement in the server', async () => {
    const cancel = new AbortController();
    const running = run([slow(60)], { signal: cancel.signal });
    await until(
      () =>
        server.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
        ) !== '0',
    );
    cancel.abort();
    expect(await running).toMatchObject({ status: 'cancelled', errors: [{ error: { code: 'cancelled' } }] });
    const late = await run([], { job: job([slow(60)], { timeoutMs: 300 }) });
    expect(late.errors).toMatchObject([{ error: { code: 'timed-out' } }]);
    expect(
      server.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
      ),
    ).toBe('0');
    expect(server.sql('SELECT 1')).toBe('1');
  });

  test('a server that dies in the middle leaves the version before, and the next run sweeps what is left', async () => {
    await run([one('1::bigint')]);
    const running = run([build('core.one', 'SELECT count(pg_sleep(60)) AS "x"', { x: 'bigint' })]);
    await until(
      () =>
        server.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
        ) !== '0',
    );
    await server.kill();
    expect((await running).errors).toMatchObject([{ error: { code: 'server-unreachable', retryable: true } }]);
    const gone = await run([one('2::bigint')]).then(() => null, toRunError);
    expect(gone?.code).toBe('server-unreachable');
    await server.start();
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '1' }]);
    await run([one('2::bigint')]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '2' }]);
    const left = await ask(
      `SELECT count(*) AS n FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = '_pipec' AND relkind = 'r' AND relname LIKE 'one\\_\\_%'`,
    );
    // The current build and the one before.
    expect(left).toEqual([{ n: '2' }]);
  });

  test('a server that restarts in the middle of a run: the next attempt goes on with it', async () => {
    await run([one('1::bigint')]);
    const slowly = build('core.one', 'SELECT count(pg_sleep(2)) + 1 AS "x"', { x: 'bigint' });
    const retrying = job([slowly], { retries: 3, backoff: { kind: 'fixed', initialMs: 1500, maxMs: 1500 } });
    const running = runTasks(folder, retrying, { target: target(), env: { DWH: url } });
    await until(
      () =>
        server.sql(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND state = 'active' AND pid <> pg_backend_pid()",
        ) !== '0',
    );
    await server.kill();
    await server.start();
    expect((await running).errors).toEqual([]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '2' }]);
    // What the first attempt could not drop goes with the next run.
    await run([one('3::bigint')]);
    expect(await asking((found) => leftBehind('postgres', found))).toEqual([]);
  });

  const asking = <T>(work: (ask: Ask) => Promise<T>): Promise<T> => askingPostgres(url, work);

  test.each(Object.entries(postgresDisturbances(() => server)))(
    'tables grow exactly, though of a run %s at any moment',
    async (_, disturbance) => {
      expect(await disturbed(await disturbance(), 6)).toEqual([]);
    },
  );

  test.each(Object.entries(postgresDisturbances(() => server)))(
    'a quarantine is replayed exactly, though %s at any moment',
    async (_, disturbance) => {
      expect(await disturbedReplays(await disturbance(), 4)).toEqual([]);
    },
  );

  test('what an earlier run left and somebody reads is kept, and told; it goes when nobody does', async () => {
    await run([one('1::bigint')]);
    const orphan = '_pipec.one__0123456789ab_abcdefgh';
    const { default: pg } = await import('pg');
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query(`CREATE TABLE ${orphan} AS SELECT 1 AS x`);
    await reader.query('BEGIN');
    await reader.query(`SELECT * FROM ${orphan}`);
    const told: string[] = [];
    const listeners = [(event: RunEvent) => void (event.event === 'run.warned' && told.push(event.message))];
    await run([one('2::bigint')], { listeners });
    expect(told).toEqual([expect.stringContaining(`in use: ${orphan}.`)]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '2' }]);
    await reader.query('COMMIT');
    await reader.end();
    await run([one('3::bigint')], { listeners });
    expect(told).toHaveLength(1);
    expect(await asking((found) => leftBehind('postgres', found))).toEqual([]);
  });

  test('publication waits for a reader with an open transaction, and readers see whole versions', async () => {
    await run([one('1::bigint')]);
    const { default: pg } = await import('pg');
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query('BEGIN');
    expect((await reader.query('SELECT x FROM core.one')).rows).toEqual([{ x: '1' }]);
    const running = run([one("'changed'::text", 'text')]);
    await sleep(1_000);
    expect((await reader.query('SELECT x FROM core.one')).rows).toEqual([{ x: '1' }]);
    await reader.query('COMMIT');
    expect((await running).errors).toEqual([]);
    expect((await reader.query('SELECT x FROM core.one')).rows).toEqual([{ x: 'changed' }]);
    await reader.end();
  });

  test('a reader whose snapshot is older than a load finds its rows, and no empty table', async () => {
    const loaded = () => run([load('raw.t', file('in.csv', 'csv'), { x: 'int64' })]);
    writeFileSync(join(folder, 'in.csv'), 'x\n1\n');
    await loaded();
    const { default: pg } = await import('pg');
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    // The snapshot, and no lock on what is loaded.
    await reader.query('SELECT 1');
    writeFileSync(join(folder, 'in.csv'), 'x\n2\n3\n');
    expect((await loaded()).errors).toEqual([]);
    expect((await reader.query('SELECT x FROM raw.t ORDER BY x')).rows).toEqual([{ x: '2' }, { x: '3' }]);
    await reader.end();
  });

  test('a large answer comes in batches, and is left in the middle', async () => {
    const { queryTarget } = await import('../../runtime/query.ts');
    const { batches } = await queryTarget({
      folder,
      target: target(),
      sql: 'SELECT * FROM generate_series(1, 10000000) AS n',
      limit: null,
      env: { DWH: url },
    });
    for await (const batch of batches) {
      expect(batch.length).toBeLessThan(10_000);
      break;
    }
    await until(() => server.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = 'd${database}'`) === '0');
  });
});

/** Waits for what another process does. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (holds()) return;
    await sleep(25);
  }
  throw new Error('it does not happen');
}
