import { columnRef, conjuncts, exactly, filtered } from '../build.ts';
import type { AggregateRel, ColumnId, Expr, FilterRel, JoinRel, Rel } from '../rel.ts';
import { BOOL } from '../types.ts';
import { columnsNeeded, expressionsOf, forEachRel, mapExpressions, mapOperands, rewrite } from '../walk.ts';

/**
 * Only the groups that a join asks for are made: where an aggregate is joined by one of its groups to a table of which a
 * condition leaves little, its input is asked to be among what is left. That is what a correlated subquery means when it
 * is computed row by row, and what its rewriting as a join loses.
 *
 *     part where p_brand = 'x' left join (lineitem aggregate … group by l_partkey) on l_partkey = p_partkey
 *     → … (lineitem where l_partkey in (part where p_brand = 'x' select p_partkey) aggregate …) …
 */
export function reduceGroups(rel: Rel): Rel {
  const ids = new Ids(rel);
  return rewrite(rel, (node) => (node.kind === 'join' && node.condition !== null ? reduced(node, ids) : node));
}

/** Ids that nothing has yet. */
class Ids {
  #last = 0;

  constructor(rel: Rel) {
    forEachRel(rel, ({ columns }) => {
      for (const { id } of columns) this.#last = Math.max(this.#last, id);
    });
  }

  next(): ColumnId {
    this.#last += 1;
    return this.#last;
  }
}

function reduced(join: JoinRel, ids: Ids): Rel {
  if ((join.type !== 'left' && join.type !== 'inner') || join.asof || join.condition === null) return join;
  for (const condition of conjuncts(join.condition)) {
    if (condition.kind !== 'call' || condition.fn !== 'equals') continue;
    const [a, b] = condition.args;
    if (a?.kind !== 'column' || b?.kind !== 'column') continue;
    for (const [key, other] of [
      [a.id, b.id],
      [b.id, a.id],
    ] as const) {
      const kept = fewRows(join.left, other);
      const right = kept === null ? null : onGroups(join.right, key, (input) => among(input, kept, ids));
      if (right !== null) return { ...join, right };
    }
  }
  return join;
}

interface Kept {
  readonly rows: Rel;
  readonly id: ColumnId;
}

/** Rows among whose values are all values of the column: few, where there is a filtered table that it comes from. */
function fewRows(rel: Rel, id: ColumnId): Kept | null {
  switch (rel.kind) {
    case 'filter':
      if (rel.input.kind !== 'scan') return fewRows(rel.input, id);
      return fewOf(rel, id);
    case 'sort':
      return fewRows(rel.input, id);
    case 'project': {
      const value = rel.values[rel.columns.findIndex((column) => column.id === id)];
      return value?.kind === 'column' ? fewRows(rel.input, value.id) : null;
    }
    case 'join': {
      const isLeft = has(rel.left, id);
      const keeps =
        rel.type === 'inner' || rel.type === 'cross' || (isLeft && rel.type !== 'right' && rel.type !== 'full');
      return keeps ? fewRows(isLeft ? rel.left : rel.right, id) : null;
    }
    default:
      return null;
  }
}

function fewOf(table: FilterRel, id: ColumnId): Kept | null {
  const conditions = conjuncts(table.condition);
  for (const condition of conditions) {
    if (condition.kind !== 'in-subquery' || condition.negated) continue;
    const { value, query } = condition;
    const [column] = query.columns;
    if (value.kind === 'column' && value.id === id && column !== undefined && standsAlone(query))
      return { rows: query, id: column.id };
  }
  return conditions.some(leavesLittle) && standsAlone(table) ? { rows: table, id } : null;
}

const has = (rel: Rel, id: ColumnId): boolean => rel.columns.some((column) => column.id === id);

/** Conditions that are worth reading the table once more, as a rule: it is one of few values, or a text like another. */
function leavesLittle(condition: Expr): boolean {
  if (condition.kind === 'in-subquery') return !condition.negated;
  if (condition.kind !== 'call') return false;
  return (
    ['equals', 'in', 'like', 'starts_with', 'ends_with', 'contains'].includes(condition.fn) &&
    condition.args.slice(1).every((arg) => arg.kind === 'literal')
  );
}

/** True where reading it once more is little work, and it reads nothing of the queries around it: it says the same elsewhere. */
function standsAlone(rel: Rel): boolean {
  const made = new Set<ColumnId>();
  const needed = new Set<ColumnId>();
  let isRead = true;
  forEachRel(rel, (node) => {
    if (node.kind !== 'scan' && node.kind !== 'filter' && node.kind !== 'project') isRead = false;
    for (const { id } of node.columns) made.add(id);
    for (const expr of expressionsOf(node)) for (const id of columnsNeeded(expr)) needed.add(id);
  });
  return isRead && [...needed].every((id) => made.has(id));
}

/** The relation with another input of the aggregate of which the column is a group; null where it is none. */
function onGroups(
  rel: Rel,
  id: ColumnId,
  change: (input: { readonly rel: Rel; readonly column: Expr & { readonly kind: 'column' } }) => Rel,
): Rel | null {
  switch (rel.kind) {
    case 'project': {
      const value = rel.values[rel.columns.findIndex((column) => column.id === id)];
      // A window sees other rows where some are gone.
      if (value?.kind !== 'column' || rel.values.some((each) => each.kind === 'window')) return null;
      const input = onGroups(rel.input, value.id, change);
      return input === null ? null : { ...rel, input };
    }
    case 'filter': {
      const input = onGroups(rel.input, id, change);
      return input === null ? null : { ...rel, input };
    }
    case 'aggregate': {
      const group = rel.groups[rel.columns.findIndex((column) => column.id === id)];
      if (group?.kind !== 'column' || rel.sets !== null) return null;
      return { ...rel, input: change({ rel: rel.input, column: group }) } satisfies AggregateRel;
    }
    default:
      return null;
  }
}

/** The relation of which the column is among the kept ones; asked where the column is read. */
function among(
  { rel, column }: { readonly rel: Rel; readonly column: Expr & { readonly kind: 'column' } },
  kept: Kept,
  ids: Ids,
): Rel {
  switch (rel.kind) {
    case 'join': {
      const side = has(rel.left, column.id) ? 'left' : 'right';
      if (rel.type !== 'inner' && rel.type !== 'cross' && !(rel.type === 'left' && side === 'left')) break;
      return { ...rel, [side]: among({ rel: rel[side], column }, kept, ids) };
    }
    case 'filter':
      if (rel.input.kind === 'join') return { ...rel, input: among({ rel: rel.input, column }, kept, ids) };
      return filtered(rel.input, [...conjuncts(rel.condition), isAmong(column, kept, ids)], rel);
    default:
  }
  return filtered(rel, [isAmong(column, kept, ids)], rel);
}

function isAmong(column: Expr, { rows, id }: Kept, ids: Ids): Expr {
  const fresh = new Map<ColumnId, ColumnId>();
  forEachRel(rows, (node) => {
    for (const each of node.columns) if (!fresh.has(each.id)) fresh.set(each.id, ids.next());
  });
  const idOf = (of: ColumnId): ColumnId => fresh.get(of) ?? of;
  const renumbered = (expr: Expr): Expr =>
    expr.kind === 'column' ? { ...expr, id: idOf(expr.id) } : mapOperands(expr, renumbered);
  const copy = rewrite(rows, (node) => ({
    ...mapExpressions(node, renumbered),
    columns: node.columns.map((each) => ({ ...each, id: idOf(each.id) })),
  }));
  const query = exactly(copy, [idOf(id)]);
  const [own] = query.columns;
  if (own === undefined) throw new Error('a table was asked for a column that it does not have');
  return {
    kind: 'in-subquery',
    value: column,
    query,
    negated: false,
    type: BOOL,
    nullable: column.nullable || columnRef(own).nullable,
    inexact: false,
  };
}
