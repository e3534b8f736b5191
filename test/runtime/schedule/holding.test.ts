/** What keeps a run from beginning: blackouts, pools, and what goes first. */
import { expect, test } from 'vitest';
import type { BlackoutPlan, TaskPlan } from '../../../runtime/plan.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bench, hourly, job, stateFile } from '../../support/scheduler.ts';

const service: BlackoutPlan = {
  name: 'service',
  timezone: 'UTC',
  due: 'wait',
  jobs: null,
  times: [{ kind: 'daily', from: 90, to: 4 * 60 + 30, weekdays: [0, 1, 2, 3, 4, 5, 6] }],
};

async function started(
  jobs: Parameters<typeof bench>[2],
  more: Parameters<typeof bench>[3],
  [from, to]: readonly [string, string],
): Promise<readonly string[]> {
  const clock = new FakeClock(from);
  const { lines, stop, end } = bench(clock, stateFile(), jobs, more);
  await clock.halves(to);
  stop();
  await clock.until(new Date(clock.now() + 60_000).toISOString());
  await end;
  return lines.filter((line) => line.includes('started')).map((line) => line.slice(6));
}

test('what is due in a blackout begins after it: the last of a job, or each with catch-up', async () => {
  const jobs = [job('plain', hourly), job('all', hourly, { catchup: true })];
  expect(await started(jobs, { blackouts: [service] }, ['2026-03-01T00:59:00Z', '2026-03-01T04:40:00Z'])).toEqual([
    '01:00:00 started plain 03-01 01:00',
    '01:00:00 started all 03-01 01:00',
    '04:30:00 started plain 03-01 02:00',
    '04:30:00 started all 03-01 02:00',
    '04:31:00 started all 03-01 03:00',
    '04:32:00 started all 03-01 04:00',
  ]);
});

test('or never, where it is to be skipped, of the jobs that keep to it', async () => {
  const jobs = [job('plain', hourly), job('all', hourly, { catchup: true }), job('free', { everyMs: 2 * 3_600_000 })];
  const skip: BlackoutPlan = { ...service, due: 'skip', jobs: ['plain', 'all'] };
  expect(await started(jobs, { blackouts: [skip] }, ['2026-03-01T00:59:00Z', '2026-03-01T05:10:00Z'])).toEqual([
    '01:00:00 started plain 03-01 01:00',
    '01:00:00 started all 03-01 01:00',
    '02:00:00 started free 03-01 02:00',
    '04:00:00 started free 03-01 04:00',
    '05:00:00 started plain 03-01 05:00',
    '05:00:00 started all 03-01 05:00',
  ]);
});

test('what goes on when a blackout begins goes on, and what reads from a job that is held up waits for it', async () => {
  const minutes = (count: number) => ({ everyMs: count * 60_000 });
  const jobs = [job('above', minutes(5)), job('below', minutes(10), { waitsFor: ['above'] })];
  const short: BlackoutPlan = {
    ...service,
    jobs: ['above'],
    times: [{ kind: 'daily', from: 62, to: 75, weekdays: [0, 1, 2, 3, 4, 5, 6] }],
  };
  const clock = new FakeClock('2026-03-01T00:59:00Z');
  const { lines, stop, end } = bench(clock, stateFile(), jobs, { blackouts: [short], takes: () => 4 * 60_000 });
  await clock.until('2026-03-01T01:19:30Z');
  stop();
  await clock.until('2026-03-01T01:25:00Z');
  await end;
  expect(lines.filter((line) => /started|finished above/.test(line)).map((line) => line.slice(6))).toEqual([
    '01:00:00 started above 03-01 01:00',
    '01:04:00 finished above 03-01 01:00 succeeded',
    '01:04:00 started below 03-01 01:00',
    '01:15:00 started above 03-01 01:05',
    '01:19:00 finished above 03-01 01:05 succeeded',
    '01:19:00 started below 03-01 01:10',
  ]);
});

test('of what is due the greatest priority goes first', async () => {
  const jobs = [job('last', hourly, { priority: -1 }), job('plain', hourly), job('first', hourly, { priority: 10 })];
  expect(await started(jobs, { places: 1 }, ['2026-03-01T00:59:00Z', '2026-03-01T01:10:00Z'])).toEqual([
    '01:00:00 started first 03-01 01:00',
    '01:01:00 started plain 03-01 01:00',
    '01:02:00 started last 03-01 01:00',
  ]);
});

test('a run holds the places of a pool that it can use and are free, and waits where there are none', async () => {
  const tasks = (count: number): readonly TaskPlan[] =>
    Array.from(
      { length: count },
      (_, i) => ({ id: `t${i}`, after: [], inputs: null, pool: 'erp' }) as unknown as TaskPlan,
    );
  const pooled = { pools: { erp: 3 }, concurrency: 4 };
  const jobs = [
    job('a', hourly, { ...pooled, tasks: tasks(2) }),
    job('b', hourly, { ...pooled, tasks: tasks(2) }),
    job('c', hourly, { ...pooled, tasks: tasks(2) }),
    job('free', hourly),
  ];
  const held: string[] = [];
  const clock = new FakeClock('2026-03-01T00:59:00Z');
  const { lines, stop, end } = bench(clock, stateFile(), jobs, {
    launch: ({ name }, begun, places) => {
      begun(name);
      held.push(`${name} ${JSON.stringify(places)}`);
      const ended = clock.sleep(60_000).then(() => ({ status: 'succeeded', said: null }) as const);
      return { ended, cancel: () => {}, release: () => {} };
    },
  });
  await clock.until('2026-03-01T01:10:00Z');
  stop();
  await clock.until('2026-03-01T01:12:00Z');
  await end;
  expect(held).toEqual(['a {"erp":2}', 'b {"erp":1}', 'free {}', 'c {"erp":2}']);
  expect(lines.filter((line) => line.includes('started c'))).toEqual(['03-01 01:01:00 started c 03-01 01:00']);
});
