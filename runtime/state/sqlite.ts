/** Operational state in an SQLite file, in WAL mode, so that other processes read while one writes. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { runError } from '../errors.ts';
import type { Row, StateDatabase, Statements } from './database.ts';
import { migrations, type Spelling } from './schema.ts';

const SPELLING: Spelling = {
  text: 'TEXT',
  integer: 'INTEGER',
  float: 'REAL',
  serial: 'INTEGER PRIMARY KEY',
  clustered: ' WITHOUT ROWID',
};

/** @throws PipecError `state-unusable`, `state-damaged` */
export function openSqlite(path: string): StateDatabase {
  const database = openStateFile(path);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  const statements: Statements = {
    all: async (sql, ...values) => statement(sql).all(...values) as readonly Row[],
    run: async (sql, ...values) => Number(statement(sql).run(...values).changes),
  };
  const inTurn = turnsOf(path);
  return {
    all: (sql, ...values) => inTurn(() => statements.all(sql, ...values)),
    run: (sql, ...values) => inTurn(() => statements.run(sql, ...values)),
    together: (work) =>
      inTurn(async () => {
        database.exec('BEGIN IMMEDIATE');
        try {
          const answer = await work(statements);
          database.exec('COMMIT');
          return answer;
        } catch (failure) {
          // A full disk has ended the transaction already.
          if (database.isTransaction) database.exec('ROLLBACK');
          throw failure;
        }
      }),
    now: async (here) => here,
    close: () =>
      inTurn(() => {
        prepared.clear();
        database.close();
      }),
  };
}

type InTurn = <T>(work: () => Promise<T> | T) => Promise<T>;
const turns = new Map<string | symbol, Promise<unknown>>();

/**
 * One at a time of all that this process does with a file, whatever connection it uses: SQLite waits for another
 * connection's transaction without letting this process go on, so that one of its own would never end.
 */
function turnsOf(path: string): InTurn {
  const key = path === ':memory:' ? Symbol(path) : path;
  return (work) => {
    const mine = (turns.get(key) ?? Promise.resolve()).then(work);
    const settled = mine
      .catch(() => undefined)
      .then(() => {
        if (turns.get(key) === settled) turns.delete(key);
      });
    turns.set(key, settled);
    return mine;
  };
}

/** @throws PipecError `state-unusable`, `state-damaged` */
export function openStateFile(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    // Asked for here, not imported: a Node without it can still say which Node is needed (main.ts).
    const sqlite = process.getBuiltinModule('node:sqlite');
    const database = new sqlite.DatabaseSync(path, { timeout: 5000 });
    // The last moments before a power cut may be lost, never the file.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database);
    return database;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw runError(isDamage(thrown) ? 'state-damaged' : 'state-unusable', { path, why });
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(thrown: unknown): boolean {
  const { errcode } = thrown as { readonly errcode?: number };
  return errcode === 11 || errcode === 26;
}

/** The file's `user_version` is how many migrations it has seen. */
function migrate(database: DatabaseSync): void {
  const version = (): number =>
    Number((database.prepare('PRAGMA user_version').get() as Record<string, unknown>)['user_version']);
  if (version() > migrations.length) throw new Error('it was written by a newer version of pipec');
  if (version() === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Asked again inside: another process may have migrated while this one waited.
    for (const [index, migration] of migrations.entries()) if (index >= version()) database.exec(migration(SPELLING));
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (failure) {
    database.exec('ROLLBACK');
    throw failure;
  }
}
