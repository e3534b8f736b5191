/** What is counted and measured of a run, whoever is told of it: the names are those of Prometheus. */
import type { RunEvent } from '../events.ts';

export const counters = {
  pipec_runs_total: 'Runs that ended, by job and status.',
  pipec_tasks_total: 'Tasks that ended, by job and status.',
  pipec_task_retries_total: 'Attempts of tasks that failed and are tried again, by job.',
  pipec_checks_total: 'Checks that were judged, by job and result.',
  pipec_rows_total: 'Rows that readers see of what tasks made, by job.',
  pipec_rows_quarantined_total: 'Rows that did not fit the contract of their source, by job.',
} as const;
export const histograms = {
  pipec_run_duration_seconds: 'How long runs took, by job.',
  pipec_task_duration_seconds: 'How long tasks took, by job.',
} as const;
export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;

/** Upper bounds, in seconds. */
export const BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400] as const;

/** A run that is no job's. */
export const SELECTION = '(selection)';

export type Measure =
  | { readonly counter: CounterName; readonly labels: Readonly<Record<string, string>>; readonly by: number }
  | { readonly histogram: HistogramName; readonly seconds: number };

/** Besides the job, which is the same for all of a run. */
export function measuresOf(event: RunEvent): readonly Measure[] {
  switch (event.event) {
    case 'run.finished':
      return [
        count('pipec_runs_total', { status: event.status }),
        { histogram: 'pipec_run_duration_seconds', seconds: event.ms / 1000 },
      ];
    case 'task.finished':
      return [
        count('pipec_tasks_total', { status: 'succeeded' }),
        { histogram: 'pipec_task_duration_seconds', seconds: event.ms / 1000 },
        count('pipec_rows_total', {}, event.rows ?? 0),
        count('pipec_rows_quarantined_total', {}, event.load?.quarantined ?? 0),
      ];
    case 'task.failed':
      return [
        count('pipec_tasks_total', { status: event.error.code === 'cancelled' ? 'cancelled' : 'failed' }),
        { histogram: 'pipec_task_duration_seconds', seconds: event.ms / 1000 },
      ];
    case 'task.skipped':
      return [count('pipec_tasks_total', { status: event.reason === 'unchanged' ? 'unchanged' : 'skipped' })];
    case 'task.retrying':
      return [count('pipec_task_retries_total', {})];
    case 'check.passed':
    case 'check.failed': {
      // What another run found was counted there.
      if (event.foundBy !== null) return [];
      const broken = event.severity === 'warn' ? 'warned' : 'failed';
      return [count('pipec_checks_total', { result: event.event === 'check.passed' ? 'passed' : broken })];
    }
    case 'run.started':
    case 'run.warned':
    case 'run.waiting':
    case 'dataset.removed':
    case 'dataset.moved':
    case 'task.started':
    case 'task.progress':
      return [];
  }
}

const count = (counter: CounterName, labels: Readonly<Record<string, string>>, by = 1): Measure => ({
  counter,
  labels,
  by,
});
