/** What is known of a run, out of its events. Plain data; the page draws it. */
import type { LoadResult, RunError, RunEvent } from '../../../runtime/events.ts';
import type { ToPage } from './messages.ts';

export interface Run {
  readonly title: string;
  /** As it could be typed. */
  readonly command: string;
  readonly state: 'starting' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** `local (duckdb)`; null until the run has begun. */
  readonly target: string | null;
  /** How many tasks there will be. */
  readonly tasks: number;
  readonly began: number;
  readonly ended: number | null;
  readonly all: ReadonlyMap<string, Task>;
  /** What was said besides: warnings, what it waits for, why it did not start. */
  readonly notes: readonly string[];
  readonly totals: Extract<RunEvent, { event: 'run.finished' }> | null;
}

export interface Task {
  readonly name: string;
  readonly state: 'running' | 'retrying' | 'done' | 'unchanged' | 'failed' | 'skipped';
  /** 0..1 where the engine can tell. */
  readonly share: number | null;
  readonly rows: number | null;
  readonly ms: number | null;
  readonly compute: 'etl' | 'elt' | null;
  readonly load: LoadResult | null;
  readonly intervals: string | null;
  readonly because: string | null;
  readonly error: RunError | null;
  readonly passed: number;
  readonly checks: readonly FailedCheck[];
}

export interface FailedCheck {
  readonly text: string;
  readonly severity: 'error' | 'warn';
  readonly failing: number | null;
  readonly rows: number | null;
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  readonly file: string;
  readonly line: number;
}

export const nothing: Run = {
  title: '',
  command: '',
  state: 'starting',
  target: null,
  tasks: 0,
  began: 0,
  ended: null,
  all: new Map(),
  notes: [],
  totals: null,
};

export function after(run: Run, message: ToPage): Run {
  switch (message.is) {
    case 'begins':
      return { ...nothing, title: message.title, command: message.command, began: message.at };
    case 'event':
      return afterEvent(run, message.event);
    case 'ended': {
      const state =
        run.state === 'running' || run.state === 'starting'
          ? message.code === 0
            ? 'succeeded'
            : message.code === null
              ? 'cancelled'
              : 'failed'
          : run.state;
      return {
        ...run,
        state,
        ended: message.at,
        notes: message.error === '' ? run.notes : [...run.notes, message.error],
      };
    }
    default:
      return run;
  }
}

const fresh: Omit<Task, 'name'> = {
  state: 'running',
  share: null,
  rows: null,
  ms: null,
  compute: null,
  load: null,
  intervals: null,
  because: null,
  error: null,
  passed: 0,
  checks: [],
};

function afterEvent(run: Run, event: RunEvent): Run {
  const task = (name: string, change: (task: Task) => Partial<Task>): Run => {
    const before = run.all.get(name) ?? { ...fresh, name };
    return { ...run, all: new Map(run.all).set(name, { ...before, ...change(before) }) };
  };
  switch (event.event) {
    case 'run.started':
      return { ...run, state: 'running', target: `${event.target} (${event.engine})`, tasks: event.tasks };
    case 'run.warned':
      return { ...run, notes: [...run.notes, event.message] };
    case 'dataset.removed':
      return { ...run, notes: [...run.notes, `${event.dataset} is removed`] };
    case 'dataset.moved':
      return { ...run, notes: [...run.notes, `${event.dataset} shows another version`] };
    case 'run.waiting':
      return { ...run, notes: [...run.notes, `Waiting: ${event.reason}`] };
    case 'task.started':
      return task(event.task, () => ({ state: 'running', share: null, error: null }));
    case 'task.progress':
      return task(event.task, () => ({ share: event.share }));
    case 'task.retrying':
      return task(event.task, () => ({ state: 'retrying', error: event.error }));
    case 'task.finished':
      return task(event.task, () => ({
        state: 'done',
        rows: event.rows,
        ms: event.ms,
        compute: event.compute,
        load: event.load,
        intervals: event.intervals,
        passed: event.checksPassed,
        error: null,
      }));
    case 'task.failed':
      return task(event.task, () => ({ state: 'failed', ms: event.ms, error: event.error }));
    case 'task.skipped':
      return task(event.task, () => ({
        state: event.reason === 'unchanged' ? 'unchanged' : 'skipped',
        because: event.because,
        rows: event.rows,
      }));
    case 'check.passed':
      return run;
    case 'check.failed': {
      const { check: text, severity, failing, rows, sample, file, line } = event;
      return task(event.task, ({ checks }) => ({
        checks: [...checks, { text, severity, failing, rows, sample, file, line }],
      }));
    }
    case 'run.finished':
      return { ...run, state: event.status, totals: event };
  }
}
