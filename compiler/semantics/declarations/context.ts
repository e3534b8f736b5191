/** What the checks of declarations ask of the project. Every answer asked for becomes a dependency of the declaration. */

import type { Rel } from '../../relational/rel.ts';
import type { Column, RowType, ValueType } from '../../relational/types.ts';
import type { Declaration, Name, QualifiedName } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { Catalog } from '../catalog.ts';
import type { CheckContext, DatasetRef, ElaboratedQuery } from '../context.ts';
import type {
  BlackoutModel,
  CheckModel,
  ConnectorUse,
  ContractColumn,
  DatasetModel,
  DefinedAt,
  ExposureModel,
  JobModel,
  NotifyModel,
  PoolModel,
  SourceModel,
  StoreModel,
  TargetModel,
  TestModel,
} from '../model.ts';
import type { AnswerTo, Question } from '../outside.ts';
import { suggestion } from '../suggest.ts';
import type { DeclarationSymbol, Namespace } from '../symbols.ts';

/** What checking a declaration gives, by kind. Lines in `at` count from the declaration's first one. */
export interface Models {
  project: ProjectModel;
  target: TargetModel;
  enum: ValueType;
  type: TypeModel;
  connection: ConnectionModel;
  store: StoreModel;
  source: DatasetModel;
  table: DatasetModel;
  step: DatasetModel;
  dimension: DatasetModel;
  exposure: ExposureModel;
  /** `builds` as selected, before upstream datasets are shared out between the jobs. */
  job: JobModel;
  pool: PoolModel;
  blackout: BlackoutModel;
  notify: NotifyModel;
  test: TestModel;
  check: ChecksModel;
  fn: null;
}
export type ModelKind = keyof Models;

/** Kinds whose declarations are datasets. */
export type DatasetKind = { [K in ModelKind]: Models[K] extends DatasetModel ? K : never }[ModelKind];

export interface ProjectModel {
  readonly name: string;
  readonly owner: string | null;
  readonly target: string;
}

/** A `type` declaration: the columns of a row, and the contract of a source that has it. */
export interface TypeModel {
  readonly row: RowType;
  readonly contract: readonly ContractColumn[];
  readonly key: readonly string[];
  readonly expectations: SourceModel['expectations'];
  /** True where some columns are wrong and left out. */
  readonly broken: boolean;
}

/** A `check`: checks that stand apart and join those of their dataset. */
export interface ChecksModel {
  readonly dataset: string;
  readonly checks: readonly CheckModel[];
}

export interface ConnectionModel {
  readonly name: string;
  readonly use: ConnectorUse;
}

export interface DeclarationContext extends CheckContext {
  readonly symbol: DeclarationSymbol;
  /** The place in the file of a span of this declaration; lines count from the declaration's first one. */
  definedAt(span: Span): DefinedAt;
  /** The declaration that a name means in its namespace, or null. Nothing is reported. */
  find(namespace: Namespace, name: string): DeclarationSymbol | null;
  names(namespace: Namespace): readonly string[];
  /** Another declaration as written. */
  tree(symbol: DeclarationSymbol): Declaration;
  /** The model of another declaration; null where it has errors. */
  model<K extends ModelKind>(kind: K, symbol: DeclarationSymbol): Models[K] | null;
  /** Where the program may run. */
  targets(): readonly TargetEngine[];
  /** The rows of a dataset, by its full name, with where they come from: what readers see (`dataset`) is without. */
  rowsOf(name: string): RowType | null;
  /** The query behind a table, elaborated; null for a source. */
  elaborated(symbol: DeclarationSymbol): ElaboratedQuery | null;
  /** From here on `freshId` gives ids above all of the relation's. */
  reserveIds(rel: Rel): void;
  /** This dataset's own rows, of `shape`. */
  readonly own: Shape | null;
  /** What was found out about a question; undefined where nobody has. */
  answer<Q extends Question>(question: Q): AnswerTo<Q> | undefined;
  /** All datasets with what they read: for selections. */
  catalog(): Catalog;
}

/** What declarations ask of a target: another path or secret of it is no matter of theirs. */
export interface TargetEngine {
  readonly name: string;
  readonly engine: string;
  /** Whether commands use it where none is named. */
  readonly own: boolean;
}

/** The rows of a dataset. */
export interface Shape {
  readonly row: RowType;
  readonly broken: boolean;
  /** The query; null for a source. */
  readonly query: ElaboratedQuery | null;
}

/** The declaration that `name` means; reports where there is none. `what` says its kind in messages. */
export function resolve(
  namespace: Namespace,
  name: Name,
  what: string,
  context: DeclarationContext,
  extra: readonly string[] = [],
): DeclarationSymbol | null {
  if (name.text === '') return null;
  const symbol = context.find(namespace, name.text);
  if (symbol !== null) context.trace?.name(name, { kind: 'declaration', namespace, name: symbol.name });
  if (symbol === null) reportUnknownName(what, name, [...context.names(namespace), ...extra], context);
  return symbol;
}

export function reportUnknownName(what: string, name: Name, known: readonly string[], context: CheckContext): void {
  context.report('unknown-name', { kind: what, name: name.text }, name, suggestion(name, known, context));
}

export function findColumn(row: RowType, name: string): Column | undefined {
  for (const column of row.columns) if (column.name === name) return column;
  return undefined;
}

/** The columns of a query go by the names of a dataset's. */
export function traceOwned({ rel }: ElaboratedQuery, dataset: string, context: DeclarationContext): void {
  for (const { id, name } of context.trace === null ? [] : rel.columns)
    context.trace?.belongs(id, { kind: 'dataset', name: dataset }, name);
}

/** The dataset that a name means, reported where there is none. */
export function datasetOf(name: QualifiedName, context: DeclarationContext): DatasetRef | null {
  const found = context.dataset(name);
  if (found !== null) context.trace?.dataset(name, found.name);
  return found;
}

/** The column that a property or check names; reports where there is none. */
export function columnOf(
  dataset: string,
  row: RowType,
  name: Name,
  broken: boolean,
  context: CheckContext,
): Column | null {
  const column = findColumn(row, name.text);
  if (column !== undefined) {
    const owner = { kind: 'dataset', name: dataset } as const;
    context.trace?.name(name, { kind: 'owned', owner, column: column.name });
    return column;
  }
  if (!broken && name.text !== '') {
    const known = row.columns.map((each) => each.name);
    context.report('no-such-column', { dataset, column: name.text }, name, {
      ...suggestion(name, known, context),
      notes: [`its columns: ${known.join(', ')}`],
    });
  }
  return null;
}
