/**
 * What is due, and who sees to it: the queue of a target's runs in the state, and the lease of the one scheduler that
 * works it. Whoever leads holds a lease that runs out by itself; all that a leader writes is written only while it holds
 * it, in the same transaction, so that one that was asleep for too long changes nothing.
 */
import { randomBytes } from 'node:crypto';
import type { RunEvent } from '../events.ts';
import { Notices } from '../notify/notices.ts';
import { Audit, type Begun } from '../state/audit.ts';
import type { Row, StateDatabase, Statements } from '../state/database.ts';
import { openDatabase, type StatePlace } from '../state/place.ts';
import { Recorder } from '../state/recorder.ts';

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

/** What is due of a job: times to queue, and up to when that is known. */
export interface Due {
  readonly job: string;
  readonly times: readonly number[];
  readonly considered: number;
}

/** How a run ended, or that it is to be done again. */
export interface End {
  readonly id: number;
  readonly status: Exclude<QueueStatus, 'running'>;
  readonly notBefore: number | null;
  /** Why it did not succeed. */
  readonly said: string | null;
}

/** Thrown where the lease has gone to another scheduler. */
export class LeaseLost extends Error {}

/** Characters that are kept of what a run said. */
const SAID = 2000;
/** Of what is over, so many are kept. */
const KEPT = 10_000;

export class Queue {
  readonly #database: StateDatabase;
  readonly #target: string;
  readonly #lease: string;
  readonly #holder = randomBytes(8).toString('hex');

  constructor(database: StateDatabase, target: string) {
    this.#database = database;
    this.#target = target;
    this.#lease = `schedule ${target}`;
  }

  /** @throws PipecError `state-unusable`, `state-damaged` */
  static async open(place: StatePlace, target: string): Promise<Queue> {
    return new Queue(await openDatabase(place), target);
  }

  /** Takes the lease or makes it longer. Else who holds it. @param who in words, for people: `process 42 on db1` */
  async lead(
    who: string,
    now: number,
    leaseMs: number,
  ): Promise<{ readonly leads: true } | { readonly leads: false; who: string }> {
    // By the clock that all schedulers share, or one whose own is ahead would take what another holds.
    const shared = await this.#database.now(now);
    return await this.#database.together(async ({ all, run }) => {
      const taken = await run(
        `INSERT INTO leases (name, holder, who, until) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, who = excluded.who, until = excluded.until
           WHERE leases.holder = excluded.holder OR leases.until <= ?`,
        this.#lease,
        this.#holder,
        who,
        text(shared + leaseMs),
        text(shared),
      );
      if (taken > 0) return { leads: true };
      const [held] = await all('SELECT who FROM leases WHERE name = ?', this.#lease);
      return { leads: false, who: String(held?.['who']) };
    });
  }

  async resign(): Promise<void> {
    await this.#database.run('DELETE FROM leases WHERE name = ? AND holder = ?', this.#lease, this.#holder);
  }

  /** Writes what a leader may, all of it or nothing. @throws LeaseLost where another leads */
  async leading<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
    return await this.#database.together(async (statements) => {
      // The row that says who leads stays ours until all is written.
      const ours = await statements.run(
        'UPDATE leases SET holder = holder WHERE name = ? AND holder = ?',
        this.#lease,
        this.#holder,
      );
      if (ours === 0) throw new LeaseLost();
      return await work(new Ledger(statements, this.#target, this.#holder));
    });
  }

  /** Up to when the schedule of each job has been looked at; a job that is new is not in it. */
  async considered(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.all(
      'SELECT job, considered FROM schedules WHERE target = ? AND considered IS NOT NULL',
      this.#target,
    );
    return new Map(rows.map((row) => [String(row['job']), Date.parse(String(row['considered']))]));
  }

  /** When each of these datasets was last published by a run, of those that were after an instant. */
  async published(datasets: readonly string[], after: number): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const dataset of datasets) {
      const [row] = await this.#database.all(
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
  async open(): Promise<readonly QueuedRun[]> {
    const rows = await this.#database.all(
      `SELECT * FROM queue WHERE target = ? AND status IN ('queued', 'running') ORDER BY due_at, id`,
      this.#target,
    );
    return rows.map(queuedRun);
  }

  /** Newest first. */
  async latest(limit: number): Promise<readonly QueuedRun[]> {
    const rows = await this.#database.all(
      'SELECT * FROM queue WHERE target = ? ORDER BY due_at DESC, id DESC LIMIT ?',
      this.#target,
      limit,
    );
    return rows.map(queuedRun);
  }

  /** Of each job that has something due and not done since it was last well, the first: what was cancelled is nothing. */
  async undone(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.all(
      `SELECT job, min(due_at) AS due_at FROM queue AS due WHERE target = ? AND status IN ('queued', 'running', 'failed', 'died')
         AND due_at > coalesce((SELECT max(due_at) FROM queue WHERE target = due.target AND job = due.job AND status = 'succeeded'), '')
         AND due_at > coalesce((SELECT max(started_at) FROM runs WHERE target = due.target AND job = due.job AND status = 'succeeded'), '')
         GROUP BY job`,
      this.#target,
    );
    return new Map(rows.map((row) => [String(row['job']), Date.parse(String(row['due_at']))]));
  }

  /** A success of a job after an instant, with its run where that is known; null where there is none. */
  async wellSince(job: string, after: number): Promise<{ readonly run: string | null } | null> {
    const [row] = await this.#database.all(
      `SELECT run FROM runs WHERE target = ? AND job = ? AND status = 'succeeded' AND finished_at > ?
         UNION ALL SELECT run FROM queue WHERE target = ? AND job = ? AND status = 'succeeded' AND finished_at > ? LIMIT 1`,
      this.#target,
      job,
      text(after),
      this.#target,
      job,
      text(after),
    );
    return row === undefined ? null : { run: row['run'] as string | null };
  }

  /** Whether a run that somebody else has begun waits for the database of the target, or of an environment of it. */
  async isWaitedFor(): Promise<boolean> {
    const found = await this.#database.all(
      `SELECT run FROM runs WHERE status = 'running' AND waiting IS NOT NULL AND (target = ? OR substr(target, 1, ?) = ?)
         AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.run = runs.run) LIMIT 1`,
      this.#target,
      this.#target.length + 1,
      `${this.#target}/`,
    );
    return found.length > 0;
  }

  /** Messages, to be read. */
  get notices(): Notices {
    return new Notices(this.#database, this.#target);
  }

  /** What an earlier leader left running: its runs ended with it. */
  async abandoned(): Promise<readonly QueuedRun[]> {
    const rows = await this.#database.all(
      `SELECT * FROM queue WHERE target = ? AND status = 'running' AND holder <> ? ORDER BY due_at, id`,
      this.#target,
      this.#holder,
    );
    return rows.map(queuedRun);
  }

  async paused(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.all(
      'SELECT job FROM schedules WHERE target = ? AND paused_at IS NOT NULL',
      this.#target,
    );
    return new Set(rows.map((row) => String(row['job'])));
  }

  /** Null goes on. Whoever asks, leading or not. */
  async pause(job: string, at: number | null, begun?: Begun): Promise<void> {
    const action = at === null ? 'resume' : 'pause';
    await new Audit(this.#database).append(
      { action, target: this.#target, subject: job, run: null, program: null },
      begun,
    );
    await this.#database.run(
      'INSERT INTO schedules (target, job, paused_at) VALUES (?, ?, ?) ON CONFLICT (target, job) DO UPDATE SET paused_at = excluded.paused_at',
      this.#target,
      job,
      at === null ? null : text(at),
    );
  }

  /** Notes what the process of a run would have noted, had it not been ended. */
  async record(events: readonly RunEvent[]): Promise<void> {
    const recorder = new Recorder(this.#database);
    for (const event of events) recorder.record(event);
    const failure = await recorder.end();
    if (failure !== null) throw failure;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** What the leader writes: it stands when `Queue.leading` has ended. */
export class Ledger {
  readonly #statements: Statements;
  readonly #target: string;
  readonly #holder: string;

  constructor(statements: Statements, target: string, holder: string) {
    this.#statements = statements;
    this.#target = target;
    this.#holder = holder;
  }

  /** How many runs of a job that were due have failed since its last success, and when the first of them was due. */
  async failing(job: string): Promise<{ readonly times: number; readonly since: number } | null> {
    const [row] = await this.#statements.all(
      `SELECT count(*) AS times, min(due_at) AS since FROM queue AS due WHERE target = ? AND job = ? AND status IN ('failed', 'died')
         AND due_at > coalesce((SELECT max(due_at) FROM queue WHERE target = due.target AND job = due.job AND status = 'succeeded'), '')`,
      this.#target,
      job,
    );
    const since = instant(row?.['since']);
    return since === null ? null : { times: Number(row?.['times']), since };
  }

  /** Messages, to be written. */
  get notices(): Notices {
    return new Notices(this.#statements, this.#target);
  }

  /** Adds what is due, and notes up to when that is known. What is there already stays as it is. */
  async enqueue(due: readonly Due[], now: number): Promise<void> {
    const { run } = this.#statements;
    const runs = due.flatMap(({ job, times }) => times.map((at) => [this.#target, job, text(at), text(now)]));
    for (const some of inParts(runs))
      await run(
        `INSERT INTO queue (target, job, due_at, status, queued_at) VALUES ${marks(some, "(?, ?, ?, 'queued', ?)")} ON CONFLICT DO NOTHING`,
        ...some.flat(),
      );
    for (const some of inParts(due.map(({ job, considered }) => [this.#target, job, text(considered)])))
      await run(
        `INSERT INTO schedules (target, job, considered) VALUES ${marks(some, '(?, ?, ?)')} ON CONFLICT (target, job) DO UPDATE SET considered = excluded.considered`,
        ...some.flat(),
      );
    if (runs.length > 0)
      await run(
        `DELETE FROM queue WHERE id <= (SELECT max(id) FROM queue) - ? AND status NOT IN ('queued', 'running')`,
        KEPT,
      );
  }

  async start(ids: readonly number[], now: number): Promise<void> {
    for (const some of inParts(ids))
      await this.#statements.run(
        `UPDATE queue SET status = 'running', tries = tries + 1, holder = ?, run = NULL, said = NULL, started_at = ?, finished_at = NULL WHERE id IN (${marks(some, '?')})`,
        this.#holder,
        text(now),
        ...some,
      );
  }

  /** Which run does it. */
  async runs(named: readonly { readonly id: number; readonly run: string }[]): Promise<void> {
    for (const some of inParts(named))
      await this.#statements.run(
        `UPDATE queue SET run = named.column2 FROM (VALUES ${marks(some, '(?, ?)')}) AS named WHERE id = named.column1`,
        ...some.flatMap(({ id, run }) => [id, run]),
      );
  }

  /** How runs ended; one that is `queued` is put back, to be started again from a moment on. */
  async end(ends: readonly End[], now: number): Promise<void> {
    for (const some of inParts(ends))
      await this.#statements.run(
        `UPDATE queue SET status = ended.column2, not_before = ended.column3, said = ended.column4, finished_at = ?
           FROM (VALUES ${marks(some, '(?, ?, ?, ?)')}) AS ended WHERE id = ended.column1`,
        text(now),
        ...some.flatMap(({ id, status, notBefore, said }) => [
          id,
          status,
          notBefore === null ? null : text(notBefore),
          said === null ? null : said.slice(0, SAID),
        ]),
      );
  }
}

/** Rows that are written by one statement. */
const TOGETHER = 500;
const inParts = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, part) =>
    all.slice(part * TOGETHER, (part + 1) * TOGETHER),
  );
const marks = (rows: readonly unknown[], row: string): string => rows.map(() => row).join(', ');

const text = (instant: number): string => new Date(instant).toISOString();
const instant = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

function queuedRun(row: Row): QueuedRun {
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
