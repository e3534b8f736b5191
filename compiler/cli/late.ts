/** What of a target should be done by now and is not, as its state tells. */
import type { Late, Promised } from '../../runtime/schedule/late.ts';
import { freshness } from '../plan/plan.ts';
import type { Program } from '../semantics/model.ts';
import { planTarget, stateOf } from './data.ts';
import type { Environment } from './io.ts';

export interface Place {
  readonly root: string;
  readonly program: Program;
  readonly target: string;
  readonly environment: Environment;
}

/** Runs first, then datasets; nothing where no scheduler has been there. */
export async function lateNow({ root, program, target, environment }: Place, now: number): Promise<readonly Late[]> {
  const promised = promisedBy(program);
  const asks = promised.jobs.some(({ slaMs }) => slaMs !== undefined);
  if (!asks && promised.datasets.every(({ freshMs }) => freshMs === undefined)) return [];
  const { isThere } = await import('../../runtime/state/place.ts');
  const place = await stateOf({ root, target: planTarget(program, target), environment });
  if (!(await isThere(place))) return [];
  const { Queue } = await import('../../runtime/schedule/queue.ts');
  const { lateRuns, staleDatasets } = await import('../../runtime/schedule/late.ts');
  const queue = await Queue.open(place, target);
  try {
    const paused = await queue.paused();
    return [
      ...lateRuns(promised, await queue.undone(), paused, now),
      ...(await staleDatasets(promised, queue, paused, now)),
    ];
  } finally {
    await queue.close();
  }
}

function promisedBy(program: Program): Promised {
  return {
    jobs: program.jobs.map(({ name, slaMs, builds }) => ({
      name,
      tasks: builds.map((id) => ({ id })),
      ...(slaMs === null ? {} : { slaMs }),
    })),
    datasets: program.datasets.map((dataset) => ({ name: dataset.name, ...freshness(dataset) })),
    blackouts: program.blackouts,
  };
}
