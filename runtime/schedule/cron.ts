/**
 * When a cron schedule of five fields comes, in the time of a zone. The compiler has checked that it is well formed.
 *
 * Where the clocks change: a schedule of particular hours comes once for each time it names, at the end of the gap where
 * the clock skips it, the first time where the clock shows it twice. A schedule of every hour goes by the time that
 * passes: nothing is made up for a skipped hour, and the repeated one counts twice.
 */
import { instantOf, wallOf } from '../intervals.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The 29th of February comes every eight years at the latest, and on a given day of the week within forty. */
const HORIZON = 41 * 366 * DAY;

export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  /** Whether a day on the wall, in ms since 1970, is one of it. */
  readonly onDay: (wall: number) => boolean;
}

const WORDS: Readonly<Record<string, number>> = Object.fromEntries([
  ...['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].map((word, index) => [word, index] as const),
  ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((word, index) => [word, index + 1] as const),
]);

/** As crontab(5) reads it: where both are restricted, one of the two kinds of day is enough. */
export function readCron(text: string): Cron {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = text.trim().split(/\s+/);
  const days = field(day, 1, 31);
  const months = field(month, 1, 12);
  const weekdays = new Set([...field(weekday, 0, 7)].map((value) => value % 7));
  const either = !day.startsWith('*') && !weekday.startsWith('*');
  return {
    minutes: field(minute, 0, 59),
    hours: field(hour, 0, 23),
    onDay: (wall) => {
      const at = new Date(wall);
      if (!months.has(at.getUTCMonth() + 1)) return false;
      const [dated, named] = [days.has(at.getUTCDate()), weekdays.has(at.getUTCDay())];
      return either ? dated || named : dated && named;
    },
  };
}

function field(text: string, low: number, high: number): ReadonlySet<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '*', step = '1'] = item.split('/');
    const [from = low, to = from] =
      range === '*' ? [low, high] : range.split('-').map((end) => WORDS[end.toLowerCase()] ?? Number(end));
    for (let value = from; value <= to; value += Number(step)) values.add(value);
  }
  return new Set([...values].sort((a, b) => a - b));
}

/** The first time after an instant, in ms since 1970; null where it never comes. */
export function cronAfter(cron: Cron, timezone: string, instant: number): number | null {
  return cron.hours.size === 24 ? passing(cron, timezone, instant) : named(cron, timezone, instant);
}

/** Of particular hours: what the clock shows is in order, and so are the instants that it stands for. */
function named(cron: Cron, timezone: string, instant: number): number | null {
  const first = wallOf(instant, timezone);
  for (let day = first - mod(first, DAY); day < first + HORIZON; day += DAY) {
    if (!cron.onDay(day)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const wall = day + hour * HOUR + minute * MINUTE;
        if (wall <= first) continue;
        const at = instantOf(wall, timezone);
        if (at > instant) return at;
      }
    }
  }
  return null;
}

/** Of every hour: minute by minute on the days that it is on, as the zone's clock shows them. */
function passing(cron: Cron, timezone: string, instant: number): number | null {
  let at = instant - mod(instant, MINUTE) + MINUTE;
  while (at < instant + HORIZON) {
    const wall = wallOf(at, timezone);
    if (cron.onDay(wall)) {
      if (cron.minutes.has(Math.floor(mod(wall, HOUR) / MINUTE))) return at;
      at += MINUTE;
      continue;
    }
    // Near midnight the clock may go back into a day that was over.
    const next = nextDay(cron, wall);
    if (next === null) return null;
    at = cron.onDay(wall - 3 * HOUR) ? at + MINUTE : Math.max(at + MINUTE, instantOf(next, timezone) - 3 * HOUR);
  }
  return null;
}

function nextDay(cron: Cron, wall: number): number | null {
  for (let day = wall - mod(wall, DAY) + DAY; day < wall + HORIZON; day += DAY) if (cron.onDay(day)) return day;
  return null;
}

const mod = (value: number, by: number): number => ((value % by) + by) % by;
