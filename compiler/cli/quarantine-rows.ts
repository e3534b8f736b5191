/** Rows in quarantine as they are shown: personal data masked, and for people why, where and what came. */
import { isPersonal, MASK } from '../relational/mask.ts';
import type { DatasetModel } from '../semantics/model.ts';
import type { ask } from './data.ts';
import { plainValue } from './rows.ts';

type Rows = Awaited<ReturnType<typeof ask>>;

/** The rows as they are kept, with `***` for values of personal data. @param reason part of it, in any case; null is all */
export function shownQuarantine(rows: Rows, dataset: DatasetModel, reason: string | null): Rows {
  const { columns } = rows;
  const [why, content] = ['reason', 'content'].map((name) => columns.findIndex((column) => column.name === name));
  const mask = maskOf(dataset);
  const isMeant = (row: readonly unknown[]): boolean =>
    reason === null ||
    String(row[why ?? -1])
      .toLowerCase()
      .includes(reason.toLowerCase());
  async function* shown(): Rows['batches'] {
    for await (const batch of rows.batches)
      yield batch.filter(isMeant).map((row) => row.map((value, index) => (index === content ? mask(value) : value)));
  }
  return { columns, batches: shown() };
}

/** For people: why, where (`data/orders.csv, row 5`), and the values that came. */
export function legible({ columns, batches }: Rows): Rows {
  const at = Object.fromEntries(columns.map(({ name }, index) => [name, index]));
  const cell = (row: readonly unknown[], name: string) => row[at[name] ?? -1] ?? null;
  const where = (row: readonly unknown[]) => {
    const [number, line] = [cell(row, 'row'), cell(row, 'line')];
    const place = line !== null ? `line ${line}` : number !== null ? `row ${number}` : null;
    return [cell(row, 'file'), place].filter((part) => part !== null).join(', ');
  };
  async function* told(): Rows['batches'] {
    for await (const batch of batches)
      yield batch.map((row) => [cell(row, 'reason'), where(row), contentOf(cell(row, 'content'))]);
  }
  return {
    columns: ['reason', 'where', 'content'].map((name) => ({ name, type: 'VARCHAR' })),
    batches: told(),
  };
}

/** `order_id 5, amount -3.00`: a row's values as they came; a line that could not be read as it is. */
function contentOf(content: unknown): string {
  const text = String(content ?? '');
  const values = recordIn(text);
  if (values === null) return text;
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value === null ? 'null' : plainValue(value)}`)
    .join(', ');
}

function maskOf({ row, source }: DatasetModel): (content: unknown) => unknown {
  const names = new Set(row.columns.filter(isPersonal).map(({ name }) => name));
  const paths = (source?.columns ?? []).filter(({ name }) => names.has(name)).map(({ path }) => path);
  return (content) => {
    if (paths.length === 0 || typeof content !== 'string') return content;
    const record = recordIn(content);
    // Which part of a line that is no row is whose, nobody knows.
    if (record === null) return MASK;
    for (const path of paths) maskAt(record, path);
    return JSON.stringify(record);
  };
}

function recordIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** The engine finds a column in any case. What is deeper than its top may be text of its own, so all of that goes. */
function maskAt(record: Record<string, unknown>, [first = '']: readonly string[]): void {
  for (const [name, value] of Object.entries(record))
    if (value !== null && name.toLowerCase() === first.toLowerCase()) record[name] = MASK;
}
