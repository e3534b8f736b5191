/**
 * A code frame: lines of a source with the spans under discussion underlined. Text in, text out.
 *
 * Each mark has a row of its own below its line, the primary one first, so labels never collide. A line that is too long
 * is cut around its first mark. A span over several lines is drawn as a bracket on the left.
 */
import type { Style } from './style.ts';
import { type Cell, cells, padStart, textWidth, wrap } from './text-width.ts';

/** What a frame asks of a file (the parser's `SourceFile` is one); lines and columns count from 1. */
export interface SourceText {
  readonly path: string;
  /** Offsets at which lines begin. */
  readonly lineStarts: readonly number[];
  position(offset: number): { readonly line: number; readonly column: number };
  line(line: number): string;
}

export interface Mark {
  /** Absolute offsets in the source. */
  readonly start: number;
  readonly end: number;
  readonly label: string | null;
  readonly primary: boolean;
}

export type Painter = (text: string) => string;

/** Lines shown before the first marked one, as long as none is blank. */
const CONTEXT = 2;
/** A longer span over several lines is shown by its first and last lines. */
const MOST_SPAN_LINES = 6;
/** Raw characters of a line that are looked at, on either side of the mark: a minified file is one line of megabytes. */
const MOST_RAW = 1000;

interface LineMark {
  /** Offsets within the line's text. */
  readonly start: number;
  readonly end: number;
  readonly label: string | null;
  readonly primary: boolean;
}

/** The lines a span touches; one that ends just after a line end does not touch the next line. */
export function linesOf(
  source: SourceText,
  span: { readonly start: number; readonly end: number },
): { readonly first: number; readonly last: number } {
  const first = source.position(span.start).line;
  const end = source.position(Math.max(span.start, span.end));
  return { first, last: end.column === 1 && end.line > first ? end.line - 1 : end.line };
}

/** The frame's rows; `gutter` is the width of line numbers, `mainPaint` the colour of the primary mark. */
export function codeFrame(
  source: SourceText,
  marks: readonly Mark[],
  gutter: number,
  style: Style,
  mainPaint: Painter,
): string[] {
  const primary = marks.find((mark) => mark.primary) ?? marks[0];
  if (primary === undefined) return [];
  const span = linesOf(source, primary);
  const bracket = span.last > span.first;
  const byLine = marksByLine(source, marks, primary, span);
  const shown = linesShown(source, [...byLine.keys()], span);
  const bar = style.paint.blue(style.glyphs.bar);
  const rows: string[] = [];
  let before: number | null = null;
  for (const line of shown) {
    if (before !== null && line > before + 1) {
      rows.push(
        `${' '.repeat(gutter)}${style.paint.blue(style.glyphs.ellipsis)}${bracket && line <= span.last && before >= span.first ? ` ${mainPaint(style.glyphs.bar)}` : ''}`,
      );
    }
    before = line;
    const lineMarks = byLine.get(line) ?? [];
    const room = style.width - gutter - 2 - (bracket ? 2 : 0);
    const view = lineView(source.line(line), lineMarks, room, style.glyphs.ellipsis);
    const side = bracket ? mainPaint(bracketSide(line, span, style)) : '';
    rows.push(`${style.paint.blue(padStart(String(line), gutter))}${bar} ${side}${view.text}`.trimEnd());
    const margin = `${' '.repeat(gutter)}${bar} `;
    const within = bracket && line >= span.first && line < span.last;
    for (const mark of lineMarks) {
      const painter = mark.primary ? mainPaint : style.paint.blue;
      const closing = bracket && mark.primary;
      for (const row of markRows(view, mark, closing, room, style, painter)) {
        rows.push(
          `${margin}${bracket && !closing ? (within ? mainPaint(`${style.glyphs.bar} `) : '  ') : ''}${row}`.trimEnd(),
        );
      }
    }
  }
  return rows;
}

function marksByLine(
  source: SourceText,
  marks: readonly Mark[],
  primary: Mark,
  span: { readonly first: number; readonly last: number },
): Map<number, LineMark[]> {
  const byLine = new Map<number, LineMark[]>();
  for (const mark of [primary, ...marks.filter((other) => other !== primary)]) {
    const lines = linesOf(source, mark);
    // A bracket is closed, and labelled, at its last line; other marks that span lines are shown where they begin.
    const line = mark === primary ? lines.last : lines.first;
    const offset = source.lineStarts[line - 1] ?? 0;
    const length = source.line(line).length;
    const start = mark === primary && span.last > span.first ? 0 : Math.min(mark.start - offset, length);
    const end = Math.max(start, Math.min(mark.end - offset, length));
    byLine.set(line, [...(byLine.get(line) ?? []), { start, end, label: mark.label, primary: mark === primary }]);
  }
  return byLine;
}

function linesShown(
  source: SourceText,
  marked: readonly number[],
  span: { readonly first: number; readonly last: number },
): number[] {
  const lines = new Set(marked);
  if (span.last - span.first < MOST_SPAN_LINES) {
    for (let line = span.first; line <= span.last; line++) lines.add(line);
  } else {
    for (const line of [span.first, span.first + 1, span.first + 2, span.last - 1, span.last]) lines.add(line);
  }
  for (let line = span.first - 1; line >= 1 && line >= span.first - CONTEXT; line--) {
    if (source.line(line).trim() === '') break;
    lines.add(line);
  }
  const sorted = [...lines].sort((a, b) => a - b);
  // A gap of one line costs as much as the line itself.
  return sorted.flatMap((line, index) =>
    index > 0 && line === (sorted[index - 1] ?? 0) + 2 ? [line - 1, line] : [line],
  );
}

function bracketSide(line: number, span: { readonly first: number; readonly last: number }, style: Style): string {
  if (line === span.first) return `${style.glyphs.spanTop} `;
  return line > span.first && line <= span.last ? `${style.glyphs.bar} ` : '  ';
}

interface LineView {
  readonly text: string;
  readonly cells: readonly Cell[];
  /** Cells that stand before `cells`: the ellipsis of a line cut at its start. */
  readonly lead: number;
}

function lineView(text: string, marks: readonly LineMark[], room: number, ellipsis: string): LineView {
  const first = marks[0];
  const focus = first === undefined ? 0 : first.start;
  const rawStart = Math.max(0, focus - MOST_RAW);
  const rawEnd = Math.min(text.length, focus + MOST_RAW);
  const all = cells(text.slice(rawStart, rawEnd)).map((cell) => ({ ...cell, at: cell.at + rawStart }));
  const total = sum(all);
  if (rawStart === 0 && rawEnd === text.length && total <= room) return { text: join(all), cells: all, lead: 0 };

  const focusWidth = sum(all.filter((cell) => cell.at < focus));
  const markEnd = first === undefined ? focusWidth : sum(all.filter((cell) => cell.at < first.end));
  const side = textWidth(ellipsis);
  // Enough of the line's start is kept where the mark and its end fit; else the mark begins a quarter into the line.
  const from =
    markEnd <= room - side && rawStart === 0
      ? 0
      : Math.max(
          0,
          Math.min(
            focusWidth - Math.floor(room / 4),
            Math.max(markEnd - room + 2 * side, focusWidth - Math.floor(room * 0.75)),
          ),
        );
  const cutStart = from > 0 || rawStart > 0;
  const lead = cutStart ? side : 0;
  let skipped = 0;
  let used = 0;
  const kept: Cell[] = [];
  let cutEnd = rawEnd < text.length;
  for (const cell of all) {
    if (skipped < from) {
      skipped += cell.width;
    } else if (used + cell.width > room - lead - side) {
      cutEnd = true;
      break;
    } else {
      kept.push(cell);
      used += cell.width;
    }
  }
  return { text: `${cutStart ? ellipsis : ''}${join(kept)}${cutEnd ? ellipsis : ''}`, cells: kept, lead };
}

function markRows(
  view: LineView,
  mark: LineMark,
  closing: boolean,
  room: number,
  style: Style,
  painter: Painter,
): string[] {
  const column = Math.min(room - 1, view.lead + sum(view.cells.filter((cell) => cell.at < mark.start)));
  const width = Math.max(1, sum(view.cells.filter((cell) => cell.at >= mark.start && cell.at < mark.end)));
  const sign = mark.primary ? '^' : '-';
  const end = column + width;
  const underline = closing
    ? painter(`${style.glyphs.spanBottom}${style.glyphs.dash.repeat(end)}^`)
    : ' '.repeat(column) + painter(sign.repeat(width));
  const labelColumn = end + (closing ? 2 : 0);
  if (mark.label === null || mark.label === '') return [underline];
  const labelWidth = textWidth(mark.label);
  if (labelColumn + 1 + labelWidth <= room) return [`${underline} ${painter(mark.label)}`];
  const indent = Math.max(0, Math.min(column, room - labelWidth, Math.floor(room / 2)));
  return [underline, ...wrap(mark.label, room - indent).map((line) => ' '.repeat(indent) + painter(line))];
}

function sum(list: readonly Cell[]): number {
  let width = 0;
  for (const cell of list) width += cell.width;
  return width;
}

function join(list: readonly Cell[]): string {
  return list.map((cell) => cell.text).join('');
}
