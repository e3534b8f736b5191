/** Intervals as a picture. */
import { expect, test } from 'vitest';
import { calendarLines, type Intervals } from '../../compiler/cli/calendar.ts';
import { ago } from '../../compiler/cli/status.ts';
import { style } from '../../compiler/diagnostics/style.ts';
import { type KeptSpan, kept } from '../../runtime/intervals.ts';
import type { IntervalsPlan } from '../../runtime/plan.ts';

const HOUR = 3_600_000;
const plain = style({ width: 100, colour: false, unicode: true });
const ascii = style({ width: 100, colour: false, unicode: false });

const picture = (
  everyMs: number,
  told: {
    readonly done?: readonly KeptSpan[];
    readonly gaps?: readonly KeptSpan[];
    readonly due?: readonly KeptSpan[];
  },
  looks = plain,
  room = 90,
): readonly string[] => {
  const plan: IntervalsPlan = {
    kind: 'intervals',
    sql: [],
    within: [],
    assertions: [],
    by: 'day',
    type: everyMs < 24 * HOUR ? 'timestamp' : 'date',
    everyMs,
    timezone: 'UTC',
    latenessMs: 0,
    lookbackMs: 0,
    start: '2024-01-30',
  };
  const { done = [], gaps = [], due = [] } = told;
  const intervals: Intervals = { plan, done: kept(done), gaps: kept(gaps), due: kept(due) };
  return calendarLines(intervals, looks, room);
};

test('a gap is a hole', () => {
  const told = {
    done: [
      ['2024-01-30', '2024-02-10'],
      ['2024-02-12', '2024-03-05'],
    ],
    gaps: [['2024-02-10', '2024-02-12']],
    due: [['2024-03-05', '2024-03-08']],
  } as const;
  expect(picture(24 * HOUR, told)).toEqual([
    '2024-01-30                     Mar',
    '███████████░░██████████████████████··· 2024-03-07',
  ]);
  expect(picture(24 * HOUR, told, ascii)[1]).toBe('###########__######################... 2024-03-07');
  // Where there is little room a cell is more than an interval, and may be done in part.
  expect(picture(24 * HOUR, told, plain, 10)).toEqual(['2024-01-30', '█▒███· 2024-03-07', 'a cell is 7 days']);
});

test('years and hours', () => {
  expect(picture(24 * HOUR, { done: [['2022-06-01', '2024-06-01']] })[2]).toBe('a cell is 14 days');
  expect(picture(24 * HOUR, { done: [['2001-01-01', '2026-11-25']] }, plain, 53)).toEqual([
    '2001-01-01 2006  2009  2012  2015  2018  2021  2024',
    `${'█'.repeat(52)} 2026-11-24`,
    'a cell is 182 days',
  ]);
  expect(picture(24 * HOUR, { done: [['1000-06-01', '2024-06-01']] })[1]?.length).toBeLessThan(110);
  const hours = picture(HOUR, {
    done: [['2024-03-01 20:00', '2024-03-02 03:00']],
    due: [['2024-03-02 03:00', '2024-03-02 05:00']],
  });
  expect(hours).toEqual(['2024-03-01', '███████·· 2024-03-02 04:00']);
});

test('without a beginning the last cells are shown', () => {
  const [scale, cells] = picture(24 * HOUR, { done: [[null, '2024-03-05']], due: [['2024-03-05', '2024-03-06']] });
  expect(scale).toMatch(/^ 2024-01-06 /);
  expect(cells).toBe(`…${'█'.repeat(59)}· 2024-03-05`);
  expect(picture(24 * HOUR, {})).toEqual([]);
});

test.each([
  [0, 'just now'],
  [60_000, '1 minute ago'],
  [47 * HOUR, '47 hours ago'],
  [48 * HOUR, '2 days ago'],
])('%i ms are %s', (ms, text) => {
  expect(ago('2024-03-01T00:00:00.000Z', Date.parse('2024-03-01') + ms)).toBe(text);
});
