/** A scheduler on a bench: its clock stands still until it is told to go on, and its runs end as a test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { JobPlan, TaskPlan } from '../../runtime/plan.ts';
import type { Ended, ScheduleEvent } from '../../runtime/schedule/events.ts';
import { Queue } from '../../runtime/schedule/queue.ts';
import { runScheduler, type ScheduleEnd, type SchedulerOptions } from '../../runtime/schedule/scheduler.ts';
import { openSqlite } from '../../runtime/state/sqlite.ts';
import type { FakeClock } from './fake-clock.ts';

/** What is to be done after a test, in order. */
export const clean: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

export function stateFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipec-schedule-'));
  clean.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.db');
}

export function job(
  name: string,
  schedule: JobPlan['schedule'],
  more: Partial<JobPlan> & { makes?: string } = {},
): JobPlan {
  const { makes = name, ...rest } = more;
  return {
    name,
    doc: null,
    schedule,
    catchup: false,
    retries: 0,
    backoff: { kind: 'fixed', initialMs: 10_000, maxMs: 10_000 },
    timeoutMs: null,
    concurrency: 1,
    waitsFor: [],
    tasks: [{ id: makes, after: [], inputs: null } as unknown as TaskPlan],
    ...rest,
  };
}

export const daily = { cron: '0 4 * * *', timezone: 'UTC' };
export const hourly = { everyMs: 3_600_000 };

interface Bench {
  readonly lines: string[];
  readonly queue: Queue;
  readonly stop: () => void;
  readonly end: Promise<ScheduleEnd>;
}

/** A scheduler whose runs take `takes` ms and end as `ends` says. */
export function bench(
  clock: FakeClock,
  path: string,
  jobs: readonly JobPlan[],
  more: Partial<SchedulerOptions> & {
    readonly takes?: (job: string) => number;
    readonly ends?: (job: string, count: number) => Ended;
    readonly name?: string;
  } = {},
): Bench {
  const { takes = () => 60_000, ends = () => ({ status: 'succeeded', said: null }), name = 'one', ...options } = more;
  const lines: string[] = [];
  const queue = new Queue(openSqlite(path), 'local');
  clean.push(() => queue.close());
  const controller = new AbortController();
  const counts = new Map<string, number>();
  const end = runScheduler({
    jobs,
    queue,
    clock,
    places: 4,
    who: name,
    leaseMs: 15_000,
    graceMs: 20_000,
    once: false,
    launch: ({ name: of }, started) => {
      const count = (counts.get(of) ?? 0) + 1;
      counts.set(of, count);
      started(`${of}-${count}`);
      const cancelled = new AbortController();
      const ended = clock
        .sleep(takes(of), cancelled.signal)
        .then((): Ended => (cancelled.signal.aborted ? { status: 'cancelled', said: null } : ends(of, count)));
      return { ended, cancel: () => cancelled.abort(), release: () => undefined };
    },
    tell: (event) => lines.push(line(event)),
    signal: controller.signal,
    ...options,
  });
  return { lines, queue, end, stop: () => controller.abort() };
}

function line(event: ScheduleEvent): string {
  const at = event.at.slice(5, 19).replace('T', ' ');
  const what = event.event.slice('schedule.'.length);
  if ('notify' in event) return `${at} ${what} ${event.notify} ${event.about} ${event.subject}`;
  if (!('job' in event)) return `${at} ${what}`;
  const status = event.event === 'schedule.finished' ? ` ${event.status}` : '';
  return `${at} ${what} ${event.job} ${event.dueAt.slice(5, 16).replace('T', ' ')}${status}`;
}

/** Lines of what is left when these events are taken out. */
export const without = (lines: readonly string[], ...words: string[]): string[] =>
  lines.filter((one) => !words.some((word) => one.includes(` ${word}`)));
