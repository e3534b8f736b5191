/** A run as lines of a structured log: each with its level, its words and what a program looks for. */
import type { RunError, RunEvent } from '../../events.ts';
import type { Environment } from '../observer.ts';
import { spanOf, traceOf } from '../trace.ts';
import type { LogLevel } from './settings.ts';
import { wordsOf } from './words.ts';

export type Severity = Exclude<LogLevel, 'silent'>;

export interface LogLine {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly level: Severity;
  readonly message: string;
  /** Names in lower case with underscores, as others that write structured logs have them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The lines of one run, from its first event on. */
export class RunLines {
  readonly #env: Environment;
  /** What is said of every line: of the run, and of where it is. */
  #run: Readonly<Record<string, unknown>> = {};
  #traceId = '';
  /** The attempt that each task is at. */
  readonly #attempts = new Map<string, number>();

  constructor(env: Environment) {
    this.#env = env;
  }

  of(event: RunEvent): LogLine {
    if (event.event === 'run.started') {
      const { run, project, job, target, engine } = event;
      this.#run = { project, target, engine, job, run };
      this.#traceId = traceOf(run, this.#env).id;
    }
    if (event.event === 'task.started') this.#attempts.set(event.task, event.attempt);
    const said = wordsOf(event);
    return {
      at: event.at,
      level: levelOf(event),
      message: said === null ? event.event : `${said.head} ${said.rest}`.trim(),
      fields: { event: event.event, ...this.#run, ...this.#place(event), ...detailsOf(event) },
    };
  }

  #place(event: RunEvent): Readonly<Record<string, unknown>> {
    if (!('task' in event))
      return {
        trace_id: this.#traceId,
        span_id: spanOf(event.run),
        ...('dataset' in event ? { dataset: event.dataset } : {}),
      };
    const attempt = this.#attempts.get(event.task);
    const span = attempt === undefined ? spanOf(event.run, event.task) : spanOf(event.run, event.task, attempt);
    return {
      task: event.task,
      dataset: event.task,
      ...(attempt === undefined ? {} : { attempt }),
      trace_id: this.#traceId,
      span_id: span,
    };
  }
}

function levelOf(event: RunEvent): Severity {
  switch (event.event) {
    case 'run.started':
    case 'run.waiting':
    case 'dataset.removed':
    case 'dataset.moved':
    case 'task.started':
      return 'info';
    case 'task.progress':
      return 'trace';
    case 'check.passed':
      return 'debug';
    case 'run.warned':
    case 'task.retrying':
      return 'warn';
    case 'task.finished':
      return (event.load?.quarantined ?? 0) > 0 ? 'warn' : 'info';
    case 'task.failed':
      return event.error.code === 'cancelled' ? 'warn' : 'error';
    case 'task.skipped':
      return event.reason === 'unchanged' ? 'info' : 'warn';
    case 'check.failed':
      return event.severity === 'warn' ? 'warn' : 'error';
    case 'run.finished':
      return event.status === 'succeeded' ? 'info' : event.status === 'cancelled' ? 'warn' : 'error';
  }
}

/** What differs from event to event. Rows are left out: they may hold anybody's data. */
function detailsOf(event: RunEvent): Readonly<Record<string, unknown>> {
  switch (event.event) {
    case 'run.started':
      return { tasks: event.tasks, concurrency: event.concurrency, pid: event.pid };
    case 'run.waiting':
    case 'run.warned':
    case 'dataset.removed':
    case 'dataset.moved':
    case 'task.started':
      return {};
    case 'task.progress':
      return { share: event.share };
    case 'task.retrying':
      return { retry_in_ms: event.inMs, error: errorOf(event.error) };
    case 'task.finished':
      return {
        duration_ms: event.ms,
        rows: event.rows,
        compute: event.compute,
        ...(event.intervals === null ? {} : { intervals: event.intervals }),
        ...(event.load === null ? {} : { rows_read: event.load.read, rows_quarantined: event.load.quarantined }),
        checks_passed: event.checksPassed,
        checks_warned: event.checksWarned,
      };
    case 'task.failed':
      return { duration_ms: event.ms, error: errorOf(event.error) };
    case 'task.skipped':
      return { reason: event.reason, because: event.because };
    case 'check.passed':
    case 'check.failed':
      return {
        check: event.check,
        severity: event.severity,
        failing: event.failing,
        rows: event.rows,
        file: event.file,
        line: event.line,
      };
    case 'run.finished':
      return {
        status: event.status,
        duration_ms: event.ms,
        done: event.done,
        failed: event.failed,
        skipped: event.skipped,
        unchanged: event.unchanged,
        checks_passed: event.checksPassed,
        checks_warned: event.checksWarned,
        checks_failed: event.checksFailed,
      };
  }
}

function errorOf({ code, message, hint, statement, engine, retryable }: RunError): Readonly<Record<string, unknown>> {
  return { code, message, hint, retryable, engine, statement };
}

/** What kept a run from starting. */
export function lineOfFailure(error: RunError): LogLine {
  return {
    at: new Date().toISOString(),
    level: 'error',
    message: `[${error.code}] ${error.message}`,
    fields: { event: 'run.failed', error: errorOf(error) },
  };
}
