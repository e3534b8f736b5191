/**
 * Times in which no run begins by itself. A moment lies in one where the clock on the wall of its zone shows a time of
 * it: while the clock is set back, what it shows twice counts twice; what it skips is never there.
 */
import { wallOf } from '../intervals.ts';
import type { BlackoutPlan, BlackoutTime } from '../plan.ts';
import type { Times } from './times.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Zones change their clocks by less. */
const CHANGE = 3 * 60 * MINUTE;
const HORIZON = 10 * 366 * DAY;

export type Blackout = Pick<BlackoutPlan, 'times' | 'timezone'>;

/** Whether an instant, in ms since 1970, lies in it. */
export function covers({ times, timezone }: Blackout, instant: number): boolean {
  const wall = wallOf(instant, timezone);
  return times.some((time) => stretchAt(time, wall) !== null);
}

/** The first instant from one on that lies in none of them. Null where there is none within two years. */
export function clearAfter(blackouts: readonly Blackout[], instant: number): number | null {
  return clear(blackouts, instant, 1);
}

/** The last one before an instant. Null where there is none within two years. */
export function clearBefore(blackouts: readonly Blackout[], instant: number): number | null {
  return clear(blackouts, instant - 1, -1);
}

/** Goes on to the end of the stretch that covers most, until none does. */
function clear(blackouts: readonly Blackout[], instant: number, way: 1 | -1): number | null {
  let at = instant;
  while (Math.abs(at - instant) < 2 * 366 * DAY) {
    const next = blackouts.map((blackout) => beyond(blackout, at, way)).filter((each) => each !== null);
    if (next.length === 0) return at;
    at = way === 1 ? Math.max(...next) : Math.min(...next);
  }
  return null;
}

/** An instant up to which one is covered from another on; null where that is not. */
function beyond(blackout: Blackout, at: number, way: 1 | -1): number | null {
  const left = leftOf(blackout, at, way);
  if (left === null) return null;
  const end = at + way * left;
  const offset = (instant: number): number => wallOf(instant, blackout.timezone) - instant;
  if (offset(end) === offset(at)) return end;
  // The clock is changed meanwhile. What it shows is in a stretch, or out of it, for whole minutes.
  return left - CHANGE > MINUTE ? at + way * (left - CHANGE) : nextMinute(at, way);
}

const nextMinute = (at: number, way: 1 | -1): number => {
  const begin = Math.floor(at / MINUTE) * MINUTE;
  return way === 1 ? begin + MINUTE : begin - 1;
};

/** How far the wall's clock is from the end of the stretch it is in, or from its beginning. */
function leftOf({ times, timezone }: Blackout, instant: number, way: 1 | -1): number | null {
  const wall = wallOf(instant, timezone);
  const left = times.flatMap((time) => {
    const stretch = stretchAt(time, wall);
    return stretch === null ? [] : way === 1 ? stretch.to - wall : wall - stretch.from + 1;
  });
  return left.length === 0 ? null : Math.max(...left);
}

/** The stretch that a moment on the wall lies in. */
function stretchAt(time: BlackoutTime, wall: number): { readonly from: number; readonly to: number } | null {
  if (time.kind === 'days') {
    const [from, to] = [Date.parse(`${time.first}T00:00Z`), Date.parse(`${time.last}T00:00Z`) + DAY];
    return from <= wall && wall < to ? { from, to } : null;
  }
  const today = Math.floor(wall / DAY) * DAY;
  // One that began yesterday may go on over midnight.
  for (const day of [today, today - DAY]) {
    if (!time.weekdays.includes(new Date(day).getUTCDay())) continue;
    const from = day + time.from * MINUTE;
    const to = day + time.to * MINUTE + (time.to > time.from ? 0 : DAY);
    if (from <= wall && wall < to) return { from, to };
  }
  return null;
}

/** The times of a schedule that lie in none of these: after none for ten years, there is none. */
export function outside(times: Times, blackouts: readonly Blackout[]): Times {
  if (blackouts.length === 0) return times;
  const isClear = (at: number): boolean => blackouts.every((blackout) => !covers(blackout, at));
  return {
    after: (instant) => {
      let at = times.after(instant);
      while (at !== null && !isClear(at)) {
        const end = at - instant > HORIZON ? null : clearAfter(blackouts, at);
        at = end === null ? null : times.after(end - 1);
      }
      return at;
    },
    last: (from, to) => {
      let at = times.last(from, to);
      while (at !== null && !isClear(at)) {
        const end = clearBefore(blackouts, at);
        at = end === null || end <= from ? null : times.last(from, end);
      }
      return at;
    },
  };
}

/** Those that a job keeps to. */
export function blackoutsOf(job: string, blackouts: readonly BlackoutPlan[]): readonly BlackoutPlan[] {
  return blackouts.filter(({ jobs }) => jobs === null || jobs.includes(job));
}
