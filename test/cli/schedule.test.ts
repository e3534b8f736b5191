/** The scheduler as people run it: real processes, real signals. */
import { expect, test } from 'vitest';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import { newFolder, pipec, start, write } from '../support/command.ts';

const HEAD = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
`;
/** `slow` takes longer than anybody waits. */
const SLOW = `${HEAD}
type Number { n: int64 @key }
source numbers : Number from file('numbers.csv') in dwh.raw { invalid: quarantine }
table slow in dwh.core =
  from numbers as c
  |> cross join numbers as a
  |> cross join numbers as b
  |> aggregate sum(abs(a.n - b.n - c.n)) as total
job slowly { schedule: every(1s), builds: [slow], backoff: fixed(1s) }
`;
const NUMBERS = `n\n${Array.from({ length: 100_000 }, (_, index) => index + 1).join('\n')}\n`;

const events = (text: string): ScheduleEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ScheduleEvent);

function gone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('a scheduler that is killed takes its runs with it; the one that waits takes over and does them again', async () => {
  const folder = newFolder();
  write(folder, { 'slow.pipe': SLOW, 'numbers.csv': NUMBERS });
  const first = start(['schedule', '--json'], { folder });
  await first.printed(/schedule\.started/);
  const second = start(['schedule', '--grace', '0'], { folder });
  await second.printed(/waits: process \d+ on .* leads/);
  const running = async (): Promise<number[]> => {
    for (;;) {
      const { DatabaseSync } = await import('node:sqlite');
      const database = new DatabaseSync(`${folder}/.pipec/state.db`, { readOnly: true });
      const pids = database.prepare(`SELECT pid FROM runs WHERE status = 'running'`).all();
      database.close();
      if (pids.length > 0) return pids.map(({ pid }) => Number(pid));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const [pid = 0] = await running();
  first.process.kill('SIGKILL');
  await first.ended;
  while (!gone(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  await second.printed(/leads\n.*slowly is done again from .*: the scheduler that ran it went away/);
  await second.printed(/→ slowly starts/);
  second.process.kill('SIGTERM');
  const { code, out, err } = await second.ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/stopping: 1 run may end first/);
  expect(out).toMatch(/slowly is done again by the next scheduler/);
}, 120_000);

test('a failed run says why, and the scheduler goes on', async () => {
  const folder = newFolder();
  const table = (sql: string): string =>
    `${HEAD}table one in dwh.core = from values [{ x: 1 }] |> extend now() as at${sql}\njob often { schedule: every(1s), builds: [one] }\n`;
  write(folder, { 'shop.pipe': table(" |> assert x > 1, 'x is small'") });
  const scheduler = start(['schedule', '--json'], { folder });
  await scheduler.printed(/schedule\.finished/);
  const [finished] = events(scheduler.out()).filter((event) => event.event === 'schedule.finished');
  expect(finished).toMatchObject({ job: 'often', status: 'failed', said: expect.stringContaining('x is small') });
  // The program is read anew by each run.
  write(folder, { 'shop.pipe': table(' |>') });
  await scheduler.printed(/"said":"[^"]*expected a stage/);
  write(folder, { 'shop.pipe': table('') });
  await scheduler.printed(/"status":"succeeded"/);
  scheduler.process.kill('SIGTERM');
  expect((await scheduler.ended).code).toBe(0);
}, 120_000);

test('a run whose process hangs is ended when the timeout of its task has passed, recorded and done again', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `${HEAD}type Row { x: int64 }
table given in dwh.core = from values [{ x: 1 }]
step hanging : Row of given from typescript('hang.ts#hanging') in dwh.core
job often { schedule: every(1h), builds: [given, hanging], timeout: 1s, retries: 1, backoff: fixed(1s) }
`,
    'hang.ts': `import { existsSync, writeFileSync } from 'node:fs';
interface Rows { readonly x: readonly bigint[] }
export async function* hanging(batches: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const isSecond = existsSync('begun');
  writeFileSync('begun', '');
  while (!isSecond);
  for await (const { x } of batches) yield { x };
}
`,
  });
  const due = async (): Promise<void> => {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(`${folder}/.pipec/state.db`);
    database.exec("UPDATE schedules SET considered = '2026-01-01T00:00:00.000Z'");
    database.close();
  };
  // The first time of a job is after it is known.
  expect((await pipec(['schedule', '--once'], { folder })).code).toBe(0);
  await due();
  const { code, out } = await pipec(['schedule', '--once', '--json'], { folder });
  expect(code).toBe(0);
  const said =
    'dwh.core.hanging: took longer than its timeout of 1 s, and its process, which did not stop it, was ended';
  expect(events(out).filter(({ event }) => event === 'schedule.again')).toMatchObject([{ job: 'often', said }]);
  expect(events(out).at(-1)).toMatchObject({ event: 'schedule.finished', status: 'succeeded' });
  const runs = await pipec(['runs', '--json'], { folder });
  const [second, first] = runs.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([first, second]).toMatchObject([
    { status: 'failed', done: 1, failed: 1 },
    { status: 'succeeded', done: 1, failed: 0 },
  ]);
}, 120_000);

test('nothing to schedule is said before anything waits', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `${HEAD}table one in dwh.core = from values [{ x: 1 }]\njob manual { builds: [one] }\n`,
  });
  const { code, err } = await pipec(['schedule'], { folder });
  expect(code).toBe(2);
  expect(err).toContain('error[command-line]: no job of the project has a schedule');
  const missing = await pipec(['run', 'job:manul'], { folder });
  expect(missing.err).toContain('there is no job `manul`; did you mean `manual`?');
  const named = await pipec(['run', 'job:manual', '--json'], { folder });
  expect(named.out).toContain('"job":"manual"');
});

test('as a log, the scheduler and its runs are told in one form, and so is what goes wrong', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `${HEAD}table one in dwh.core = from values [{ x: 1 }] |> extend now() as at\njob often { schedule: every(1s), builds: [one] }\n`,
  });
  const env = { PIPEC_LOG_FORMAT: 'json', PIPEC_LOG_LEVEL: 'debug' };
  const scheduler = start(['schedule'], { folder, env });
  await scheduler.printed(/schedule\.finished/);
  scheduler.process.kill('SIGTERM');
  const { code, err } = await scheduler.ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = scheduler
    .out()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = new Set(lines.map(({ event }) => event));
  for (const event of ['schedule.page', 'schedule.leading', 'schedule.started', 'run.started', 'task.finished'])
    expect(told).toContain(event);
  const finished = lines.find(({ event }) => event === 'schedule.finished');
  expect(finished).toMatchObject({ level: 'info', job: 'often', target: 'local', status: 'succeeded' });
  const ran = lines.find(({ event }) => event === 'task.finished');
  expect(ran).toMatchObject({ job: 'often', task: 'dwh.core.one', rows: 1, run: finished.run });
  const both = await pipec(['run', '--json', '--log-format', 'json'], { folder });
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining('two ways to tell the same') });
  const unknown = await pipec(['run', 'none'], { folder, env });
  expect(JSON.parse(unknown.err)).toMatchObject({ level: 'error', error: { code: 'unknown-dataset' } });
  write(folder, { 'shop.pipe': `${HEAD}table one in dwh.core = from nowhere\n` });
  const wrong = await pipec(['run'], { folder, env });
  expect(wrong.code).toBe(1);
  expect(JSON.parse(wrong.err)).toMatchObject({ level: 'error', msg: expect.stringContaining('[unknown-dataset]') });
}, 60_000);

test('once, beside another scheduler, does nothing and says so', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `${HEAD}table one in dwh.core = from values [{ x: 1 }]\njob rarely { schedule: cron('0 0 1 1 *'), builds: [one] }\n`,
  });
  const scheduler = start(['schedule'], { folder });
  await scheduler.printed(/ leads\n/);
  const once = await pipec(['schedule', '--once'], { folder });
  expect(once.code).toBe(3);
  expect(once.err).toContain('error[another-scheduler]');
  scheduler.process.kill('SIGINT');
  expect((await scheduler.ended).code).toBe(0);
  expect(await pipec(['schedule', '--once'], { folder })).toMatchObject({ code: 0, out: 'Nothing is due.\n', err: '' });
});

test('a preview tells the next times of each job, five of them unless a number says otherwise', async () => {
  const folder = newFolder();
  write(folder, {
    'shop.pipe': `${HEAD}table one in dwh.core = from values [{ x: 1 }]\njob nightly { schedule: cron('15 4 * * *', timezone: 'Europe/Berlin'), builds: [one] }\n`,
  });
  const { code, out, err } = await pipec(['schedule', '--preview'], { folder });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [job, ...times] = out.trimEnd().split('\n');
  expect(job).toBe('nightly   15 4 * * * Europe/Berlin');
  expect(times).toHaveLength(5);
  for (const time of times) expect(time).toMatch(/^ {2}\d{4}-\d\d-\d\d 04:15 Europe\/Berlin$/);
  const two = await pipec(['schedule', '--preview', '2', '--json'], { folder });
  expect(two.out.trimEnd().split('\n')).toHaveLength(2);
  const none = await pipec(['schedule', '--preview', 'soon'], { folder });
  expect(none).toMatchObject({ code: 2 });
  expect(none.err).toContain('`--preview` takes a whole number from 1, not `soon`');
});
