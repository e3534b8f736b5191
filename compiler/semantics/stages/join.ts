/** Joins: two tables side by side. At least one equality says which rows belong together. */
import type { ColumnId, JoinRel, RelColumn, Expr as Rex } from '../../relational/rel.ts';
import { typeName } from '../../relational/types.ts';
import type { JoinStage, UnnestStage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { conjuncts } from '../correlation.ts';
import { totalOrder } from '../expression-calls.ts';
import { condition, conjunction, type ExprEnv, isError, knownCall, TRUE, tryCall } from '../expression-env.ts';
import { knownRow } from '../functions/table.ts';
import { decidersOf } from '../lineage.ts';
import { notNullWhere } from '../nullability.ts';
import {
  columnExpr,
  type Fanout,
  joinOrigins,
  newColumn,
  type Output,
  passedOn,
  projected,
  type QueryEnv,
  type Relation,
  reachOf,
  Scope,
  usedColumns,
} from '../relation.ts';
import { holdsOnce } from '../validity.ts';
import { columnNamed, over, withCasts } from './support.ts';
import { table } from './table.ts';
import { unnestStage, unnestTable } from './unnest.ts';

type JoinType = JoinStage['type'];

/** `[left] join unnest(xs) as x`, with no condition or with `on true`: the items belong to their row. */
function unnestJoin(stage: JoinStage, list: UnnestStage, input: Relation, env: QueryEnv): Relation {
  const isTrue = stage.on?.kind === 'bool' && stage.on.value;
  if (stage.using !== null || (stage.on !== null && !isTrue))
    env.context.report(
      'join-condition',
      { reason: 'the items of a list belong to their row: a condition stands in a `where` after the join' },
      stage.on ?? stage,
    );
  return unnestStage(list, input, env, stage.type === 'left');
}

export function joinStage(stage: JoinStage, input: Relation, env: QueryEnv): Relation {
  const mayUnnest = !stage.asof && (stage.type === 'cross' || stage.type === 'inner' || stage.type === 'left');
  const list = mayUnnest ? unnestTable(stage.table) : null;
  if (list !== null) return unnestJoin(stage, list, input, env);
  const joined = table(stage.table, env);
  const clash = checkAliases(input, joined, stage.table.alias ?? stage.table, env);
  const name = joined.scope.qualifiers[0]?.name ?? 'the other side';
  if (stage.type === 'cross') {
    if (stage.on !== null || stage.using !== null)
      env.context.report(
        'join-condition',
        { reason: '`cross join` takes no condition: it joins every row with every other' },
        stage.on ?? stage,
      );
    return sides(input, joined, { type: 'cross', condition: null, asof: false }, stage, name, env, null);
  }
  if (stage.using !== null) return usingJoin(stage, input, joined, name, env);
  // A join without a condition is reported where it is parsed.
  if (stage.on === null)
    return sides(input, joined, { type: stage.type, condition: TRUE, asof: false }, stage, name, env, null);
  const together = new Scope(
    [...input.scope.columns, ...joined.scope.columns],
    [...input.scope.qualifiers, ...joined.scope.qualifiers],
    input.scope.broken || joined.scope.broken || clash,
  );
  const at: ExprEnv = { ...over(input, env, 'the condition of a join', { queries: false }), scope: together };
  env.context.trace?.sees(stage.on, reachOf(together, env));
  const on = condition(stage.on, at, 'the condition of a join', 'which rows belong together');
  const casts = assertedSides(at, input, joined, stage, env);
  if (isError(on))
    return sides(casts.left, casts.right, { type: stage.type, condition: TRUE, asof: false }, stage, name, env, null);
  const parts = conjuncts(on);
  const equalities = parts.flatMap((part) => equalityOf(part, input, joined) ?? []);
  if (equalities.length === 0) {
    if (!together.broken)
      env.context.report('join-condition', { reason: 'a join needs an equality between its two sides' }, stage.on, {
        notes: ['where every row is meant to meet every other: `cross join`, and `where` for the condition'],
      });
    return sides(casts.left, casts.right, { type: stage.type, condition: on, asof: false }, stage, name, env, null);
  }
  if (stage.asof) return asofJoin(stage, casts.left, casts.right, on, parts, equalities, name, env);
  return sides(casts.left, casts.right, { type: stage.type, condition: on, asof: false }, stage, name, env, equalities);
}

/** `from a, b`: every row of one with every row of the other. */
export function crossJoin(left: Relation, right: Relation, alias: Span, at: Span, env: QueryEnv): Relation {
  checkAliases(left, right, alias, env);
  return sides(
    left,
    right,
    { type: 'cross', condition: null, asof: false },
    at,
    right.scope.qualifiers[0]?.name ?? '',
    env,
    null,
  );
}

/** True where a qualifier is there twice: it is then untold which side it means. */
function checkAliases(left: Relation, right: Relation, at: Span, env: QueryEnv): boolean {
  let clash = false;
  for (const { name } of right.scope.qualifiers) {
    if (left.scope.qualifier(name) === undefined) continue;
    env.context.report('duplicate-alias', { alias: name }, at);
    clash = true;
  }
  return clash;
}

/** Asserts casts in the condition over the side whose columns they take. */
function assertedSides(
  at: ExprEnv,
  left: Relation,
  right: Relation,
  stage: JoinStage,
  env: QueryEnv,
): { readonly left: Relation; readonly right: Relation } {
  if (at.casts.length === 0) return { left, right };
  const onSide = (side: Relation) => at.casts.filter((cast) => within(cast.value, idsOf(side)));
  const lefts = onSide(left);
  const rights = onSide(right);
  for (const cast of at.casts) {
    if (!lefts.includes(cast) && !rights.includes(cast))
      env.context.report('not-supported-yet', { what: 'a `cast` of both sides of a join that may fail' }, cast.span);
  }
  return { left: withCasts(left, lefts, stage), right: withCasts(right, rights, stage) };
}

const idsOf = (side: Relation): ReadonlySet<ColumnId> => new Set(side.rel.columns.map((c) => c.id));

function within(value: Rex, ids: ReadonlySet<ColumnId>): boolean {
  for (const id of usedColumns([value])) if (!ids.has(id)) return false;
  return true;
}

/** An equality between the sides; the ids where a side of it is plainly a column. */
interface Equality {
  readonly left: ColumnId | null;
  readonly right: ColumnId | null;
}

function equalityOf(part: Rex, left: Relation, right: Relation): Equality | null {
  if (part.kind !== 'call' || (part.fn !== 'equals' && part.fn !== 'is_not_distinct')) return null;
  const [a, b] = part.args;
  return a === undefined || b === undefined ? null : (across(a, b, left, right) ?? across(b, a, left, right));
}

function across(a: Rex, b: Rex, left: Relation, right: Relation): Equality | null {
  const usedA = usedColumns([a]);
  const usedB = usedColumns([b]);
  if (usedA.size === 0 || usedB.size === 0 || !within(a, idsOf(left)) || !within(b, idsOf(right))) return null;
  return { left: plainColumn(a), right: plainColumn(b) };
}

/** A column, widened or not: a cast that cannot fail keeps different values different. */
function plainColumn(value: Rex): ColumnId | null {
  if (value.kind === 'column') return value.id;
  return value.kind === 'cast' && value.mode === 'widen' ? plainColumn(value.value) : null;
}

/** `using (k)`: equalities of the columns of these names; each appears once. */
function usingJoin(stage: JoinStage, left: Relation, right: Relation, name: string, env: QueryEnv): Relation {
  const parts: Rex[] = [];
  const equalities: Equality[] = [];
  const merged = new Map<ColumnId, { readonly left: RelColumn; readonly right: RelColumn }>();
  for (const key of stage.using ?? []) {
    const a = columnNamed(key, left, env);
    // Missing on both sides is one mistake.
    const b = a === null ? null : columnNamed(key, right, env);
    if (a !== null && b !== null) env.context.trace?.sameName(a.id, b.id);
    if (a === null || b === null || a.type.kind === 'error' || b.type.kind === 'error') continue;
    const call = tryCall(knownRow('equals'), [columnExpr(a), columnExpr(b)]);
    if ('reason' in call)
      env.context.report(
        'incomparable-types',
        { operator: 'using', left: typeName(a.type), right: typeName(b.type) },
        key,
      );
    else {
      if (call.inexact) env.context.report('inexact-decides', { where: 'which rows belong together' }, key);
      parts.push(call);
      equalities.push({ left: a.id, right: b.id });
      merged.set(b.id, { left: a, right: b });
    }
  }
  const joined = sides(
    left,
    right,
    { type: stage.type, condition: conjunction(parts), asof: false },
    stage,
    name,
    env,
    equalities,
  );
  if (stage.type === 'semi' || stage.type === 'anti') return joined;
  return mergedColumns(joined, stage.type, merged, stage, env);
}

/** One column for each pair: the side that is always there, or whichever is there after a full join. */
function mergedColumns(
  joined: Relation,
  type: JoinType,
  pairs: ReadonlyMap<ColumnId, { readonly left: RelColumn; readonly right: RelColumn }>,
  at: Span,
  env: QueryEnv,
): Relation {
  const now = new Map(joined.scope.columns.map((c) => [c.id, c]));
  const instead = new Map<ColumnId, RelColumn>();
  const added: Output[] = [];
  for (const { left, right } of pairs.values()) {
    if (type === 'right') instead.set(left.id, now.get(right.id) ?? right);
    else if (type === 'full') {
      const value = knownCall('coalesce', [
        columnExpr(now.get(left.id) ?? left),
        columnExpr(now.get(right.id) ?? right),
      ]);
      // Where a row is there at all, one side has it.
      const column = newColumn(env, {
        ...left,
        type: value.type,
        nullable: left.nullable || right.nullable,
        origins: joinOrigins(left.origins, right.origins),
      });
      env.context.trace?.sameName(column.id, left.id);
      instead.set(left.id, column);
      added.push({ column, value });
    }
  }
  const columns = joined.scope.columns.filter((c) => !pairs.has(c.id)).map((c) => instead.get(c.id) ?? c);
  const scope = new Scope(columns, joined.scope.qualifiers, joined.scope.broken);
  if (added.length === 0) return { ...joined, scope };
  return projected(joined, [...joined.rel.columns.map(passedOn), ...added], scope, at);
}

/** `asof join … on keys and t <= u`: for each row on the left the latest row on the right. */
function asofJoin(
  stage: JoinStage,
  left: Relation,
  right: Relation,
  on: Rex,
  parts: readonly Rex[],
  equalities: readonly Equality[],
  name: string,
  env: QueryEnv,
): Relation {
  const others = parts.filter((part) => equalityOf(part, left, right) === null);
  const [inequality] = others;
  const times = inequality !== undefined && others.length === 1 ? timeColumn(inequality, left, right) : null;
  if (times === null || (stage.type !== 'inner' && stage.type !== 'left')) {
    const reason =
      times === null
        ? 'an `asof join` has equalities and one comparison of times: `r.as_of <= o.ordered_at`'
        : 'an `asof join` is inner or left';
    env.context.report('join-condition', { reason }, stage.on ?? stage);
    return sides(left, right, { type: 'inner', condition: on, asof: false }, stage, name, env, equalities);
  }
  const keys = [...equalities.flatMap((e) => e.right ?? []), ...times];
  const unique =
    equalities.every((e) => e.right !== null) && right.keys.some((key) => key.every((id) => keys.includes(id)));
  const rights = unique ? right : onePerTime(right, keys, stage);
  const joined = sides(left, rights, { type: stage.type, condition: on, asof: true }, stage, name, env, null);
  // Each row on the left meets at most one.
  return { ...joined, keys: left.keys, fanouts: left.fanouts };
}

/** The right side's column in an inequality between the sides. */
function timeColumn(part: Rex, left: Relation, right: Relation): readonly ColumnId[] | null {
  if (part.kind !== 'call' || !['less', 'less_or_equal', 'greater', 'greater_or_equal'].includes(part.fn)) return null;
  const [a, b] = part.args;
  if (a === undefined || b === undefined) return null;
  const pair = across(a, b, left, right) ?? across(b, a, left, right);
  return pair?.right === null || pair === null ? null : [pair.right];
}

/** Of rows with the same key and time the first in the order of all columns, so that the match is one. */
function onePerTime(right: Relation, ids: readonly ColumnId[], at: Span): Relation {
  const on = ids.flatMap((id) => {
    const column = right.rel.columns.find((c) => c.id === id);
    return column === undefined ? [] : [columnExpr(column)];
  });
  const { rel } = right;
  return {
    ...right,
    rel: {
      kind: 'distinct',
      input: rel,
      on,
      keys: totalOrder([], on, { relation: right, scope: right.scope }),
      columns: rel.columns,
      at,
      label: rel.label,
    },
  };
}

type How = Pick<JoinRel, 'type' | 'condition' | 'asof'>;

/** The join itself: nullability, keys and scope of both sides together. `equalities` is null where they say nothing of keys. */
function sides(
  left: Relation,
  right: Relation,
  how: How,
  at: Span,
  name: string,
  env: QueryEnv,
  equalities: readonly Equality[] | null,
): Relation {
  const { type, condition: on } = how;
  const deciders = on === null ? [] : decidersOf(on, env.columns);
  const allDeciders = joinOrigins(joinOrigins(left.deciders, right.deciders), deciders);
  const broken = left.scope.broken || right.scope.broken;
  if (type === 'semi' || type === 'anti') {
    const known = type === 'semi' && on !== null ? notNullWhere(on) : new Set<ColumnId>();
    const scope = left.scope.narrowed(known);
    return {
      ...left,
      rel: {
        kind: 'join',
        ...how,
        left: left.rel,
        right: right.rel,
        columns: scope === left.scope ? left.rel.columns : narrowed(left.rel.columns, known),
        at,
        label: left.rel.label,
      },
      scope: broken && !scope.broken ? new Scope(scope.columns, scope.qualifiers, true) : scope,
      deciders: allDeciders,
    };
  }
  const lost = (side: 'left' | 'right'): boolean =>
    type === 'full' || (side === 'left' ? type === 'right' : type === 'left');
  const known = (type === 'inner' || type === 'cross') && on !== null ? notNullWhere(on) : new Set<ColumnId>();
  const after = (side: 'left' | 'right', columns: readonly RelColumn[]): readonly RelColumn[] =>
    lost(side) ? columns.map((c) => (c.nullable ? c : { ...c, nullable: true })) : narrowed(columns, known);
  const qualifiers = (side: 'left' | 'right', scope: Scope) =>
    scope.qualifiers.map((q) => ({ ...q, columns: after(side, q.columns) }));
  const unique = {
    left: isUnique(left, equalities?.map((e) => e.left) ?? [], on, right),
    right: isUnique(right, equalities?.map((e) => e.right) ?? [], on, left),
  };
  return {
    rel: {
      kind: 'join',
      ...how,
      left: left.rel,
      right: right.rel,
      columns: [...after('left', left.rel.columns), ...after('right', right.rel.columns)],
      at,
      label: null,
    },
    scope: new Scope(
      [...after('left', left.scope.columns), ...after('right', right.scope.columns)],
      [...qualifiers('left', left.scope), ...qualifiers('right', right.scope)],
      broken,
    ),
    keys: joinedKeys(left, right, type, unique),
    deciders: allDeciders,
    order: null,
    fanouts: how.asof
      ? left.fanouts
      : [
          ...left.fanouts,
          ...right.fanouts,
          // What a cross join repeats is told by a `where` after it, or meant.
          ...(type === 'cross' ? [] : newFanouts(left, right, unique, at, name)),
        ],
  };
}

function narrowed(columns: readonly RelColumn[], known: ReadonlySet<ColumnId>): readonly RelColumn[] {
  return known.size === 0
    ? columns
    : columns.map((c) => (c.nullable && known.has(c.id) ? { ...c, nullable: false } : c));
}

/** Whether a row of the other side meets at most one of this side, whose columns `ids` are equal to something of it. */
function isUnique(side: Relation, ids: readonly (ColumnId | null)[], on: Rex | null, other: Relation): boolean {
  if (side.keys.some((key) => key.every((id) => ids.includes(id)))) return true;
  const others = idsOf(other);
  return on !== null && holdsOnce(side.validity, ids, on, (value) => within(value, others));
}

function joinedKeys(
  left: Relation,
  right: Relation,
  type: JoinType,
  unique: { readonly left: boolean; readonly right: boolean },
): Relation['keys'] {
  const keys: (readonly ColumnId[])[] = [];
  if (unique.right && type !== 'right' && type !== 'full') keys.push(...left.keys);
  if (unique.left && type !== 'left' && type !== 'full') keys.push(...right.keys);
  const [a] = left.keys;
  const [b] = right.keys;
  if (keys.length === 0 && a !== undefined && b !== undefined && (type === 'inner' || type === 'cross'))
    keys.push([...a, ...b]);
  return keys;
}

/** A side's rows are repeated where the other has a known key that the join does not cover. Without a known key nothing is said. */
function newFanouts(
  left: Relation,
  right: Relation,
  unique: { readonly left: boolean; readonly right: boolean },
  join: Span,
  joined: string,
): readonly Fanout[] {
  const made: Fanout[] = [];
  if (!unique.right && right.keys.length > 0) made.push({ join, joined, multiplied: idsOf(left), by: idsOf(right) });
  if (!unique.left && left.keys.length > 0) made.push({ join, joined, multiplied: idsOf(right), by: idsOf(left) });
  return made;
}
