/** Blackouts against the plainest program that says the same: minute by minute, what the clock on the wall shows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Blackout, clearAfter, clearBefore, covers, outside } from '../../../runtime/schedule/blackout.ts';
import { timesOf } from '../../../runtime/schedule/times.ts';

const MINUTE = 60_000;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
const formats = Object.fromEntries(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    }),
  ]),
);

/** What a wall shows, asked of the calendar of the platform alone. */
function shown(instant: number, timeZone: string) {
  const parts = (formats[timeZone] as Intl.DateTimeFormat).formatToParts(instant);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: DAYS.indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function plainly({ times, timezone }: Blackout, instant: number): boolean {
  const { date, weekday, minute } = shown(instant, timezone);
  return times.some((time) => {
    if (time.kind === 'days') return time.first <= date && date <= time.last;
    const yesterday = (weekday + 6) % 7;
    if (time.to > time.from) return time.weekdays.includes(weekday) && time.from <= minute && minute < time.to;
    return (
      (time.weekdays.includes(weekday) && minute >= time.from) ||
      (time.weekdays.includes(yesterday) && minute < time.to)
    );
  });
}

/** Around the changes of clocks of 2026 in these zones, and a plain day. */
const near = [
  '2026-03-29T00:00Z',
  '2026-10-25T00:00Z',
  '2026-03-08T06:00Z',
  '2026-11-01T05:00Z',
  '2026-04-04T14:00Z',
  '2026-10-03T15:00Z',
  '2026-07-01T12:00Z',
].map((moment) => Date.parse(moment));
const instants = fc
  .tuple(fc.constantFrom(...near), fc.integer({ min: -36 * 3_600_000, max: 36 * 3_600_000 }))
  .map(([about, off]) => about + off);

const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
const day = fc.constantFrom(...near.map((at) => new Date(at).toISOString().slice(0, 10)), '2026-03-28', '2026-10-24');
const time: fc.Arbitrary<Blackout['times'][number]> = fc.oneof(
  fc
    .record({
      kind: fc.constant('daily' as const),
      from: minutes,
      to: fc.oneof(minutes, fc.constant(24 * 60)),
      weekdays: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
    })
    .filter(({ from, to }) => from !== to),
  fc
    .tuple(day, day)
    .map(([a, b]) => ({ kind: 'days' as const, first: [a, b].sort()[0] ?? a, last: [a, b].sort()[1] ?? b })),
);
const blackout = fc.record({
  times: fc.array(time, { minLength: 1, maxLength: 3 }),
  timezone: fc.constantFrom(...zones),
});

test('a moment lies in a blackout where the clock on the wall shows a time of it', () => {
  fc.assert(
    fc.property(blackout, instants, (one, instant) => {
      expect(covers(one, instant)).toBe(plainly(one, instant));
    }),
    { numRuns: 2000 },
  );
});

test('the first clear moment from one on, and the last before it, are those that are found minute by minute', () => {
  const short = fc.record({
    times: fc.array(
      fc
        .record({
          kind: fc.constant('daily' as const),
          from: minutes,
          length: fc.integer({ min: 1, max: 300 }),
          weekdays: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
        })
        .map(({ length, ...one }) => ({ ...one, to: (one.from + length) % (24 * 60) })),
      { minLength: 1, maxLength: 2 },
    ),
    timezone: fc.constantFrom(...zones),
  });
  fc.assert(
    fc.property(fc.array(short, { minLength: 1, maxLength: 2 }), instants, (blackouts, instant) => {
      const isClear = (at: number): boolean => blackouts.every((one) => !plainly(one, at));
      const minute = Math.floor(instant / MINUTE) * MINUTE;
      let after = instant;
      for (let at = minute; !isClear(after); ) after = at += MINUTE;
      expect(clearAfter(blackouts, instant)).toBe(after);
      let before = instant - 1;
      for (let at = Math.floor(before / MINUTE) * MINUTE; !isClear(before); at -= MINUTE) before = at - 1;
      expect(clearBefore(blackouts, instant)).toBe(before);
    }),
    { numRuns: 300 },
  );
});

test('what is skipped of a schedule is what lies in a blackout, and nothing else', () => {
  const schedules = fc.constantFrom(
    { everyMs: 15 * MINUTE },
    { cron: '*/20 * * * *', timezone: 'Europe/Berlin' },
    { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
    { cron: '0,30 1-3 * * *', timezone: 'America/New_York' },
  );
  fc.assert(
    fc.property(fc.array(blackout, { maxLength: 2 }), schedules, instants, (blackouts, schedule, from) => {
      const times = timesOf(schedule);
      const to = from + 36 * 3_600_000;
      const expected: number[] = [];
      for (let at = times.after(from); at !== null && at <= to; at = times.after(at))
        if (blackouts.every((one) => !plainly(one, at as number))) expected.push(at);
      const left = outside(times, blackouts);
      const found: number[] = [];
      for (let at = left.after(from); at !== null && at <= to; at = left.after(at)) found.push(at);
      expect(found).toEqual(expected);
      expect(left.last(from, to)).toBe(expected.at(-1) ?? null);
    }),
    { numRuns: 100 },
  );
});

test('a blackout that has no end is no reason to look for one for ever', () => {
  const always: Blackout = {
    timezone: 'UTC',
    times: [{ kind: 'daily', from: 0, to: 24 * 60, weekdays: [0, 1, 2, 3, 4, 5, 6] }],
  };
  expect(clearAfter([always], 0)).toBe(null);
  expect(clearBefore([always], 0)).toBe(null);
  expect(outside(timesOf({ everyMs: 1000 }), [always]).after(0)).toBe(null);
  expect(outside(timesOf({ everyMs: 1000 }), [always]).last(0, 86_400_000)).toBe(null);
});

test('a schedule whose every time lies in a blackout has none', () => {
  const night: Blackout = {
    timezone: 'Europe/Berlin',
    times: [{ kind: 'daily', from: 2 * 60, to: 4 * 60, weekdays: [0, 1, 2, 3, 4, 5, 6] }],
  };
  const left = outside(timesOf({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }), [night]);
  expect(left.after(Date.parse('2026-01-01T00:00Z'))).toBe(null);
  expect(left.last(Date.parse('2026-01-01T00:00Z'), Date.parse('2027-01-01T00:00Z'))).toBe(null);
});

test('a year without an end is crossed in no time', () => {
  const year: Blackout = {
    timezone: 'Europe/Berlin',
    times: [{ kind: 'days', first: '2026-01-01', last: '2026-12-31' }],
  };
  expect(new Date(clearAfter([year], Date.parse('2026-01-10T00:00Z')) ?? 0).toJSON()).toBe('2026-12-31T23:00:00.000Z');
  expect(new Date(clearBefore([year], Date.parse('2026-12-10T00:00Z')) ?? 0).toJSON()).toBe('2025-12-31T22:59:59.999Z');
});
