/** Program → Plan: everything the runtime needs, for one target. The same program gives the same plan, byte for byte. */
import type {
  DatabasePlace,
  DatasetPlan,
  EnginePlan,
  JobPlan,
  Plan,
  StatePlan,
  Step,
  TargetPlan,
  TaskOutline,
  TaskPlan,
  Text,
} from '../../runtime/plan.ts';
import { driverOf } from '../relational/driven.ts';
import type { ColumnId, Expr, Rel } from '../relational/rel.ts';
import { type Column, typeName } from '../relational/types.ts';
import { expressionsOf, forEachRel, someExpr } from '../relational/walk.ts';
import type { EngineName } from '../semantics/functions/table.ts';
import type { DatasetModel, JobModel, Program, TargetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { dialects, engineNamed } from '../sql/registry.ts';
import { canonicalJson, plainText, secretsOf, textOf } from './config.ts';
import { publicRelations, type Relation } from './destination.ts';
import { digest } from './fingerprint.ts';
import { samplesOf } from './sample.ts';
import { pooled, schedulingOf } from './scheduling.ts';
import { outlineOf, type Planning, stepOf } from './steps.ts';

const PLAN_VERSION = 1 satisfies Plan['version'];

/** Tasks at a time of a run that no job describes. */
const CONCURRENCY = 4;

/**
 * @param target name of one of the program's targets
 * @param version version of the compiler
 * @throws Error for a target that the program does not have
 */
export function planProgram(program: Program, target: string, version: string): Plan {
  const planning = planningOf(program, target);
  const steps = new Map(program.datasets.map((dataset) => [dataset.name, stepOf(dataset, planning)]));
  const datasets = program.datasets.map((dataset) => datasetPlan(dataset, planning));
  const jobs = program.jobs.map((job) => jobPlan(job, program, (name) => steps.get(name)));
  const targetPlan = targetOf(program, planning.target);
  const fingerprint = digest({
    target: targetPlan,
    datasets: program.datasets.map((dataset) => [
      dataset.name,
      steps.get(dataset.name)?.into.fingerprint,
      dataset.checks.map((check) => [check.text, check.severity]),
    ]),
    jobs: program.jobs.map(({ doc: _doc, at: _at, ...job }) => job),
    exposures: program.exposures.map((exposure) => [exposure.name, exposure.on]),
  });
  return {
    version: PLAN_VERSION,
    pipec: version,
    project: program.project.name,
    fingerprint,
    target: targetPlan,
    ...(program.environment === undefined ? {} : { environment: program.environment }),
    datasets,
    jobs,
    ...schedulingOf(program, target),
  };
}

/**
 * The job of a run that names datasets, or of all of them where `names` is null: no schedule, no retries.
 * What is not named is not built; its published rows are read. SQL is in the words of `engine`, where one is given.
 */
export function planSelection(
  program: Program,
  target: string,
  names: readonly string[] | null,
  engine?: EngineName,
): JobPlan {
  const planning = planningOf(program, target, engine);
  const chosen = new Set(names ?? program.datasets.map((dataset) => dataset.name));
  const builds = program.datasets.filter((dataset) => chosen.has(dataset.name));
  const steps = new Map(builds.map((dataset) => [dataset.name, stepOf(dataset, planning)]));
  return {
    name: names === null ? 'all' : 'selection',
    doc: null,
    schedule: null,
    catchup: false,
    retries: 0,
    backoff: { kind: 'fixed', initialMs: 1000, maxMs: 1000 },
    timeoutMs: null,
    concurrency: CONCURRENCY,
    waitsFor: [],
    ...pooled(
      tasksOf(builds, program, (name) => steps.get(name)),
      program,
      null,
    ),
  };
}

/** What decides what would be done in a target, of all datasets, in an order that respects what they wait for. */
export function outlineProgram(program: Program, target: string): readonly TaskOutline[] {
  const planning = planningOf(program, target);
  return inOrder(program.datasets, program).map(({ dataset }) => ({
    id: dataset.name,
    step: outlineOf(dataset, planning),
  }));
}

function planningOf(program: Program, name: string, engine?: EngineName): Planning {
  const target = targetNamed(program, name);
  const dialect = engine === undefined ? dialectFor(target) : dialects[engine];
  return {
    program,
    target,
    dialect,
    relations: publicRelations(program),
    logs: logsOf(program),
    samples: samplesOf(program),
  };
}

/** What other datasets are driven by. */
export function logsOf({ datasets }: Pick<Program, 'datasets'>): ReadonlySet<string> {
  return new Set(
    datasets.flatMap(({ refresh, rel }) =>
      (refresh.kind === 'append' || refresh.kind === 'upsert') && rel !== null ? (driverOf(rel) ?? []) : [],
    ),
  );
}

/** What a target is asked in. @throws Error for a target that the program does not have */
export function dialectOf(program: Program, target: string): Dialect {
  return dialectFor(targetNamed(program, target));
}

function targetNamed(program: Program, name: string): TargetModel {
  const target = program.targets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`the project has no target "${name}"`);
  return target;
}

function dialectFor({ engine }: TargetModel): Dialect {
  const named = engineNamed(engine.connector);
  if (named === null) throw new Error(`the engine ${engine.connector} is not supported yet`);
  return dialects[named];
}

function jobPlan(job: JobModel, program: Program, step: (name: string) => Step | undefined): JobPlan {
  const builds = new Set(job.builds);
  return {
    name: job.name,
    doc: job.doc,
    schedule: job.schedule,
    catchup: job.catchup,
    retries: job.retries,
    backoff: job.backoff,
    timeoutMs: job.timeoutMs,
    concurrency: job.concurrency,
    ...(job.priority === 0 ? {} : { priority: job.priority }),
    ...(job.slaMs === null ? {} : { slaMs: job.slaMs }),
    waitsFor: job.waitsFor,
    ...pooled(
      tasksOf(
        program.datasets.filter((dataset) => builds.has(dataset.name)),
        program,
        step,
      ),
      program,
      job.pool,
    ),
  };
}

/** Tasks in an order that respects `after`; ties in the program's order. */
function tasksOf(
  datasets: readonly DatasetModel[],
  program: Program,
  step: (name: string) => Step | undefined,
): readonly TaskPlan[] {
  return inOrder(datasets, program).map(({ dataset, after }) => {
    const made = step(dataset.name);
    if (made === undefined) throw new Error(`${dataset.name} has no step`);
    // Nothing tells whether another database has changed, unless it is pipec's own.
    const isPulled = made.kind === 'load' && made.from.kind !== 'file' && dataset.source?.version === undefined;
    return { id: dataset.name, after, inputs: isPulled ? null : inputsOf(dataset), step: made };
  });
}

/** Each after those of them that it waits for. */
function inOrder(
  datasets: readonly DatasetModel[],
  program: Program,
): readonly { readonly dataset: DatasetModel; readonly after: readonly string[] }[] {
  const here = new Map(datasets.map((dataset) => [dataset.name, dataset]));
  const before = predecessorsOf(program);
  const ordered = new Map<string, { readonly dataset: DatasetModel; readonly after: readonly string[] }>();
  const visit = (name: string): void => {
    const dataset = here.get(name);
    if (dataset === undefined || ordered.has(name)) return;
    const after = [...(before.get(name) ?? [])].filter((other) => here.has(other));
    for (const other of after) visit(other);
    ordered.set(name, { dataset, after });
  };
  for (const dataset of datasets) visit(dataset.name);
  return [...ordered.values()];
}

/** What decides a dataset's rows and checks, sorted; null where the clock or raw SQL does too. */
function inputsOf(dataset: DatasetModel): readonly string[] | null {
  // A function may ask whom it likes.
  if (dataset.function !== null) return null;
  const inputs = new Set(dataset.reads);
  const conditions: Expr[] = dataset.source?.expectations.map(({ condition }) => condition) ?? [];
  for (const { test } of dataset.checks) {
    if (test.kind === 'fresh') return null;
    if (test.kind === 'references') inputs.add(test.dataset);
    if (test.kind === 'rows-hold') conditions.push(test.condition);
  }
  let raw = false;
  if (dataset.rel !== null) {
    forEachRel(dataset.rel, (rel) => {
      raw ||= rel.kind === 'raw-sql';
      conditions.push(...expressionsOf(rel));
    });
  }
  const clock = conditions.some((expr) => someExpr(expr, (part) => part.kind === 'call' && part.fn === 'now'));
  return raw || clock ? null : [...inputs].sort();
}

/**
 * What each dataset waits for: what it reads, and what its checks compare it with as far as that waits for nothing of its
 * own. Two datasets that refer to each other are built in the program's order.
 */
function predecessorsOf(program: Program): ReadonlyMap<string, ReadonlySet<string>> {
  const before = new Map(program.datasets.map((dataset) => [dataset.name, new Set(dataset.reads)]));
  const reaches = (from: string, goal: string, seen: Set<string>): boolean => {
    if (from === goal) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return [...(before.get(from) ?? [])].some((name) => reaches(name, goal, seen));
  };
  for (const { name, checks } of program.datasets) {
    for (const { test } of checks) {
      if (test.kind === 'references' && !reaches(test.dataset, name, new Set())) before.get(name)?.add(test.dataset);
    }
  }
  return before;
}

function datasetPlan(dataset: DatasetModel, { relations }: Planning): DatasetPlan {
  const { schema, name } = relations.get(dataset.name) as Relation;
  return {
    name: dataset.name,
    kind: dataset.kind,
    doc: dataset.doc,
    owner: dataset.owner,
    layer: dataset.layer,
    columns: dataset.row.columns.map((column) => ({
      name: column.name,
      type: typeName(column.type),
      nullable: column.nullable,
      doc: column.doc,
    })),
    key: dataset.key,
    order: dataset.rel === null || dataset.function !== null ? [] : orderOf(dataset.rel),
    reads: dataset.reads,
    view: { schema, name },
    ...freshness(dataset),
    at: { file: dataset.at.file, line: dataset.at.line },
    lineage: lineageOf(dataset),
  };
}

/** The shortest time that its checks allow. */
export function freshness({ checks }: DatasetModel): Pick<DatasetPlan, 'freshMs'> {
  const within = checks.flatMap(({ test }) => (test.kind === 'fresh' ? [test.withinMs] : []));
  return within.length === 0 ? {} : { freshMs: Math.min(...within) };
}

/** Of each column, one step up. */
export function lineageOf({ row }: Pick<DatasetModel, 'row'>): DatasetPlan['lineage'] {
  return row.columns.map((column) => ({ column: column.name, from: parents(column) }));
}

/** How the rows of a query are sorted at its end, by the ids of its columns as far as these say it. */
function sortedBy(rel: Rel): readonly { readonly id: ColumnId; readonly order: 'asc' | 'desc' }[] {
  switch (rel.kind) {
    case 'sort': {
      const keys = rel.keys.map(({ value, order }) => (value.kind === 'column' ? { id: value.id, order } : null));
      return upTo(keys);
    }
    case 'limit':
      return sortedBy(rel.input);
    case 'project':
      return upTo(
        sortedBy(rel.input).map(({ id, order }) => {
          const i = rel.values.findIndex((value) => value.kind === 'column' && value.id === id);
          const column = rel.columns[i];
          return column === undefined ? null : { id: column.id, order };
        }),
      );
    default:
      return [];
  }
}

/** What comes before the first null. */
function upTo<T>(items: readonly (T | null)[]): readonly T[] {
  const end = items.indexOf(null);
  return items.slice(0, end < 0 ? items.length : end).filter((item) => item !== null);
}

/** The order in which the query of a dataset ends, as far as its columns say it: what people want to see first. */
export function orderOf(rel: Rel): DatasetPlan['order'] {
  return sortedBy(rel).flatMap(({ id, order }) => {
    const column = rel.columns.find((candidate) => candidate.id === id);
    return column === undefined ? [] : [{ column: column.name, order }];
  });
}

/** Parents once each, those that are direct and indirect as direct, sorted. */
function parents(column: Column): DatasetPlan['lineage'][number]['from'] {
  const byName = new Map<
    string,
    { readonly dataset: string; readonly column: string; readonly kind: 'direct' | 'indirect' }
  >();
  for (const { dataset, column: name, kind } of column.origins) {
    const key = canonicalJson([dataset, name]);
    if (byName.get(key)?.kind !== 'direct') byName.set(key, { dataset, column: name, kind });
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, parent]) => parent);
}

function targetOf(program: Program, target: TargetModel): TargetPlan {
  return {
    name: target.name,
    engine: engineOf(program, target),
    state: stateOf(program, target),
    ...(target.keep === null ? {} : { keep: target.keep }),
    secrets: secretsOf(target.secrets),
  };
}

function stateOf({ project }: Program, { state }: TargetModel): StatePlan {
  const { path, url } = state?.args ?? {};
  // Projects that share a server do not see each other.
  if (url !== undefined) return { kind: 'postgres', url: textOf(url), schema: `pipec_${project.name}` };
  return { kind: 'sqlite', path: path === undefined ? '.pipec/state.db' : textOf(path) };
}

function engineOf(program: Program, { engine }: TargetModel): EnginePlan {
  const text = (name: string, otherwise: string): Text => {
    const value = engine.args[name];
    return value === undefined ? otherwise : textOf(value);
  };
  const embedded = engine.args['embedded'];
  const place: DatabasePlace =
    embedded?.kind === 'bool' && embedded.value
      ? { kind: 'embedded', path: text('path', `.pipec/${program.project.name}.${engine.connector}`) }
      : { kind: 'server', url: text('url', '') };
  switch (engine.connector) {
    case 'postgres':
      return { kind: 'postgres', place };
    case 'clickhouse':
      return { kind: 'clickhouse', place, database: plainText(engine.args['database']) };
    case 'duckdb':
      return { kind: 'duckdb', path: text('path', `.pipec/${program.project.name}.duckdb`) };
    default:
      throw new Error(`the engine ${engine.connector} is not supported yet`);
  }
}
