/** What happens to a run when the machine is not on its side. Before and after each: what was published is still there. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../runtime/events.ts';
import type { JobPlan, TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import { build, file, into, job, lake, load, local, projectFolder, runTasks, view } from '../support/plans.ts';
import { stateFile, stateIn } from '../support/state.ts';

const ask = (folder: string, sql: string) => queryAll({ folder, target: local, sql, limit: null });
const one = (value: number): TaskPlan => build('core.t', `SELECT ${value}::BIGINT AS x`, { x: 'BIGINT' });
const standing = async (folder: string) => (await ask(folder, 'SELECT x::INT AS x FROM core.t'))[0]?.['x'];
const forever = build(
  'core.t',
  'SELECT count(*)::BIGINT AS x FROM range(1000000000000) AS t(a) WHERE a % 7 = 3 AND a * a % 11 = 5',
  { x: 'BIGINT' },
);
const errorOf = async (run: Promise<unknown>): Promise<Record<string, unknown>> =>
  await run.then(
    (summary) => ({ ...(summary as { errors: { error: object }[] }).errors[0]?.error }),
    (thrown: Error) => ({ ...thrown, message: thrown.message }),
  );

interface Ended {
  readonly code: number | null;
  readonly events: readonly RunEvent[];
  readonly stderr: string;
}
/** A job as a process of its own, which tells its events as JSON. `limit` is in kilobytes a file. */
function process_(
  folder: string,
  plan: JobPlan,
  options: {
    readonly fileLimit?: number;
    readonly on?: (event: RunEvent, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Ended> {
  const path = join(folder, 'job.json');
  writeFileSync(path, JSON.stringify({ job: plan, target: { ...local, project: 'test', fingerprint: '' } }));
  const command = [
    process.execPath,
    join(import.meta.dirname, '../support/job-run.ts'),
    path,
    'run',
    '--json',
    '--project',
    folder,
  ];
  const [program = '', ...args] =
    options.fileLimit === undefined
      ? command
      : ['bash', '-c', `ulimit -f ${options.fileLimit}; exec "$@"`, 'bash', ...command];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: RunEvent[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as RunEvent;
    events.push(event);
    options.on?.(event, (signal) => child.kill(signal));
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, events, stderr })));
}
const failureIn = ({ events }: Ended) => events.find((event) => event.event === 'task.failed')?.error;

describe('a full disk', () => {
  const wide = 'SELECT range::BIGINT AS x, md5(range::VARCHAR) AS y FROM range(400000)';
  const types = { x: 'BIGINT', y: 'VARCHAR' };
  const rows = () =>
    Array.from({ length: 100_000 }, (_, index) => `${index},${(index * 2_654_435_761) % 4_294_967_296}`);
  test.each<[string, (folder: string) => TaskPlan]>([
    ['while a table commits', () => build('core.t', wide, types)],
    ['while Parquet is written', () => build('core.t', wide, types, { into: into('core.t', lake('lake')) })],
    [
      'while a file is loaded',
      (folder) => {
        writeFileSync(
          join(folder, 's.csv'),
          `x,y\n${Array.from({ length: 8 }, rows)
            .flat()
            .map((row, at) => `${at}${row}`)
            .join('\n')}\n`,
        );
        return load('core.t', file('s.csv', 'csv'), { x: 'int64', y: 'string' }, { key: ['x'] });
      },
    ],
  ])('%s', async (_, task) => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    const ended = await process_(folder, job([task(folder)]), { fileLimit: 3000 });
    expect([ended.code, failureIn(ended)]).toMatchObject([3, { code: 'disk-full', retryable: false }]);
    expect(await standing(folder)).toBe(1);
    expect(existsSync(join(folder, 'lake')) ? readdirSync(join(folder, 'lake')) : []).toEqual([]);
    expect(await runTasks(folder, [task(folder)])).toMatchObject({ status: 'succeeded' });
    expect(
      await ask(folder, "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE table_name LIKE 't!_!_%' ESCAPE '!'"),
    ).not.toEqual([{ n: 3 }]);
  });
});

describe('signals', () => {
  test('Ctrl-C ends the statement, tells so and leaves nothing', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    const below = view('core.v', 'SELECT x FROM core.t', { after: ['core.t'] });
    const ended = await process_(folder, job([forever, below]), {
      on: (event, kill) => event.event === 'task.started' && setTimeout(() => kill('SIGINT'), 300),
    });
    expect(ended.code).toBe(130);
    expect(ended.events.at(-1)).toMatchObject({ event: 'run.finished', status: 'cancelled', failed: 1, skipped: 1 });
    expect(ended.events.find((event) => event.event === 'task.skipped')).toMatchObject({ reason: 'cancelled' });
    expect(readdirSync(join(folder, '.pipec')).filter((name) => /sock|wal|tmp/.test(name))).toEqual([]);
    expect(await standing(folder)).toBe(1);
    expect((await (await stateIn(folder)).runs())[0]).toMatchObject({ status: 'cancelled' });
  });
});

describe('two processes', () => {
  test('two runs at once: one waits for the other, both succeed', async () => {
    const folder = projectFolder();
    const slow = build('core.t', 'SELECT count(*)::BIGINT AS x FROM range(300000000) AS t(a) WHERE a % 7 = 3', {
      x: 'BIGINT',
    });
    const first = process_(folder, job([slow]));
    await vi.waitUntil(
      () =>
        existsSync(join(folder, '.pipec')) &&
        readdirSync(join(folder, '.pipec')).some((name) => name.endsWith('.sock')),
      20_000,
    );
    const second = await runTasks(folder, [one(2)]);
    expect(second).toMatchObject({ status: 'succeeded' });
    expect(second.events.find((event) => event.event === 'run.waiting')).toMatchObject({
      reason: expect.stringMatching(/^waits for run \S+ \(process \d+\), which holds /),
    });
    expect((await first).code).toBe(0);
    expect(await standing(folder)).toBe(2);
  });

  test('a database that another program holds: it is named', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    const hold = `const { DuckDBInstance } = require('@duckdb/node-api'); DuckDBInstance.create(process.argv[1]).then(() => { console.log('held'); setInterval(() => {}, 1000); });`;
    const child = spawn(process.execPath, ['-e', hold, join(folder, '.pipec/test.duckdb')], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const error = await errorOf(runTasks(folder, [one(2)], { waitMs: 100 }));
    child.kill();
    expect(error).toMatchObject({ code: 'database-busy', retryable: true });
    expect(error['message']).toContain(`is still held by process ${child.pid} (node)`);
    await new Promise((resolve) => child.once('close', resolve));
    expect(await runTasks(folder, [one(2)])).toMatchObject({ status: 'succeeded' });
  });
});

describe('files that are not what they were', () => {
  test('a database that is none, is cut off or has a broken block', async () => {
    const folder = projectFolder();
    const stored = build('core.t', 'SELECT range::BIGINT AS x FROM range(500000) ORDER BY hash(range)', {
      x: 'BIGINT',
    });
    await runTasks(folder, [stored]);
    const path = join(folder, '.pipec/test.duckdb');
    const good = readFileSync(path);
    const reads = build('core.u', 'SELECT sum(x)::BIGINT AS x FROM core.t', { x: 'BIGINT' });
    const changedBy = async (change: (bytes: Buffer) => Buffer) => {
      writeFileSync(path, change(Buffer.from(good)));
      return await errorOf(runTasks(folder, [reads]));
    };
    expect(await changedBy((bytes) => bytes.fill(7, 0, 4096))).toMatchObject({ code: 'database-unreadable' });
    expect(await changedBy((bytes) => bytes.subarray(0, 0))).toMatchObject({ code: 'database-unreadable' });
    expect(await changedBy((bytes) => bytes.fill(7, 8200, 8300))).toMatchObject({ code: 'database-damaged' });
    expect(await changedBy((bytes) => bytes.fill(7, 12_288 + 262_144 + 50, 12_288 + 262_144 + 90))).toMatchObject({
      code: 'database-damaged',
      retryable: false,
    });
    expect(await changedBy((bytes) => bytes)).toEqual({});
  });

  test('a damaged record of runs is set aside, and no row depends on it', async () => {
    const folder = projectFolder();
    const path = join(folder, '.pipec/state.db');
    await runTasks(folder, [one(1)]);
    writeFileSync(path, Buffer.alloc(8192, 5));
    await expect(stateFile(path)).rejects.toThrow(expect.objectContaining({ code: 'state-damaged' }));
    const { events, ...summary } = await runTasks(folder, [one(2)]);
    expect(summary.status).toBe('succeeded');
    expect(events.find((event) => event.event === 'run.warned')).toMatchObject({
      message: `the record of earlier runs was damaged and is now ${path}.damaged`,
    });
    expect(await standing(folder)).toBe(2);
    const state = await stateFile(path);
    expect((await state.runs()).map(({ run }) => run)).toEqual([summary.run]);
    await state.close();
    rmSync(path);
    expect((await runTasks(folder, [one(3)])).status).toBe('succeeded');
  });

  test('what a killed run had put aside on disk goes', async () => {
    const folder = projectFolder();
    const aside = join(folder, '.pipec/test.duckdb.tmp');
    mkdirSync(aside, { recursive: true });
    writeFileSync(join(aside, 'duckdb_temp_storage_DEFAULT-0.tmp'), 'rows');
    await runTasks(folder, [one(1)]);
    expect(existsSync(aside)).toBe(false);
  });

  test('one database under two names is one', async () => {
    const folder = projectFolder();
    await runTasks(folder, [one(1)]);
    symlinkSync(join(folder, '.pipec'), join(folder, 'other'));
    const cancel = new AbortController();
    const first = runTasks(folder, [forever], { signal: cancel.signal });
    await vi.waitUntil(() => readdirSync(join(folder, '.pipec')).some((name) => name.endsWith('.sock')), 20_000);
    const target = { ...local, engine: { kind: 'duckdb' as const, path: 'other/test.duckdb' } };
    expect(await errorOf(runTasks(folder, [one(2)], { target, waitMs: 50 }))).toMatchObject({ code: 'database-busy' });
    cancel.abort();
    await first;
  });

  test('a socket that a dead run left, and one that is no socket', async () => {
    const folder = projectFolder();
    const seen: string[] = [];
    await runTasks(folder, [one(1)], {
      listeners: [
        () => void seen.push(...readdirSync(join(folder, '.pipec')).filter((name) => name.endsWith('.sock'))),
      ],
    });
    const path = join(folder, '.pipec', seen[0] ?? '');
    expect(seen).not.toEqual([]);
    writeFileSync(path, '');
    expect(await standing(folder)).toBe(1);
    expect((await runTasks(folder, [one(2)])).status).toBe('succeeded');
    mkdirSync(path);
    expect(await standing(folder)).toBe(2);
    expect((await runTasks(folder, [one(3)])).status).toBe('succeeded');
  });
});

describe('places', () => {
  test('a folder that may not be written to', async () => {
    const folder = projectFolder();
    mkdirSync(join(folder, '.pipec'));
    chmodSync(join(folder, '.pipec'), 0o555);
    const target = { ...local, state: { kind: 'sqlite' as const, path: ':memory:' } };
    // The administrator may write anywhere, so this looks at it as somebody else.
    const root = process.getuid?.() === 0;
    chmodSync(folder, 0o755);
    if (root) process.seteuid?.(65534);
    const error = await errorOf(runTasks(folder, [one(1)], { target })).finally(() => root && process.seteuid?.(0));
    expect(error).toMatchObject({ code: 'not-writable', retryable: false });
    expect(error['message']).toContain(folder);
  });

  test('names with spaces, quotes and letters of any kind', async () => {
    const folder = join(projectFolder(), `it's a "tést" — данные 数据`);
    mkdirSync(folder);
    const target = { ...local, engine: { kind: 'duckdb' as const, path: "my 'own' базы/数据 base.duckdb" } };
    writeFileSync(join(folder, "the 'source' ü.csv"), 'x\n1\nbad\n');
    const tasks = [
      load(
        'raw.s',
        file("the 'source' ü.csv", 'csv'),
        { x: 'int64' },
        { into: into('raw.s', lake("lake's ‘place’", ['x'])) },
      ),
      build('core.t', 'SELECT x FROM raw.s', { x: 'BIGINT' }, { after: ['raw.s'] }),
    ];
    expect((await runTasks(folder, tasks, { target })).errors).toEqual([]);
    expect(await queryAll({ folder, target, sql: 'SELECT x FROM core.t', limit: null })).toEqual([{ x: '1' }]);
  });

  test('a project that was moved finds its lake where it is now', async () => {
    const folder = projectFolder();
    const stored = { ...one(7), inputs: [] };
    const tasks = [{ ...stored, step: { ...stored.step, into: into('core.t', lake("a 'lake'")) } as TaskPlan['step'] }];
    await runTasks(folder, tasks);
    renameSync(folder, `${folder}-moved`);
    expect(await runTasks(`${folder}-moved`, tasks)).toMatchObject({ status: 'succeeded', unchanged: 1 });
    expect(await standing(`${folder}-moved`)).toBe(7);
  });
});

describe('a clock that goes backwards', () => {
  afterEach(() => void vi.useRealTimers());

  test('loses no version that is in use, and the newest run is the newest', async () => {
    const folder = projectFolder();
    const stored = (value: number) =>
      build('core.t', `SELECT ${value}::BIGINT AS x`, { x: 'BIGINT' }, { into: into('core.t', lake('lake')) });
    for (const [value, at] of [
      [1, '2030-01-01'],
      [2, '2020-01-01'],
      [3, '2029-12-31'],
      [4, '2010-01-01'],
    ] as const) {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${at}T00:00:00Z`) });
      expect((await runTasks(folder, [stored(value)])).status).toBe('succeeded');
      vi.useRealTimers();
      expect(await standing(folder)).toBe(value);
      const manifest = JSON.parse(readFileSync(join(folder, 'lake/_manifest.json'), 'utf8')) as { build: string };
      expect(readdirSync(join(folder, 'lake'))).toContain(`v=${manifest.build}`);
    }
  });
});

test('the record of a run is read by others while it goes on', async () => {
  const folder = projectFolder();
  const cancel = new AbortController();
  const running = runTasks(
    folder,
    job([
      one(1),
      {
        ...forever,
        id: 'core.s',
        step: { ...forever.step, into: into('core.s') } as TaskPlan['step'],
        after: ['core.t'],
      },
    ]),
    { signal: cancel.signal },
  );
  await vi.waitUntil(() => existsSync(join(folder, '.pipec/state.db')), 10_000);
  const state = await stateIn(folder);
  const tasks = await vi.waitUntil(
    async () => {
      const [run] = await state.runs();
      const now = run === undefined ? [] : await state.tasks(run.run);
      return now[1]?.status === 'running' ? now : undefined;
    },
    { timeout: 20_000 },
  );
  expect(tasks).toMatchObject([
    { task: 'core.t', status: 'succeeded', rows: 1, attempt: 1 },
    { task: 'core.s', status: 'running', attempt: 1 },
  ]);
  expect(await state.running()).toMatchObject([{ status: 'running', pid: process.pid, tasks: 2 }]);
  cancel.abort();
  await running;
  expect((await state.runs())[0]).toMatchObject({ status: 'cancelled', done: 1, failed: 1 });
  await state.close();
  const instance = await DuckDBInstance.create(join(folder, '.pipec/test.duckdb'));
  instance.closeSync();
});
