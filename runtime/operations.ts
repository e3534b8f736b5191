/**
 * The record of runs: who ran what, when, with which result. SQLite in WAL mode, so that other processes (the editor, a
 * second command) read while a run writes. No rows of data depend on it: deleting the file loses history only.
 */
import { renameSync, rmSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PipecError } from './errors.ts';
import type { LoadResult, RunError, RunEvent } from './events.ts';
import { openStateFile } from './state-file.ts';

export type RunState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'died';
export type TaskState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped' | 'died';

export interface RunRecord {
  readonly run: string;
  readonly project: string;
  readonly target: string;
  readonly engine: string;
  readonly job: string | null;
  readonly pid: number;
  /** `died`: its process is gone without a word. */
  readonly status: RunState;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly tasks: number;
  readonly concurrency: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checksPassed: number;
  readonly checksWarned: number;
  readonly checksFailed: number;
  readonly ms: number | null;
  /** Whom it waits for, while it waits for a database. */
  readonly waiting: string | null;
}

export interface TaskRecord {
  readonly run: string;
  readonly task: string;
  readonly status: TaskState;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly rows: number | null;
  readonly ms: number | null;
  readonly compute: string | null;
  readonly load: LoadResult | null;
  readonly error: RunError | null;
  readonly because: string | null;
  /** Why it was skipped; null where it was not, or was before this was noted. */
  readonly reason: Extract<RunEvent, { event: 'task.skipped' }>['reason'] | null;
  readonly share: number | null;
}

export interface CheckRecord {
  readonly run: string;
  readonly task: string;
  readonly check: string;
  readonly severity: 'error' | 'warn';
  readonly passed: boolean;
  readonly failing: number | null;
  readonly rows: number | null;
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  readonly file: string;
  readonly line: number;
  readonly at: string;
}

/** Reads and writes one state file. Every method is synchronous and takes well under a millisecond for one run. */
export class State {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #pending: RunEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @throws PipecError `state-unusable`, `state-damaged` */
  constructor(path: string) {
    this.#database = openStateFile(path);
  }

  /** Notes an event. Events are written together after a moment, or by `flush`. */
  readonly record = (event: RunEvent): void => {
    this.#pending.push(event);
    if (event.event === 'run.started' || event.event === 'run.waiting' || event.event === 'run.finished') this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), 100).unref();
  };

  /** The tasks of a run, in the order of the plan: called once, before they start. */
  expect(run: string, tasks: readonly string[]): void {
    this.#together(() => {
      for (const [position, task] of tasks.entries()) {
        this.#run(
          `INSERT OR IGNORE INTO tasks (run, task, position, status) VALUES (?, ?, ?, 'waiting')`,
          run,
          task,
          position,
        );
      }
    });
  }

  /** Writes what is noted. A state file that cannot be written costs history, so it never fails the run. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const events = this.#pending;
    this.#pending = [];
    if (events.length === 0) return;
    this.#together(() => {
      for (const event of events) this.#write(event);
    });
  }

  /** Newest first. */
  runs(limit = 50): readonly RunRecord[] {
    return this.#all('SELECT * FROM runs ORDER BY started_at DESC, run DESC LIMIT ?', limit).map(runRecord);
  }

  run(run: string): RunRecord | null {
    return this.#all('SELECT * FROM runs WHERE run = ?', run).map(runRecord)[0] ?? null;
  }

  /** Runs of live processes. */
  running(): readonly RunRecord[] {
    return this.#all(`SELECT * FROM runs WHERE status = 'running' ORDER BY started_at`)
      .map(runRecord)
      .filter((run) => run.status === 'running');
  }

  /** Asks the process of a run to cancel it, wherever it is: it looks now and then. */
  askToCancel(run: string): void {
    this.#run('UPDATE runs SET cancel_asked_at = ? WHERE run = ?', new Date().toISOString(), run);
  }

  /** A file that cannot be read just now asks for nothing. */
  cancelAsked(run: string): boolean {
    try {
      const [row] = this.#all('SELECT cancel_asked_at FROM runs WHERE run = ?', run);
      return row?.['cancel_asked_at'] != null;
    } catch {
      return false;
    }
  }

  tasks(run: string): readonly TaskRecord[] {
    const died = this.run(run)?.status === 'died';
    return this.#all('SELECT * FROM tasks WHERE run = ? ORDER BY position', run).map((row) => taskRecord(row, died));
  }

  /** The last task that built the dataset; null where none has. */
  lastBuilt(task: string): TaskRecord | null {
    const [row] = this.#all(
      "SELECT * FROM tasks WHERE task = ? AND status = 'succeeded' ORDER BY finished_at DESC LIMIT 1",
      task,
    );
    return row === undefined ? null : taskRecord(row, false);
  }

  /** The last task of a target that built each dataset, by dataset. */
  builtIn(target: string): ReadonlyMap<string, TaskRecord> {
    const rows = this.#all(
      "SELECT tasks.*, max(runs.rowid) FROM tasks JOIN runs USING (run) WHERE target = ? AND tasks.status = 'succeeded' GROUP BY task",
      target,
    );
    return new Map(rows.map((row) => [String(row['task']), taskRecord(row, false)]));
  }

  /** How each dataset of a target ended when it was last tried: built, failed, or found unchanged. By dataset. */
  lastTried(target: string): ReadonlyMap<string, TaskRecord> {
    // SQLite takes the other columns from the row with the greatest.
    const rows = this.#all(
      `SELECT tasks.*, max(runs.rowid) FROM tasks JOIN runs USING (run) WHERE target = ? AND (tasks.status IN ('succeeded', 'failed') OR tasks.reason = 'unchanged') GROUP BY task`,
      target,
    );
    return new Map(rows.map((row) => [String(row['task']), taskRecord(row, false)]));
  }

  /** What the last runs of a target did to a dataset, newest first; those in which its turn has yet to come are left out. */
  tasksOf(task: string, target: string, limit: number): readonly TaskRecord[] {
    return this.#all(
      `SELECT tasks.*, runs.status AS run_status, runs.pid FROM tasks JOIN runs USING (run) WHERE task = ? AND target = ? AND tasks.status <> 'waiting' ORDER BY runs.rowid DESC LIMIT ?`,
      task,
      target,
      limit,
    ).map((row) => taskRecord(row, row['run_status'] !== 'running' || !alive(Number(row['pid']))));
  }

  /** Checks of a run, or of a dataset in the last run that judged any. */
  checks(of: { readonly run: string } | { readonly task: string }): readonly CheckRecord[] {
    const rows =
      'run' in of
        ? this.#all('SELECT * FROM checks WHERE run = ? ORDER BY rowid', of.run)
        : this.#all(
            'SELECT * FROM checks WHERE task = ?1 AND run = (SELECT run FROM checks WHERE task = ?1 ORDER BY rowid DESC LIMIT 1) ORDER BY rowid',
            of.task,
          );
    return rows.map((row) => ({
      run: String(row['run']),
      task: String(row['task']),
      check: String(row['check']),
      severity: row['severity'] as 'error' | 'warn',
      passed: row['passed'] === 1,
      failing: row['failing'] as number | null,
      rows: row['rows'] as number | null,
      sample: JSON.parse(String(row['sample'])) as CheckRecord['sample'],
      file: String(row['file']),
      line: Number(row['line']),
      at: String(row['at']),
    }));
  }

  /** Events of a run after a position: ask again with the last `seq` to follow it. */
  events(run: string, after = 0, limit = 1000): readonly { readonly seq: number; readonly event: RunEvent }[] {
    return this.#all(
      'SELECT seq, event FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
      run,
      after,
      limit,
    ).map((row) => ({
      seq: Number(row['seq']),
      event: JSON.parse(String(row['event'])) as RunEvent,
    }));
  }

  close(): void {
    this.flush();
    this.#database.close();
  }

  #write(event: RunEvent): void {
    this.#run('INSERT INTO events (run, event) VALUES (?, ?)', event.run, JSON.stringify(event));
    switch (event.event) {
      case 'run.started':
        this.#buryDead();
        this.#run(
          `INSERT OR REPLACE INTO runs (run, project, target, engine, job, pid, status, started_at, tasks, concurrency) VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?, ?)`,
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
        this.#run('UPDATE runs SET waiting = ? WHERE run = ?', event.reason, event.run);
        return;
      case 'task.started':
        this.#run(
          `UPDATE tasks SET status = 'running', attempt = ?, started_at = coalesce(started_at, ?) WHERE run = ? AND task = ?`,
          event.attempt,
          event.at,
          event.run,
          event.task,
        );
        this.#run(
          'INSERT OR REPLACE INTO attempts (run, task, attempt, started_at) VALUES (?, ?, ?, ?)',
          event.run,
          event.task,
          event.attempt,
          event.at,
        );
        return;
      case 'task.progress':
        this.#run('UPDATE tasks SET share = ? WHERE run = ? AND task = ?', event.share, event.run, event.task);
        return;
      case 'task.retrying':
        this.#run(
          'UPDATE attempts SET finished_at = ?, error = ? WHERE run = ? AND task = ? AND attempt = ?',
          event.at,
          JSON.stringify(event.error),
          event.run,
          event.task,
          event.attempt,
        );
        this.#run(
          'UPDATE tasks SET error = ? WHERE run = ? AND task = ?',
          JSON.stringify(event.error),
          event.run,
          event.task,
        );
        return;
      case 'task.finished':
        this.#run(
          `UPDATE tasks SET status = 'succeeded', finished_at = ?, rows = ?, ms = ?, compute = ?, load = ?, error = NULL, share = NULL WHERE run = ? AND task = ?`,
          event.at,
          event.rows,
          event.ms,
          event.compute,
          event.load === null ? null : JSON.stringify(event.load),
          event.run,
          event.task,
        );
        this.#endAttempt(event.run, event.task, event.at, null);
        return;
      case 'task.failed': {
        const error = JSON.stringify(event.error);
        const status = event.error.code === 'cancelled' ? 'cancelled' : 'failed';
        this.#run(
          'UPDATE tasks SET status = ?, finished_at = ?, ms = ?, error = ?, share = NULL WHERE run = ? AND task = ?',
          status,
          event.at,
          event.ms,
          error,
          event.run,
          event.task,
        );
        this.#endAttempt(event.run, event.task, event.at, error);
        return;
      }
      case 'task.skipped':
        this.#run(
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
        this.#run(
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
        this.#run(
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

  #endAttempt(run: string, task: string, at: string, error: string | null): void {
    this.#run(
      'UPDATE attempts SET finished_at = ?, error = ? WHERE run = ? AND task = ? AND finished_at IS NULL',
      at,
      error,
      run,
      task,
    );
  }

  /** Runs whose process is gone get their true status for good. */
  #buryDead(): void {
    for (const row of this.#all(`SELECT * FROM runs WHERE status = 'running'`)) {
      if (!alive(Number(row['pid']))) this.#run(`UPDATE runs SET status = 'died' WHERE run = ?`, row['run'] as string);
    }
  }

  #together(work: () => void): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      work();
      this.#database.exec('COMMIT');
    } catch {
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // No transaction was open: BEGIN itself failed.
      }
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#prepared(sql).run(...values);
  }

  #all(sql: string, ...values: (string | number | null)[]): readonly Record<string, unknown>[] {
    return this.#prepared(sql).all(...values) as readonly Record<string, unknown>[];
  }
}

/**
 * The state to write a run to. A damaged file costs its history, never a run: it is set aside, and a new one begins.
 * @throws PipecError `state-unusable`
 */
export function openState(path: string): { readonly state: State; readonly setAside: string | null } {
  try {
    return { state: new State(path), setAside: null };
  } catch (failure) {
    if (!(failure instanceof PipecError) || failure.code !== 'state-damaged') throw failure;
    const setAside = `${path}.damaged`;
    for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    renameSync(path, setAside);
    return { state: new State(path), setAside };
  }
}

/** Whether a process of this machine is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function runRecord(row: Record<string, unknown>): RunRecord {
  const status = row['status'] as RunState;
  return {
    run: String(row['run']),
    project: String(row['project']),
    target: String(row['target']),
    engine: String(row['engine']),
    job: row['job'] as string | null,
    pid: Number(row['pid']),
    status: status === 'running' && !alive(Number(row['pid'])) ? 'died' : status,
    startedAt: String(row['started_at']),
    finishedAt: row['finished_at'] as string | null,
    tasks: Number(row['tasks']),
    concurrency: Number(row['concurrency']),
    done: Number(row['done']),
    failed: Number(row['failed']),
    skipped: Number(row['skipped']),
    checksPassed: Number(row['checks_passed']),
    checksWarned: Number(row['checks_warned']),
    checksFailed: Number(row['checks_failed']),
    ms: row['ms'] as number | null,
    waiting: row['waiting'] as string | null,
  };
}

function taskRecord(row: Record<string, unknown>, died: boolean): TaskRecord {
  const status = row['status'] as TaskState;
  const json = <T>(text: unknown): T | null => (text === null ? null : (JSON.parse(String(text)) as T));
  return {
    run: String(row['run']),
    task: String(row['task']),
    status: died && (status === 'running' || status === 'waiting') ? 'died' : status,
    attempt: Number(row['attempt']),
    startedAt: row['started_at'] as string | null,
    finishedAt: row['finished_at'] as string | null,
    rows: row['rows'] as number | null,
    ms: row['ms'] as number | null,
    compute: row['compute'] as string | null,
    load: json<LoadResult>(row['load']),
    error: json<RunError>(row['error']),
    because: row['because'] as string | null,
    reason: row['reason'] as TaskRecord['reason'],
    share: row['share'] as number | null,
  };
}
