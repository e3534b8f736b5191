import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { toRunError } from '../../runtime/errors.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { selectTasks } from '../../runtime/run.ts';
import {
  audit,
  build,
  check,
  columns,
  file,
  into,
  job,
  lake,
  load,
  local,
  projectFolder,
  runTasks,
  view,
} from '../support/plans.ts';
import { stateFile, stateIn } from '../support/state.ts';

const ask = (folder: string, sql: string) => queryAll({ folder, target: local, sql, limit: null });
const one = (value: number, more: Parameters<typeof build>[3] = {}): TaskPlan =>
  build('core.t', `SELECT ${value}::BIGINT AS x`, { x: 'BIGINT' }, more);
const positive = audit(
  'SELECT count(*) AS "rows", count(*) FILTER (WHERE x < 0) AS c0 FROM this',
  check('expect x >= 0', { measure: 'c0', sample: 'SELECT * FROM this WHERE x < 0' }),
);
const slow = (dataset: string) =>
  build(dataset, 'SELECT count(*)::BIGINT AS x FROM range(1000000000000) AS t(a) WHERE a % 7 = 3 AND a * a % 11 = 5', {
    x: 'BIGINT',
  });

describe('order', () => {
  test('each task after its upstreams, others side by side', async () => {
    const tasks = [
      build('core.a', 'SELECT 1::BIGINT AS x', { x: 'BIGINT' }),
      build('core.b', 'SELECT x + 1 AS x FROM core.a', { x: 'BIGINT' }, { after: ['core.a'] }),
      build('core.c', 'SELECT x + 10 AS x FROM core.a', { x: 'BIGINT' }, { after: ['core.a'] }),
      build(
        'core.d',
        'SELECT b.x + c.x AS x FROM core.b AS b, core.c AS c',
        { x: 'BIGINT' },
        { after: ['core.b', 'core.c'] },
      ),
    ];
    const folder = projectFolder();
    expect(await runTasks(folder, tasks)).toMatchObject({ status: 'succeeded', done: 4 });
    expect(await ask(folder, 'SELECT x FROM core.d')).toEqual([{ x: '13' }]);
  });

  test('a failure skips what is downstream and nothing else', async () => {
    const tasks = [
      build('core.bad', "SELECT error('no')::BIGINT AS x", { x: 'BIGINT' }),
      build('core.below', 'SELECT x FROM core.bad', { x: 'BIGINT' }, { after: ['core.bad'] }),
      build('core.last', 'SELECT x FROM core.below', { x: 'BIGINT' }, { after: ['core.below'] }),
      build('core.good', 'SELECT 1::BIGINT AS x', { x: 'BIGINT' }),
    ];
    const { events, ...summary } = await runTasks(projectFolder(), tasks);
    expect(summary).toMatchObject({ status: 'failed', done: 1, failed: 1, skipped: 2 });
    expect(events.filter((event) => event.event === 'task.skipped')).toMatchObject([
      { task: 'core.below', because: '`core.bad` failed' },
      { task: 'core.last', because: '`core.bad` failed' },
    ]);
  });

  test('a selection takes what it does not build as it is', () => {
    const all = job([one(1), build('core.u', '', {}, { after: ['core.t'] })]);
    expect(selectTasks(all, new Set(['core.u'])).tasks).toMatchObject([{ id: 'core.u', after: [] }]);
  });
});

describe('publication', () => {
  test('a failed check publishes nothing and shows rows; a warning publishes', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1, { audit: positive })]);
    const { errors, events } = await runTasks(folder, [one(-1, { audit: positive })]);
    expect(errors[0]?.error).toMatchObject({
      code: 'checks-failed',
      message: 'a check of `core.t` failed: expect x >= 0',
      sample: [{ x: '-1' }],
    });
    expect(events.find((event) => event.event === 'check.failed')).toMatchObject({
      failing: 1,
      rows: 1,
      sample: [{ x: '-1' }],
      file: 'marts.pipe',
      line: 1,
    });
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '1' }]);
    expect(
      await ask(folder, "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name LIKE 't\\_\\_%' ESCAPE '\\'"),
    ).toEqual([{ n: '1' }]);
    const warned = audit(positive.sql, ...positive.checks.map((each) => ({ ...each, severity: 'warn' as const })));
    expect(await runTasks(folder, [one(-2, { audit: warned })])).toMatchObject({
      status: 'succeeded',
      checksWarned: 1,
    });
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '-2' }]);
  });

  test('a share of rows may break a relative check', async () => {
    const mostly = check('mostly 50 %', { measure: 'c0', relative: true, low: null, high: 0.5 });
    const two = (sql: string) => build('core.t', sql, { x: 'BIGINT' }, { audit: audit(positive.sql, mostly) });
    expect((await runTasks(projectFolder(), [two('SELECT unnest([1, -1])::BIGINT AS x')])).status).toBe('succeeded');
    expect((await runTasks(projectFolder(), [two('SELECT unnest([1, -1, -1])::BIGINT AS x')])).status).toBe('failed');
    expect((await runTasks(projectFolder(), [two('SELECT 1::BIGINT AS x WHERE false')])).status).toBe('succeeded');
  });

  test('a check with a query of its own', async () => {
    const unique = check('unique x', { sql: 'SELECT count(*) - count(DISTINCT x) FROM this -- rows too many' });
    const tasks = [
      build('core.t', 'SELECT unnest([1, 1])::BIGINT AS x', { x: 'BIGINT' }, { audit: audit(null, unique) }),
    ];
    expect((await runTasks(projectFolder(), tasks)).errors[0]?.error.code).toBe('checks-failed');
  });

  test('an assertion fails before the build', async () => {
    const assertions = [{ message: 'no rate', sql: 'SELECT 1 AS x, NULL AS rate', at: { file: 'core.pipe', line: 7 } }];
    const { errors } = await runTasks(projectFolder(), [one(1, { assertions })]);
    expect(errors[0]?.error).toMatchObject({
      code: 'assertion-failed',
      message: 'no rate (core.pipe:7)',
      sample: [{ x: 1, rate: null }],
    });
  });

  test('nulls and types are those of the plan', async () => {
    const nulls = await runTasks(projectFolder(), [
      build('core.t', 'SELECT unnest([1, NULL])::BIGINT AS x', { x: 'BIGINT' }),
    ]);
    expect(nulls.errors[0]?.error).toMatchObject({
      code: 'null-in-column',
      message: 'column `x` of `core.t` is null in 1 row and may not be',
    });
    const type = await runTasks(projectFolder(), [build('core.t', 'SELECT 1 AS x', { x: 'BIGINT' })]);
    expect(type.errors[0]?.error).toMatchObject({
      code: 'column-type',
      message: 'column `x` of `core.t` came out as INTEGER, the plan says BIGINT',
    });
    const types = {
      b: 'BOOLEAN',
      d: 'DECIMAL(12, 2)',
      s: 'VARCHAR',
      t: 'TIMESTAMPTZ',
      f: 'DOUBLE',
      u: 'UUID',
      y: 'DATE',
      l: 'BIGINT[]',
      j: 'JSON',
    };
    const sql =
      "SELECT true AS b, 1.5::DECIMAL(12,2) AS d, 'a' AS s, TIMESTAMPTZ '2024-01-01 00:00:00Z' AS t, 1e0 AS f, uuid() AS u, DATE '2024-01-01' AS y, [1::BIGINT] AS l, '1'::JSON AS j";
    expect((await runTasks(projectFolder(), [build('core.t', sql, types)])).errors).toEqual([]);
  });

  test('a type may change under a view', async () => {
    const folder = projectFolder();
    const below = view('marts.v', 'SELECT * FROM core.t', { after: ['core.t'] });
    await runTasks(folder, [one(1), below]);
    await runTasks(folder, [build('core.t', "SELECT 'a' AS y", { y: 'VARCHAR' }), below]);
    expect(await ask(folder, 'SELECT * FROM marts.v')).toEqual([{ y: 'a' }]);
  });

  test('the build before is kept, older ones go', async () => {
    const folder = projectFolder();
    for (const value of [1, 2, 3, 4]) await runTasks(folder, [one(value)]);
    expect(await ask(folder, "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name = '_pipec'")).toEqual([
      { n: '2' },
    ]);
  });

  test('a table under the public name stays an error', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    const { errors } = await runTasks(folder, [
      {
        ...one(1),
        step: {
          ...one(1).step,
          into: { ...into('core.t'), schema: '_pipec', name: 'quarantine__raw__t' },
        } as TaskPlan['step'],
      },
    ]);
    expect(errors).toEqual([]);
  });
});

describe('lake', () => {
  const lakeTask = (value: number) => one(value, { into: into('core.t', lake('lake/t')), audit: positive });

  test('versions, a manifest, and the old version for readers of before', async () => {
    const folder = projectFolder();
    await runTasks(folder, [lakeTask(1)]);
    await runTasks(folder, [lakeTask(2)]);
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '2' }]);
    const manifest = JSON.parse(readFileSync(join(folder, 'lake/t/_manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ version: 1, rows: 1, columns: ['x'], superseded: [{}] });
    expect(readdirSync(join(folder, 'lake/t'))).toHaveLength(3);
    const { status } = await runTasks(folder, [lakeTask(-1)]);
    expect(status).toBe('failed');
    expect(readdirSync(join(folder, 'lake/t'))).toHaveLength(3);
    expect(JSON.parse(readFileSync(join(folder, 'lake/t/_manifest.json'), 'utf8'))).toEqual(manifest);
  });

  test('a manifest left behind follows, folders of killed runs go, a new database follows the manifest', async () => {
    const folder = projectFolder();
    const root = join(folder, 'lake/t');
    await runTasks(folder, [lakeTask(1)]);
    const before = readFileSync(join(root, '_manifest.json'));
    await runTasks(folder, [lakeTask(2)]);
    const after = JSON.parse(readFileSync(join(root, '_manifest.json'), 'utf8'));
    writeFileSync(join(root, '_manifest.json'), before);
    mkdirSync(join(root, 'v=aaaaaaaa'));
    const failing = { ...lakeTask(-1) };
    await runTasks(folder, [failing]);
    expect(JSON.parse(readFileSync(join(root, '_manifest.json'), 'utf8'))).toMatchObject({ build: after.build });
    expect(existsSync(join(root, 'v=aaaaaaaa'))).toBe(false);
    rmSync(join(folder, '.pipec'), { recursive: true });
    await runTasks(folder, [failing]);
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '2' }]);
  });

  test('a manifest that cannot be read costs no version, and is mended from the database', async () => {
    const folder = projectFolder();
    const root = join(folder, 'lake/t');
    await runTasks(folder, [lakeTask(1)]);
    const [version = ''] = readdirSync(root).filter((name) => name.startsWith('v='));
    writeFileSync(join(root, '_manifest.json'), '{"version":1,');
    rmSync(join(folder, '.pipec'), { recursive: true });
    await runTasks(folder, [lakeTask(-1)]);
    expect(readdirSync(root)).toContain(version);
    await runTasks(folder, [lakeTask(2)]);
    writeFileSync(join(root, '_manifest.json'), '');
    await runTasks(folder, [lakeTask(-1)]);
    expect(JSON.parse(readFileSync(join(root, '_manifest.json'), 'utf8'))).toMatchObject({ version: 1, rows: 1 });
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '2' }]);
  });

  test('superseded versions go after a day, not before', async () => {
    const folder = projectFolder();
    const kept = () => readdirSync(join(folder, 'lake/t')).filter((name) => name.startsWith('v=')).length;
    const start = Date.now();
    try {
      for (const [hours, versions] of [
        [0, 1],
        [1, 2],
        [2, 3],
        [24.5, 4],
        [25.5, 4],
        [80, 2],
      ] as const) {
        vi.useFakeTimers({ toFake: ['Date'], now: start + hours * 3_600_000 });
        await runTasks(folder, [lakeTask(hours)]);
        expect([hours, kept()]).toEqual([hours, versions]);
      }
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('attempts', () => {
  test('a timeout interrupts, is retried with back-off, and leaves nothing', async () => {
    const folder = projectFolder();
    const start = performance.now();
    // Half of the share that is left to chance: a tenth.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { errors, events } = await runTasks(
      folder,
      job([slow('core.s')], { timeoutMs: 150, retries: 2, backoff: { kind: 'exponential', initialMs: 20, maxMs: 30 } }),
    );
    expect(performance.now() - start).toBeLessThan(5000);
    expect(errors[0]?.error).toMatchObject({ code: 'timed-out', message: 'took longer than its timeout of 0.15 s' });
    expect(events.flatMap((event) => (event.event === 'task.retrying' ? [event.inMs] : []))).toEqual([18, 27]);
    expect(await ask(folder, "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name = '_pipec'")).toEqual([
      { n: '0' },
    ]);
    const state = await stateIn(folder);
    expect(await state.tasks((await state.runs())[0]?.run ?? '')).toMatchObject([
      { status: 'failed', attempt: 3, error: { code: 'timed-out' } },
    ]);
    await state.close();
  });

  test('what pauses between two attempts lets others go on', async () => {
    const missing = build('core.s', 'SELECT 1::BIGINT AS x', { x: 'BIGINT' });
    const folder = projectFolder();
    const plan = job([slow('core.slow'), missing, one(1)], {
      concurrency: 1,
      timeoutMs: 1000,
      retries: 1,
      backoff: { kind: 'fixed', initialMs: 100, maxMs: 100 },
    });
    const { events } = await runTasks(folder, plan);
    const order = events.flatMap((event) =>
      event.event === 'task.finished' || event.event === 'task.retrying' || event.event === 'task.failed'
        ? [`${event.event} ${event.task}`]
        : [],
    );
    expect(order).toEqual([
      'task.retrying core.slow',
      'task.finished core.s',
      'task.finished core.t',
      'task.failed core.slow',
    ]);
  });

  test('a cancel ends a pause between two attempts', async () => {
    const cancel = new AbortController();
    const plan = job([slow('core.s')], {
      timeoutMs: 100,
      retries: 1,
      backoff: { kind: 'fixed', initialMs: 60_000, maxMs: 60_000 },
    });
    const below = build('core.below', 'SELECT x FROM core.s', { x: 'BIGINT' }, { after: ['core.s'] });
    const listeners = [
      (event: RunEvent) => void (event.event === 'task.retrying' && setTimeout(() => cancel.abort(), 5)),
    ];
    const summary = await runTasks(
      projectFolder(),
      { ...plan, tasks: [...plan.tasks, below] },
      { signal: cancel.signal, listeners },
    );
    expect(summary).toMatchObject({ status: 'cancelled', failed: 1, skipped: 1 });
    expect(summary.errors[0]?.error.code).toBe('cancelled');
  });

  test('what cannot succeed the second time is not tried again', async () => {
    const tasks = [load('raw.t', file('nowhere.csv', 'csv'), { x: 'int64' })];
    const { events } = await runTasks(projectFolder(), job(tasks, { retries: 3 }));
    expect(events.filter((event) => event.event === 'task.started')).toHaveLength(1);
  });

  test('a cancel interrupts what runs and skips what waits', async () => {
    const cancel = new AbortController();
    const tasks = [
      slow('core.s'),
      build('core.after', 'SELECT x FROM core.s', { x: 'BIGINT' }, { after: ['core.s'] }),
      slow('core.second'),
    ];
    const { events, ...summary } = await runTasks(projectFolder(), job(tasks, { concurrency: 1, retries: 2 }), {
      signal: cancel.signal,
      listeners: [({ event }) => void (event === 'task.started' && setTimeout(() => cancel.abort(), 200))],
    });
    expect(summary).toMatchObject({
      status: 'cancelled',
      done: 0,
      failed: 1,
      skipped: 2,
      errors: [{ task: 'core.s', error: { code: 'cancelled' } }],
    });
    expect(events.filter((event) => event.event === 'task.skipped')).toMatchObject([
      { because: 'the run was cancelled' },
      { because: 'the run was cancelled' },
    ]);
  });

  test('a cancelled load leaves no temporary tables and the next run works', async () => {
    const folder = projectFolder();
    writeFileSync(join(folder, 't.csv'), `x\n${'1\n'.repeat(2_000_000)}`);
    for (const ms of [5, 30, 60, 120, 250]) {
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), ms);
      await runTasks(folder, [load('raw.t', file('t.csv', 'csv'), { x: 'int64' }, { key: ['x'] })], {
        signal: cancel.signal,
      });
    }
    expect(await runTasks(folder, [load('raw.t', file('t.csv', 'csv'), { x: 'int64' })])).toMatchObject({
      status: 'succeeded',
    });
    expect(await ask(folder, "SELECT count(*) AS n FROM duckdb_tables() WHERE schema_name = '_pipec'")).toEqual([
      { n: '2' },
    ]);
  });
});

describe('around a run', () => {
  test('a missing secret fails before the first task; a present one is never told', async () => {
    const target = { ...local, engine: { kind: 'duckdb' as const, path: { secret: 'DB_PATH' } } };
    await expect(runTasks(projectFolder(), [one(1)], { target, env: {} })).rejects.toMatchObject({
      code: 'secret-missing',
    });
    const folder = projectFolder();
    const secret = 'hunter2-very-secret';
    const failing = build('core.t', `SELECT error('${secret}')::BIGINT AS x`, { x: 'BIGINT' });
    const { events, errors } = await runTasks(folder, [failing], { target, env: { DB_PATH: `${secret}.duckdb` } });
    expect(errors).toHaveLength(1);
    const bare = await runTasks(
      folder,
      [build('core.t', `SELECT error('${secret}.duckdb')::BIGINT AS x`, { x: 'BIGINT' })],
      { target, env: { DB_PATH: `${secret}.duckdb` } },
    );
    expect(JSON.stringify([bare.events, bare.errors])).not.toContain(`${secret}.duckdb`);
    expect(JSON.stringify(bare.errors)).toContain('***');
    expect(events.length).toBeGreaterThan(0);
    const state = await stateIn(folder);
    expect(JSON.stringify(await state.events(bare.run))).not.toContain(`${secret}.duckdb`);
    await state.close();
  });

  test('secrets from a folder and from a command', async () => {
    const folder = projectFolder();
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/DB'), 'from-file.duckdb\n');
    const engine = { kind: 'duckdb' as const, path: { secret: 'DB' } };
    await runTasks(folder, [one(1)], { target: { ...local, engine, secrets: { kind: 'file', directory: 'secrets' } } });
    expect(existsSync(join(folder, 'from-file.duckdb'))).toBe(true);
    await runTasks(folder, [one(1)], {
      target: { ...local, engine, secrets: { kind: 'command', command: ['echo', 'from; $(command)'] } },
    });
    expect(existsSync(join(folder, 'from; $(command) DB'))).toBe(true);
  });

  test('a listener that fails does not fail the run', async () => {
    const listeners = [
      () => {
        throw new Error('broken');
      },
      () => Promise.reject(new Error('broken later')),
    ];
    expect((await runTasks(projectFolder(), [one(1)], { listeners })).status).toBe('succeeded');
  });

  test('a read-only folder, a file that is no database', async () => {
    const folder = projectFolder();
    writeFileSync(join(folder, 'file'), '');
    const at = (path: string) => ({ ...local, engine: { kind: 'duckdb' as const, path } });
    writeFileSync(join(folder, 'text.duckdb'), 'this is no database, but a text of some length '.repeat(500));
    await expect(runTasks(folder, [one(1)], { target: at('text.duckdb') })).rejects.toMatchObject({
      code: 'database-unreadable',
    });
    await expect(runTasks(folder, [one(1)], { target: at('file/x.duckdb') })).rejects.toMatchObject({
      code: 'not-writable',
    });
    expect(await (await stateIn(folder)).runs()).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
  });

  test('two runs at once in one process: the second waits for the first', async () => {
    const folder = projectFolder();
    const first = runTasks(folder, [
      build('core.s', 'SELECT count(*)::BIGINT AS x FROM range(300000000) AS t(a) WHERE a % 7 = 3', { x: 'BIGINT' }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = await runTasks(folder, [one(2)]);
    expect(second.status).toBe('succeeded');
    expect(second.events.find((event) => event.event === 'run.waiting')).toMatchObject({
      reason: expect.stringMatching(/^waits for run .* \(process \d+\), which holds /),
    });
    expect((await first).status).toBe('succeeded');
  });

  test('waiting has an end', async () => {
    const folder = projectFolder();
    const cancel = new AbortController();
    const first = runTasks(folder, [slow('core.s')], { signal: cancel.signal });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const failure = await runTasks(folder, [one(2)], { waitMs: 100 }).catch(toRunError);
    expect(failure).toMatchObject({ code: 'database-busy' });
    cancel.abort();
    await first;
  });

  test('in memory', async () => {
    const target = {
      ...local,
      engine: { kind: 'duckdb' as const, path: ':memory:' },
      state: { kind: 'sqlite' as const, path: ':memory:' },
    };
    expect((await runTasks(projectFolder(), [one(1)], { target })).status).toBe('succeeded');
  });
});

describe('state', () => {
  test('a run whose process is gone has died', async () => {
    const folder = projectFolder();
    const state = await stateFile(join(folder, 'state.db'));
    const started = {
      event: 'run.started',
      at: '2026-01-01T00:00:00Z',
      project: 'p',
      target: 'local',
      engine: 'duckdb',
      job: null,
      tasks: 1,
      concurrency: 1,
    } as const;
    state.recorder.record({ ...started, run: 'a', pid: 2 ** 22 + 1 });
    state.recorder.expect('a', ['core.t']);
    state.recorder.record({ ...started, run: 'b', pid: process.pid });
    await state.recorder.flush();
    expect((await state.runs()).map(({ run, status }) => [run, status])).toEqual([
      ['b', 'running'],
      ['a', 'died'],
    ]);
    expect(await state.tasks('a')).toMatchObject([{ status: 'died' }]);
    await state.close();
  });

  test('of a newer version is refused and kept', async () => {
    const path = join(projectFolder(), 'state.db');
    await (await stateFile(path)).close();
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const raw = new DatabaseSync(path);
    raw.exec('PRAGMA user_version = 999');
    raw.close();
    await expect(stateFile(path)).rejects.toThrow('newer version');
  });
});

describe('questions', () => {
  test('forms of --json', async () => {
    const folder = projectFolder();
    const types = {
      i: 'BIGINT',
      d: 'DECIMAL(5,2)',
      b: 'BOOLEAN',
      t: 'TIMESTAMPTZ',
      y: 'DATE',
      f: 'DOUBLE',
      n: 'VARCHAR?',
      l: 'BIGINT[]',
      o: 'BLOB',
    };
    await runTasks(folder, [
      build(
        'core.t',
        "SELECT 9007199254740993::BIGINT AS i, 1.5::DECIMAL(5,2) AS d, true AS b, TIMESTAMPTZ '1969-12-31 23:59:59.5Z' AS t, DATE '2024-01-31' AS y, 0.1e0 AS f, NULL::VARCHAR AS n, [1::BIGINT, NULL] AS l, 'a'::BLOB AS o",
        types,
      ),
    ]);
    expect(columns(types)).toHaveLength(9);
    expect(await ask(folder, 'SELECT * FROM core.t')).toEqual([
      {
        i: '9007199254740993',
        d: '1.50',
        b: true,
        t: '1969-12-31T23:59:59.500000Z',
        y: '2024-01-31',
        f: 0.1,
        n: null,
        l: ['1', null],
        o: 'YQ==',
      },
    ]);
  });

  test('only one statement that reads', async () => {
    const folder = projectFolder();
    await expect(ask(folder, 'SELECT 1')).rejects.toMatchObject({ code: 'database-missing' });
    await runTasks(folder, [one(1)]);
    await expect(ask(folder, 'SELECT 1; SELECT 2')).rejects.toMatchObject({ code: 'query-refused' });
    await expect(ask(folder, 'DROP VIEW core.t')).rejects.toMatchObject({ code: 'query-refused' });
    await expect(ask(folder, "COPY core.t TO 'x.csv'")).rejects.toMatchObject({ code: 'query-refused' });
    await expect(ask(folder, 'SELECT nothing FROM core.t')).rejects.toMatchObject({ code: 'statement-failed' });
  });

  test('a limit, and a question that fails half-way', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    expect(await queryAll({ folder, target: local, sql: 'SELECT * FROM range(100000)', limit: 3 })).toHaveLength(3);
    await expect(
      ask(folder, 'SELECT CASE WHEN range > 2500000 THEN error(range::VARCHAR) END FROM range(3000000)'),
    ).rejects.toMatchObject({ code: 'statement-failed' });
  });

  test('during a run the holder answers, with published versions only', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    const cancel = new AbortController();
    let told = (): void => undefined;
    const published = new Promise<void>((resolve) => {
      told = resolve;
    });
    const running = runTasks(folder, [one(2, { into: into('core.t') }), slow('core.s')].reverse(), {
      signal: cancel.signal,
      listeners: [(event) => void (event.event === 'task.finished' && told())],
    });
    await published;
    expect(await ask(folder, 'SELECT x FROM core.t')).toEqual([{ x: '2' }]);
    await expect(ask(folder, 'SELECT x FROM core.s')).rejects.toMatchObject({ code: 'statement-failed' });
    await expect(ask(folder, 'DROP VIEW core.t')).rejects.toMatchObject({ code: 'query-refused' });
    expect(await ask(folder, 'SELECT * FROM range(100000)')).toHaveLength(100_000);
    cancel.abort();
    expect((await running).status).toBe('cancelled');
    expect(readdirSync(join(folder, '.pipec')).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });
});
