/** A run through the real client of ClickHouse over HTTP, to ClickHouse's engine (see test/support/clickhouse-front.ts). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openServer } from '../../runtime/engines/clickhouse/server.ts';
import { toRunError } from '../../runtime/errors.ts';
import type { TargetPlan, TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { type ApartClickhouse, startClickhouseApart } from '../support/clickhouse-apart.ts';
import { type ClickhouseFront, startClickhouse } from '../support/clickhouse-front.ts';
import { pipec, write } from '../support/command.ts';
import { clickhouseDisturbances, clickhouseTarget } from '../support/disturbances.ts';
import { lifeOfEnvironment } from '../support/environment-of.ts';
import { escapesProgram, installedProgram, stepFunctions, unlike } from '../support/escapes.ts';
import { flightsProgram, runFlights, writeFlights } from '../support/flights.ts';
import { disturbed } from '../support/killed.ts';
import { disturbedReplays } from '../support/killed-replay.ts';
import { leftBehind } from '../support/left-behind.ts';
import { audit, build, check, projectFolder, runTasks } from '../support/plans.ts';
import { sequence } from '../support/sequences.ts';
import { missing } from '../support/server-needed.ts';
import { GAPS, statusOfGaps } from '../support/status-of-gaps.ts';

const there = existsSync(join(import.meta.dirname, '../engines/node_modules/chdb'));

describe.skipIf(!there && missing('chDB'))('ClickHouse over HTTP', () => {
  let server: ClickhouseFront;
  let folder = '';
  beforeAll(async () => {
    server = await startClickhouse();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = projectFolder();
  });
  const target = (more: { readonly url?: string; readonly database?: string } = {}): TargetPlan => ({
    name: 'olap',
    engine: {
      kind: 'clickhouse',
      place: { kind: 'server', url: more.url ?? { secret: 'CH' } },
      database: more.database ?? null,
    },
    state: { kind: 'sqlite', path: '.pipec/state.db' },
    secrets: { kind: 'env' },
  });
  const env = () => ({ CH: server.url });
  const run = (tasks: readonly TaskPlan[], more: Parameters<typeof runTasks>[2] = {}) =>
    runTasks(folder, tasks, { target: target(), env: env(), ...more });
  const ask = (sql: string, limit: number | null = null) =>
    queryAll({ folder, target: target(), sql, limit, env: env() });
  const one = (expression: string, more: Parameters<typeof build>[3] = {}) =>
    build('core.one', `SELECT ${expression} AS "x"`, { x: 'Int64' }, more);

  test('the flights give the rows that DuckDB gives', async () => {
    await writeFlights(folder);
    const expected = await runFlights(folder, flightsProgram("duckdb(path: '.pipec/flights.duckdb')"));
    const program = flightsProgram("clickhouse(url: secret('CH'))", (text) =>
      text.replace("path:      '.pipec/raw'", "path:      '.pipec/raw_ch'"),
    );
    expect(await runFlights(folder, program, { env: env() })).toEqual(expected);
  });

  test.each(Object.entries(clickhouseDisturbances(() => server)))(
    'tables grow exactly, though of a run %s at any moment',
    async (_, disturbance) => {
      expect(await disturbed(await disturbance(), 6)).toEqual([]);
    },
    240_000,
  );

  test.each(Object.entries(clickhouseDisturbances(() => server)))(
    'a quarantine is replayed exactly, though %s at any moment',
    async (_, disturbance) => {
      expect(await disturbedReplays(await disturbance(), 4)).toEqual([]);
    },
  );

  test('what people do one after the other, each command killed and given again', async () => {
    const servers: ApartClickhouse[] = [];
    const made = async () => {
      const apart = await startClickhouseApart();
      servers.push(apart);
      return clickhouseTarget(apart.url);
    };
    try {
      expect(await sequence(made, 'clickhouse', 402, 5)).toEqual([]);
    } finally {
      await Promise.all(servers.map((apart) => apart.close()));
    }
  }, 600_000);

  test('an environment is applied, compared, promoted, rolled back and dropped', async () => {
    await server.sql(...['raw', 'core', 'marts', '_pipec'].map((name) => `DROP DATABASE IF EXISTS ${name}`));
    expect(await lifeOfEnvironment(folder, "clickhouse(url: secret('CH'))", env())).toEqual([]);
  });

  test('a bad day is missing, told by status and filled by the next run', async () => {
    await server.sql(...['core', 'marts', '_pipec'].map((name) => `DROP DATABASE IF EXISTS ${name}`));
    expect(await statusOfGaps(folder, "clickhouse(url: secret('CH'))", env())).toEqual(GAPS);
  });

  test('raw SQL and steps give the rows that DuckDB gives', async () => {
    const functions = stepFunctions();
    const duckdb = escapesProgram("duckdb(path: '.pipec/shop.duckdb')");
    const { rows: wanted, ...expected } = await runFlights(folder, duckdb, { functions });
    expect(expected.status).toBe('succeeded');
    const program = escapesProgram("clickhouse(url: secret('CH'))", 'lake_ch');
    const { rows, ...found } = await runFlights(folder, program, { functions, env: env() });
    expect(found).toEqual(expected);
    for (const name of Object.keys(wanted))
      expect([name, unlike(rows[name], wanted[name], 'clickhouse')]).toEqual([name, []]);
  });

  test('the command as it is installed loads a source there, and runs a step and raw SQL', async () => {
    write(folder, installedProgram("clickhouse(url: secret('CH'))"));
    const given = { XDG_CACHE_HOME: join(folder, 'cache'), ...env() };
    expect(await pipec(['run'], { folder, env: given })).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 done'),
    });
    expect(await pipec(['show', 'counted', '--json'], { folder, env: given })).toMatchObject({
      out: '{"id":"1","letters":"3"}\n',
    });
  });

  test('a check that fails and a statement that fails leave the version before', async () => {
    await run([one('toInt64(1)')]);
    const failing = audit(
      'SELECT count(*) AS "rows", count(*) FILTER (WHERE NOT "x" < 2) AS c0 FROM this',
      check('expect x < 2', { measure: 'c0', sample: 'SELECT * FROM this' }),
    );
    expect((await run([one('toInt64(2)', { audit: failing })])).errors).toMatchObject([
      { error: { code: 'checks-failed' } },
    ]);
    expect((await run([one("toInt64(throwIf(1, 'half way'))")])).errors).toMatchObject([
      { error: { code: 'statement-failed', message: expect.stringContaining('half way') } },
    ]);
    expect((await run([one('CAST(NULL AS Nullable(Int64))')])).errors).toMatchObject([
      { error: { code: 'null-in-column' } },
    ]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '1' }]);
  });

  test('a publication whose answer is lost is there, with its rows, and the next run goes on from it', async () => {
    await server.sql(...['core', '_pipec'].map((name) => `DROP DATABASE IF EXISTS ${name}`));
    await run([one('toInt64(1)')]);
    server.loseAnswer(/^CREATE OR REPLACE VIEW/);
    expect((await run([one('toInt64(2)')])).errors).toMatchObject([{ error: { retryable: true } }]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '2' }]);
    expect((await run([one('toInt64(3)')])).errors).toEqual([]);
    expect(await ask('SELECT x FROM core.one')).toEqual([{ x: '3' }]);
    const left = leftBehind('clickhouse', async (sql) => (await ask(sql)).map((row) => Object.values(row)));
    expect(await left).toEqual([]);
  });

  test('a wrong password, an unknown database and an address where nobody is are told without the password', async () => {
    const cases = [
      [server.url.replace(server.password, 'wrong-horse'), undefined, 'login-refused'],
      [server.url, 'nowhere', 'database-unknown'],
      ['http://owner:wrong-horse@127.0.0.1:9', undefined, 'server-unreachable'],
      ['postgres://owner:wrong-horse@127.0.0.1', undefined, 'wrong-url'],
    ] as const;
    for (const [url, database, code] of cases) {
      const given = { target: target({ url, ...(database === undefined ? {} : { database }) }) };
      const failure = await run([one('toInt64(1)')], given).then(() => null, toRunError);
      expect(failure?.code).toBe(code);
      expect(JSON.stringify(failure)).not.toMatch(/horse/);
    }
  });

  test('one run at a time writes: the second waits for the first, by its name', async () => {
    const slow = build('core.slow', 'SELECT toInt64(sleepEachRow(0.5)) AS "x" FROM numbers(4)', { x: 'Int64' });
    const first = run([slow]);
    await until(() => server.asked.some((sql) => sql.includes('INSERT') && sql.includes('sleepEachRow')));
    const second = await run([one('toInt64(2)')]);
    const done = await first;
    expect([done.status, second.status]).toEqual(['succeeded', 'succeeded']);
    const waiting = second.events.flatMap((event) => (event.event === 'run.waiting' ? [event.reason] : []));
    expect(waiting).toEqual([expect.stringContaining(`waits for`)]);
    expect(waiting[0]).toContain(`run ${done.run} (process ${process.pid} on `);
  });

  test('a cancel ends the attempt, and tells the server to kill the statement', async () => {
    const cancel = new AbortController();
    const slow = build('core.slow', 'SELECT toInt64(sleepEachRow(0.7)) AS "x" FROM numbers(4)', { x: 'Int64' });
    const before = server.asked.length;
    const running = run([slow], { signal: cancel.signal });
    await until(() => server.asked.slice(before).some((sql) => sql.includes('INSERT') && sql.includes('sleepEachRow')));
    cancel.abort();
    expect(await running).toMatchObject({ status: 'cancelled', errors: [{ error: { code: 'cancelled' } }] });
    expect(server.asked.slice(before)).toContainEqual(
      expect.stringMatching(/^KILL QUERY WHERE query_id IN \('[-0-9a-f]{36}'\) ASYNC$/),
    );
  });

  test('rows come in several requests, each once; what fails in one of them is told, and nothing more is sent', async () => {
    const database = await openServer(server.url, null, 'test');
    try {
      const connection = await database.connect();
      await connection.run('CREATE OR REPLACE TABLE default.taken ("id" Int64, "text" String) ENGINE = Memory');
      const sent = (): number =>
        server.asked.filter((sql) => /^INSERT INTO default\.\w+ .* FORMAT Native$/.test(sql)).length;
      const before = sent();
      await connection.take('default.taken', ['id', 'text'], blocks(11));
      expect(sent() - before).toBeGreaterThan(2);
      const { rows } = await connection.query('SELECT count(), uniq("id"), sum("id"), max("id") FROM default.taken');
      expect(rows).toEqual([['11', '11', '55', '10']]);
      await connection.take('default.taken', ['id', 'text'], blocks(0));
      await expect(connection.take('default.taken', ['id', 'text'], blocks(11, 7))).rejects.toThrow('no more');
      await expect(connection.take('default.nothing', ['id', 'text'], blocks(1_000_000))).rejects.toMatchObject({
        engine: expect.stringContaining('(UNKNOWN_TABLE)'),
      });
      await connection.run('DROP TABLE default.taken');
    } finally {
      await database.close();
    }
  });

  test('questions are limited, and read in batches', async () => {
    expect(await ask('SELECT number FROM numbers(1000000) ORDER BY number DESC', 2)).toEqual([
      { number: '999999' },
      { number: '999998' },
    ]);
    expect(await ask('SELECT number FROM numbers(100000)')).toHaveLength(100_000);
    await expect(ask('DROP TABLE core.one')).rejects.toMatchObject({ code: 'query-refused' });
    await expect(ask('SELECT * FROM core.nothing')).rejects.toMatchObject({
      code: 'statement-failed',
      engine: expect.stringContaining('(UNKNOWN_TABLE)'),
    });
  });
});

/** So many blocks of one row and 16 MB, numbered; at one of them making them fails. */
async function* blocks(count: number, failing?: number): AsyncGenerator<Uint8Array, void, void> {
  const text = Buffer.alloc(1 << 24, 'x');
  const named = (word: string): Buffer => Buffer.concat([Buffer.from([word.length]), Buffer.from(word)]);
  for (let id = 0; id < count; id += 1) {
    if (id === failing) throw new Error('no more');
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(BigInt(id));
    const length = Buffer.from([0x80, 0x80, 0x80, 0x08]);
    yield Buffer.concat([
      ...[Buffer.from([2, 1]), named('id'), named('Int64'), number],
      ...[named('text'), named('String'), length, text],
    ]);
    await Promise.resolve();
  }
}

/** Waits for what another one does. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (holds()) return;
    await sleep(25);
  }
  throw new Error('it does not happen');
}
