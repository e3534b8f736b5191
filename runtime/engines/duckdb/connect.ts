/** Databases and connections to them. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Holder, Row } from '../../engine.ts';
import { runError } from '../../errors.ts';
import { fileAt, leave, takeKept } from '../kept.ts';
import { takeTurn, type Waiting } from '../turn.ts';
import { duckDbFailure, firstLine, lockHolder } from './failures.ts';
import { type Helpers, helpersOf, NO_HELPERS } from './helpers.ts';
import { leaveFile, openFile, realPath } from './opening.ts';
import { AMPLE, type Room, roomOf } from './room.ts';
import { converter } from './values.ts';

export interface Database {
  readonly room: Room;
  readonly connect: () => Promise<Connection>;
  readonly close: () => Promise<void>;
}

const settings = [
  "SET GLOBAL TimeZone = 'UTC'",
  "SET GLOBAL default_null_order = 'NULLS_LAST'",
  // A plan names every file it reads; nothing is fetched from the internet behind its back.
  'SET GLOBAL autoinstall_known_extensions = false',
].join('; ');

export type OpenDatabase = Waiting & {
  readonly path: string;
  readonly readOnly: boolean;
};

/**
 * Opens the file, after waiting for whoever holds it. With `readOnly` the file must be there.
 * @throws PipecError `database-busy`, `database-missing`, `database-unreadable`, `not-writable`, `cancelled`
 */
export async function openDatabase(options: OpenDatabase): Promise<Database> {
  const { readOnly } = options;
  const memory = options.path === ':memory:';
  if (readOnly && !existsSync(options.path)) throw runError('database-missing', { path: options.path });
  if (!memory && !readOnly) makeFolder(options.path);
  const path = memory ? options.path : realPath(options.path);
  const kept = memory ? null : await takeKept<Database>(path);
  if (kept !== null) return kept;
  const instance = await takeTurn(path, options, async () => {
    if (memory) return { taken: await DuckDBInstance.create(path) };
    const opened = await tryOpen(path, readOnly);
    return 'instance' in opened ? { taken: opened.instance } : opened;
  });
  // What a killed process had put aside on disk; nobody else can be using it, as the file is ours now.
  if (!memory && !readOnly) rmSync(`${path}.tmp`, { recursive: true, force: true });
  return await database(path, instance, { memory, readOnly });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (thrown) {
    throw runError('not-writable', {
      path: dirname(path),
      why: thrown instanceof Error ? thrown.message : String(thrown),
    });
  }
}

async function tryOpen(path: string, readOnly: boolean): Promise<{ instance: DuckDBInstance } | Holder> {
  try {
    const opened = await openFile(path, readOnly);
    return opened === null ? { pid: process.pid, program: null } : { instance: new DuckDBInstance(opened) };
  } catch (thrown) {
    const holder = lockHolder(thrown);
    if (holder !== null) return holder;
    const failure = duckDbFailure(thrown, null);
    if (failure.code !== 'statement-failed' && failure.code !== 'io-failed') throw failure;
    throw runError('database-unreadable', {
      path,
      why: firstLine(thrown instanceof Error ? thrown.message : String(thrown)),
    });
  }
}

async function database(
  path: string,
  instance: DuckDBInstance,
  { memory, readOnly }: { readonly memory: boolean; readonly readOnly: boolean },
): Promise<Database> {
  const first = await instance.connect();
  await first.run(settings);
  const set = await first.runAndReadAll("SELECT current_setting('threads')");
  const threads = Number(set.getRows()[0]?.[0] ?? 1);
  first.closeSync();
  const run = async (sql: string): Promise<void> => {
    const own = await instance.connect();
    await own.run(sql).finally(() => own.closeSync());
  };
  const room = memory ? AMPLE : roomOf(run, threads);
  const helpers = readOnly ? NO_HELPERS : await helpersOf(run, threads);
  const close = async (): Promise<void> => {
    await helpers.end();
    // Closing it does the same, while nothing else of this process goes on. What somebody else still reads is left to that.
    if (!memory && !readOnly) await run('CHECKPOINT').catch(() => undefined);
    instance.closeSync();
    if (!memory) leaveFile(path);
  };
  const file = memory ? '' : fileAt(path);
  const made: Database = {
    room,
    connect: async () => new Connection(await instance.connect(), room, helpers),
    // What was opened to be read would be of no use to a run that writes.
    close: () => (memory || readOnly ? close() : leave(path, { database: made, file, close })),
  };
  return made;
}

/** A connection whose failures are errors of the table. Runs one statement at a time. */
export class Connection {
  readonly raw: DuckDBConnection;
  readonly room: Room;
  readonly #helpers: Helpers;
  #shields = 0;
  #interruptions = 0;
  /** What goes with the next statement: each call is a way to another thread and back. */
  #before = '';

  constructor(raw: DuckDBConnection, room: Room = AMPLE, helpers: Helpers = NO_HELPERS) {
    this.raw = raw;
    this.room = room;
    this.#helpers = helpers;
  }

  /** Stops the running statement, except one that publishes or cleans up: those are short, and must be whole. */
  interrupt(): void {
    if (this.#shields > 0) return;
    this.#interruptions += 1;
    this.raw.interrupt();
  }

  /** How often it was stopped. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** Whoever streams rows says so; gives what ends it. */
  streaming(): () => void {
    return this.#helpers.enter(2);
  }

  async shielded<T>(work: () => Promise<T>): Promise<T> {
    this.#shields += 1;
    try {
      return await work();
    } finally {
      this.#shields -= 1;
    }
  }

  /** Drops tables, whatever state the connection is in. What cannot be dropped is an orphan that the next run sweeps. */
  async drop(...relations: readonly string[]): Promise<void> {
    await this.shielded(async () => {
      for (const relation of relations) await this.raw.run(`DROP TABLE IF EXISTS ${relation}`).catch(() => undefined);
    });
  }

  /** Runs a statement; gives the rows it changed. */
  async run(sql: string): Promise<number> {
    const leave = this.#helpers.enter();
    try {
      return (await this.raw.run(this.#whole(sql))).rowsChanged;
    } catch (thrown) {
      throw duckDbFailure(thrown, sql);
    } finally {
      leave();
    }
  }

  #whole(sql: string): string {
    const before = this.#before;
    this.#before = '';
    return before + sql;
  }

  /** Runs a `CREATE TABLE … AS`; gives the rows written, which the binding returns as a result. */
  async create(sql: string): Promise<number> {
    return Number((await this.table(sql)).rows[0]?.[0] ?? 0);
  }

  /** All rows of a small result, as arrays. */
  async table(sql: string): Promise<{
    readonly names: readonly string[];
    readonly types: readonly string[];
    readonly rows: readonly (readonly unknown[])[];
  }> {
    const leave = this.#helpers.enter();
    try {
      const reader = await this.raw.runAndReadAll(this.#whole(sql));
      const types = reader.columnTypes();
      const convert = types.map(converter);
      const rows = reader.getRows().map((row) => row.map((value, index) => convert[index]?.(value)));
      return { names: reader.deduplicatedColumnNames(), types: types.map(String), rows };
    } catch (thrown) {
      throw duckDbFailure(thrown, sql);
    } finally {
      leave();
    }
  }

  /** All rows of a small result, as objects. */
  async rows(sql: string): Promise<readonly Row[]> {
    const { names, rows } = await this.table(sql);
    return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  }

  /** The first row's numbers; int64 beyond 2^53 lose digits, so this is for counts and measures. */
  async numbers(sql: string): Promise<Readonly<Record<string, number | null>>> {
    const row = (await this.rows(sql))[0] ?? {};
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === null ? null : Number(value)]),
    );
  }

  /** Names and types of what a query gives, without running it. */
  async describe(sql: string): Promise<readonly { readonly name: string; readonly type: string }[]> {
    try {
      if (this.#before !== '') await this.run('');
      const prepared = await this.raw.prepare(sql);
      const columns = Array.from({ length: prepared.columnCount }, (_, index) => ({
        name: prepared.columnName(index),
        type: String(prepared.columnType(index)),
      }));
      prepared.destroySync();
      return columns;
    } catch (thrown) {
      throw duckDbFailure(thrown, sql);
    }
  }

  /**
   * Commits only if everything in it succeeded: after some errors COMMIT would commit the half that worked, after others
   * it would say yes and roll back (trap 1), so any error sends ROLLBACK. Of several statements in one text the engine does
   * none after the one that failed.
   */
  async transaction(statements: readonly string[]): Promise<void> {
    await this.within(
      () => Promise.resolve(),
      () => statements,
    );
  }

  /**
   * As `transaction`, for work that looks at what it does. It may be interrupted until it commits.
   * @param last what is done with the work's result, in one call with COMMIT
   */
  async within<T>(work: () => Promise<T>, last: (result: T) => readonly string[] = () => []): Promise<T> {
    this.#before = 'BEGIN TRANSACTION;\n';
    try {
      const result = await work();
      await this.shielded(() => this.run([...last(result), 'COMMIT'].join(';\n')));
      return result;
    } catch (failure) {
      this.#before = '';
      await this.shielded(() => this.raw.run('ROLLBACK').catch(() => undefined));
      throw failure;
    }
  }

  close(): void {
    this.raw.closeSync();
  }
}
