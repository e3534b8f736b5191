/** Intervals as a line of cells under a scale of time: a gap is a hole that one sees. Pure. */
import { floorTo, momentText, type Span } from '../../runtime/intervals.ts';
import type { IntervalsPlan } from '../../runtime/plan.ts';
import type { Style } from '../diagnostics/style.ts';

/** What is known of a table's intervals. */
export interface Intervals {
  readonly plan: IntervalsPlan;
  readonly done: readonly Span[];
  readonly gaps: readonly Span[];
  readonly due: readonly Span[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Cells of this length and more have no room for each month. */
const MONTH = 28 * DAY;
/** Lengths that a cell may have. */
const LENGTHS = [1, 2, 3, 6, 12]
  .map((hours) => hours * HOUR)
  .concat([1, 7, 14, 28, 56, 91, 182, 364].map((days) => days * DAY));
const MOST_CELLS = 90;
/** Shown where a table begins with its first row, whenever that was. */
const OPEN_CELLS = 60;

type State = 'done' | 'part' | 'gap' | 'due';

/** The scale, the cells, and how long one is; empty where nothing is due yet. */
export function calendarLines(intervals: Intervals, style: Style, room: number): readonly string[] {
  const { plan } = intervals;
  const window = windowOf(intervals, Math.max(10, Math.min(room, MOST_CELLS)));
  if (window === null) return [];
  const { from, to, count, length, open } = window;
  const cells = Array.from({ length: count }, (_, index) => {
    const cell = { from: from + index * length, to: from + (index + 1) * length };
    return stateOf(cell, intervals);
  });
  const lead = open ? style.glyphs.ellipsis : '';
  const scale = ' '.repeat(lead.length) + scaleOf(from, count, length);
  return [
    style.paint.dim(scale.trimEnd()),
    `${style.paint.dim(lead)}${painted(cells, style)} ${style.paint.dim(momentText(plan, to - plan.everyMs) ?? '')}`,
    ...(length === plan.everyMs ? [] : [style.paint.dim(`a cell is ${lengthText(length)}`)]),
  ];
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Of a cell, in ms. */
  readonly length: number;
  /** Something is before it. */
  readonly open: boolean;
}

function windowOf({ plan, done, gaps, due }: Intervals, most: number): Window | null {
  const spans = [...done, ...gaps, ...due];
  const bounds = spans.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  if (bounds.length === 0) return null;
  const open = spans.some(({ from }) => !Number.isFinite(from));
  const to = Math.max(...bounds);
  const first = Math.min(...bounds);
  const known = (to - first) / plan.everyMs;
  const before = Math.max(Math.min(OPEN_CELLS, most) - known, known / 2);
  const from = open ? first - Math.ceil(before) * plan.everyMs : first;
  const begin = floorTo(plan, from);
  const shortest = LENGTHS.filter((length) => length >= plan.everyMs && length % plan.everyMs === 0);
  const length =
    [plan.everyMs, ...shortest].find((one) => (to - begin) / one <= most) ??
    Math.ceil((to - begin) / most / plan.everyMs) * plan.everyMs;
  return { from: begin, to, count: Math.max(1, Math.ceil((to - begin) / length)), length, open };
}

function stateOf(cell: Span, { done, gaps, due }: Intervals): State {
  const touches = (spans: readonly Span[]): boolean => spans.some(({ from, to }) => from < cell.to && to > cell.from);
  if (!touches(done)) return touches(gaps) ? 'gap' : 'due';
  return touches(gaps) || touches(due) ? 'part' : 'done';
}

function painted(cells: readonly State[], { paint, glyphs }: Style): string {
  const colours: Readonly<Record<State, (text: string) => string>> = {
    done: paint.green,
    part: paint.yellow,
    gap: paint.red,
    due: paint.dim,
  };
  let text = '';
  for (let index = 0; index < cells.length; ) {
    const state = cells[index] ?? 'due';
    let end = index;
    while (cells[end] === state) end += 1;
    text += colours[state](glyphs.calendar[state].repeat(end - index));
    index = end;
  }
  return text;
}

/** Where years, months or days begin, as far as they have room. */
function scaleOf(from: number, count: number, length: number): string {
  let text = '';
  const digits = length < DAY ? 'yyyy-mm-dd'.length : length < MONTH ? 'yyyy-mm'.length : 'yyyy'.length;
  let last = '';
  for (let index = 0; index < count; index += 1) {
    const moment = new Date(from + index * length).toISOString();
    const unit = moment.slice(0, digits);
    if (unit === last) continue;
    const isFirst = last === '';
    last = unit;
    const label = isFirst ? moment.slice(0, 10) : shortOf(unit);
    if (text !== '' && text.length + 1 > index) continue;
    text = text.padEnd(index) + label;
  }
  return text;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2024` of a year and `2024-01` of its first month, `Mar` of another, `03-31` of a day. */
function shortOf(unit: string): string {
  if (unit.length === 10) return unit.slice(5);
  return unit.endsWith('-01') ? unit : (MONTHS[Number(unit.slice(5)) - 1] ?? unit);
}

/** `a day`, `7 days`, `6 hours`, `15 minutes`. */
export function lengthText(ms: number): string {
  const [count, unit] =
    ms % DAY === 0 ? [ms / DAY, 'day'] : ms % HOUR === 0 ? [ms / HOUR, 'hour'] : [ms / 60_000, 'minute'];
  if (count === 1) return unit === 'hour' ? 'an hour' : `a ${unit}`;
  return `${count} ${unit}s`;
}
