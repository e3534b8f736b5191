/** Intervals as a calendar: a week a column for days, a day a row for what is shorter. A gap is a hole that one can fill. */
import type { DatasetStatus, TimeRange } from '../../../../runtime/status.ts';
import { type Child, h } from '../../report/client/dom.ts';
import { countText } from './words.ts';

type Intervals = NonNullable<DatasetStatus['intervals']>;
type State = 'done' | 'gap' | 'due';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEKS = 53;
/** Days that are shown of intervals shorter than a day. */
const DAYS = 31;
/** Intervals of several days are shown in lines of so many. */
const LINE = 26;
const LINES = 8;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Cell extends Span {
  readonly state: State;
}

/** @param choose is told the intervals that somebody has chosen, and whether all of them are missing; null where nobody may */
export function intervalCalendar(
  intervals: Intervals,
  choose: ((from: string, to: string, isMissing: boolean) => void) | null,
): HTMLElement {
  const { everyMs, by, timezone } = intervals;
  const spans = (['done', 'gap', 'due'] as const).map((state) => ({ state, spans: spansOf(of(intervals, state)) }));
  const end = Math.max(...spans.flatMap((one) => one.spans.map(({ to }) => to)));
  if (!Number.isFinite(end)) return h('p.none', {}, 'Nothing is due yet.');
  const first = Math.min(
    ...spans.flatMap((one) => one.spans.map(({ from }) => (Number.isFinite(from) ? from : end - WEEKS * 7 * DAY))),
  );
  const shown = everyMs === DAY ? WEEKS * 7 * DAY : everyMs < DAY ? DAYS * DAY : LINE * LINES * everyMs;
  const cells: Cell[] = [];
  // Counted back from the last, so that they stand where the intervals do.
  for (let to = end; to > first && to > end - shown; to -= everyMs) {
    const from = to - everyMs;
    const state = spans.find((one) => one.spans.some((span) => span.from <= from && span.to >= to))?.state;
    if (state !== undefined) cells.unshift({ from, to, state });
  }
  let begun: Cell | null = null;
  const pick = (cell: Cell, event: Event): void => {
    const start = begun !== null && (event as MouseEvent).shiftKey ? begun : cell;
    begun = start;
    const [low, high] = start.from <= cell.from ? [start, cell] : [cell, start];
    const chosen = cells.filter((one) => one.from >= low.from && one.to <= high.to);
    for (const [one, element] of boxes) element.setAttribute('aria-pressed', String(chosen.includes(one)));
    choose?.(
      textOf(low.from, everyMs),
      textOf(high.to, everyMs),
      chosen.every(({ state }) => state !== 'done'),
    );
  };
  const boxes = new Map<Cell, HTMLElement>();
  const box = (cell: Cell): HTMLElement => {
    const label = `${textOf(cell.from, everyMs)}: ${cell.state === 'gap' ? 'missing' : cell.state}`;
    const look = `.interval.${cell.state}`;
    if (choose === null) return h(`i${look}`, { title: label });
    const properties = { title: label, 'aria-label': label, 'aria-pressed': 'false' };
    const element = h(`button${look}`, { ...properties, click: (event) => pick(cell, event) });
    boxes.set(cell, element);
    return element;
  };
  const gaps = intervals.gaps.length;
  return h(
    'div.calendar',
    {},
    h(
      'p.about',
      {},
      `by ${by}, ${everyText(everyMs)}${everyMs % DAY === 0 ? `, ${timezone}` : ', UTC'}`,
      gaps === 0 ? null : h('b.bad', {}, ` · ${countText(gaps, 'gap')}`),
      cells[0] !== undefined && cells[0].from > first ? ` · from ${textOf(cells[0].from, everyMs)} on` : null,
    ),
    everyMs === DAY ? weeks(cells, box) : everyMs < DAY ? days(cells, box, everyMs) : linesOf(cells, box, everyMs),
    h(
      'p.legend',
      {},
      (['done', 'gap', 'due'] as const).map((state) =>
        h('span', {}, h(`i.interval.${state}`), state === 'gap' ? 'missing' : state),
      ),
      choose === null ? null : h('span.hint', {}, 'Click one to compute it; with Shift, up to there.'),
    ),
  );
}

const of = ({ done, gaps, due }: Intervals, state: State): readonly TimeRange[] =>
  state === 'done' ? done : state === 'gap' ? gaps : due;

const spansOf = (ranges: readonly TimeRange[]): readonly Span[] =>
  ranges.map(({ from, to }) => ({ from: from === null ? Number.NEGATIVE_INFINITY : instant(from), to: instant(to) }));

const instant = (text: string): number => Date.parse(`${text.replace(' ', 'T')}${text.length === 10 ? 'T00:00' : ''}Z`);

/** As the command takes it. */
function textOf(moment: number, everyMs: number): string {
  const text = new Date(moment).toISOString();
  return everyMs % DAY === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

function everyText(ms: number): string {
  if (ms === DAY) return 'a day each';
  if (ms % DAY === 0) return `${ms / DAY} days each`;
  if (ms === HOUR) return 'an hour each';
  return ms % HOUR === 0 ? `${ms / HOUR} hours each` : `${ms / 60_000} minutes each`;
}

/** A week a column, Monday first; the months above. */
function weeks(cells: readonly Cell[], box: (cell: Cell) => HTMLElement): HTMLElement {
  const monday = (at: number): number => at - ((Math.floor(at / DAY) + 3) % 7) * DAY;
  const columns: { readonly start: number; readonly cells: (Cell | null)[] }[] = [];
  for (const cell of cells) {
    const start = monday(cell.from);
    let column = columns.at(-1);
    if (column?.start !== start) {
      column = { start, cells: Array.from({ length: 7 }, () => null) };
      columns.push(column);
    }
    column.cells[Math.round((cell.from - start) / DAY)] = cell;
  }
  let month = -1;
  const heads = columns.map(({ start }, index): Child => {
    const next = new Date(start + 6 * DAY).getUTCMonth();
    const isNew = next !== month && index < columns.length - 1;
    if (isNew) month = next;
    return h('span.month', {}, isNew ? (MONTHS[next] ?? '') : '');
  });
  const element = h(
    'div.weeks',
    {},
    columns.map((column, index) =>
      h(
        'div.week',
        {},
        heads[index] ?? null,
        column.cells.map((cell) => (cell === null ? h('i.interval.none') : box(cell))),
      ),
    ),
  );
  // The newest is at the right.
  requestAnimationFrame(() => {
    element.scrollLeft = element.scrollWidth;
  });
  return element;
}

function days(cells: readonly Cell[], box: (cell: Cell) => HTMLElement, everyMs: number): HTMLElement {
  const byDay = Map.groupBy(cells, ({ from }) => Math.floor(from / DAY) * DAY);
  return h(
    'div.days',
    {},
    [...byDay].reverse().map(([day, inside]) => {
      const places: Child[] = Array.from({ length: Math.max(1, Math.round(DAY / everyMs)) }, () =>
        h('i.interval.none'),
      );
      for (const cell of inside) places[Math.round((cell.from - day) / everyMs)] = box(cell);
      return h('div.day', {}, h('span', {}, new Date(day).toISOString().slice(0, 10)), places);
    }),
  );
}

function linesOf(cells: readonly Cell[], box: (cell: Cell) => HTMLElement, everyMs: number): HTMLElement {
  const lines: HTMLElement[] = [];
  for (let index = 0; index < cells.length; index += LINE) {
    const line = cells.slice(index, index + LINE);
    lines.push(h('div.day', {}, h('span', {}, textOf(line[0]?.from ?? 0, everyMs)), line.map(box)));
  }
  return h('div.days', {}, lines);
}
