/** What has gone wrong lately, and when it was well again: runs that failed, and runs that were not done when they should have been. */
import type { RunRecord } from '../state/records.ts';
import { blackoutsOf, clearAfter } from './blackout.ts';
import type { Promised } from './late.ts';
import type { QueuedRun } from './queue.ts';

export interface Happened {
  readonly what: 'failed' | 'died' | 'late';
  /** Null of a run by hand. */
  readonly job: string | null;
  /** Null of one that has not begun. */
  readonly run: string | null;
  /** In ms since 1970. */
  readonly at: number;
  /** When the job was done well for the first time after it; null: it was not, or it is of no job. */
  readonly until: number | null;
}

type Ran = Pick<RunRecord, 'run' | 'job' | 'status' | 'startedAt' | 'finishedAt'>;

/**
 * @param runs and `queued` of a target, as far back as is to be told
 * @returns at most so many, newest first
 */
export function happened(
  promised: Promised,
  queued: readonly QueuedRun[],
  runs: readonly Ran[],
  now: number,
  limit: number,
): readonly Happened[] {
  const done = Map.groupBy(
    runs.flatMap(({ job, status, finishedAt }) =>
      job !== null && status === 'succeeded' && finishedAt !== null ? [{ job, at: Date.parse(finishedAt) }] : [],
    ),
    ({ job }) => job,
  );
  /** The first success of a job from a moment on. */
  const wellFrom = (job: string, from: number): number | null => {
    const after = (done.get(job) ?? []).flatMap(({ at }) => (at >= from ? [at] : []));
    return after.length === 0 ? null : Math.min(...after);
  };
  const failures = runs.flatMap(({ run, job, status, startedAt, finishedAt }): readonly Happened[] => {
    if (status !== 'failed' && status !== 'died') return [];
    const at = Date.parse(finishedAt ?? startedAt);
    return [{ what: status, job, run, at, until: job === null ? null : wellFrom(job, at) }];
  });
  const slas = new Map(promised.jobs.flatMap(({ name, slaMs }) => (slaMs === undefined ? [] : [[name, slaMs]])));
  const late = queued.flatMap(({ job, dueAt, status, run, finishedAt }): readonly Happened[] => {
    const sla = slas.get(job);
    if (sla === undefined || status === 'cancelled') return [];
    const since = (clearAfter(blackoutsOf(job, promised.blackouts), dueAt) ?? Number.POSITIVE_INFINITY) + sla;
    const until = status === 'succeeded' && finishedAt !== null ? finishedAt : wellFrom(job, dueAt);
    return (until ?? now) > since ? [{ what: 'late', job, run, at: since, until }] : [];
  });
  return [...failures, ...late].sort((a, b) => b.at - a.at).slice(0, limit);
}
