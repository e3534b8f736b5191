/**
 * The rows of a table or query of an SQLite file, as they are at one moment. A column there holds values of any type, whatever
 * it is declared as, so that each is taken as the text it is and judged by the contract as a field of CSV is: a number in a
 * column of texts is let in, a text in a column of numbers goes to quarantine. A boolean is 0 or 1, as SQLite has no other.
 * Bytes are let in where the contract says bytes, and nowhere else.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { PipecError, runError } from '../../errors.ts';
import type { DatabaseRows, LoadStep, LoadType } from '../../plan.ts';
import { dayBefore, LEAST_DAY, type Since } from '../../sources/cursor.ts';
import { rowsName, tableParts } from '../../sources/reader.ts';
import type { SourceRelation } from '../duckdb/files.ts';
import type { GatheredRows } from '../duckdb/parquet.ts';
import {
  type KeptColumn,
  keptCell,
  pulledRelation,
  pullFolder,
  storeRows,
  unreadOf,
  wantedColumns,
} from '../duckdb/pulled.ts';
import { ident, literal } from '../quote.ts';
import { type Cell, Gathered, type GatheredColumn } from './gathered.ts';

/** As many rows as DuckDB keeps in a group (docs/decisions/0005-moving-rows.md), and few enough bytes to lie in memory. */
const SLICE = { rows: 122_880, bytes: 1 << 25 };
/** Rows between two looks at what else there is to do: SQLite is read by this thread. */
const TURN = 4096;
/** Rows between two looks at how many bytes there are. */
const LOOK = 64;
/** How long another process may be in the middle of writing. */
const WAIT_MS = 5000;

const VIEW = ident('_pipec_source');

/** @throws PipecError `source-missing`, `source-table-missing`, `source-unreadable`, `source-column-missing` */
export async function pullSqlite(
  path: string,
  rows: DatabaseRows,
  step: LoadStep,
  folder: string,
  signal: AbortSignal,
  since: Since | null,
): Promise<SourceRelation> {
  const file = isAbsolute(path) ? path : join(folder, path);
  const place = `${path} ${rowsName(rows)}`;
  if (!existsSync(file)) throw runError('source-missing', { path });
  const own = await pullFolder(folder);
  const database = open(file, path);
  try {
    signal.throwIfAborted();
    const found = describe(database, rows);
    const columns = wantedColumns(
      found,
      step,
      place,
      (name, called, kind): SqliteColumn => ({
        name,
        called,
        ...kindOf(kind),
      }),
    );
    const where = since === null ? '' : ` WHERE ${asked(since)}`;
    const total = since?.countsAll !== true ? null : countOf(database, `SELECT count(*) AS n FROM ${VIEW}`);
    const sent = { rows: 0 };
    const slices = slicesOf(database, columns, where, sent, signal);
    const parts = await storeRows(slices, own, signal);
    const read = parts.reduce((sum, part) => sum + part.rows, 0);
    if (read !== sent.rows)
      throw runError('internal', { why: `${sent.rows} rows of ${place} were given and ${read} arrived` });
    return await pulledRelation(step, {
      folder: own,
      place,
      parts,
      columns,
      unread: unreadOf(
        found.map(({ name, type }) => ({ name, type: duckDbType(type) })),
        step,
      ),
      total,
      cell: (column) => keptCell(column, columns),
    });
  } catch (thrown) {
    await rm(own, { recursive: true, force: true });
    if (signal.aborted) throw runError('cancelled', {});
    throw sourceFailure(thrown, rows, path);
  } finally {
    database.close();
  }
}

/** Nobody's words but ours are run in it: it is opened for reading, and what is read is a view. */
function open(file: string, path: string): DatabaseSync {
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    return new sqlite.DatabaseSync(file, { readOnly: true, timeout: WAIT_MS });
  } catch (thrown) {
    throw runError('source-unreadable', { path, why: messageOf(thrown) });
  }
}

interface Found {
  readonly name: string;
  /** As it is declared; '' where it is not. */
  readonly type: string;
}

function describe(database: DatabaseSync, rows: DatabaseRows): readonly Found[] {
  const from =
    'table' in rows ? tableParts(rows.table).map(ident).join('.') : `(${rows.query.trim().replace(/;$/, '')}\n)`;
  // Types, rows and their number are of one moment, from the first question on.
  database.exec('BEGIN');
  database.exec(`CREATE TEMP VIEW ${VIEW} AS SELECT * FROM ${from}`);
  return database
    .prepare(`SELECT name, type FROM pragma_table_info('_pipec_source')`)
    .all()
    .map(({ name, type }) => ({ name: String(name), type: String(type) }));
}

function countOf(database: DatabaseSync, sql: string): number {
  return Number(database.prepare(sql).get()?.['n'] ?? 0);
}

type SqliteColumn = KeptColumn & GatheredColumn;

function kindOf(wanted: LoadType['kind']): Omit<SqliteColumn, 'name' | 'called'> {
  const text = { type: 'text', form: 'text', odd: false } as const;
  switch (wanted) {
    case 'bytes':
      // A text is bytes too; of a number nobody knows which.
      return {
        type: 'BLOB',
        form: 'bytes',
        odd: true,
        kept: (value) => (typeof value === 'string' || value instanceof Uint8Array ? value : null),
      };
    case 'bool':
      return { ...text, kept: (value) => (value === 1n ? 'true' : value === 0n ? 'false' : textOf(value)) };
    default:
      return { ...text, kept: textOf };
  }
}

/** No text of the language has U+0000, so that bytes pass for no value. */
function textOf(value: Cell): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? `\0x'${Buffer.from(value).toString('hex')}'` : String(value);
}

async function* slicesOf(
  database: DatabaseSync,
  columns: readonly SqliteColumn[],
  where: string,
  sent: { rows: number },
  signal: AbortSignal,
): AsyncGenerator<GatheredRows, void, void> {
  const cells = columns.map((_, index) => `c${index}`);
  const names = columns.map(({ name }, index) => `${ident(name)} AS ${cells[index]}`);
  const statement = database.prepare(`SELECT ${names.join(', ')} FROM ${VIEW}${where}`);
  statement.setReadBigInts(true);
  let gathered = new Gathered(columns);
  for (const row of statement.iterate()) {
    gathered.add(cells.map((cell) => row[cell] ?? null));
    sent.rows += 1;
    if (sent.rows % LOOK !== 0) continue;
    if (gathered.rows >= SLICE.rows || gathered.bytes >= SLICE.bytes) {
      yield gathered.end();
      gathered = new Gathered(columns);
    }
    if (sent.rows % TURN !== 0) continue;
    await turn();
    signal.throwIfAborted();
  }
  // Where there was no row, the file still has the columns.
  yield gathered.end();
}

/**
 * The rows that are not certain to be before the bound. A value of the cursor's type is told by how SQLite keeps it; whatever
 * else there is, is read again.
 */
function asked({ column, type, bound }: Since): string {
  const name = ident(column.path[0] ?? column.name);
  // A column that is declared as text would be compared as text.
  if (type === 'int64') return `NOT (typeof(${name}) = 'integer' AND +${name} < ${bound})`;
  const day = `substr(${name}, 1, ${LEAST_DAY.length})`;
  const isDay = `${day} >= ${literal(LEAST_DAY)} AND ${day} < ${literal(dayBefore(bound))} AND date(${day}) IS ${day}`;
  const isValue = type === 'date' ? `length(${name}) = ${LEAST_DAY.length}` : `datetime(${name}) IS NOT NULL`;
  return `NOT (typeof(${name}) = 'text' AND ${isDay} AND ${isValue})`;
}

/** What a column could be declared as, by SQLite's own rules of affinity. */
function duckDbType(declared: string): string {
  const type = declared.toUpperCase();
  if (type.includes('INT')) return 'BIGINT';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'VARCHAR';
  if (/REAL|FLOA|DOUB/.test(type)) return 'DOUBLE';
  return type === '' || type.includes('BLOB') ? 'BLOB' : 'VARCHAR';
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function sourceFailure(thrown: unknown, rows: DatabaseRows, path: string): unknown {
  if (thrown instanceof PipecError) return thrown;
  const engine = messageOf(thrown);
  if ('table' in rows && /^no such table/.test(engine))
    return runError('source-table-missing', { place: path, table: rows.table }, { engine });
  return runError('source-unreadable', { path: `${path} ${rowsName(rows)}`, why: engine }, { engine });
}
