/**
 * What a generated job is written with. Builders are plain functions that give plain data: exactly the `JobPlan` of the
 * manifest, so that a test can compare the two.
 *
 *   import { dag, elt, etl, load, sql } from 'pipec/runtime';
 *   import { columns, contracts, queries, sources, stores } from '../datasets/flights.ts';
 *
 *   export default dag('flights', { schedule: '0 2 * * *', timezone: 'Europe/Berlin', retries: 3, timeout: '15m' }, ({ task }) => {
 *     const flights = task('raw.flights', load({ from: sources.raw.flights, contract: contracts.raw.flights, into: stores.raw.flights, compute: etl('…') }));
 *
 *     task('core.clean_flights', sql({ query: queries.core.clean_flights, into: stores.core.clean_flights, columns: columns.core.clean_flights, compute: elt('…') }), { after: [flights] });
 *   });
 */
import type {
  AssertionPlan,
  AuditPlan,
  BuildStep,
  ComputePlan,
  CursorPlan,
  FunctionStep,
  IncrementPlan,
  JobPlan,
  LoadStep,
  SqlParts,
  Step,
  TargetPlan,
  TaskPlan,
  ViewStep,
} from './plan.ts';

/** Where the jobs of a build run: what its `target.ts` exports. */
export interface Target extends TargetPlan {
  readonly project: string;
  readonly fingerprint: string;
}

/** A task of the job being written, for `after` of others. */
export type TaskRef = string & { readonly task?: never };

/** A length of time as the language writes it: `10ms`, `30s`, `15m`, `1h`, `7d`. */
export type Duration = `${number}${keyof typeof UNIT_MS}`;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export interface DagOptions {
  /**
   * A cron line, a period, `arrival` for when all of `waitsFor` has been published anew, or null for a job that only runs
   * when told to.
   */
  readonly schedule?: string | { readonly every: Duration } | { readonly arrival: true } | null;
  /** Of the cron line. Default: UTC. */
  readonly timezone?: string;
  /** True: runs that were missed are made up for. Default: false. */
  readonly catchup?: boolean;
  /** Of a task that fails for a reason that may pass. Default: none. */
  readonly retries?: number;
  /** What a task waits before it is tried again. Default: exponential from 30 s to 10 min. */
  readonly backoff?: { readonly kind: JobPlan['backoff']['kind']; readonly initial: Duration; readonly max: Duration };
  /** Of one attempt of one task. Default: none. */
  readonly timeout?: Duration | null;
  /** Tasks at a time. Default: 4. */
  readonly concurrency?: number;
  /** Of what could begin, a scheduler takes the greatest first. Default: 0. */
  readonly priority?: number;
  /** It is late where it is not done so long after it was due. Default: never. */
  readonly sla?: Duration;
  /** How many places there are in each pool that its tasks name. */
  readonly pools?: Readonly<Record<string, number>>;
  /** Datasets that another job builds. */
  readonly waitsFor?: readonly string[];
  readonly doc?: string | null;
}

export interface TaskOptions {
  readonly after?: readonly TaskRef[];
  /**
   * Datasets that decide its rows and checks: while they and its code stay the same, it is not built again. Null: build it
   * at each run. Default: those of `after`.
   */
  readonly inputs?: readonly string[] | null;
  /** It holds a place in this pool of its job while it goes on. Default: none. */
  readonly pool?: string;
}

export interface DagScope {
  /** One task makes one dataset, whose qualified name it bears. */
  readonly task: (id: string, step: Step, options?: TaskOptions) => TaskRef;
}

/** A job: its tasks in the order in which they are written, each after its upstreams. */
export function dag(name: string, options: DagOptions, write: (scope: DagScope) => void): JobPlan {
  const tasks: TaskPlan[] = [];
  write({
    task(id, step, { after = [], inputs = [...after].sort(), pool } = {}) {
      tasks.push({ id, after, inputs, ...(pool === undefined ? {} : { pool }), step });
      return id;
    },
  });
  const { schedule = null, timezone = 'UTC', backoff, timeout = null, priority = 0, sla, pools } = options;
  return {
    name,
    doc: options.doc ?? null,
    schedule:
      schedule === null
        ? null
        : typeof schedule === 'string'
          ? { cron: schedule, timezone }
          : 'arrival' in schedule
            ? schedule
            : { everyMs: milliseconds(schedule.every) },
    catchup: options.catchup ?? false,
    retries: options.retries ?? 0,
    backoff:
      backoff === undefined
        ? { kind: 'exponential', initialMs: 30_000, maxMs: 600_000 }
        : { kind: backoff.kind, initialMs: milliseconds(backoff.initial), maxMs: milliseconds(backoff.max) },
    timeoutMs: timeout === null ? null : milliseconds(timeout),
    concurrency: options.concurrency ?? 4,
    ...(priority === 0 ? {} : { priority }),
    ...(sla === undefined ? {} : { slaMs: milliseconds(sla) }),
    ...(pools === undefined ? {} : { pools }),
    waitsFor: options.waitsFor ?? [],
    tasks,
  };
}

/** @throws Error for what is no length of time: a job may be changed by hand and run without its types checked. */
function milliseconds(duration: Duration): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
  if (count === undefined || unit === undefined)
    throw new Error(`"${duration}" is no length of time: write 10ms, 30s, 15m, 1h or 7d`);
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Rows are computed on the embedded engine and stored when they are done. */
export const etl = (why: string): ComputePlan => ({ mode: 'etl', why });

/** Rows are computed where their inputs already are. */
export const elt = (why: string): ComputePlan => ({ mode: 'elt', why });

/** What a row must be to be let in. */
type Contract = Pick<LoadStep, 'columns' | 'key' | 'expectations' | 'invalid' | 'timezone'>;

/** Reads a source and lets in what fits its contract. `checks` judge the new version before it is seen. */
export function load(
  step: Pick<LoadStep, 'from' | 'into' | 'compute'> & {
    readonly contract: Contract;
    readonly cursor?: CursorPlan;
    readonly checks?: AuditPlan;
  },
): LoadStep {
  const { from, into, contract, cursor = null, checks, compute } = step;
  return { kind: 'load', from, into, ...contract, cursor, audit: checks ?? null, compute };
}

/** Where a bound of the span to be computed stands in a statement: `spanOf\`… "day" >= DATE '${from}' …\``. */
export const from = { bound: 'from' } as const;
export const to = { bound: 'to' } as const;

/** A statement that waits for the span that it computes. */
export const spanOf: Waiting<'from' | 'to'> = waiting;

/** The table that drives another, and the position up to which its rows are known: `rowsAfter\`… "_pipec"."${log}" … > ${after}\``. */
export const log = { bound: 'log' } as const;
export const after = { bound: 'after' } as const;

/** A statement that waits for new rows. */
export const rowsAfter: Waiting<'log' | 'after'> = waiting;

/** Where reading a source again begins: `rowsSince\`"at" >= '${since}'\``. */
export const since = { bound: 'since' } as const;

/** A condition that waits for it. */
export const rowsSince: Waiting<'since'> = waiting;

type Waiting<B extends string> = (
  texts: TemplateStringsArray,
  ...bounds: readonly { readonly bound: B }[]
) => SqlParts<B>;

function waiting<B extends string>(
  texts: TemplateStringsArray,
  ...bounds: readonly { readonly bound: B }[]
): SqlParts<B> {
  return texts.flatMap((text, i) => {
    const bound = bounds[i];
    return bound === undefined ? [text] : [text, bound];
  });
}

/** Computes a dataset by a query in the target. */
export function sql(
  step: Omit<BuildStep, 'kind' | 'audit' | 'sql' | 'assertions' | 'increment'> & {
    readonly query: string;
    readonly increment?: IncrementPlan;
    readonly assertions?: readonly AssertionPlan[];
    readonly checks?: AuditPlan;
  },
): BuildStep {
  const { query, into, columns, assertions = [], increment = null, checks, compute } = step;
  return { kind: 'build', sql: query, into, columns, assertions, increment, audit: checks ?? null, compute };
}

/** Computes a dataset by a function of the project's own, over the rows of a query. */
export function step(
  step: Omit<FunctionStep, 'kind' | 'audit' | 'sql'> & { readonly query: string; readonly checks?: AuditPlan },
): FunctionStep {
  const { function: ref, query, given, into, columns, checks, compute } = step;
  return { kind: 'function', function: ref, sql: query, given, into, columns, audit: checks ?? null, compute };
}

/** A dataset that stores nothing: its public name is its query. */
export function view(
  step: Omit<ViewStep, 'kind' | 'audit' | 'sql' | 'assertions'> & {
    readonly query: string;
    readonly assertions?: readonly AssertionPlan[];
    readonly checks?: AuditPlan;
  },
): ViewStep {
  const { query, into, assertions = [], checks } = step;
  return { kind: 'view', sql: query, into, assertions, audit: checks ?? null };
}
