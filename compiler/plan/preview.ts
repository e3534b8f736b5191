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
import type { Relation } from './destination.ts';
import { datasetFingerprint, digest } from './fingerprint.ts';
import { logsOf, secretsOf } from './plan.ts';
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
  const datasets = written.map(plain);
  const relations = new Map<string, Relation>();
  for (const dataset of datasets) relations.set(dataset.name, relationOf(dataset, target, relations, sample));
  const planning: Planning = {
    program: { stores: [] },
    target,
    dialect: duckdb,
    relations,
    logs: logsOf({ datasets }),
  };
  const table = (name: string): Relation => {
    const relation = relations.get(name);
    if (relation === undefined) throw new Error(`${name} is read and not in the preview`);
    return relation;
  };
  const stored = datasets.at(-1)?.name ?? '';
  return {
    steps: datasets.map((dataset) => previewStep(dataset, planning, table, sample)),
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

/** Built whole in one table, with no check to pass; of what grows by the greatest of each key, as its first load does it. */
function plain(dataset: DatasetModel): DatasetModel {
  const refresh = dataset.refresh.kind === 'upsert' ? dataset.refresh : ({ kind: 'full' } as const);
  return { ...dataset, checks: [], refresh, compute: 'auto', partitionBy: [] };
}

/** A name that says what decides the rows: the code, what is read of sources, and the same of all that it reads. */
function relationOf(
  dataset: DatasetModel,
  target: TargetModel,
  upstream: ReadonlyMap<string, Relation>,
  sample: number,
): Relation {
  const key = digest({
    own: datasetFingerprint(dataset, { kind: 'table' }),
    from: dataset.source === null ? null : readerOf(dataset, dataset.source, target),
    sample: dataset.source === null ? null : sample,
    reads: dataset.reads.map((name) => upstream.get(name)?.name ?? null),
  });
  return { schema: SCHEMA, name: `${dataset.table}_${key}` };
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
