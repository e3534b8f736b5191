/** Rows as a table that fits the terminal: numbers right, nulls dim, long values clipped, columns left out with a note. */
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, padStart, textWidth } from '../diagnostics/text-width.ts';

export interface TableColumn {
  readonly name: string;
  readonly numeric: boolean;
}

/** Between columns. */
const GAP = 2;
/** A value wider than this is clipped where the row does not fit as a whole. */
const COMFORTABLE = 40;
/** Columns are not squeezed below this; the last ones are left out instead. */
const LEAST = 8;
const NULL = 'null';

/** The table's lines; `rows` hold what is shown of each value, null for a null. `indent` cells stand before each line. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
  style: Style,
  indent = 0,
): string[] {
  const { paint, glyphs } = style;
  const shown = rows.map((row) => columns.map((_, index) => printable(row[index] ?? null)));
  const natural = columns.map((column, index) => {
    let widest = textWidth(printable(column.name) ?? '');
    for (const row of shown) widest = Math.max(widest, textWidth(row[index] ?? NULL));
    return widest;
  });
  const { widths, left } = fitted(natural, style.width - indent);
  const lead = ' '.repeat(indent);
  const line = (cells: readonly string[]) => (lead + cells.join(' '.repeat(GAP))).trimEnd();
  const align = (text: string, index: number) => {
    const width = widths[index] ?? 0;
    const cut = clip(text, width, glyphs.ellipsis);
    return columns[index]?.numeric ? padStart(cut, width) : padEnd(cut, width);
  };
  const kept = columns.slice(0, widths.length);
  const lines = [
    line(kept.map((column, index) => paint.bold(align(printable(column.name) ?? '', index)))),
    line(widths.map((width) => paint.dim(glyphs.dash.repeat(width)))),
    ...shown.map((row) =>
      line(
        kept.map((_, index) =>
          row[index] === null || row[index] === undefined ? paint.dim(align(NULL, index)) : align(row[index], index),
        ),
      ),
    ),
  ];
  if (left > 0) {
    const names = columns.slice(widths.length).map((column) => column.name);
    lines.push(
      paint.dim(
        clip(
          `${lead}${glyphs.ellipsis} ${plural(left, 'more column')} (--json has all): ${names.join(', ')}`,
          style.width,
          glyphs.ellipsis,
        ),
      ),
    );
  }
  return lines;
}

/** Widths for as many columns as fit, and how many do not. */
function fitted(natural: readonly number[], room: number): { readonly widths: number[]; readonly left: number } {
  const total = (widths: readonly number[]) =>
    widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
  if (total(natural) <= room) return { widths: [...natural], left: 0 };
  let widths = natural.map((width) => Math.min(width, COMFORTABLE));
  while (widths.length > 1 && total(widths.map((width) => Math.min(width, LEAST))) > room) widths = widths.slice(0, -1);
  while (total(widths) > room) {
    const widest = Math.max(...widths);
    if (widest <= 1) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return { widths, left: natural.length - widths.length };
}

/** On one line, whatever the value holds. */
function printable(value: string | null): string | null {
  if (value === null) return null;
  // Nobody reads the end of a megabyte in a table.
  const head = value.length > 1000 ? value.slice(0, 1000) : value;
  return harmless(head.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'));
}

/** One line of CSV (RFC 4180); a null is empty, an empty text is quoted. */
export function csvLine(values: readonly (string | null)[]): string {
  return values
    .map((value) =>
      value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
    )
    .join(',');
}
