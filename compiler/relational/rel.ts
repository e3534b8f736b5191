/**
 * Rel: the relational intermediate form between the checker and the engines. Plain data, engine-free, typed.
 *
 * Every column a node produces has an id that is unique within one elaborated query, so that the same name may come from
 * two sides of a join and expressions never depend on scope. Names are what a person wrote; they serve readable SQL.
 */
import type { Column, ValueInfo } from './types.ts';

export type ColumnId = number;

/** A column produced by a node. */
export interface RelColumn extends Column {
  readonly id: ColumnId;
}

export type Rel =
  | ScanRel
  | ValuesRel
  | FilterRel
  | ProjectRel
  | AggregateRel
  | JoinRel
  | SetOperationRel
  | SortRel
  | LimitRel
  | DistinctRel
  | AssertRel
  | NamedRel
  | ReferenceRel
  | UnnestRel
  | RawSqlRel;

interface Node {
  /** What this node produces, in order. */
  readonly columns: readonly RelColumn[];
  /** Where in the program it was written: comments in SQL lead back there. Never part of a fingerprint. */
  readonly at: { readonly start: number; readonly end: number } | null;
  /** The alias in scope, for naming CTEs and table aliases. */
  readonly label: string | null;
}

/** Reads a dataset. `columns[i]` is the dataset's column `source[i]`. */
export interface ScanRel extends Node {
  readonly kind: 'scan';
  readonly dataset: string;
  readonly source: readonly string[];
}
export interface ValuesRel extends Node {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expr[])[];
}
export interface FilterRel extends Node {
  readonly kind: 'filter';
  readonly input: Rel;
  readonly condition: Expr;
  /** Where else it was written, as filters are joined to one. */
  readonly also?: readonly NonNullable<Rel['at']>[];
}
/** `columns[i]` is `values[i]`. Window calls may stand here. */
export interface ProjectRel extends Node {
  readonly kind: 'project';
  readonly input: Rel;
  readonly values: readonly Expr[];
}
/** Produces the groups' columns, then the aggregates'. With `sets`, each is the list of group positions it groups by. */
export interface AggregateRel extends Node {
  readonly kind: 'aggregate';
  readonly input: Rel;
  readonly groups: readonly Expr[];
  readonly aggregates: readonly AggregateExpr[];
  readonly sets: readonly (readonly number[])[] | null;
}
/** Produces left's columns then right's; left's alone for semi and anti. `condition` is null for cross. */
export interface JoinRel extends Node {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'semi' | 'anti';
  readonly left: Rel;
  readonly right: Rel;
  readonly condition: Expr | null;
  /** Takes the latest match of the inequality; the other conjuncts are equalities. */
  readonly asof: boolean;
}
/** `inputs[k].columns[mapping[k][i]]` becomes `columns[i]`; types are equal after the casts that the checker put in. */
export interface SetOperationRel extends Node {
  readonly kind: 'set-operation';
  readonly operation: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly inputs: readonly Rel[];
}
export interface SortRel extends Node {
  readonly kind: 'sort';
  readonly input: Rel;
  readonly keys: readonly SortKey[];
}
/** The checker has put a total order below it. */
export interface LimitRel extends Node {
  readonly kind: 'limit';
  readonly input: Rel;
  readonly count: number;
  readonly offset: number;
}
/** With `on`: the first row of each group in the order of `keys`. */
export interface DistinctRel extends Node {
  readonly kind: 'distinct';
  readonly input: Rel;
  readonly on: readonly Expr[] | null;
  readonly keys: readonly SortKey[];
}
/** Passes its input through; a row for which `condition` is not true fails the step before anything is published. */
export interface AssertRel extends Node {
  readonly kind: 'assert';
  readonly input: Rel;
  readonly condition: Expr;
  readonly message: string;
}
/** `with name as (definition)` seen by `body`. */
export interface NamedRel extends Node {
  readonly kind: 'named';
  readonly name: string;
  readonly definition: Rel;
  readonly body: Rel;
}
/** A use of a `named` definition; `columns[i]` is the definition's column `i` under a new id. */
export interface ReferenceRel extends Node {
  readonly kind: 'reference';
  readonly name: string;
}
/** One row for each element; the last column is the element. */
export interface UnnestRel extends Node {
  readonly kind: 'unnest';
  readonly input: Rel;
  readonly value: Expr;
}
/**
 * `sql"""…"""`, by engine. Text in parts; a number stands for an input where the text names its dataset. Columns are found by
 * name and become of their declared types.
 */
export interface RawSqlRel extends Node {
  readonly kind: 'raw-sql';
  /** Scans of the datasets that any of the texts names, each once. */
  readonly inputs: readonly Rel[];
  readonly sql: Readonly<Record<string, readonly (string | number)[]>>;
}

export interface SortKey {
  readonly value: Expr;
  readonly order: 'asc' | 'desc';
  /** Always spelt out in SQL; `last` unless the program says otherwise. */
  readonly nulls: 'first' | 'last';
}

/** Literal values: int64 and decimal as text (exact), date `YYYY-MM-DD`, timestamp `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC. */
export type LiteralValue = null | boolean | string;

export type Expr =
  | (ValueInfo & { readonly kind: 'column'; readonly id: ColumnId })
  | (ValueInfo & { readonly kind: 'literal'; readonly value: LiteralValue })
  /** A scalar function or operator: a row of the function table. `fn` is its key, such as `add`, `lower_ascii`, `and`. */
  | (ValueInfo & { readonly kind: 'call'; readonly fn: string; readonly args: readonly Expr[] })
  | (ValueInfo & {
      readonly kind: 'case';
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr | null;
    })
  /** `widen`: cannot fail (int64 → decimal). `try`: null where it fails. A failing `cast` is a `try` with an assertion below it. */
  | (ValueInfo & { readonly kind: 'cast'; readonly mode: 'widen' | 'try'; readonly value: Expr })
  | (ValueInfo & { readonly kind: 'scalar-subquery'; readonly query: Rel })
  | (ValueInfo & { readonly kind: 'exists'; readonly query: Rel; readonly negated: boolean })
  | (ValueInfo & { readonly kind: 'in-subquery'; readonly value: Expr; readonly query: Rel; readonly negated: boolean })
  | (ValueInfo & { readonly kind: 'list'; readonly items: readonly Expr[] })
  | AggregateExpr
  | WindowExpr;

/** An aggregate call; stands only in AggregateRel.aggregates. */
export interface AggregateExpr extends ValueInfo {
  readonly kind: 'aggregate';
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | null;
  readonly order: readonly SortKey[];
}

/** A window call; stands only in ProjectRel.values. */
export interface WindowExpr extends ValueInfo {
  readonly kind: 'window';
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | null;
  readonly partition: readonly Expr[];
  readonly order: readonly SortKey[];
  readonly frame: WindowFrame | null;
}

export interface WindowFrame {
  readonly unit: 'rows' | 'range';
  readonly from: WindowBound;
  readonly to: WindowBound;
}
export type WindowBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  /** So many rows; in a `range` so far from the order's one key: of an int64, or in days of a date. */
  | { readonly kind: 'preceding' | 'following'; readonly offset: number };

/** The type of an argument or a result where a rule wants one: re-exported so that rules need one import. */
export type { ValueInfo };
