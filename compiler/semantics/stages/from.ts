/** `from a, b`: the rows of a table; of several, every row of one with every row of the others. */
import type { Expr, FromStage, UnnestStage } from '../../syntax/ast.ts';
import type { QueryEnv, Relation } from '../relation.ts';
import { crossJoin } from './join.ts';
import { brokenRelation, table, values } from './table.ts';
import { unnestStage, unnestTable } from './unnest.ts';

export function fromStage(stage: FromStage, env: QueryEnv): Relation {
  let relation: Relation | null = null;
  for (const expr of stage.tables) {
    const list = unnestTable(expr);
    if (relation !== null && list !== null) {
      relation = unnestStage(list, relation, env);
      continue;
    }
    const next = list?.value.kind === 'list' ? items(list, list.value.items, env) : table(expr, env);
    relation = relation === null ? next : crossJoin(relation, next, expr.alias ?? expr, stage, env);
  }
  return relation ?? brokenRelation(stage);
}

/** A list that is written out, as a table of one column. */
function items({ alias, start, end }: UnnestStage, list: readonly Expr[], env: QueryEnv): Relation {
  const name = { text: alias?.text ?? 'value', start, end };
  const rows = list.map((value): Expr => {
    const at = { start: value.start, end: value.end };
    return { kind: 'object', properties: [{ name, value, ...at }], ...at };
  });
  return values(rows, alias, { start, end }, env);
}
