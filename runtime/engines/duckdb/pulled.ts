/**
 * Rows of another database, pulled whole and once: they lie in Parquet files beside the project's others while they are judged
 * and written, as a second look must see the same rows, and go with the load. So nothing is kept in memory, and the other
 * database is read as fast as it gives.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PipecError, runError } from '../../errors.ts';
import type { LoadResult } from '../../events.ts';
import type { DatabaseRows, LoadColumn, LoadStep, LoadType } from '../../plan.ts';
import type { Since } from '../../sources/cursor.ts';
import { rowsName } from '../../sources/reader.ts';
import { free } from '../memory.ts';
import { ident, literal, texts } from '../quote.ts';
import { newBuild } from '../versions.ts';
import type { Connection } from './connect.ts';
import { FILE, jsonPath, missingColumn, RECORD, ROW, type SourceRelation, struct } from './files.ts';
import { declarationFor, gate, type Raw, sqlType } from './gates.ts';
import { type GatheredRows, parquetFile } from './parquet.ts';

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
 * Those rows of a source whose column is at a bound or after it, or is no value of its type. A reader may give more: what is
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
  const counts = [sql, ...(source.unreadable === null ? [] : [source.unreadable])].map(
    (rows) => `(SELECT count(*) FROM (${rows}))`,
  );
  const { read } = await connection.numbers(`SELECT ${counts.join(' + ')} AS read`);
  return { ...source, sql, read: read ?? 0, plain: null };
}

export const boundLiteral = ({ bound, type, column }: Since): string =>
  `CAST(${literal(type === 'timestamp' ? `${bound}+00` : bound)} AS ${sqlType(column.type)})`;

/** Of a column that lies in the files as its source has it. */
export function keptCell(column: LoadColumn, columns: readonly KeptColumn[]): Raw {
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

/**
 * The columns of the source that the contract reads, each once.
 * @param as how one is read: `called` is what the source calls its type, `wanted` the kind of the contract's column
 * @throws PipecError `source-column-missing`
 */
export function wantedColumns<Column>(
  found: readonly { readonly name: string; readonly type: string }[],
  step: LoadStep,
  place: string,
  as: (name: string, called: string, wanted: LoadType['kind'], index: number) => Column,
): readonly Column[] {
  const types = new Map(found.map((column) => [column.name, column.type]));
  const kinds = new Map<string, LoadType['kind']>();
  for (const column of step.columns) {
    const [name = column.name, ...rest] = column.path;
    if (!types.has(name)) throw missingColumn(place, column, [...types.keys()]);
    kinds.set(name, rest.length > 0 ? 'json' : column.type.kind);
  }
  return [...kinds].map(([name, kind], index) => as(name, types.get(name) ?? '', kind, index));
}

/** Codes that are about the question, not about the server that it is put to. */
const OF_THE_QUESTION = [
  'not-permitted',
  'statement-failed',
  'query-refused',
  'value-unreadable',
  'overflow',
  'division-by-zero',
];

/**
 * What a target's server says of itself holds for a source's too; what it says of a table or query is told as of the source.
 * @param isMissing whether the server says that there is no such table
 */
export function pulledFailure(failure: PipecError, rows: DatabaseRows, server: string, isMissing: boolean): PipecError {
  const extras = failure.engine === null ? {} : { engine: failure.engine };
  if (isMissing && 'table' in rows)
    return runError('source-table-missing', { place: server, table: rows.table }, extras);
  if (!OF_THE_QUESTION.includes(failure.code)) return failure;
  return runError(
    'source-unreadable',
    { path: `${server} ${rowsName(rows)}`, why: failure.why ?? failure.message },
    extras,
  );
}

/** Columns of the source that no column of the contract reads. */
export const unreadOf = (
  found: readonly { readonly name: string; readonly type: string }[],
  step: LoadStep,
): LoadResult['unread'] =>
  found
    .filter(({ name }) => step.columns.every((column) => column.path[0] !== name))
    .map(({ name, type }) => ({ name, type: declarationFor(type) }));

export interface KeptColumn extends PulledColumn {
  /** DuckDB's type of it; `text` where it is the source's own text of a value whose type says nothing about its size. */
  readonly type: string;
  /** What the source calls its type. */
  readonly called: string;
}

/** Files that are written while the next rows are received. */
const WRITING = 2;

/** Rows in memory become files. */
export async function storeRows(
  slices: AsyncIterable<GatheredRows>,
  folder: string,
  signal: AbortSignal,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  const running = new Set<Promise<void>>();
  try {
    for await (const { columns, rows } of slices) {
      while (running.size >= WRITING) await Promise.race(running);
      signal.throwIfAborted();
      const path = join(folder, `${parts.length}.parquet`);
      parts.push({ path, rows });
      const work = writeFile(path, parquetFile(columns, rows)).finally(() => {
        for (const { values } of columns) free(values);
        running.delete(work);
      });
      running.add(work);
      // It is awaited; a failure before that is not one that nobody hears.
      work.catch(() => undefined);
    }
    await Promise.all(running);
    return parts;
  } finally {
    await Promise.allSettled(running);
  }
}
