/**
 * The rows that an editor looks at as a plan for DuckDB: what they read is built whole, each dataset under a name of its own
 * that says what decides its rows. So an edit makes new names for what follows from it, and all else is there already.
 */
import type { PreviewColumn, PreviewPlan, PreviewStep } from '../../runtime/preview/messages.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { Rel } from '../relational/rel.ts';
import { type Column, valueName } from '../relational/types.ts';
import type { DatasetModel, TargetModel } from '../semantics/model.ts';
import { duckdb } from '../sql/duckdb.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import { secretsOf } from './config.ts';
import type { Relation } from './destination.ts';
import { datasetFingerprint, digest } from './fingerprint.ts';
import { logsOf } from './plan.ts';
import { readerOf } from './reader.ts';
import { type Planning, stepOf } from './steps.ts';

/** Where all of it is: the schema of a database in memory that is always there. */
const SCHEMA = 'main';

export interface Previewed {
  /** All that is read, each dataset after what it reads. */
  readonly datasets: readonly DatasetModel[];
  /** For whose sources the rows are. */
  readonly target: TargetModel;
  /** The rows looked at; null for those of the last dataset as they are stored. */
  readonly rel: Rel | null;
  readonly columns: readonly Column[];
  /** Rows of each source at most. */
  readonly sample: number;
}

export function previewPlan({ datasets: written, target, rel, columns, sample }: Previewed): PreviewPlan {
  const datasets = written.map((dataset) => known(dataset).plain);
  const relations = new Map<string, Relation>();
  const logs = logsOf({ datasets });
  for (const dataset of written)
    relations.set(
      dataset.name,
      relationOf(dataset, { target, upstream: relations, sample, isLog: logs.has(dataset.name) }),
    );
  const planning: Planning = {
    program: { project: { name: '', owner: null, target: '' }, stores: [], datasets: [] },
    target,
    dialect: duckdb,
    relations,
    logs,
    samples: new Map(),
  };
  const table = (name: string): Relation => {
    const relation = relations.get(name);
    if (relation === undefined) throw new Error(`${name} is read and not in the preview`);
    return relation;
  };
  const stored = datasets.at(-1)?.name ?? '';
  return {
    steps: written.map((dataset) => stepFor(dataset, planning, table, sample)),
    sql:
      rel === null
        ? `SELECT ${columns.map(({ name }) => duckdb.quote(name)).join(', ')} FROM ${duckdb.quote(table(stored).name)}`
        : renderQuery(optimize(withoutAssertions(rel)), duckdb, { table }),
    columns: columns.map(previewColumn),
    assertions: rel === null ? [] : assertionsOf(rel, table),
    secrets: secretsOf(target.secrets),
    sample,
  };
}

/**
 * What was made of datasets, by their models: that of a dataset which has not changed is the same object after an edit
 * elsewhere, and a keystroke then plans no more than it changes.
 */
interface Known {
  /** Built whole in one table, with no check to pass; of what grows by the greatest of each key, as its first load does it. */
  readonly plain: DatasetModel;
  readonly fingerprint: string;
  /** The last, for this name and target. */
  step: { readonly name: string; readonly target: TargetModel; readonly made: PreviewStep } | null;
}
const knownOf = new WeakMap<DatasetModel, Known>();

function known(dataset: DatasetModel): Known {
  const there = knownOf.get(dataset);
  if (there !== undefined) return there;
  const refresh = dataset.refresh.kind === 'upsert' ? dataset.refresh : ({ kind: 'full' } as const);
  const plain: DatasetModel = { ...dataset, checks: [], refresh, compute: 'auto', partitionBy: [] };
  const made = { plain, fingerprint: datasetFingerprint(plain, { kind: 'table' }), step: null };
  knownOf.set(dataset, made);
  return made;
}

/** A name that says what decides the rows: the code, what is read of sources, and the same of all that it reads. */
function relationOf(
  dataset: DatasetModel,
  {
    target,
    upstream,
    sample,
    isLog,
  }: {
    readonly target: TargetModel;
    readonly upstream: ReadonlyMap<string, Relation>;
    readonly sample: number;
    /** It drives another, and keeps the positions of its rows. */
    readonly isLog: boolean;
  },
): Relation {
  const key = digest({
    own: known(dataset).fingerprint,
    from: dataset.source === null ? null : readerOf(dataset, dataset.source, target),
    sample: dataset.source === null ? null : sample,
    reads: dataset.reads.map((name) => upstream.get(name)?.name ?? null),
    isLog,
  });
  return { schema: SCHEMA, name: `${dataset.table}_${key}` };
}

function stepFor(
  dataset: DatasetModel,
  planning: Planning,
  table: (name: string) => Relation,
  sample: number,
): PreviewStep {
  const own = known(dataset);
  const { name } = table(dataset.name);
  const { target } = planning;
  const last = own.step;
  if (last !== null && last.name === name && last.target === target) return last.made;
  const made = previewStep(own.plain, planning, table, sample);
  own.step = { name, target, made };
  return made;
}

function previewStep(
  dataset: DatasetModel,
  planning: Planning,
  table: (name: string) => Relation,
  sample: number,
): PreviewStep {
  const { rel, source } = dataset;
  const asserted = rel === null || dataset.function !== null ? null : rel;
  const step = stepOf(asserted === null ? dataset : { ...dataset, rel: withoutAssertions(asserted) }, planning);
  if (step.kind === 'view') throw new Error(`${dataset.name} is planned as a view`);
  return {
    dataset: dataset.name,
    step: lenient(step, sample),
    reads: dataset.reads.map((name) => table(name).name),
    invalid: source?.invalid ?? null,
    assertions: asserted === null ? [] : assertionsOf(asserted, table),
  };
}

/**
 * What would stop a run is told and does not stop a preview: rows that break a contract stay away, and where a cast fails
 * there is null.
 */
function lenient(step: PreviewStep['step'], sample: number): PreviewStep['step'] {
  switch (step.kind) {
    case 'load':
      return { ...step, sample, invalid: 'quarantine', cursor: null };
    case 'build':
      return { ...step, columns: step.columns.map((column) => ({ ...column, nullable: true })) };
    case 'function':
      return step;
  }
}

/** What raw SQL promises is not asked: it would run the SQL once more for each. */
function assertionsOf(rel: Rel, table: (name: string) => Relation): PreviewPlan['assertions'] {
  if (rel.kind === 'raw-sql' || (rel.kind === 'assert' && isOverRaw(rel))) return [];
  return renderAssertions(rel, duckdb, { table }).map(({ message, sql }) => ({ message, sql }));
}

function isOverRaw(rel: Rel): boolean {
  return rel.kind === 'raw-sql' || (rel.kind === 'assert' && isOverRaw(rel.input));
}

function previewColumn(column: Column): PreviewColumn {
  const { kind } = column.type;
  return {
    name: column.name,
    type: valueName(column),
    numeric: kind === 'int64' || kind === 'float64' || kind === 'decimal',
    inexact: column.inexact || kind === 'float64',
    doc: column.doc,
  };
}
