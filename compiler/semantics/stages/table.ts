/** What `from`, joins and set operations read: a dataset, a `with` query, `values`, a query in parentheses. */
import type { RelColumn, Expr as Rex } from '../../relational/rel.ts';
import type { Column, Origin, ValueType } from '../../relational/types.ts';
import type { Expr, Name, TableExpr } from '../../syntax/ast.ts';
import { assertNever } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import type { DatasetRef } from '../context.ts';
import { type ExprEnv, isError, NULL } from '../expression-env.ts';
import { oneType } from '../expression-operators.ts';
import { type Named, NO_ORIGINS, newColumn, type Qualifier, type QueryEnv, type Relation, Scope } from '../relation.ts';
import { validityOver } from '../validity.ts';
import { widen } from '../widening.ts';
import { constants } from './support.ts';

const NO_COLUMNS = new Scope([], [], false);

/** Rows of which nothing is known, after an error. */
export function brokenRelation(at: Span): Relation {
  return {
    rel: { kind: 'values', rows: [], columns: [], at, label: null },
    scope: new Scope([], [], true),
    keys: [],
    deciders: NO_ORIGINS,
    order: null,
    fanouts: [],
  };
}

export function table(expr: TableExpr, env: QueryEnv): Relation {
  if (expr.alias !== null)
    env.context.trace?.name(expr.alias, { kind: 'local', given: expr.alias, what: 'table' }, true);
  switch (expr.kind) {
    case 'dataset': {
      const last = expr.name.parts.at(-1)?.text ?? '';
      if (last === '') return brokenRelation(expr);
      const alias = expr.alias?.text ?? last;
      const named = expr.name.parts.length === 1 ? findNamed(last, env.named) : null;
      if (named !== null) {
        const what = { kind: 'local', given: named.given, what: 'query' } as const;
        env.context.trace?.name(expr.name, what);
        return reference(named, alias, expr.alias ?? named.given, expr, env);
      }
      const dataset = env.context.dataset(expr.name);
      if (dataset === null) return brokenRelation(expr);
      env.context.trace?.dataset(expr.name, dataset.name);
      return scan(dataset, alias, expr.alias, expr, env);
    }
    case 'values':
      return values(expr.rows, expr.alias, expr, env);
    case 'subquery': {
      const inner = env.query(expr.query, env);
      const alias = expr.alias?.text;
      const qualifiers: readonly Qualifier[] =
        alias === undefined
          ? []
          : [{ name: alias, given: expr.alias, columns: inner.scope.columns, dataset: null, gone: null }];
      return {
        ...inner,
        rel: alias === undefined ? inner.rel : { ...inner.rel, label: alias },
        scope: new Scope(inner.scope.columns, qualifiers, inner.scope.broken),
        // `select … order by …` keeps its order for the stages after it, as it does where nothing follows.
        order: expr.query.kind === 'sql-select' ? inner.order : null,
      };
    }
    case 'function': {
      const name = expr.call.kind === 'call' ? expr.call.name.parts.map((p) => p.text).join('.') : 'this';
      env.context.report(
        'not-supported-yet',
        {
          what: `\`${name}(…)\` as a table`,
          instead:
            name.toLowerCase() === 'unnest'
              ? 'a list of the rows is spread by `|> unnest xs as x`, or `cross join unnest(xs) as x`'
              : 'rows come from a dataset, `values [...]` or a query in parentheses',
        },
        expr.call,
      );
      return brokenRelation(expr);
    }
    default:
      return assertNever(expr);
  }
}

function findNamed(name: string, named: Named | null): Named | null {
  for (let at = named; at !== null; at = at.outer) if (at.name === name) return at;
  return null;
}

function reference(named: Named, alias: string, given: Span, at: Span, env: QueryEnv): Relation {
  const columns = named.relation.rel.columns.map((column) => newColumn(env, column));
  for (const [i, column] of named.relation.rel.columns.entries()) {
    const copy = columns[i];
    if (copy === undefined) continue;
    if (env.unnamed.has(column.id)) env.unnamed.add(copy.id);
    env.context.trace?.sameName(copy.id, column.id);
  }
  const copies = new Map(named.relation.rel.columns.map((column, i) => [column.id, columns[i]?.id]));
  const broken = named.relation.scope.broken;
  return {
    rel: { kind: 'reference', name: named.name, columns, at, label: alias },
    scope: new Scope(columns, [{ name: alias, given, columns, dataset: null, gone: null }], broken),
    keys: named.relation.keys
      .filter((key) => key.every((id) => copies.has(id)))
      .map((key) => key.flatMap((id) => copies.get(id) ?? [])),
    deciders: named.relation.deciders,
    order: null,
    fanouts: [],
  };
}

/** The origins of each dataset's columns, which every reader shares. */
const originsOf = new WeakMap<readonly Column[], readonly (readonly Origin[])[]>();

function datasetOrigins(dataset: DatasetRef): readonly (readonly Origin[])[] {
  const known = originsOf.get(dataset.row.columns);
  if (known !== undefined) return known;
  const made = dataset.row.columns.map((column): readonly Origin[] => [
    { dataset: dataset.name, column: column.name, kind: 'direct' },
  ]);
  originsOf.set(dataset.row.columns, made);
  return made;
}

function scan(dataset: DatasetRef, alias: string, given: Span | null, at: Span, env: QueryEnv): Relation {
  const origins = datasetOrigins(dataset);
  const columns: RelColumn[] = [];
  const source: string[] = [];
  for (const [i, column] of dataset.row.columns.entries()) {
    const made: RelColumn = {
      id: env.context.freshId(),
      name: column.name,
      type: column.type,
      nullable: column.nullable,
      inexact: column.inexact,
      doc: column.doc,
      tags: column.tags,
      origins: origins[i] ?? NO_ORIGINS,
    };
    env.columns[made.id] = made;
    env.context.trace?.belongs(made.id, { kind: 'dataset', name: dataset.name }, column.name);
    columns.push(made);
    source.push(column.name);
  }
  const keys: number[][] = [];
  for (const key of dataset.row.keys) {
    const ids = key.flatMap((name) => columns.find((c) => c.name === name)?.id ?? []);
    if (ids.length === key.length) keys.push(ids);
  }
  return {
    rel: { kind: 'scan', dataset: dataset.name, source, columns, at, label: alias },
    scope: new Scope(columns, [{ name: alias, given, columns, dataset, gone: null }], dataset.broken),
    keys,
    validity: validityOver(dataset.row.validity, (name) => columns.find((c) => c.name === name)?.id),
    deciders: NO_ORIGINS,
    order: null,
    fanouts: [],
  };
}

/** `values [{ a: 1 }, …]`: columns in the order of their first appearance; what a row leaves out is null in it. */
export function values(rows: readonly Expr[], alias: Name | null, at: Span, env: QueryEnv): Relation {
  const inside = constants(env, NO_COLUMNS, '`values`');
  const cells = new Map<string, { readonly value: Rex; readonly expr: Expr }[]>();
  let broken = false;
  const complain = (reason: string, span: Span): void => {
    env.context.report('values-shape', { reason }, span);
    broken = true;
  };
  for (const [i, row] of rows.entries()) {
    if (row.kind !== 'object') {
      if (row.kind === 'missing') broken = true;
      else complain('this is not one', row);
      continue;
    }
    for (const property of row.properties) {
      const name = property.name.text;
      if (property.value.kind === 'checks-body') {
        complain('`checks` is not a value', property);
        continue;
      }
      let column = cells.get(name);
      if (column === undefined) {
        column = [];
        cells.set(name, column);
      }
      if (column.length > i) {
        env.context.report('duplicate-column', { columns: [name] }, property.name);
        continue;
      }
      while (column.length < i) column.push({ value: NULL, expr: property.value });
      column.push({ value: inside.expression(property.value, inside), expr: property.value });
    }
  }
  const columns: RelColumn[] = [];
  const lists: Rex[][] = [];
  for (const [name, column] of cells) {
    const last = column.at(-1);
    while (last !== undefined && column.length < rows.length) column.push({ value: NULL, expr: last.expr });
    const { type, values: typed } = typedColumn(column, inside);
    lists.push(typed);
    columns.push(
      newColumn(env, {
        name,
        type,
        nullable: typed.some((v) => v.nullable),
        inexact: false,
        doc: null,
        tags: [],
        origins: NO_ORIGINS,
      }),
    );
  }
  const { trace } = env.context;
  for (const row of trace === null ? [] : rows)
    for (const { name } of row.kind === 'object' ? row.properties : []) {
      const column = columns.find((each) => each.name === name.text);
      if (column !== undefined) trace?.column(name, column.id, true);
    }
  const qualifiers = alias === null ? [] : [{ name: alias.text, given: alias, columns, dataset: null, gone: null }];
  const scope = new Scope(columns, qualifiers, broken);
  return {
    rel: {
      kind: 'values',
      rows: rows.map((_, i) => lists.map((list) => list[i] ?? NULL)),
      columns,
      at,
      label: alias?.text ?? null,
    },
    scope,
    keys: rows.length <= 1 ? [[]] : [],
    deciders: NO_ORIGINS,
    order: null,
    fanouts: [],
  };
}

function typedColumn(
  column: readonly { readonly value: Rex; readonly expr: Expr }[],
  at: ExprEnv,
): { readonly type: ValueType; readonly values: Rex[] } {
  const failed = column.find((cell) => isError(cell.value));
  const type = failed === undefined ? oneType(column, 'the rows of `values`', at) : failed.value.type;
  if (type === null) return { type: { kind: 'error' }, values: column.map((cell) => cell.value) };
  return { type, values: column.map((cell) => widen(cell.value, type)) };
}
