/** Rows that a contract rejects, as they are shown with the error: by column, with the place where each stands. */
import { isAbsolute, relative } from 'node:path';
import type { Row } from '../../engine.ts';
import type { LoadColumn } from '../../plan.ts';

/** What stands for a value of personal data. */
const MASK = '***';

export interface Rejected {
  readonly reason: string;
  /** Absolute path. */
  readonly file: string;
  readonly row: number | null;
  readonly line: number | null;
  /** The row as JSON, or the line as it stands where it could not be read. */
  readonly content: string;
}

/** @param folder the project's: files below it are named from there */
export function shownRow(
  { reason, file, row, line, content }: Rejected,
  columns: readonly LoadColumn[],
  folder: string,
): Row {
  const place = { reason, file: fromFolder(file, folder), ...(row === null ? { line } : { row }) };
  const record = parsed(content);
  const cells: Record<string, unknown> = {};
  if (record === null) cells['text'] = columns.some(({ personal }) => personal === true) ? MASK : content;
  else
    for (const { name, path, personal } of columns) {
      const value = valueAt(record, path);
      cells[name] = personal === true && value !== null ? MASK : value;
    }
  // A column of the source may be called `file` as well.
  const free = (name: string): string => (name in cells ? free(`_${name}`) : name);
  return { ...Object.fromEntries(Object.entries(place).map(([name, value]) => [free(name), value])), ...cells };
}

export function fromFolder(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}

function parsed(content: string): object | null {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Null where there is nothing. DuckDB finds a column in any case. */
function valueAt(record: object, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return null;
    const entries: readonly [string, unknown][] = Object.entries(value);
    const same = ([name]: readonly [string, unknown]) => name.toLowerCase() === part.toLowerCase();
    value = (entries.find(([name]) => name === part) ?? entries.find(same))?.[1] ?? null;
  }
  return value;
}
