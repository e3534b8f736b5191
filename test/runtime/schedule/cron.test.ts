import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cronAfter, readCron } from '../../../runtime/schedule/cron.ts';
import { timesOf } from '../../../runtime/schedule/times.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());
const next = (cron: string, timezone: string, from: string): string | null =>
  iso(cronAfter(readCron(cron), timezone, Date.parse(from)));
const some = (cron: string, timezone: string, from: string, count: number): string[] => {
  const found: string[] = [];
  for (let at: string | null = from; found.length < count; found.push(at)) {
    at = next(cron, timezone, at);
    if (at === null) break;
  }
  return found;
};

test('a time that the clock skips comes at the end of the gap, and once', () => {
  expect(some('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  expect(some('0,20,40 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:00:00.000Z',
  ]);
});

test('a time that the clock shows twice comes the first time', () => {
  expect(some('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

test('what comes every hour goes on through the repeated hour, and makes nothing up for the skipped one', () => {
  expect(some('30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 3)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-25T02:30:00.000Z',
  ]);
  expect(some('30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 2)).toEqual([
    '2026-03-29T00:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
  ]);
});

test('a day of the month and a day of the week: one is enough where both are given', () => {
  expect(some('0 0 13 * fri', 'UTC', '2026-03-01T00:00:00Z', 4).map((at) => at.slice(0, 10))).toEqual([
    '2026-03-06',
    '2026-03-13',
    '2026-03-20',
    '2026-03-27',
  ]);
  expect(next('0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z')).toBe('2104-02-29T00:00:00.000Z');
  expect(next('0 0 30 2 *', 'UTC', '2026-01-01T00:00:00Z')).toBeNull();
});

/** Minute by minute: what a person would do with a clock on the wall of the zone, and a list of what has been done. */
function oracle(cron: string, timezone: string, from: number, to: number): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  const wallAt = (instant: number): number => Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const covers = (text: string, value: number, low: number): boolean =>
    text.split(',').some((item) => {
      const [range = '', step = '1'] = item.split('/');
      const [first = 0, last = first] = range === '*' ? [low, 99] : range.split('-').map(Number);
      return value >= first && value <= last && (value - first) % Number(step) === 0;
    });
  const matches = (wall: number): boolean => {
    const at = new Date(wall);
    const dated = covers(day, at.getUTCDate(), 1);
    const named = covers(weekday, at.getUTCDay(), 0);
    return (
      covers(minute, at.getUTCMinutes(), 0) &&
      covers(hour, at.getUTCHours(), 0) &&
      covers(month, at.getUTCMonth() + 1, 1) &&
      (day.startsWith('*') || weekday.startsWith('*') ? dated && named : dated || named)
    );
  };
  const everyHour = Array.from({ length: 24 }, (_, each) => each).every((each) => covers(hour, each, 0));
  const fired: string[] = [];
  let latest = wallAt(from);
  for (let at = from + MINUTE; at <= to; at += MINUTE) {
    const wall = wallAt(at);
    if (everyHour) {
      if (matches(wall)) fired.push(new Date(at).toISOString());
      continue;
    }
    let due = false;
    for (let shown = latest + MINUTE; shown <= wall; shown += MINUTE) due ||= matches(shown);
    if (due) fired.push(new Date(at).toISOString());
    latest = Math.max(latest, wall);
  }
  return fired;
}

/** Zones with what is odd about them: half hours, changes at midnight, a change of half an hour, none at all. */
const changes: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2010-11-07'],
  ['America/Havana', '2026-03-08'],
  ['America/Havana', '2026-11-01'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Asia/Kathmandu', '2026-05-01'],
  ['Pacific/Apia', '2011-12-30'],
  ['UTC', '2026-02-28'],
];
const list = (low: number, high: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: low, max: high }).map(String) },
    fc.array(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: 4 }).map((values) => values.join(',')),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
  );
const cronText = fc
  .tuple(
    list(0, 59),
    fc.oneof(fc.constant('*'), list(0, 4), list(0, 23)),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, list(1, 31)),
    fc.constant('*'),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, fc.integer({ min: 0, max: 6 }).map(String)),
  )
  .map((parts) => parts.join(' '));

test('agrees with a person who watches the clock, around every kind of change', () => {
  fc.assert(
    fc.property(fc.constantFrom(...changes), cronText, ([timezone, day], cron) => {
      const from = Date.parse(`${day}T00:00:00Z`) - DAY;
      const to = from + 3 * DAY;
      const read = readCron(cron);
      const found: string[] = [];
      for (let at = cronAfter(read, timezone, from); at !== null && at <= to; at = cronAfter(read, timezone, at))
        found.push(new Date(at).toISOString());
      expect(found).toEqual(oracle(cron, timezone, from, to));
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('the last time before now is the last of those in order', () => {
  const times = timesOf({ cron: '15 4 * * mon', timezone: 'Europe/Berlin' });
  const now = Date.parse('2026-11-25T12:00:00Z');
  expect(iso(times.last(Date.parse('2025-01-01T00:00:00Z'), now))).toBe('2026-11-23T03:15:00.000Z');
  expect(times.last(Date.parse('2026-11-23T03:15:00Z'), now)).toBeNull();
  const hourly = timesOf({ everyMs: 60 * MINUTE });
  expect(iso(hourly.after(now))).toBe('2026-11-25T13:00:00.000Z');
  expect(iso(hourly.last(0, now + 1))).toBe('2026-11-25T12:00:00.000Z');
  expect(hourly.last(now, now + 1)).toBeNull();
});
