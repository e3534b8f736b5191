/** `from a, b`: the rows of a table; of several, every row of one with every row of the others. */
import type { FromStage } from '../../syntax/ast.ts';
import type { QueryEnv, Relation } from '../relation.ts';
import { crossJoin } from './join.ts';
import { brokenRelation, table } from './table.ts';

export function fromStage(stage: FromStage, env: QueryEnv): Relation {
  let relation: Relation | null = null;
  for (const expr of stage.tables) {
    const next = table(expr, env);
    relation = relation === null ? next : crossJoin(relation, next, expr.alias ?? expr, stage, env);
  }
  return relation ?? brokenRelation(stage);
}
