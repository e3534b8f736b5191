/**
 * Queries: checked and lowered in one pass, stage by stage.
 *
 * `elaborateQuery` takes a query's tree and gives its typed Rel and row type; `elaborateCondition` does the same for a
 * condition over the columns of a row type (checks, `expect` of a contract). The tree is never changed. What is wrong is
 * reported once; the result is then as whole as it can be, so that those who read it still get answers.
 */
import type { Code } from '../diagnostics/codes.ts';
import type { Rel, RelColumn, Expr as Rex } from '../relational/rel.ts';
import { type Column, decimal, type RowType } from '../relational/types.ts';
import { assertNever, type Declaration, type Expr, type Query, type SqlSelect, type Stage } from '../syntax/ast.ts';
import type { Span } from '../syntax/source.ts';
import type { CheckContext, ElaboratedQuery } from './context.ts';
import { condition, ERROR, isError } from './expression-env.ts';
import { expression } from './expressions.ts';
import {
  asDeciders,
  type Binding,
  columnExpr,
  joinOrigins,
  type Named,
  NO_ORIGINS,
  type QueryEnv,
  type Relation,
  reachOf,
  Scope,
  sameColumns,
  untold,
} from './relation.ts';
import { aggregateStage } from './stages/aggregate.ts';
import { assertStage } from './stages/assert.ts';
import { callStage } from './stages/call.ts';
import { dropStage, extendStage, renameStage, setStage } from './stages/columns.ts';
import { distinctStage } from './stages/distinct.ts';
import { fromStage } from './stages/from.ts';
import { joinStage } from './stages/join.ts';
import { limitStage, orderStage } from './stages/order.ts';
import { pivotStage, unpivotStage } from './stages/pivot.ts';
import { selectStage } from './stages/select.ts';
import { setOperationStage } from './stages/set-operation.ts';
import { sqlSelect } from './stages/sql-select.ts';
import { constants } from './stages/support.ts';
import { brokenRelation } from './stages/table.ts';
import { unnestStage } from './stages/unnest.ts';
import { whereStage } from './stages/where.ts';
import type { Owner } from './trace.ts';
import { validityOver } from './validity.ts';
import { valueType } from './value-types.ts';

/**
 * `stored`: the rows become a dataset, so every column needs a name of its own. `shown`: they are looked at, so columns
 * without one get one.
 */
export type Purpose = 'stored' | 'shown';

export function elaborateQuery(
  query: Query | SqlSelect,
  context: CheckContext,
  purpose: Purpose = 'stored',
): ElaboratedQuery {
  const env = newEnv(context);
  const relation = checkQuery(query, env);
  const columns = uniqueNames(relation, query, env, purpose);
  const rel = finished(relation, columns, query);
  const places = rel.columns.map((column) => env.places.get(column.id) ?? null);
  return { rel, row: rowType(relation, rel.columns), places, broken: relation.scope.broken };
}

const UNSAID = { doc: null, tags: [], origins: NO_ORIGINS } as const;

/** What is wrong in the body of a function whatever it is called with. Other codes hang on what the call hands in. */
const CERTAIN: ReadonlySet<Code> = new Set<Code>([
  'unknown-column',
  'unknown-dataset',
  'ambiguous-dataset',
  'unknown-function',
  'unknown-qualifier',
  'unknown-value-type',
  'cannot-cast',
  'type-mismatch',
  'mixed-types',
  'incomparable-types',
]);

/**
 * Reports what is wrong in the body of a `fn` whoever calls it. A parameter of a value is one of its type, of which nothing
 * else is known; the rows of a pipe function are unknown, and so is what other functions give.
 */
export function checkFunctionBody({ name, parameters, value }: Declaration, context: CheckContext): void {
  const own: CheckContext = {
    ...delegate(context),
    report: (code, params, span, extras) => {
      // Functions may want a value that is written out, which a call can hand in; operators never do.
      const operator = code === 'wrong-arguments' && /^\W+$/.test((params as { readonly name: string }).name);
      if (operator || CERTAIN.has(code)) context.report(code, params, span, extras);
    },
    userFunction: (other) => {
      const fn = context.userFunction(other);
      return fn === null ? null : { ...fn, declaration: { ...fn.declaration, value: null } };
    },
  };
  const env = newEnv(own);
  const bindings = new Map<string, Binding>();
  for (const { name: parameter, type } of parameters ?? []) {
    const known = type === null || type.name.text === 'column' ? null : valueType(type, own, decimal(38, 0));
    let bound: Rex = ERROR;
    if (known !== null && value?.kind !== 'query') {
      const column = {
        id: own.freshId(),
        name: parameter.text,
        type: known,
        nullable: false,
        inexact: false,
        ...UNSAID,
      };
      env.columns[column.id] = column;
      bound = columnExpr(column);
    }
    bindings.set(parameter.text, { kind: 'value', value: bound });
  }
  if (value === null) return;
  const inner: QueryEnv = { ...env, parameters: bindings, parametersDepth: 0, inlining: [name?.text ?? ''] };
  if (value.kind === 'query') runStages(value.stages, brokenRelation(value), inner, value);
  else expression(value, constants(inner, new Scope([], [], false), `the body of \`${name?.text ?? ''}\``));
}

/**
 * A condition over a row: `id` of a column is its index in `row`. Gives null after an error.
 * `owner` is whose row it is. Neither aggregates nor windows may stand in it; a cast that may fail is refused, as there is no step below to fail.
 */
export function elaborateCondition(
  expr: Expr,
  row: RowType,
  context: CheckContext,
  what: string,
  owner: Owner | null,
  deciding = 'whether a check passes',
): Rex | null {
  const { at } = rowScope(row, context, what, owner);
  context.trace?.sees(expr, reachOf(at.scope, at.env));
  const checked = condition(expr, at, what, deciding);
  return isError(checked) || !refuseCasts(at.casts, context) ? null : checked;
}

function rowScope(row: RowType, context: CheckContext, what: string, owner: Owner | null) {
  // Ids below the row's length are taken by its columns; queries inside the expression count on from there.
  const columns = row.columns.map((column, id): RelColumn => ({ ...column, id }));
  let next = columns.length;
  const trace = context.trace?.nested() ?? null;
  const env = newEnv({ ...delegate(context), freshId: () => next++, trace });
  for (const column of columns) {
    env.columns[column.id] = column;
    if (owner !== null) trace?.belongs(column.id, owner, column.name);
  }
  return { at: constants(env, new Scope(columns, [], false), what) };
}

function delegate(context: CheckContext): CheckContext {
  return {
    report: (code, params, span, extras) => context.report(code, params, span, extras),
    place: (span) => context.place(span),
    text: (span) => context.text(span),
    dataset: (name) => context.dataset(name),
    enumType: (name) => context.enumType(name),
    userFunction: (name) => context.userFunction(name),
    enumNames: () => context.enumNames(),
    userFunctionNames: () => context.userFunctionNames(),
    freshId: () => context.freshId(),
    trace: context.trace,
  };
}

function refuseCasts(casts: readonly { readonly span: Span }[], context: CheckContext): boolean {
  for (const { span } of casts) {
    context.report('not-supported-yet', { what: 'a `cast` that may fail in a check' }, span, {
      notes: ['write `try_cast`, which gives null where it fails'],
    });
  }
  return casts.length === 0;
}

function newEnv(context: CheckContext): QueryEnv {
  return {
    context,
    columns: [],
    unnamed: new Set(),
    places: new Map(),
    named: null,
    around: [],
    parameters: null,
    parametersDepth: 0,
    inlining: [],
    query: checkQuery,
  };
}

function checkQuery(query: Query | SqlSelect, env: QueryEnv): Relation {
  return query.kind === 'sql-select' ? sqlSelect(query, env, runStages) : runStages(query.stages, null, env, query);
}

function runStages(stages: readonly Stage[], input: Relation | null, outer: QueryEnv, at: Span): Relation {
  let relation = input;
  let env = outer;
  const named: { readonly name: string; readonly definition: Rel }[] = [];
  for (const stage of stages) {
    if (stage.kind === 'with') {
      const names = new Set<string>();
      for (const { name, query } of stage.queries) {
        if (names.has(name.text)) env.context.report('duplicate-alias', { alias: name.text }, name);
        names.add(name.text);
        const inner = checkQuery(query, env);
        const definition = { ...inner, rel: shownRel(inner, query), order: null };
        const visible: Relation = { ...definition, scope: new Scope(definition.rel.columns, [], inner.scope.broken) };
        const entry: Named = { name: name.text, given: name, relation: visible, outer: env.named };
        env.context.trace?.name(name, { kind: 'local', given: name, what: 'query' }, true);
        env = { ...env, named: entry };
        named.push({ name: name.text, definition: definition.rel });
      }
      continue;
    }
    // A query that starts with another stage is reported where it is parsed.
    if (relation === null && stage.kind !== 'from') return brokenRelation(at);
    const before = relation ?? brokenRelation(at);
    relation = runStage(stage, before, env);
    env.context.trace?.sees(stage, reachOf(before.scope, env), relation.scope.columns);
  }
  const result = relation ?? brokenRelation(at);
  return named.length === 0
    ? result
    : {
        ...result,
        rel: named.reduceRight(
          (body, { name, definition }): Rel => ({
            kind: 'named',
            name,
            definition,
            body,
            columns: body.columns,
            at: null,
            label: null,
          }),
          result.rel,
        ),
      };
}

function runStage(stage: Exclude<Stage, { kind: 'with' }>, input: Relation, env: QueryEnv): Relation {
  switch (stage.kind) {
    case 'from':
      return fromStage(stage, env);
    case 'where':
      return whereStage(stage, input, env);
    case 'select':
      return selectStage(stage, input, env);
    case 'extend':
      return extendStage(stage, input, env);
    case 'set':
      return setStage(stage, input, env);
    case 'drop':
      return dropStage(stage, input, env);
    case 'rename':
      return renameStage(stage, input, env);
    case 'aggregate':
      return aggregateStage(stage, input, env);
    case 'join':
      return joinStage(stage, input, env);
    case 'order':
      return orderStage(stage, input, env);
    case 'limit':
      return limitStage(stage, input, env);
    case 'distinct':
      return distinctStage(stage, input, env);
    case 'set-operation':
      return setOperationStage(stage, input, env);
    case 'pivot':
      return pivotStage(stage, input, env);
    case 'unpivot':
      return unpivotStage(stage, input, env);
    case 'unnest':
      return unnestStage(stage, input, env);
    case 'call':
      return callStage(stage, input, env, runStages);
    case 'assert':
      return assertStage(stage, input, env);
    case 'as': {
      const { columns, broken } = input.scope;
      const { text } = stage.alias;
      const { trace } = env.context;
      trace?.name(stage.alias, { kind: 'local', given: stage.alias, what: 'table' }, true);
      const qualifier = { name: text, given: stage.alias, columns, dataset: null, gone: null };
      const scope = new Scope(columns, text === '' ? [] : [qualifier], broken);
      return { ...input, rel: { ...input.rel, label: text }, scope };
    }
    case 'missing':
      return untold(input);
    default:
      return assertNever(stage);
  }
}

// ---------------------------------------------------------------------------------------------- the end of a query

/** The columns under names that differ. In a stored query a repeated or missing name is an error. */
function uniqueNames(
  relation: Relation,
  query: Query | SqlSelect,
  env: QueryEnv,
  purpose: Purpose,
): readonly RelColumn[] {
  const { scope } = relation;
  const stored = purpose === 'stored' && !scope.broken;
  const end = (query.kind === 'query' ? query.stages.at(-1) : undefined) ?? query;
  const names = new Set<string>();
  const repeated = new Map<Span, string[]>();
  const columns: RelColumn[] = [];
  for (const column of scope.columns) {
    const at = env.places.get(column.id) ?? end;
    let { name } = column;
    if (stored && env.unnamed.has(column.id)) env.context.report('unnamed-column', {}, at);
    else if (stored && names.has(name)) {
      const before = repeated.get(at);
      if (before === undefined) repeated.set(at, [name]);
      else before.push(name);
      continue;
    }
    for (let n = 2; names.has(name); n++) name = `${column.name}_${n}`;
    names.add(name);
    columns.push(name === column.name ? column : { ...column, name });
  }
  for (const [at, twice] of repeated) env.context.report('duplicate-column', { columns: twice }, at);
  if (stored && scope.columns.length === 0) env.context.report('no-columns', {}, end);
  return columns;
}

/** The Rel with exactly these columns, in its order where it has one. `with` stays outermost. */
function finished(relation: Relation, columns: readonly RelColumn[], at: Span): Rel {
  const inner = (rel: Rel): Rel => {
    if (rel.kind === 'named') {
      const body = inner(rel.body);
      return { ...rel, body, columns: body.columns };
    }
    const sorted =
      relation.order === null || isSorted(rel, relation)
        ? rel
        : ({ kind: 'sort', input: rel, keys: relation.order, columns: rel.columns, at, label: rel.label } as const);
    const same = sameColumns(columns, rel.columns) && columns.every((c, i) => c.name === rel.columns[i]?.name);
    return same
      ? sorted
      : { kind: 'project', input: sorted, values: columns.map(columnExpr), columns, at, label: rel.label };
  };
  return inner(relation.rel);
}

function shownRel(relation: Relation, at: Span): Rel {
  return finished({ ...relation, order: null }, relation.scope.columns, at);
}

/** A `limit` has put the rows in their order already. */
function isSorted(rel: Rel, relation: Relation): boolean {
  return (
    rel.kind === 'limit' &&
    rel.input.kind === 'sort' &&
    (relation.order ?? []).every((key, i) => rel.input.kind === 'sort' && rel.input.keys[i] === key)
  );
}

/** The row type: what decides the rows at all decides each of their values. */
function rowType(relation: Relation, columns: readonly RelColumn[]): RowType {
  const deciders = asDeciders(relation.deciders);
  const names = new Map(columns.map((c) => [c.id, c.name]));
  return {
    columns: columns.map(
      (column): Column => ({
        name: column.name,
        type: column.type,
        nullable: column.nullable,
        inexact: column.inexact,
        doc: column.doc,
        tags: column.tags,
        origins: joinOrigins(column.origins, deciders),
      }),
    ),
    keys: relation.keys
      .filter((key) => key.every((id) => names.has(id)))
      .map((key) => key.map((id) => names.get(id) ?? '')),
    validity: validityOver(relation.validity, (id) => names.get(id)),
  };
}
