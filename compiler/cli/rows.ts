/** Rows of a target on the screen: a table, or a line each as JSON or CSV. */
import type { ColumnOfRows } from '../../runtime/engine.ts';
import type { TargetRows } from '../../runtime/query.ts';
import { usageError } from './command.ts';
import type { Io } from './io.ts';
import { csvLine, renderTable } from './table.ts';

export interface RowFormat {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** More rows than these are shown by nobody, and a table has to hold all of them to align its columns. */
const MOST_TABLE_ROWS = 10_000;

export const CSV_OPTION = { flags: '--csv', help: 'as CSV, with a line of names' } as const;

/** Raises `CommandError` command-line. */
export function oneFormat({ json, csv }: RowFormat): void {
  if (json === true && csv === true) throw usageError('`--json` and `--csv` cannot stand together');
}

/** Prints rows as they come; answers how many. Stops where the reader has gone. */
export async function printRows(io: Io, { columns, batches }: TargetRows, format: RowFormat): Promise<number> {
  const { out } = io;
  const table: (string | null)[][] = [];
  let count = 0;
  if (format.csv === true) out.line(csvLine(columns.map((column) => column.name)));
  for await (const batch of batches) {
    count += batch.length;
    if (format.json === true)
      out.write(
        batch
          .map((row) => `${JSON.stringify(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])))}\n`)
          .join(''),
      );
    else if (format.csv === true) out.write(batch.map((row) => `${csvLine(row.map(plainValue))}\n`).join(''));
    else table.push(...batch.slice(0, MOST_TABLE_ROWS - table.length).map((row) => row.map(shownValue)));
    if (out.closed) break;
  }
  if (format.json !== true && format.csv !== true) {
    for (const line of renderTable(
      columns.map((column) => ({ name: column.name, numeric: isNumeric(column) })),
      table,
      out.unwrapped,
    ))
      out.line(line);
  }
  return count;
}

/** By the engine's name of the type. */
function isNumeric({ type }: ColumnOfRows): boolean {
  return /^(Nullable\()?(U?(TINY|SMALL|BIG|HUGE)?INT(EGER|\d+)?|DOUBLE|FLOAT\d*|REAL|DECIMAL|NUMERIC)\b/i.test(type);
}

/** A value as people read it: floats without the digits that only binary fractions have. */
export function shownValue(value: unknown): string | null {
  return typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value)
    ? String(Number(value.toPrecision(10)))
    : plainValue(value);
}

export function plainValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
