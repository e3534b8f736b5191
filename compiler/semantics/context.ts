/**
 * What the checker of queries and expressions asks of the outside. The workspace answers through memoised queries,
 * so every answer asked for becomes a dependency of the declaration being checked.
 */
import type { Code, diagnostic } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/diagnostic.ts';
import type { ColumnId, Rel } from '../relational/rel.ts';
import type { RowType, ValueType } from '../relational/types.ts';
import type { Declaration, QualifiedName } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { Trace } from './trace.ts';

type Params<C extends Code> = Parameters<typeof diagnostic<C>>[1];
type Extras<C extends Code> = Parameters<typeof diagnostic<C>>[3];

/** A dataset as seen by those who read it. */
export interface DatasetRef {
  /** Qualified name. */
  readonly name: string;
  readonly row: RowType;
  /** True where the dataset's own declaration has errors that leave its columns untold: nothing about them is reported again. */
  readonly broken: boolean;
  /** The name in its declaration, for related places. */
  readonly place: Place | null;
}

/** A `fn` declaration, as who calls it sees it. */
export interface UserFunction {
  readonly declaration: Declaration;
  readonly file: string;
  /** The place of a span of the declaration. */
  place(span: Span): Place;
  /** Whether its own check tells of this: then no call does. */
  tells(code: Code, span: Span): boolean;
}

export interface CheckContext {
  /** Reports at a span of the declaration being checked. */
  report<C extends Code>(code: C, params: Params<C>, span: Span, extras?: Extras<C>): void;
  /** The place of a span of the declaration being checked, for related places and fixes. */
  place(span: Span): Place;
  /** Source text of a span of the declaration being checked. */
  text(span: Span): string;
  /** Finds a dataset; reports unknown and ambiguous names itself and then answers null. */
  dataset(name: QualifiedName): DatasetRef | null;
  /** Values of an enum, or null where no enum has the name. */
  enumType(name: string): ValueType | null;
  /** Names of the project's enums, for "did you mean". */
  enumNames(): readonly string[];
  /** A `fn` declaration, or null. Names are exact. */
  userFunction(name: string): UserFunction | null;
  /** Names of user functions, for "did you mean". */
  userFunctionNames(): readonly string[];
  /** Ids for the columns of one elaboration, from 0. */
  freshId(): ColumnId;
  /** Where an editor looks on. */
  readonly trace: Trace | null;
}

/** A query that has been checked. */
export interface ElaboratedQuery {
  readonly rel: Rel;
  readonly row: RowType;
  /** Where each column of `row` was written last; null where no one item of the query stands for it. */
  readonly places: readonly (Span | null)[];
  /** True where errors leave the columns untold; `row` then has those that are known. */
  readonly broken: boolean;
}
