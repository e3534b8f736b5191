/** `select a, expr as b, t.*, * except (x) replace (e as y)`: exactly these columns. Qualifiers end here. */
import type { RelColumn, Expr as Rex } from '../../relational/rel.ts';
import type { Expr, Name, NamedExpr, SelectItem, SelectStage } from '../../syntax/ast.ts';
import type { ExprEnv } from '../expression-env.ts';
import { unknownColumn } from '../expression-names.ts';
import { columnExpr, type Output, projected, type QueryEnv, type Relation, Scope } from '../relation.ts';
import { closest } from '../suggest.ts';
import { distinctRows } from './distinct.ts';
import { output, over, withCasts } from './support.ts';

/** A column to be, before it has an id. */
export interface Item {
  readonly name: string | null;
  readonly value: Rex;
}

export function selectStage(stage: SelectStage, input: Relation, env: QueryEnv): Relation {
  const at = over(input, env, '`select`', { windows: true });
  const items = selectItems(stage.items, at);
  const selected = select(withCasts(input, at.casts, stage), items, env, stage);
  return stage.distinct ? distinctRows(selected, env, stage) : selected;
}

/** Projects to the items. */
export function select(
  input: Relation,
  items: readonly Item[],
  env: QueryEnv,
  at: { readonly start: number; readonly end: number },
): Relation {
  if (items.length === 0) {
    if (!input.scope.broken) env.context.report('no-columns', {}, at);
    return { ...input, scope: new Scope([], [], true) };
  }
  const outputs: Output[] = [];
  const taken = new Set<number>();
  for (const item of items) {
    const made = output(env, input, item.name ?? unnamed(item.value, outputs.length), item.value, taken);
    if (item.name === null) env.unnamed.add(made.column.id);
    taken.add(made.column.id);
    outputs.push(made);
  }
  return projected(
    input,
    outputs,
    new Scope(
      outputs.map((o) => o.column),
      [],
      input.scope.broken,
    ),
    at,
  );
}

/** A name for what nobody named, to show it under. */
export function unnamed(value: Rex, position: number): string {
  return value.kind === 'call' || value.kind === 'aggregate' || value.kind === 'window'
    ? value.fn
    : `column_${position + 1}`;
}

/** The name that an item has: its own, or that of the column it plainly is. */
export function itemName(item: NamedExpr): string | null {
  if (item.name !== null) return item.name.text === '' ? null : item.name.text;
  return impliedName(item.value);
}

function impliedName(expr: Expr): string | null {
  if (expr.kind === 'paren') return impliedName(expr.inner);
  return expr.kind === 'name' ? (expr.name.parts.at(-1)?.text ?? null) : null;
}

export function selectItems(items: readonly SelectItem[], at: ExprEnv): Item[] {
  const made: Item[] = [];
  for (const item of items) {
    if (item.kind === 'column') made.push({ name: itemName(item), value: at.expression(item.value, at) });
    else star(item, at, made);
  }
  return made;
}

type Star = SelectItem & { kind: 'star' };

function star(item: Star, at: ExprEnv, into: Item[]): void {
  const columns = starColumns(item.qualifier, at);
  if (columns === null) return;
  const except = listed(item.except, columns, at);
  const replaced = new Map<string, Rex>();
  for (const { value, name } of item.replace) {
    const checked = at.expression(value, at);
    if (name === null) at.env.context.report('missing-alias', { what: 'a replaced column' }, value);
    else if (listed([name], columns, at).size > 0) replaced.set(name.text, checked);
  }
  for (const column of columns)
    if (!except.has(column.name))
      into.push({ name: column.name, value: replaced.get(column.name) ?? columnExpr(column) });
}

function starColumns(qualifier: Name | null, at: ExprEnv): readonly RelColumn[] | null {
  if (qualifier === null) return at.scope.columns;
  const found = at.scope.qualifier(qualifier.text);
  if (found !== undefined)
    return found.gone === null ? found.columns : found.columns.filter((c) => found.gone?.has(c.name) !== true);
  if (!at.scope.broken && qualifier.text !== '') {
    const nearest = closest(
      qualifier.text,
      at.scope.qualifiers.map((q) => q.name),
    );
    at.env.context.report(
      'unknown-qualifier',
      { qualifier: qualifier.text },
      qualifier,
      nearest === null ? {} : { label: `did you mean \`${nearest}\`?` },
    );
  }
  return null;
}

/** The names that are columns of the star; others are reported. */
function listed(names: readonly Name[], columns: readonly RelColumn[], at: ExprEnv): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    if (name.text === '') continue;
    if (columns.some((c) => c.name === name.text)) found.add(name.text);
    else
      unknownColumn(name.text, name, {
        scope: new Scope(columns, [], at.scope.broken),
        env: { ...at.env, around: [] },
      });
  }
  return found;
}
