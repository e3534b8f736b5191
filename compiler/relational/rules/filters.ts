import { allOf, columnRef, conjuncts } from '../build.ts';
import type { ColumnId, Expr, Rel } from '../rel.ts';
import {
  columnsNeeded,
  columnsUsed,
  mapExpressions,
  mapInputs,
  mapQueries,
  queryOf,
  sizeOf,
  someExpr,
  substitute,
} from '../walk.ts';
import { withoutIdleFilling } from './outer-joins.ts';

/** The largest expression that a filter repeats below the projection that computes it. */
const REPEATED_SIZE = 6;

/**
 * Filters as near to what is read as their meaning allows, each condition on its own; neighbours become one filter.
 * A condition stays above whatever decides by *which* rows are there: limit, assert, windows, `distinct on`, grouping by
 * something else, the side of an outer join that is filled with nulls, the right side of an asof join. An outer join whose
 * filled rows a condition keeps out is none.
 */
export function pushFilters(rel: Rel, passes: PassesAssert = NONE): Rel {
  return push(rel, [], passes);
}

/** Whether a condition may stand below an assertion over `input`: it then looks at fewer rows. */
export type PassesAssert = (condition: Expr, input: Rel) => boolean;
const NONE: PassesAssert = () => false;

/** A condition on its way, and the stages that it was written in. */
interface Held {
  readonly condition: Expr;
  readonly written: readonly NonNullable<Rel['at']>[];
}

/** The conditions as one filter, or the input itself where there are none. */
function filtered(input: Rel, held: readonly Held[], from: Pick<Rel, 'label' | 'columns'>): Rel {
  if (held.length === 0) return input;
  const [at = null, ...also] = new Set(held.flatMap(({ written }) => written));
  const condition = allOf(held.map((each) => each.condition));
  const { columns, label } = from;
  return { kind: 'filter', input, condition, columns, at, label, ...(also.length === 0 ? {} : { also }) };
}

const replaced = (held: readonly Held[], values: Parameters<typeof substitute>[1]): readonly Held[] =>
  held.map(({ condition, written }) => ({ condition: substitute(condition, values), written }));

/** `rel` with the conditions, which are over its columns, held above or inside it. */
function push(rel: Rel, conditions: readonly Held[], passes: PassesAssert): Rel {
  const inExpressions = <R extends Rel>(node: R): R =>
    mapExpressions(node, (expr) => mapQueries(expr, (query) => pushFilters(query, passes))) as R;
  const node = inExpressions(rel);
  switch (node.kind) {
    case 'filter':
      // What was written first is tested first: it may be there to keep the rest cheap.
      return push(node.input, [...heldBy(node), ...conditions], passes);

    case 'sort':
      return { ...node, input: push(node.input, conditions, passes) };

    case 'named':
      return { ...node, definition: push(node.definition, [], passes), body: push(node.body, conditions, passes) };

    case 'project': {
      const windows = node.values.some(hasWindow);
      const values = new Map(node.columns.map((column, i) => [column.id, node.values[i] ?? columnRef(column)]));
      const [below, above] = split(conditions, (condition) => {
        if (windows && !partitionsOnly(condition, node.values, values)) return false;
        return [...columnsUsed(condition)].every((id) => repeatable(values.get(id)));
      });
      const input = push(node.input, replaced(below, values), passes);
      return filtered({ ...node, input }, above, node);
    }

    case 'aggregate': {
      const groups = new Map(node.groups.map((group, i) => [node.columns[i]?.id ?? -1, group]));
      const [below, above] = split(conditions, (condition) => {
        const used = [...columnsUsed(condition)];
        // Without a key there is one row whatever comes in, and a condition on nothing must judge that row.
        return (
          node.sets === null && used.length > 0 && used.every((id) => groups.has(id) && repeatable(groups.get(id)))
        );
      });
      const input = push(node.input, replaced(below, groups), passes);
      return filtered({ ...node, input }, above, node);
    }

    case 'join': {
      const join = withoutIdleFilling(
        node,
        conditions.map(({ condition }) => condition),
      );
      const { type } = join;
      const leftTakes = type === 'inner' || type === 'cross' || type === 'left' || type === 'semi' || type === 'anti';
      const rightTakes = !join.asof && (type === 'inner' || type === 'cross' || type === 'right');
      const [left, rest] = split(conditions, (condition) => leftTakes && standsOn(condition, join.left));
      const [right, above] = split(rest, (condition) => rightTakes && standsOn(condition, join.right));
      return filtered(
        { ...join, left: push(join.left, left, passes), right: push(join.right, right, passes) },
        above,
        join,
      );
    }

    case 'set-operation': {
      const [below, above] = split(conditions, (condition) => !hasQuery(condition));
      const inputs = node.inputs.map((input) => {
        const values = new Map(node.columns.map((column, i) => [column.id, input.columns[i]]));
        const own = new Map<ColumnId, Expr>();
        for (const [id, column] of values) if (column !== undefined) own.set(id, columnRef(column));
        return push(input, replaced(below, own), passes);
      });
      return filtered({ ...node, inputs }, above, node);
    }

    case 'distinct': {
      const on =
        node.on === null ? null : new Set(node.on.flatMap((expr) => (expr.kind === 'column' ? [expr.id] : [])));
      const [below, above] = split(
        conditions,
        (condition) => on === null || [...columnsUsed(condition)].every((id) => on.has(id)),
      );
      return filtered({ ...node, input: push(node.input, below, passes) }, above, node);
    }

    case 'unnest': {
      const [below, above] = split(conditions, (condition) => standsOn(condition, node.input));
      return filtered({ ...node, input: push(node.input, below, passes) }, above, node);
    }

    case 'scan':
    case 'values':
    case 'reference':
    case 'raw-sql':
    case 'limit':
      return filtered(
        mapInputs(node, (input) => pushFilters(input, passes)),
        conditions,
        node,
      );

    case 'assert': {
      const [below, above] = split(conditions, (condition) => passes(condition, node.input));
      return filtered({ ...node, input: push(node.input, below, passes) }, above, node);
    }
  }
}

function heldBy({ condition, at, also = [] }: Extract<Rel, { readonly kind: 'filter' }>): readonly Held[] {
  const written = [...(at === null ? [] : [at]), ...also];
  return conjuncts(condition).map((each) => ({ condition: each, written }));
}

function split(
  conditions: readonly Held[],
  test: (condition: Expr) => boolean,
): readonly [readonly Held[], readonly Held[]] {
  return [
    conditions.filter(({ condition }) => test(condition)),
    conditions.filter(({ condition }) => !test(condition)),
  ];
}

/** True where every column that the condition reads comes from `rel`; a condition on nothing stays where it is. */
function standsOn(condition: Expr, rel: Rel): boolean {
  const ids = new Set(rel.columns.map((column) => column.id));
  const used = [...columnsNeeded(condition)];
  return used.length > 0 && used.every((id) => ids.has(id));
}

/** True where a filter may compute the value again below the projection. Columns from elsewhere (outer queries) may stand. */
function repeatable(value: Expr | undefined): boolean {
  return value === undefined || (sizeOf(value) <= REPEATED_SIZE && !hasWindow(value) && !hasQuery(value));
}

/** Rows of other partitions change no window, so a condition on what every window partitions by may pass. */
function partitionsOnly(condition: Expr, values: readonly Expr[], byId: ReadonlyMap<ColumnId, Expr>): boolean {
  const partitions: ReadonlySet<ColumnId>[] = [];
  for (const value of values) {
    someExpr(value, (part) => {
      if (part.kind === 'window')
        partitions.push(new Set(part.partition.flatMap((expr) => (expr.kind === 'column' ? [expr.id] : []))));
      return false;
    });
  }
  const used = [...columnsUsed(condition)];
  return (
    used.length > 0 &&
    used.every((id) => {
      const value = byId.get(id);
      return value?.kind === 'column' && partitions.every((partition) => partition.has(value.id));
    })
  );
}

const hasWindow = (expr: Expr): boolean => someExpr(expr, (part) => part.kind === 'window');
const hasQuery = (expr: Expr): boolean => someExpr(expr, (part) => queryOf(part) !== null);
