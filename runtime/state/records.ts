/** What is kept of runs, as it is asked for, and how it is read from a row. */
import { hostname } from 'node:os';
import type { LoadResult, RunError, RunEvent } from '../events.ts';
import type { Row } from './database.ts';

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
  /** Whether what it told is still there: that of old runs is not. */
  readonly logKept: boolean;
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

/** A run on another machine of which nothing was heard for so long has died. */
const SILENT_MS = 60_000;

/** Whether the process of a run is there. @param now by the clock that all who write share */
export function alive(run: Row, now: number): boolean {
  const { pid, host, seen_at: seen } = run;
  return host === null || host === hostname() ? isProcess(Number(pid)) : now - Date.parse(String(seen)) < SILENT_MS;
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function runRecord(row: Row, now: number): RunRecord {
  const status = row['status'] as RunState;
  return {
    run: String(row['run']),
    project: String(row['project']),
    target: String(row['target']),
    engine: String(row['engine']),
    job: row['job'] as string | null,
    pid: Number(row['pid']),
    status: status === 'running' && !alive(row, now) ? 'died' : status,
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
    logKept: row['forgotten'] === null,
  };
}

export function taskRecord(row: Row, died: boolean): TaskRecord {
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

export function checkRecord(row: Row): CheckRecord {
  return {
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
  };
}

/** What a target's environment is called where runs are recorded. */
export function placeName(target: string, environment: string | null | undefined): string {
  return environment == null ? target : `${target}/${environment}`;
}
