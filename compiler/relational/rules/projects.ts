import type { ColumnId, Expr, ProjectRel, Rel } from '../rel.ts';
import {
  expressionsOf,
  forEachExpr,
  forEachRel,
  operandsOf,
  queryOf,
  rewrite,
  sizeOf,
  someExpr,
  substitute,
} from '../walk.ts';

/** How much may be written twice when two projections become one. */
const REPEATED_SIZE = 4;

/** Two projections in a row are one, where nothing costly is computed twice and no window ends up inside another. */
export function mergeProjects(rel: Rel): Rel {
  return rewrite(rel, (node) => {
    if (node.kind !== 'project') return node;
    const { input } = node;
    if (input.kind !== 'project' || !mergeable(node.values, definitions(input))) return node;
    const values = definitions(input);
    return { ...node, input: input.input, values: node.values.map((value) => substitute(value, values)) };
  });
}

function definitions(project: ProjectRel): ReadonlyMap<ColumnId, Expr> {
  return new Map(
    project.columns.flatMap((column, i) => (project.values[i] === undefined ? [] : [[column.id, project.values[i]]])),
  );
}

/** Whether `values` may take in the definitions they read: shared by the rule and by the SQL renderer's own folding. */
export function mergeable(
  values: readonly Expr[],
  definitions: ReadonlyMap<ColumnId, Expr>,
  most: number = REPEATED_SIZE,
): boolean {
  const uses = new Map<ColumnId, number>();
  let nested = false;
  const visit = (expr: Expr, inQuery: boolean): void => {
    forEachExpr(expr, (part) => {
      if (part.kind === 'column') {
        uses.set(part.id, (uses.get(part.id) ?? 0) + 1);
        const value = definitions.get(part.id);
        // A computed value inside a subquery would be computed for each of its rows.
        if (inQuery && value !== undefined && value.kind !== 'column' && value.kind !== 'literal') nested = true;
      }
      const query = queryOf(part);
      if (query !== null) {
        forEachRel(query, (rel) => {
          for (const inner of expressionsOf(rel)) visit(inner, true);
        });
      }
    });
  };
  for (const value of values) {
    visit(value, false);
    forEachExpr(value, (part) => {
      if (part.kind !== 'window') return;
      for (const inner of operandsOf(part)) {
        if (someExpr(inner, (deep) => deep.kind === 'column' && hasWindow(definitions.get(deep.id)))) nested = true;
      }
    });
  }
  if (nested) return false;
  return [...uses].every(([id, count]) => {
    const value = definitions.get(id);
    return (
      value === undefined ||
      value.kind === 'column' ||
      value.kind === 'literal' ||
      count <= 1 ||
      (!hasWindow(value) && sizeOf(value) * (count - 1) <= most)
    );
  });
}

const hasWindow = (expr: Expr | undefined): boolean =>
  expr !== undefined && someExpr(expr, (part) => part.kind === 'window');
