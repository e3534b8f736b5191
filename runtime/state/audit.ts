/**
 * Who did what: entries that are only ever added, each with the hash of the one before it in its own. Whoever changes or
 * takes out one of them would have to write all that came after anew, and then the last hash is another one.
 */
import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Row, StateDatabase, Value } from './database.ts';

export type AuditAction =
  | 'run'
  | 'retry'
  | 'backfill'
  | 'apply'
  | 'promote'
  | 'rollback'
  | 'drop'
  | 'replay'
  | 'cancel'
  | 'pause'
  | 'resume';

/** What was done. */
export interface Deed {
  readonly action: AuditAction;
  readonly target: string;
  /** A job, or the datasets that were chosen. */
  readonly subject: string | null;
  readonly run: string | null;
  /** Fingerprint of the program that did it. */
  readonly program: string | null;
}

/** What it was begun by: a command, the page, or the scheduler. */
export type Origin = 'command' | 'page' | 'schedule';

/** Who has something done: the user of the process, and where a person has signed in at the page, that person. */
export interface Begun {
  readonly by: Origin;
  readonly person: string | null;
}

export interface AuditEntry extends Deed {
  /** From 1, without a gap. */
  readonly number: number;
  readonly at: string;
  /** `anna@db1`; by the page of a person who has signed in there, `anna@acme.example via pipec@db1`. */
  readonly who: string;
  readonly by: Origin;
  /** Hex of SHA-256; of the first, that of nothing. */
  readonly previous: string;
  readonly hash: string;
}

/** @param last of the whole chain: kept elsewhere, it shows later that nothing before it has changed */
export type Verdict =
  | { readonly whole: true; readonly entries: number; readonly last: string | null }
  /** Entries from `from` to `to` are not what was written. */
  | { readonly whole: false; readonly from: number; readonly to: number; readonly how: 'changed' | 'missing' };

const NOTHING = '0'.repeat(64);
const PAGE = 1000;
/** Who begins another command says so in these variables of its environment. */
export const BY = 'PIPEC_BY';
export const PERSON = 'PIPEC_PERSON';
const ORIGINS: readonly string[] = ['command', 'page', 'schedule'] satisfies readonly Origin[];

export class Audit {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** @throws what the database says where it cannot be written: what is not in here does not happen */
  async append(deed: Deed, begun: Begun = begunIn(process.env)): Promise<void> {
    const at = new Date(await this.#database.now(Date.now())).toISOString();
    await this.#database.together(async ({ all, run }) => {
      // The head is ours until all is written, so that no two entries follow the same one.
      await run(
        'INSERT INTO audit_head (name, number, hash) VALUES (?, 0, ?) ON CONFLICT (name) DO UPDATE SET name = excluded.name',
        'audit',
        NOTHING,
      );
      const [head] = await all('SELECT number, hash FROM audit_head WHERE name = ?', 'audit');
      const previous = String(head?.['hash']);
      const { action, target, subject, run: of, program } = deed;
      const entry = {
        number: Number(head?.['number']) + 1,
        at,
        who: whoIs(begun),
        by: begun.by,
        action,
        target,
        subject,
        run: of,
        program,
        previous,
      };
      const hash = hashOf(entry);
      const row: Readonly<Record<string, Value>> = { ...entry, hash };
      const columns = Object.keys(row);
      await run(
        `INSERT INTO audit (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        ...Object.values(row),
      );
      await run('UPDATE audit_head SET number = ?, hash = ? WHERE name = ?', entry.number, hash, 'audit');
    });
  }

  /** Newest first. */
  async latest(limit: number): Promise<readonly AuditEntry[]> {
    return (await this.#database.all('SELECT * FROM audit ORDER BY number DESC LIMIT ?', limit)).map(entryOf);
  }

  /** Reads all of it. The first that is not as it was written, if there is one. */
  async verify(): Promise<Verdict> {
    const [head] = await this.#database.all('SELECT number, hash FROM audit_head WHERE name = ?', 'audit');
    const end = Number(head?.['number'] ?? 0);
    let last = NOTHING;
    let number = 0;
    for (;;) {
      const rows = await this.#database.all(
        'SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT ?',
        number,
        PAGE,
      );
      for (const entry of rows.map(entryOf)) {
        if (entry.number > number + 1) return missing(number + 1, entry.number - 1);
        number = entry.number;
        if (entry.previous !== last || hashOf(entry) !== entry.hash)
          return { whole: false, from: number, to: number, how: 'changed' };
        last = entry.hash;
      }
      if (rows.length < PAGE) break;
    }
    if (number < end) return missing(number + 1, end);
    if (head !== undefined && last !== head['hash']) return { whole: false, from: number, to: number, how: 'changed' };
    return { whole: true, entries: number, last: number === 0 ? null : last };
  }

  /** Whether the entry with this hash is there. */
  async has(hash: string): Promise<boolean> {
    return (await this.#database.all('SELECT 1 FROM audit WHERE hash = ?', hash)).length > 0;
  }
}

const missing = (from: number, to: number): Verdict => ({ whole: false, from, to, how: 'missing' });

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { number, at, who, by, action, target, subject, run, program, previous } = entry;
  const text = JSON.stringify([number, at, who, by, action, target, subject, run, program, previous]);
  return createHash('sha256').update(text).digest('hex');
}

function begunIn({ [BY]: by, [PERSON]: person = '' }: NodeJS.ProcessEnv): Begun {
  return { by: ORIGINS.includes(by ?? '') ? (by as Origin) : 'command', person: person === '' ? null : person };
}

function whoIs({ person }: Begun): string {
  const user = `${userName()}@${hostname()}`;
  return person === null ? user : `${person} via ${user}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function entryOf(row: Row): AuditEntry {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    number: Number(row['number']),
    at: String(row['at']),
    who: String(row['who']),
    by: String(row['by']) as Origin,
    action: String(row['action']) as AuditAction,
    target: String(row['target']),
    subject: text('subject'),
    run: text('run'),
    program: text('program'),
    previous: String(row['previous']),
    hash: String(row['hash']),
  };
}
