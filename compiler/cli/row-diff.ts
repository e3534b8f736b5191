/** Expected rows against those that came: what is missing, what is there besides, and where two rows differ. Pure. */
import { plural } from '../diagnostics/render.ts';
import type { Style } from '../diagnostics/style.ts';
import { clip, harmless, padEnd, padStart, textWidth } from '../diagnostics/text-width.ts';
import { plainValue } from './rows.ts';

export interface DiffRow {
  /** `=` in both, `-` expected and missing, `+` there and not expected. */
  readonly sign: '=' | '-' | '+';
  readonly values: readonly unknown[];
  /** On `+`: columns that differ from the `-` before it, as it is likely the same row. */
  readonly differs: readonly number[];
}

/** Inexact values are equal where 12 significant digits are (semantics.md). */
const DIGITS = 12;
/** Equal rows are shown for comparison, not for their own sake. */
const MOST_EQUAL = 3;
const MOST_DIFFERENT = 20;
const MOST_CELLS = 32;

/** Rows have no order: each row counts as often as it stands there. */
export function diffRows(
  expected: readonly (readonly unknown[])[],
  actual: readonly (readonly unknown[])[],
  inexact: readonly boolean[],
): DiffRow[] {
  const keyOf = (row: readonly unknown[]) =>
    JSON.stringify(row.map((value, index) => comparable(value, inexact[index] ?? false)));
  const waiting = new Map<string, number>();
  for (const row of actual) waiting.set(keyOf(row), (waiting.get(keyOf(row)) ?? 0) + 1);
  const equal: DiffRow[] = [];
  const missing: (readonly unknown[])[] = [];
  for (const row of expected) {
    const left = waiting.get(keyOf(row)) ?? 0;
    if (left === 0) missing.push(row);
    else {
      waiting.set(keyOf(row), left - 1);
      equal.push({ sign: '=', values: row, differs: [] });
    }
  }
  const besides = actual.filter((row) => {
    const left = waiting.get(keyOf(row)) ?? 0;
    if (left > 0) waiting.set(keyOf(row), left - 1);
    return left > 0;
  });
  return [...equal, ...paired(missing, besides, inexact)];
}

function comparable(value: unknown, inexact: boolean): unknown {
  return inexact && typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value;
}

/** Each missing row is followed by the one that is most like it: sharing more than half of the columns. */
function paired(
  missing: readonly (readonly unknown[])[],
  besides: readonly (readonly unknown[])[],
  inexact: readonly boolean[],
): DiffRow[] {
  const left = [...besides];
  const rows: DiffRow[] = [];
  for (const row of missing) {
    rows.push({ sign: '-', values: row, differs: [] });
    let best = -1;
    let fewest = Math.ceil(row.length / 2);
    for (const [index, other] of left.entries()) {
      const count = differences(row, other, inexact).length;
      if (count > fewest || (count === fewest && best !== -1)) continue;
      best = index;
      fewest = count;
    }
    const [match] = best === -1 ? [] : left.splice(best, 1);
    if (match !== undefined) rows.push({ sign: '+', values: match, differs: differences(row, match, inexact) });
  }
  return [...rows, ...left.map((values): DiffRow => ({ sign: '+', values, differs: [] }))];
}

function differences(a: readonly unknown[], b: readonly unknown[], inexact: readonly boolean[]): number[] {
  return a.flatMap((value, index) => {
    const one = JSON.stringify(comparable(value, inexact[index] ?? false) ?? null);
    const other = JSON.stringify(comparable(b[index], inexact[index] ?? false) ?? null);
    return one === other ? [] : [index];
  });
}

export function diffLines(
  columns: readonly { readonly name: string; readonly numeric: boolean }[],
  diff: readonly DiffRow[],
  style: Style,
): string[] {
  const { paint, glyphs } = style;
  const equal = diff.filter((row) => row.sign === '=');
  const different = diff.filter((row) => row.sign !== '=');
  const shown = [...equal.slice(0, MOST_EQUAL), ...different.slice(0, MOST_DIFFERENT)];
  const text = (value: unknown) =>
    clip(harmless((plainValue(value) ?? 'null').slice(0, 1000)), MOST_CELLS, glyphs.ellipsis);
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.name), ...shown.map((row) => textWidth(text(row.values[index])))),
  );
  const cell = (value: string, index: number) =>
    columns[index]?.numeric === true ? padStart(value, widths[index] ?? 0) : padEnd(value, widths[index] ?? 0);
  const room = style.width - 4;
  const line = (cells: readonly string[]) => clip(cells.join('   ').trimEnd(), room, glyphs.ellipsis);
  const lines = [`    ${paint.bold(line(columns.map((column, index) => cell(column.name, index))))}`];
  for (const row of shown) {
    const body = line(row.values.map((value, index) => cell(text(value), index)));
    const note = row.sign === '=' ? '' : row.sign === '-' ? 'expected, missing' : 'there, not expected';
    const painter = row.sign === '=' ? paint.dim : row.sign === '-' ? paint.red : paint.green;
    const told = note !== '' && textWidth(body) + 6 + note.length <= room ? `      ${paint.dim(note)}` : '';
    lines.push(`  ${painter(`${row.sign} ${body}`)}${told}`);
    if (row.differs.length > 0) {
      const marks = columns
        .map((_, index) =>
          cell(row.differs.includes(index) ? '~'.repeat(textWidth(text(row.values[index]))) : '', index),
        )
        .join('   ')
        .trimEnd();
      if (textWidth(marks) <= room) lines.push(`    ${paint.yellow(marks)}`);
    }
  }
  if (equal.length > MOST_EQUAL)
    lines.push(paint.dim(`    ${glyphs.ellipsis} ${plural(equal.length - MOST_EQUAL, 'more equal row')}`));
  if (different.length > MOST_DIFFERENT)
    lines.push(
      paint.dim(`    ${glyphs.ellipsis} ${plural(different.length - MOST_DIFFERENT, 'more row')} that differ`),
    );
  return lines;
}
