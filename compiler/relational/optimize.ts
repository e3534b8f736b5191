/**
 * Rel → Rel: an ordered list of rules of one shape. Each keeps the rows, repeated ones included, and the columns of the
 * whole. They exist for what engines do not do by themselves (files read narrowly, conditions moved across what looks
 * opaque in SQL) and for SQL that a person is glad to read.
 */
import type { Rel } from './rel.ts';
import { pruneColumns } from './rules/columns.ts';
import { simplifyConditions } from './rules/conditions.ts';
import { foldConstants } from './rules/constants.ts';
import { pushFilters } from './rules/filters.ts';
import { reduceGroups } from './rules/groups.ts';
import { removeUnusedNamed } from './rules/named.ts';
import { mergeProjects } from './rules/projects.ts';
import { removeIdleSorts } from './rules/sorts.ts';
import { rewrite } from './walk.ts';

export type Rule = (rel: Rel) => Rel;

export const rules: readonly { readonly name: string; readonly apply: Rule }[] = [
  { name: 'fold-constants', apply: foldConstants },
  { name: 'simplify-conditions', apply: simplifyConditions },
  { name: 'remove-unused-named', apply: removeUnusedNamed },
  { name: 'push-filters', apply: pushFilters },
  { name: 'merge-projects', apply: mergeProjects },
  { name: 'reduce-groups', apply: reduceGroups },
  { name: 'remove-idle-sorts', apply: removeIdleSorts },
  { name: 'prune-columns', apply: pruneColumns },
];

export function optimize(rel: Rel): Rel {
  return rules.reduce((current, rule) => rule.apply(current), rel);
}

/**
 * The relation without its assertions, which are run as queries of their own: what decides whether a step fails then
 * no longer holds anything in place.
 */
export function withoutAssertions(rel: Rel): Rel {
  return rewrite(rel, (node) => (node.kind === 'assert' ? node.input : node));
}
