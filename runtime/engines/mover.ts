/**
 * Rows on their way into another engine: the embedded engine judges them and gives them in chunks of columns, which become
 * bytes of the other engine's own format and are sent while the next are made. No row becomes an object of JavaScript, and
 * nothing is written to disk: whoever takes the bytes slowly makes the embedded engine wait, so that memory stays bounded
 * whatever the source's size (docs/decisions/0005-moving-rows.md).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { holderText } from '../engine.ts';
import { runError } from '../errors.ts';
import type { BatchType } from '../plan.ts';
import { chunksOf } from './duckdb/chunks.ts';
import { type Connection, type Database, openDatabase } from './duckdb/connect.ts';
import { release } from './duckdb/vectors.ts';
import { literal, subquery } from './quote.ts';
import { NO_WAIT } from './turn.ts';
import { newBuild } from './versions.ts';

export interface MovedColumn {
  readonly name: string;
  readonly type: BatchType;
  readonly nullable: boolean;
}

/** How an engine takes rows. */
export interface Wire {
  /** A column's value in the form that the encoder reads, over the quoted name. */
  readonly cell: (column: MovedColumn) => string;
  readonly encoder: (columns: readonly MovedColumn[]) => Encoder;
}

/**
 * Makes pieces of bytes, each of whole rows. They are none of the chunk's own; they may be the same bytes each time, where the
 * engine that takes them is done with one before it asks for the next.
 */
export interface Encoder {
  readonly add: (chunk: DuckDBDataChunk) => Iterable<Uint8Array>;
  /** What is left when the last chunk was added. */
  readonly end: () => Iterable<Uint8Array>;
}

/** Taken one by one: the next is made when it is asked for. */
export type Pieces = AsyncIterable<Uint8Array>;

/** How far a query works ahead of who takes its rows: with less, either waits for the other at each few chunks. */
const AHEAD = '8MiB';

export class Mover {
  readonly #folder: string;
  #database: Promise<Database> | null = null;

  /** @param folder of the project: what does not fit into memory is put aside in its `.pipec` */
  constructor(folder: string) {
    this.#folder = join(folder, '.pipec', `moving-${process.pid}-${newBuild()}`);
  }

  async connect(): Promise<Connection> {
    this.#database ??= this.#open();
    const connection = await (await this.#database).connect();
    await connection.run(`SET streaming_buffer_size = '${AHEAD}'`);
    return connection;
  }

  async #open(): Promise<Database> {
    const database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
    // What does not fit into memory goes where the project's other files are.
    const connection = await database.connect();
    await connection.run(`SET GLOBAL temp_directory = ${literal(join(this.#folder, 'spilled'))}`);
    connection.close();
    return database;
  }

  async close(): Promise<void> {
    // One that could not be opened has told so to who asked for it.
    await (await this.#database?.catch(() => null))?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Hands the rows of a query to `take` as bytes; gives how many they were. The connection answers nothing else meanwhile.
 * @param take gives how many rows have arrived: one that a driver lost must not go unnoticed
 * @throws PipecError of the query, before `take` is given an end: what it took so far is not all
 */
export async function moveRows(
  connection: Connection,
  { sql, columns, wire }: { readonly sql: string; readonly columns: readonly MovedColumn[]; readonly wire: Wire },
  take: (pieces: Pieces) => Promise<number>,
): Promise<number> {
  const select = `SELECT ${columns.map(wire.cell).join(', ')} FROM ${subquery(sql)}`;
  const encoder = wire.encoder(columns);
  let count = 0;
  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of chunksOf(connection, select)) {
      count += chunk.rowCount;
      yield* encoder.add(chunk);
      release(chunk);
    }
    yield* encoder.end();
  }
  const arrived = await take(pieces());
  if (arrived !== count)
    throw runError('internal', { why: `${count} rows were sent to the target and ${arrived} arrived` });
  return count;
}

/** Pieces that stay, as many together as have so many bytes: for who takes few large parts rather than a stream. */
export async function* gathered<T extends Uint8Array>(
  pieces: AsyncIterable<T>,
  bytes: number,
): AsyncGenerator<readonly T[], void, void> {
  let parts: T[] = [];
  let size = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    size += piece.length;
    if (size < bytes) continue;
    yield parts;
    parts = [];
    size = 0;
  }
  if (parts.length > 0) yield parts;
}
