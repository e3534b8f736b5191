/** What CTEs and tables are called in SQL: after what the person wrote, short, and never a word of SQL. */

import { someExpr } from '../relational/walk.ts';
import { type Block, hasWindow, type Query } from './block.ts';

const LONGEST = 40;

/** The last part of a qualified name. */
export const datasetWord = (dataset: string): string => dataset.slice(dataset.lastIndexOf('.') + 1);

/** `clean_flights` → `cf`. */
export function initials(word: string): string {
  const letters = word
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((part) => part.charAt(0))
    .join('')
    .replace(/^[0-9]+/, '')
    .slice(0, 4);
  return letters === '' ? 't' : letters;
}

/** A telling name for the CTE that the query becomes. */
export function cteWish(query: Query): string {
  switch (query.kind) {
    case 'raw':
      return query.label ?? 'raw_sql';
    case 'compound':
      if (query.label !== null && query.label.length > 2) return query.label;
      return query.operation === 'union' ? 'combined' : query.operation === 'intersect' ? 'common' : 'remaining';
    case 'block':
      return blockWish(query);
  }
}

function blockWish(block: Block): string {
  if (block.limit !== null) return block.limit.offset === 0 ? `first_${block.limit.count}` : 'page';
  if (block.label !== null && block.label.length > 2) return block.label;
  if ([...block.values.values()].some((value) => hasWindow(value))) {
    const ranks = [...block.values.values()].some((value) =>
      someExpr(value, (part) => part.kind === 'window' && RANKS.has(part.fn)),
    );
    return ranks ? 'ranked' : 'windowed';
  }
  if (block.group !== null) {
    if (block.group.names.length === 0) return 'total';
    const name = `by_${block.group.names.slice(0, 3).join('_')}`;
    return name.length <= LONGEST ? name : `by_${block.group.names[0]}`.slice(0, LONGEST);
  }
  const [first] = block.sources;
  if (first === undefined) return block.label ?? 'constants';
  switch (first.from.kind) {
    case 'table':
      return datasetWord(first.from.dataset);
    case 'cte':
      return first.from.cte.name;
    case 'values':
      return block.label ?? 'given';
    case 'unnest':
      return first.from.name;
  }
}

const RANKS = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile']);

/** Words that some engine reserves and that a person may well use as an alias. */
const RESERVED = new Set(
  (
    'all analyse analyze and anti any array as asc asof asymmetric at attach authorization between binary both by case cast check collate column concurrently constraint create cross current_date current_role ' +
    'current_time current_timestamp current_user default deferrable delete desc describe distinct do else end except exists extract false fetch filter final first for foreign format freeze from full glob global grant ' +
    'group having if ilike in initially inner insert intersect interval into is isnull join key lateral leading left like limit localtime localtimestamp map natural not notnull null offset on only or order ' +
    'outer over overlaps pivot placing position positional prewhere primary qualify range references returning right row rows sample select semi session_user set settings show similar some struct summarize ' +
    'symmetric table tablesample then ties to top totals trailing true try_cast union unique unpivot update user using values variadic verbose view when where window with'
  ).split(' '),
);

/** True where the word may stand in SQL without quotes on every engine. */
export const isSafeWord = (word: string): boolean => /^[a-z_][a-z0-9_]*$/.test(word) && !RESERVED.has(word);
