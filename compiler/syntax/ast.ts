/**
 * The abstract syntax tree of a `.pipe` file.
 *
 * Spans are offsets **relative to the declaration** a node belongs to (`Declaration.start` is the one absolute offset),
 * so that an edit above a declaration leaves its tree equal. The tree is never mutated; types and bindings live elsewhere.
 * Parsing never fails: what is not there is an expression of kind `missing`, or a name with empty text.
 */
import type { Span } from './source.ts';

/** An identifier as written, back-ticks removed; `text` is '' where the parser reported a missing name. */
export interface Name extends Span {
  readonly text: string;
}

/** `a`, `store.schema.name`; `wildcard` when it ends in `.*` (selections). Never empty. */
export interface QualifiedName extends Span {
  readonly parts: readonly Name[];
  readonly wildcard: boolean;
}

// ---------------------------------------------------------------------------------------------- declarations

/** One declaration. Every kind has the same shape; which header words a kind takes is in its table row. */
export interface Declaration {
  /** Absolute offset of the kind's word in the file; every other offset below is relative to it. */
  readonly start: number;
  /** Length of the declaration's text, from its kind's word to its last token. */
  readonly end: number;
  /** The kind's word: `table`, `source`, …, or an unknown word in the shape of a declaration at column 1. */
  readonly kind: Name;
  /** Absent for `test of x`; text '' where it is missing. */
  readonly name: Name | null;
  /** Text of the `///` lines above, without the slashes, joined by newlines. */
  readonly doc: string | null;
  /** `fn` only: its parameters. */
  readonly parameters: readonly Parameter[] | null;
  readonly type: TypeExpr | null;
  readonly of: QualifiedName | null;
  readonly for: QualifiedName | null;
  /** `on selection`: names, `store.schema.*`, or calls such as `tag(x)`, parsed as an expression. */
  readonly on: Expr | null;
  /** `from connector(args…)`, usually a call or a name. */
  readonly from: Expr | null;
  readonly in: QualifiedName | null;
  /** `{ property: value … }`, in the order written. */
  readonly properties: readonly Property[];
  /** Bodies with clauses of their own; `checks` blocks inside properties are `Property` values of kind `checks`. */
  readonly body: Body | null;
  /** What stands after `=`. */
  readonly value: Query | Expr | null;
}

export interface Parameter extends Span {
  readonly name: Name;
  readonly type: TypeExpr | null;
}

export type Body = TypeBody | EnumBody | ChecksBody | TestBody;

export interface TypeBody extends Span {
  readonly kind: 'type-body';
  readonly fields: readonly Field[];
  readonly expectations: readonly CheckClause[];
}

export interface Field extends Span {
  readonly name: Name;
  readonly type: TypeExpr;
  readonly annotations: readonly Annotation[];
  readonly doc: string | null;
}

/** `@key`, `@pii(email)`, `@from('address.country')`. */
export interface Annotation extends Span {
  readonly name: Name;
  readonly args: readonly Argument[];
}

export interface EnumBody extends Span {
  readonly kind: 'enum-body';
  readonly values: readonly { readonly name: Name; readonly doc: string | null }[];
}

export interface ChecksBody extends Span {
  readonly kind: 'checks-body';
  readonly clauses: readonly CheckClause[];
}

/**
 * One clause of a `checks` block (or an `expect` of a type):
 * `expect amount >= 0, 'message'` · `rows between 1 and 10` · `fresh within 26h` · `unique(a, b)` (any call).
 * Each may end in `mostly 0.99` and in a severity, `warn` or `error`.
 */
export interface CheckClause extends Span {
  readonly kind: 'expect' | 'rows' | 'fresh' | 'call';
  /** expect: the condition. rows: `{ low, high }` or a comparison are given as the condition over the name `rows`. fresh: the duration. call: the call. */
  readonly condition: Expr;
  readonly message: StringLiteral | null;
  readonly mostly: Expr | null;
  readonly severity: Name | null;
}

export interface TestBody extends Span {
  readonly kind: 'test-body';
  readonly givens: readonly {
    readonly name: QualifiedName;
    readonly query: Query;
    readonly start: number;
    readonly end: number;
  }[];
  readonly expect: Query | null;
  /** `interval: …` and other properties of the test. */
  readonly properties: readonly Property[];
}

export interface Property extends Span {
  readonly name: Name;
  /** A `checks { … }` block is written without a colon. */
  readonly value: Expr | ChecksBody;
}

// ---------------------------------------------------------------------------------------------- types

/** `decimal(12, 2)?`, `list<string>`, `Order`; text '' in `name` where it is missing. */
export interface TypeExpr extends Span {
  readonly name: Name;
  /** Precision and scale, as written. */
  readonly args: readonly Expr[];
  /** The element of `list<…>`. */
  readonly element: TypeExpr | null;
  readonly nullable: boolean;
}

// ---------------------------------------------------------------------------------------------- queries

export interface Query extends Span {
  readonly kind: 'query';
  /** The first is `from` or `with`, except in the body of a pipe `fn`, which starts at a stage. */
  readonly stages: readonly Stage[];
}

/** What a `from` or a join reads. */
export type TableExpr = Span & { readonly alias: Name | null } & (
    | { readonly kind: 'dataset'; readonly name: QualifiedName }
    | { readonly kind: 'values'; readonly rows: readonly Expr[] }
    | { readonly kind: 'subquery'; readonly query: Query | SqlSelect }
    /** `unnest(xs)`, `file('x.csv')` and pipe functions. */
    | { readonly kind: 'function'; readonly call: Expr }
  );

export type Stage =
  | FromStage
  | WithStage
  | WhereStage
  | SelectStage
  | ExtendStage
  | SetStage
  | DropStage
  | RenameStage
  | AggregateStage
  | JoinStage
  | OrderStage
  | LimitStage
  | DistinctStage
  | SetOperationStage
  | PivotStage
  | UnpivotStage
  | UnnestStage
  | CallStage
  | AsStage
  | AssertStage
  | MissingStage;

/** Where a stage stands that could not be read: what its rows are is not known. */
export interface MissingStage extends Span {
  readonly kind: 'missing';
}
export interface FromStage extends Span {
  readonly kind: 'from';
  readonly tables: readonly TableExpr[];
}
/** `with a as (…), b as (…)`, at the head of a query or as a stage. */
export interface WithStage extends Span {
  readonly kind: 'with';
  readonly queries: readonly NamedQuery[];
}
export interface NamedQuery extends Span {
  readonly name: Name;
  readonly query: Query | SqlSelect;
}
export interface WhereStage extends Span {
  readonly kind: 'where';
  readonly condition: Expr;
}
export interface SelectStage extends Span {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly windows: readonly NamedWindow[];
}
export interface ExtendStage extends Span {
  readonly kind: 'extend';
  readonly items: readonly NamedExpr[];
  readonly windows: readonly NamedWindow[];
}
export interface SetStage extends Span {
  readonly kind: 'set';
  readonly assignments: readonly { readonly name: Name; readonly value: Expr }[];
}
export interface DropStage extends Span {
  readonly kind: 'drop';
  readonly columns: readonly Name[];
}
export interface RenameStage extends Span {
  readonly kind: 'rename';
  readonly pairs: readonly { readonly from: Name; readonly to: Name }[];
}
export interface AggregateStage extends Span {
  readonly kind: 'aggregate';
  readonly items: readonly OrderedExpr[];
  readonly groups: readonly GroupItem[];
  /** `group and order by`. */
  readonly ordered: boolean;
}
export interface JoinStage extends Span {
  readonly kind: 'join';
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross' | 'semi' | 'anti';
  readonly asof: boolean;
  readonly table: TableExpr;
  readonly on: Expr | null;
  readonly using: readonly Name[] | null;
}
export interface OrderStage extends Span {
  readonly kind: 'order';
  readonly keys: readonly OrderKey[];
}
export interface LimitStage extends Span {
  readonly kind: 'limit';
  readonly count: Expr;
  readonly offset: Expr | null;
}
export interface DistinctStage extends Span {
  readonly kind: 'distinct';
  readonly on: readonly Expr[] | null;
  readonly order: readonly OrderKey[];
}
export interface SetOperationStage extends Span {
  readonly kind: 'set-operation';
  readonly operation: 'union' | 'intersect' | 'except';
  /** Null where it was left out (a lint says which it means). */
  readonly quantifier: 'all' | 'distinct' | null;
  readonly tables: readonly TableExpr[];
}
export interface PivotStage extends Span {
  readonly kind: 'pivot';
  readonly aggregates: readonly NamedExpr[];
  readonly column: Expr;
  readonly values: readonly NamedExpr[];
}
export interface UnpivotStage extends Span {
  readonly kind: 'unpivot';
  readonly value: Name;
  readonly column: Name;
  readonly columns: readonly NamedExpr[];
}
/** `unnest xs as x`. */
export interface UnnestStage extends Span {
  readonly kind: 'unnest';
  readonly value: Expr;
  readonly alias: Name | null;
}
export interface CallStage extends Span {
  readonly kind: 'call';
  readonly call: Expr;
}
export interface AsStage extends Span {
  readonly kind: 'as';
  readonly alias: Name;
}
export interface AssertStage extends Span {
  readonly kind: 'assert';
  readonly condition: Expr;
  readonly message: Expr | null;
  /** What is shown of a failing row besides its columns. */
  readonly values: readonly Expr[];
}

/** `expr [as name]`. */
export interface NamedExpr extends Span {
  readonly value: Expr;
  readonly name: Name | null;
}
/** `expr [as name] [asc|desc] [nulls first|last]`. */
export interface OrderedExpr extends NamedExpr {
  readonly order: 'asc' | 'desc' | null;
  readonly nulls: 'first' | 'last' | null;
}
export type SelectItem =
  | (NamedExpr & { readonly kind: 'column' })
  /** `*`, `t.*`, each with `except` and `replace`. */
  | (Span & {
      readonly kind: 'star';
      readonly qualifier: Name | null;
      readonly except: readonly Name[];
      readonly replace: readonly NamedExpr[];
    });
export type GroupItem =
  | (OrderedExpr & { readonly kind: 'key' })
  | (Span & { readonly kind: 'rollup' | 'cube'; readonly keys: readonly NamedExpr[] })
  | (Span & { readonly kind: 'grouping-sets'; readonly sets: readonly (readonly NamedExpr[])[] });
export interface OrderKey extends Span {
  readonly value: Expr;
  readonly order: 'asc' | 'desc' | null;
  readonly nulls: 'first' | 'last' | null;
}

/** `select … from …` in parentheses: SQL's own order, kept as written so that the formatter can print it back. */
export interface SqlSelect extends Span {
  readonly kind: 'sql-select';
  readonly with: readonly NamedQuery[];
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: readonly TableExpr[];
  readonly joins: readonly JoinStage[];
  readonly where: Expr | null;
  readonly groups: readonly GroupItem[];
  readonly having: Expr | null;
  readonly windows: readonly NamedWindow[];
  readonly order: readonly OrderKey[];
  readonly limit: Expr | null;
  readonly offset: Expr | null;
}

// ---------------------------------------------------------------------------------------------- expressions

export type Expr =
  | MissingExpr
  | NameExpr
  | StarExpr
  | NullLiteral
  | BoolLiteral
  | NumberLiteral
  | StringLiteral
  | DateLiteral
  | DurationLiteral
  | IntervalExpr
  | SqlLiteral
  | ListExpr
  | ObjectExpr
  | UnaryExpr
  | BinaryExpr
  | IsExpr
  | BetweenExpr
  | InExpr
  | LikeExpr
  | CaseExpr
  | CastExpr
  | ExtractExpr
  | CallExpr
  | IndexExpr
  | ParenExpr
  | QueryExpr;

export interface MissingExpr extends Span {
  readonly kind: 'missing';
}
/** `a`, `a.b`, `dwh.marts.*`: what it means (column, field, dataset, property word) is the checker's business. */
export interface NameExpr extends Span {
  readonly kind: 'name';
  readonly name: QualifiedName;
}
/** `*` as the argument of `count(*)`. */
export interface StarExpr extends Span {
  readonly kind: 'star-argument';
}
export interface NullLiteral extends Span {
  readonly kind: 'null';
}
export interface BoolLiteral extends Span {
  readonly kind: 'bool';
  readonly value: boolean;
}
/** `text` without `_`; a decimal has a point and no exponent, a float an exponent. */
export interface NumberLiteral extends Span {
  readonly kind: 'number';
  readonly form: 'integer' | 'decimal' | 'float';
  readonly text: string;
}
/** `value` is what the string means, escapes resolved; the formatter prints the source's own spelling. */
export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
}
/** `date '2026-01-31'`, `timestamp '2026-01-31 10:00:00Z'`. */
export interface DateLiteral extends Span {
  readonly kind: 'date-literal';
  readonly type: 'date' | 'timestamp';
  readonly value: string;
}
/** `15m`, `365d`, and SQL's `interval 3 month`. Units: ms s m h d w mo y. */
export interface DurationLiteral extends Span {
  readonly kind: 'duration';
  readonly count: number;
  readonly unit: DurationUnit;
  readonly sqlInterval: boolean;
}
/** `interval n day` whose count is worked out, row for row. */
export interface IntervalExpr extends Span {
  readonly kind: 'interval';
  readonly count: Expr;
  readonly unit: IntervalUnit;
}
export type IntervalUnit = 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'mo' | 'y';
/** `sql"""…"""`. */
export interface SqlLiteral extends Span {
  readonly kind: 'sql';
  readonly text: string;
}
export interface ListExpr extends Span {
  readonly kind: 'list';
  readonly items: readonly Expr[];
}
export interface ObjectExpr extends Span {
  readonly kind: 'object';
  readonly properties: readonly Property[];
}
export interface UnaryExpr extends Span {
  readonly kind: 'unary';
  readonly operator: '-' | '+' | 'not';
  readonly operand: Expr;
}
export type BinaryOperator = 'or' | 'and' | '=' | '<>' | '<' | '<=' | '>' | '>=' | '||' | '+' | '-' | '*' | '/' | '%';
export interface BinaryExpr extends Span {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}
/** `x is [not] null|true|false` (right is null for `null`), `a is [not] distinct from b`. */
export interface IsExpr extends Span {
  readonly kind: 'is';
  readonly test: 'null' | 'true' | 'false' | 'distinct';
  readonly negated: boolean;
  readonly left: Expr;
  readonly right: Expr | null;
}
export interface BetweenExpr extends Span {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly value: Expr;
  readonly low: Expr;
  readonly high: Expr;
}
export interface InExpr extends Span {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly value: Expr;
  readonly items: readonly Expr[] | Query | SqlSelect;
}
export interface LikeExpr extends Span {
  readonly kind: 'like';
  readonly caseInsensitive: boolean;
  readonly negated: boolean;
  readonly value: Expr;
  readonly pattern: Expr;
}
export interface CaseExpr extends Span {
  readonly kind: 'case';
  readonly subject: Expr | null;
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr | null;
}
export interface CastExpr extends Span {
  readonly kind: 'cast';
  readonly safe: boolean;
  readonly value: Expr;
  readonly type: TypeExpr;
}
export interface ExtractExpr extends Span {
  readonly kind: 'extract';
  readonly field: Name;
  readonly value: Expr;
  readonly zone: Expr | null;
}
/** A call, an aggregate or a window; `name` may be qualified. */
export interface CallExpr extends Span {
  readonly kind: 'call';
  readonly name: QualifiedName;
  readonly args: readonly Argument[];
  readonly distinct: boolean;
  /** `string_agg(x, ',' order by y)`. */
  readonly order: readonly OrderKey[];
  readonly nulls: 'respect' | 'ignore' | null;
  readonly filter: Expr | null;
  readonly over: WindowSpec | null;
}
/** A positional or a named (`key: value`) argument. */
export interface Argument extends Span {
  readonly name: Name | null;
  readonly value: Expr;
}
/** `over (…)`; `over w` is a window with a base and no parts of its own. */
export interface WindowSpec extends Span {
  /** The named window that it takes its parts from. */
  readonly base: Name | null;
  readonly partition: readonly Expr[];
  readonly order: readonly OrderKey[];
  readonly frame: WindowFrame | null;
}
/** `w as (partition by a order by b)`, after `window`. */
export interface NamedWindow extends Span {
  readonly name: Name;
  readonly window: WindowSpec;
}
export interface WindowFrame extends Span {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly from: FrameBound;
  readonly to: FrameBound | null;
}
export interface FrameBound extends Span {
  readonly kind: 'unbounded-preceding' | 'preceding' | 'current-row' | 'following' | 'unbounded-following';
  readonly offset: Expr | null;
}
export interface IndexExpr extends Span {
  readonly kind: 'index';
  readonly value: Expr;
  readonly index: Expr;
}
export interface ParenExpr extends Span {
  readonly kind: 'paren';
  readonly inner: Expr;
}
/** A scalar subquery, `exists (…)`, or a parenthesised query as a property's value. */
export interface QueryExpr extends Span {
  readonly kind: 'query-expr';
  readonly exists: boolean;
  readonly query: Query | SqlSelect;
}

/** Marks a `switch` as exhaustive: the compiler refuses the call where a case is missing. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
