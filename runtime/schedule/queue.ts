/**
 * What is due, and who sees to it: the queue of a target's runs in the state file, and the lease of the one scheduler
 * that works it. Whoever leads holds a lease that runs out by itself; all that a leader writes is written only while it
 * holds it, in the same transaction, so that one that was asleep for too long changes nothing.
 */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { openStateFile } from '../state-file.ts';

/**
 * queued → running → succeeded | failed | cancelled | died. A run whose process went away is queued again, and `died` once
 * that has happened too often.
 */
export type QueueStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'died';

export interface QueuedRun {
  readonly id: number;
  readonly job: string;
  /** In ms since 1970. */
  readonly dueAt: number;
  readonly status: QueueStatus;
  /** How often it has been started. */
  readonly tries: number;
  /** Not to be started before; null: at once. */
  readonly notBefore: number | null;
  /** The run that does it, or did last. */
  readonly run: string | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Why it did not succeed, in one line or a few. */
  readonly said: string | null;
}

/** Thrown where the lease has gone to another scheduler. */
export class LeaseLost extends Error {}

/** Characters that are kept of what a run said. */
const SAID = 2000;
/** Of what is over, so many are kept. */
const KEPT = 10_000;

export class Queue {
  readonly #database: DatabaseSync;
  readonly #target: string;
  readonly #lease: string;
  readonly #holder: string;

  /** @throws PipecError `state-unusable`, `state-damaged` */
  constructor(path: string, target: string) {
    this.#database = openStateFile(path);
    this.#target = target;
    this.#lease = `schedule ${target}`;
    this.#holder = randomBytes(8).toString('hex');
  }

  /** Takes the lease or makes it longer. Else who holds it. @param who in words, for people: `process 42 on db1` */
  lead(who: string, now: number, leaseMs: number): { readonly leads: true } | { readonly leads: false; who: string } {
    return this.#together(() => {
      const [held] = this.#all('SELECT holder, who, until FROM leases WHERE name = ?', this.#lease);
      if (held !== undefined && held['holder'] !== this.#holder && Date.parse(String(held['until'])) > now)
        return { leads: false, who: String(held['who']) };
      this.#run(
        'INSERT OR REPLACE INTO leases (name, holder, who, until) VALUES (?, ?, ?, ?)',
        this.#lease,
        this.#holder,
        who,
        text(now + leaseMs),
      );
      return { leads: true };
    });
  }

  resign(): void {
    this.#run('DELETE FROM leases WHERE name = ? AND holder = ?', this.#lease, this.#holder);
  }

  /** Up to when a job's schedule has been looked at; null where it never was. */
  considered(job: string): number | null {
    const [row] = this.#all('SELECT considered FROM schedules WHERE target = ? AND job = ?', this.#target, job);
    return instant(row?.['considered']);
  }

  /** Adds what is due, and notes up to when that is known. What is there already stays as it is. */
  enqueue(job: string, times: readonly number[], considered: number, now: number): void {
    this.#leading(() => {
      for (const at of times)
        this.#run(
          `INSERT OR IGNORE INTO queue (target, job, due_at, status, queued_at) VALUES (?, ?, ?, 'queued', ?)`,
          this.#target,
          job,
          text(at),
          text(now),
        );
      this.#run(
        'INSERT INTO schedules (target, job, considered) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET considered = excluded.considered',
        this.#target,
        job,
        text(considered),
      );
      if (times.length > 0)
        this.#run(
          `DELETE FROM queue WHERE id <= (SELECT max(id) FROM queue) - ? AND status NOT IN ('queued', 'running')`,
          KEPT,
        );
    });
  }

  /** When each of these datasets was last published by a run, of those that were after an instant. */
  published(datasets: readonly string[], after: number): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const dataset of datasets) {
      const [row] = this.#all(
        `SELECT max(tasks.finished_at) AS at FROM tasks JOIN runs USING (run) WHERE task = ? AND tasks.finished_at > ? AND tasks.status = 'succeeded' AND target = ?`,
        dataset,
        text(after),
        this.#target,
      );
      const at = instant(row?.['at']);
      if (at !== null) found.set(dataset, at);
    }
    return found;
  }

  /** What is queued or running, those due first coming first. */
  open(): readonly QueuedRun[] {
    return this.#all(
      `SELECT * FROM queue WHERE target = ? AND status IN ('queued', 'running') ORDER BY due_at, id`,
      this.#target,
    ).map(queuedRun);
  }

  /** Newest first. */
  latest(limit: number): readonly QueuedRun[] {
    return this.#all(
      'SELECT * FROM queue WHERE target = ? ORDER BY due_at DESC, id DESC LIMIT ?',
      this.#target,
      limit,
    ).map(queuedRun);
  }

  start(id: number, now: number): void {
    this.#leading(() =>
      this.#run(
        `UPDATE queue SET status = 'running', tries = tries + 1, holder = ?, run = NULL, said = NULL, started_at = ?, finished_at = NULL WHERE id = ?`,
        this.#holder,
        text(now),
        id,
      ),
    );
  }

  /** Which run does it. */
  runs(id: number, run: string): void {
    this.#leading(() => this.#run('UPDATE queue SET run = ? WHERE id = ?', run, id));
  }

  finish(id: number, status: QueueStatus, said: string | null, now: number): void {
    this.#leading(() =>
      this.#run(
        'UPDATE queue SET status = ?, said = ?, finished_at = ? WHERE id = ?',
        status,
        said === null ? null : said.slice(0, SAID),
        text(now),
        id,
      ),
    );
  }

  /** Puts it back, to be started again from a moment on. */
  again(id: number, notBefore: number | null, said: string | null): void {
    this.#leading(() =>
      this.#run(
        `UPDATE queue SET status = 'queued', not_before = ?, said = ? WHERE id = ?`,
        notBefore === null ? null : text(notBefore),
        said === null ? null : said.slice(0, SAID),
        id,
      ),
    );
  }

  /** What an earlier leader left running: its runs ended with it. */
  abandoned(): readonly QueuedRun[] {
    return this.#all(
      `SELECT * FROM queue WHERE target = ? AND status = 'running' AND holder <> ? ORDER BY due_at, id`,
      this.#target,
      this.#holder,
    ).map(queuedRun);
  }

  paused(): ReadonlySet<string> {
    return new Set(
      this.#all('SELECT job FROM schedules WHERE target = ? AND paused_at IS NOT NULL', this.#target).map((row) =>
        String(row['job']),
      ),
    );
  }

  /** Null goes on. Whoever asks, leading or not. */
  pause(job: string, at: number | null): void {
    this.#run(
      'INSERT INTO schedules (target, job, paused_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET paused_at = excluded.paused_at',
      this.#target,
      job,
      at === null ? null : text(at),
    );
  }

  close(): void {
    this.#database.close();
  }

  #leading(work: () => void): void {
    this.#together(() => {
      const [held] = this.#all('SELECT holder FROM leases WHERE name = ?', this.#lease);
      if (held?.['holder'] !== this.#holder) throw new LeaseLost();
      work();
    });
  }

  #together<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const answer = work();
      this.#database.exec('COMMIT');
      return answer;
    } catch (failure) {
      // A full disk has ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw failure;
    }
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all(sql: string, ...values: (string | number | null)[]): readonly Record<string, unknown>[] {
    return this.#database.prepare(sql).all(...values) as readonly Record<string, unknown>[];
  }
}

const text = (instant: number): string => new Date(instant).toISOString();
const instant = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

function queuedRun(row: Record<string, unknown>): QueuedRun {
  return {
    id: Number(row['id']),
    job: String(row['job']),
    dueAt: Date.parse(String(row['due_at'])),
    status: row['status'] as QueueStatus,
    tries: Number(row['tries']),
    notBefore: instant(row['not_before']),
    run: row['run'] as string | null,
    startedAt: instant(row['started_at']),
    finishedAt: instant(row['finished_at']),
    said: row['said'] as string | null,
  };
}
