/**
 * Sources on their way into another engine: the embedded engine judges the rows, writes those let in to files of some
 * megabytes, and the other engine takes these one after the other. So no row becomes an object of JavaScript, and memory
 * stays bounded whatever the source's size.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holderText } from '../engine.ts';
import type { BatchType } from '../plan.ts';
import { type Connection, type Database, openDatabase } from './duckdb/connect.ts';
import { ident, literal, subquery } from './quote.ts';
import { NO_WAIT } from './turn.ts';
import { newBuild } from './versions.ts';

export type MoveFormat = 'csv' | 'parquet';

/** A column as the files carry it. */
export interface MovedColumn {
  readonly name: string;
  readonly type: BatchType;
}

/** Of CSV: no text is written like this, as texts are quoted. */
export const CSV_NULL = '\\N';

const PIECE = '16MB';

export class Mover {
  readonly #folder: string;
  #database: Promise<Database> | null = null;

  /** @param folder of the project: files on their way are in its `.pipec` */
  constructor(folder: string) {
    this.#folder = join(folder, '.pipec', `moving-${process.pid}-${newBuild()}`);
  }

  async connect(): Promise<Connection> {
    this.#database ??= this.#open();
    return await (await this.#database).connect();
  }

  async #open(): Promise<Database> {
    const database = await openDatabase({ path: ':memory:', readOnly: false, nameHolder: holderText, ...NO_WAIT });
    // What does not fit into memory goes where the project's other files are.
    const connection = await database.connect();
    await connection.run(`SET GLOBAL temp_directory = ${literal(join(this.#folder, 'spilled'))}`);
    connection.close();
    return database;
  }

  /** Writes the rows of a query to files and hands these to `take`, in no order; then they go. */
  async move<T>(
    connection: Connection,
    rows: { readonly sql: string; readonly columns: readonly MovedColumn[]; readonly format: MoveFormat },
    take: (files: readonly string[], count: number) => Promise<T>,
  ): Promise<T> {
    const folder = join(this.#folder, newBuild());
    await mkdir(folder, { recursive: true });
    try {
      const { columns, format } = rows;
      const select = `SELECT ${columns.map((column) => cell(column, format)).join(', ')} FROM ${subquery(rows.sql)}`;
      const quoted = columns.filter(({ type }) => isText(type.kind)).map(({ name }) => ident(name));
      const force = quoted.length === 0 ? '' : `, FORCE_QUOTE (${quoted.join(', ')})`;
      const options =
        format === 'csv' ? `FORMAT csv, HEADER false, NULLSTR ${literal(CSV_NULL)}${force}` : 'FORMAT parquet';
      const count = await connection.run(
        `COPY (${select}) TO ${literal(folder)} (${options}, FILE_SIZE_BYTES '${PIECE}', OVERWRITE true)`,
      );
      const files = (await readdir(folder)).sort().map((file) => join(folder, file));
      return await take(files, count);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    (await this.#database)?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const isText = (kind: string): boolean => kind === 'string' || kind === 'enum' || kind === 'json';

/** A value in the form that both engines read back without loss. */
function cell({ name, type }: MovedColumn, format: MoveFormat): string {
  const column = ident(name);
  switch (format) {
    case 'csv':
      return type.kind === 'bytes' || type.kind === 'list' ? `${csvText(column, type)} AS ${column}` : column;
    case 'parquet':
      return parquetCell(column, type);
  }
}

/** As PostgreSQL reads it: bytes `\x00ff`, a list `{"a",NULL}`. */
function csvText(value: string, type: BatchType): string {
  switch (type.kind) {
    case 'bytes':
      return `'\\x' || hex(${value})`;
    case 'list': {
      const { element } = type;
      const text = csvText('item', element);
      const item =
        element.kind === 'list' ? text : `'"' || regexp_replace(${text}, '(["\\\\])', '\\\\\\1', 'g') || '"'`;
      const items = `list_transform(${value}, lambda item: coalesce(${item}, 'NULL'))`;
      return `CASE WHEN ${value} IS NOT NULL THEN '{' || coalesce(array_to_string(${items}, ','), '') || '}' END`;
    }
    default:
      return `CAST(${value} AS VARCHAR)`;
  }
}

/** Types that Parquet marks, and that the other engine would take for its own types of these names, go as texts. */
function parquetCell(column: string, type: BatchType): string {
  const isMarked = ({ kind }: BatchType): boolean => kind === 'json' || kind === 'uuid';
  if (isMarked(type)) return `CAST(${column} AS VARCHAR) AS ${column}`;
  if (type.kind !== 'list') return column;
  // ClickHouse has no null in place of a list.
  return `coalesce(${isMarked(type.element) ? `CAST(${column} AS VARCHAR[])` : column}, []) AS ${column}`;
}
