/**
 * Queries inside expressions that use columns of the rows around them. Engines do not agree on those, so none is left: such
 * a query becomes one over all rows at once, joined to the rows around it.
 *
 * What ties it to them are conditions of its filters. They are lifted out of it, up to its last stage, where they become
 * the condition of the join; an aggregate on the way groups by the query's own side of them, which gives one row for each
 * value that the rows around may ask for.
 */
import type { ColumnId, Rel, RelColumn, Expr as Rex } from '../relational/rel.ts';
import { INT64 } from '../relational/types.ts';
import { columnsUsed, expressionsOf, forEachRel, substitute } from '../relational/walk.ts';
import { conjunction, knownCall, literal, NULL } from './expression-env.ts';
import { functionRow } from './functions/table.ts';
import { lineageOf } from './lineage.ts';
import { columnExpr, newColumn, type QueryEnv } from './relation.ts';
import { widen } from './widening.ts';

/** `own = outer`, with the query's own columns on one side only. */
export interface Tie {
  readonly own: Rex;
  readonly outer: Rex;
}

/** A query without what ties it to the rows around it. */
export interface Lifted {
  readonly rel: Rel;
  /** Over the columns of `rel` and of the rows around. */
  readonly conditions: readonly Rex[];
  /** An aggregate over all rows was among its stages: it gives a row even where nothing is tied to it. */
  readonly overAll: boolean;
}

/** Lifts what uses `outer` columns out of the query; where it cannot, what to write instead. */
export function lift(rel: Rel, outer: ReadonlySet<ColumnId>, env: QueryEnv): Lifted | { readonly reason: string } {
  const lifter = new Lifter(outer, env);
  const free = lifter.rel(rel);
  if (lifter.reason !== null) return { reason: lifter.reason };
  let left = false;
  forEachRel(free, (node) => {
    if (expressionsOf(node).some((expr) => lifter.uses(expr))) left = true;
  });
  return left
    ? { reason: 'use columns of the query around in a `where` of the one inside, and nowhere else in it' }
    : { rel: free, conditions: lifter.conditions, overAll: lifter.overAll };
}

/** The sides of an equality between the query's own columns and those around it. */
export function tieOf(condition: Rex, outer: ReadonlySet<ColumnId>): Tie | null {
  if (condition.kind !== 'call' || condition.fn !== 'equals') return null;
  const [a, b] = condition.args;
  if (a === undefined || b === undefined) return null;
  const [usedA, usedB] = [columnsUsed(a), columnsUsed(b)];
  const isOuter = (used: ReadonlySet<ColumnId>): boolean => used.size > 0 && [...used].every((id) => outer.has(id));
  const isOwn = (used: ReadonlySet<ColumnId>): boolean => used.size > 0 && [...used].every((id) => !outer.has(id));
  if (isOwn(usedA) && isOuter(usedB)) return { own: a, outer: b };
  return isOwn(usedB) && isOuter(usedA) ? { own: b, outer: a } : null;
}

/** What the column of the query is where no row comes into it: of an aggregate over all rows, its value over nothing. */
export function overNothing(rel: Rel, id: ColumnId): Rex {
  const at = rel.columns.findIndex((column) => column.id === id);
  if (rel.kind === 'aggregate' && rel.groups.length === 0) {
    const call = rel.aggregates[at];
    if (call === undefined || functionRow(call.fn)?.overNothing !== 'value') return NULL;
    const { type } = call;
    return type.kind === 'list'
      ? { kind: 'list', items: [], type, nullable: false, inexact: false }
      : literal('0', INT64);
  }
  if (rel.kind === 'project') {
    const value = rel.values[at];
    if (value === undefined) return NULL;
    const below = new Map([...columnsUsed(value)].map((used) => [used, overNothing(rel.input, used)]));
    return withoutNulls(substitute(value, below), value);
  }
  return rel.kind === 'sort' ? overNothing(rel.input, id) : NULL;
}

/** Null where a strict function is given null; the types of what stands there are those of `written`. */
function withoutNulls(value: Rex, written: Rex): Rex {
  const isNull = (expr: Rex): boolean =>
    (expr.kind === 'literal' && expr.value === null) ||
    (expr.kind === 'cast' && isNull(expr.value)) ||
    (expr.kind === 'call' && functionRow(expr.fn)?.strict === true && expr.args.some(isNull));
  return isNull(value)
    ? NULL
    : value.kind === 'literal' && value.type.kind === 'null'
      ? widen(value, written.type)
      : value;
}

export function conjuncts(value: Rex): readonly Rex[] {
  return value.kind === 'call' && value.fn === 'and' ? value.args.flatMap(conjuncts) : [value];
}

class Lifter {
  readonly #outer: ReadonlySet<ColumnId>;
  readonly #env: QueryEnv;
  conditions: readonly Rex[] = [];
  overAll = false;
  reason: string | null = null;

  constructor(outer: ReadonlySet<ColumnId>, env: QueryEnv) {
    this.#outer = outer;
    this.#env = env;
  }

  uses(expr: Rex): boolean {
    for (const id of columnsUsed(expr)) if (this.#outer.has(id)) return true;
    return false;
  }

  rel(rel: Rel): Rel {
    switch (rel.kind) {
      case 'filter': {
        const input = this.rel(rel.input);
        const parts = conjuncts(rel.condition);
        const own = parts.filter((part) => !this.uses(part));
        this.conditions = [...this.conditions, ...parts.filter((part) => this.uses(part))];
        if (own.length === 0) return input;
        return { ...rel, input, condition: conjunction(own), columns: together(rel.columns, input.columns) };
      }
      case 'project': {
        const input = this.rel(rel.input);
        const given = new Set(rel.columns.map((column) => column.id));
        const wanted = new Set(this.conditions.flatMap((condition) => [...columnsUsed(condition)]));
        const extra = input.columns.filter((column) => wanted.has(column.id) && !given.has(column.id));
        return {
          ...rel,
          input,
          values: [...rel.values, ...extra.map(columnExpr)],
          columns: [...rel.columns, ...extra],
        };
      }
      case 'aggregate':
        return this.#aggregate(rel);
      case 'join': {
        const left = this.rel(rel.left);
        const bothSides = rel.type === 'inner' || rel.type === 'cross';
        const right = bothSides && !rel.asof ? this.rel(rel.right) : rel.right;
        const parts = rel.condition === null ? [] : conjuncts(rel.condition);
        const own = bothSides && !rel.asof ? parts.filter((part) => !this.uses(part)) : parts;
        this.conditions = [...this.conditions, ...parts.filter((part) => !own.includes(part))];
        const sides = rel.type === 'semi' || rel.type === 'anti' ? left.columns : [...left.columns, ...right.columns];
        return {
          ...rel,
          left,
          right,
          condition: rel.condition === null ? null : conjunction(own),
          columns: together(rel.columns, sides),
        };
      }
      case 'sort': {
        const input = this.rel(rel.input);
        return { ...rel, input, columns: input.columns };
      }
      case 'limit': {
        const input = this.rel(rel.input);
        return this.conditions.length === 0 ? { ...rel, input } : this.#firstOfEach(rel, input);
      }
      case 'distinct':
      case 'assert': {
        const input = this.rel(rel.input);
        if (this.conditions.length > 0) this.reason = `leave out the \`${rel.kind}\` that follows what ties the two`;
        return { ...rel, input };
      }
      case 'named': {
        const body = this.rel(rel.body);
        return { ...rel, body, columns: body.columns };
      }
      case 'unnest': {
        const input = this.rel(rel.input);
        return { ...rel, input, columns: [...input.columns, ...rel.columns.slice(-1)] };
      }
      case 'scan':
      case 'values':
      case 'reference':
      case 'raw-sql':
      case 'set-operation':
        return rel;
    }
  }

  /** `order by … limit 1` of the rows tied to one is the first of each. */
  #firstOfEach(rel: Rel & { kind: 'limit' }, input: Rel): Rel {
    const ties = this.conditions.flatMap((condition) => tieOf(condition, this.#outer) ?? []);
    if (rel.count !== 1 || rel.offset !== 0 || input.kind !== 'sort' || ties.length < this.conditions.length) {
      this.reason = 'leave out the `limit` that follows what ties the two, or make it `limit 1`';
      return { ...rel, input };
    }
    const { columns, at, label } = rel;
    const on = ties.map(({ own }) => own);
    return {
      kind: 'distinct',
      input: input.input,
      on,
      keys: input.keys,
      columns: together(columns, input.columns),
      at,
      label,
    };
  }

  #aggregate(rel: Rel & { kind: 'aggregate' }): Rel {
    const input = this.rel(rel.input);
    if (rel.groups.length === 0) this.overAll = true;
    if (this.conditions.length === 0) return { ...rel, input };
    const groups = [...rel.groups];
    const keys = rel.columns.slice(0, groups.length);
    const conditions: Rex[] = [];
    for (const condition of this.conditions) {
      const tie = tieOf(condition, this.#outer);
      if (tie === null || rel.sets !== null) {
        this.reason = 'tie a query that aggregates by equalities: `where a.x = b.x`';
        return rel;
      }
      const lineage = lineageOf(tie.own, this.#env.columns);
      const key = newColumn(this.#env, {
        name: `key_${keys.length + 1}`,
        type: tie.own.type,
        nullable: tie.own.nullable,
        inexact: false,
        doc: null,
        tags: lineage.tags,
        origins: lineage.origins,
      });
      groups.push(tie.own);
      keys.push(key);
      conditions.push(knownCall('equals', [columnExpr(key), tie.outer]));
    }
    this.conditions = conditions;
    return { ...rel, input, groups, columns: [...keys, ...rel.columns.slice(rel.groups.length)] };
  }
}

/** The columns as the node had them, with those that its input gives beside. */
function together(before: readonly RelColumn[], now: readonly RelColumn[]): readonly RelColumn[] {
  const known = new Map(before.map((column) => [column.id, column]));
  return now.map((column) => known.get(column.id) ?? column);
}
