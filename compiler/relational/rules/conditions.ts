import { boolLiteral } from '../build.ts';
import type { Expr, Rel } from '../rel.ts';
import { mapExpressions, mapOperands, rewrite } from '../walk.ts';

/**
 * Conditions that are true or false whatever the rows are: `true and x` is x, `false and x` is false, and so on.
 * A filter that is always true goes; one that is null for every row keeps no row, as one that is false.
 */
export function simplifyConditions(rel: Rel): Rel {
  return rewrite(rel, (node) => {
    const simple = mapExpressions(node, simplify);
    if (simple.kind !== 'filter') return simple;
    const { condition } = simple;
    if (condition.kind !== 'literal') return simple;
    return condition.value === true ? simple.input : { ...simple, condition: boolLiteral(false) };
  });
}

function simplify(expr: Expr): Expr {
  const inside = mapOperands(expr, simplify);
  if (inside.kind !== 'call') return inside;
  const [a, b] = inside.args;
  switch (inside.fn) {
    case 'and':
      return a !== undefined && b !== undefined && inside.args.length === 2 ? absorb(inside, a, b, true) : inside;
    case 'or':
      return a !== undefined && b !== undefined && inside.args.length === 2 ? absorb(inside, a, b, false) : inside;
    case 'not':
      return a?.kind === 'literal' && typeof a.value === 'boolean' ? boolLiteral(!a.value) : inside;
    default:
      return inside;
  }
}

/** `neutral` leaves the other side as it is; its opposite decides alone, null or not. */
function absorb(whole: Expr, a: Expr, b: Expr, neutral: boolean): Expr {
  for (const [side, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (side.kind === 'literal' && side.value === neutral) return other;
    if (side.kind === 'literal' && side.value === !neutral) return side;
  }
  return whole;
}
