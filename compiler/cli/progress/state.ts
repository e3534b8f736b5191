/** What is known of a run from its events: one reducer for every way of showing it. */
import type { LoadResult, RunError, RunEvent } from '../../../runtime/events.ts';

export interface TaskState {
  readonly id: string;
  readonly after: readonly string[];
  status: 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'skipped' | 'unchanged';
  /** In 0..1, where the engine tells. */
  share: number | null;
  startedAt: number;
  attempt: number;
  rows: number | null;
  ms: number;
  compute: 'etl' | 'elt' | null;
  load: LoadResult | null;
  intervals: string | null;
  /** In an environment: production's version is shown. */
  shared: boolean;
  checksPassed: number;
  checksWarned: number;
  /** Why it was skipped, or what it is tried again for. */
  because: string;
  error: RunError | null;
}

export type CheckEvent = Extract<RunEvent, { event: 'check.passed' | 'check.failed' }>;
export type StartEvent = Extract<RunEvent, { event: 'run.started' }>;
export type FinishEvent = Extract<RunEvent, { event: 'run.finished' }>;

export class RunState {
  readonly tasks = new Map<string, TaskState>();
  /** Checks that did not hold, in the order told. */
  readonly failedChecks: CheckEvent[] = [];
  readonly checks: CheckEvent[] = [];
  started: StartEvent | null = null;
  finished: FinishEvent | null = null;
  waitingFor: string | null = null;
  /** Datasets that were removed, or whose view moved to a version that was there. */
  changed = 0;

  constructor(tasks: readonly { readonly id: string; readonly after: readonly string[] }[]) {
    for (const { id, after } of tasks) this.#task(id, after);
  }

  /** Takes one event in; answers the task it is about, if any. `now` in milliseconds. */
  take(event: RunEvent, now: number): TaskState | null {
    switch (event.event) {
      case 'run.started':
        this.started = event;
        this.waitingFor = null;
        return null;
      case 'run.waiting':
        this.waitingFor = event.reason;
        return null;
      case 'run.warned':
        return null;
      case 'dataset.removed':
      case 'dataset.moved':
        this.changed += 1;
        return null;
      case 'run.finished':
        this.finished = event;
        return null;
      case 'check.passed':
      case 'check.failed':
        this.checks.push(event);
        if (event.event === 'check.failed') this.failedChecks.push(event);
        return null;
      case 'task.started':
        return this.#change(event.task, { status: 'running', attempt: event.attempt, startedAt: now, share: null });
      case 'task.progress':
        return this.#change(event.task, { share: event.share });
      case 'task.retrying':
        return this.#change(event.task, { status: 'retrying', attempt: event.attempt, because: event.error.message });
      case 'task.finished': {
        const { rows, ms, compute, load, intervals, shared = false, checksPassed, checksWarned } = event;
        const counts = { checksPassed, checksWarned };
        return this.#change(event.task, { status: 'done', rows, ms, compute, load, intervals, shared, ...counts });
      }
      case 'task.failed':
        return this.#change(event.task, { status: 'failed', ms: event.ms, error: event.error });
      case 'task.skipped': {
        const { because, rows, reason, checksWarned } = event;
        const status = reason === 'unchanged' ? 'unchanged' : 'skipped';
        return this.#change(event.task, { status, because, rows, checksWarned });
      }
    }
  }

  #change(id: string, change: Partial<TaskState>): TaskState {
    return Object.assign(this.#task(id, []), change);
  }

  #task(id: string, after: readonly string[]): TaskState {
    let task = this.tasks.get(id);
    if (task === undefined) {
      task = {
        id,
        after,
        status: 'waiting',
        share: null,
        startedAt: 0,
        attempt: 1,
        rows: null,
        ms: 0,
        compute: null,
        load: null,
        intervals: null,
        shared: false,
        checksPassed: 0,
        checksWarned: 0,
        because: '',
        error: null,
      };
      this.tasks.set(id, task);
    }
    return task;
  }
}
