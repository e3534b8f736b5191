/** The page of stages: each with a query over a few rows, and the rows that DuckDB gives for it. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { renderTable } from '../../compiler/cli/table.ts';
import { optimize } from '../../compiler/relational/optimize.ts';
import { typeName } from '../../compiler/relational/types.ts';
import { duckdb } from '../../compiler/sql/duckdb.ts';
import { renderQuery } from '../../compiler/sql/select.ts';
import { Workspace } from '../../compiler/workspace/workspace.ts';
import { fence, generated, page, span } from './markdown.ts';
import { PLAIN } from './program.ts';

interface StagePage {
  readonly title: string;
  /** The words that begin it; a test finds that none of the language's is left out. */
  readonly words: readonly string[];
  readonly shape: string;
  readonly doc: string;
  readonly examples: readonly string[];
}

const DATA = `with orders as (from values [
  { order_id: 1, customer_id: 7, status: 'paid',     amount: 40.00, day: date '2026-01-01' },
  { order_id: 2, customer_id: 7, status: 'shipped',  amount: 15.50, day: date '2026-01-02' },
  { order_id: 3, customer_id: 8, status: 'returned', amount: 99.00, day: date '2026-01-02' },
  { order_id: 4, customer_id: 9, status: 'paid',     amount: 12.00, day: date '2026-01-03' },
]), customers as (from values [
  { customer_id: 7, name: 'Ada',   country: 'DE' },
  { customer_id: 8, name: 'Grace', country: 'US' },
  { customer_id: 5, name: 'Edsger', country: 'NL' },
]), discounts as (from values [
  { customer_id: 7, since: date '2026-01-01', percent: 5 },
  { customer_id: 7, since: date '2026-01-02', percent: 10 },
  { customer_id: 9, since: date '2026-01-01', percent: 3 },
])`;

const stages: readonly StagePage[] = [
  {
    title: 'from',
    words: ['from'],
    shape: 'from dataset [as a], …',
    doc: 'Begins a query: a dataset, several of them (each row beside each), `values`, or a query in parentheses.',
    examples: ['from orders', "from values [{ code: 'DE', name: 'Germany' }, { code: 'US', name: 'United States' }]"],
  },
  {
    title: 'where',
    words: ['where'],
    shape: 'where condition',
    doc: 'Keeps the rows for which the condition is true; false and null do not pass. What it proves is known to the stages after it: behind `where x is not null`, `x` holds no null.',
    examples: ['from orders |> where amount > 14'],
  },
  {
    title: 'select',
    words: ['select'],
    shape: 'select a, expression as b, t.*, * except (x), * replace (expression as x)',
    doc: 'Exactly these columns, in this order.',
    examples: [
      'from orders |> select order_id, amount * 1.19 as gross',
      'from orders |> select * except (customer_id, status)',
    ],
  },
  {
    title: 'extend',
    words: ['extend'],
    shape: 'extend expression as x, …',
    doc: 'Adds columns, which the next stage sees. A name that is there already is an error: changing a column is `set`. Windows stand here too.',
    examples: [
      'from orders |> extend amount >= 20 as big',
      'from orders |> extend sum(amount) over (partition by customer_id order by order_id rows between unbounded preceding and current row) as so_far',
    ],
  },
  {
    title: 'set, drop, rename',
    words: ['set', 'drop', 'rename'],
    shape: 'set x = expression, … · drop x, … · rename x as y, …',
    doc: 'Change, remove and rename columns. Names that are not there, or are taken, are errors.',
    examples: ['from orders |> set amount = amount * 2 |> drop customer_id, day |> rename status as state'],
  },
  {
    title: 'aggregate',
    words: ['aggregate'],
    shape: 'aggregate f(x) [as y], … [group [and order] by k [as n], …]',
    doc: 'One row a group: the keys, then the aggregates. Without `group by`, one row of all. `group and order by` sorts by the keys; `grouping sets`, `rollup` and `cube` give several groupings at once.',
    examples: [
      'from orders |> aggregate count() as orders, sum(amount) as amount group and order by customer_id',
      "from orders |> aggregate sum(amount) filter (where status <> 'returned') as kept",
    ],
  },
  {
    title: 'join',
    words: ['join', 'inner', 'left', 'right', 'full', 'cross', 'semi', 'anti'],
    shape: '[inner | left | right | full | cross | semi | anti] join dataset [as a] on condition | using (k, …)',
    doc: 'Brings in the columns of another dataset. `left`, `right` and `full` keep rows without a partner, and make the other side nullable; `semi` keeps the rows that have a partner, `anti` those that have none, and neither adds a column. A join that multiplies rows before an aggregate is a warning.',
    examples: [
      'from orders |> join customers using (customer_id) |> select order_id, name',
      'from orders |> left join customers as c using (customer_id) |> select order_id, c.name',
      'from customers |> anti join orders using (customer_id)',
    ],
  },
  {
    title: 'asof join',
    words: [],
    shape: '[left] asof join dataset as a on keys and a.time <= time',
    doc: 'Of the partners with equal keys the latest: the discount of that day, the price at that moment.',
    examples: [
      'from orders as o |> asof join discounts as d on o.customer_id = d.customer_id and d.since <= o.day |> select o.order_id, o.day, d.percent',
    ],
  },
  {
    title: 'order by, limit',
    words: ['order', 'limit'],
    shape: 'order by x [asc | desc] [nulls first | last], … · limit n [offset m]',
    doc: 'Rows have an order only behind a final `order by`; what a table stores has none. `limit` takes the first rows; where the order leaves ties, the remaining columns decide, so that every engine takes the same ones.',
    examples: ['from orders |> order by amount desc |> limit 2'],
  },
  {
    title: 'distinct',
    words: ['distinct'],
    shape: 'distinct · distinct on (k, …) order by x',
    doc: 'Rows without repeats; with `on`, the first row of each key.',
    examples: [
      'from orders |> select customer_id |> distinct',
      'from orders |> distinct on (customer_id) order by amount desc',
    ],
  },
  {
    title: 'union, intersect, except',
    words: ['union', 'intersect', 'except'],
    shape: 'union all | union distinct | intersect | except  dataset or (query)',
    doc: 'Rows of both, rows in both, rows in the first only. Columns meet by name, and their types must agree.',
    examples: ['from orders\n|> select customer_id\n|> except (from customers |> select customer_id)'],
  },
  {
    title: 'pivot, unpivot',
    words: ['pivot', 'unpivot'],
    shape: "pivot (aggregate for x in ('a', 'b')) · unpivot (value for name in (a, b))",
    doc: 'Turns values into columns, and columns into values. The list is written out, so that the columns are known before anything runs.',
    examples: [
      "from orders |> select customer_id, status, amount |> pivot (sum(amount) for status in ('paid', 'shipped'))",
    ],
  },
  {
    title: 'unnest',
    words: ['unnest'],
    shape: 'unnest list as x',
    doc: 'One row for each item of a list; a row whose list is empty goes.',
    examples: [
      "from values [{ id: 1, tags: ['a', 'b'] }, { id: 2, tags: ['c'] }] |> unnest tags as tag |> select id, tag",
    ],
  },
  {
    title: 'with',
    words: ['with'],
    shape: 'with name as (query), …',
    doc: 'Names a query for the stages after it, at the head of a query or between stages.',
    examples: ['with big as (from orders |> where amount > 20)\nfrom big\n|> select order_id'],
  },
  {
    title: 'as',
    words: ['as'],
    shape: 'as a',
    doc: 'Names what came before, so that its columns can be told from those of a join.',
    examples: [
      'from orders |> aggregate sum(amount) as amount group by customer_id |> as o |> join customers as c on o.customer_id = c.customer_id |> select c.name, o.amount',
    ],
  },
  {
    title: 'call',
    words: ['call'],
    shape: 'call function(arguments)',
    doc: 'Runs the stages of a `fn` of the project: `fn top(n: int64) = |> order by amount desc |> limit n`, then `|> call top(10)`.',
    examples: [],
  },
  {
    title: 'assert',
    words: ['assert'],
    shape: "assert condition, 'message'",
    doc: 'A row for which the condition is not true fails the step, before anything is published. The rows are shown.',
    examples: ["from orders |> assert amount > 0, 'an order has an amount' |> select order_id"],
  },
];

export const stageWordsTold: readonly string[] = stages.flatMap(({ words }) => words);

export async function stagesPage(): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const shown = async (query: string) =>
    `${fence('pipe query', query.includes('\n') ? query : query.replaceAll(' |> ', '\n|> '))}\n\n${fence('text', await rowsOf(query, connection))}`;
  const sections: string[] = [];
  const data = await Promise.all(
    ['orders', 'customers', 'discounts'].map(
      async (name) => `${span(name)}\n\n${fence('text', await rowsOf(`from ${name}`, connection))}`,
    ),
  );
  for (const { title, shape, doc, examples } of stages) {
    sections.push(`## ${span(title)}`, fence('text', shape), doc);
    for (const example of examples) sections.push(await shown(example));
  }
  connection.closeSync();
  return page(
    generated('scripts/docs/stages.ts; the rows are what DuckDB gives'),
    '# Stages',
    'A query begins with `from` and goes on with stages; each sees the columns that the one before left. The rows below are real: each query was compiled and run.',
    'The queries read these rows:',
    ...data,
    ...sections,
  );
}

/** Compiles and runs a query over the rows of this page; raises where it has an error. */
async function rowsOf(query: string, connection: DuckDBConnection): Promise<string> {
  const text = query.startsWith('with ') ? `${DATA}, ${query.slice('with '.length)}` : `${DATA} ${query}`;
  const { diagnostics, query: checked } = new Workspace().adHocQuery(text);
  if (checked === null || diagnostics.some(({ severity }) => severity === 'error'))
    throw new Error(`${query}\n${diagnostics.map(({ message }) => message).join('\n')}`);
  const sql = renderQuery(optimize(checked.rel), duckdb, {
    table: (dataset) => {
      throw new Error(`${dataset} is not on this page`);
    },
  });
  const rows = (await connection.runAndReadAll(sql)).getRowsJson();
  // Without an order, the rows of two runs may come differently, and the page would never stay the same.
  if (!/(?:\|> |group and )order by [^|]*(?:\|> limit \d+)?$/.test(query))
    rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const columns = checked.row.columns.map(({ name, type }) => ({
    name,
    numeric: ['int64', 'decimal', 'float64'].includes(typeName(type).replace(/\(.*/, '')),
  }));
  return renderTable(
    columns,
    rows.map((row) => row.map((value) => (value === null ? null : String(value)))),
    PLAIN,
  ).join('\n');
}
