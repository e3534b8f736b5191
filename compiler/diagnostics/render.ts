/** Diagnostics for people (code frames) and for machines (JSON). Pure: text in, text out. */
import type { Diagnostic, Place, Severity } from './diagnostic.ts';
import { codeFrame, linesOf, type Mark, type Painter, type SourceText } from './frame.ts';
import type { Style } from './style.ts';
import { clip, harmless, padEnd, textWidth, wrap } from './text-width.ts';

/** A place in a file's text, with absolute offsets. */
export interface Located {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}
/** Resolves a place; null where its file has no readable text. */
export type Locate = (place: Place) => Located | null;

/** Related places so near in the same file are drawn in the same frame. */
const NEAR_LINES = 4;
/** Most cells of a related place's own text. */
const MOST_RELATED_TEXT = 44;

/** One diagnostic with its code frame, without a line end at its end. `more` adds where to read on. */
export function renderDiagnostic(found: Diagnostic, locate: Locate, style: Style, more = true): string {
  const { paint, glyphs } = style;
  const painter = severityPainter(found.severity, style);
  const rows = [headline(found, painter, style)];
  const at = locate(found.place);
  const related = found.related.map((item) => ({
    file: item.place.file,
    message: item.message,
    at: locate(item.place),
  }));
  const near = related.filter((item) => at !== null && item.at !== null && isNear(at, item.at));
  const far = related.filter((item) => !near.includes(item));
  const marks: Mark[] = [
    ...(at === null
      ? []
      : [{ start: at.start, end: at.end, label: found.label === null ? null : oneLine(found.label), primary: true }]),
    ...near.map((item) => ({
      start: item.at?.start ?? 0,
      end: item.at?.end ?? 0,
      label: oneLine(item.message),
      primary: false,
    })),
  ];
  const lastLine = at === null ? 1 : Math.max(...marks.map((mark) => linesOf(at.source, mark).last));
  const gutter = String(lastLine).length;
  const pad = ' '.repeat(gutter);
  const bar = `${pad}${paint.blue(glyphs.bar)}`;
  rows.push(`${pad}${paint.blue(glyphs.corner)} ${at === null ? harmless(found.place.file) : where(at)}`);
  if (at !== null) rows.push(bar, ...codeFrame(at.source, marks, gutter, style, painter));
  else if (found.label !== null)
    rows.push(...wrap(oneLine(found.label), style.width - gutter - 2).map((line) => `${bar} ${painter(line)}`));
  if (far.length > 0) rows.push(...(at === null ? [] : [bar]), ...relatedRows(far, pad, style));
  const room = style.width - gutter - 3;
  const after = footer(found, style, more, room);
  if (after.length > 0 && far.length === 0 && at !== null) rows.push(bar);
  rows.push(
    ...after.flatMap(({ text, paint: colour }) =>
      wrap(text, room).map(
        (line, index) => `${pad}${index === 0 ? paint.blue('=') : ' '} ${index === 0 ? '' : '  '}${colour(line)}`,
      ),
    ),
  );
  return rows.join('\n');
}

/** All of them, in the order of the text, a blank line between. Ends in a line end; '' where there are none. */
export function renderDiagnostics(found: readonly Diagnostic[], locate: Locate, style: Style): string {
  const explained = new Set<string>();
  return found
    .map((one) => {
      const first = !explained.has(one.code);
      explained.add(one.code);
      return `${renderDiagnostic(one, locate, style, first)}\n`;
    })
    .join('\n');
}

/** `2 errors, 1 warning (1 can be fixed: pipec check --fix)`; '' where there is nothing. */
export function summary(found: readonly Diagnostic[], style: Style): string {
  const count = (severity: Severity) => found.filter((one) => one.severity === severity).length;
  const parts = [
    [count('error'), 'error', style.paint.red],
    [count('warning'), 'warning', style.paint.yellow],
    [count('info'), 'hint', style.paint.cyan],
  ] as const;
  const text = parts
    .flatMap(([number, word, painter]) => (number === 0 ? [] : [painter(plural(number, word))]))
    .join(', ');
  const fixable = found.filter((one) => one.fixes.some((fix) => fix.safe)).length;
  return text === '' ? '' : `${text}${fixable > 0 ? ` (${fixable} can be fixed: pipec check --fix)` : ''}`;
}

export function plural(count: number, word: string, many = `${word}s`): string {
  return `${grouped(count)} ${count === 1 ? word : many}`;
}

/** `1,234,567`. Asking the system's locales for it takes 12 ms the first time. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

// ------------------------------------------------------------------------------------------------ machine output

export interface JsonPosition {
  readonly line: number;
  /** In UTF-16 code units, from 1, as editors count. */
  readonly column: number;
}
export interface JsonRange {
  readonly file: string;
  readonly start: JsonPosition;
  readonly end: JsonPosition;
}
/** docs/schemas/diagnostic.schema.json. */
export interface JsonDiagnostic extends JsonRange {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly label: string | null;
  readonly notes: readonly string[];
  readonly related: readonly (JsonRange & { readonly message: string })[];
  readonly fixes: readonly {
    readonly title: string;
    readonly safe: boolean;
    readonly edits: readonly (JsonRange & { readonly text: string })[];
  }[];
}

export function jsonDiagnostic(found: Diagnostic, locate: Locate): JsonDiagnostic {
  const range = (place: Place): JsonRange => {
    const at = locate(place);
    const start = at === null ? { line: 1, column: 1 } : at.source.position(at.start);
    return { file: place.file, start, end: at === null ? start : at.source.position(Math.max(at.start, at.end)) };
  };
  return {
    code: found.code,
    severity: found.severity,
    message: found.message,
    ...range(found.place),
    label: found.label,
    notes: found.notes,
    related: found.related.map((item) => ({ ...range(item.place), message: item.message })),
    fixes: found.fixes.map((fix) => ({
      title: fix.title,
      safe: fix.safe,
      edits: fix.edits.map((edit) => ({ ...range(edit.place), text: edit.text })),
    })),
  };
}

// ------------------------------------------------------------------------------------------------ rows

function headline(found: Diagnostic, painter: Painter, style: Style): string {
  const head = `${found.severity}[${found.code}]`;
  const lines = wrap(`${head}: ${oneLine(found.message)}`, style.width);
  return lines
    .map((line, index) =>
      index === 0 && line.startsWith(head)
        ? `${painter(style.paint.bold(head))}${style.paint.bold(line.slice(head.length))}`
        : style.paint.bold(line),
    )
    .join('\n');
}

interface FarPlace {
  readonly file: string;
  readonly message: string;
  readonly at: Located | null;
}

/** Places elsewhere: where, the text that stands there, and what it has to do with it; in columns where they fit. */
function relatedRows(places: readonly FarPlace[], pad: string, style: Style): string[] {
  const shown = places.map((place) => {
    const line = place.at === null ? '' : place.at.source.line(place.at.source.position(place.at.start).line);
    return {
      where: place.at === null ? harmless(place.file) : where(place.at),
      // A line may be megabytes long; only its start is looked at.
      text: clip(oneLine(line.slice(0, 400)).trim(), MOST_RELATED_TEXT, style.glyphs.ellipsis),
      message: oneLine(place.message),
    };
  });
  const whereWidth = Math.max(...shown.map((row) => textWidth(row.where)));
  const textWidest = Math.max(...shown.map((row) => textWidth(row.text)));
  const lead = `${pad}${style.paint.blue(style.glyphs.tee)} `;
  const leadWidth = pad.length + 3;
  return shown.flatMap((row) => {
    const place = `${padEnd(row.where, whereWidth)}   ${style.paint.dim(padEnd(row.text, textWidest))}`;
    const used = leadWidth + whereWidth + 3 + textWidest;
    if (used + 3 + textWidth(row.message) <= style.width) return [`${lead}${place}   ${row.message}`.trimEnd()];
    // Its own text is only an illustration: it goes where what is said of it then stands on the same line.
    if (leadWidth + textWidth(row.where) + 3 + textWidth(row.message) <= style.width)
      return [`${lead}${row.where}   ${row.message}`.trimEnd()];
    const room = style.width - leadWidth - 3;
    return [
      `${lead}${row.where}   ${style.paint.dim(clip(row.text, Math.max(10, style.width - leadWidth - textWidth(row.where) - 3), style.glyphs.ellipsis))}`.trimEnd(),
      ...wrap(row.message, room).map((line) => `${pad}${style.paint.blue(style.glyphs.bar)}     ${line}`),
    ];
  });
}

function footer(
  found: Diagnostic,
  style: Style,
  more: boolean,
  room: number,
): { readonly text: string; readonly paint: Painter }[] {
  const plain: Painter = (text) => text;
  const rows = found.notes.map((note) => ({ text: oneLine(note), paint: plain }));
  for (const fix of found.fixes) {
    const text = `fix: ${oneLine(fix.title)}`;
    // The summary says it again for all of them, so it is worth no line of its own.
    const hinted = `${text}    (pipec check --fix)`;
    rows.push({ text: fix.safe && textWidth(hinted) <= room ? hinted : text, paint: style.paint.green });
  }
  if (more) rows.push({ text: `more: pipec explain ${found.code}`, paint: style.paint.dim });
  return rows;
}

function where(at: Located): string {
  const { line, column } = at.source.position(at.start);
  return `${harmless(at.source.path)}:${line}:${column}`;
}

function isNear(at: Located, other: Located): boolean {
  if (at.source !== other.source) return false;
  const main = linesOf(at.source, at);
  const { first } = linesOf(other.source, other);
  return first >= main.first - NEAR_LINES && first <= main.last + NEAR_LINES;
}

function severityPainter(severity: Severity, style: Style): Painter {
  switch (severity) {
    case 'error':
      return style.paint.red;
    case 'warning':
      return style.paint.yellow;
    case 'info':
      return style.paint.cyan;
  }
}

function oneLine(text: string): string {
  return harmless(text.replace(/\s*[\r\n]+\s*/g, ' ').replaceAll('\t', ' '));
}
