/** Who begins first, against a plain model: of all that may begin, the best is taken, again and again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobPlan, TaskPlan } from '../../../runtime/plan.ts';
import type { QueuedRun } from '../../../runtime/schedule/queue.ts';
import { type Begun, beginning, type Rules } from '../../../runtime/schedule/ready.ts';

const entry = (id: number, job: string, dueAt: number, status: QueuedRun['status'] = 'queued'): QueuedRun => ({
  id,
  job,
  dueAt,
  status,
  tries: 0,
  notBefore: null,
  run: null,
  startedAt: null,
  finishedAt: null,
  said: null,
});

interface Job {
  readonly name: string;
  readonly priority: number;
  /** How many of its tasks are in each pool. */
  readonly pools: Readonly<Record<string, number>>;
  readonly upstream: readonly string[];
}

const PLACES: Readonly<Record<string, number>> = { erp: 1, api: 3 };

function plan({ name, priority, pools }: Job): JobPlan {
  const tasks = Object.entries(pools).flatMap(([pool, count]) =>
    Array.from({ length: count }, (_, i) => ({ id: `${pool}${i}`, pool }) as TaskPlan),
  );
  const used = Object.keys(pools).filter((pool) => (pools[pool] ?? 0) > 0);
  return {
    name,
    priority,
    tasks,
    concurrency: 2,
    pools: Object.fromEntries(used.map((pool) => [pool, PLACES[pool] ?? 0])),
  } as unknown as JobPlan;
}

function rules(jobs: readonly Job[], places: number): Rules {
  const plans = new Map(jobs.map((job) => [job.name, plan(job)]));
  return {
    job: (name) => plans.get(name),
    upstream: (name) => jobs.find((job) => job.name === name)?.upstream ?? [],
    places,
  };
}

const names = ['a', 'b', 'c', 'd', 'e'];
/** Each reads only from those before it: no circle. */
const jobs = fc.tuple(
  ...names.map((name, index) =>
    fc.record({
      name: fc.constant(name),
      priority: fc.integer({ min: -2, max: 2 }),
      pools: fc.record({ erp: fc.integer({ min: 0, max: 2 }), api: fc.integer({ min: 0, max: 4 }) }),
      upstream: fc.subarray(names.slice(0, index)),
    }),
  ),
);
const due = fc
  .array(fc.record({ job: fc.constantFrom(...names), dueAt: fc.integer({ min: 0, max: 5 }), held: fc.boolean() }), {
    maxLength: 8,
  })
  .map((all) => all.sort((a, b) => a.dueAt - b.dueAt).map((one, id) => ({ ...one, id })));

test('of what may begin, the greatest priority goes first, then what was due first', () => {
  fc.assert(
    fc.property(jobs, due, fc.integer({ min: 1, max: 4 }), (all, entries, places) => {
      const ready = entries.filter(({ held }) => !held).map(({ id, job, dueAt }) => entry(id, job, dueAt));
      const held = entries.filter((one) => one.held).map(({ id, job, dueAt }) => entry(id, job, dueAt));
      const given = rules(all, places);
      const job = (name: string): Job => all.find((one) => one.name === name) as Job;

      const model: QueuedRun[] = [];
      const used: Record<string, number> = { erp: 0, api: 0 };
      for (;;) {
        const may = ready.filter((one) => {
          if (model.length >= places || model.some((other) => other.job === one.job)) return false;
          const waits = [...ready, ...held].some(
            (other) => other !== one && job(one.job).upstream.includes(other.job) && other.dueAt <= one.dueAt,
          );
          const isFull = Object.entries(job(one.job).pools).some(
            ([pool, count]) => count > 0 && (used[pool] ?? 0) >= (PLACES[pool] ?? 0),
          );
          return !waits && !isFull;
        });
        const [best] = may.sort(
          (a, b) => job(b.job).priority - job(a.job).priority || a.dueAt - b.dueAt || a.id - b.id,
        );
        if (best === undefined) break;
        model.push(best);
        for (const [pool, count] of Object.entries(job(best.job).pools))
          used[pool] = (used[pool] ?? 0) + Math.min(count, 2, (PLACES[pool] ?? 0) - (used[pool] ?? 0));
      }
      const begun = beginning({ ready, held, running: [] }, given);
      expect(begun.map((one) => one.entry.id)).toEqual(model.map((one) => one.id));
    }),
    { numRuns: 1000 },
  );
});

test('no pool is ever held more often than it has places, and a run holds one of each that it uses', () => {
  fc.assert(
    fc.property(jobs, due, due, (all, first, second) => {
      const given = rules(all, 4);
      const ready = (entries: typeof first, from: number): QueuedRun[] =>
        entries.map(({ id, job, dueAt }) => entry(from + id, job, dueAt));
      const running = beginning({ ready: ready(first, 0), held: [], running: [] }, given);
      const more = beginning({ ready: ready(second, 100), held: [], running }, given);
      const holders: Begun[] = [...running, ...more];
      for (const [pool, places] of Object.entries(PLACES))
        expect(holders.reduce((sum, one) => sum + (one.places[pool] ?? 0), 0)).toBeLessThanOrEqual(places);
      for (const { entry: one, places } of holders)
        expect(Object.keys(places).sort()).toEqual(Object.keys(given.job(one.job)?.pools ?? {}).sort());
      expect(new Set(holders.map((one) => one.entry.job)).size).toBe(holders.length);
    }),
    { numRuns: 500 },
  );
});

test('of two that wait for each other the first begins, but not where both wait for what is held up', () => {
  const all: Job[] = [
    { name: 'a', priority: 0, pools: {}, upstream: ['b', 'c'] },
    { name: 'b', priority: 1, pools: {}, upstream: ['a'] },
    { name: 'c', priority: 0, pools: {}, upstream: [] },
  ];
  const ready = [entry(1, 'a', 0), entry(2, 'b', 0)];
  const given = rules(all, 4);
  expect(beginning({ ready, held: [], running: [] }, given).map((one) => one.entry.job)).toEqual(['b']);
  expect(beginning({ ready, held: [entry(3, 'c', 0)], running: [] }, given)).toEqual([]);
});
