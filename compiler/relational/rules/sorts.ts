import type { Rel } from '../rel.ts';
import { mapExpressions, mapInputs, mapQueries } from '../walk.ts';

/** A sort that nobody can see goes: only a limit or the end of the query reads an order, through what keeps it. */
export function removeIdleSorts(rel: Rel): Rel {
  return clean(rel, true);
}

function clean(rel: Rel, ordered: boolean): Rel {
  // A subquery's own order matters only to a limit inside it.
  const node = mapExpressions(rel, (expr) => mapQueries(expr, (query) => clean(query, false)));
  switch (node.kind) {
    case 'sort':
      // Below a sort no order survives: it is total where it matters, and the engines' sorts are not stable.
      return ordered ? { ...node, input: clean(node.input, false) } : clean(node.input, false);
    case 'limit':
      return { ...node, input: clean(node.input, true) };
    case 'filter':
    case 'project':
    case 'assert':
      return { ...node, input: clean(node.input, ordered) };
    case 'named':
      return { ...node, definition: clean(node.definition, false), body: clean(node.body, ordered) };
    case 'scan':
    case 'values':
    case 'reference':
    case 'raw-sql':
    case 'aggregate':
    case 'join':
    case 'set-operation':
    case 'distinct':
    case 'unnest':
      return mapInputs(node, (input) => clean(input, false));
  }
}
