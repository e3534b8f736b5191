/**
 * The rows of a table or query of a ClickHouse server, as Parquet, which it writes and DuckDB reads in place: they stream into a
 * file, and nothing of them is in memory here. It is one SELECT, which sees of a table the parts that were there when it began;
 * of a distributed table, those of each shard as it was asked. What Parquet has no type for comes as text.
 */
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { PipecError, runError } from '../../errors.ts';
import type { DatabaseRows, LoadStep, LoadType } from '../../plan.ts';
import type { Since } from '../../sources/cursor.ts';
import { rowsName, tableParts } from '../../sources/reader.ts';
import type { Connection } from '../duckdb/connect.ts';
import type { SourceRelation } from '../duckdb/files.ts';
import {
  keptCell,
  oddName,
  pulledFailure,
  pulledRelation,
  pullFolder,
  unreadOf,
  wantedColumns,
} from '../duckdb/pulled.ts';
import { ident, literal } from '../quote.ts';
import { oneQuestion } from './connect.ts';
import { clickhouseFailure } from './failures.ts';
import { ALIVE, clientOf } from './server.ts';

/** As many rows as DuckDB keeps in a group (docs/decisions/0005-moving-rows.md). */
const GROUP_ROWS = 122_880;

/** It reads and changes nothing, and stops when nobody listens any more. */
const READING = { ...ALIVE, readonly: '2', cancel_http_readonly_queries_on_client_close: 1 } as const;

/** @throws PipecError `server-unreachable`, `login-refused`, `source-table-missing`, `source-unreadable`, `source-column-missing` … */
export async function pullClickhouse(
  embedded: Connection,
  { url, database }: { readonly url: string; readonly database: string | null },
  rows: DatabaseRows,
  step: LoadStep,
  folder: string,
  signal: AbortSignal,
  since: Since | null,
): Promise<SourceRelation> {
  const { client, place: server } = await clientOf(url, database, 'pipec source');
  const place = `${server} ${rowsName(rows)}`;
  const own = await pullFolder(folder);
  try {
    signal.throwIfAborted();
    const from = 'table' in rows ? tableParts(rows.table).map(ident).join('.') : `(${oneQuestion(rows.query)}\n)`;
    const ask = async (query: string): Promise<readonly (readonly unknown[])[]> => {
      const options = { format: 'JSONCompactEachRow', clickhouse_settings: READING, abort_signal: signal } as const;
      const answer = await client.query({ query, ...options });
      return await answer.json<readonly unknown[]>();
    };
    const found = (await ask(`DESCRIBE (SELECT * FROM ${from})`)).map(([name, type]) => ({
      name: String(name),
      type: String(type),
    }));
    const columns = wantedColumns(found, step, place, (name, called, kind, index): ReadColumn => {
      const as = readAs(bare(called), kind, inside(index));
      return { name, called, odd: as.oddValue !== null, ...as };
    });
    // There is no transaction: counted before, so that what comes meanwhile is not told as late.
    const total = since?.countsAll !== true ? null : Number((await ask(`SELECT count() FROM ${from}`))[0]?.[0]);
    const where = since === null ? '' : whereSince(since, found);
    const selected = columns.flatMap(({ name, value, oddValue }) => [
      `${value} AS ${ident(name)}`,
      ...(oddValue === null ? [] : [`${oddValue} AS ${ident(oddName(name))}`]),
    ]);
    const path = join(own, 'rows.parquet');
    // The names are those of the outer query: ClickHouse would take them for the new ones in the same.
    const inner = columns.map(({ name }, index) => `${ident(name)} AS ${inside(index)}`);
    const sql = `SELECT ${selected.join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${from}${where})`;
    await save(client, sql, path, signal);
    const { read } = await embedded.numbers(`SELECT num_rows AS read FROM parquet_file_metadata(${literal(path)})`);
    return await pulledRelation(step, {
      folder: own,
      place,
      parts: [{ path, rows: read ?? 0 }],
      columns,
      unread: unreadOf(
        found.map(({ name, type }) => ({ name, type: readAs(bare(type), null, '').type })),
        step,
      ),
      total,
      cell: (column) => {
        const raw = keptCell(column, columns);
        // The text of its bytes in hexadecimal digits.
        return raw.kind === 'typed' && raw.type === 'BLOB' ? { ...raw, sql: `unhex(${raw.sql})` } : raw;
      },
    });
  } catch (thrown) {
    await rm(own, { recursive: true, force: true });
    if (signal.aborted) throw runError('cancelled', {});
    throw sourceFailure(thrown, rows, server);
  } finally {
    await client.close();
  }
}

/** @throws what the server says of it, also where it says so after it began to answer */
async function save(client: ClickHouseClient, sql: string, path: string, signal: AbortSignal): Promise<void> {
  const { stream } = await client.exec({
    query: `${sql} FORMAT Parquet`,
    abort_signal: signal,
    clickhouse_settings: {
      ...READING,
      output_format_parquet_string_as_string: 1,
      output_format_parquet_compression_method: 'lz4',
      output_format_parquet_row_group_size: String(GROUP_ROWS),
    },
  });
  await pipeline(stream, createWriteStream(path));
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 14), 0, 1 << 14, Math.max(size - (1 << 14), 0));
    const end = buffer.subarray(0, bytesRead).toString('latin1');
    if (end.endsWith('PAR1')) return;
    const [told] = /Code: \d+\. DB::Exception: .*/s.exec(end) ?? [];
    throw new Error(told ?? 'socket hang up');
  } finally {
    await file.close();
  }
}

/** A column as it is asked for. */
interface ReadColumn extends ReadAs {
  readonly name: string;
  /** What the server calls its type. */
  readonly called: string;
  readonly odd: boolean;
}
interface ReadAs {
  /** DuckDB's type of it; `text` where it is the text of a value whose type says nothing about its size. */
  readonly type: string;
  /** Its value, in SQL of the server. */
  readonly value: string;
  /** Its text where that is none; null where there is always one. */
  readonly oddValue: string | null;
}

const inside = (index: number): string => ident(`_pipec_${index}`);

/** A type without what says that it may be null or how it is kept. */
function bare(type: string): string {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  return inner === undefined ? type : bare(inner);
}

const WHOLE: Readonly<Record<string, string>> = {
  Int8: 'TINYINT',
  Int16: 'SMALLINT',
  Int32: 'INTEGER',
  Int64: 'BIGINT',
  UInt8: 'UTINYINT',
  UInt16: 'USMALLINT',
  UInt32: 'UINTEGER',
  UInt64: 'UBIGINT',
};

/** @param wanted the kind of the contract's column, null where none reads it */
function readAs(type: string, wanted: LoadType['kind'] | null, column: string): ReadAs {
  const always = (duckDb: string, value = column): ReadAs => ({ type: duckDb, value, oddValue: null });
  const whole = WHOLE[type];
  if (whole !== undefined) return always(whole);
  const [, precision, scale] = /^Decimal\((\d+), (\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined) {
    if (Number(precision) <= 38) return always(`DECIMAL(${precision},${scale})`);
    return always('text', `toString(${column})`);
  }
  switch (/^\w+/.exec(type)?.[0]) {
    case 'Bool':
      return always('BOOLEAN');
    case 'Float32':
      return always('FLOAT');
    case 'Float64':
      return always('DOUBLE');
    case 'Int128':
    case 'Int256':
    case 'UInt128':
    case 'UInt256':
      return always('text', `toString(${column})`);
    case 'Date':
    case 'Date32':
      return always('DATE', `toDate32(${column})`);
    case 'DateTime':
      return always('TIMESTAMP WITH TIME ZONE', `toDateTime64(${column}, 6, 'UTC')`);
    case 'DateTime64': {
      const instant = `toDateTime64(${column}, 6, 'UTC')`;
      if (Number(/^DateTime64\((\d)/.exec(type)?.[1]) <= 6) return always('TIMESTAMP WITH TIME ZONE', instant);
      // Digits that a timestamp of the language has not are not cut off.
      const fits = `toUnixTimestamp64Nano(toDateTime64(${column}, 9, 'UTC')) % 1000 = 0`;
      return {
        type: 'TIMESTAMP WITH TIME ZONE',
        value: `if(${fits}, ${instant}, NULL)`,
        oddValue: `if(${fits}, NULL, toString(${column}))`,
      };
    }
    case 'String':
    case 'FixedString': {
      if (wanted === 'bytes') return always('BLOB', `hex(${column})`);
      const text = type === 'String' ? column : `toStringCutToZero(${column})`;
      // A text there may be any bytes.
      const isText = `isValidUTF8(${text})`;
      return {
        type: 'VARCHAR',
        value: `if(${isText}, ${text}, NULL)`,
        oddValue: `if(${isText}, NULL, hex(${column}))`,
      };
    }
    case 'Array':
    case 'Tuple':
    case 'Map':
    case 'Nested':
    case 'JSON':
    case 'Object':
    case 'Variant':
    case 'Dynamic':
      return always('VARCHAR', `toJSONString(${column})`);
    default:
      return always('VARCHAR', `toString(${column})`);
  }
}

/** Where the type of the column says how: the rest is left out when they are judged. */
function whereSince(
  { column, type, bound }: Since,
  found: readonly { readonly name: string; readonly type: string }[],
): string {
  const name = column.path[0] ?? column.name;
  const own = bare(found.find((one) => one.name === name)?.type ?? '');
  const from = (kind: Since['type'], value: string): string =>
    kind === type ? ` WHERE ${ident(name)} >= ${value} OR ${ident(name)} IS NULL` : '';
  if (WHOLE[own] !== undefined) return from('int64', `toInt64(${literal(bound)})`);
  if (own === 'Date' || own === 'Date32') return from('date', `toDate32(${literal(bound)})`);
  const digits = own.startsWith('DateTime64') ? Number(/\((\d)/.exec(own)?.[1]) : 0;
  // With more digits there are values that are none here, and are read again.
  return own.startsWith('DateTime') && digits <= 6
    ? from('timestamp', `toDateTime64(${literal(bound)}, 6, 'UTC')`)
    : '';
}

function sourceFailure(thrown: unknown, rows: DatabaseRows, server: string): PipecError {
  if (thrown instanceof PipecError && thrown.code !== 'query-refused') return thrown;
  const failure = clickhouseFailure(thrown, `reading ${rowsName(rows)}`, server);
  return pulledFailure(failure, rows, server, /\((UNKNOWN_TABLE|UNKNOWN_DATABASE)\)/.test(failure.engine ?? ''));
}
