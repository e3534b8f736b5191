/**
 * The rows of a table or query of a PostgreSQL server, as they were at one moment: `COPY … TO STDOUT` in CSV, which is cut
 * into slices of whole rows and read by DuckDB while the next is received (docs/decisions/0005-moving-rows.md).
 */
import { rm } from 'node:fs/promises';
import type { Client, QueryArrayConfig } from 'pg';
import { type PipecError, runError } from '../../errors.ts';
import type { DatabaseRows, LoadStep, LoadType } from '../../plan.ts';
import { askedSince, type CursorKind, type Since } from '../../sources/cursor.ts';
import { rowsName, tableParts } from '../../sources/reader.ts';
import { missingColumn, type SourceRelation } from '../duckdb/files.ts';
import { pulledRelation, pullFolder, storeCsv, unreadOf, type WrittenColumn, writtenCell } from '../duckdb/pulled.ts';
import { ident } from '../quote.ts';
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
    const columns = writtenColumns(found, step, place);
    const where = since === null ? '' : whereSince(since, found, step.timezone);
    const total = since === null ? null : await countOf(client, source);
    const sql = `COPY (SELECT ${columns.map(({ name }) => `"source".${ident(name)}`).join(', ')} FROM ${source}${where}) TO STDOUT (FORMAT csv)`;
    const copy = client.query(new CopyOut(sql, SLICE));
    const parts = await storeCsv(copy.slices(), columns, own, signal);
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
      cell: (column) => writtenCell(column, columns),
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

/** The columns that the contract reads. @throws PipecError `source-column-missing` */
function writtenColumns(found: readonly Found[], step: LoadStep, place: string): readonly WrittenColumn[] {
  const byName = new Map(found.map((column) => [column.name, column.type]));
  const wanted = new Map<string, WrittenColumn>();
  for (const column of step.columns) {
    const [name = column.name, ...rest] = column.path;
    const type = byName.get(name);
    if (type === undefined) throw missingColumn(place, column, [...byName.keys()]);
    wanted.set(name, { name, called: type, ...kindOf(type, rest.length > 0 ? 'json' : column.type.kind) });
  }
  return [...wanted.values()];
}

const asIs = (sql: string): string => sql;
const same = (type: string) => ({ type, csv: type, odd: false, value: asIs, holds: null });
/** Of a type with values that DuckDB's has not: NaN, infinity, years that nobody needs. */
const wider = (type: string, holds: WrittenColumn['holds']) => ({
  type,
  csv: 'VARCHAR',
  odd: true,
  value: (sql: string) => `TRY_CAST(${sql} AS ${type})`,
  holds,
});
const finite = (type: string) =>
  // DuckDB reads a year before Christ as one after.
  wider(type, (text, value) => `isfinite(${value}) AND NOT ends_with(${text}, 'BC')`);

/** @param wanted the type of the contract, null where none reads it */
function kindOf(type: string, wanted: LoadType['kind'] | null): Omit<WrittenColumn, 'name' | 'called'> {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined && scale !== undefined && Number(precision) <= 38 && Number(scale) <= Number(precision)) {
    const decimal = `DECIMAL(${precision},${scale})`;
    return wider(decimal, null);
  }
  if (type.startsWith('numeric')) {
    // Of any size, so that only a text holds all of it.
    const fits = wanted === 'decimal' || wanted === 'int64';
    return { type: fits ? 'text' : 'NUMERIC', csv: 'VARCHAR', odd: false, value: asIs, holds: null };
  }
  switch (type.replace(/\(\d+\)/, '')) {
    case 'boolean':
      return same('BOOLEAN');
    case 'smallint':
      return same('SMALLINT');
    case 'integer':
      return same('INTEGER');
    case 'bigint':
    case 'oid':
      return same('BIGINT');
    case 'real':
      return same('FLOAT');
    case 'double precision':
      return same('DOUBLE');
    case 'uuid':
      return same('UUID');
    case 'date':
      return finite('DATE');
    case 'timestamp without time zone':
      return finite('TIMESTAMP');
    case 'timestamp with time zone':
      return { ...finite('TIMESTAMPTZ'), type: 'TIMESTAMP WITH TIME ZONE' };
    case 'bytea':
      return { type: 'BLOB', csv: 'VARCHAR', odd: false, value: (sql) => `unhex(substr(${sql}, 3))`, holds: null };
    default:
      // Its text: of texts that is all, of others what a contract may take as a string.
      return same('VARCHAR');
  }
}

/** What a target's server says of itself holds for a source's too; what it says of a table or query is told as of the source. */
function sourceFailure(thrown: unknown, rows: DatabaseRows, server: string): PipecError {
  const failure = postgresFailure(thrown, `reading ${rowsName(rows)}`, server);
  const extras = failure.engine === null ? {} : { engine: failure.engine };
  switch (sqlState(failure)) {
    case '42P01':
    case '3F000':
      if ('table' in rows) return runError('source-table-missing', { place: server, table: rows.table }, extras);
      break;
    case '':
      return failure;
  }
  const own = [
    'not-permitted',
    'statement-failed',
    'query-refused',
    'value-unreadable',
    'overflow',
    'division-by-zero',
  ];
  if (!own.includes(failure.code)) return failure;
  return runError(
    'source-unreadable',
    { path: `${server} ${rowsName(rows)}`, why: failure.why ?? failure.message },
    extras,
  );
}
