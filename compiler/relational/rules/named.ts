import type { Rel } from '../rel.ts';
import {
  expressionsOf,
  forEachExpr,
  inputsOf,
  mapExpressions,
  mapInputs,
  mapQueries,
  queryOf,
  rewrite,
} from '../walk.ts';

/** A `with` that nobody reads goes. */
export function removeUnusedNamed(rel: Rel): Rel {
  return rewrite(rel, (node) => (node.kind === 'named' && !refersTo(node.body, node.name) ? node.body : node));
}

/** True where a reference to the name stands in the relation, outside of another `named` of the same name. */
export function refersTo(rel: Rel, name: string): boolean {
  if (rel.kind === 'reference') return rel.name === name;
  if (rel.kind === 'named' && rel.name === name) return refersTo(rel.definition, name);
  return (
    inputsOf(rel).some((input) => refersTo(input, name)) ||
    expressionsOf(rel).some((expr) => {
      let found = false;
      forEachExpr(expr, (part) => {
        const query = queryOf(part);
        if (query !== null && refersTo(query, name)) found = true;
      });
      return found;
    })
  );
}

/** The relation with references to one `with` name made references to another; an inner `with` of the same name keeps its own. */
export function renameReferences(rel: Rel, from: string, to: string): Rel {
  const change = (inner: Rel): Rel => renameReferences(inner, from, to);
  if (rel.kind === 'reference') return rel.name === from ? { ...rel, name: to } : rel;
  if (rel.kind === 'named' && rel.name === from) return { ...rel, definition: change(rel.definition) };
  return mapExpressions(mapInputs(rel, change), (expr) => mapQueries(expr, change));
}
