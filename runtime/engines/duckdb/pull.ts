/** The rows of a table or query of another DuckDB file, which nobody writes while they are read. */
import { existsSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { holderText } from '../../engine.ts';
import { PipecError, runError } from '../../errors.ts';
import type { DatabaseRows, LoadColumn, LoadStep } from '../../plan.ts';
import { askedSince, type CursorKind, type Since } from '../../sources/cursor.ts';
import { rowsName, tableParts } from '../../sources/reader.ts';
import { ident, literal } from '../quote.ts';
import { NO_WAIT } from '../turn.ts';
import { type Database, openDatabase } from './connect.ts';
import { fieldPath, firstOf, physicalType, type SourceRelation } from './files.ts';
import type { Raw } from './gates.ts';
import { pulledRelation, pullFolder, unreadOf } from './pulled.ts';

/** What Parquet has no type for goes as text: the rest of a contract's types it keeps. */
const WIDE = ['HUGEINT', 'UHUGEINT'];

/** Files that sources are being read of: several of one run may read one, and a process opens a file once. */
const reading = new Map<string, { readonly database: Promise<Database>; users: number }>();

async function openShared(path: string): Promise<Database> {
  const key = realpathSync(path);
  const open = reading.get(key) ?? {
    database: openDatabase({ path, readOnly: true, nameHolder: holderText, ...NO_WAIT }),
    users: 0,
  };
  reading.set(key, open);
  open.users += 1;
  const leave = (): boolean => {
    open.users -= 1;
    if (open.users === 0) reading.delete(key);
    return open.users === 0;
  };
  try {
    const database = await open.database;
    return {
      ...database,
      async close() {
        if (leave()) await database.close();
      },
    };
  } catch (failure) {
    leave();
    throw failure;
  }
}

/** @throws PipecError `source-missing`, `database-busy`, `source-table-missing`, `source-unreadable`, `source-column-missing` */
export async function pullDuckDb(
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
  const database = await openShared(file);
  const own = await pullFolder(folder);
  const connection = await database.connect();
  const stop = (): void => connection.interrupt();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const from = 'table' in rows ? tableParts(rows.table).map(ident).join('.') : `(${statementOf(rows.query)}\n)`;
    const found = await connection.describe(`SELECT * FROM ${from}`);
    for (const column of step.columns) physicalType(found, column, place);
    const names = new Set(step.columns.map(({ path: [first], name }) => first ?? name));
    const read = found.filter(({ name }) => names.has(name));
    const cells = read.map(({ name, type }) =>
      WIDE.includes(type) ? `CAST(${ident(name)} AS VARCHAR) AS ${ident(name)}` : ident(name),
    );
    const part = join(own, 'rows.parquet');
    const where = since === null ? '' : whereSince(since, found, step.timezone);
    // Rows and their number are of one file that nobody writes meanwhile.
    const { total = null } =
      since?.countsAll !== true ? {} : await connection.numbers(`SELECT count(*) AS total FROM ${from}`);
    const count = await connection.run(
      `COPY (SELECT ${cells.join(', ')} FROM ${from}${where}${firstOf(step)}) TO ${literal(part)} (FORMAT parquet, COMPRESSION lz4_raw)`,
    );
    const kept = await connection.describe(`SELECT * FROM read_parquet(${literal(part)})`);
    const wide = new Set(read.filter(({ type }) => WIDE.includes(type)).map(({ name }) => name));
    const relation = {
      folder: own,
      place,
      parts: [{ path: part, rows: count }],
      columns: read.map(({ name }) => ({ name, odd: false })),
      unread: unreadOf(found, step),
      total,
      cell: (column: LoadColumn): Raw =>
        wide.has(column.path[0] ?? column.name)
          ? { kind: 'text', sql: fieldPath(column) }
          : { kind: 'typed', sql: fieldPath(column), type: physicalType(kept, column, place) },
    };
    return await pulledRelation(step, relation);
  } catch (thrown) {
    await rm(own, { recursive: true, force: true });
    throw sourceFailure(thrown, rows, path);
  } finally {
    signal.removeEventListener('abort', stop);
    connection.close();
    await database.close();
  }
}

/** Where the type of the column says how: the rest is left out when they are judged. */
function whereSince(
  since: Since,
  found: readonly { readonly name: string; readonly type: string }[],
  zone: string,
): string {
  const name = since.column.path[0] ?? since.column.name;
  const type = found.find((column) => column.name === name)?.type ?? '';
  const asked = askedSince(since, kindOf(type), zone, ident(name));
  return asked === null ? '' : ` WHERE ${asked}`;
}

function kindOf(type: string): CursorKind | null {
  if (['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'].includes(type)) return 'int64';
  if (type === 'DATE') return 'date';
  if (type === 'TIMESTAMP WITH TIME ZONE') return 'timestamp';
  return type.startsWith('TIMESTAMP') ? 'naive' : null;
}

/** A question without what ends it. */
const statementOf = (sql: string): string => sql.trim().replace(/;$/, '');

function sourceFailure(thrown: unknown, rows: DatabaseRows, path: string): unknown {
  if (!(thrown instanceof PipecError)) return thrown;
  const extras = thrown.engine === null ? {} : { engine: thrown.engine };
  if ('table' in rows && /Table with name .* does not exist/.test(thrown.engine ?? thrown.message))
    return runError('source-table-missing', { place: path, table: rows.table }, extras);
  if (!['statement-failed', 'value-unreadable', 'overflow', 'database-unreadable'].includes(thrown.code)) return thrown;
  return runError(
    'source-unreadable',
    { path: `${path} ${rowsName(rows)}`, why: thrown.why ?? thrown.message },
    extras,
  );
}
