/** When a job is due by its schedule: questions about instants in ms since 1970, without a clock of their own. */
import type { JobPlan } from '../plan.ts';
import { type Cron, cronAfter, readCron } from './cron.ts';

export interface Times {
  /** The first time after an instant; null where there is none. */
  readonly after: (instant: number) => number | null;
  /** The last time after `from` and not after `to`. */
  readonly last: (from: number, to: number) => number | null;
}

/** A schedule that goes by the clock. */
export type Timed = Exclude<NonNullable<JobPlan['schedule']>, { readonly arrival: true }>;

export function timesOf(schedule: Timed): Times {
  return 'everyMs' in schedule ? everyTimes(schedule.everyMs) : cronTimes(readCron(schedule.cron), schedule.timezone);
}

/** Counted from the beginning of 1970 in UTC, so that `every(1h)` is the full hour and every scheduler agrees. */
function everyTimes(everyMs: number): Times {
  return {
    after: (instant) => (Math.floor(instant / everyMs) + 1) * everyMs,
    last: (from, to) => {
      const last = Math.floor(to / everyMs) * everyMs;
      return last > from ? last : null;
    },
  };
}

const HOUR = 3_600_000;

function cronTimes(cron: Cron, timezone: string): Times {
  const after = (instant: number): number | null => cronAfter(cron, timezone, instant);
  return {
    after,
    // Looked for in growing stretches before the end, so that a year without a scheduler is not walked minute by minute.
    last: (from, to) => {
      for (let stretch = HOUR; ; stretch *= 24) {
        let last: number | null = null;
        const begin = Math.max(from, to - stretch);
        for (let at = after(begin); at !== null && at <= to; at = after(at)) last = at;
        if (last !== null || begin === from) return last;
      }
    },
  };
}

/** In the words of the language: `every 15m`, `15 4 * * * Europe/Berlin`. */
export function scheduleText(schedule: NonNullable<JobPlan['schedule']>): string {
  if ('arrival' in schedule) return 'as it arrives';
  return 'everyMs' in schedule ? `every ${durationText(schedule.everyMs)}` : `${schedule.cron} ${schedule.timezone}`;
}

function durationText(ms: number): string {
  const units = [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, length] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}
