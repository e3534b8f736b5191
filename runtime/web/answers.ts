/** What the server knows, put into the shapes that the page asks for. */
import { environmentsIn } from '../environments.ts';
import type { DatasetPlan, JobPlan, Plan, Step, TaskPlan } from '../plan.ts';
import { scheduleText, timesOf } from '../schedule/times.ts';
import type { RunRecord } from '../state/records.ts';
import type { State } from '../state/state.ts';
import { allVersions, type TargetPlace, targetStatus } from '../status.ts';
import type {
  DatasetAnswer,
  DatasetsAnswer,
  EnvironmentsAnswer,
  JobAnswer,
  JobRow,
  JobsAnswer,
  LogAnswer,
  PoolRow,
  RowsAnswer,
  RunAnswer,
  RunsAnswer,
  StandingAnswer,
  StatusAnswer,
} from './api.ts';
import type { History } from './history.ts';

export interface Knowledge {
  readonly plan: Plan;
  readonly place: TargetPlace;
  /** The record that a dataset's status is read from. */
  readonly state: State;
  readonly history: History;
  /** Rows that broke a source's contract, with personal data masked. */
  readonly quarantine: (dataset: string) => Promise<RowsAnswer>;
  readonly now: () => number;
}

/** Runs that a job is shown with in the list. */
const BARS = 30;
/** Runs of the grid. */
const COLUMNS = 50;
const LATEST = 200;
/** Events of a run that are sent at a time. */
const EVENTS = 2000;
/** With so many of the last ones a log begins. */
const LATEST_EVENTS = 10_000;
/** What went wrong lately. */
const HAPPENED = 20;
/** Checks that do not hold. */
const BROKEN = 100;
const FRESH_MS = 1000;
/** Steps around a dataset. */
const AROUND = 2;
/** Datasets of a picture: more tell nothing. */
const MOST_BOXES = 80;

export class Answers {
  readonly #known: Knowledge;
  readonly #jobs: ReadonlyMap<string, JobPlan>;
  readonly #datasets: ReadonlyMap<string, DatasetPlan>;
  readonly #readers: ReadonlyMap<string, readonly string[]>;
  #standing: { readonly at: number; readonly answer: Promise<StandingAnswer> } | null = null;
  /** Which job makes a dataset, and how. */
  readonly #makers: ReadonlyMap<string, { readonly job: string; readonly task: TaskPlan }>;

  constructor(known: Knowledge) {
    const { jobs, datasets } = known.plan;
    this.#known = known;
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#datasets = new Map(datasets.map((dataset) => [dataset.name, dataset]));
    this.#makers = new Map(jobs.flatMap((job) => job.tasks.map((task) => [task.id, { job: job.name, task }] as const)));
    const readers = new Map<string, string[]>(datasets.map(({ name }) => [name, []]));
    for (const { name, reads } of datasets) for (const read of reads) readers.get(read)?.push(name);
    this.#readers = readers;
  }

  async jobs(): Promise<JobsAnswer> {
    return { jobs: await this.rows(null) };
  }

  /** @param names null is all */
  async rows(names: ReadonlySet<string> | null): Promise<readonly JobRow[]> {
    const { history, plan } = this.#known;
    const meant = plan.jobs.filter(({ name }) => names === null || names.has(name));
    if (meant.length === 0) return [];
    const [runs, queue] = [await this.#lastRuns(names), await history.queue()];
    const queued = Map.groupBy(
      queue.open.filter(({ status }) => status === 'queued'),
      ({ job }) => job,
    );
    return meant.map((job) =>
      this.#row(job, runs.get(job.name) ?? [], queue.paused, queued.get(job.name)?.length ?? 0),
    );
  }

  /** A few are asked for one by one. */
  async #lastRuns(names: ReadonlySet<string> | null): Promise<ReadonlyMap<string | null, readonly RunRecord[]>> {
    const { history } = this.#known;
    if (names === null || names.size > 20) return await history.lastRuns(BARS);
    const found = new Map<string, readonly RunRecord[]>();
    for (const name of names) found.set(name, await history.runsOf(name, BARS));
    return found;
  }

  #row({ name, schedule }: JobPlan, runs: readonly RunRecord[], paused: ReadonlySet<string>, queued: number): JobRow {
    const timed = schedule === null || 'arrival' in schedule ? null : timesOf(schedule);
    const next = timed?.after(this.#known.now()) ?? null;
    const [last] = runs;
    return {
      job: name,
      schedule: schedule === null ? null : scheduleText(schedule),
      next: next === null ? null : new Date(next).toISOString(),
      paused: paused.has(name),
      queued,
      last: last === undefined ? null : { run: last.run, status: last.status, startedAt: last.startedAt },
      runs: runs.map(({ status, ms }) => [status, ms] as const).reverse(),
    };
  }

  async job(name: string): Promise<JobAnswer | null> {
    const job = this.#jobs.get(name);
    if (job === undefined) return null;
    const { history } = this.#known;
    const queue = await history.queue();
    const queued = queue.open.filter((entry) => entry.job === name && entry.status === 'queued').length;
    const runs = await history.runsOf(name, COLUMNS);
    const told = await Promise.all(
      runs.map(async (run) => ({
        run,
        tasks: (await history.tasks(run.run)).map(({ task, status, reason, ms }) => ({ task, status, reason, ms })),
      })),
    );
    return {
      ...this.#row(job, runs.slice(0, BARS), queue.paused, queued),
      doc: job.doc,
      tasks: job.tasks.map(({ id, after }) => ({ task: id, after })),
      history: told.reverse(),
    };
  }

  async runs(): Promise<RunsAnswer> {
    return { runs: await this.#known.history.latest(LATEST) };
  }

  /** Pages ask for it whenever something happens: they share an answer that is fresh. */
  async standing(): Promise<StandingAnswer> {
    const now = this.#known.now();
    if (this.#standing === null || !(now - this.#standing.at < FRESH_MS && now >= this.#standing.at))
      this.#standing = { at: now, answer: this.#stand(now) };
    return await this.#standing.answer;
  }

  async #stand(now: number): Promise<StandingAnswer> {
    const { history, plan } = this.#known;
    const [late, broken] = [await history.late(plan, now), await history.broken(BROKEN)];
    return {
      late: late.map(({ dueAt, since, ...one }) => ({
        ...one,
        dueAt: new Date(dueAt).toISOString(),
        since: new Date(since).toISOString(),
      })),
      broken: broken
        .filter(({ task }) => this.#datasets.has(task))
        .map(({ run, task, check, severity, failing, rows, at }) => ({
          run,
          task,
          check,
          severity,
          failing,
          rows,
          at,
        })),
      pools: await this.#pools(),
      happened: (await history.happened(plan, now, HAPPENED)).map(({ at, until, ...one }) => ({
        ...one,
        at: new Date(at).toISOString(),
        until: until === null ? null : new Date(until).toISOString(),
      })),
    };
  }

  /** Of the program, in the order of its jobs. */
  async #pools(): Promise<readonly PoolRow[]> {
    const { history, plan } = this.#known;
    const places = new Map(plan.jobs.flatMap(({ pools = {} }) => Object.entries(pools)));
    if (places.size === 0) return [];
    const poolOf = new Map(plan.jobs.flatMap(({ tasks }) => tasks.map(({ id, pool }) => [id, pool] as const)));
    const running = (await history.latest(LATEST)).filter(({ status }) => status === 'running');
    const inside: (PoolRow['inside'][number] & { readonly pool: string | undefined })[] = [];
    for (const { run, job } of running)
      for (const { task, status } of await history.tasks(run))
        if (status === 'running') inside.push({ pool: poolOf.get(task), task, run, job });
    const queued = (await history.queue()).open.filter(({ status }) => status === 'queued');
    return [...places].map(([pool, count]) => ({
      pool,
      places: count,
      inside: inside.flatMap(({ pool: own, ...one }) => (own === pool ? [one] : [])),
      waiting: queued.filter(({ job }) => pool in (this.#jobs.get(job)?.pools ?? {})).length,
    }));
  }

  /** What the target itself says. @throws PipecError */
  async environments(): Promise<EnvironmentsAnswer> {
    const { place, plan } = this.#known;
    const all = [...(await allVersions(place)).values()];
    return {
      environments: environmentsIn(all.filter((one) => one.gone === null && one.record?.project === plan.project)),
    };
  }

  async run(name: string): Promise<RunAnswer | null> {
    const { history } = this.#known;
    const run = await history.run(name);
    return run === null ? null : { run, tasks: await history.tasks(name), checks: await history.checks({ run: name }) };
  }

  /** @param task null is all of the run @param after null begins where the last that are shown do */
  async log(name: string, task: string | null, after: number | null): Promise<LogAnswer | null> {
    const { history } = this.#known;
    if ((await history.run(name)) === null) return null;
    const limit = after === null ? LATEST_EVENTS : EVENTS;
    const told = await history.events(name, after, limit);
    return {
      events: told.flatMap(({ event }) =>
        event.event !== 'task.progress' && (task === null || !('task' in event) || event.task === task) ? [event] : [],
      ),
      after: told.at(-1)?.seq ?? after ?? 0,
      more: after !== null && told.length === limit,
      cut: after === null && told.length === limit,
    };
  }

  async datasets(): Promise<DatasetsAnswer> {
    const tried = await this.#known.history.lastTried();
    return {
      datasets: [...this.#datasets.values()].map(({ name, reads }) => {
        const last = tried.get(name);
        return {
          dataset: name,
          reads,
          job: this.#makers.get(name)?.job ?? null,
          last:
            last === undefined
              ? null
              : {
                  run: last.run,
                  status: last.status,
                  reason: last.reason,
                  ms: last.ms,
                  rows: last.rows,
                  finishedAt: last.finishedAt,
                },
        };
      }),
    };
  }

  async dataset(name: string): Promise<DatasetAnswer | null> {
    const dataset = this.#datasets.get(name);
    if (dataset === undefined) return null;
    const maker = this.#makers.get(name);
    const step = maker?.task.step;
    const { kind, doc, owner, layer, at, key, columns, lineage, reads } = dataset;
    return {
      dataset: name,
      kind: step?.kind === 'view' ? 'view' : kind,
      doc,
      owner,
      layer,
      at,
      key,
      columns,
      lineage,
      reads,
      readers: this.#readers.get(name) ?? [],
      job: maker?.job ?? null,
      sql: step === undefined ? null : sqlOf(step),
      checks: (step?.audit?.checks ?? []).map(({ text, severity }) => ({ text, severity })),
      found: await this.#known.history.checks({ task: name }),
      around: this.#around(name),
    };
  }

  /** What the target itself says of it. @throws PipecError */
  async status(name: string): Promise<StatusAnswer | null> {
    const { place, state, now } = this.#known;
    const maker = this.#makers.get(name);
    if (maker === undefined) return null;
    const [status] = await targetStatus({ ...place, tasks: [maker.task], state, now: new Date(now()) });
    return status === undefined ? null : { status };
  }

  /** @throws PipecError */
  async quarantine(name: string): Promise<RowsAnswer | null> {
    return this.#datasets.get(name)?.kind === 'source' ? await this.#known.quarantine(name) : null;
  }

  /** The dataset, and what feeds it and reads it within a few steps; the nearest first where there are too many. */
  #around(name: string): DatasetAnswer['around'] {
    const found = new Set([name]);
    const walk = (next: (of: string) => readonly string[]): void => {
      let edge = [name];
      for (let step = 0; step < AROUND; step += 1) {
        edge = [...new Set(edge.flatMap(next))].filter((one) => this.#datasets.has(one) && !found.has(one));
        for (const one of edge) if (found.size < MOST_BOXES) found.add(one);
      }
    };
    walk((of) => this.#datasets.get(of)?.reads ?? []);
    walk((of) => this.#readers.get(of) ?? []);
    return [...found].map((dataset) => ({
      dataset,
      reads: (this.#datasets.get(dataset)?.reads ?? []).filter((one) => found.has(one)),
    }));
  }
}

function sqlOf(step: Step): string | null {
  return step.kind === 'load' ? null : step.sql;
}
