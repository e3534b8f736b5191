/** What should be done by now and is not: runs that were due, and datasets whose rows should be newer. */
import type { BlackoutPlan, DatasetPlan, JobPlan, TaskPlan } from '../plan.ts';
import { blackoutsOf, clearAfter } from './blackout.ts';
import type { Queue } from './queue.ts';

export interface Late {
  readonly job: string | null;
  /** Null of a run that is late. */
  readonly dataset: string | null;
  /** When the run was due, or the dataset was published last; in ms since 1970. */
  readonly dueAt: number;
  /** Since when it is late. */
  readonly since: number;
}

export interface Promised {
  readonly jobs: readonly (Pick<JobPlan, 'name' | 'slaMs'> & { readonly tasks: readonly Pick<TaskPlan, 'id'>[] })[];
  readonly datasets: readonly Pick<DatasetPlan, 'name' | 'freshMs'>[];
  readonly blackouts: readonly BlackoutPlan[];
}

/** A run is late where it is not done so long after it was due, or after the blackout in which it was due. A paused job is not. */
export function lateRuns(
  { jobs, blackouts }: Promised,
  undone: ReadonlyMap<string, number>,
  paused: ReadonlySet<string>,
  now: number,
): readonly Late[] {
  return jobs.flatMap(({ name, slaMs }) => {
    const dueAt = undone.get(name);
    if (dueAt === undefined || slaMs === undefined || paused.has(name) || dueAt + slaMs > now) return [];
    const since = (clearAfter(blackoutsOf(name, blackouts), dueAt) ?? Number.POSITIVE_INFINITY) + slaMs;
    return since > now ? [] : [{ job: name, dataset: null, dueAt, since }];
  });
}

/** A dataset is stale where it was published last longer ago than it may be old. One that never was is not there yet. */
export async function staleDatasets(
  { jobs, datasets }: Promised,
  queue: Queue,
  paused: ReadonlySet<string>,
  now: number,
): Promise<readonly Late[]> {
  const promised = datasets.filter(({ freshMs }) => freshMs !== undefined);
  if (promised.length === 0) return [];
  const names = promised.map(({ name }) => name);
  const published = await queue.published(names, 0);
  const maker = new Map(jobs.flatMap((job) => job.tasks.map((task) => [task.id, job.name] as const)));
  return promised.flatMap(({ name, freshMs = 0 }) => {
    const at = published.get(name);
    const job = maker.get(name) ?? null;
    if (at === undefined || at + freshMs > now || (job !== null && paused.has(job))) return [];
    return [{ job, dataset: name, dueAt: at, since: at + freshMs }];
  });
}
