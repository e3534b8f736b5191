/** `(select … from … where … group by … having … order by … limit …)`: SQL's own order, as the stages it means. */
import type { Expr as Rex, SortKey } from '../../relational/rel.ts';
import type { CallExpr, Expr, GroupItem, OrderKey, SelectItem, SqlSelect, Stage } from '../../syntax/ast.ts';
import { sortKeys, withWindows } from '../expression-calls.ts';
import { bareName, condition, type ExprEnv, isError } from '../expression-env.ts';
import { functionRow } from '../functions/table.ts';
import { decidersOf } from '../lineage.ts';
import { notNullWhere } from '../nullability.ts';
import { filtered, type QueryEnv, type Relation, type RunStages, reachOf, type Scope } from '../relation.ts';
import { groupKeys, splitCasts } from './aggregate.ts';
import { distinctRows } from './distinct.ts';
import { Grouping } from './grouping.ts';
import { limitStage } from './order.ts';
import { type Item, itemName, select, selectItems } from './select.ts';
import { over, prepared, withCasts } from './support.ts';

export function sqlSelect(query: SqlSelect, env: QueryEnv, run: RunStages): Relation {
  if (query.with.length > 0) {
    const inner: SqlSelect = { ...query, with: [] };
    return run(
      [
        { kind: 'with', queries: query.with, start: query.start, end: query.end },
        {
          kind: 'from',
          tables: [{ kind: 'subquery', query: inner, alias: null, start: query.start, end: query.end }],
          start: query.start,
          end: query.end,
        },
      ],
      null,
      env,
      query,
    );
  }
  const span = { start: query.start, end: query.end };
  const head: Stage[] = [
    query.from.length > 0 ? { kind: 'from', tables: query.from, ...span } : ONE_ROW(span),
    ...query.joins,
  ];
  if (query.where !== null)
    head.push({ kind: 'where', condition: query.where, start: query.where.start, end: query.where.end });
  const input = run(head, null, env, query);
  env.context.trace?.sees(query, reachOf(input.scope, env));
  const grouped =
    query.groups.length > 0 ||
    query.having !== null ||
    query.items.some((item) => item.kind === 'column' && hasAggregate(item.value));
  const projectedTo = grouped ? groupedSelect(query, input, env) : plainSelect(query, input, env);
  const distinct = query.distinct ? distinctRows(projectedTo, env, query) : projectedTo;
  if (query.limit === null) return distinct;
  return limitStage(
    { kind: 'limit', count: query.limit, offset: query.offset, start: query.limit.start, end: query.limit.end },
    distinct,
    env,
  );
}

/** `select` without `from`: over one row of nothing that can be seen. */
const ONE_ROW = (span: { readonly start: number; readonly end: number }): Stage => ({
  kind: 'from',
  tables: [
    {
      kind: 'values',
      alias: null,
      rows: [
        {
          kind: 'object',
          properties: [
            { name: { text: 'one', ...span }, value: { kind: 'number', form: 'integer', text: '1', ...span }, ...span },
          ],
          ...span,
        },
      ],
      ...span,
    },
  ],
  ...span,
});

function plainSelect(query: SqlSelect, input: Relation, env: QueryEnv): Relation {
  const at = withWindows(query.windows, over(input, env, '`select`', { windows: true }));
  const { items, untold } = selectItems(query.items, at);
  const order = orderKeys(query, items, at);
  const ordered: Relation = { ...prepared(input, at, query), order: order.length === 0 ? null : order };
  return select(ordered, items, untold, env, query);
}

/** With groups: everything after them is over the groups. */
function groupedSelect(query: SqlSelect, input: Relation, env: QueryEnv): Relation {
  const keyed = over(input, env, '`group by`');
  const groups = groupKeys(
    query.groups.map((group) => resolved(group, query.items, input)),
    keyed,
  );
  const at = withWindows(query.windows, over(input, env, '`select`', { windows: true, aggregates: true }));
  const { items, untold } = selectItems(query.items, at);
  const having =
    query.having === null ? null : condition(query.having, { ...at, windows: false, place: '`having`' }, '`having`');
  const order = orderKeys(query, items, at);
  const casts = splitCasts(at.casts);
  const grouping = new Grouping(
    prepared(prepared(input, keyed, query), at, query, casts.before),
    groups.keys,
    groups.sets,
    env,
  );
  const overGroups = items.map(
    (item): Item => ({ ...item, value: grouping.over(item.value, item.name, item.written) }),
  );
  const sorted = order.map(
    (key): SortKey => ({ ...key, value: grouping.over(key.value, null, query.order[0]?.value ?? MISSING) }),
  );
  const kept = having === null || isError(having) ? null : grouping.over(having, null, query.having ?? MISSING);
  const asserted = casts.after.map((cast) => ({
    ...cast,
    value: grouping.over(cast.value, null, MISSING),
    attempt: grouping.over(cast.attempt, null, MISSING),
  }));
  let result = withCasts(grouping.finish(query), asserted, query);
  if (kept !== null && !isError(kept))
    result = filtered(result, kept, notNullWhere(kept), decidersOf(kept, env.columns), query.having ?? query);
  const right = sorted.filter((key) => !isError(key.value));
  return select({ ...result, order: right.length === 0 ? null : right }, overGroups, untold, env, query);
}

const MISSING: Expr = { kind: 'missing', start: 0, end: 0 };

/** `group by 1` and `group by alias` mean the item. */
function resolved(group: GroupItem, items: readonly SelectItem[], input: Relation): GroupItem {
  if (group.kind !== 'key') return group;
  const item = referred(group.value, items, input.scope);
  return item === null ? group : { ...group, value: item.value, name: item.name };
}

/** The item that a position or an alias stands for. A column of the input comes before an alias, as in SQL. */
function referred(
  expr: Expr,
  items: readonly SelectItem[],
  scope: Scope | null,
): (SelectItem & { kind: 'column' }) | null {
  if (expr.kind === 'number' && expr.form === 'integer') {
    const item = items[Number(expr.text) - 1];
    return item?.kind === 'column' ? item : null;
  }
  const name = bareName(expr);
  if (name === null || (scope !== null && scope.find(name) !== undefined)) return null;
  return (
    items.find((item): item is SelectItem & { kind: 'column' } => item.kind === 'column' && itemName(item) === name) ??
    null
  );
}

/** Order keys over the input; a position or an alias is the item's value. Here the alias comes first, as in SQL. */
function orderKeys(query: SqlSelect, items: readonly Item[], at: ExprEnv): readonly SortKey[] {
  const keys: SortKey[] = [];
  const rest: OrderKey[] = [];
  for (const key of query.order) {
    const item = referred(key.value, query.items, null);
    const index = item === null ? -1 : query.items.indexOf(item);
    const value: Rex | undefined = query.items.every((i) => i.kind === 'column') ? items[index]?.value : undefined;
    if (value !== undefined && !isError(value))
      keys.push({ value, order: key.order ?? 'asc', nulls: key.nulls ?? 'last' });
    else if (value === undefined) rest.push(key);
  }
  return rest.length === 0 ? keys : [...keys, ...(sortKeys(rest, at, null) ?? [])];
}

/** Whether an aggregate stands in it that is not over a window. Queries inside it have their own. */
function hasAggregate(expr: Expr): boolean {
  let found = false;
  const visit = (node: unknown): void => {
    if (found || node === null || typeof node !== 'object') return;
    const kind = (node as { kind?: unknown }).kind;
    if (kind === 'query' || kind === 'sql-select') return;
    if (kind === 'call') {
      const call = node as CallExpr;
      if (call.over === null && functionRow(call.name.parts.at(-1)?.text.toLowerCase() ?? '')?.kind === 'aggregate') {
        found = true;
        return;
      }
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(expr);
  return found;
}
