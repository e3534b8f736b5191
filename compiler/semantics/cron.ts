/**
 * Cron expressions of five fields, as crontab(5) has them: minute, hour, day of the month, month, day of the week.
 * Checked here and not by the library that runs them, as that one only says that something is wrong.
 */

interface FieldRow {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly words: readonly string[];
}

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const fields: readonly FieldRow[] = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day of the month', low: 1, high: 31, words: [] },
  { name: 'month', low: 1, high: 12, words: ['', ...months] },
  { name: 'day of the week', low: 0, high: 7, words: days },
];

/** The greatest day of each month in a leap year. */
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Schedules by name, as some crons take them, in five fields. */
const named: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The five fields that a name stands for, or null. */
export function cronNamed(text: string): string | null {
  return named[text.trim().toLowerCase()] ?? null;
}

/** What is wrong with it, in words, or null. */
export function cronProblem(text: string): string | null {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length || parts[0] === '') {
    const count = parts[0] === '' ? 0 : parts.length;
    return `it has ${count} ${count === 1 ? 'field' : 'fields'}, not 5 (minute, hour, day of the month, month, day of the week)`;
  }
  for (const [index, row] of fields.entries()) {
    const problem = fieldProblem(parts[index] ?? '', row);
    if (problem !== null) return problem;
  }
  return neverProblem(parts[2] ?? '*', parts[3] ?? '*', parts[4] ?? '*');
}

function fieldProblem(text: string, row: FieldRow): string | null {
  for (const item of text.split(',')) {
    const [range = '', step, ...more] = item.split('/');
    if (more.length > 0) return `the ${row.name} \`${item}\` has two steps`;
    if (step !== undefined && !/^[1-9]\d*$/.test(step))
      return `the step of the ${row.name} \`${item}\` is a whole number above 0`;
    // A step beyond the range would silently mean the first value only.
    if (step !== undefined && Number(step) > row.high - row.low + 1)
      return `the step of the ${row.name} \`${item}\` is more than there are`;
    if (range === '*') continue;
    const ends = range.split('-');
    if (ends.length > 2) return `the ${row.name} \`${item}\` is not a range`;
    if (step !== undefined && ends.length === 1)
      return `the step of the ${row.name} \`${item}\` stands after \`*\` or a range`;
    const values = ends.map((end) => fieldValue(end, row));
    for (const [at, value] of values.entries()) {
      if (value === null) {
        const word = row.words.at(-1);
        const orWord = word === undefined ? '' : ` or a word such as \`${word}\``;
        return `the ${row.name} \`${ends[at]}\` is not a number between ${row.low} and ${row.high}${orWord}`;
      }
    }
    const [from, to] = values;
    if (typeof from === 'number' && typeof to === 'number' && from > to)
      return `the ${row.name} \`${item}\` goes backwards: write \`${from}-${row.high},${row.low}-${to}\``;
  }
  return null;
}

function fieldValue(text: string, row: FieldRow): number | null {
  if (/^\d{1,2}$/.test(text)) {
    const value = Number(text);
    return value >= row.low && value <= row.high ? value : null;
  }
  const word = row.words.indexOf(text.toLowerCase());
  return word === -1 || text === '' ? null : word;
}

/** What a field covers, in order. */
export interface CronField {
  readonly values: readonly number[];
  /** `*`. */
  readonly every: boolean;
  /** Of a step over all of them, which comes out even. */
  readonly step: number | null;
}

/** The fields of a schedule that is well formed, else null. Sunday is 0. */
export function readFields(
  text: string,
): Readonly<Record<'minute' | 'hour' | 'day' | 'month' | 'weekday', CronField>> | null {
  if (cronProblem(text) !== null) return null;
  const parts = text.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields.map((row, index) => readField(parts[index] ?? '*', row));
  return minute && hour && day && month && weekday
    ? {
        minute,
        hour,
        day,
        month,
        weekday: { ...weekday, values: [...new Set(weekday.values.map((each) => each % 7))].sort() },
      }
    : null;
}

function readField(text: string, row: FieldRow): CronField {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '*', step] = item.split('/');
    const [from, to] =
      range === '*' ? [row.low, row.high] : range.split('-').map((end) => fieldValue(end, row) ?? row.low);
    for (let value = from ?? row.low; value <= (to ?? from ?? row.high); value += Number(step ?? 1)) values.add(value);
  }
  const step = /^\*\/(\d+)$/.exec(text)?.[1];
  const isEven = step !== undefined && (row.high - row.low + 1) % Number(step) === 0;
  return {
    values: [...values].sort((a, b) => a - b),
    every: text === '*',
    step: isEven && Number(step) > 1 ? Number(step) : null,
  };
}

/** Whether a schedule that is well formed comes at most once a day: at one minute of one hour. */
export function isAtMostDaily(text: string): boolean {
  const [minute = '', hour = ''] = text.trim().split(/\s+/);
  return /^\d+$/.test(minute) && /^\d+$/.test(hour);
}

/** `0 0 31 2 *` is well formed and never comes. */
function neverProblem(day: string, month: string, weekday: string): string | null {
  if (weekday !== '*' || !/^\d+$/.test(day) || !/^\d+$/.test(month)) return null;
  const most = monthDays[Number(month) - 1] ?? 31;
  return Number(day) <= most ? null : `month ${month} has no day ${day}`;
}
