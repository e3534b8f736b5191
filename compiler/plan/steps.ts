/** One dataset → the one step that makes it. */
import type {
  AssertionPlan,
  AtPlan,
  BatchColumn,
  ComputePlan,
  CursorPlan,
  Destination,
  IncrementPlan,
  LoadStep,
  ReaderPlan,
  Step,
  StepOutline,
} from '../../runtime/plan.ts';
import { bounded, cutAtBounds } from '../relational/bounds.ts';
import { isNotTrue } from '../relational/build.ts';
import { isPersonal } from '../relational/mask.ts';
import { optimize, withoutAssertions } from '../relational/optimize.ts';
import type { AssertRel, Rel } from '../relational/rel.ts';
import type { Column } from '../relational/types.ts';
import type { DatasetModel, FunctionModel, Program, SourceModel, TargetModel } from '../semantics/model.ts';
import type { Dialect } from '../sql/dialect.ts';
import { duckdb } from '../sql/duckdb.ts';
import { renderExpr } from '../sql/expr.ts';
import { renderAssertions, renderQuery } from '../sql/select.ts';
import { auditOf, columnName, rowsOfBuild } from './audit.ts';
import { destinationOf, type Relation } from './destination.ts';
import { intervals } from './increments.ts';
import { logged } from './logged.ts';
import { batchType, loadColumn, readerOf } from './reader.ts';
import { type Samples, timeOf, zonesOf } from './sample.ts';

export interface Planning {
  readonly program: Pick<Program, 'project' | 'stores' | 'datasets' | 'environment' | 'sample'>;
  readonly target: TargetModel;
  readonly dialect: Dialect;
  readonly relations: ReadonlyMap<string, Relation>;
  /** Datasets that drive others. */
  readonly logs: ReadonlySet<string>;
  readonly samples: Samples;
}

export function stepOf(dataset: DatasetModel, planning: Planning): Step {
  const relation = planning.relations.get(dataset.name);
  if (relation === undefined) throw new Error(`${dataset.name} is not in the program`);
  const into = destinationOf(dataset, relation, planning);
  if (dataset.source !== null) return loadStep(dataset, dataset.source, into, planning);
  if (dataset.function !== null && dataset.rel !== null)
    return functionStep(dataset, dataset.function, dataset.rel, into, planning);
  if (dataset.rel !== null) return queryStep(dataset, dataset.rel, into, planning);
  throw new Error(`${dataset.name} has neither a query nor a source`);
}

/** Of most datasets without their SQL. What grows says by its SQL how, and is few. */
export function outlineOf(dataset: DatasetModel, planning: Planning): StepOutline {
  const { refresh, source } = dataset;
  if (source !== null || dataset.function !== null || (refresh.kind !== 'view' && refresh.kind !== 'full'))
    return stepOf(dataset, planning);
  const relation = planning.relations.get(dataset.name);
  if (relation === undefined) throw new Error(`${dataset.name} is not in the program`);
  const into = destinationOf(dataset, relation, planning);
  return refresh.kind === 'view' ? { kind: 'view', into } : { kind: 'build', into, increment: null };
}

function loadStep(dataset: DatasetModel, source: SourceModel, into: Destination, planning: Planning): Step {
  const { dialect, relations } = planning;
  const personal = new Set(dataset.row.columns.filter(isPersonal).map(({ name }) => name));
  const from = readerOf(dataset, source, planning.target);
  return {
    kind: 'load',
    from,
    into,
    columns: source.columns.map((column) => loadColumn(column, personal.has(column.name))),
    key: source.key,
    expectations: source.expectations.map(({ text, condition }) => ({
      text,
      // Judged by the embedded engine, whatever the target's is.
      sql: renderExpr(condition, (id) => duckdb.quote(columnName(dataset, id)), duckdb),
    })),
    invalid: source.invalid,
    ...recentOf(dataset, source, planning),
    timezone: source.timezone,
    cursor: from.kind === 'file' ? null : cursorPlan(dataset, source, dialect),
    audit: auditOf(dataset, relations, dialect),
    compute: loading(dataset, from, into, dialect),
  };
}

/** Of a sample of a source: which of its rows are read. */
function recentOf(
  dataset: DatasetModel,
  { timezone }: SourceModel,
  { program, samples }: Planning,
): Pick<LoadStep, 'recent'> {
  const time = timeOf(dataset);
  if (program.sample === undefined || time === null || !samples.has(dataset.name)) return {};
  const timezones = [...new Set([timezone, ...zonesOf(program)])];
  return { recent: { ...time, ms: program.sample.ms, timezones } };
}

/** Rows are judged by the embedded engine, which is the target's own where that is DuckDB. */
function loading({ compute }: DatasetModel, from: ReaderPlan, { storage }: Destination, dialect: Dialect): ComputePlan {
  const what = from.kind === 'file' ? 'a file is read' : 'another database is read';
  if (compute === 'elt' && dialect.engine === 'duckdb' && storage.kind === 'table')
    return { mode: 'elt', why: `the program asks for it: ${what} and its contract checked by the target's own engine` };
  const why = `${what} and its contract checked by the embedded engine before anything is stored`;
  return { mode: 'etl', why: compute === 'etl' ? `the program asks for it: ${why}` : why };
}

/** Files that stand in for a source tell by themselves what is new. */
function cursorPlan(dataset: DatasetModel, { cursor }: SourceModel, dialect: Dialect): CursorPlan | null {
  if (cursor === null) return null;
  const index = dataset.row.columns.findIndex(({ name }) => name === cursor.column);
  const column = dataset.row.columns[index];
  if (column === undefined) throw new Error(`${dataset.name} has no column ${cursor.column}`);
  const since = bounded('greater_or_equal', { ...column, id: index }, 'since');
  return {
    column: cursor.column,
    type: cursor.type,
    lookback: cursor.lookback ?? 0,
    again: cutAtBounds(
      renderExpr(since, () => dialect.quote(cursor.column), dialect),
      ['since'],
    ),
  };
}

function queryStep(dataset: DatasetModel, rel: Rel, into: Destination, planning: Planning): Step {
  const { dialect, relations } = planning;
  const at: AtPlan = { file: dataset.at.file, line: dataset.at.line };
  const table = (name: string): Relation => {
    const relation = relations.get(name);
    if (relation === undefined) throw new Error(`${dataset.name} reads ${name}, which is not in the program`);
    return relation;
  };
  const { refresh } = dataset;
  const promises = refresh.kind === 'view' ? null : promisesOf(rel);
  const assertions: readonly AssertionPlan[] =
    promises === null
      ? renderAssertions(rel, dialect, { table }).map(({ message, sql }) => ({ message, sql, at }))
      : promises.map(({ message, condition }) => ({
          message,
          sql: rowsOfBuild(dataset, isNotTrue(condition), rel.columns, dialect),
          at,
          over: 'build',
        }));
  const sql = renderQuery(optimize(withoutAssertions(rel)), dialect, { head: headOf(dataset), table });
  const audit = auditOf(dataset, relations, dialect);
  if (refresh.kind === 'view') return { kind: 'view', sql, into, assertions, audit };
  const columns = dataset.row.columns.map((column) => ({
    name: column.name,
    sqlType: dialect.type(column.type),
    nullable: column.nullable,
  }));
  // Of a table that grows, those of what comes are the increment's.
  const own = incrementOf(dataset, rel, into, at, planning, table);
  const increment = own === null || promises === null ? own : { ...own, assertions: [] };
  return {
    kind: 'build',
    sql,
    into,
    columns,
    assertions: increment === null || promises !== null ? assertions : [],
    increment,
    audit,
    compute: placement(dataset, into, planning),
  };
}

function incrementOf(
  dataset: DatasetModel,
  rel: Rel,
  { storage }: Destination,
  at: AtPlan,
  { dialect, program }: Planning,
  table: (name: string) => Relation,
): IncrementPlan | null {
  const { refresh } = dataset;
  switch (refresh.kind) {
    case 'view':
    case 'full':
      return null;
    case 'batch':
      return intervals(dataset, rel, refresh, program.sample?.ms, dialect, table);
    case 'append':
    case 'upsert':
      return logged(dataset, rel, storage.log === true, at, dialect, table);
  }
}

/**
 * What is asserted of all that raw SQL gives; null where there is no raw SQL. It is looked at in what was built: asking the
 * SQL once more costs as much as building, and may give other rows.
 */
function promisesOf(rel: Rel): readonly AssertRel[] | null {
  if (rel.kind === 'raw-sql') return [];
  const below = rel.kind === 'assert' ? promisesOf(rel.input) : null;
  return below === null || rel.kind !== 'assert' ? null : [...below, rel];
}

function functionStep(
  dataset: DatasetModel,
  { file, name }: FunctionModel,
  rel: Rel,
  into: Destination,
  planning: Planning,
): Step {
  const { dialect, relations } = planning;
  const table = (read: string): Relation => {
    const relation = relations.get(read);
    if (relation === undefined) throw new Error(`${dataset.name} reads ${read}, which is not in the program`);
    return relation;
  };
  return {
    kind: 'function',
    function: { file, name },
    sql: renderQuery(rel, dialect, { head: headOf(dataset), table }),
    given: rel.columns.map((column) => batchColumn(column, dialect)),
    into,
    columns: dataset.row.columns.map((column) => batchColumn(column, dialect)),
    audit: auditOf(dataset, relations, dialect),
    compute: {
      mode: 'etl',
      why: `\`${name}\` of ${file} runs beside the engine, and its rows are stored when they are done`,
    },
  };
}

export function batchColumn({ name, type, nullable }: Column, dialect: Dialect): BatchColumn {
  return { name, type: batchType(type), sqlType: dialect.type(type), nullable };
}

/** `dwh.marts.delay_by_route: mean delay by route, busiest first (pipelines/marts.pipe:20)`. */
export function headOf(dataset: DatasetModel): readonly string[] {
  const place = `(${dataset.at.file}:${dataset.at.line})`;
  const [first, ...more] = (dataset.doc ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (first === undefined) return [`${dataset.name} ${place}`];
  return [
    `${dataset.name}: ${first}${more.length === 0 ? ` ${place}` : ''}`,
    ...more.map((line, i) => (i === more.length - 1 ? `${line} ${place}` : line)),
  ];
}

/** ETL: computed by the embedded engine and stored elsewhere. ELT: computed where the inputs already are. */
function placement(dataset: DatasetModel, into: Destination, planning: Planning): ComputePlan {
  const engine = planning.dialect.engine;
  if (into.storage.kind === 'lake')
    return { mode: 'etl', why: `the files of the lake are computed and written by the embedded engine` };
  if (dataset.compute === 'etl')
    return { mode: 'etl', why: `the program asks for it; on ${engine} the embedded engine and the target are one` };
  if (dataset.compute === 'elt') return { mode: 'elt', why: 'the program asks for it' };
  if (dataset.reads.length === 0) return { mode: 'elt', why: 'it reads no other dataset' };
  return {
    mode: 'elt',
    why:
      dataset.reads.length === 1
        ? `its input ${dataset.reads[0]} is in the target already`
        : `its ${dataset.reads.length} inputs are in the target already`,
  };
}
