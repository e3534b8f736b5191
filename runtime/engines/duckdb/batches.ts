/** DuckDB's values as those of batches (runtime/batches.ts), and back. Columns go over in chunks, as the engine has them. */
import {
  type DuckDBAppender,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { type Batch, daysOf, unscaled } from '../../batches.ts';
import type { BatchColumn, BatchType } from '../../plan.ts';
import { chunksOf } from './chunks.ts';
import type { Connection } from './connect.ts';

/** Rows of a DuckDB vector. */
const CHUNK_ROWS = 2048;

type Change<From, To> = ((value: From) => To) | null;

/** All rows of a query, in batches of at most 2048. The connection answers nothing else until it is drained. */
export async function* readBatches(
  connection: Connection,
  sql: string,
  columns: readonly BatchColumn[],
): AsyncGenerator<Batch, void, void> {
  const changes = columns.map(({ type }) => fromDuckDb(type));
  for await (const chunk of chunksOf(connection, sql)) {
    const batch: Record<string, ArrayLike<unknown>> = {};
    for (const [index, { name }] of columns.entries())
      batch[name] = changed(chunk.getColumnValues(index), changes[index] ?? null);
    yield batch;
  }
}

const changed = <From, To>(values: readonly (From | null)[], change: Change<From, To>): readonly unknown[] =>
  change === null ? values : values.map((value) => (value === null ? null : change(value)));

/** Null where DuckDB has the value already. */
function fromDuckDb(type: BatchType): Change<DuckDBValue, unknown> {
  switch (type.kind) {
    case 'bool':
    case 'int64':
    case 'float64':
    case 'string':
    case 'json':
    case 'enum':
      return null;
    case 'decimal':
    case 'uuid':
    case 'date':
      return String;
    case 'bytes':
      return (value) => new Uint8Array((value as DuckDBBlobValue).bytes);
    case 'timestamp':
      return (value) => (value as DuckDBTimestampTZValue).micros;
    case 'list': {
      const change = fromDuckDb(type.element);
      return (value) => changed([...(value as DuckDBListValue).items], change);
    }
  }
}

/** A value that was checked. Null where DuckDB takes it as it is. */
function toDuckDb(type: BatchType): Change<unknown, DuckDBValue> {
  switch (type.kind) {
    case 'bool':
    case 'int64':
    case 'float64':
    case 'string':
    case 'json':
    case 'enum':
      return null;
    case 'decimal':
      return (value) => new DuckDBDecimalValue(unscaled(value as string, type) ?? 0n, type.precision, type.scale);
    case 'uuid':
      return (value) => DuckDBUUIDValue.fromUint128(BigInt(`0x${(value as string).replaceAll('-', '')}`));
    case 'date':
      return (value) => new DuckDBDateValue(daysOf(value as string) ?? 0);
    case 'bytes':
      return (value) => new DuckDBBlobValue(value as Uint8Array);
    case 'timestamp':
      return (value) => new DuckDBTimestampTZValue(value as bigint);
    case 'list': {
      const change = toDuckDb(type.element);
      return (value) => new DuckDBListValue(changed(value as unknown[], change) as DuckDBValue[]);
    }
  }
}

/** Appends batches to a table of exactly these columns. */
export class BatchWriter {
  readonly #appender: DuckDBAppender;
  readonly #changes: readonly Change<unknown, DuckDBValue>[];

  private constructor(appender: DuckDBAppender, columns: readonly BatchColumn[]) {
    this.#appender = appender;
    this.#changes = columns.map(({ type }) => toDuckDb(type));
  }

  static async of(
    connection: Connection,
    table: { readonly catalog: string; readonly schema: string; readonly name: string },
    columns: readonly BatchColumn[],
  ): Promise<BatchWriter> {
    const appender = await connection.raw.createAppender(table.name, table.schema, table.catalog);
    return new BatchWriter(appender, columns);
  }

  append(columns: readonly ArrayLike<unknown>[], rows: number): void {
    const types = this.#changes.map((_, index) => this.#appender.columnType(index));
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const to = Math.min(from + CHUNK_ROWS, rows);
      const chunk = DuckDBDataChunk.create(types, to - from);
      for (const [index, values] of columns.entries()) {
        const part = Array.from({ length: to - from }, (_, row) => values[from + row] as DuckDBValue);
        const change = this.#changes[index] ?? null;
        chunk.setColumnValues(index, changed(part, change) as readonly DuckDBValue[]);
      }
      this.#appender.appendDataChunk(chunk);
    }
  }

  /** Whatever was appended is in the table afterwards. */
  close(): void {
    this.#appender.closeSync();
  }

  /** What was appended does not matter any more. */
  abandon(): void {
    try {
      this.#appender.clear();
      this.#appender.closeSync();
    } catch {
      // The failure that led here is the one to be told.
    }
  }
}
