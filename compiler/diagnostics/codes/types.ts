/** Codes about types, functions and values in expressions. */
import { code } from '../diagnostic.ts';
import { table } from '../example.ts';

export const typeCodes = {
  'type-mismatch': code<{ what: string; found: string; wanted: string }>({
    severity: 'error',
    message: ({ what, found, wanted }) => `${what} must be ${wanted}, not ${found}`,
    explanation:
      'Each place in a query takes values of one type: `where` and `filter` take a condition, `limit` a whole number that is written out.\n\nNothing is converted in silence, because a conversion can lose or fail. Say which you mean: compare the value with something, or `cast` it.',
    example: { wrong: table('from orders |> where amount'), right: table('from orders |> where amount > 0') },
  }),

  'mixed-types': code<{ what: string; found: string; wanted: string }>({
    severity: 'error',
    message: ({ what, found, wanted }) => `${what} give one type: this is ${found}, the others are ${wanted}`,
    explanation:
      'The branches of a `case`, the items of a list and the rows of `values` give one column, so they must agree on a type. An `int64` widens to a `decimal` by itself; anything that could lose or fail is written as a `cast`.',
    example: {
      wrong: table("from orders |> select order_id, case when amount > 100 then 'large' else 0 end as size"),
      right: table("from orders |> select order_id, case when amount > 100 then 'large' else 'small' end as size"),
    },
  }),

  'wrong-arguments': code<{ name: string; reason: string }>({
    severity: 'error',
    message: ({ name, reason }) => `\`${name}\` cannot be used like this: ${reason}`,
    explanation:
      'A function or an operator takes a certain number of arguments of certain types; its signatures are shown below the message. Arguments widen only where nothing can be lost (an `int64` to a `decimal`); for the rest write `cast(x as T)`, or `try_cast(x as T)` for null where it fails.',
    example: {
      wrong: table('from orders |> select order_id, round(note) as n'),
      right: table('from orders |> select order_id, round(amount) as n'),
    },
  }),

  'refused-on-engine': code<{ name: string; engine: string; reason: string; target: string }>({
    severity: 'error',
    message: ({ name, engine, reason, target }) =>
      `\`${name}\` here is not for the target \`${target}\`: ${engine} takes no ${reason}`,
    explanation:
      'A program gives the same rows on every engine, or it is refused before it runs. A target of the project runs on an engine that has no form of this call which gives what the others give. The message says what it is; most can be said in two stages, such as an aggregate first and the window over its groups.',
    example: {
      wrong: `${table('from orders |> select order_id, median(amount) over (partition by customer_id) as middle')}\ntarget prod { engine: postgres(url: secret('URL')), with: { raw: '.pipec/prod' } }`,
      right: `${table('from orders |> aggregate median(amount) as middle group by customer_id')}\ntarget prod { engine: postgres(url: secret('URL')), with: { raw: '.pipec/prod' } }`,
    },
  }),

  'incomparable-types': code<{ operator: string; left: string; right: string }>({
    severity: 'error',
    message: ({ operator, left, right }) =>
      `\`${operator}\` compares values of one type, not \`${left}\` with \`${right}\``,
    explanation:
      'Engines disagree on what happens when two types meet in a comparison: one rounds the larger side, another converts text to a number and fails on the first row that is not one. So both sides must be of one type.\n\nThe exceptions lose nothing: an `int64` beside a `decimal`, an enum beside text, and a literal, which is read as what it stands beside.',
    example: {
      wrong: table("from orders |> where order_id = '17'"),
      right: table('from orders |> where order_id = 17'),
    },
  }),

  'compare-with-null': code<{ operator: string; use: string }>({
    severity: 'error',
    message: ({ operator, use }) => `\`${operator} null\` is never true: write \`${use}\``,
    explanation:
      'A comparison with null gives null, whatever the other side is, so the condition keeps no row at all. `is null` and `is not null` ask whether a value is there; `is distinct from` compares and takes null for a value like any other.',
    example: { wrong: table('from orders |> where note = null'), right: table('from orders |> where note is null') },
  }),

  'unknown-function': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no function \`${name}\``,
    explanation:
      'The name is neither a built-in function nor a `fn` of the project. Built-in functions are those that mean the same on every engine; `pipec explain functions` lists them, and what an engine alone can do goes into `sql"""…"""`.',
    example: {
      wrong: table('from orders |> select order_id, rund(amount) as n'),
      right: table('from orders |> select order_id, round(amount) as n'),
    },
  }),

  'function-elsewhere': code<{ name: string; use: string }>({
    severity: 'error',
    message: ({ name, use }) => `\`${name}\` is not spoken here: ${use}`,
    explanation:
      'The function is known from another SQL, and here it goes by another name, or it is left out because engines do not agree on it: `upper` turns ß into SS on one and leaves it on another, so there is `upper_ascii`, which touches a–z only. The message says what to write instead.',
    example: {
      wrong: table('from orders |> select order_id, upper(note) as note'),
      right: table('from orders |> select order_id, upper_ascii(note) as note'),
    },
  }),

  'invalid-literal': code<{ text: string; type: string; shape: string }>({
    severity: 'error',
    message: ({ text, type, shape }) => `'${text}' is not a \`${type}\`: write ${shape}`,
    explanation:
      'A date, timestamp or uuid written in the program is read when the program is checked, so a day that does not exist is found before a run. Dates run from 1900 to 2299, the range that every engine has. A timestamp without a zone is in UTC; more than six digits after the second are refused, as engines round or cut them.',
    example: {
      wrong: table("from orders |> where date(ordered_at) >= date '2026-02-30'"),
      right: table("from orders |> where date(ordered_at) >= date '2026-02-28'"),
    },
  }),

  'unknown-enum-value': code<{ value: string; type: string }>({
    severity: 'error',
    message: ({ value, type }) => `'${value}' is not one of the values of \`${type}\``,
    explanation:
      'An enum has exactly the values that its declaration lists. A comparison with any other text would never be true, so it is an error: mend the text, or add the value to the enum.',
    example: {
      wrong: table("from orders |> where status = 'payed'"),
      right: table("from orders |> where status = 'paid'"),
    },
  }),

  'number-out-of-range': code<{ text: string; type: string; limit: string }>({
    severity: 'error',
    message: ({ text, type, limit }) => `${text} does not fit \`${type}\`: ${limit}`,
    explanation:
      'An `int64` holds −9223372036854775808 to 9223372036854775807, a `decimal` 38 digits, and a `float64` finite numbers up to about 1.8e308. Engines answer anything beyond with an error, a wrap-around or infinity.',
    example: {
      wrong: table('from orders |> where order_id < 9223372036854775808'),
      right: table('from orders |> where order_id < 9223372036854775807'),
    },
  }),

  'cannot-cast': code<{ from: string; to: string; reason: string | null }>({
    severity: 'error',
    message: ({ from, to, reason }) => `\`${from}\` cannot be cast to \`${to}\`${reason === null ? '' : `: ${reason}`}`,
    explanation:
      'There is no conversion between these types that every engine makes alike. Numbers convert to numbers and to text, text to whatever it spells, dates to timestamps (midnight in UTC) and back. A `float64` has no one spelling, so it becomes a decimal first: `to_decimal(x, n)`.',
    example: {
      wrong: table('from orders |> select order_id, cast(weight as string) as w'),
      right: table('from orders |> select order_id, to_text(to_decimal(weight, 3)) as w'),
    },
  }),

  'unknown-value-type': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no value type \`${name}\``,
    explanation:
      'Values are `bool`, `int64`, `float64`, `decimal(p, s)`, `string`, `bytes`, `date`, `timestamp`, `uuid`, `json`, `list<T>`, or an enum of the project. Names from other SQLs are close: `varchar` and `text` are `string`, `integer` and `bigint` are `int64`, `double` is `float64`, `numeric(p, s)` is `decimal(p, s)`.',
    example: {
      wrong: table('from orders |> select order_id, cast(note as varchar) as note'),
      right: table('from orders |> select order_id, cast(note as string) as note'),
    },
  }),

  'inexact-decides': code<{ where: string }>({
    severity: 'error',
    message: ({ where }) => `an inexact value cannot decide ${where}`,
    explanation:
      'Some results differ between engines in their last digits, or from run to run with the order in which rows are added: sums and means of `float64`, `stddev`, `exp`, and all that is computed from them. If such a value chose which rows there are, or how they rank, two runs of one program could give different rows.\n\nRound it first: `to_decimal(x, n)` keeps n digits after the point and is exact from there on.',
    example: {
      wrong: table('from orders |> aggregate sum(weight) as weight group by status |> where weight > 100e0'),
      right: table(
        'from orders |> aggregate to_decimal(sum(weight), 3) as weight group by status |> where weight > 100',
      ),
    },
  }),

  'nullable-not-in': code<{ type: string }>({
    severity: 'error',
    message: () => '`not in` over values that may be null keeps no row as soon as one of them is',
    explanation:
      '`x not in (1, null)` is never true: whether x differs from null is unknown. SQL keeps no row then, which is almost never what is meant, and engines differ on it. Filter the nulls out (`where y is not null`), or use an anti join.',
    example: {
      wrong: table("from orders |> where 'x' not in (from orders |> select note)"),
      right: table("from orders |> where 'x' not in (from orders |> where note is not null |> select note)"),
    },
  }),

  'aggregate-misplaced': code<{ name: string; place: string }>({
    severity: 'error',
    message: ({ name, place }) => `\`${name}\` aggregates rows, which ${place} does not do`,
    explanation:
      'Aggregates stand in the `aggregate` stage, or over a window: `sum(x) over (partition by k)`. To filter on one, aggregate first and filter in a `where` after it; SQL calls that `having`.',
    example: {
      wrong: table('from orders |> where sum(amount) > 100'),
      right: table('from orders |> aggregate sum(amount) as total group by status |> where total > 100'),
    },
  }),

  'window-misplaced': code<{ name: string; place: string }>({
    severity: 'error',
    message: ({ name, place }) => `\`${name}\` looks at other rows through a window, which cannot stand in ${place}`,
    explanation:
      'Window functions stand in `select`, `extend`, `set`, `where` and `order by`, each with `over (…)`. Elsewhere, add the value with `extend` in a stage before.',
    example: {
      wrong: table('from orders |> aggregate sum(row_number() over (order by order_id)) as n'),
      right: table('from orders |> extend row_number() over (order by order_id) as place |> aggregate sum(place) as n'),
    },
  }),

  'order-required': code<{ name: string; how: string }>({
    severity: 'error',
    message: ({ name, how }) => `\`${name}\` needs an order: ${how}`,
    explanation:
      'Without an order the answer would depend on which row the engine happens to meet first, and differ from run to run.',
    example: {
      wrong: table('from orders |> select order_id, rank() over (partition by status) as n'),
      right: table('from orders |> select order_id, rank() over (partition by status order by amount desc) as n'),
    },
  }),

  'not-a-value': code<{ what: string }>({
    severity: 'error',
    message: ({ what }) => `${what} is not a value of a column`,
    explanation:
      'Durations stand beside a date or timestamp (`day + 7d`), objects in `values`, and `sql"""…"""` where a whole query is. In an expression they have no type.',
    example: {
      wrong: table('from orders |> extend 7d as week'),
      right: table('from orders |> extend ordered_at + 7d as due_at'),
    },
  }),
};
