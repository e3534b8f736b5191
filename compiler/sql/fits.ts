/** What may stand in the SELECT of the stage below, or has to stand in one of its own. */
import { boolLiteral, columnRef } from '../relational/build.ts';
import type { ColumnId, Expr, ProjectRel, Rel, RelColumn, SortKey } from '../relational/rel.ts';
import { mergeable } from '../relational/rules/projects.ts';
import { columnsUsed, queryOf, someExpr, substitute } from '../relational/walk.ts';
import { notNullWhere } from '../semantics/nullability.ts';
import { type Block, hasWindow } from './block.ts';

/** How much may be written twice in one SELECT before a CTE is the better text. */
export const REPEATED_SIZE = 4;

const NOTHING = boolLiteral(true);

/** Whether expressions may stand in the input's SELECT, beside its columns: nothing costly twice, no subquery below them. */
export function fits(expressions: readonly Expr[], shown: readonly RelColumn[], input: Block): boolean {
  const used = expressions.reduce((ids, expr) => columnsUsed(expr, ids), new Set<ColumnId>());
  const queries = [...used].some((id) => someExpr(input.values.get(id) ?? NOTHING, (part) => queryOf(part) !== null));
  const again = shown.filter((column) => used.has(column.id)).map(columnRef);
  return !queries && mergeable([...expressions, ...again], input.values, REPEATED_SIZE);
}
export const hasQuery = (expr: Expr): boolean => someExpr(expr, (part) => queryOf(part) !== null);

/** Whether it reads a column that is a constant: engines look for columns to compare in joins other than plain ones. */
export function readsConstant(condition: Expr | null, input: Block): boolean {
  if (condition === null) return false;
  return [...columnsUsed(condition)].some((id) => {
    const value = input.values.get(id);
    return value !== undefined && columnsUsed(value).size === 0;
  });
}

/** Whether the condition may hold where a column of the rows around is null. */
export function asksOfNulls(condition: Expr, around: Block): boolean {
  const on = substitute(condition, around.values);
  const present = notNullWhere(on);
  return [...columnsUsed(on)].some((id) => around.bases.has(id) && !present.has(id));
}

/** What reads well inside EXISTS, and runs there on every engine. */
export function isSimple(rel: Rel): boolean {
  switch (rel.kind) {
    case 'scan':
    case 'reference':
      return true;
    case 'filter':
      return isSimple(rel.input) && !hasQuery(rel.condition);
    case 'sort':
    case 'assert':
      return isSimple(rel.input);
    case 'project':
      return isSimple(rel.input) && rel.values.every((value) => !hasWindow(value) && !hasQuery(value));
    case 'join':
      return rel.type === 'inner' && !rel.asof && isSimple(rel.left) && isSimple(rel.right);
    default:
      return false;
  }
}

export const isPrefix = (keys: readonly SortKey[], of: readonly SortKey[]): boolean =>
  keys.every((key, i) => JSON.stringify(key) === JSON.stringify(of[i]));

/** A projection after DISTINCT that keeps all of its columns keeps rows apart. */
export function keepsAll(rel: ProjectRel, input: Block): boolean {
  const kept = new Set(rel.values.flatMap((value) => (value.kind === 'column' ? [value.id] : [])));
  return rel.values.every((value) => value.kind === 'column') && input.columns.every((column) => kept.has(column.id));
}

/** Every key is a column that comes out. */
export const sortsOutputs = (keys: readonly SortKey[], block: Block): boolean =>
  keys.every(
    (key) =>
      key.value.kind === 'column' &&
      block.columns.some((column) => key.value.kind === 'column' && column.id === key.value.id),
  );
