/** What has run, as the page asks it; answered from the record of runs and the queue of a target. */
import type { RunEvent } from '../events.ts';
import { type Happened, happened } from '../schedule/happened.ts';
import { type Late, lateRuns, type Promised, staleDatasets } from '../schedule/late.ts';
import { Queue, type QueuedRun } from '../schedule/queue.ts';
import type { StatePlace } from '../state/place.ts';
import type { CheckRecord, RunRecord, TaskRecord } from '../state/records.ts';
import { State } from '../state/state.ts';

/** Runs that are looked through for what went wrong. */
const FAR = 500;

export interface History {
  /** The last runs of each job, newest first; under null those of selections. */
  lastRuns(each: number): Promise<ReadonlyMap<string | null, readonly RunRecord[]>>;
  /** Of all jobs and selections, newest first. */
  latest(limit: number): Promise<readonly RunRecord[]>;
  runsOf(job: string | null, limit: number): Promise<readonly RunRecord[]>;
  run(run: string): Promise<RunRecord | null>;
  tasks(run: string): Promise<readonly TaskRecord[]>;
  /** How each dataset ended when it was tried last, by dataset. */
  lastTried(): Promise<ReadonlyMap<string, TaskRecord>>;
  checks(of: { readonly run: string } | { readonly task: string }): Promise<readonly CheckRecord[]>;
  /** What does not hold, as the last run found that judged each dataset; newest first. */
  broken(limit: number): Promise<readonly CheckRecord[]>;
  /** What should be done by now and is not. */
  late(promised: Promised, now: number): Promise<readonly Late[]>;
  /** What went wrong lately, newest first. */
  happened(promised: Promised, now: number, limit: number): Promise<readonly Happened[]>;
  /** After a position; of null the last ones. In their order. */
  events(run: string, after: number | null, limit: number): Promise<readonly Told[]>;
  /** What any run has told after a position. */
  told(after: number, limit: number): Promise<readonly Told[]>;
  /** The position of what was told last; 0 where nothing was. */
  position(): Promise<number>;
  /** What is due or runs, those due first coming first; and which jobs are paused. */
  queue(): Promise<{ readonly open: readonly QueuedRun[]; readonly paused: ReadonlySet<string> }>;
  /** @param person who has signed in, for the audit */
  pause(job: string, at: number | null, person: string | null): Promise<void>;
  askToCancel(run: RunRecord, person: string | null): Promise<void>;
  /** Notes what became of a run whose process cannot say so itself. */
  record(events: readonly RunEvent[]): Promise<void>;
  close(): Promise<void>;
}

export interface Told {
  readonly seq: number;
  readonly event: RunEvent;
}

/** @throws PipecError `state-unusable`, `state-damaged` */
export async function openHistory(place: StatePlace, target: string): Promise<History & { readonly state: State }> {
  const state = await State.open(place);
  const queue = await Queue.open(place, target);
  const own = (run: RunRecord): boolean => run.target === target;
  return {
    state,
    lastRuns: async (each) => Map.groupBy(await state.lastRuns(target, each), ({ job }) => job),
    latest: async (limit) => (await state.runs(limit)).filter(own),
    runsOf: (job, limit) => state.runsOf(target, job, limit),
    run: async (run) => {
      const found = await state.run(run);
      return found !== null && own(found) ? found : null;
    },
    tasks: (run) => state.tasks(run),
    lastTried: () => state.lastTried(target),
    checks: (of) => state.checks(of),
    broken: (limit) => state.broken(target, limit),
    late: async (promised, now) => {
      const paused = await queue.paused();
      const runs = lateRuns(promised, await queue.undone(), paused, now);
      return [...runs, ...(await staleDatasets(promised, queue, paused, now))];
    },
    happened: async (promised, now, limit) => {
      const runs = (await state.runs(FAR)).filter(own);
      return happened(promised, await queue.latest(FAR), runs, now, limit);
    },
    events: (run, after, limit) => (after === null ? state.lastEvents(run, limit) : state.events(run, after, limit)),
    told: (after, limit) => state.told(after, limit),
    position: () => state.position(),
    queue: async () => ({ open: await queue.open(), paused: await queue.paused() }),
    pause: (job, at, person) => queue.pause(job, at, { by: 'page', person }),
    askToCancel: (run, person) => state.askToCancel(run, { by: 'page', person }),
    record: (events) => queue.record(events),
    close: async () => {
      await state.close();
      await queue.close();
    },
  };
}
