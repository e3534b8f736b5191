/**
 * What a stage sees and gives: a Rel, the columns that names reach, and what is known of its rows.
 *
 * Names go by scope (`language.md`): a column is `c`, or `a.c` by the qualifier it came in with. A scope's columns may be
 * fewer than its Rel's: what is hidden there (a merged `using` column, a sort key that `select` left out) is dropped at the end.
 */
import type { ColumnId, Expr, Rel, RelColumn, SortKey } from '../relational/rel.ts';
import type { Column, Origin, Validity } from '../relational/types.ts';
import { forEachExpr } from '../relational/walk.ts';
import type { Query, SqlSelect, Stage } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { CheckContext, DatasetRef } from './context.ts';
import type { Reach } from './trace.ts';

/** Why a qualified name no longer means its column: what happened to it, and by which stage. */
export interface Gone {
  readonly how: 'set' | 'drop' | 'rename';
  /** The name it has now, where it has one. */
  readonly now: string | null;
}

/** `a` in `a.c`. */
export interface Qualifier {
  readonly name: string;
  readonly columns: readonly RelColumn[];
  /** Where the name was given; null where it is the dataset's own. */
  readonly given: Span | null;
  /** The dataset behind it, for messages. */
  readonly dataset: DatasetRef | null;
  readonly gone: ReadonlyMap<string, Gone> | null;
}

/** What a bare name reaches: one column, or several under one name. */
type Reached = RelColumn | readonly RelColumn[];

export class Scope {
  /** In the order that `select *` gives them; a name may repeat where it came from two sides. */
  readonly columns: readonly RelColumn[];
  readonly qualifiers: readonly Qualifier[];
  /** True where an earlier error left columns untold: an unknown name is then not an error of its own. */
  readonly broken: boolean;
  #byName: Map<string, Reached> | null = null;

  constructor(columns: readonly RelColumn[], qualifiers: readonly Qualifier[], broken: boolean) {
    this.columns = columns;
    this.qualifiers = qualifiers;
    this.broken = broken;
  }

  /** Columns of the name: one, several (ambiguous), or none. */
  find(name: string): Reached | undefined {
    if (this.#byName === null) {
      this.#byName = new Map();
      for (const column of this.columns) {
        const before = this.#byName.get(column.name);
        this.#byName.set(
          column.name,
          before === undefined ? column : isSeveral(before) ? [...before, column] : [before, column],
        );
      }
    }
    return this.#byName.get(name);
  }

  /** The qualifiers of a name; more than one where two tables share it. */
  qualifier(name: string): Qualifier | undefined {
    for (const qualifier of this.qualifiers) if (qualifier.name === name) return qualifier;
    return undefined;
  }

  /** The same scope with the columns of these ids known not to be null. */
  narrowed(ids: ReadonlySet<ColumnId>): Scope {
    if (
      !this.columns.some((c) => c.nullable && ids.has(c.id)) &&
      !this.qualifiers.some((q) => q.columns.some((c) => c.nullable && ids.has(c.id)))
    )
      return this;
    const narrow = (columns: readonly RelColumn[]): readonly RelColumn[] =>
      columns.map((c) => (c.nullable && ids.has(c.id) ? { ...c, nullable: false } : c));
    return new Scope(
      narrow(this.columns),
      this.qualifiers.map((q) => ({ ...q, columns: narrow(q.columns) })),
      this.broken,
    );
  }
}

export function isSeveral(reached: Reached): reached is readonly RelColumn[] {
  return Array.isArray(reached);
}

export interface Relation {
  readonly rel: Rel;
  readonly scope: Scope;
  /** Sets of columns known to be unique together, hidden ones too; an empty set where there is at most one row. */
  readonly keys: readonly (readonly ColumnId[])[];
  /** Where each row holds for a time (validity.ts). */
  readonly validity?: Validity<ColumnId> | null;
  /** What decides which rows there are: filters, joins, groups. */
  readonly deciders: readonly Origin[];
  /** The order that a `limit` or the end of the query will make real; null where the rows have none. */
  readonly order: readonly SortKey[] | null;
  /** Columns whose rows a join has multiplied, for the lint `join-fanout`. */
  readonly fanouts: readonly Fanout[];
}

export interface Fanout {
  readonly join: Span;
  /** The name of what was joined, as written. */
  readonly joined: string;
  readonly multiplied: ReadonlySet<ColumnId>;
  readonly by: ReadonlySet<ColumnId>;
}

/** A `with` query, by name; the innermost first. */
export interface Named {
  readonly name: string;
  readonly given: Span;
  readonly relation: Relation;
  readonly outer: Named | null;
}

/** What a parameter of a user function stands for where its body is checked. */
export type Binding =
  | { readonly kind: 'value'; readonly value: Expr }
  | { readonly kind: 'column'; readonly name: readonly string[] };

/** A query as seen by one inside its expressions. */
export interface Around {
  readonly scope: Scope;
  /** Whether the stage can join a query that uses its columns. */
  readonly open: boolean;
  /** Its columns that the query inside uses. */
  readonly used: Set<ColumnId>;
}

/** What the checking of one query carries along. */
export interface QueryEnv {
  readonly context: CheckContext;
  /** Every column made so far, by id: where lineage and tags are read from. */
  readonly columns: (RelColumn | undefined)[];
  /** Columns that nobody named: fine until they are stored. */
  readonly unnamed: Set<ColumnId>;
  /** Where a column was last written as an item of a stage: for what is wrong with it where the query ends. */
  readonly places: Map<ColumnId, Span>;
  readonly named: Named | null;
  /** The queries around this one, the innermost first. */
  readonly around: readonly Around[];
  readonly parameters: ReadonlyMap<string, Binding> | null;
  /** How many queries were around where the parameters got their values. */
  readonly parametersDepth: number;
  /** User functions being inlined, outermost first. */
  readonly inlining: readonly string[];
  /** Checks a query; handed in, as expressions hold queries and queries expressions. */
  readonly query: (query: Query | SqlSelect, env: QueryEnv) => Relation;
}

/** Runs stages over rows; null where the first stage has yet to bring some. Handed to the stages that hold stages. */
export type RunStages = (stages: readonly Stage[], input: Relation | null, env: QueryEnv, at: Span) => Relation;

/** A fresh column of the elaboration. */
export function newColumn(env: QueryEnv, column: Column): RelColumn {
  const made: RelColumn = {
    id: env.context.freshId(),
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    inexact: column.inexact,
    doc: column.doc,
    tags: column.tags,
    origins: column.origins,
  };
  env.columns[made.id] = made;
  return made;
}

export function columnExpr(column: RelColumn): Expr {
  return { kind: 'column', id: column.id, type: column.type, nullable: column.nullable, inexact: column.inexact };
}

/** What names reach in a scope, for whoever looks on. */
export function reachOf(scope: Scope, env: QueryEnv): Reach {
  const queries: string[] = [];
  for (let at = env.named; at !== null; at = at.outer) queries.push(at.name);
  return {
    columns: scope.columns,
    tables: scope.qualifiers.map(({ name, columns, gone }) => ({
      name,
      columns: gone === null ? columns : columns.filter((column) => !gone.has(column.name)),
    })),
    queries,
    parameters: [...(env.parameters?.keys() ?? [])],
  };
}

/** The relation where an error left columns out that will be there. */
export function untold(relation: Relation): Relation {
  const { columns, qualifiers, broken } = relation.scope;
  return broken ? relation : { ...relation, scope: new Scope(columns, qualifiers, true) };
}

/** The relation as a filter leaves it: same columns, some of them now known not to be null. */
export function filtered(
  relation: Relation,
  condition: Expr,
  notNull: ReadonlySet<ColumnId>,
  deciders: readonly Origin[],
  at: Span,
): Relation {
  const scope = notNull.size === 0 ? relation.scope : relation.scope.narrowed(notNull);
  const columns =
    scope === relation.scope
      ? relation.rel.columns
      : relation.rel.columns.map((c) => (c.nullable && notNull.has(c.id) ? { ...c, nullable: false } : c));
  return {
    ...relation,
    rel: { kind: 'filter', input: relation.rel, condition, columns, at, label: relation.rel.label },
    scope,
    deciders: joinOrigins(relation.deciders, deciders),
  };
}

/** A column that a projection gives, and the value it is. A column passed on under its own name keeps its id. */
export interface Output {
  readonly column: RelColumn;
  readonly value: Expr;
}

export function passedOn(column: RelColumn): Output {
  return { column, value: columnExpr(column) };
}

/**
 * Projects to `outputs`, with what the pending order still needs beside them, hidden.
 * `scope` is what names reach afterwards.
 */
export function projected(
  relation: Relation,
  outputs: readonly Output[],
  scope: Scope,
  at: Span,
  label: string | null = relation.rel.label,
): Relation {
  const columns = outputs.map((o) => o.column);
  const values = outputs.map((o) => o.value);
  if (relation.order !== null) {
    const given = new Set(columns.map((c) => c.id));
    for (const id of usedColumns(relation.order.map((k) => k.value))) {
      if (given.has(id)) continue;
      const hidden = relation.rel.columns.find((c) => c.id === id);
      if (hidden === undefined) continue;
      given.add(id);
      columns.push(hidden);
      values.push(columnExpr(hidden));
    }
  }
  return {
    ...relation,
    rel: { kind: 'project', input: relation.rel, values, columns, at, label },
    scope,
    fanouts:
      relation.fanouts.length === 0
        ? relation.fanouts
        : relation.fanouts.map((f) => ({
            ...f,
            multiplied: carriedOn(f.multiplied, outputs),
            by: carriedOn(f.by, outputs),
          })),
  };
}

/** A set of columns after a projection: with every new column that is made of nothing else. */
function carriedOn(ids: ReadonlySet<ColumnId>, outputs: readonly Output[]): ReadonlySet<ColumnId> {
  const after = new Set(ids);
  for (const { column, value } of outputs) {
    const used = usedColumns([value]);
    if (used.size > 0 && [...used].every((id) => ids.has(id))) after.add(column.id);
  }
  return after;
}

/** The relation with nothing hidden: its Rel gives what its scope shows, in that order. Row order is lost. */
export function shown(relation: Relation, at: Span): Relation {
  const { columns } = relation.scope;
  if (sameColumns(columns, relation.rel.columns)) return relation;
  return projected({ ...relation, order: null }, columns.map(passedOn), relation.scope, at);
}

export function sameColumns(a: readonly RelColumn[], b: readonly RelColumn[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]?.id !== b[i]?.id) return false;
  return true;
}

/** True where the columns hold a known key together. */
export function coversKey(relation: Relation, ids: ReadonlySet<ColumnId>): boolean {
  return relation.keys.some((key) => key.every((id) => ids.has(id)));
}

// ------------------------------------------------------------------------------------------------ walking values

export function usedColumns(exprs: readonly Expr[]): Set<ColumnId> {
  const ids = new Set<ColumnId>();
  for (const expr of exprs) {
    if (expr.kind === 'column') ids.add(expr.id);
    else {
      forEachExpr(expr, (part) => {
        if (part.kind === 'column') ids.add(part.id);
      });
    }
  }
  return ids;
}

// ------------------------------------------------------------------------------------------------ origins

export const NO_ORIGINS: readonly Origin[] = [];

/** Both lists, each origin once; a direct origin says more than an indirect one of the same column. */
export function joinOrigins(a: readonly Origin[], b: readonly Origin[]): readonly Origin[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  let joined: Origin[] | null = null;
  for (const origin of b) {
    const list = joined ?? a;
    const at = indexOfOrigin(list, origin);
    if (at !== -1) {
      if (list[at]?.kind === 'direct' || origin.kind === 'indirect') continue;
      joined ??= [...a];
      joined[at] = origin;
    } else {
      joined ??= [...a];
      joined.push(origin);
    }
  }
  return joined ?? a;
}

function indexOfOrigin(list: readonly Origin[], origin: Origin): number {
  for (let i = 0; i < list.length; i++) {
    const other = list[i];
    if (other?.column === origin.column && other.dataset === origin.dataset) return i;
  }
  return -1;
}

/** The same origins as deciders: they no longer give the value. */
export function asDeciders(origins: readonly Origin[]): readonly Origin[] {
  if (origins.every((o) => o.kind === 'indirect')) return origins;
  return origins.map((o) => (o.kind === 'indirect' ? o : { dataset: o.dataset, column: o.column, kind: 'indirect' }));
}
