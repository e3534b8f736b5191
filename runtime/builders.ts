/**
 * What a generated job is written with. Builders are plain functions that give plain data: exactly the `JobPlan` of the
 * manifest, so that a test can compare the two.
 *
 *   import { dag, load, sql } from 'pipec/runtime';
 *   import { columns, contracts, sources, stores } from '../datasets.ts';
 *   import cleanFlightsSql from '../sql/duckdb/clean_flights.sql';
 *
 *   export default dag('flights', { schedule: '0 2 * * *', timezone: 'Europe/Berlin', retries: 3 }, ({ task }) => {
 *     const flights = task('raw.flights', load({ from: sources.raw.flights, into: stores.raw.flights, ...contracts.raw.flights, compute: { mode: 'etl', why: '…' } }));
 *     task('core.clean_flights', sql({ query: cleanFlightsSql, into: stores.core.clean_flights, columns: columns.core.clean_flights, compute: { mode: 'elt', why: '…' } }), { after: [flights] });
 *   });
 */
import type {
  AssertionPlan,
  AuditPlan,
  BuildStep,
  JobPlan,
  LoadStep,
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

export interface DagOptions {
  /** A cron line, a period, or null for a job that only runs when told to. */
  readonly schedule?: string | { readonly everyMs: number } | null;
  /** Of the cron line. Default: UTC. */
  readonly timezone?: string;
  readonly catchup?: boolean;
  readonly retries?: number;
  readonly backoff?: JobPlan['backoff'];
  /** Of one attempt of one task. */
  readonly timeoutMs?: number | null;
  readonly concurrency?: number;
  /** Datasets that another job builds. */
  readonly waitsFor?: readonly string[];
  readonly doc?: string | null;
}

export interface DagScope {
  /** One task makes one dataset, whose qualified name it bears. */
  readonly task: (id: string, step: Step, options?: { readonly after?: readonly TaskRef[] }) => TaskRef;
}

/** A job: its tasks in the order in which they are written, each after its upstreams. */
export function dag(name: string, options: DagOptions, write: (scope: DagScope) => void): JobPlan {
  const tasks: TaskPlan[] = [];
  write({
    task(id, step, { after = [] } = {}) {
      tasks.push({ id, after, step });
      return id;
    },
  });
  const { schedule = null, timezone = 'UTC' } = options;
  return {
    name,
    doc: options.doc ?? null,
    schedule: typeof schedule === 'string' ? { cron: schedule, timezone } : schedule,
    catchup: options.catchup ?? false,
    retries: options.retries ?? 0,
    backoff: options.backoff ?? { kind: 'exponential', initialMs: 30_000, maxMs: 600_000 },
    timeoutMs: options.timeoutMs ?? null,
    concurrency: options.concurrency ?? 4,
    waitsFor: options.waitsFor ?? [],
    tasks,
  };
}

/** Reads a source and lets in what fits its contract. `checks` judge the new version before it is seen. */
export function load(step: Omit<LoadStep, 'kind' | 'audit'> & { readonly checks?: AuditPlan }): LoadStep {
  const { checks, ...rest } = step;
  return { kind: 'load', ...rest, audit: checks ?? null };
}

/** Computes a dataset by a query in the target. */
export function sql(
  step: Omit<BuildStep, 'kind' | 'audit' | 'sql' | 'assertions'> & {
    readonly query: string;
    readonly assertions?: readonly AssertionPlan[];
    readonly checks?: AuditPlan;
  },
): BuildStep {
  const { query, into, columns, assertions = [], checks, compute } = step;
  return { kind: 'build', sql: query, into, columns, assertions, audit: checks ?? null, compute };
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
