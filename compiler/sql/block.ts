/**
 * The shape of a query between Rel and text: SELECT blocks, each holding as many stages as SQL's order of clauses allows,
 * and the CTEs between them. Expressions in a block stand on the columns of its FROM items.
 */
import { columnRef } from '../relational/build.ts';
import type { ColumnId, Expr, Rel, RelColumn, SortKey } from '../relational/rel.ts';
import { someExpr } from '../relational/walk.ts';

export type Query = Block | Compound | Raw;

/** A stage of the program where it ended up. */
export interface Step {
  /** In the words of a pipeline, shortened. */
  readonly words: string;
  /** Null where nobody wrote it. */
  readonly at: Rel['at'];
  /** The part of the SELECT that says it. */
  readonly clause: Clause;
}

export type Clause = 'select' | 'from' | 'join' | 'where' | 'group' | 'having' | 'order' | 'limit';

export interface Block {
  readonly kind: 'block';
  /** FROM, in order; empty for a query of constants. */
  readonly sources: readonly Source[];
  /** Where the ids come from that the expressions of this block read. */
  readonly bases: ReadonlyMap<ColumnId, Base>;
  /** What comes out, in order. */
  readonly columns: readonly RelColumn[];
  /** The value of each column that is visible, over the bases. */
  readonly values: ReadonlyMap<ColumnId, Expr>;
  readonly where: readonly Expr[];
  readonly group: Group | null;
  readonly having: readonly Expr[];
  readonly distinct: boolean;
  readonly order: readonly SortKey[];
  readonly limit: { readonly count: number; readonly offset: number } | null;
  /** The alias in scope. */
  readonly label: string | null;
  /** The stages folded in here: the comment that leads back. */
  readonly trail: readonly Step[];
}

export interface Group {
  readonly keys: readonly Expr[];
  readonly sets: readonly (readonly number[])[] | null;
  /** The names of the keys' columns, for naming. */
  readonly names: readonly string[];
}

/** `a UNION ALL b`. */
export interface Compound {
  readonly kind: 'compound';
  readonly operation: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly inputs: readonly Query[];
  readonly columns: readonly RelColumn[];
  /** Keys are columns of the result. */
  readonly order: readonly SortKey[];
  readonly limit: { readonly count: number; readonly offset: number } | null;
  readonly label: string | null;
  readonly trail: readonly Step[];
}

/** SQL of the user's own. */
export interface Raw {
  readonly kind: 'raw';
  /** Text, and between its parts what it reads. */
  readonly parts: readonly (string | RawSource)[];
  readonly columns: readonly RelColumn[];
  readonly label: string | null;
  readonly trail: readonly Step[];
}

export type RawSource = Extract<Source['from'], { readonly kind: 'table' | 'cte' }>;

export interface Cte {
  readonly name: string;
  readonly query: Query;
  /** The names of its columns, by position. */
  readonly names: readonly string[];
}

/** An item of FROM. The first has no join. Objects are compared by identity: aliases are given when text is written. */
export interface Source {
  readonly from:
    | { readonly kind: 'table'; readonly dataset: string }
    | { readonly kind: 'cte'; readonly cte: Cte }
    | {
        readonly kind: 'values';
        readonly rows: readonly (readonly Expr[])[];
        readonly columns: readonly RelColumn[];
        readonly names: readonly string[];
      }
    | { readonly kind: 'unnest'; readonly value: Expr; readonly name: string };
  /** How it would like to be called. */
  readonly wish: string;
  readonly join: {
    readonly words: string;
    readonly on: Expr | null;
    /** Of the rows that match, only the first in this order: an `asof join` where the engine has none. */
    readonly latest?: SortKey;
  } | null;
}

export interface Base {
  readonly source: Source;
  /** The column's name there. */
  readonly name: string;
}

const EMPTY: Omit<Block, 'sources' | 'bases' | 'columns' | 'values' | 'label' | 'trail'> = {
  kind: 'block',
  where: [],
  group: null,
  having: [],
  distinct: false,
  order: [],
  limit: null,
};

/** A block that reads the one source, column i of which is called `names[i]`. */
export function blockOver(
  source: Source,
  columns: readonly RelColumn[],
  names: readonly string[],
  label: string | null,
  trail: readonly Step[],
): Block {
  return {
    ...EMPTY,
    sources: [source],
    bases: new Map(columns.map((column, i) => [column.id, { source, name: names[i] ?? column.name }])),
    columns,
    values: identity(columns),
    label,
    trail,
  };
}

/** A block without FROM. */
export function constantBlock(
  columns: readonly RelColumn[],
  values: readonly Expr[],
  where: readonly Expr[],
  label: string | null,
  trail: readonly Step[],
): Block {
  return { ...EMPTY, sources: [], bases: new Map(), columns, values: valuesOf(columns, values), where, label, trail };
}

export const identity = (columns: readonly RelColumn[]): ReadonlyMap<ColumnId, Expr> =>
  new Map(columns.map((column) => [column.id, columnRef(column)]));

export function valuesOf(columns: readonly RelColumn[], values: readonly Expr[]): ReadonlyMap<ColumnId, Expr> {
  return new Map(columns.flatMap((column, i) => (values[i] === undefined ? [] : [[column.id, values[i]]])));
}

export const isWindowed = (block: Block): boolean => [...block.values.values()].some(hasWindow);
export const hasWindow = (expr: Expr): boolean => someExpr(expr, (part) => part.kind === 'window');

/** Nothing after FROM and WHERE: rows are those of the sources, one for one. */
export const isOpen = (block: Block): boolean =>
  block.group === null && !block.distinct && block.limit === null && !isWindowed(block);

/** Each column is a column of a source. */
export const isPlain = (block: Block): boolean => [...block.values.values()].every((value) => value.kind === 'column');

/** Column names, each once: `name`, `name_2`. */
export function uniqueNames(columns: readonly RelColumn[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const name = unused(column.name, taken);
    taken.add(name.toLowerCase());
    return name;
  });
}

/** The wish, or the wish with the least number from 2 that is free. Engines compare without case, so does this. */
export function unused(wish: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wish.toLowerCase())) return wish;
  for (let n = 2; ; n++) if (!taken.has(`${wish}_${n}`.toLowerCase())) return `${wish}_${n}`;
}

/** Every expression of the query, over its bases, without those of its CTEs. */
export function expressionsIn(query: Query): readonly Expr[] {
  switch (query.kind) {
    case 'raw':
      return [];
    case 'compound':
      return query.inputs.flatMap(expressionsIn);
    case 'block':
      return [
        ...query.values.values(),
        ...query.where,
        ...(query.group?.keys ?? []),
        ...query.having,
        ...query.order.map((key) => key.value),
        ...query.sources.flatMap(({ from, join }) => [
          ...(join === null || join.on === null ? [] : [join.on]),
          ...(from.kind === 'unnest' ? [from.value] : from.kind === 'values' ? from.rows.flat() : []),
        ]),
      ];
  }
}

/** The blocks of the query, those of its CTEs left out. */
export function blocksIn(query: Query): readonly Block[] {
  return query.kind === 'block' ? [query] : query.kind === 'compound' ? query.inputs.flatMap(blocksIn) : [];
}
