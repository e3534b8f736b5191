/** `select a, expr as b, t.*, * except (x) replace (e as y)`: exactly these columns. Qualifiers end here. */
import type { RelColumn, Expr as Rex } from '../../relational/rel.ts';
import type { Expr, Name, NamedExpr, SelectItem, SelectStage } from '../../syntax/ast.ts';
import type { Span } from '../../syntax/source.ts';
import { withWindows } from '../expression-calls.ts';
import { type ExprEnv, isError } from '../expression-env.ts';
import { traceQualifier, unknownColumn } from '../expression-names.ts';
import { columnExpr, type Output, projected, type QueryEnv, type Relation, Scope } from '../relation.ts';
import { closest } from '../suggest.ts';
import { distinctRows } from './distinct.ts';
import { output, over, placed, prepared } from './support.ts';

/** A column to be, before it has an id. */
export interface Item {
  readonly name: string | null;
  readonly value: Rex;
  readonly at: Span;
  /** `as name`. */
  readonly alias: Name | null;
  /** The column of a star that it replaces, or is. */
  readonly of: RelColumn | null;
  /** The expression; of a star, which has none, the place alone. */
  readonly written: Expr;
}

export function selectStage(stage: SelectStage, input: Relation, env: QueryEnv): Relation {
  const at = withWindows(
    stage.windows,
    over(input, env, '`select`', { windows: true, gives: stage.items.filter((item) => item.kind === 'column') }),
  );
  const { items, untold } = selectItems(stage.items, at);
  const selected = select(prepared(input, at, stage), items, untold, env, stage);
  return stage.distinct ? distinctRows(selected, env, stage) : selected;
}

/** Projects to the items; `untold` where an error left some out. */
export function select(input: Relation, items: readonly Item[], untold: boolean, env: QueryEnv, at: Span): Relation {
  const broken = input.scope.broken || untold;
  if (items.length === 0) {
    if (!broken) env.context.report('no-columns', {}, at);
    return { ...input, scope: new Scope([], [], true) };
  }
  const outputs: Output[] = [];
  const taken = new Set<number>();
  for (const item of items) {
    const made = output(env, input, item.name ?? unnamed(item.value, outputs.length), item.value, taken);
    if (item.name === null) env.unnamed.add(made.column.id);
    placed(made.column, item.at, env, item.alias);
    if (item.of !== null) env.context.trace?.sameName(made.column.id, item.of.id);
    taken.add(made.column.id);
    outputs.push(made);
  }
  return projected(
    input,
    outputs,
    new Scope(
      outputs.map((o) => o.column),
      [],
      broken,
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

/** The items with stars written out; `untold` where an error hides what an item stands for. */
export function selectItems(
  items: readonly SelectItem[],
  at: ExprEnv,
): { readonly items: Item[]; readonly untold: boolean } {
  const made: Item[] = [];
  let untold = false;
  for (const item of items) {
    if (item.kind === 'column') {
      const name = itemName(item);
      const value = at.expression(item.value, at);
      if (name === null && isError(value)) untold = true;
      made.push({ name, value, at: item, alias: item.name, of: null, written: item.value });
    } else if (!star(item, at, made)) untold = true;
  }
  return { items: made, untold };
}

type Star = SelectItem & { kind: 'star' };

function star(item: Star, at: ExprEnv, into: Item[]): boolean {
  const columns = starColumns(item.qualifier, at);
  if (columns === null) return false;
  const except = listed(item.except, columns, at);
  const replaced = new Map<string, Rex>();
  for (const { value, name } of item.replace) {
    const checked = at.expression(value, at);
    if (name === null) at.env.context.report('missing-alias', { what: 'a replaced column' }, value);
    else if (listed([name], columns, at).size > 0) replaced.set(name.text, checked);
  }
  const written: Expr = { kind: 'missing', start: item.start, end: item.end };
  for (const column of columns)
    if (!except.has(column.name))
      into.push({
        name: column.name,
        value: replaced.get(column.name) ?? columnExpr(column),
        at: item,
        alias: null,
        of: column,
        written,
      });
  return true;
}

function starColumns(qualifier: Name | null, at: ExprEnv): readonly RelColumn[] | null {
  if (qualifier === null) return at.scope.columns;
  const found = at.scope.qualifier(qualifier.text);
  if (found !== undefined) {
    traceQualifier(found, qualifier, at);
    // What was dropped is not among them; what was changed is another column now, and must not be lost in silence.
    const changed = [...(found.gone?.values() ?? [])].find(({ how }) => how !== 'drop');
    if (changed !== undefined) {
      at.env.context.report(
        'stale-qualifier',
        { qualifier: qualifier.text, column: '*', how: changed.how, now: changed.now },
        qualifier,
      );
      return null;
    }
    return found.gone === null ? found.columns : found.columns.filter((c) => found.gone?.has(c.name) !== true);
  }
  if (!at.scope.broken && qualifier.text !== '') {
    const nearest = closest(
      qualifier.text,
      at.scope.qualifiers.map((q) => q.name),
    );
    at.env.context.report(
      'unknown-qualifier',
      { qualifier: qualifier.text },
      qualifier,
      nearest === null
        ? {}
        : {
            label: `did you mean \`${nearest}\`?`,
            fixes: [
              {
                title: `replace \`${qualifier.text}\` by \`${nearest}\``,
                safe: true,
                edits: [{ place: at.env.context.place(qualifier), text: nearest }],
              },
            ],
          },
    );
  }
  return null;
}

/** The names that are columns of the star; others are reported. */
function listed(names: readonly Name[], columns: readonly RelColumn[], at: ExprEnv): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of names) {
    if (name.text === '') continue;
    const column = columns.find((c) => c.name === name.text);
    if (column !== undefined) {
      at.env.context.trace?.column(name, column.id);
      found.add(name.text);
    } else
      unknownColumn(name.text, name, {
        scope: new Scope(columns, [], at.scope.broken),
        env: { ...at.env, around: [] },
      });
  }
  return found;
}
