/** What the stages share: the environment of their expressions, new columns, assertions of casts, windows taken out. */
import type { ColumnId, RelColumn, Expr as Rex } from '../../relational/rel.ts';
import { typeName } from '../../relational/types.ts';
import { mapOperands } from '../../relational/walk.ts';
import type { Name, NamedExpr } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { type Attached, contains, type ExprEnv, type FailingCast, knownCall } from '../expression-env.ts';
import { reportAmbiguous, unknownColumn } from '../expression-names.ts';
import { expression } from '../expressions.ts';
import { decidersOf, lineageOf } from '../lineage.ts';
import { notNullWhere } from '../nullability.ts';
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
  type Scope,
} from '../relation.ts';

/** For the expressions of a stage over its input. `place` says where, in messages. */
export function over(
  input: Relation,
  env: QueryEnv,
  place: string,
  allowed: {
    readonly windows?: boolean;
    readonly aggregates?: boolean;
    /** What the stage itself names. */
    readonly gives?: readonly NamedExpr[];
    /** False where the stage is not `prepared` with what its expressions need below it. */
    readonly queries?: boolean;
  } = {},
): ExprEnv {
  return {
    env,
    scope: input.scope,
    relation: input,
    place,
    aggregates: allowed.aggregates ?? false,
    windows: allowed.windows ?? false,
    casts: [],
    attached: allowed.queries === false ? null : [],
    expression,
    ...(allowed.gives === undefined
      ? {}
      : { siblings: new Set(allowed.gives.flatMap((item) => item.name?.text ?? [])) }),
  };
}

/** For constants: no column is in reach. */
export function constants(env: QueryEnv, scope: Scope, place: string): ExprEnv {
  return {
    env,
    scope,
    relation: null,
    place,
    aggregates: false,
    windows: false,
    casts: [],
    attached: null,
    expression,
  };
}

/** The relation with what the expressions of a stage need below it: queries joined, casts asserted. */
export function prepared(
  input: Relation,
  at: ExprEnv,
  stage: Span,
  casts: readonly FailingCast[] = at.casts,
): Relation {
  return withCasts(
    (at.attached ?? []).reduce((rows, each) => attachedTo(rows, each, at.env, stage), input),
    casts,
    stage,
  );
}

function attachedTo(input: Relation, { type, rel, condition, deciders }: Attached, env: QueryEnv, at: Span): Relation {
  const join = {
    kind: 'join',
    type,
    asof: false,
    left: input.rel,
    right: rel,
    condition,
    at,
    label: input.rel.label,
  } as const;
  // Its columns hide beside those of the rows: names do not reach them.
  if (type === 'left') return { ...input, rel: { ...join, columns: [...input.rel.columns, ...rel.columns] } };
  const known = type === 'semi' ? notNullWhere(condition) : new Set<ColumnId>();
  const scope = input.scope.narrowed(known);
  const columns =
    scope === input.scope
      ? input.rel.columns
      : input.rel.columns.map((column) => (known.has(column.id) ? { ...column, nullable: false } : column));
  const decide = joinOrigins(decidersOf(condition, env.columns), asDeciders(deciders));
  return { ...input, rel: { ...join, columns }, scope, deciders: joinOrigins(input.deciders, decide) };
}

/** The relation with an assertion for each cast that may fail. */
export function withCasts(input: Relation, casts: readonly FailingCast[], at: Span): Relation {
  let rel = input.rel;
  for (const { value, attempt } of casts) {
    const succeeded = knownCall('is_not_null', [attempt]);
    const condition = value.nullable ? knownCall('or', [knownCall('is_null', [value]), succeeded]) : succeeded;
    rel = {
      kind: 'assert',
      input: rel,
      condition,
      message: failure(value, attempt),
      columns: rel.columns,
      at,
      label: rel.label,
    };
  }
  return rel === input.rel ? input : { ...input, rel };
}

function failure(value: Rex, attempt: Rex): string {
  return `a value of type ${typeName(value.type)} cannot be cast to ${typeName(attempt.type)}`;
}

/** A column for a value: with its lineage, and its doc where it is plainly another column. */
export function valueColumn(env: QueryEnv, name: string, value: Rex): RelColumn {
  const lineage = lineageOf(value, env.columns);
  const doc = value.kind === 'column' ? (env.columns[value.id]?.doc ?? null) : null;
  const made = newColumn(env, {
    name,
    type: value.type,
    nullable: value.nullable,
    inexact: value.inexact,
    doc,
    tags: lineage.tags,
    origins: lineage.origins,
  });
  if (value.kind === 'column' && env.columns[value.id]?.name === name) env.context.trace?.sameName(made.id, value.id);
  return made;
}

/** Remembers where an item of a stage stands, and its `as name`; what a function of the project brings in stands elsewhere. */
export function placed(column: RelColumn, at: Span, env: QueryEnv, name: Name | null = null): void {
  if (name !== null) env.context.trace?.column(name, column.id, true);
  if (env.inlining.length === 0) env.places.set(column.id, at);
}

/** The name, or one like it that is free: after a clash that is reported, so that it is reported once. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`;
  return free;
}

/** The value under a name. A column under its own name is passed on as it is, unless `taken` has it already. */
export function output(env: QueryEnv, input: Relation, name: string, value: Rex, taken: ReadonlySet<number>): Output {
  if (value.kind === 'column' && !taken.has(value.id)) {
    const column = columnOf(input, value.id);
    if (column?.name === name) return passedOn(column);
  }
  return { column: valueColumn(env, name, value), value };
}

function columnOf(input: Relation, id: number): RelColumn | undefined {
  for (const column of input.scope.columns) if (column.id === id) return column;
  for (const column of input.rel.columns) if (column.id === id) return column;
  return undefined;
}

/** The input's columns, hidden ones included, and `added` after them. */
export function extended(input: Relation, added: readonly Output[], scope: Scope, at: Span): Relation {
  return projected(input, [...input.rel.columns.map(passedOn), ...added], scope, at);
}

/** Windows in the values become hidden columns of the relation, for nodes in which none may stand. */
export function hoistWindows(
  input: Relation,
  values: readonly Rex[],
  env: QueryEnv,
  at: Span,
): { readonly input: Relation; readonly values: readonly Rex[] } {
  if (!values.some((value) => contains(value, 'window'))) return { input, values };
  const added: Output[] = [];
  const take = (expr: Rex): Rex => {
    if (expr.kind !== 'window') return mapOperands(expr, take);
    const column = valueColumn(env, expr.fn, expr);
    added.push({ column, value: expr });
    return columnExpr(column);
  };
  const taken = values.map(take);
  return { input: extended(input, added, input.scope, at), values: taken };
}

/** The column that a bare name means, reported where it means none or several. */
export function columnNamed(name: Name, input: Relation, env: QueryEnv): RelColumn | null {
  if (name.text === '') return null;
  const found = input.scope.find(name.text);
  if (found === undefined) unknownColumn(name.text, name, { scope: input.scope, env });
  else if (isSeveral(found)) reportAmbiguous(name.text, name, input.scope, env, true);
  else {
    env.context.trace?.column(name, found.id);
    return found;
  }
  return null;
}

/** Whether two values are the same, part by part. */
export function sameValue(a: Rex, b: Rex): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'column' && b.kind === 'column') return a.id === b.id;
  if (a.kind === 'literal' && b.kind === 'literal') return a.value === b.value && a.type.kind === b.type.kind;
  if (a.kind === 'call' && b.kind === 'call') {
    return (
      a.fn === b.fn &&
      a.args.length === b.args.length &&
      a.args.every((arg, i) => sameValue(arg, b.args[i] ?? arg) && b.args[i] !== undefined)
    );
  }
  return JSON.stringify(a) === JSON.stringify(b);
}
