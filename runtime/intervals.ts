/**
 * Intervals of time as ranges: which are due, done and missing. A year of hours is one range, and what is computed about it
 * never counts them.
 *
 * A moment is a number of milliseconds on a clock without zone: for intervals of days the clock on the wall of the plan's
 * zone, for shorter ones that of UTC. Spans are half-open and never empty.
 */
import type { IntervalsPlan, SpanSql } from './plan.ts';

export interface Span {
  /** -Infinity: from the first row on. */
  readonly from: number;
  readonly to: number;
}

type Cut = Pick<IntervalsPlan, 'type' | 'everyMs' | 'timezone' | 'latenessMs' | 'start' | 'recentMs'>;

const MINUTE = 60_000;
const DAY = 86_400_000;
/** The least day of the language (a timestamp of it is the least instant). */
const LEAST = '1900-01-01';
/** Intervals of several days are counted from a Monday where the plan has no start. */
const MONDAY = Date.UTC(1970, 0, 5);

const isWall = ({ everyMs }: Pick<Cut, 'everyMs'>): boolean => everyMs % DAY === 0;
const anchor = ({ start }: Pick<Cut, 'start'>): number => (start === null ? MONDAY : Date.parse(`${start}T00:00:00Z`));

/** The beginning of the interval that a moment is in. */
export function floorTo(plan: Cut, moment: number): number {
  const first = anchor(plan);
  return first + Math.floor((moment - first) / plan.everyMs) * plan.everyMs;
}

/** Everything that is due at an instant, in ms since 1970; null where nothing is. */
export function dueSpan(plan: Cut, instant: number): Span | null {
  const waited = instant - plan.latenessMs;
  const to = floorTo(plan, isWall(plan) ? wallOf(waited, plan.timezone) : waited);
  const first = plan.start === null ? Number.NEGATIVE_INFINITY : anchor(plan);
  const from = plan.recentMs === undefined ? first : Math.max(first, floorTo(plan, to - plan.recentMs));
  return from < to ? { from, to } : null;
}

/** Spans in order, those that touch as one. */
export function union(spans: readonly Span[]): readonly Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** What of a span no other covers. */
export function without(whole: Span, taken: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let from = whole.from;
  for (const span of union(taken)) {
    if (span.from > from) left.push({ from, to: Math.min(span.from, whole.to) });
    from = Math.max(from, span.to);
    if (from >= whole.to) return left.filter((one) => one.from < one.to);
  }
  if (from < whole.to) left.push({ from, to: whole.to });
  return left.filter((one) => one.from < one.to);
}

export function intersection(a: Span, b: Span): Span | null {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? { from, to } : null;
}

/** What a person asked for, as whole intervals. `YYYY-MM-DD`, or with a time: `2024-03-01 06:00`. */
export function askedSpan(plan: Cut, from: string | null, to: string | null): Span {
  const moment = (text: string): number =>
    Date.parse(`${text.replace(' ', 'T')}${text.includes(':') ? '' : 'T00:00'}Z`);
  return {
    from: from === null ? Number.NEGATIVE_INFINITY : floorTo(plan, moment(from)),
    to: to === null ? Number.POSITIVE_INFINITY : ceilTo(plan, moment(to)),
  };
}

/** The interval that a moment is in. */
export function intervalAt(plan: Cut, text: string): Span {
  const { from } = askedSpan(plan, text, null);
  return { from, to: from + plan.everyMs };
}

/** The first beginning of an interval that is not before a moment. */
export function ceilTo(plan: Cut, moment: number): number {
  const floor = floorTo(plan, moment);
  return floor === moment ? floor : floor + plan.everyMs;
}

/** What overlaps the time before an end. */
export function lookbackSpan(plan: Cut & Pick<IntervalsPlan, 'lookbackMs'>, to: number): Span | null {
  const from = floorTo(plan, to - plan.lookbackMs);
  return from < to ? { from, to } : null;
}

/** What a run computes of a table: what is due and not done and what the look back asks for, or what is asked of it. */
export function spansToDo(
  plan: Cut & Pick<IntervalsPlan, 'lookbackMs'>,
  due: Span,
  done: readonly Span[],
  asked: { readonly from: string | null; readonly to: string | null; readonly missing?: boolean } | null,
): readonly Span[] {
  const missing = without(due, done);
  if (asked !== null) {
    // Asked for a span, a run looks at that span and at nothing else.
    const span = askedSpan(plan, asked.from, asked.to);
    return (asked.missing ? missing : [due]).flatMap((one) => intersection(one, span) ?? []);
  }
  const back = plan.lookbackMs === 0 ? null : lookbackSpan(plan, due.to);
  const within = back === null ? null : intersection(back, due);
  return union([...missing, ...(within === null ? [] : [within])]);
}

/** How many intervals there are; null where they begin with the first row. */
export function countOf({ everyMs }: Pick<IntervalsPlan, 'everyMs'>, spans: readonly Span[]): number | null {
  const length = spans.reduce((sum, { from, to }) => sum + (to - from), 0);
  return Number.isFinite(length) ? Math.round(length / everyMs) : null;
}

/** Two halves; null for a single interval. What has no beginning is halved as if it began with the least day. */
export function halves(plan: Cut, { from, to }: Span): readonly [Span, Span] | null {
  const first = Number.isFinite(from) ? from : floorTo(plan, Date.parse(`${LEAST}T00:00:00Z`));
  const middle = floorTo(plan, first + (to - first) / 2);
  return middle > first
    ? [
        { from, to: middle },
        { from: middle, to },
      ]
    : null;
}

/** Text of a moment: as it is kept, and as people read it. `2024-03-01`, or `2024-03-01 06:00`. */
export function momentText(plan: Cut, moment: number): string | null {
  if (!Number.isFinite(moment)) return null;
  const text = new Date(moment).toISOString();
  return isWall(plan) ? text.slice(0, 10) : text.slice(0, text.endsWith(':00.000Z') ? 16 : 23).replace('T', ' ');
}

/** A span as it is kept. A beginning of null is open. */
export type KeptSpan = readonly [from: string | null, to: string];

export function keep(plan: Cut, spans: readonly Span[]): readonly KeptSpan[] {
  return spans.map(({ from, to }) => [momentText(plan, from), momentText(plan, to) ?? '']);
}

export function kept(spans: readonly KeptSpan[]): readonly Span[] {
  const moment = (text: string): number =>
    Date.parse(`${text.replace(' ', 'T')}${text.includes(':') ? '' : 'T00:00'}Z`);
  return spans.map(([from, to]) => ({ from: from === null ? Number.NEGATIVE_INFINITY : moment(from), to: moment(to) }));
}

/** `2024-03-01`, `2024-03-01 to 2024-03-04` with the last interval's beginning, `up to 2024-03-04`. */
export function spanText(plan: Cut, { from, to }: Span): string {
  const last = momentText(plan, to - plan.everyMs);
  const first = momentText(plan, from);
  if (first === null) return `up to ${last}`;
  return first === last ? first : `${first} to ${last}`;
}

/** The statement for a span. */
export function boundSql(plan: Cut, sql: SpanSql, { from, to }: Span): string {
  const bounds = { from: boundText(plan, from), to: boundText(plan, to) };
  return sql.map((part) => (typeof part === 'string' ? part : bounds[part.bound])).join('');
}

function boundText(plan: Cut, moment: number): string {
  const [day, timed] = [plan.type === 'date', Number.isFinite(moment)];
  if (!timed) return day ? LEAST : `${LEAST} 00:00:00.000000`;
  if (day) return new Date(moment).toISOString().slice(0, 10);
  const instant = isWall(plan) ? instantOf(moment, plan.timezone) : moment;
  return `${new Date(instant).toISOString().slice(0, 23).replace('T', ' ')}000`;
}

/** What the clock on a wall of the zone shows at an instant. */
export function wallOf(instant: number, timezone: string): number {
  return timezone === 'UTC' ? instant : instant + offset(instant, timezone);
}

/** When it shows a moment; the first time of two, and where it skips the moment the end of the skip. */
export function instantOf(wall: number, timezone: string): number {
  if (timezone === 'UTC') return wall;
  const before = wall - offset(wall - DAY, timezone);
  const after = wall - offset(wall + DAY, timezone);
  if (wallOf(before, timezone) === wall) return before;
  if (wallOf(after, timezone) === wall) return after;
  // Skipped: the clock jumps between the two, at a full minute.
  let [early, late] = [Math.min(before, after), Math.max(before, after)];
  const ahead = offset(late, timezone);
  while (late - early > MINUTE) {
    const middle = early + Math.floor((late - early) / 2 / MINUTE) * MINUTE;
    if (offset(middle, timezone) === ahead) late = middle;
    else early = middle;
  }
  return late - (((late % MINUTE) + MINUTE) % MINUTE);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that a zone is ahead of UTC at an instant. */
function offset(instant: number, timezone: string): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const seconds = Math.floor(instant / 1000) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) - seconds;
}
