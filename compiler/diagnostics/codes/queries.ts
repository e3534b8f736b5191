/** Codes about queries: names in scope, stages, joins. */
import { code } from '../diagnostic.ts';
import { table } from '../example.ts';

export const queryCodes = {
  'unknown-column': code<{ column: string; of: string | null }>({
    severity: 'error',
    message: ({ column, of }) =>
      of === null ? `there is no column \`${column}\` here` : `\`${of}\` has no column \`${column}\``,
    explanation:
      'A stage sees the columns that the stage before it gives. `select` and `aggregate` leave only what they name, `drop` and `rename` take a name away, and a stage never sees its own siblings: what one item of `extend` adds can be used from the next stage on.',
    example: {
      wrong: table('from orders |> select order_id, amuont'),
      right: table('from orders |> select order_id, amount'),
    },
  }),

  'unknown-qualifier': code<{ qualifier: string }>({
    severity: 'error',
    message: ({ qualifier }) => `nothing here is called \`${qualifier}\``,
    explanation:
      'In `a.c`, `a` is the alias of what `from` or `join` reads, or the last part of its name where it has no alias. `select`, `aggregate`, set operations and `pivot` make new rows and end the qualifiers; `as name` starts a new one.',
    example: {
      wrong: table('from orders as o |> where orders.amount > 0'),
      right: table('from orders as o |> where o.amount > 0'),
    },
  }),

  'ambiguous-column': code<{ column: string; choices: readonly string[] }>({
    severity: 'error',
    message: ({ column, choices }) =>
      `\`${column}\` comes from ${choices.length === 0 ? 'more than one side' : `several sides: ${choices.map((c) => `\`${c}\``).join(', ')}`}`,
    explanation:
      'Two tables of a join have a column of this name. Say which one: `o.customer_id`. A join with `using (customer_id)` leaves one column only.',
    example: {
      wrong: table(
        'from orders as o |> join customers as c on o.customer_id = c.customer_id |> select customer_id, amount',
      ),
      right: table(
        'from orders as o |> join customers as c on o.customer_id = c.customer_id |> select o.customer_id, amount',
      ),
    },
  }),

  'stale-qualifier': code<{ qualifier: string; column: string; how: 'set' | 'drop' | 'rename'; now: string | null }>({
    severity: 'error',
    message: ({ qualifier, column, how, now }) =>
      how === 'set' || column === '*'
        ? `\`${qualifier}.${column}\` is not what it was since \`${how}\`: write \`${column}\``
        : how === 'rename'
          ? `\`${qualifier}.${column}\` is called \`${now ?? column}\` since \`rename\``
          : `\`${qualifier}.${column}\` was dropped`,
    explanation:
      'After `set`, `drop` or `rename` of a column its qualified name would mean the column as it was before: that is what other implementations of pipe syntax do, and it is easily read the wrong way. So it is an error; the bare name always means what the stages before have made of it.',
    example: {
      wrong: table('from orders as o |> set amount = amount * 2 |> where o.amount > 10'),
      right: table('from orders as o |> set amount = amount * 2 |> where amount > 10'),
    },
  }),

  'duplicate-column': code<{ columns: readonly string[] }>({
    severity: 'error',
    message: ({ columns }) =>
      columns.length === 1
        ? `two columns are called \`${columns[0]}\``
        : `these columns are there twice: ${columns.map((column) => `\`${column}\``).join(', ')}`,
    explanation:
      'A stored table has each column once. Give one of them another name (`o.customer_id as buyer_id`), leave one out (`* except (customer_id)`), or join with `using`, which leaves one.',
    example: {
      wrong: table('from orders as o |> join customers as c on o.customer_id = c.customer_id'),
      right: table('from orders as o |> join customers as c using (customer_id)'),
    },
  }),

  'duplicate-alias': code<{ alias: string }>({
    severity: 'error',
    message: ({ alias }) => `two tables here are called \`${alias}\``,
    explanation: 'A qualifier must say which table is meant. Give one of them an alias: `join orders as earlier`.',
    example: {
      wrong: table('from orders |> join orders using (order_id) |> aggregate count() as n'),
      right: table('from orders as a |> join orders as b using (order_id) |> aggregate count() as n'),
    },
  }),

  'unnamed-column': code({
    severity: 'error',
    message: () => 'a stored column needs a name: add `as name`',
    explanation:
      'In a query that is only looked at, a computed column may go without a name. A stored one is read by others, so it says what it is called.',
    example: {
      wrong: table('from orders |> aggregate sum(amount) group by customer_id'),
      right: table('from orders |> aggregate sum(amount) as amount group by customer_id'),
    },
  }),

  'column-exists': code<{ column: string; stage: string }>({
    severity: 'error',
    message: ({ column, stage }) => `\`${stage}\` would give a second column \`${column}\``,
    explanation:
      '`extend` adds columns and `rename` gives new names; neither may hide a column that is there. To change a column, write `set`; to give the new one its own name, change the name.',
    example: {
      wrong: table('from orders |> extend amount * 2 as amount'),
      right: table('from orders |> set amount = amount * 2'),
    },
  }),

  'not-grouped': code<{ column: string }>({
    severity: 'error',
    message: ({ column }) => `\`${column}\` has many values in a group: aggregate it, or group by it`,
    explanation:
      'An `aggregate` gives one row a group. Outside an aggregate function only the keys of the group have one value: add the column to `group by`, or say which of its values is meant (`min(x)`, `any_value(x order by y)`).',
    example: {
      wrong: table('from orders |> aggregate sum(amount) + order_id as total group by customer_id'),
      right: table('from orders |> aggregate sum(amount) + customer_id as total group by customer_id'),
    },
  }),

  'no-columns': code({
    severity: 'error',
    message: () => 'no column would be left',
    explanation: 'A row has at least one column.',
    example: {
      wrong: table('from customers |> select * except (customer_id, country, credit, email)'),
      right: table('from customers |> select * except (credit, email)'),
    },
  }),

  'unknown-window': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no window \`${name}\` here`,
    explanation:
      'A name after `over` is that of a window that the same `select` or `extend` names at its end: `window w as (partition by a order by b)`. A window may take up one that is named before it.',
    example: {
      wrong: table('from orders |> extend sum(amount) over buyer as total |> select order_id, total'),
      right: table(
        'from orders |> extend sum(amount) over buyer as total window buyer as (partition by customer_id) |> select order_id, total',
      ),
    },
  }),

  'window-conflict': code<{ name: string; reason: string }>({
    severity: 'error',
    message: ({ reason }) => reason,
    explanation:
      'What takes up a named window adds what that one lacks: an order where it has none, a frame where it has none. It cannot change what is there.',
    example: {
      wrong: table(
        'from orders |> extend sum(amount) over (w order by order_id desc) as total window w as (order by order_id) |> select order_id, total',
      ),
      right: table(
        'from orders |> extend sum(amount) over (w order by order_id desc) as total window w as (partition by customer_id) |> select order_id, total',
      ),
    },
  }),

  'duplicate-window': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `two windows here are called \`${name}\``,
    explanation: 'A name after `over` must say which window is meant.',
    example: {
      wrong: table(
        'from orders |> extend sum(amount) over w as total window w as (partition by customer_id), w as (order by order_id) |> select order_id, total',
      ),
      right: table(
        'from orders |> extend sum(amount) over w as total window w as (partition by customer_id) |> select order_id, total',
      ),
    },
  }),

  'missing-alias': code<{ what: string }>({
    severity: 'error',
    message: ({ what }) => `${what} needs a name: add \`as name\``,
    explanation: 'The column takes its name from what is written, and nothing in it suggests one.',
    example: {
      wrong: table('from orders |> unnest [1, 2] |> select order_id'),
      right: table('from orders |> unnest [1, 2] as part |> select order_id, part'),
    },
  }),

  'join-condition': code<{ reason: string }>({
    severity: 'error',
    message: ({ reason }) => reason,
    explanation:
      'A join says which rows belong together, with at least one equality between the two sides: `on o.customer_id = c.customer_id`, or `using (customer_id)`. Without one every row meets every other; where that is meant, write `cross join`. An `asof join` has, beside the equalities, one comparison such as `r.as_of <= o.ordered_at`.',
    example: {
      wrong: table('from orders as o |> join customers as c on o.amount > c.credit |> select o.order_id'),
      right: table('from orders as o |> join customers as c on o.customer_id = c.customer_id |> select o.order_id'),
    },
  }),

  'set-operation-columns': code<{ operation: string; reason: string }>({
    severity: 'error',
    message: ({ operation, reason }) => `the sides of \`${operation}\` do not have the same columns: ${reason}`,
    explanation:
      '`union`, `intersect` and `except` match columns by name, so both sides need the same names with types that agree. Name, drop or add columns on one side (`extend null as note`).',
    example: {
      wrong: table('from orders |> select customer_id |> union all (from customers |> select country)'),
      right: table('from orders |> select customer_id |> union all (from customers |> select customer_id)'),
    },
  }),

  'set-operation-order': code<{ operation: string }>({
    severity: 'warning',
    message: ({ operation }) =>
      `the sides of \`${operation}\` have their columns in another order: they are matched by name`,
    explanation:
      'Elsewhere the first column of one side meets the first of the other, whatever they are called. Here names meet names, so that a column added in the middle never shifts the others. Where a query comes from elsewhere, see that the names say what the places said; then give both sides one order (`select customer_id, amount`).',
    example: {
      wrong: table(
        'from orders |> select order_id, customer_id |> union all (from orders |> select customer_id, order_id)',
      ),
      right: table(
        'from orders |> select order_id, customer_id |> union all (from orders |> select order_id, customer_id)',
      ),
    },
  }),

  'bare-set-operation': code<{ operation: string }>({
    severity: 'warning',
    message: ({ operation }) =>
      `\`${operation}\` alone means \`${operation} distinct\`: say so, or write \`${operation} all\``,
    explanation:
      'With `distinct` each row comes out once, with `all` as often as it went in. SQL takes `distinct` where neither is written, BigQuery asks for one, and ClickHouse takes `all`; who reads the query should not have to know.',
    example: {
      wrong: table('from orders |> union (from orders |> where amount > 10)'),
      right: table('from orders |> union distinct (from orders |> where amount > 10)'),
    },
  }),

  'subquery-columns': code<{ found: number }>({
    severity: 'error',
    message: ({ found }) => `a query used as a value gives one column, not ${found}`,
    explanation:
      'A query in parentheses stands for one value: one column, and at most one row. `x in (…)` takes one column of many rows; `exists (…)` any columns.',
    example: {
      wrong: table('from orders |> where customer_id in (from customers |> select customer_id, country)'),
      right: table('from orders |> where customer_id in (from customers |> select customer_id)'),
    },
  }),

  'values-shape': code<{ reason: string }>({
    severity: 'error',
    message: ({ reason }) => `a row of \`values\` is an object such as { id: 1, name: 'a' }: ${reason}`,
    explanation:
      'Each row of `values [...]` is an object whose properties are the columns. A property that is left out is null in that row.',
    example: { wrong: table('from values [1]'), right: table('from values [{ n: 1 }]') },
  }),

  'recursive-function': code<{ path: readonly string[] }>({
    severity: 'error',
    message: ({ path }) => `\`${path[0] ?? ''}\` calls itself: ${path.map((name) => `\`${name}\``).join(' → ')}`,
    explanation:
      'Functions of the project are written into the query at each use, so one that calls itself would never end.',
    example: {
      wrong: `fn twice(x: int64) = twice(x) * 2\n\n${table('from orders |> extend twice(order_id) as n')}`,
      right: `fn twice(x: int64) = x * 2\n\n${table('from orders |> extend twice(order_id) as n')}`,
    },
  }),

  'join-fanout': code<{ joined: string; column: string }>({
    severity: 'warning',
    message: ({ joined, column }) =>
      `the join with \`${joined}\` repeats rows, so this sum counts \`${column}\` more than once`,
    explanation:
      'Each row of one side of the join meets several of the other, because the columns of the join are not a key there. A sum over a column of the side that is repeated then counts its values several times.\n\nAggregate before the join, or sum a column of the other side. The warning looks at known keys only, and is silent where the rows are grouped by a column of the side that repeats them.',
    example: {
      wrong: table(
        'from customers as c |> join orders as o using (customer_id) |> aggregate sum(c.credit) as credit group by c.country',
      ),
      right: table('from customers |> aggregate sum(credit) as credit group by country'),
    },
  }),
};
