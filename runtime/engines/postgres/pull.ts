/**
 * The rows of a table or query of a PostgreSQL server, as they were at one moment: `COPY … TO STDOUT`, whose binary
 * rows become columns of Parquet files (docs/decisions/0005-moving-rows.md).
 */
import { rm } from 'node:fs/promises';
import type { Client, QueryArrayConfig } from 'pg';
import { type PipecError, runError } from '../../errors.ts';
import type { DatabaseRows, LoadStep, LoadType } from '../../plan.ts';
import { askedSince, type CursorKind, type Since } from '../../sources/cursor.ts';
import { rowsName, tableParts } from '../../sources/reader.ts';
import { firstOf, type SourceRelation } from '../duckdb/files.ts';
import type { ParquetType } from '../duckdb/parquet.ts';
import {
  type KeptColumn,
  keptCell,
  pulledFailure,
  pulledRelation,
  pullFolder,
  storeRows,
  unreadOf,
  wantedColumns,
} from '../duckdb/pulled.ts';
import { ident } from '../quote.ts';
import { BinaryRows } from './binary-rows.ts';
import { statementOf } from './connect.ts';
import { CopyOut } from './copy-out.ts';
import { postgresFailure, sqlState } from './failures.ts';
import { connectClient, postgresPlace } from './server.ts';

/**
 * As many rows as DuckDB keeps in a group: a table made of groups that are not full is written a second time, and is twice
 * in memory, when the file is closed. Few enough bytes to lie in memory several times.
 */
const SLICE = { rows: 122_880, bytes: 1 << 25 };

/** @throws PipecError `server-unreachable`, `login-refused`, `source-table-missing`, `source-unreadable`, `source-column-missing` … */
export async function pullPostgres(
  url: string,
  rows: DatabaseRows,
  step: LoadStep,
  folder: string,
  signal: AbortSignal,
  since: Since | null,
): Promise<SourceRelation> {
  const server = postgresPlace(url);
  const place = `${server} ${rowsName(rows)}`;
  const client = await connectClient(url, 'pipec source', server);
  // A connection listens to nobody while it sends rows: the server notices that nobody takes them.
  const cut = (): void => void (client as Client & Wired).connection.stream.destroy();
  signal.addEventListener('abort', cut, { once: true });
  const own = await pullFolder(folder);
  try {
    signal.throwIfAborted();
    const from = 'table' in rows ? tableParts(rows.table).map(ident).join('.') : `(${statementOf(rows.query)}\n)`;
    const source = `${from} AS "source"`;
    // Types and rows are of one moment.
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const found = await describe(client, source);
    const columns = wantedColumns(
      found,
      step,
      place,
      (name, called, kind): SourceColumn => ({
        name,
        called,
        ...kindOf(called, kind),
      }),
    );
    const cells = columns.map(({ name, cell }) => cell(`"source".${ident(name)}`));
    const where = since === null ? '' : whereSince(since, found, step.timezone);
    const total = since?.countsAll !== true ? null : await countOf(client, source);
    const sql = `COPY (SELECT ${cells.join(', ')} FROM ${source}${where}${firstOf(step)}) TO STDOUT (FORMAT binary)`;
    const sent = columns.map(({ name, form, odd }) => ({ name, type: form, odd }));
    const copy = client.query(new CopyOut(sql, new BinaryRows(sent, SLICE)));
    const parts = await storeRows(copy.slices(), own, signal);
    const read = parts.reduce((sum, part) => sum + part.rows, 0);
    if (read !== copy.sent)
      throw runError('internal', { why: `${copy.sent} rows of ${place} were sent and ${read} arrived` });
    const unread = unreadOf(
      found.map(({ name, type }) => ({ name, type: kindOf(type, null).type })),
      step,
    );
    return await pulledRelation(step, {
      folder: own,
      place,
      parts,
      columns,
      unread,
      total,
      cell: (column) => keptCell(column, columns),
    });
  } catch (thrown) {
    await rm(own, { recursive: true, force: true });
    if (signal.aborted) throw runError('cancelled', {});
    throw sourceFailure(thrown, rows, server);
  } finally {
    signal.removeEventListener('abort', cut);
    await client.end().catch(() => undefined);
  }
}

interface Wired {
  readonly connection: { readonly stream: { readonly destroy: () => void } };
}

interface Found {
  readonly name: string;
  /** As PostgreSQL says it: `numeric(12,2)`. */
  readonly type: string;
}

async function describe(client: Client, source: string): Promise<readonly Found[]> {
  const question = (text: string): QueryArrayConfig => ({ text, rowMode: 'array' });
  const { fields } = await client.query(question(`SELECT * FROM ${source} LIMIT 0`));
  if (fields.length === 0) return [];
  const names = fields.map(({ dataTypeID, dataTypeModifier }) => `format_type(${dataTypeID}, ${dataTypeModifier})`);
  const { rows } = await client.query(question(`SELECT ${names.join(', ')}`));
  return fields.map(({ name }, index) => ({ name, type: String((rows[0] as readonly unknown[])[index]) }));
}

async function countOf(client: Client, source: string): Promise<number> {
  const { rows } = await client.query<{ readonly total: string }>(`SELECT count(*) AS total FROM ${source}`);
  return Number(rows[0]?.total);
}

/** Where the type of the column says how, so that an index may serve: the rest is left out when they are judged. */
function whereSince(since: Since, found: readonly Found[], zone: string): string {
  const name = since.column.path[0] ?? since.column.name;
  const type = found.find((column) => column.name === name)?.type ?? '';
  const asked = askedSince(since, cursorKind(type), zone, `"source".${ident(name)}`);
  return asked === null ? '' : ` WHERE ${asked}`;
}

function cursorKind(type: string): CursorKind | null {
  switch (type.replace(/\(\d+\)/, '')) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return 'int64';
    case 'date':
      return 'date';
    case 'timestamp with time zone':
      return 'timestamp';
    case 'timestamp without time zone':
      return 'naive';
    default:
      return null;
  }
}

/** A column as the server sends it. */
interface SourceColumn extends KeptColumn {
  readonly form: ParquetType;
  /** What is asked for, over the quoted name. */
  readonly cell: (sql: string) => string;
}

type Kind = Omit<SourceColumn, 'name' | 'called'>;

const asIs = (sql: string): string => sql;
const same = (type: string, form: ParquetType): Kind => ({ type, form, odd: false, cell: asIs });
/** Of a type with values that DuckDB's has not: NaN, infinity, years that nobody needs. */
const wider = (type: string, form: ParquetType): Kind => ({ ...same(type, form), odd: true });
const cast = (kind: Kind, to: string): Kind => ({ ...kind, cell: (sql) => `${sql}::${to}` });
const TEXT = same('VARCHAR', { kind: 'text' });

/** @param wanted the type of the contract, null where none reads it */
function kindOf(type: string, wanted: LoadType['kind'] | null): Kind {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined && scale !== undefined && Number(precision) <= 38 && Number(scale) <= Number(precision)) {
    const form = { kind: 'decimal', precision: Number(precision), scale: Number(scale) } as const;
    return wider(`DECIMAL(${precision},${scale})`, form);
  }
  if (type.startsWith('numeric')) {
    // Of any size, so that only a text holds all of it.
    const fits = wanted === 'decimal' || wanted === 'int64';
    return cast({ ...TEXT, type: fits ? 'text' : 'NUMERIC' }, 'text');
  }
  switch (type.replace(/\(\d+\)/, '')) {
    case 'boolean':
      return same('BOOLEAN', { kind: 'bool' });
    case 'smallint':
      return cast(same('INTEGER', { kind: 'int32' }), 'integer');
    case 'integer':
      return same('INTEGER', { kind: 'int32' });
    case 'bigint':
      return same('BIGINT', { kind: 'int64' });
    case 'oid':
      return cast(same('BIGINT', { kind: 'int64' }), 'bigint');
    case 'real':
      return same('FLOAT', { kind: 'float32' });
    case 'double precision':
      return same('DOUBLE', { kind: 'float64' });
    case 'uuid':
      return same('UUID', { kind: 'uuid' });
    case 'date':
      return wider('DATE', { kind: 'date' });
    case 'timestamp without time zone':
      return wider('TIMESTAMP', { kind: 'timestamp', utc: false });
    case 'timestamp with time zone':
      return wider('TIMESTAMP WITH TIME ZONE', { kind: 'timestamp', utc: true });
    case 'bytea':
      return same('BLOB', { kind: 'bytes' });
    // What is sent of these is their text.
    case 'text':
    case 'character varying':
    case 'character':
    case 'json':
      return TEXT;
    default:
      // Its text, as the server shows it (a cast would show some types otherwise): what a contract may take as a string.
      return { ...TEXT, cell: (sql) => `CASE WHEN ${sql} IS DISTINCT FROM NULL THEN format('%s', ${sql}) END` };
  }
}

/** SQLSTATEs of a table and of a schema that is not there. */
const MISSING = ['42P01', '3F000'];

function sourceFailure(thrown: unknown, rows: DatabaseRows, server: string): PipecError {
  const failure = postgresFailure(thrown, `reading ${rowsName(rows)}`, server);
  // What has no state did not come from the server.
  if (sqlState(failure) === '') return failure;
  return pulledFailure(failure, rows, server, MISSING.includes(sqlState(failure)));
}
