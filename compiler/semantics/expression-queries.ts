/**
 * Queries inside expressions: `exists (…)`, `x in (…)`, and a query as one value. One that uses nothing of the rows around it
 * stands as it is; one that does is joined to them (correlation.ts).
 */
import type { ColumnId, RelColumn, Expr as Rex } from '../relational/rel.ts';
import { BOOL, type Origin, typeName, type ValueType } from '../relational/types.ts';
import type { Expr, InExpr, Query, QueryExpr, SqlSelect } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import { type Lifted, lift, overNothing, type Tie, tieOf } from './correlation.ts';
import { argumentInfo, conjunction, decides, ERROR, type ExprEnv, isError, knownCall } from './expression-env.ts';
import { literalFits } from './expression-operators.ts';
import { decidersOf, lineageOf } from './lineage.ts';
import {
  type Around,
  asDeciders,
  columnExpr,
  joinOrigins,
  NO_ORIGINS,
  newColumn,
  type Output,
  projected,
  type Relation,
  Scope,
  shown,
} from './relation.ts';
import { commonType, widen } from './widening.ts';

interface Inner {
  readonly relation: Relation;
  /** Columns of the rows around that it uses. */
  readonly outer: ReadonlySet<ColumnId>;
}

function inner(query: Query | SqlSelect, at: ExprEnv): Inner {
  const around: Around = { scope: at.scope, open: at.attached !== null && at.relation !== null, used: new Set() };
  const relation = at.env.query(query, { ...at.env, around: [around, ...at.env.around] });
  return { relation, outer: around.used };
}

export function queryExpr(expr: QueryExpr, at: ExprEnv): Rex {
  const { relation, outer } = inner(expr.query, at);
  if (expr.exists) {
    if (relation.scope.broken) return ERROR;
    return outer.size > 0 ? marked(relation, outer, [], expr, at) : exists(relation, expr);
  }
  const column = onlyColumn(relation, expr, at);
  if (column === null) return ERROR;
  if (outer.size > 0) return joinedValue(relation, column, outer, expr, at);
  const rel = whole(shown(relation, expr));
  // An aggregate of all rows gives exactly one row; any other query may give none, which is null.
  const one = rel.kind === 'aggregate' && rel.groups.length === 0;
  return {
    kind: 'scalar-subquery',
    query: rel,
    type: column.type,
    nullable: !one || column.nullable,
    inexact: column.inexact,
  };
}

function exists(relation: Relation, at: Span): Rex {
  const query = whole(shown(relation, at), 'deciders');
  return { kind: 'exists', query, negated: false, type: BOOL, nullable: false, inexact: false };
}

/**
 * The Rel with columns that say all that is in them: also what decides which rows there are, as nothing outside of the query
 * will say it. Whether rows exist hangs on that alone.
 */
function whole(relation: Relation, what: 'values' | 'deciders' = 'values'): Relation['rel'] {
  const deciders = asDeciders(relation.deciders);
  const columns = relation.rel.columns.map((column) => ({
    ...column,
    origins: what === 'values' ? joinOrigins(column.origins, deciders) : deciders,
  }));
  return { ...relation.rel, columns };
}

function onlyColumn(relation: Relation, span: Span, at: ExprEnv): RelColumn | null {
  const [column, ...others] = relation.scope.columns;
  if (relation.scope.broken || column === undefined || column.type.kind === 'error') return null;
  if (others.length === 0) return column;
  at.env.context.report('subquery-columns', { found: others.length + 1 }, span);
  return null;
}

export function inQueryExpr(expr: InExpr, query: Query | SqlSelect, at: ExprEnv): Rex {
  const member = membership(expr, query, at);
  if (member === null) return ERROR;
  const { relation, outer, value, column, type } = member;
  if (outer.size > 0) {
    const equal = knownCall('equals', [widen(columnExpr(column), type), widen(value, type)]);
    if (equal.nullable) return untold(outer, 'say first that neither side of `in` is null', expr, at);
    const mark = marked(relation, outer, [equal], expr, at);
    return expr.negated && !isError(mark) ? knownCall('not', [mark]) : mark;
  }
  return {
    kind: 'in-subquery',
    value: widen(value, type),
    query: typed(relation, column, type, query, at),
    negated: expr.negated,
    type: BOOL,
    nullable: value.nullable || column.nullable,
    inexact: value.inexact,
  };
}

interface Membership extends Inner {
  readonly value: Rex;
  readonly column: RelColumn;
  /** The type that both sides widen to. */
  readonly type: ValueType;
}

/** The sides of `x in (query)`, checked. */
function membership(expr: InExpr, query: Query | SqlSelect, at: ExprEnv): Membership | null {
  const { context } = at.env;
  const value = at.expression(expr.value, at);
  const { relation, outer } = inner(query, at);
  const column = onlyColumn(relation, query, at);
  if (isError(value) || column === null) return null;
  const side = columnExpr(column);
  if (!literalFits(value, expr.value, side, at)) return null;
  const type = commonType(argumentInfo(value), argumentInfo(side));
  if (type === null) {
    context.report(
      'incomparable-types',
      { operator: 'in', left: typeName(value.type), right: typeName(column.type) },
      expr,
    );
    return null;
  }
  if (expr.negated && column.nullable) {
    context.report('nullable-not-in', { type: typeName(column.type) }, query, {
      notes: [`\`${column.name}\` may be null`],
    });
    return null;
  }
  if (column.inexact && !decides(side, expr.value, at, 'which rows there are')) return null;
  return { relation, outer, value, column, type };
}

/** The query's Rel with its one column as `type`. */
function typed(relation: Relation, column: RelColumn, type: ValueType, at: Span, env: ExprEnv): Relation['rel'] {
  const value = widen(columnExpr(column), type);
  if (value.kind === 'column') return whole(shown(relation, at));
  const widened = newColumn(env.env, { ...column, type });
  return whole(
    projected({ ...relation, order: null }, [{ column: widened, value }], new Scope([widened], [], false), at),
  );
}

// ------------------------------------------------------------------------------------------ tied to the rows around

/**
 * `exists (…)` or `x in (…)` that decides by itself which rows there are, perhaps with `not` before it: the condition that
 * is left of it, which is none where its query is tied to the rows and joined to them. Null for any other expression.
 */
export function existence(expr: Expr, at: ExprEnv): readonly Rex[] | null {
  let asked = expr;
  let negated = false;
  while (asked.kind === 'paren' || (asked.kind === 'unary' && asked.operator === 'not')) {
    if (asked.kind === 'unary') negated = !negated;
    asked = asked.kind === 'paren' ? asked.inner : asked.operand;
  }
  if (asked.kind === 'query-expr' && asked.exists) {
    const { relation, outer } = inner(asked.query, at);
    if (relation.scope.broken) return [ERROR];
    if (outer.size > 0) return halfJoined(relation, outer, [], negated, asked, at);
    const found = exists(relation, asked);
    return [negated ? knownCall('not', [found]) : found];
  }
  // `not (x in (…))` is read as any other condition: only what is written `x in` and `x not in` is told apart here.
  if (asked !== expr || asked.kind !== 'in' || isList(asked.items)) return null;
  const member = membership(asked, asked.items, at);
  if (member === null) return [ERROR];
  const { relation, outer, value, column, type } = member;
  if (outer.size === 0) {
    const found: Rex = {
      kind: 'in-subquery',
      value: widen(value, type),
      query: typed(relation, column, type, asked.items, at),
      negated: asked.negated,
      type: BOOL,
      nullable: value.nullable || column.nullable,
      inexact: value.inexact,
    };
    return [decides(found, expr, at, 'which rows there are') ? found : ERROR];
  }
  if (asked.negated && value.nullable)
    return [untold(outer, 'say first that the value before `not in` is not null', asked, at)];
  const equal = knownCall('equals', [widen(columnExpr(column), type), widen(value, type)]);
  return halfJoined(relation, outer, [equal], asked.negated, asked, at);
}

function isList<T>(items: readonly Expr[] | T): items is readonly Expr[] {
  return Array.isArray(items);
}

function halfJoined(
  relation: Relation,
  outer: ReadonlySet<ColumnId>,
  more: readonly Rex[],
  negated: boolean,
  expr: Expr,
  at: ExprEnv,
): readonly Rex[] {
  const free = liftedRows(relation, outer, expr, at);
  if (free === null) return [ERROR];
  const conditions = [...free.conditions, ...more];
  const around = aroundIds(at);
  if (!conditions.some((each) => tieOf(each, around) !== null)) return [untied(outer, expr, at)];
  const condition = conjunction(conditions);
  if (!decides(condition, expr, at, 'which rows there are')) return [ERROR];
  at.attached?.push({ type: negated ? 'anti' : 'semi', rel: free.rel, condition, deciders: relation.deciders });
  return [];
}

const TIE = 'tie it to the rows around it by equalities alone, `where a.x = b.x`';

/** Whether rows of the query belong to a row around it, as a value: its keys, each once, joined where they are there. */
function marked(relation: Relation, outer: ReadonlySet<ColumnId>, more: readonly Rex[], expr: Expr, at: ExprEnv): Rex {
  const free = liftedRows(relation, outer, expr, at);
  if (free === null) return ERROR;
  const conditions = [...free.conditions, ...more];
  const ties = conditions.flatMap((each) => tieOf(each, aroundIds(at)) ?? []);
  if (ties.length === 0) return untied(outer, expr, at);
  if (ties.length < conditions.length) return untold(outer, TIE, expr, at);
  if (!decides(conjunction(conditions), expr, at, 'which rows belong together')) return ERROR;
  const deciders = asDeciders(
    conditions.reduce((all, each) => joinOrigins(all, decidersOf(each, at.env.columns)), relation.deciders),
  );
  const keys = ties.map(({ own }, i) => keyColumn(own, `key_${i + 1}`, deciders, at));
  const source: Relation = { ...relation, rel: free.rel, order: null, keys: [], validity: null, fanouts: [] };
  const { rel } = projected(source, keys, new Scope([], [], false), expr);
  const columns = rel.columns.map((column) => ({ ...column, nullable: true }));
  at.attached?.push({
    type: 'left',
    rel: { kind: 'distinct', input: rel, on: null, keys: [], columns, at: expr, label: null },
    condition: conjunction(
      ties.map(({ outer: side }, i) => knownCall('equals', [columnExpr(keys[i]?.column ?? missing()), side])),
    ),
    deciders: NO_ORIGINS,
  });
  return knownCall('is_not_null', [{ ...columnExpr(keys[0]?.column ?? missing()), nullable: true }]);
}

function missing(): never {
  throw new Error('a query is joined without a key');
}

function keyColumn(value: Rex, name: string, deciders: readonly Origin[], at: ExprEnv): Output {
  const { tags } = lineageOf(value, at.env.columns);
  const { type, nullable, inexact } = value;
  return { column: newColumn(at.env, { name, type, nullable, inexact, doc: null, tags, origins: deciders }), value };
}

/** A query as one value for each row around it: joined by what ties it, of which it has at most one row each. */
function joinedValue(
  relation: Relation,
  column: RelColumn,
  outer: ReadonlySet<ColumnId>,
  expr: QueryExpr,
  at: ExprEnv,
): Rex {
  const rows = shown(relation, expr).rel;
  const free = lifted(rows, expr, at, outer);
  if (free === null) return ERROR;
  const ties = free.conditions.flatMap((each) => tieOf(each, aroundIds(at)) ?? []);
  if (ties.length === 0) return untied(outer, expr, at);
  if (ties.length < free.conditions.length) return untold(outer, TIE, expr, at);
  if (!decides(conjunction(free.conditions), expr, at, 'which rows belong together')) return ERROR;
  if (!free.overAll && !givesOne(relation, ties))
    return untold(outer, 'it may give several rows: aggregate them, `|> aggregate max(…)`', expr, at);
  const deciders = free.conditions.reduce(
    (all, each) => joinOrigins(all, decidersOf(each, at.env.columns)),
    asDeciders(relation.deciders),
  );
  at.env.columns[column.id] = { ...column, nullable: true, origins: joinOrigins(column.origins, deciders) };
  at.attached?.push({
    type: 'left',
    rel: { ...free.rel, columns: free.rel.columns.map((each) => ({ ...each, nullable: true })) },
    condition: conjunction(free.conditions),
    deciders: NO_ORIGINS,
  });
  const value: Rex = { ...columnExpr(column), nullable: true };
  const none = free.overAll ? overNothing(rows, column.id) : null;
  if (none === null || (none.kind === 'literal' && none.value === null)) return value;
  const [tie] = ties;
  return {
    kind: 'case',
    branches: [
      {
        when: knownCall('is_not_null', [{ ...(tie?.own ?? missing()), nullable: true }]),
        then: { ...value, nullable: column.nullable },
      },
    ],
    otherwise: widen(none, column.type),
    type: column.type,
    nullable: column.nullable || none.nullable,
    inexact: column.inexact,
  };
}

/** Whether what ties the query covers a key of its rows. */
function givesOne(relation: Relation, ties: readonly Tie[]): boolean {
  const tied = new Set(ties.flatMap(({ own }) => (own.kind === 'column' ? [own.id] : [])));
  return relation.keys.some((key) => key.every((id) => tied.has(id)));
}

/** The rows of a query of which only their being there is asked. */
function liftedRows(relation: Relation, outer: ReadonlySet<ColumnId>, expr: Expr, at: ExprEnv): Lifted | null {
  let { rel } = shown({ ...relation, order: null }, expr);
  // The same rows are there, whatever their order and however often each is.
  while (rel.kind === 'sort' || (rel.kind === 'distinct' && rel.on === null) || (rel.kind === 'limit' && keepsOne(rel)))
    rel = rel.input;
  const free = lifted(rel, expr, at, outer);
  if (free === null || !free.overAll) return free;
  untold(outer, 'it has a row in any case, as it aggregates all of its rows', expr, at);
  return null;
}

function keepsOne(rel: { readonly count: number; readonly offset: number }): boolean {
  return rel.count > 0 && rel.offset === 0;
}

function lifted(rel: Relation['rel'], expr: Expr, at: ExprEnv, outer: ReadonlySet<ColumnId>): Lifted | null {
  const free = lift(rel, aroundIds(at), at.env);
  if (!('reason' in free)) return free;
  untold(outer, free.reason, expr, at);
  return null;
}

function aroundIds(at: ExprEnv): ReadonlySet<ColumnId> {
  return new Set(at.relation?.rel.columns.map((column) => column.id));
}

/** Reports a query that uses the rows around it with no equality that says which of them belong together. */
function untied(outer: ReadonlySet<ColumnId>, expr: Expr, at: ExprEnv): Rex {
  const reason = `a query that uses \`${firstName(outer, at)}\` of the one around it is tied to it by an equality: \`where a.x = b.x\``;
  at.env.context.report('join-condition', { reason }, expr);
  return ERROR;
}

function firstName(outer: ReadonlySet<ColumnId>, at: ExprEnv): string {
  const [first] = outer;
  return first === undefined ? '' : (at.env.columns[first]?.name ?? '');
}

/** Reports a query that cannot be joined to the rows around it. */
function untold(outer: ReadonlySet<ColumnId>, instead: string, expr: Expr, at: ExprEnv): Rex {
  at.env.context.report(
    'not-supported-yet',
    { what: `a query that uses \`${firstName(outer, at)}\` of the one around it like this`, instead },
    expr,
    { notes: ['a `semi join`, an `anti join` or a `left join` with an aggregate says the same'] },
  );
  return ERROR;
}
