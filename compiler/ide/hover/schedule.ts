/** Schedules in words, and when they come next. */

import type { BlackoutTime } from '../../../runtime/plan.ts';
import { readFields } from '../../semantics/cron.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** "a", "a and b", "a, b and c". */
const and = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const two = (n: number): string => String(n).padStart(2, '0');

/** `15 4 * * 1-5` → "at 04:15 from Monday to Friday"; null for what is no schedule. */
export function cronWords(text: string): string | null {
  const fields = readFields(text);
  if (fields === null) return null;
  const { day, month, weekday } = fields;
  const days = [
    ...(day.every
      ? []
      : [`on ${day.values.length === 1 ? 'day' : 'days'} ${and(day.values.map(String))} of the month`]),
    ...(weekday.every ? [] : [weekdayWords(weekday.values)]),
  ];
  const when = days.length === 0 ? (isTimes(fields) ? 'every day' : '') : days.join(' or ');
  const months = month.every ? '' : `in ${and(month.values.map((each) => MONTHS[each - 1] ?? ''))}`;
  return [when, timeWords(fields), months].filter((part) => part !== '').join(' ');
}

/** "from 22:00 to 02:00 on Friday and Saturday", "on 2026-12-24". */
export function blackoutWords(time: BlackoutTime): string {
  if (time.kind === 'days')
    return time.first === time.last ? `on ${time.first}` : `from ${time.first} to ${time.last}, the last with it`;
  const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const days = time.weekdays.length === 7 ? 'every day' : weekdayWords(time.weekdays);
  return `from ${clock(time.from)} to ${clock(time.to)} ${days}`;
}

type Fields = NonNullable<ReturnType<typeof readFields>>;

const isTimes = ({ minute, hour }: Fields): boolean => !hour.every && minute.values.length * hour.values.length <= 6;

function timeWords(fields: Fields): string {
  const { minute, hour } = fields;
  if (isTimes(fields)) return `at ${and(hour.values.flatMap((h) => minute.values.map((m) => `${two(h)}:${two(m)}`)))}`;
  const minutes = minute.every
    ? 'every minute'
    : minute.step !== null
      ? `every ${minute.step} minutes`
      : minute.values.length === 1 && minute.values[0] === 0
        ? null
        : `at ${minute.values.length === 1 ? 'minute' : 'minutes'} ${and(minute.values.map(String))}`;
  const hours = hour.every
    ? minutes === null || minutes.startsWith('at')
      ? 'every hour'
      : null
    : hour.step !== null
      ? `every ${hour.step} hours`
      : `in ${hour.values.length === 1 ? 'the hour' : 'the hours'} ${and(hour.values.map(String))}`;
  return [hours, minutes].filter((part) => part !== null).join(' ');
}

function weekdayWords(values: readonly number[]): string {
  const [first = 0] = values;
  const last = values.at(-1) ?? first;
  const isRun = values.length > 2 && last - first === values.length - 1;
  if (isRun) return `from ${DAYS[first]} to ${DAYS[last]}`;
  return `on ${and(values.map((each) => DAYS[each] ?? ''))}`;
}

/** The next times of a schedule after an instant, as its zone writes them: `Thu 26 Nov 04:15`. */
export function nextRuns(text: string, zone: string, after: Date, most: number): readonly string[] {
  const fields = readFields(text);
  if (fields === null) return [];
  const clock = clockOf(zone);
  const runs: string[] = [];
  const [year, month, day] = clock(after);
  // A leap day on a given weekday comes within 28 years, but nobody looks that far ahead.
  for (let ahead = 0; ahead < 366 * 5 && runs.length < most; ahead++) {
    const date = new Date(Date.UTC(year, month - 1, day + ahead));
    if (!comesOn(fields, date)) continue;
    for (const hour of fields.hour.values)
      for (const minute of fields.minute.values) {
        const instant = instantOf(date, hour, minute, clock);
        if (instant === null || instant <= after || runs.length === most) continue;
        const name = `${DAYS[date.getUTCDay()]?.slice(0, 3)} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]?.slice(0, 3)}`;
        runs.push(`${name} ${two(hour)}:${two(minute)}`);
      }
  }
  return runs;
}

/** As crontab(5) has it: where both the day of the month and that of the week are given, either will do. */
function comesOn({ day, month, weekday }: Fields, date: Date): boolean {
  if (!month.values.includes(date.getUTCMonth() + 1)) return false;
  const isDay = day.values.includes(date.getUTCDate());
  const isWeekday = weekday.values.includes(date.getUTCDay());
  return day.every || weekday.every ? isDay && isWeekday : isDay || isWeekday;
}

type Clock = (instant: Date) => readonly [year: number, month: number, day: number, hour: number, minute: number];

/** What the clocks of a zone show. */
function clockOf(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return [part('year'), part('month'), part('day'), part('hour'), part('minute')];
  };
}

/** The instant at which clocks show this; null where they skip it. */
function instantOf(date: Date, hour: number, minute: number, clock: Clock): Date | null {
  const wanted = date.getTime() + (hour * 60 + minute) * 60_000;
  let instant = wanted;
  // The distance to UTC may be another at the first guess.
  for (let tries = 0; tries < 2; tries++) {
    const [year, month, day, h, m] = clock(new Date(instant));
    instant += wanted - Date.UTC(year, month - 1, day, h, m);
  }
  const [, , , h, m] = clock(new Date(instant));
  return h === hour && m === minute ? new Date(instant) : null;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
] as const;

/** A length of time in words: "26 hours", "7 days". Whole days beyond a year are told in years too. */
export function lengthWords(ms: number): string {
  const [unit, length] = UNITS.find(([, each]) => ms !== 0 && ms % each === 0) ?? (['millisecond', 1] as const);
  const n = ms / length;
  return `${n.toLocaleString('en')} ${unit}${n === 1 ? '' : 's'}`;
}
