/** What operators do from the page: run, retry, backfill, cancel, pause. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../runtime/events.ts';
import type { RunListener } from '../../runtime/listeners.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import type { Launched } from '../../runtime/schedule/scheduler.ts';
import type { Actions } from '../../runtime/web/actions.ts';
import type { History } from '../../runtime/web/history.ts';

/** Hears of what is begun from the page. */
export interface PageLog {
  readonly tell: (event: ScheduleEvent) => void;
  /** Hears one run; undefined where nobody reads that much. */
  readonly run: () => RunListener | undefined;
}

interface Begin {
  readonly person: string | null;
  /** Whose timeout holds; null of what is no job. */
  readonly job: string | null;
  /** For people. */
  readonly what: string;
  readonly words: readonly string[];
}

export interface Means {
  /** Of the command line, which a process is started with. */
  readonly module: string;
  readonly root: string;
  readonly plan: Pick<Plan, 'target' | 'jobs' | 'datasets'>;
  readonly history: Pick<History, 'run' | 'pause' | 'askToCancel' | 'record'>;
  /** What goes on, to be ended with the page. */
  readonly started: Set<Launched>;
  readonly log?: PageLog;
  /** How long a process may take to stop; default: as those of a scheduler. */
  readonly stoppingMs?: number;
}

/** Each does what the command of its name does: pausing and cancelling in the record, the rest as a process of its own. */
export async function actionsOf({ module, root, plan, history, started, log, stoppingMs }: Means): Promise<Actions> {
  const { Declined } = await import('../../runtime/web/actions.ts');
  const { launch } = await import('../../runtime/schedule/launch.ts');
  const target = plan.target.name;
  const known = (job: string): string => {
    if (!plan.jobs.some(({ name }) => name === job)) throw new Declined(`there is no job \`${job}\``);
    return job;
  };
  const runOf = async (name: string) => {
    const run = await history.run(name);
    if (run === null) throw new Declined(`there is no run \`${name}\` in \`${target}\``);
    return run;
  };
  /** A run tells that it begins before it is in the record; where it does not get there, who asks later is told. */
  const recorded = async (run: string): Promise<string> => {
    for (let tries = 0; tries < 100 && (await history.run(run)) === null; tries += 1) await sleep(20);
    return run;
  };
  /** Answers when the run has begun, or has ended before it began. */
  const begin = async ({ person, job, what, words }: Begin): Promise<string> =>
    await new Promise((resolve, reject) => {
      const program = { module, folder: root, by: 'page', person } as const;
      const timeoutMs = plan.jobs.find(({ name }) => name === job)?.timeoutMs ?? null;
      const limits = { timeoutMs, ...(stoppingMs === undefined ? {} : { stoppingMs }) };
      const args = [...words, '--target', target, '--json'];
      let begun: { readonly run: string; readonly at: number } | null = null;
      const hear = (run: string): void => {
        begun = { run, at: performance.now() };
        log?.tell({ event: 'schedule.begun', at: new Date().toISOString(), what, run, person });
        resolve(recorded(run));
      };
      const note = (events: readonly RunEvent[]): Promise<void> => history.record(events);
      const launched = launch({ ...program, args, ...limits, note }, hear, log?.run());
      started.add(launched);
      void launched.ended.then(({ status, said }) => {
        started.delete(launched);
        if (begun !== null) {
          const ms = Math.round(performance.now() - begun.at);
          log?.tell({ event: 'schedule.ended', at: new Date().toISOString(), what, run: begun.run, status, ms, said });
        }
        // One that had nothing to do ends without a run and without a word.
        if (said === null && status !== 'cancelled') resolve('Nothing is left to do.');
        else reject(new Declined(said ?? `it was ${status} before it began`));
      });
    });
  return {
    run: async ({ job }, person) =>
      await begin({ person, job, what: `run ${known(job)}`, words: ['run', `job:${job}`] }),
    retry: async ({ run }, person) => {
      const { status, job } = await runOf(run);
      if (status === 'running') throw new Declined(`the run ${run} goes on`);
      return await begin({ person, job, what: `retry ${run}`, words: ['retry', run] });
    },
    backfill: async ({ dataset, from, to }, person) => {
      if (!plan.datasets.some(({ name }) => name === dataset)) throw new Declined(`there is no dataset \`${dataset}\``);
      const bounds = [...(from === null ? [] : ['--from', from]), ...(to === null ? [] : ['--to', to])];
      const words = ['backfill', dataset, ...bounds];
      return await begin({ person, job: null, what: `backfill ${dataset}`, words });
    },
    cancel: async ({ run }, person) => {
      const record = await runOf(run);
      if (record.status !== 'running') throw new Declined(`the run ${run} is over: it ${record.status}`);
      await history.askToCancel(record, person);
      return `The run ${run} is asked to stop.`;
    },
    pause: async ({ job }, person) => {
      await history.pause(known(job), Date.now(), person);
      return `${job} is paused.`;
    },
    resume: async ({ job }, person) => {
      await history.pause(known(job), null, person);
      return `${job} goes on.`;
    },
  };
}
