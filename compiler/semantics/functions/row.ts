/**
 * The shape of a row of the function table, and the few ways to write its SQL.
 *
 * A row says what a function means to the checker (`resolve`) and how each engine says it (`sql`). What it means in values
 * is its doc; `test/engines/functions.test.ts` runs every row on every engine over edge values.
 *
 * A cell is total: it gives null or a value for whatever it is handed, and only checked arithmetic raises. A `CASE` around
 * a call that may raise is no guard (an engine computes both), so what is guarded is the argument.
 */
import type { LiteralValue } from '../../relational/rel.ts';
import type { ValueInfo, ValueType } from '../../relational/types.ts';

export type EngineName = 'duckdb' | 'postgres' | 'clickhouse';

/** As people write them. */
export const engineTitles: Readonly<Record<EngineName, string>> = {
  duckdb: 'DuckDB',
  postgres: 'PostgreSQL',
  clickhouse: 'ClickHouse',
};

export const isEngine = (word: string | null): word is EngineName => word !== null && Object.hasOwn(engineTitles, word);

/** A piece of SQL and how tightly its outermost operator binds, so that whoever embeds it knows when to parenthesise. */
export interface SqlFragment {
  readonly sql: string;
  readonly precedence: number;
  /** Of exactly the result's type: it comes out of a query without another cast. */
  readonly exact?: true;
  /**
   * DuckDB: the same number computed in 64 bits, an error where it does not fit them. A sum of such is five times as fast as
   * one of the wide numbers.
   */
  readonly narrow?: SqlFragment;
  /**
   * PostgreSQL, ClickHouse: the same number before it is held to the digits of its type, for whoever looks at what comes
   * of it in turn. It may have as many as `digits`.
   */
  readonly unchecked?: SqlFragment & { readonly digits: number };
}

/** How tightly SQL's operators bind, loosest first. */
export const PRECEDENCE = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  concat: 5,
  additive: 6,
  multiplicative: 7,
  unary: 8,
  postfix: 9,
  atom: 10,
} as const;

/** What a cell may ask about the call it renders. */
export interface CellCall {
  readonly argTypes: readonly ValueType[];
  readonly resultType: ValueType;
  /** The value of each argument that is a literal; undefined where it is not one. */
  readonly literals: readonly (LiteralValue | undefined)[];
  /** True for each argument that may be null: a cell may leave out a guard that cannot matter. */
  readonly nullable: readonly boolean[];
  /** Aggregates and windows: `distinct` before the arguments. */
  readonly distinct: boolean;
  /** Aggregates: what stands after `order by` inside the call, rendered; null where there is no order. */
  readonly orderBy: string | null;
  /** Aggregates: what stands in `filter (where …)`, rendered. */
  readonly filter: string | null;
  /** The same order key by key, for an engine that has no order inside of calls. */
  readonly order: readonly CellKey[];
  /** Windows: what stands in `over (…)`, rendered, '' for an empty one; null for what is not a window call. */
  readonly over: string | null;
  /** A text as a literal of the engine: the only way for a cell to write what a user wrote. */
  quote(text: string): string;
}

export interface CellKey {
  readonly value: SqlFragment;
  readonly type: ValueType;
  readonly nullable: boolean;
  readonly order: 'asc' | 'desc';
  readonly nulls: 'first' | 'last';
}

/** What an engine does not take, in the user's words after "takes no": "distinct values over a window". */
export interface Refusal {
  readonly refused: string;
}

/** Renders one call, or says why the engine does not do it. Arguments are SQL already. */
export type SqlCell = (args: readonly SqlFragment[], call: CellCall) => SqlFragment | Refusal;

/** An argument as `resolve` sees it. */
export interface ArgumentInfo extends ValueInfo {
  /** The value where the argument is a literal. */
  readonly literal: LiteralValue | undefined;
}

export type Resolution = Resolved | Mismatch;
export interface Resolved {
  readonly ok: true;
  /** The type that each argument is widened to before the call. */
  readonly args: readonly ValueType[];
  readonly type: ValueType;
  readonly nullable: boolean;
  readonly inexact: boolean;
}
/** Why the arguments do not fit, in the user's words, such as "`digits` must be a number written out". */
export interface Mismatch {
  readonly ok: false;
  readonly reason: string;
  /** The argument at fault, where it is one. */
  readonly argument: number | null;
  /** The argument is this text, which is no time zone. */
  readonly zone?: string;
}

export interface FunctionRow {
  readonly name: string;
  readonly kind: 'scalar' | 'aggregate' | 'window';
  /** As shown to people: `substr(text: string, start: int64, length?: int64) -> string`; operators as they are written. */
  readonly signatures: readonly string[];
  /** One or two sentences: what it gives, for null, at the edges. */
  readonly doc: string;
  /** `call` in the language, and what it gives in the canonical text of `pipec query`. Null where it needs rows (aggregates, windows). */
  readonly example: { readonly call: string; readonly gives: string } | null;
  /**
   * What the result tells of its inputs, for tags and lineage: `value` their own value, `derived` something made from it,
   * `none` nothing that leads back to it (`count`, `is null`): such inputs only decide.
   */
  readonly carries: 'value' | 'derived' | 'none';
  /** Null where any argument is null. What a condition proves about nulls follows from it. */
  readonly strict: boolean;
  /** Written as an operator, so not to be called by name. */
  readonly operator: boolean;
  /** Aggregates: over no rows they give null, or a value (`count`). */
  readonly overNothing: 'null' | 'value';
  /** An order inside the call (aggregates) or in the window (windows) without which the result would be arbitrary. */
  readonly order: 'required' | 'optional' | 'refused';
  /** Positions that take a word such as `month`, written bare or quoted. */
  readonly words: readonly number[];
  resolve(args: readonly ArgumentInfo[]): Resolution;
  readonly sql: Readonly<Record<EngineName, SqlCell>>;
}

type RowDefaults = 'kind' | 'carries' | 'strict' | 'operator' | 'overNothing' | 'order' | 'words' | 'example';

/** A row with the usual answers filled in: a strict scalar that gives something derived from its inputs. */
export function row(given: Omit<FunctionRow, RowDefaults> & Partial<Pick<FunctionRow, RowDefaults>>): FunctionRow {
  return {
    name: given.name,
    kind: given.kind ?? 'scalar',
    signatures: given.signatures,
    doc: given.doc,
    example: given.example ?? null,
    carries: given.carries ?? 'derived',
    strict: given.strict ?? true,
    operator: given.operator ?? false,
    overNothing: given.overNothing ?? 'null',
    order: given.order ?? (given.kind === 'window' ? 'required' : given.kind === 'aggregate' ? 'refused' : 'optional'),
    words: given.words ?? [],
    resolve: given.resolve,
    sql: given.sql,
  };
}

export const mismatch = (reason: string, argument: number | null = null): Mismatch => ({ ok: false, reason, argument });

// ------------------------------------------------------------------------------------------------ writing SQL

/** The same words on every engine. */
export const everywhere = (cell: SqlCell): Readonly<Record<EngineName, SqlCell>> => ({
  duckdb: cell,
  postgres: cell,
  clickhouse: cell,
});

export const fragment = (sql: string, precedence: number = PRECEDENCE.atom): SqlFragment => ({ sql, precedence });

/** A cast to the result's type. */
export const typed = (sql: string): SqlFragment => ({ sql, precedence: PRECEDENCE.atom, exact: true });

/** The argument's SQL, in parentheses where it binds less tightly than `least`. */
export function operand(args: readonly SqlFragment[], index: number, least: number): string {
  const argument = args[index];
  if (argument === undefined) throw new Error(`a cell asked for argument ${index} of ${args.length}`);
  return argument.precedence < least ? `(${argument.sql})` : argument.sql;
}

/** The argument's SQL where commas and parentheses stand around it. */
export function bare(args: readonly SqlFragment[], index: number): string {
  return operand(args, index, 0);
}

/** `a op b`; of two operators that bind alike the right one is parenthesised. */
export function infix(operator: string, precedence: number): SqlCell {
  return (args) =>
    fragment(`${operand(args, 0, precedence)} ${operator} ${operand(args, 1, precedence + 1)}`, precedence);
}

/** `name(a, b, …)`. */
export function called(name: string): SqlCell {
  return (args) => fragment(`${name}(${args.map((a) => a.sql).join(', ')})`);
}

/**
 * `name(distinct a, b order by …) filter (where …) over (…)`, with what the call has of these.
 * `inner` replaces the arguments.
 */
export function aggregateSql(name: string, args: readonly SqlFragment[], call: CellCall, inner?: string): string {
  const list = inner ?? args.map((a) => a.sql).join(', ');
  const order = call.orderBy === null ? '' : ` ORDER BY ${call.orderBy}`;
  const filter = call.filter === null ? '' : ` FILTER (WHERE ${call.filter})`;
  const over = call.over === null ? '' : ` OVER (${call.over})`;
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${list}${order})${filter}${over}`;
}

/** The SQL of an aggregate or a window whose name on the engine is `name`. */
export function aggregateNamed(name: string): SqlCell {
  return (args, call) => fragment(aggregateSql(name, args, call));
}

/** The cells of each engine from one text: where engines differ in words alone. */
export const onEach = (
  sql: (engine: EngineName, args: readonly SqlFragment[], call: CellCall) => string,
): Readonly<Record<EngineName, SqlCell>> => ({
  duckdb: (args, call) => fragment(sql('duckdb', args, call)),
  postgres: (args, call) => fragment(sql('postgres', args, call)),
  clickhouse: (args, call) => fragment(sql('clickhouse', args, call)),
});

/** A name for each engine. */
export const namedOn = (
  duckdb: string,
  postgres: string,
  clickhouse: string,
): Readonly<Record<EngineName, SqlCell>> => ({
  duckdb: called(duckdb),
  postgres: called(postgres),
  clickhouse: called(clickhouse),
});

/** What `CellCall` is for a scalar call. */
export function scalarCall(
  given: Pick<CellCall, 'argTypes' | 'resultType' | 'literals' | 'nullable' | 'quote'>,
): CellCall {
  return { ...given, distinct: false, orderBy: null, order: [], filter: null, over: null };
}

/** The condition joined to what the call filters by already. */
export const filteredBy = (call: CellCall, condition: string | null): string | null =>
  condition === null ? call.filter : call.filter === null ? condition : `(${call.filter}) AND ${condition}`;
