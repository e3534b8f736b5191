/** What people are told, on a clock that stands still until it is told to go on. */
import { expect, test } from 'vitest';
import { runError } from '../../../runtime/errors.ts';
import { Desk } from '../../../runtime/notify/desk.ts';
import type { Message } from '../../../runtime/notify/message.ts';
import { Undelivered } from '../../../runtime/notify/post.ts';
import type { JobPlan, NotifyPlan } from '../../../runtime/plan.ts';
import type { Ended } from '../../../runtime/schedule/events.ts';
import type { Promised } from '../../../runtime/schedule/late.ts';
import { Watch } from '../../../runtime/schedule/watch.ts';
import { openStateFile } from '../../../runtime/state/sqlite.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bench, clean, daily, hourly, job, stateFile } from '../../support/scheduler.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const onCall: NotifyPlan = {
  name: 'on_call',
  to: { kind: 'slack', url: { secret: 'SLACK_URL' } },
  about: ['failure', 'recovery', 'lateness'],
  jobs: null,
  againMs: 12 * HOUR,
};
const failed: Ended = { status: 'failed', said: 'no' };
const succeeded: Ended = { status: 'succeeded', said: null };

/** A watch whose messages end in `told`, each as `notify: title`, where `answers` does not refuse them. */
function watching(
  clock: FakeClock,
  jobs: readonly JobPlan[],
  notify: readonly NotifyPlan[] = [onCall],
  more: Partial<Promised> & { readonly answers?: (to: NotifyPlan) => Promise<void> } = {},
) {
  const told: string[] = [];
  const messages: Message[] = [];
  const { answers = async () => {}, ...promised } = more;
  const desk = new Desk({
    notify,
    project: 'shop',
    target: 'local',
    send: async (to, { message }) => {
      await answers(to);
      messages.push(message);
      told.push(`${new Date(clock.now()).toISOString().slice(5, 16).replace('T', ' ')} ${to.name}: ${message.title}`);
    },
  });
  return { told, messages, watch: new Watch(desk, { jobs, datasets: [], blackouts: [], ...promised }, '') };
}

async function end(clock: FakeClock, { stop, end: over }: { stop: () => void; end: Promise<unknown> }): Promise<void> {
  stop();
  await clock.until(new Date(clock.now() + 60_000).toISOString());
  await over;
}

test('a failure is told once, and again after a while; then that all is well', async () => {
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const jobs = [job('hourly', hourly), job('fine', hourly)];
  const { told, messages, watch } = watching(clock, jobs);
  const ends = (name: string, count: number): Ended => (name === 'hourly' && count <= 15 ? failed : succeeded);
  const one = bench(clock, stateFile(), jobs, { watch, ends });
  await clock.halves('2026-03-01T16:20:00Z');
  await end(clock, one);
  expect(told).toEqual([
    '03-01 01:01 on_call: hourly failed',
    '03-01 13:01 on_call: hourly failed',
    '03-01 16:01 on_call: hourly is well again',
  ]);
  expect(messages.map(({ inARow, next, run }) => ({ inARow, next, run }))).toEqual([
    { inARow: { times: 1, since: '2026-03-01T01:00:00.000Z' }, next: 'pipec retry hourly-1', run: 'hourly-1' },
    { inARow: { times: 13, since: '2026-03-01T01:00:00.000Z' }, next: 'pipec retry hourly-13', run: 'hourly-13' },
    { inARow: null, next: null, run: 'hourly-16' },
  ]);
});

test('each is told what it asks for, of the jobs that it asks for', async () => {
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const jobs = [job('a', hourly), job('b', hourly)];
  const notify: NotifyPlan[] = [
    { ...onCall, name: 'of_a', jobs: ['a'] },
    { ...onCall, name: 'failures', about: ['failure'] },
    { ...onCall, name: 'recoveries', about: ['recovery'] },
  ];
  const { told, watch } = watching(clock, jobs, notify);
  // A run that dies is started three times before it counts.
  const ends = (_: string, count: number): Ended => (count <= 3 ? { ...failed, status: 'died' } : succeeded);
  const one = bench(clock, stateFile(), jobs, { watch, ends });
  await clock.halves('2026-03-01T04:10:00Z');
  await end(clock, one);
  expect(told.map((line) => line.slice(12)).sort()).toEqual([
    'failures: a died',
    'failures: b died',
    'of_a: a died',
    'of_a: a is well again',
  ]);
});

test('a cancelled run is no failure, and nothing is told twice when a scheduler is followed by another', async () => {
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const path = stateFile();
  const jobs = [job('asked', hourly), job('breaks', hourly)];
  const ends = (name: string): Ended => (name === 'asked' ? { status: 'cancelled', said: null } : failed);
  // The first one dies with its message written and not sent.
  const silent = watching(clock, jobs, [onCall], { answers: () => new Promise(() => {}) });
  const first = bench(clock, path, jobs, { watch: silent.watch, ends });
  await clock.until('2026-03-01T01:30:00Z');
  await end(clock, first);
  expect(silent.told).toEqual([]);
  for (const until of ['2026-03-01T01:40:00Z', '2026-03-01T01:50:00Z']) {
    const next = watching(clock, jobs);
    const follower = bench(clock, path, jobs, { watch: next.watch, ends });
    await clock.until(until);
    await end(clock, follower);
    expect(next.told).toEqual(until < '2026-03-01T01:45' ? ['03-01 01:31 on_call: breaks failed'] : []);
  }
});

test('who does not answer is asked again with longer pauses, given up after a day, and holds nobody up', async () => {
  const clock = new FakeClock('2026-03-01T00:59:30Z');
  const jobs = [job('breaks', { cron: '0 1 1 * *', timezone: 'UTC' }), job('works', hourly)];
  const tries: number[] = [];
  const answers = async ({ name }: NotifyPlan): Promise<void> => {
    if (name === 'alive') return;
    if (name === 'hangs') return await new Promise(() => {});
    tries.push(clock.now());
    throw new Undelivered('it answered 500', tries.length === 1 ? 120_000 : null);
  };
  const notify = ['dead', 'hangs', 'alive'].map((name) => ({ ...onCall, name }));
  const { told, watch } = watching(clock, jobs, notify, { answers });
  const one = bench(clock, stateFile(), jobs, { watch, ends: (name) => (name === 'breaks' ? failed : succeeded) });
  await clock.until('2026-03-01T01:40:00Z');
  const times = [...tries];
  await clock.halves('2026-03-02T02:40:00Z');
  await end(clock, one);
  expect(told).toEqual(['03-01 01:01 alive: breaks failed']);
  const pauses = times.slice(1).map((at, index) => at - (times[index] as number));
  // What it asks for, then by doubling from ten seconds up to ten minutes, a share of it left to chance.
  expect(pauses[0]).toBeGreaterThanOrEqual(120_000);
  expect(pauses[0]).toBeLessThan(130_000);
  for (const [index, pause] of pauses.entries()) {
    const whole = Math.min(10_000 * 2 ** index, 600_000);
    if (index > 0) expect(pause).toBeLessThanOrEqual(whole + 1000);
    expect(pause).toBeGreaterThanOrEqual(0.8 * whole);
  }
  const last = (tries.at(-1) as number) - Date.parse('2026-03-01T01:00:30Z');
  expect(last).toBeGreaterThan(23 * HOUR);
  expect(last).toBeLessThan(24.5 * HOUR);
  expect(one.lines.filter((text) => text.includes('started works'))).toHaveLength(26);
  expect(one.lines.filter((text) => text.includes('untold dead')).length).toBe(tries.length);
});

test('a run that is not done so long after it was due is late, whatever keeps it, and told once', async () => {
  const clock = new FakeClock('2026-03-01T03:59:00Z');
  const jobs = [
    job('slow', daily, { slaMs: 5 * MINUTE }),
    job('breaks', daily, { slaMs: 5 * MINUTE }),
    job('fine', daily, { slaMs: 5 * MINUTE }),
    job('paused', daily, { slaMs: 5 * MINUTE }),
    job('whenever', daily),
  ];
  const path = stateFile();
  const { told, messages, watch } = watching(clock, jobs);
  const takes = (name: string): number => (name === 'slow' || name === 'whenever' ? 9 * MINUTE : MINUTE);
  const one = bench(clock, path, jobs, {
    watch,
    takes,
    ends: (name) => (name === 'breaks' ? failed : succeeded),
    places: 9,
  });
  await clock.until('2026-03-01T04:00:30Z');
  await one.queue.pause('paused', clock.now());
  await clock.until('2026-03-01T04:10:00Z');
  expect(told).toEqual([
    '03-01 04:01 on_call: breaks failed',
    '03-01 04:05 on_call: slow is late',
    '03-01 04:05 on_call: breaks is late',
    '03-01 04:09 on_call: slow is well again',
  ]);
  expect(messages[1]).toMatchObject({
    dueAt: '2026-03-01T04:00:00.000Z',
    said: 'it was to be done by 2026-03-01T04:05:00.000Z',
  });
  expect(one.lines.filter((text) => / late /.test(text)).map((text) => text.slice(6))).toEqual([
    '04:05:00 late slow 03-01 04:00',
    '04:05:00 late breaks 03-01 04:00',
  ]);
  // Done by hand: it is not late any more, and somebody is told.
  const database = openStateFile(path);
  clean.unshift(() => database.close());
  database
    .prepare(
      `INSERT INTO runs (run, project, target, engine, job, pid, status, started_at, finished_at, tasks, concurrency) VALUES ('by-hand', 'shop', 'local', 'duckdb', 'breaks', 1, 'succeeded', ?, ?, 1, 1)`,
    )
    .run('2026-03-01T04:10:00.000Z', '2026-03-01T04:11:00.000Z');
  await clock.until('2026-03-01T04:12:00Z');
  await end(clock, one);
  expect(told.slice(4)).toEqual(['03-01 04:10 on_call: breaks is well again']);
  expect(messages.at(-1)).toMatchObject({ run: 'by-hand', about: 'recovery' });
});

test('what could not be written is not told, and is written when it can be', async () => {
  const clock = new FakeClock('2026-03-01T00:59:30Z');
  const jobs = [job('breaks', hourly)];
  const { told, watch } = watching(clock, jobs);
  const one = bench(clock, stateFile(), jobs, { watch, ends: () => failed });
  const leading = one.queue.leading.bind(one.queue);
  let broken = 0;
  one.queue.leading = async (work) => {
    if (clock.now() < Date.parse('2026-03-01T01:01:00Z') || broken > 2) return await leading(work);
    broken += 1;
    return await leading(async (ledger) => {
      await work(ledger);
      throw runError('source-changed', { path: 'it' });
    });
  };
  await clock.until('2026-03-01T01:05:00Z');
  await end(clock, one);
  expect(broken).toBe(3);
  expect(told.map((line) => line.slice(12))).toEqual(['on_call: breaks failed']);
});

test('what waits for a blackout to end is late from there on', async () => {
  const clock = new FakeClock('2026-03-01T03:59:00Z');
  const jobs = [job('slow', daily, { slaMs: 5 * MINUTE })];
  const blackouts = [
    {
      name: 'service',
      timezone: 'UTC',
      due: 'wait' as const,
      jobs: null,
      times: [{ kind: 'daily' as const, from: 3 * 60, to: 4 * 60 + 10, weekdays: [0, 1, 2, 3, 4, 5, 6] }],
    },
  ];
  const { told, watch } = watching(clock, jobs, [onCall], { blackouts });
  const one = bench(clock, stateFile(), jobs, { watch, blackouts, takes: () => 9 * MINUTE });
  await clock.until('2026-03-01T04:21:00Z');
  await end(clock, one);
  expect(told).toEqual(['03-01 04:15 on_call: slow is late', '03-01 04:19 on_call: slow is well again']);
});

test('a dataset that has not been published for longer than it may be old is told of once, and when it is fresh', async () => {
  const clock = new FakeClock('2026-03-01T00:00:00Z');
  const path = stateFile();
  const jobs = [job('below', hourly, { makes: 'dwh.marts.daily' })];
  const datasets = [
    { name: 'dwh.marts.daily', freshMs: 2 * HOUR },
    { name: 'dwh.core.never', freshMs: HOUR },
    { name: 'x' },
  ];
  const { told, watch } = watching(clock, jobs, [{ ...onCall, jobs: ['below'] }], { datasets });
  const one = bench(clock, path, jobs, { watch });
  const database = openStateFile(path);
  clean.unshift(() => database.close());
  const came = (at: string): void => {
    database
      .prepare(
        `INSERT INTO runs (run, project, target, engine, pid, status, started_at, tasks, concurrency) VALUES (?, 'shop', 'local', 'duckdb', 1, 'succeeded', ?, 1, 1)`,
      )
      .run(at, at);
    database
      .prepare(
        `INSERT INTO tasks (run, task, position, status, finished_at) VALUES (?, 'dwh.marts.daily', 0, 'succeeded', ?)`,
      )
      .run(at, at);
  };
  came('2026-03-01T00:10:00.000Z');
  await clock.until('2026-03-01T00:01:00Z');
  clock.jump('2026-03-01T02:09:00Z');
  await clock.until('2026-03-01T02:12:00Z');
  clock.jump('2026-03-01T02:59:30Z');
  await clock.until('2026-03-01T03:00:00Z');
  came('2026-03-01T03:00:00.000Z');
  await clock.until('2026-03-01T03:10:00Z');
  await end(clock, one);
  expect(told).toEqual([
    '03-01 02:10 on_call: dwh.marts.daily is not fresh',
    '03-01 03:00 on_call: dwh.marts.daily is fresh again',
  ]);
});

test('once: what is to be told is tried before the end, and who does not answer is not waited for', async () => {
  const clock = new FakeClock('2026-03-01T00:30:00Z');
  const path = stateFile();
  const jobs = [job('breaks', hourly), job('too', hourly)];
  const answers = ({ name }: NotifyPlan): Promise<void> =>
    name === 'dead' ? Promise.reject(new Undelivered('it answered 500')) : Promise.resolve();
  const notify = [{ ...onCall, name: 'dead' }, onCall];
  await bench(clock, path, jobs, { once: true, watch: watching(clock, jobs, notify, { answers }).watch }).end;
  clock.jump('2026-03-01T01:30:00Z');
  const { told, watch } = watching(clock, jobs, notify, { answers });
  const one = bench(clock, path, jobs, { once: true, watch, ends: () => failed });
  await clock.until('2026-03-01T01:32:00Z');
  expect(await one.end).toBe('done');
  expect(told.map((line) => line.slice(12))).toEqual(['on_call: breaks failed', 'on_call: too failed']);
});
