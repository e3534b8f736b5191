/**
 * Datasets of a program that are read from another target instead of being built: as a view, where that target is the same
 * database, and else as a source whose rows are those of its public view. What reads them need not know.
 */
import { driverOf } from '../relational/driven.ts';
import type { Rel, RelColumn } from '../relational/rel.ts';
import type { ConfigValue, ConnectorUse, DatasetModel, Program, SourceModel, TargetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { canonicalJson } from './config.ts';
import { publicRelations, type Relation } from './destination.ts';
import { timeOf } from './sample.ts';

/** Where rows are read instead. */
export interface DeferredTo {
  readonly target: TargetModel;
  /** What it is asked in, as it is there. */
  readonly dialect: Dialect;
  /** Whether it is the database that is written. */
  readonly isSame: boolean;
  /** What it has, by name: the build that its view shows, null where that is not told. */
  readonly standing: ReadonlyMap<string, string | null>;
}

/** Whether two targets are one database. */
export const isSameDatabase = (one: TargetModel, other: TargetModel): boolean =>
  canonicalJson(one.engine) === canonicalJson(other.engine);

export interface Deferral {
  /** What is built: what was chosen, and what of its inputs cannot be read instead. In the program's order. */
  readonly built: readonly string[];
  readonly deferred: readonly string[];
  readonly program: Program;
}

/**
 * @param chosen is built
 * @param kept stands where it is written, built by this program: it is read as it stands
 */
export function deferInputs(
  program: Program,
  chosen: ReadonlySet<string>,
  kept: ReadonlySet<string>,
  to: DeferredTo,
): Deferral {
  const byName = new Map(program.datasets.map((dataset) => [dataset.name, dataset]));
  const [built, deferred] = [new Set(chosen), new Set<string>()];
  const open = [...chosen];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const dataset = byName.get(name);
    if (dataset === undefined) continue;
    const driver = followed(dataset);
    for (const read of inputsOf(dataset)) {
      if (built.has(read) || kept.has(read)) continue;
      const input = byName.get(read);
      // What follows a log needs the positions of its rows, which a view of another place has not.
      if (input !== undefined && canDefer(input, to) && !(to.isSame && driver === read)) deferred.add(read);
      else {
        deferred.delete(read);
        built.add(read);
        open.push(read);
      }
    }
  }
  for (const name of built) deferred.delete(name);
  const relations = publicRelations({ datasets: program.datasets });
  const datasets = program.datasets.map((dataset) =>
    deferred.has(dataset.name) ? deferredModel(dataset, relations.get(dataset.name), to) : dataset,
  );
  const inOrder = (names: ReadonlySet<string>): readonly string[] =>
    program.datasets.flatMap(({ name }) => (names.has(name) ? [name] : []));
  return { built: inOrder(built), deferred: inOrder(deferred), program: { ...program, datasets } };
}

function followed({ refresh, rel }: DatasetModel): string | null {
  return rel !== null && (refresh.kind === 'append' || refresh.kind === 'upsert') ? driverOf(rel) : null;
}

const inputsOf = ({ reads, checks }: DatasetModel): readonly string[] => [
  ...reads,
  ...checks.flatMap(({ test }) => (test.kind === 'references' ? [test.dataset] : [])),
];

/** A list is no column of a source. */
function canDefer({ name, row }: DatasetModel, { standing, isSame }: DeferredTo): boolean {
  return standing.has(name) && (isSame || row.columns.every(({ type }) => type.kind !== 'list'));
}

function deferredModel(dataset: DatasetModel, relation: Relation | undefined, to: DeferredTo): DatasetModel {
  if (relation === undefined) throw new Error(`${dataset.name} has no public view`);
  const { target, dialect, isSame, standing } = to;
  const { quote } = dialect;
  const view = `${quote(relation.schema)}.${quote(relation.name)}`;
  const plain = { ...dataset, checks: [], reads: [], function: null, deferred: target.name } as const;
  if (isSame) {
    const columns = dataset.row.columns.map((column, id): RelColumn => ({ ...column, id }));
    const text = `SELECT ${columns.map(({ name }) => quote(name)).join(', ')} FROM ${view}`;
    const rel: Rel = { kind: 'raw-sql', inputs: [], sql: { [dialect.engine]: [text] }, columns, at: null, label: null };
    return { ...plain, refresh: { kind: 'view' }, source: null, rel };
  }
  const version = standing.get(dataset.name) ?? null;
  return { ...plain, refresh: { kind: 'full' }, rel: null, source: sourceOf(dataset, view, version, to) };
}

/** Its rows have passed their contract and checks where they were built. */
function sourceOf(dataset: DatasetModel, view: string, version: string | null, { target }: DeferredTo): SourceModel {
  const time = timeOf(dataset);
  return {
    use: reading(target, view),
    columns: dataset.row.columns.map(({ name, type, nullable }) => ({ name, path: [name], type, nullable })),
    key: [],
    expectations: [],
    invalid: 'reject',
    timezone: 'UTC',
    cursor: null,
    connectorProperties: time === null ? {} : { event_time: { kind: 'text', value: time.column } },
    ...(version === null ? {} : { version }),
  };
}

/** Its secrets are where that target has them, whatever the one has that is written. */
function reading({ engine: { connector, args }, secrets }: TargetModel, view: string): ConnectorUse {
  const own = Object.entries(args).map(([name, value]): readonly [string, ConfigValue] => [
    name,
    value.kind === 'secret' ? { ...value, found: secrets } : value,
  ]);
  return { connector, args: { ...Object.fromEntries(own), table: { kind: 'text', value: view } } };
}
