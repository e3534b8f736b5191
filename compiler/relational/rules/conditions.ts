import { boolLiteral } from '../build.ts';
import type { Expr, Rel } from '../rel.ts';
import { mapExpressions, mapOperands, rewrite } from '../walk.ts';

/**
 * Conditions that are true or false whatever the rows are: `true and x` is x, `false and x` is false, `case when true then x end` is x, and so on.
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
  if (inside.kind === 'case') return decided(inside);
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

/**
 * A `case` without the branches that no row takes, or that is the one branch that every row takes. ClickHouse sees it too, but
 * only after it has looked for the columns that a join compares.
 */
function decided(whole: Expr & { readonly kind: 'case' }): Expr {
  const open = whole.branches.filter(({ when }) => when.kind !== 'literal' || when.value === true);
  const sure = open.findIndex(({ when }) => when.kind === 'literal');
  const branches = sure < 0 ? open : open.slice(0, sure);
  const otherwise = sure < 0 ? whole.otherwise : (open[sure]?.then ?? null);
  if (branches.length > 0) return branches.length === whole.branches.length ? whole : { ...whole, branches, otherwise };
  return otherwise ?? { kind: 'literal', value: null, type: whole.type, nullable: true, inexact: whole.inexact };
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
