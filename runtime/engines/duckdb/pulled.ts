/**
 * Rows of another database, pulled whole and once: they lie in Parquet files beside the project's others while they are judged
 * and written, as a second look must see the same rows, and go with the load. So nothing is kept in memory, and the other
 * database is read as fast as it gives.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holderText } from '../../engine.ts';
import { runError } from '../../errors.ts';
import type { LoadResult } from '../../events.ts';
import type { LoadColumn, LoadStep } from '../../plan.ts';
import type { Since } from '../../sources/cursor.ts';
import { ident, literal, texts } from '../quote.ts';
import { NO_WAIT } from '../turn.ts';
import { newBuild } from '../versions.ts';
import { type Connection, openDatabase } from './connect.ts';
import { FILE, jsonPath, RECORD, ROW, type SourceRelation, struct } from './files.ts';
import { declarationFor, gate, type Raw, sqlType } from './gates.ts';

/** A column of the source, as it lies in the files. */
export interface PulledColumn {
  readonly name: string;
  /** Whether the text of what its type cannot hold lies beside it: see `oddName`. */
  readonly odd: boolean;
}

export const oddName = (column: string): string => `_pipec_odd_${column}`;
/** Of a file: how many rows stand before its first. */
const FIRST = '_pipec_first';

export interface Part {
  readonly path: string;
  readonly rows: number;
}

/** A folder of this load's own, which goes with it. */
export async function pullFolder(folder: string): Promise<string> {
  const all = join(folder, '.pipec');
  await sweep(all);
  const path = join(all, `pulled-${process.pid}-${newBuild()}`);
  await mkdir(path, { recursive: true });
  return path;
}

/** What killed processes have left. */
async function sweep(all: string): Promise<void> {
  for (const name of await readdir(all).catch(() => [])) {
    const pid = /^pulled-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(all, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Files as the rows of a source. They are in the order in which they were read. */
export async function pulledRelation(
  step: LoadStep,
  pulled: {
    readonly folder: string;
    readonly place: string;
    readonly parts: readonly Part[];
    readonly columns: readonly PulledColumn[];
    readonly unread: LoadResult['unread'];
    /** How many rows there are, where only some were asked for. */
    readonly total: number | null;
    readonly cell: (column: LoadColumn) => Raw;
  },
): Promise<SourceRelation> {
  const { folder, place, parts, columns } = pulled;
  const files: string[] = [];
  let read = 0;
  for (const { path, rows } of parts) {
    const own = join(folder, `${FIRST}=${read}`);
    // Only an empty part begins where another does.
    if (rows === 0 && parts.length > 1) continue;
    await mkdir(own);
    const file = join(own, 'rows.parquet');
    await rename(path, file);
    files.push(file);
    read += rows;
  }
  const scan = `read_parquet(${texts(files)}, file_row_number = true, hive_partitioning = true, hive_types = {${literal(FIRST)}: BIGINT})`;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const shown = (name: string): string =>
    byName.get(name)?.odd === true ? `coalesce(${ident(oddName(name))}, CAST(${ident(name)} AS VARCHAR))` : ident(name);
  return {
    place,
    sql: `SELECT * EXCLUDE (file_row_number, ${ident(FIRST)}), ${literal(place)} AS ${ident(FILE)}, ${ident(FIRST)} + file_row_number + 1 AS ${ident(ROW)} FROM ${scan}`,
    inPlace: true,
    record: struct([...byName.keys()], shown),
    content: `to_json(${ident(RECORD)})::VARCHAR`,
    cells: new Map(step.columns.map((column) => [column.name, pulled.cell(column)])),
    read,
    total: pulled.total,
    unreadable: null,
    unread: pulled.unread,
    temporaries: [],
    plain: null,
    changed: () => Promise.resolve(false),
    release: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Those rows of a source whose cursor is at a bound or after it, or is no value of its type. A reader may give more: what is
 * a value of the cursor, and which, the contract says.
 */
export async function fromBound(
  connection: Connection,
  step: LoadStep,
  source: SourceRelation,
  since: Since,
): Promise<SourceRelation> {
  const raw = source.cells.get(since.column.name);
  const gated = raw === undefined ? null : gate(since.column.type, raw, step.timezone);
  // What is of another type is told when it is judged.
  if (gated === null) return source;
  const sql = `SELECT * FROM (${source.sql}) WHERE coalesce(${gated.value} >= ${boundLiteral(since)}, true)`;
  const { read } = await connection.numbers(`SELECT count(*) AS read FROM (${sql})`);
  return { ...source, sql, read: read ?? 0 };
}

export const boundLiteral = ({ bound, type, column }: Since): string =>
  `CAST(${literal(type === 'timestamp' ? `${bound}+00` : bound)} AS ${sqlType(column.type)})`;

/** Of what another database wrote as text. */
export function writtenCell(column: LoadColumn, columns: readonly WrittenColumn[]): Raw {
  const [first = column.name, ...rest] = column.path;
  const pulled = columns.find(({ name }) => name === first);
  if (pulled === undefined) throw runError('internal', { why: `the column ${first} was not pulled` });
  const sql = ident(first);
  if (rest.length > 0)
    return { kind: 'json', sql: `(CASE WHEN json_valid(${sql}) THEN ${sql} END::JSON -> ${literal(jsonPath(rest))})` };
  if (pulled.type === 'text') return { kind: 'text', sql };
  const odd = pulled.odd ? { odd: ident(oddName(first)) } : {};
  return { kind: 'typed', sql, type: pulled.type, called: pulled.called, ...odd };
}

/** Columns of the source that no column of the contract reads. */
export const unreadOf = (
  found: readonly { readonly name: string; readonly type: string }[],
  step: LoadStep,
): LoadResult['unread'] =>
  found
    .filter(({ name }) => step.columns.every((column) => column.path[0] !== name))
    .map(({ name, type }) => ({ name, type: declarationFor(type) }));

/** A column in the text that another database writes. */
export interface WrittenColumn extends PulledColumn {
  /** DuckDB's type of it; `text` where it is the source's own text of a value whose type says nothing about its size. */
  readonly type: string;
  /** What the source calls its type. */
  readonly called: string;
  /** DuckDB's type of it in CSV. */
  readonly csv: string;
  /** Its value, over the quoted name; null where the text is none of the type. */
  readonly value: (sql: string) => string;
  /** Whether that is the value that is meant, over text and value; null where it always is. */
  readonly holds: ((text: string, value: string) => string) | null;
}

/** Slices that are read at the same time as the next is received. */
const READERS = 2;

/**
 * Slices of CSV, each of whole rows, become files. DuckDB reads them beside this thread; when it has enough, nothing more is
 * asked for.
 */
export async function storeCsv(
  slices: AsyncIterable<readonly Uint8Array[]>,
  columns: readonly WrittenColumn[],
  folder: string,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
  const idle = await Promise.all(Array.from({ length: READERS }, () => database.connect()));
  const stop = (): void => {
    for (const connection of all) connection.interrupt();
  };
  const all = [...idle];
  signal.addEventListener('abort', stop, { once: true });
  const parts: Part[] = [];
  const running = new Set<Promise<void>>();
  try {
    let count = 0;
    const store = async (slice: readonly Uint8Array[]): Promise<void> => {
      const index = count;
      count += 1;
      while (idle.length === 0) await Promise.race(running);
      signal.throwIfAborted();
      const connection = idle.pop() as Connection;
      const work = storeSlice(connection, slice, columns, join(folder, `${index}`)).then((part) => {
        parts[index] = part;
        idle.push(connection);
        running.delete(work);
      });
      running.add(work);
      // It is awaited below; a failure before that is not one that nobody hears.
      work.catch(() => undefined);
    };
    for await (const slice of slices) await store(slice);
    // Where there was no row, the file still has the columns.
    if (count === 0) await store([]);
    await Promise.all(running);
    return parts;
  } finally {
    signal.removeEventListener('abort', stop);
    await Promise.allSettled(running);
    database.close();
  }
}

/** They are read once or twice and then go: what would make them small costs more than it gives. */
async function storeSlice(
  connection: Connection,
  slice: readonly Uint8Array[],
  columns: readonly WrittenColumn[],
  path: string,
): Promise<Part> {
  const [csv, parquet] = [`${path}.csv`, `${path}.parquet`];
  await writeFile(csv, slice);
  const bytes = slice.reduce((sum, { length }) => sum + length, 0);
  const types = columns.map(({ name, csv: type }) => `${literal(name)}: ${literal(type)}`);
  const scan = `read_csv(${literal(csv)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, new_line = '\\n', max_line_size = ${Math.max(bytes, 1 << 21)}, buffer_size = ${Math.max(bytes + 1, 1 << 22)}, columns = {${types.join(', ')}})`;
  // In layers, so that a text is read once.
  const [values, meant, kept]: [string[], string[], string[]] = [[], [], []];
  for (const [index, { name, value, holds, odd }] of columns.entries()) {
    const [given, own, text] = [ident(`_pipec_given_${index}`), ident(`_pipec_${index}`), ident(name)];
    values.push(`${value(text)} AS ${given}`, text);
    meant.push(`${holds === null ? given : `CASE WHEN ${holds(text, given)} THEN ${given} END`} AS ${own}`, text);
    kept.push(`${own} AS ${text}`);
    if (odd) kept.push(`CASE WHEN ${own} IS NULL THEN ${text} END AS ${ident(oddName(name))}`);
  }
  const select = `SELECT ${kept.join(', ')} FROM (SELECT ${meant.join(', ')} FROM (SELECT ${values.join(', ')} FROM ${scan}))`;
  const rows = await connection.run(
    `COPY (${select}) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1)`,
  );
  await rm(csv);
  return { path: parquet, rows };
}
