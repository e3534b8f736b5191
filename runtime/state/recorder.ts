/** Notes what a run tells, for whoever asks later or meanwhile. */
import type { RunEvent } from '../events.ts';
import type { StateDatabase, Statements } from './database.ts';
import { alive } from './records.ts';

export class Recorder {
  readonly #database: StateDatabase;
  #pending: RunEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** Notes an event. Events are written together after a moment, or by `flush`. */
  readonly record = (event: RunEvent): void => {
    this.#pending.push(event);
    if (event.event === 'run.started' || event.event === 'run.waiting' || event.event === 'run.finished')
      void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), 100).unref();
  };

  /** The tasks of a run, in the order of the plan: called once, before they start. */
  async expect(run: string, tasks: readonly string[]): Promise<void> {
    await this.#together(async (statements) => {
      for (const [position, task] of tasks.entries())
        await statements.run(
          `INSERT INTO tasks (run, task, position, status) VALUES (?, ?, ?, 'waiting') ON CONFLICT DO NOTHING`,
          run,
          task,
          position,
        );
    });
  }

  /** Writes what is noted, in its order. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const events = this.#pending;
    this.#pending = [];
    if (events.length === 0) return;
    await this.#together(async (statements) => {
      for (const event of events) await write(statements, event);
    });
  }

  /** A database that cannot be written costs history, so it never fails the run. */
  async #together(work: (statements: Statements) => Promise<void>): Promise<void> {
    await this.#database.together(work).catch(() => undefined);
  }
}

async function write({ all, run }: Statements, event: RunEvent): Promise<void> {
  await run('INSERT INTO events (run, event) VALUES (?, ?)', event.run, JSON.stringify(event));
  switch (event.event) {
    case 'run.started':
      await buryDead({ all, run });
      await run(
        `INSERT INTO runs (run, project, target, engine, job, pid, status, started_at, tasks, concurrency) VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?) ON CONFLICT DO NOTHING`,
        event.run,
        event.project,
        event.target,
        event.engine,
        event.job,
        event.pid,
        event.at,
        event.tasks,
        event.concurrency,
      );
      return;
    case 'run.warned':
    case 'dataset.removed':
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
async function buryDead({ all, run }: Statements): Promise<void> {
  for (const row of await all(`SELECT run, pid FROM runs WHERE status = 'running'`))
    if (!alive(Number(row['pid']))) await run(`UPDATE runs SET status = 'died' WHERE run = ?`, String(row['run']));
}
