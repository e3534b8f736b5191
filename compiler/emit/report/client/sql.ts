/** SQL with its words told apart: keywords, text and comments. */
import { type Child, h } from './dom.ts';

const TOKEN =
  /(--[^\n]*)|('(?:[^']|'')*')|("(?:[^"]|"")*")|\b(SELECT|DISTINCT|FROM|WHERE|GROUP|GROUPING|SETS|BY|ORDER|HAVING|LIMIT|OFFSET|WITH|AS|ON|JOIN|LEFT|RIGHT|FULL|INNER|CROSS|OUTER|ASOF|SEMI|ANTI|UNION|ALL|EXCEPT|INTERSECT|CASE|WHEN|THEN|ELSE|END|AND|OR|NOT|IN|IS|NULL|EXISTS|BETWEEN|OVER|PARTITION|ROWS|RANGE|PRECEDING|FOLLOWING|UNBOUNDED|CURRENT|ROW|ASC|DESC|NULLS|FIRST|LAST|FILTER|CAST|TRY_CAST|VALUES|INTERVAL|TRUE|FALSE)\b/g;

export function sqlText(sql: string): Child[] {
  const parts: Child[] = [];
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const [whole, comment, text, name] = match;
    parts.push(sql.slice(end, match.index));
    end = match.index + whole.length;
    const look = comment !== undefined ? 'comment' : text !== undefined ? 'text' : name !== undefined ? null : 'word';
    parts.push(look === null ? whole : h(`span.${look}`, {}, whole));
  }
  return [...parts, sql.slice(end)];
}
