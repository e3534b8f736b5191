/** Stages that change single columns: `extend`, `set`, `drop`, `rename`. */
import type { RelColumn } from '../../relational/rel.ts';
import type { DropStage, ExtendStage, RenameStage, SetStage } from '../../syntax/ast.ts';
import { withWindows } from '../expression-calls.ts';
import { isError } from '../expression-env.ts';
import {
  columnExpr,
  type Gone,
  type Output,
  passedOn,
  projected,
  type Qualifier,
  type QueryEnv,
  type Relation,
  Scope,
  untold,
} from '../relation.ts';
import { itemName, unnamed } from './select.ts';
import { columnNamed, extended, freeName, over, placed, prepared, valueColumn } from './support.ts';

/** Adds columns. A name that is there already is an error: `set` changes a column. */
export function extendStage(stage: ExtendStage, input: Relation, env: QueryEnv): Relation {
  const at = withWindows(stage.windows, over(input, env, '`extend`', { windows: true, gives: stage.items }));
  const added: Output[] = [];
  const names = new Set<string>();
  const taken = new Set(input.scope.columns.map((column) => column.name));
  for (const item of stage.items) taken.add(itemName(item) ?? '');
  let left = false;
  for (const item of stage.items) {
    const value = at.expression(item.value, at);
    const given = itemName(item);
    if (given === null && (item.name !== null || item.value.kind === 'missing' || isError(value))) {
      left = true;
      continue;
    }
    const name = given ?? freeName(unnamed(value, input.scope.columns.length + added.length), taken);
    taken.add(name);
    if (names.has(name) || input.scope.find(name) !== undefined) {
      const place = item.name ?? item.value;
      const only = stage.items.length === 1 && item.name !== null && !names.has(name);
      env.context.report('column-exists', { column: name, stage: 'extend' }, place, {
        fixes: only
          ? [
              {
                title: 'change the column with `set`',
                safe: false,
                edits: [
                  {
                    place: env.context.place(stage),
                    text: `set ${env.context.text(item.name)} = ${env.context.text(item.value)}`,
                  },
                ],
              },
            ]
          : [],
      });
      continue;
    }
    names.add(name);
    const column = valueColumn(env, name, value);
    if (given === null) env.unnamed.add(column.id);
    placed(column, item, env, item.name);
    added.push({ column, value });
  }
  if (added.length === 0) return left ? untold(input) : input;
  const scope = new Scope(
    [...input.scope.columns, ...added.map((o) => o.column)],
    input.scope.qualifiers,
    input.scope.broken || left,
  );
  return extended(prepared(input, at, stage), added, scope, stage);
}

/** Changes columns in place. A stage sees its input: every value is of the columns as they were. */
export function setStage(stage: SetStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`set`', { windows: true });
  const changed = new Map<number, Output>();
  for (const { name, value: expr } of stage.assignments) {
    const value = at.expression(expr, at);
    const before = columnNamed(name, input, env);
    if (before === null) continue;
    if (changed.has(before.id)) {
      env.context.report('duplicate-column', { columns: [name.text] }, name);
      continue;
    }
    const column = { ...valueColumn(env, before.name, value), doc: before.doc };
    placed(column, { start: name.start, end: expr.end }, env);
    env.context.trace?.sameName(column.id, before.id);
    changed.set(before.id, { column, value });
  }
  if (changed.size === 0) return input;
  const gone = new Map<number, Gone>([...changed].map(([id, { column }]) => [id, { how: 'set', now: column.name }]));
  return replaced(prepared(input, at, stage), changed, gone, stage);
}

export function renameStage(stage: RenameStage, input: Relation, env: QueryEnv): Relation {
  const changed = new Map<number, Output>();
  const gone = new Map<number, Gone>();
  const names = new Set(input.scope.columns.map((c) => c.name));
  const pairs = stage.pairs.map((pair) => ({ ...pair, column: columnNamed(pair.from, input, env) }));
  // Names that go are free for those that come: `rename a as b, b as a` swaps.
  for (const { column } of pairs) if (column !== null) names.delete(column.name);
  for (const { column, from, to } of pairs) {
    if (column === null || to.text === '') continue;
    if (changed.has(column.id)) {
      env.context.report('duplicate-column', { columns: [from.text] }, from);
      continue;
    }
    if (names.has(to.text)) {
      env.context.report('column-exists', { column: to.text, stage: 'rename' }, to);
      continue;
    }
    names.add(to.text);
    const value = columnExpr(column);
    const renamed = valueColumn(env, to.text, value);
    placed(renamed, to, env, to);
    changed.set(column.id, { column: renamed, value });
    gone.set(column.id, { how: 'rename', now: to.text });
  }
  return changed.size === 0 ? input : replaced(input, changed, gone, stage);
}

/** Takes columns away. They stay in the Rel, hidden, until something projects. */
export function dropStage(stage: DropStage, input: Relation, env: QueryEnv): Relation {
  const gone = new Map<number, Gone>();
  let broken = input.scope.broken;
  for (const name of stage.columns) {
    const column = columnNamed(name, input, env);
    if (column !== null) gone.set(column.id, { how: 'drop', now: null });
    // Which of several was meant to go is untold, and so is what is left.
    else if (input.scope.find(name.text) !== undefined) broken = true;
  }
  if (gone.size === 0) return { ...input, scope: new Scope(input.scope.columns, input.scope.qualifiers, broken) };
  const columns = input.scope.columns.filter((c) => !gone.has(c.id));
  if (columns.length === 0) {
    env.context.report('no-columns', {}, stage);
    return input;
  }
  return { ...input, scope: new Scope(columns, withGone(input.scope.qualifiers, gone), broken) };
}

/** The relation with columns replaced where they stand. Keys over a column that was only renamed hold under its new id. */
function replaced(
  input: Relation,
  changed: ReadonlyMap<number, Output>,
  gone: ReadonlyMap<number, Gone>,
  at: { readonly start: number; readonly end: number },
): Relation {
  const now = (column: RelColumn): RelColumn => changed.get(column.id)?.column ?? column;
  const scope = new Scope(input.scope.columns.map(now), withGone(input.scope.qualifiers, gone), input.scope.broken);
  const outputs = input.rel.columns.map((column) => changed.get(column.id) ?? passedOn(column));
  const renamed = new Map(
    [...changed].flatMap(([id, o]) => (o.value.kind === 'column' ? [[id, o.column.id] as const] : [])),
  );
  const after = projected(input, outputs, scope, at);
  if (renamed.size === 0 || input.keys.length === 0) return after;
  const kept = new Set(after.rel.columns.map((c) => c.id));
  return {
    ...after,
    keys: input.keys
      .map((key) => key.map((id) => renamed.get(id) ?? id))
      .filter((key) => key.every((id) => kept.has(id))),
  };
}

/** Qualified names of these columns no longer mean what they say. */
function withGone(qualifiers: readonly Qualifier[], gone: ReadonlyMap<number, Gone>): readonly Qualifier[] {
  return qualifiers.map((qualifier) => {
    const touched = qualifier.columns.filter((c) => gone.has(c.id));
    if (touched.length === 0) return qualifier;
    const all = new Map(qualifier.gone ?? []);
    for (const column of touched) {
      const why = gone.get(column.id);
      if (why !== undefined) all.set(column.name, why);
    }
    return { ...qualifier, gone: all };
  });
}
