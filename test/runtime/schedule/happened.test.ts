/** What went wrong, and when it was well again. */
import { expect, test } from 'vitest';
import { happened } from '../../../runtime/schedule/happened.ts';
import type { QueuedRun } from '../../../runtime/schedule/queue.ts';

const minute = (n: number): number => Date.parse('2026-03-01T00:00:00Z') + n * 60_000;
const at = (n: number): string => new Date(minute(n)).toISOString();
const ran = (run: string, status: 'succeeded' | 'failed' | 'died' | 'cancelled', end: number | null, job = 'a') => ({
  run,
  job: job === '' ? null : job,
  status,
  startedAt: at((end ?? 1) - 1),
  finishedAt: end === null ? null : at(end),
});
const due = (job: string, dueAt: number, status: QueuedRun['status'], end: number | null, run: string | null = null) =>
  ({ job, dueAt: minute(dueAt), status, run, finishedAt: end === null ? null : minute(end) }) as QueuedRun;

const promised = {
  jobs: ['a', 'b'].map((name) => ({ name, tasks: [], ...(name === 'a' ? { slaMs: 10 * 60_000 } : {}) })),
  datasets: [],
  blackouts: [],
};
const told = (queued: readonly QueuedRun[], runs: readonly ReturnType<typeof ran>[], limit = 10) =>
  happened(promised, queued, runs, minute(100), limit).map(({ what, job, run, at: when, until }) => [
    what,
    job,
    run,
    (when - minute(0)) / 60_000,
    until === null ? null : (until - minute(0)) / 60_000,
  ]);

test('a failure lasts until its job is done well, whoever does it; of a run by hand nobody knows', () => {
  const runs = [
    ran('r6', 'died', null, 'b'),
    ran('r5', 'succeeded', 30),
    ran('r4', 'succeeded', 20),
    ran('r3', 'cancelled', 12),
    ran('r2', 'failed', 10),
    ran('r1', 'failed', 5, ''),
  ];
  expect(told([], runs)).toEqual([
    ['failed', 'a', 'r2', 10, 20],
    ['failed', null, 'r1', 5, null],
    ['died', 'b', 'r6', 0, null],
  ]);
  expect(told([], runs, 1)).toHaveLength(1);
});

test('a run is late from its promise on until it is done, and one that was done in time never was', () => {
  const runs = [ran('r2', 'succeeded', 55)];
  expect(
    told(
      [
        due('a', 95, 'queued', null),
        due('a', 80, 'running', null, 'r3'),
        due('a', 40, 'failed', 45, 'r1'),
        due('a', 20, 'succeeded', 35, 'r0'),
        due('a', 10, 'succeeded', 20),
        due('a', 1, 'cancelled', 90),
        // Nothing was promised of it.
        due('b', 1, 'queued', null),
      ],
      runs,
    ),
  ).toEqual([
    ['late', 'a', 'r3', 90, null],
    ['late', 'a', 'r1', 50, 55],
    ['late', 'a', 'r0', 30, 35],
  ]);
});
