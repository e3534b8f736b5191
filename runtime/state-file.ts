/**
 * The file of the operational state: SQLite in WAL mode, so that other processes read while one writes. Its schema grows
 * by migrations; a file of any released version is brought forward when it is opened.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { runError } from './errors.ts';

/** Forward migrations: the file's `user_version` is how many of them it has seen. Append, never edit. */
const migrations: readonly string[] = [
  `CREATE TABLE runs (run TEXT PRIMARY KEY, project TEXT NOT NULL, target TEXT NOT NULL, engine TEXT NOT NULL, job TEXT, pid INTEGER NOT NULL,
     status TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, tasks INTEGER NOT NULL, concurrency INTEGER NOT NULL,
     done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,
     checks_passed INTEGER NOT NULL DEFAULT 0, checks_warned INTEGER NOT NULL DEFAULT 0, checks_failed INTEGER NOT NULL DEFAULT 0, ms REAL, waiting TEXT);
   CREATE TABLE tasks (run TEXT NOT NULL, task TEXT NOT NULL, position INTEGER NOT NULL, status TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
     started_at TEXT, finished_at TEXT, rows INTEGER, ms REAL, compute TEXT, load TEXT, error TEXT, because TEXT, share REAL, PRIMARY KEY (run, task)) WITHOUT ROWID;
   CREATE TABLE attempts (run TEXT NOT NULL, task TEXT NOT NULL, attempt INTEGER NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, error TEXT, PRIMARY KEY (run, task, attempt)) WITHOUT ROWID;
   CREATE TABLE checks (run TEXT NOT NULL, task TEXT NOT NULL, "check" TEXT NOT NULL, severity TEXT NOT NULL, passed INTEGER NOT NULL, failing REAL, rows INTEGER, sample TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, at TEXT NOT NULL);
   CREATE INDEX checks_of_task ON checks (task, run);
   CREATE INDEX checks_of_run ON checks (run);
   CREATE TABLE events (seq INTEGER PRIMARY KEY, run TEXT NOT NULL, event TEXT NOT NULL);
   CREATE INDEX events_of_run ON events (run, seq);
   CREATE INDEX runs_by_start ON runs (started_at);`,
  'ALTER TABLE tasks ADD COLUMN reason TEXT',
  `CREATE TABLE schedules (target TEXT NOT NULL, job TEXT NOT NULL, considered TEXT, paused_at TEXT, PRIMARY KEY (target, job)) WITHOUT ROWID;
   CREATE TABLE queue (id INTEGER PRIMARY KEY, target TEXT NOT NULL, job TEXT NOT NULL, due_at TEXT NOT NULL, status TEXT NOT NULL,
     tries INTEGER NOT NULL DEFAULT 0, not_before TEXT, holder TEXT, run TEXT, queued_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, said TEXT, UNIQUE (target, job, due_at));
   CREATE INDEX queue_open ON queue (target, status);
   CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, who TEXT NOT NULL, until TEXT NOT NULL) WITHOUT ROWID;`,
  'ALTER TABLE runs ADD COLUMN cancel_asked_at TEXT',
  'CREATE INDEX tasks_by_end ON tasks (task, finished_at)',
];

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

function migrate(database: DatabaseSync): void {
  const version = (): number =>
    Number((database.prepare('PRAGMA user_version').get() as Record<string, unknown>)['user_version']);
  if (version() > migrations.length) throw new Error('it was written by a newer version of pipec');
  if (version() === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Asked again inside: another process may have migrated while this one waited.
    for (const [index, migration] of migrations.entries()) if (index >= version()) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (failure) {
    database.exec('ROLLBACK');
    throw failure;
  }
}
