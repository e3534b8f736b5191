/**
 * Forms of other SQLs that people bring along, and what to write instead. They are looked up only where the grammar has no
 * use for the words, or, where a word alone could be an alias, for more than one.
 */
import type { Token } from './tokens.ts';

export interface OtherForm {
  /** As written, in lower case. */
  readonly form: string;
  readonly words: number;
  readonly use: string;
}

const SAMPLE = 'a sample differs from run to run: take rows by a hash or a date in `where`';
const TIME_TRAVEL = 'a program reads what is there as it runs; keep the versions of a row in a dataset';
const PLACES = 'a list has no places for its items: keep them in a column, and number with `row_number()`';
const FRAMES = 'engines do not share frames that leave rows out: subtract the row, or filter it in a join';
const LATERAL =
  'the engines do not share it: a query in `extend (…) as x` may read the row, `|> unnest xs as x` spreads a list';
const PER_GROUP = 'write `|> where row_number() over (partition by k order by t) <= n`';
const KEYS = 'write `|> aggregate … group by rollup (a, b)`, which has a row for the whole';
const FIRST_MATCH =
  'write `|> distinct on (k) order by t` for one row of each, or a `semi join` to keep those that have one';

const rows: readonly (readonly [words: string, use: string])[] = [
  // After an expression.
  [
    'within group',
    "the value and its order stand in the call: `string_agg(x, ',' order by y)`, `quantile_cont(x, 0.5)`",
  ],
  ['keep (', 'write `arg_max(x, t)` or `arg_min(x, t)`'],
  ['having max', 'write `arg_max(x, t)`'],
  ['having min', 'write `arg_min(x, t)`'],
  ['separator', "it is the second argument: `string_agg(x, ',' order by x)`"],
  [
    'collate',
    'texts are compared by their code points, the same on every engine: order by another text where that is wrong',
  ],
  ['exclude current', FRAMES],
  ['exclude ties', FRAMES],
  ['exclude group', FRAMES],
  ['exclude no', 'leave it out: it is what a frame does'],
  ['from first', 'leave it out: it is what is done'],
  ['from last', 'turn the order round: `over (order by x desc)`'],
  // Of columns.
  ['rename (', 'write `|> rename a as b`, a stage of its own'],
  [':', "of json write `json_text(x, 'path')`; a name stands after `as`"],
  ['exclude (', 'write `* except (a, b)`'],
  ['except', 'names stand in parentheses: `* except (a, b)`'],
  ['exclude', 'names stand in parentheses: `* except (a, b)`'],
  ['into', 'a `table` declaration stores what its query gives'],
  ['on (', 'write `|> distinct on (a) order by b`'],
  // Of tables.
  ['using sample', SAMPLE],
  ['sample', SAMPLE],
  ['final', 'of a source with `rows: changes` readers see the latest state of each key; as an alias it needs `as`'],
  ['prewhere', 'write `where`: engines choose what to read first'],
  ['array join', 'write `|> unnest xs as x`'],
  ['left array join', 'write `|> unnest xs as x`'],
  ['any join', FIRST_MATCH],
  ['any inner join', FIRST_MATCH],
  ['any left join', FIRST_MATCH],
  ['left any join', FIRST_MATCH],
  ['lateral', LATERAL],
  ['apply', LATERAL],
  ['for system_time', TIME_TRAVEL],
  ['for timestamp', TIME_TRAVEL],
  ['for version', TIME_TRAVEL],
  ['for update', 'a program only reads: nothing is locked'],
  ['version as', TIME_TRAVEL],
  ['timestamp as', TIME_TRAVEL],
  ['at (', TIME_TRAVEL],
  ['before (', TIME_TRAVEL],
  ['with ordinality', PLACES],
  ['with offset', PLACES],
  ['with recursive', 'the engines do not share a meaning for recursion: join as many levels as there are'],
  // Of groups, orders and limits.
  ['with rollup', KEYS],
  ['with cube', 'write `|> aggregate … group by cube (a, b)`'],
  ['with totals', KEYS],
  ['with ties', 'write `|> where rank() over (order by …) <= n`'],
  ['fetch first', 'write `limit n`'],
  ['fetch next', 'write `limit n`'],
  ['offset', 'it stands after a limit: `limit n offset m`'],
  ['limit', 'write it as a stage, `|> limit n`; items of a list are numbered by `row_number()` and filtered'],
  ['limit by', PER_GROUP],
  ['sort by', 'write `order by`'],
  ['cluster by', "a program says what rows there are; how they are laid out is the engine's"],
  ['distribute by', "a program says what rows there are; how they are laid out is the engine's"],
  ['settings', 'a target sets how its engine works'],
  ['format', '`pipec query --json` and its like say how rows are printed'],
  ['minus', 'write `|> except distinct (from …)`'],
];

const byFirst = new Map<string, { readonly words: readonly string[]; readonly use: string }[]>();
for (const [text, use] of rows) {
  const words = text.split(' ');
  const same = byFirst.get(words[0]!) ?? [];
  same.push({ words, use });
  byFirst.set(words[0]!, same);
}
/** The longest first, so that `limit by` is not taken for `limit`. */
for (const same of byFirst.values()) same.sort((a, b) => b.words.length - a.words.length);

/** What may follow an alias: after one of these words it is an alias, and no operator. */
const afterAlias = new Set([
  '',
  ',',
  ')',
  ']',
  '}',
  '|>',
  ';',
  'as',
  'from',
  'where',
  'group',
  'order',
  'limit',
  'for',
  'asc',
  'desc',
]);

/** Words that are rather meant as other SQLs have them than as an alias that lacks its `as`. */
const never = new Set(['final', 'prewhere']);

/** The form that begins at the next token; where that may be an alias, a word alone is one unless more follows. */
export function otherForm(peek: (ahead: number) => Token, maybeAlias = false): OtherForm | null {
  for (const { words, use } of byFirst.get(peek(1).image.toLowerCase()) ?? [])
    if (
      words.every((word, i) => peek(i + 1).image.toLowerCase() === word) &&
      !(maybeAlias && words.length === 1 && !never.has(words[0]!) && afterAlias.has(peek(2).image.toLowerCase()))
    )
      return { form: words.join(' ').replace(' (', ' (…)'), words: words.length, use };
  return null;
}

/** Operators that are words in other SQLs: what stands left of them is complete. `operand` is false where nothing follows, `tight` true
 * where it binds as a product does. */
const operators: readonly (readonly [words: string, use: string, operand: boolean, tight?: boolean])[] = [
  ['similar to', "write `regexp_like(text, 'pattern')`", true],
  ['rlike', "write `regexp_like(text, 'pattern')`", true],
  ['regexp', "write `regexp_like(text, 'pattern')`", true],
  ['glob', 'write `like`, with `%` for `*` and `_` for `?`', true],
  ['div', 'write `div(a, b)`', true, true],
  ['mod', 'write `a % b`', true, true],
  ['xor', 'of two conditions write `a <> b`', true],
  ['collate', 'texts are compared by their code points, the same on every engine', true],
  ['isnull', 'write `is null`', false],
  ['notnull', 'write `is not null`', false],
];

/** The operator in words that begins so many tokens ahead. */
export function otherOperator(
  peek: (ahead: number) => Token,
  from: number,
): (OtherForm & { readonly operand: boolean; readonly tight: boolean }) | null {
  const first = peek(from).image.toLowerCase();
  for (const [text, use, operand, tight = false] of operators) {
    const words = text.split(' ');
    if (words[0] !== first || words.some((word, i) => peek(from + i).image.toLowerCase() !== word)) continue;
    if (operand && afterAlias.has(peek(from + words.length).image.toLowerCase())) return null;
    return { form: text, words: words.length, use, operand, tight };
  }
  return null;
}

/** Operators that are signs in other SQLs, which the lexer reads as one token each. */
export const otherSigns: ReadonlyMap<string, string> = new Map([
  ['->>', "of json write `json_text(x, 'path')`"],
  ['->', "of json write `json_text(x, 'path')`; functions as values are not in the language"],
  ['!~*', "write `not regexp_like(text, 'pattern')`"],
  ['!~', "write `not regexp_like(text, 'pattern')`"],
  ['~*', "write `regexp_like(text, 'pattern')`"],
  ['~', "write `regexp_like(text, 'pattern')`"],
  ['<=>', 'write `a is not distinct from b`'],
  ['@>', 'spread the list, `|> unnest xs as item`, and compare the items'],
  ['<<', 'engines do not share arithmetic on bits: multiply by a power of 2'],
  ['**', 'write `pow(a, b)`'],
  ['^', 'write `pow(a, b)`'],
  ['&', 'engines do not share arithmetic on bits: for conditions write `and`'],
]);

/** Statements of other SQLs, where a query begins. */
export const otherStatements: ReadonlyMap<string, string> = new Map([
  ['merge', 'a `table` declaration with `refresh` and a `key` brings rows up to date'],
  ['update', 'a table is what its query gives: write the change as a stage'],
  ['delete', 'a table is what its query gives: `|> where …` keeps the other rows'],
  ['insert', 'a `table` declaration stores what its query gives'],
  ['create', 'a `table` declaration stores what its query gives'],
  ['explain', '`pipec sql` shows the SQL of a dataset'],
  ['describe', '`pipec query` runs a query as far as it is written, and shows its columns'],
  ['show', '`pipec query` runs a query, `pipec show` shows a dataset'],
]);

/** Stages of published pipe syntax that pipec does not take, and what to write instead. */
export const otherStages: ReadonlyMap<string, string> = new Map([
  ['having', 'write `|> where …` after the `aggregate`'],
  ['qualify', 'write `|> where …` after the `extend` that makes the window'],
  ['tablesample', 'a sample differs from run to run: take rows by a hash or a date in `where`'],
  ['window', 'write `|> extend f(…) over (…) as name`'],
  ['natural', 'name the columns: `join … using (a, b)`'],
  ['lateral', 'the engines do not share it: `|> unnest xs as x` spreads a list'],
  ['recursive', 'the engines do not share a meaning for recursion: join as many levels as there are'],
  ['describe', '`pipec query` runs a query as far as it is written, and shows its columns'],
  ['if', 'a program is one query: write each case as a table of its own'],
  ['create', 'a `table` declaration stores what its query gives'],
  ['insert', 'a `table` declaration with `refresh: append` adds rows to what is there'],
  ['export', 'a `table` in a lake is written as files'],
  ['fork', 'name what is shared as a table or with `with`, and write a table for each branch'],
  ['tee', 'name what is shared as a table or with `with`, and write a table for each branch'],
  ['group', 'write `|> aggregate … group by …`'],
  ['sort', 'write `|> order by …`'],
  ['match_recognize', 'the engines have no one meaning for it'],
]);
