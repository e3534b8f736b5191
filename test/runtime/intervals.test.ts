/** Ranges of intervals: against plain sets of intervals, and against what clocks of zones show. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askedSpan,
  boundSql,
  dueSpan,
  halves,
  keep,
  kept,
  lookbackSpan,
  type Span,
  spanText,
  union,
  without,
} from '../../runtime/intervals.ts';

const days = { type: 'date', everyMs: 86_400_000, timezone: 'UTC', latenessMs: 0, lookbackMs: 0, start: null } as const;
const hours = { ...days, type: 'timestamp', everyMs: 3_600_000 } as const;

const span = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 }))
  .map(([from, length]): Span => ({ from, to: from + length }));
const cells = (spans: readonly Span[]): number[] =>
  Array.from({ length: 60 }, (_, i) => i).filter((i) => spans.some(({ from, to }) => from <= i && i < to));

test('union and without are those of sets, in order, and never empty', () => {
  fc.assert(
    fc.property(span, fc.array(span, { maxLength: 8 }), (whole, spans) => {
      const all = union(spans);
      expect(cells(all)).toEqual(cells(spans));
      const left = without(whole, spans);
      expect(cells(left)).toEqual(cells([whole]).filter((cell) => !cells(spans).includes(cell)));
      for (const list of [all, left]) {
        for (const [i, one] of list.entries()) {
          expect(one.from).toBeLessThan(one.to);
          // Those that touch are one.
          if (i > 0) expect(list[i - 1]?.to).toBeLessThan(one.from);
        }
      }
    }),
  );
});

test('halves are intervals that make up the whole, down to single ones', () => {
  const parts = (one: Span): Span[] => halves(days, one)?.flatMap(parts) ?? [one];
  const from = Date.parse('2024-02-01');
  const to = Date.parse('2024-03-08');
  const all = parts({ from, to });
  expect(all).toHaveLength(36);
  expect(union(all)).toEqual([{ from, to }]);
});

test('what has no beginning is halved as if it began with the least day, and its first half has none', () => {
  const from = Number.NEGATIVE_INFINITY;
  const parts = (one: Span): Span[] => {
    const [first, second] = halves(days, one) ?? [];
    // Of the halves only that is looked at in which the rows are: to its end it is some steps.
    return first === undefined || second === undefined ? [one] : [first, ...parts(second)];
  };
  const to = Date.parse('2024-03-08');
  const all = parts({ from, to });
  expect(all.length).toBeLessThan(20);
  expect(all[0]?.from).toBe(from);
  expect(all.at(-1)).toEqual({ from: Date.parse('2024-03-07'), to });
  expect(union(all)).toEqual([{ from, to }]);
  expect(halves(days, { from, to: Date.parse('1900-01-02') })).toBeNull();
});

describe('what is due', () => {
  const due = (plan: Parameters<typeof dueSpan>[0], now: string) => {
    const found = dueSpan(plan, Date.parse(now));
    return found === null ? null : spanText(plan, found);
  };

  test('ends with the last whole interval, in the zone, after its lateness', () => {
    expect(due(days, '2024-03-02T00:00:00Z')).toBe('up to 2024-03-01');
    expect(due(days, '2024-03-01T23:59:59Z')).toBe('up to 2024-02-29');
    expect(due({ ...days, latenessMs: 1000 }, '2024-03-02T00:00:00Z')).toBe('up to 2024-02-29');
    const berlin = { ...days, timezone: 'Europe/Berlin', start: '2024-03-01' };
    expect(due(berlin, '2024-03-01T22:59:59Z')).toBeNull();
    expect(due(berlin, '2024-03-01T23:00:00Z')).toBe('2024-03-01');
    // In summer the day begins an hour earlier.
    expect(due(berlin, '2024-07-01T21:59:00Z')).toBe('2024-03-01 to 2024-06-30');
    expect(due(berlin, '2024-07-01T22:00:00Z')).toBe('2024-03-01 to 2024-07-01');
    expect(due(hours, '2024-03-01T06:59:00Z')).toBe('up to 2024-03-01 05:00');
  });

  test('weeks begin on a Monday, or with the start', () => {
    const weeks = { ...days, everyMs: 7 * 86_400_000 };
    expect(due(weeks, '2026-11-25T12:00:00Z')).toBe('up to 2026-11-16');
    expect(due({ ...weeks, start: '2026-11-04' }, '2026-11-25T12:00:00Z')).toBe('2026-11-04 to 2026-11-18');
  });
});

test('a look back takes every interval that it touches, and what is asked for becomes whole intervals', () => {
  const to = Date.parse('2024-03-10');
  const back = (lookbackMs: number) => lookbackSpan({ ...days, lookbackMs }, to);
  expect(back(3 * 86_400_000)).toEqual({ from: Date.parse('2024-03-07'), to });
  expect(back(3_600_000)).toEqual({ from: Date.parse('2024-03-09'), to });
  expect(back(0)).toBeNull();
  expect(askedSpan(days, '2024-03-01 06:00', '2024-03-02 06:00')).toEqual({
    from: Date.parse('2024-03-01'),
    to: Date.parse('2024-03-03'),
  });
  expect(askedSpan(days, null, '2024-03-02')).toEqual({ from: Number.NEGATIVE_INFINITY, to: Date.parse('2024-03-02') });
});

test('what is kept is read again', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 5 }), fc.boolean(), (spans, open) => {
      const real = union(spans.map(({ from, to }) => ({ from: from * hours.everyMs, to: to * hours.everyMs })));
      const first = real[0] as Span;
      const all = open ? [{ from: Number.NEGATIVE_INFINITY, to: first.to }, ...real.slice(1)] : real;
      expect(kept(keep(hours, all))).toEqual(all);
    }),
  );
});

test('the bounds of a statement are instants, also of days that are shorter', () => {
  const sql = ['t >= ', { bound: 'from' }, ' and t < ', { bound: 'to' }] as const;
  const bound = (plan: Parameters<typeof boundSql>[0], from: string, to: string) =>
    boundSql(plan, sql, { from: Date.parse(from), to: Date.parse(to) });
  expect(bound(days, '2024-03-30', '2024-04-01')).toBe('t >= 2024-03-30 and t < 2024-04-01');
  const berlin = { ...days, type: 'timestamp', timezone: 'Europe/Berlin' } as const;
  expect(bound(berlin, '2024-03-30', '2024-04-01')).toBe(
    't >= 2024-03-29 23:00:00.000000 and t < 2024-03-31 22:00:00.000000',
  );
  // Where midnight is skipped, the day begins when the skip ends; where it comes twice, with the first of the two.
  const santiago = { ...berlin, timezone: 'America/Santiago' } as const;
  expect(bound(santiago, '2024-09-08', '2024-09-09')).toBe(
    't >= 2024-09-08 04:00:00.000000 and t < 2024-09-09 03:00:00.000000',
  );
  const azores = { ...berlin, timezone: 'Atlantic/Azores' } as const;
  expect(bound(azores, '2024-10-27', '2024-10-28')).toBe(
    't >= 2024-10-27 00:00:00.000000 and t < 2024-10-28 01:00:00.000000',
  );
  expect(boundSql(hours, sql, { from: Number.NEGATIVE_INFINITY, to: 0 })).toBe(
    't >= 1900-01-01 00:00:00.000000 and t < 1970-01-01 00:00:00.000000',
  );
});
