/** `union`, `intersect`, `except`: columns are matched by name, types by what both widen to. */
import type { RelColumn } from '../../relational/rel.ts';
import { type Origin, typeName, type ValueType } from '../../relational/types.ts';
import type { SetOperationStage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import {
  asDeciders,
  columnExpr,
  isSeveral,
  joinOrigins,
  newColumn,
  type Output,
  passedOn,
  projected,
  type QueryEnv,
  type Relation,
  Scope,
  sameColumns,
} from '../relation.ts';
import { commonType, widen } from '../widening.ts';
import { valueColumn } from './support.ts';
import { table } from './table.ts';

export function setOperationStage(stage: SetOperationStage, input: Relation, env: QueryEnv): Relation {
  const { operation } = stage;
  if (stage.quantifier === null && stage.tables.length > 0) {
    const end = stage.start + operation.length;
    env.context.report(
      'bare-set-operation',
      { operation },
      { start: stage.start, end },
      {
        fixes: [
          {
            title: `write \`${operation} distinct\``,
            safe: true,
            edits: [{ place: env.context.place({ start: end, end }), text: ' distinct' }],
          },
        ],
      },
    );
  }
  let result: Relation = { ...input, order: null };
  for (const expr of stage.tables) result = combine(result, table(expr, env), stage, expr, env);
  return result;
}

export function combine(
  left: Relation,
  given: Relation,
  stage: Pick<SetOperationStage, 'operation' | 'quantifier'> & Span,
  at: Span,
  env: QueryEnv,
): Relation {
  const { operation } = stage;
  const right = placed(left, given, env);
  const names = left.scope.columns;
  const broken = left.scope.broken || right.scope.broken;
  const complain = (reason: string, untold = false): Relation => {
    if (!broken) env.context.report('set-operation-columns', { operation, reason }, at);
    return { ...left, scope: new Scope(left.scope.columns, [], left.scope.broken || untold) };
  };
  const missing = names.filter((c) => right.scope.find(c.name) === undefined);
  if (missing.length > 0)
    return complain(`${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing on this side`);
  const extra = right.scope.columns.filter((c) => left.scope.find(c.name) === undefined);
  if (extra.length > 0) return complain(`this side has ${list(extra)} besides`);
  if (broken) return { ...left, scope: new Scope(left.scope.columns, [], true) };

  const pairs: { readonly left: RelColumn; readonly right: RelColumn; readonly type: ValueType }[] = [];
  for (const column of names) {
    const found = right.scope.find(column.name);
    if (found === undefined || isSeveral(found) || isSeveral(left.scope.find(column.name) ?? found))
      return complain(`\`${column.name}\` is there twice`, true);
    const type = commonType({ type: column.type, literal: undefined }, { type: found.type, literal: undefined });
    if (type === null)
      return complain(`\`${column.name}\` is \`${typeName(column.type)}\` and \`${typeName(found.type)}\``);
    if ((column.inexact || found.inexact) && !(operation === 'union' && stage.quantifier === 'all'))
      env.context.report('inexact-decides', { where: 'which rows are the same' }, at, {
        label: `\`${column.name}\` is inexact`,
      });
    pairs.push({ left: column, right: found, type });
  }
  if (pairs.some((pair, i) => right.scope.columns[i]?.id !== pair.right.id))
    env.context.report('set-operation-order', { operation }, at);
  const lefts = typed(
    left,
    pairs.map((p) => ({ column: p.left, type: p.type })),
    at,
    env,
  );
  const rights = typed(
    right,
    pairs.map((p) => ({ column: p.right, type: p.type })),
    at,
    env,
  );
  const columns = pairs.map((pair) => {
    const made = newColumn(env, {
      name: pair.left.name,
      type: pair.type,
      // What is in both is as strict as the stricter; what is in either as loose as the looser.
      nullable:
        operation === 'union'
          ? pair.left.nullable || pair.right.nullable
          : operation === 'intersect'
            ? pair.left.nullable && pair.right.nullable
            : pair.left.nullable,
      inexact: pair.left.inexact || pair.right.inexact,
      doc: pair.left.doc,
      tags: operation === 'except' ? pair.left.tags : union(pair.left.tags, pair.right.tags),
      origins: operation === 'except' ? pair.left.origins : joinOrigins(pair.left.origins, pair.right.origins),
    });
    if (env.unnamed.has(pair.left.id)) env.unnamed.add(made.id);
    for (const side of [pair.left, pair.right])
      if (!env.unnamed.has(side.id)) env.context.trace?.sameName(made.id, side.id);
    return made;
  });
  const all = stage.quantifier === 'all';
  return {
    rel: { kind: 'set-operation', operation, all, inputs: [lefts.rel, rights.rel], columns, at: stage, label: null },
    scope: new Scope(columns, [], false),
    keys: all ? [] : [columns.map((c) => c.id)],
    deciders: joinOrigins(left.deciders, operation === 'union' ? right.deciders : allOrigins(pairs, right)),
    order: null,
    fanouts: [],
  };
}

/** As in SQL, a column without a name is the one in its place: `select 1 as n union all select 2`. */
function placed(left: Relation, right: Relation, env: QueryEnv): Relation {
  const { columns, broken } = right.scope;
  const wanted = left.scope.columns;
  if (columns.length !== wanted.length || !columns.some((column) => env.unnamed.has(column.id))) return right;
  const named = columns.map((column, i) =>
    env.unnamed.has(column.id) ? { ...column, name: wanted[i]?.name ?? column.name } : column,
  );
  return { ...right, scope: new Scope(named, [], broken) };
}

/** Whether a row is on the other side too hangs on all of its values. */
function allOrigins(
  pairs: readonly { readonly left: RelColumn; readonly right: RelColumn }[],
  right: Relation,
): readonly Origin[] {
  const values = pairs.flatMap((pair) => [...pair.left.origins, ...pair.right.origins]);
  return joinOrigins(right.deciders, asDeciders(values));
}

function list(columns: readonly RelColumn[]): string {
  return columns.map((c) => `\`${c.name}\``).join(', ');
}

function union<T extends { readonly name: string; readonly value: string }>(
  a: readonly T[],
  b: readonly T[],
): readonly T[] {
  return b.length === 0
    ? a
    : [...a, ...b.filter((tag) => !a.some((other) => other.name === tag.name && other.value === tag.value))];
}

/** One side with exactly these columns, in this order and of these types. */
function typed(
  side: Relation,
  wanted: readonly { readonly column: RelColumn; readonly type: ValueType }[],
  at: Span,
  env: QueryEnv,
): Relation {
  const outputs = wanted.map(({ column, type }): Output => {
    const value = widen(columnExpr(column), type);
    if (value.kind === 'column') return passedOn(column);
    const made = valueColumn(env, column.name, value);
    env.context.trace?.sameName(made.id, column.id);
    return { column: made, value };
  });
  const columns = outputs.map((o) => o.column);
  if (sameColumns(columns, side.rel.columns)) return side;
  return projected({ ...side, order: null }, outputs, new Scope(columns, [], false), at);
}
