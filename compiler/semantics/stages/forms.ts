/** The stages as people write them, each with what it does: for those who offer or explain them. One row a stage. */

export interface StageForm {
  /** The words that begin it. */
  readonly words: string;
  /** What follows the words, as a snippet: `$1`, `${1:name}`, `$0` are where the cursor goes. */
  readonly rest: string;
  readonly written: string;
  readonly doc: string;
}

const stage = (words: string, rest: string, written: string, doc: string): StageForm => ({ words, rest, written, doc });

/** In the order of how often they are wanted. */
export const stageForms: readonly StageForm[] = [
  stage('where', ' $0', '|> where amount > 0', 'Keeps the rows for which the condition is true.'),
  stage('select', ' $0', '|> select a, b as c, t.*', 'Exactly these columns, in this order.'),
  stage('extend', ' $1 as ${2:name}$0', '|> extend price * pieces as total', 'Adds columns; windows too.'),
  stage(
    'aggregate',
    ' $1 group by $0',
    '|> aggregate sum(amount) as revenue group by day',
    'One row a group: the keys, then the aggregates.',
  ),
  stage(
    'join',
    ' $1 on $0',
    '|> join customers as c on o.customer_id = c.id',
    'Rows of both sides that belong together.',
  ),
  stage(
    'left join',
    ' $1 on $0',
    '|> left join customers as c on o.customer_id = c.id',
    'Every row of the left side, with what belongs to it or null.',
  ),
  stage('order by', ' $0', '|> order by day desc', 'The order of the rows, where it is the last stage but `limit`.'),
  stage('limit', ' ${0:10}', '|> limit 10', 'The first rows.'),
  stage('distinct', '', '|> distinct', 'Each row once; `distinct on (k) order by t` keeps the first of each key.'),
  stage('set', ' $1 = $0', '|> set amount = amount * 2', 'Gives columns other values.'),
  stage('drop', ' $0', '|> drop note', 'Leaves columns out.'),
  stage('rename', ' $1 as ${0:name}', '|> rename amount as paid', 'Gives columns other names.'),
  stage('as', ' ${0:name}', '|> as r', 'Names what came before, so that its columns are `r.column`.'),
  stage(
    'assert',
    " $1, '${2:message}'$0",
    "|> assert amount >= 0, 'a negative amount'",
    'A check in the middle: where it is not true of a row, the step fails and nothing is published.',
  ),
  stage('union all', ' $0', '|> union all other', 'The rows of both, by the names of the columns.'),
  stage('union distinct', ' $0', '|> union distinct other', 'The rows of both, each once.'),
  stage('intersect distinct', ' $0', '|> intersect distinct other', 'The rows that are in both, each once.'),
  stage('except distinct', ' $0', '|> except distinct other', 'The rows that are not in the other, each once.'),
  stage(
    'right join',
    ' $1 on $0',
    '|> right join d on a = b',
    'Every row of the right side, with what belongs to it or null.',
  ),
  stage(
    'full join',
    ' $1 on $0',
    '|> full join d on a = b',
    'Every row of both sides, with what belongs to it or null.',
  ),
  stage('cross join', ' $0', '|> cross join d', 'Every row of one side with every row of the other.'),
  stage('semi join', ' $1 on $0', '|> semi join d on a = b', 'Rows of the left side to which something belongs.'),
  stage('anti join', ' $1 on $0', '|> anti join d on a = b', 'Rows of the left side to which nothing belongs.'),
  stage(
    'left asof join',
    ' $1 on $0',
    '|> left asof join rates as r on o.currency = r.currency and r.as_of <= o.ordered_at',
    'Every row of the left side, with the latest row that belongs to it at its time, or null.',
  ),
  stage(
    'asof join',
    ' $1 on $0',
    '|> asof join d on a = b and t <= u',
    'The latest row that belongs to each at its time.',
  ),
  stage(
    'pivot',
    ' ($1 for $2 in ($0))',
    "|> pivot (sum(amount) for status in ('paid', 'sent'))",
    'Makes columns of the values of one.',
  ),
  stage(
    'unpivot',
    ' (${1:value} for ${2:name} in ($0))',
    '|> unpivot (amount for kind in (a, b))',
    'Makes rows of columns.',
  ),
  stage('unnest', ' $1 as ${0:name}', '|> unnest tags as tag', 'A row for each element of a list.'),
  stage('call', ' $0', '|> call top(10, amount)', 'Stages that a `fn` of the project stands for.'),
  stage('with', ' ${1:name} as ($0)', '|> with late as (from …)', 'A named query, seen by the stages after it.'),
];
