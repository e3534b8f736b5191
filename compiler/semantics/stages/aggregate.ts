/** `aggregate … group [and order] by …`: one row a group, the keys first, then the aggregates. */
import type { SortKey } from '../../relational/rel.ts';
import type { AggregateStage, Expr, GroupItem, NamedExpr } from '../../syntax/ast.ts';
import { assertNever } from '../../syntax/ast.ts';
import { comparable, contains, decides, type ExprEnv, type FailingCast, isError } from '../expression-env.ts';
import { columnExpr, type Output, passedOn, projected, type QueryEnv, type Relation, Scope } from '../relation.ts';
import { Grouping, type GroupKey } from './grouping.ts';
import { itemName, unnamed } from './select.ts';
import { freeName, over, placed, prepared, valueColumn, withCasts } from './support.ts';

export function aggregateStage(stage: AggregateStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`aggregate`', { aggregates: true, gives: stage.items });
  const keyed = over(input, env, '`group by`');
  const groups = groupKeys(stage.groups, keyed);
  const items = stage.items.map((item) => ({ item, value: at.expression(item.value, at) }));
  const casts = splitCasts(at.casts);
  const grouping = new Grouping(
    prepared(prepared(input, keyed, stage), at, stage, casts.before),
    groups.keys,
    groups.sets,
    env,
  );
  const names = new Set(grouping.keys.map((k) => k.column.name));
  const values = items.map(({ item, value }, i) => {
    const written = itemName(item);
    if (written !== null && names.has(written))
      env.context.report('column-exists', { column: written, stage: 'aggregate' }, item.name ?? item.value);
    const name = written === null ? null : freeName(written, names);
    if (name !== null) names.add(name);
    return {
      name: name ?? unnamed(value, i),
      named: name !== null,
      item,
      value: grouping.over(value, name ?? unnamed(value, i), item.value),
    };
  });
  const asserted = casts.after.map((cast) => ({
    ...cast,
    value: grouping.over(cast.value, null, stage.items[0]?.value ?? MISSING),
    attempt: grouping.over(cast.attempt, null, stage.items[0]?.value ?? MISSING),
  }));
  const grouped = withCasts(
    grouping.finish(stage),
    asserted.filter((c) => !isError(c.value) && !isError(c.attempt)),
    stage,
  );

  const outputs: Output[] = grouping.keys.map((key) => passedOn(key.column));
  const taken = new Set(outputs.map((o) => o.column.id));
  for (const { name, named, item, value } of values) {
    const own =
      value.kind === 'column' && !taken.has(value.id)
        ? grouped.rel.columns.find((c) => c.id === value.id && c.name === name)
        : undefined;
    const column = own ?? valueColumn(env, name, value);
    taken.add(column.id);
    if (!named) env.unnamed.add(column.id);
    placed(column, item, env, item.name);
    outputs.push({ column, value });
  }
  const scope = new Scope(
    outputs.map((o) => o.column),
    [],
    // Where nothing is written yet, it is untold what there will be.
    input.scope.broken || outputs.length === 0 || values.some(({ named, value }) => !named && isError(value)),
  );
  const plain =
    outputs.length === grouped.rel.columns.length &&
    outputs.every((o, i) => o.column.id === grouped.rel.columns[i]?.id);
  const result = plain ? { ...grouped, scope } : projected(grouped, outputs, scope, stage);
  return { ...result, order: writtenOrder(stage, outputs, grouping.keys.length) };
}

const MISSING: Expr = { kind: 'missing', start: 0, end: 0 };

/** Casts inside aggregates and of plain values fail on a row; casts of what was aggregated fail on a group. */
export function splitCasts(casts: readonly FailingCast[]): {
  readonly before: readonly FailingCast[];
  readonly after: readonly FailingCast[];
} {
  return {
    before: casts.filter((cast) => !contains(cast.value, 'aggregate')),
    after: casts.filter((cast) => contains(cast.value, 'aggregate')),
  };
}

/** Order suffixes: those of the aggregates first, then those of the keys, each from left to right. */
function writtenOrder(stage: AggregateStage, outputs: readonly Output[], keys: number): readonly SortKey[] | null {
  const order: SortKey[] = [];
  for (const [i, item] of stage.items.entries()) {
    const column = outputs[keys + i]?.column;
    if (item.order !== null && column !== undefined)
      order.push({ value: columnExpr(column), order: item.order, nulls: 'last' });
  }
  for (const [i, group] of stage.groups.entries()) {
    const column = outputs[i]?.column;
    if (group.kind === 'key' && column !== undefined && (stage.ordered || group.order !== null))
      order.push({ value: columnExpr(column), order: group.order ?? 'asc', nulls: 'last' });
  }
  return order.length === 0 ? null : order;
}

export interface Groups {
  readonly keys: readonly GroupKey[];
  readonly sets: readonly (readonly number[])[] | null;
}

/** The keys of `group by`, each once, and with rollup, cube or grouping sets which of them each set groups by. */
export function groupKeys(items: readonly GroupItem[], at: ExprEnv): Groups {
  const keys: GroupKey[] = [];
  const plain: number[] = [];
  let sets: readonly (readonly number[])[] | null = null;
  const add = (item: NamedExpr): number[] => {
    const value = at.expression(item.value, at);
    if (isError(value) || !decides(value, item.value, at, 'which rows form a group')) return [];
    if (!comparable(value, item.value, at, 'a group key')) return [];
    if (value.kind === 'literal' && item.value.kind === 'number') {
      at.env.context.report(
        'type-mismatch',
        { what: 'a group key', found: 'a number written out', wanted: 'a column or an expression' },
        item.value,
      );
      return [];
    }
    const written = itemName(item);
    const before = keys.findIndex(
      (k) =>
        written !== null &&
        k.name === written &&
        k.value.kind === 'column' &&
        value.kind === 'column' &&
        k.value.id === value.id,
    );
    if (before !== -1) return [before];
    const names = new Set(keys.flatMap((k) => k.name ?? []));
    if (written !== null && names.has(written))
      at.env.context.report('column-exists', { column: written, stage: 'group by' }, item.name ?? item.value);
    keys.push({ value, name: written === null ? null : freeName(written, names), at: item, alias: item.name });
    return [keys.length - 1];
  };
  const combine = (more: readonly (readonly number[])[]): void => {
    sets = sets === null ? more : sets.flatMap((set) => more.map((other) => [...set, ...other]));
  };
  for (const item of items) {
    switch (item.kind) {
      case 'key':
        plain.push(...add(item));
        break;
      case 'rollup': {
        const all = item.keys.flatMap(add);
        combine(Array.from({ length: all.length + 1 }, (_, i) => all.slice(0, all.length - i)));
        break;
      }
      case 'cube': {
        const all = item.keys.flatMap(add);
        combine(
          Array.from({ length: 2 ** all.length }, (_, mask) =>
            all.filter((__, i) => (mask & (1 << (all.length - 1 - i))) === 0),
          ),
        );
        break;
      }
      case 'grouping-sets':
        combine(item.sets.map((set) => set.flatMap(add)));
        break;
      default:
        assertNever(item);
    }
  }
  const withPlain = sets as readonly (readonly number[])[] | null;
  return { keys, sets: withPlain === null ? null : withPlain.map((set) => [...new Set([...plain, ...set])]) };
}
