/**
 * Whether the process of a run still keeps its time. A task that takes longer than its timeout is stopped by its own process,
 * as long as that comes to look at the clock. One whose function computes without a pause, or which somebody has stopped,
 * never does: it has to be ended from outside, and what became of it has to be said for it.
 */
import { runError, toRunError } from '../errors.ts';
import type { RunError, RunEvent } from '../events.ts';

/** So long after its timeout a task may take to stop. */
export const STOPPING_MS = 10_000;
/** What it said meanwhile is heard before it is judged, also where the scheduler itself was stopped for a while. */
const LAST_LOOK_MS = 1000;

export interface OverdueTask {
  readonly task: string;
  readonly error: RunError;
  /** What its run would have said last: that this failed, and the run with it. */
  readonly events: readonly RunEvent[];
}

type Started = Extract<RunEvent, { event: 'run.started' }>;

export class Overdue {
  readonly #timeoutMs: number | null;
  readonly #stoppingMs: number;
  readonly #found: (overdue: OverdueTask) => void;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  #run: Started | null = null;
  #counts = { done: 0, failed: 0, skipped: 0, unchanged: 0, checksPassed: 0, checksWarned: 0, checksFailed: 0 };

  /**
   * @param timeoutMs of an attempt at a task; null where it may take as long as it wants
   * @param found is told of the first task that is overdue
   */
  constructor(timeoutMs: number | null, found: (overdue: OverdueTask) => void, stoppingMs = STOPPING_MS) {
    this.#timeoutMs = timeoutMs;
    this.#stoppingMs = stoppingMs;
    this.#found = found;
  }

  hear(event: RunEvent): void {
    this.#count(event);
    switch (event.event) {
      case 'run.started':
        this.#run = event;
        return;
      case 'task.started':
        this.#wait(event.task);
        return;
      case 'task.retrying':
      case 'task.finished':
      case 'task.failed':
      case 'task.skipped':
        this.#forget(event.task);
        return;
      case 'run.finished':
        this.end();
        return;
      default:
        return;
    }
  }

  /** The process has ended. */
  end(): void {
    for (const task of [...this.#waiting.keys()]) this.#forget(task);
  }

  #wait(task: string): void {
    this.#forget(task);
    if (this.#timeoutMs === null) return;
    const began = performance.now();
    const judge = (): void => {
      this.end();
      this.#found(this.#overdue(task, began));
    };
    const look = (): void => void this.#waiting.set(task, setTimeout(judge, LAST_LOOK_MS));
    this.#waiting.set(task, setTimeout(look, this.#timeoutMs + this.#stoppingMs));
  }

  #forget(task: string): void {
    clearTimeout(this.#waiting.get(task));
    this.#waiting.delete(task);
  }

  #overdue(task: string, began: number): OverdueTask {
    const error = toRunError(runError('timed-out', { seconds: (this.#timeoutMs ?? 0) / 1000 }));
    const ms = Math.round(performance.now() - began);
    if (this.#run === null) return { task, error, events: [] };
    const now = { at: new Date().toISOString(), run: this.#run.run };
    const counts = { ...this.#counts, failed: this.#counts.failed + 1 };
    return {
      task,
      error,
      events: [
        { event: 'task.failed', ...now, task, ms, error },
        {
          event: 'run.finished',
          ...now,
          status: 'failed',
          ...counts,
          ms: Date.parse(now.at) - Date.parse(this.#run.at),
        },
      ],
    };
  }

  #count(event: RunEvent): void {
    const counts = this.#counts;
    switch (event.event) {
      case 'task.finished':
        counts.done += 1;
        return;
      case 'task.failed':
        counts.failed += 1;
        return;
      case 'task.skipped':
        counts.skipped += 1;
        if (event.reason === 'unchanged') counts.unchanged += 1;
        return;
      case 'check.passed':
        counts.checksPassed += 1;
        return;
      case 'check.failed':
        if (event.severity === 'warn') counts.checksWarned += 1;
        else counts.checksFailed += 1;
        return;
      default:
        return;
    }
  }
}
