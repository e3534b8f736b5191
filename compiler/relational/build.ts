/** Small expressions and relations that rules and renderers put together. */
import type { ColumnId, Expr, Rel, RelColumn, WindowExpr } from './rel.ts';
import { BOOL, INT64, type ValueType } from './types.ts';

export const columnRef = (column: RelColumn): Expr => ({
  kind: 'column',
  id: column.id,
  type: column.type,
  nullable: column.nullable,
  inexact: column.inexact,
});

export const boolLiteral = (value: boolean): Expr => ({
  kind: 'literal',
  value,
  type: BOOL,
  nullable: false,
  inexact: false,
});
export const intLiteral = (value: number): Expr => ({
  kind: 'literal',
  value: String(value),
  type: INT64,
  nullable: false,
  inexact: false,
});

/** A call whose result may be null as soon as an argument may be: right for the operators that rules build. */
export const call = (fn: string, args: readonly Expr[], type: ValueType = BOOL): Expr => ({
  kind: 'call',
  fn,
  args,
  type,
  nullable: args.some((arg) => arg.nullable),
  inexact: args.some((arg) => arg.inexact),
});

/** True and false for true, and false for null as well: what `where not` means where a null counts as broken. */
export const isNotTrue = (condition: Expr): Expr => ({
  kind: 'call',
  fn: condition.nullable ? 'is_not_true' : 'not',
  args: [condition],
  type: BOOL,
  nullable: false,
  inexact: condition.inexact,
});

/** The conditions that all must hold, in the order written. */
export function conjuncts(condition: Expr): readonly Expr[] {
  return condition.kind === 'call' && condition.fn === 'and' ? condition.args.flatMap(conjuncts) : [condition];
}

/** `a and b and …`; true for none. */
export function allOf(conditions: readonly Expr[]): Expr {
  const [first, ...rest] = conditions;
  if (first === undefined) return boolLiteral(true);
  return rest.reduce((left, right) => call('and', [left, right]), first);
}

/** The input with a filter over it, or itself where there is nothing to filter. */
export function filtered(input: Rel, conditions: readonly Expr[], from: Pick<Rel, 'at' | 'label' | 'columns'>): Rel {
  if (conditions.length === 0) return input;
  return { kind: 'filter', input, condition: allOf(conditions), columns: from.columns, at: from.at, label: from.label };
}

/** Exactly the columns of these ids, in this order; the relation itself where it has just these. */
export function exactly(rel: Rel, ids: readonly ColumnId[]): Rel {
  if (rel.columns.length === ids.length && rel.columns.every((column, i) => column.id === ids[i])) return rel;
  const byId = new Map(rel.columns.map((column) => [column.id, column]));
  const columns = ids.map((id) => {
    const column = byId.get(id);
    if (column === undefined) throw new Error(`column ${id} is not among those of a ${rel.kind}`);
    return column;
  });
  return { kind: 'project', input: rel, values: columns.map(columnRef), columns, at: rel.at, label: rel.label };
}

/** `row_number()` over the partition in the order given. */
export const rowNumber = (partition: readonly Expr[], order: WindowExpr['order']): WindowExpr => ({
  kind: 'window',
  fn: 'row_number',
  args: [],
  distinct: false,
  filter: null,
  partition,
  order,
  frame: null,
  type: INT64,
  nullable: false,
  inexact: false,
});
