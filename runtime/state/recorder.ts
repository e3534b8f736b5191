/** Notes what a run tells, for whoever asks later or meanwhile. */
import { hostname } from 'node:os';
import type { RunEvent } from '../events.ts';
import type { StateDatabase, Statements } from './database.ts';
import { forgetLogs, Log, shortened } from './log.ts';
import { alive } from './records.ts';

/** What is to be written: an event, the tasks of a run in the order of its plan, or that a run waits no longer. */
type Note =
  | { readonly event: RunEvent }
  | { readonly run: string; readonly tasks: readonly string[] }
  | { readonly goesOn: string };

/** Events that are together in one statement. */
const TOGETHER = 200;
const SOON_MS = 100;
/** A database that was away is tried again after so long. */
const AGAIN_MS = 2000;
/** Notes that wait for a database that is away. */
const WAITING = 50_000;

export class Recorder {
  readonly #database: StateDatabase;
  readonly #log = new Log();
  #notes: Note[] = [];
  /** Runs that wait for their turn. */
  readonly #waiting = new Set<string>();
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  /** Why what waits is not written yet; null where nothing is wrong. */
  #failure: unknown = null;
  #ended = false;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** Notes an event. Events are written together after a moment, or by `flush`. */
  readonly record = (event: RunEvent): void => {
    this.#note({ event: shortened(event) });
    const { event: what, run } = event;
    if (what === 'run.waiting') this.#waiting.add(run);
    else if (what === 'task.started' && this.#waiting.delete(run)) this.#note({ goesOn: run });
    if (what === 'run.started' || what === 'run.waiting' || what === 'run.finished') void this.flush();
    else this.#soon(SOON_MS);
  };

  /** The tasks of a run, in the order of the plan: called once, before they start. */
  expect(run: string, tasks: readonly string[]): void {
    this.#note({ run, tasks });
    void this.flush();
  }

  /** Writes what is noted, in its order. A database that is away is tried again later, and never fails the run. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  /** Writes what is left, and notes nothing more. Why not all of it could be written, or null. */
  async end(): Promise<unknown> {
    await this.flush();
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#notes.length === 0 ? null : this.#failure;
  }

  #note(note: Note): void {
    if (!this.#ended) this.#notes.push(note);
  }

  #soon(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms).unref();
  }

  async #write(): Promise<void> {
    while (this.#notes.length > 0) {
      const notes = this.#notes.slice(0, TOGETHER);
      try {
        const now = await this.#database.now(Date.now());
        await this.#database.together(async (statements) => await this.#writeAll(statements, notes, now));
      } catch (failure) {
        this.#failure = failure;
        this.#notes.splice(0, this.#notes.length - WAITING);
        this.#soon(AGAIN_MS);
        return;
      }
      this.#notes = this.#notes.slice(notes.length);
    }
  }

  async #writeAll(statements: Statements, notes: readonly Note[], now: number): Promise<void> {
    await this.#log.write(
      statements,
      notes.flatMap((note) => ('event' in note ? [note.event] : [])),
    );
    for (const note of notes) {
      if ('event' in note) await write(statements, note.event, now);
      else if ('tasks' in note) await expectTasks(statements, note.run, note.tasks);
      else await statements.run('UPDATE runs SET waiting = NULL WHERE run = ?', note.goesOn);
    }
  }
}

async function expectTasks({ run: write_ }: Statements, run: string, tasks: readonly string[]): Promise<void> {
  for (let from = 0; from < tasks.length; from += TOGETHER) {
    const some = tasks.slice(from, from + TOGETHER);
    await write_(
      `INSERT INTO tasks (run, task, position, status) VALUES ${some.map(() => "(?, ?, ?, 'waiting')").join(', ')} ON CONFLICT DO NOTHING`,
      ...some.flatMap((task, index) => [run, task, from + index]),
    );
  }
}

async function write({ all, run }: Statements, event: RunEvent, now: number): Promise<void> {
  switch (event.event) {
    case 'run.started':
      await buryDead({ all, run }, now);
      await forgetLogs({ all, run }, event.target);
      await run(
        `INSERT INTO runs (run, project, target, engine, job, pid, host, seen_at, status, started_at, tasks, concurrency) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?) ON CONFLICT DO NOTHING`,
        event.run,
        event.project,
        event.target,
        event.engine,
        event.job,
        event.pid,
        hostname(),
        new Date(now).toISOString(),
        event.at,
        event.tasks,
        event.concurrency,
      );
      return;
    case 'run.warned':
    case 'dataset.removed':
    case 'dataset.moved':
      return;
    case 'run.waiting':
      await run('UPDATE runs SET waiting = ? WHERE run = ?', event.reason, event.run);
      return;
    case 'task.started':
      await run(
        `UPDATE tasks SET status = 'running', attempt = ?, started_at = coalesce(started_at, ?) WHERE run = ? AND task = ?`,
        event.attempt,
        event.at,
        event.run,
        event.task,
      );
      await run(
        'INSERT INTO attempts (run, task, attempt, started_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        event.run,
        event.task,
        event.attempt,
        event.at,
      );
      return;
    case 'task.progress':
      await run('UPDATE tasks SET share = ? WHERE run = ? AND task = ?', event.share, event.run, event.task);
      return;
    case 'task.retrying':
      await run(
        'UPDATE attempts SET finished_at = ?, error = ? WHERE run = ? AND task = ? AND attempt = ?',
        event.at,
        JSON.stringify(event.error),
        event.run,
        event.task,
        event.attempt,
      );
      await run(
        'UPDATE tasks SET error = ? WHERE run = ? AND task = ?',
        JSON.stringify(event.error),
        event.run,
        event.task,
      );
      return;
    case 'task.finished':
      await run(
        `UPDATE tasks SET status = 'succeeded', finished_at = ?, rows = ?, ms = ?, compute = ?, load = ?, error = NULL, share = NULL WHERE run = ? AND task = ?`,
        event.at,
        event.rows,
        event.ms,
        event.compute,
        event.load === null ? null : JSON.stringify(event.load),
        event.run,
        event.task,
      );
      await endAttempt(run, event, null);
      return;
    case 'task.failed': {
      const error = JSON.stringify(event.error);
      const status = event.error.code === 'cancelled' ? 'cancelled' : 'failed';
      await run(
        'UPDATE tasks SET status = ?, finished_at = ?, ms = ?, error = ?, share = NULL WHERE run = ? AND task = ?',
        status,
        event.at,
        event.ms,
        error,
        event.run,
        event.task,
      );
      await endAttempt(run, event, error);
      return;
    }
    case 'task.skipped':
      await run(
        `UPDATE tasks SET status = 'skipped', because = ?, reason = ? WHERE run = ? AND task = ?`,
        event.because,
        event.reason,
        event.run,
        event.task,
      );
      return;
    case 'check.passed':
    case 'check.failed':
      // What another run found is there, with rows that show it.
      if (event.foundBy !== null) return;
      await run(
        'INSERT INTO checks (run, task, "check", severity, passed, failing, rows, sample, file, line, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        event.run,
        event.task,
        event.check,
        event.severity,
        event.event === 'check.passed' ? 1 : 0,
        event.failing,
        event.rows,
        JSON.stringify(event.sample),
        event.file,
        event.line,
        event.at,
      );
      return;
    case 'run.finished':
      await run(
        'UPDATE runs SET status = ?, finished_at = ?, done = ?, failed = ?, skipped = ?, checks_passed = ?, checks_warned = ?, checks_failed = ?, ms = ?, waiting = NULL WHERE run = ?',
        event.status,
        event.at,
        event.done,
        event.failed,
        event.skipped,
        event.checksPassed,
        event.checksWarned,
        event.checksFailed,
        event.ms,
        event.run,
      );
      return;
  }
}

type Told = { readonly run: string; readonly task: string; readonly at: string };

async function endAttempt(run: Statements['run'], event: Told, error: string | null): Promise<void> {
  await run(
    'UPDATE attempts SET finished_at = ?, error = ? WHERE run = ? AND task = ? AND finished_at IS NULL',
    event.at,
    error,
    event.run,
    event.task,
  );
}

/** Runs whose process is gone get their true status for good. */
async function buryDead({ all, run }: Statements, now: number): Promise<void> {
  for (const row of await all(`SELECT run, pid, host, seen_at FROM runs WHERE status = 'running'`))
    if (!alive(row, now)) await run(`UPDATE runs SET status = 'died' WHERE run = ?`, String(row['run']));
}
