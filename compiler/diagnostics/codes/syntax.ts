/** What the lexer and the parser report. */
import { code } from '../diagnostic.ts';

const after = (word: string | null) => (word === null ? '' : ` after \`${word}\``);
const found = (word: string | null) => (word === null ? '' : `, found \`${word}\``);

/** `expected` is in words: "an expression", "`)`". */
interface Expected {
  readonly expected: string;
  readonly after: string | null;
  readonly found: string | null;
}
const expectedMessage = (p: Expected) => `expected ${p.expected}${after(p.after)}${found(p.found)}`;

export const syntaxCodes = {
  'expected-expression': code({
    severity: 'error',
    message: expectedMessage,
    explanation:
      'Something that gives a value is missing here: a column, a literal, a call.\n\nThe place is where it would stand. The rest of the query is understood as if it were there.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where amount > 0 and\n',
      right: "table t in dwh.core =\n  from orders\n  |> where amount > 0 and status = 'paid'\n",
    },
  }),
  'expected-name': code({
    severity: 'error',
    message: expectedMessage,
    explanation: 'A name is missing here. Names are letters, digits and `_`; any other name is written in back-ticks.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> drop\n',
      right: 'table t in dwh.core =\n  from orders\n  |> drop note\n',
    },
  }),
  'expected-token': code({
    severity: 'error',
    message: expectedMessage,
    explanation:
      'The text stops short of what must come here, or goes on with something else. The message says what fits.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> extend case when amount > 9 then 1 else 0 as big\n',
      right: 'table t in dwh.core =\n  from orders\n  |> extend case when amount > 9 then 1 else 0 end as big\n',
    },
  }),
  'unexpected-token': code({
    severity: 'error',
    message: (p: { found: string; expected: string | null }) =>
      `\`${p.found}\` cannot stand here${p.expected === null ? '' : `; expected ${p.expected}`}`,
    explanation:
      'The text before is complete, and this does not go on with it. What stands here is left out, and the rest of the declaration is understood without it.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> order by amount\n  |> limit 5 percent of all\n',
      right: 'table t in dwh.core =\n  from orders\n  |> order by amount\n  |> limit 5\n',
    },
  }),
  'unclosed-bracket': code({
    severity: 'error',
    message: (p: { bracket: string }) => `this \`${p.bracket}\` is not closed`,
    explanation:
      'A bracket is opened and its partner does not come before the next stage or declaration begins. The label shows where it was opened.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where (amount > 0\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where (amount > 0)\n',
    },
  }),
  'unclosed-string': code({
    severity: 'error',
    message: (p: { quote: string }) => `this string is not closed: \`${p.quote}\` is missing`,
    explanation:
      'A string ends on the line where it begins. For a text of several lines write `\\n`, or a raw string in `"""…"""`.',
    example: {
      wrong: "table t in dwh.core =\n  from orders\n  |> where status = 'paid\n",
      right: "table t in dwh.core =\n  from orders\n  |> where status = 'paid'\n",
    },
  }),
  'unclosed-name': code({
    severity: 'error',
    message: () => 'this name is not closed: a back-tick is missing',
    explanation: 'A name in back-ticks ends on the line where it begins, with a second back-tick.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> select `note\n',
      right: 'table t in dwh.core =\n  from orders\n  |> select `note`\n',
    },
  }),
  'empty-name': code({
    severity: 'error',
    message: () => 'a name cannot be empty',
    explanation: 'There is nothing between the two back-ticks.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> select amount as ``\n',
      right: 'table t in dwh.core =\n  from orders\n  |> select amount as total\n',
    },
  }),
  'unclosed-comment': code({
    severity: 'error',
    message: () => 'this comment is not closed: `*/` is missing',
    explanation: 'A comment that begins with `/*` goes on until `*/`, so all the rest of the file is a comment.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n/* to do\n',
      right: 'table t in dwh.core =\n  from orders\n/* to do */\n',
    },
  }),
  'unexpected-character': code({
    severity: 'error',
    message: (p: { text: string }) => `\`${p.text}\` is not part of the language`,
    explanation:
      'This sign means nothing here, and is left out. Names with letters other than A–Z are written in back-ticks; text belongs in quotes.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where amount > 5 \\\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 5\n',
    },
  }),
  'foreign-name': code({
    severity: 'error',
    message: (p: { text: string }) => `\`${p.text}\` has letters outside A–Z: as a name it needs back-ticks`,
    explanation:
      'Letters that look alike in different alphabets make names that cannot be told apart, so plain names are ASCII. In back-ticks anything can be a name.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders as größe\n  |> where amount > 5\n',
      right: 'table t in dwh.core =\n  from orders as `größe`\n  |> where amount > 5\n',
    },
  }),
  'invisible-character': code({
    severity: 'error',
    message: (p: { what: string }) => `an invisible character stands here: ${p.what}`,
    explanation:
      'A character that cannot be seen can make a program read otherwise than it runs, so none is allowed outside back-ticks and strings. A bidirectional control is refused in comments too.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\u200b\n',
      right: 'table t in dwh.core =\n  from orders\n',
    },
  }),
  'invalid-number': code({
    severity: 'error',
    message: (p: { text: string }) => `\`${p.text}\` is neither a number nor a duration`,
    explanation:
      'Letters directly after a number make a duration, in whole numbers and lower case: `10ms 15s 5m 1h 7d 4w 3mo 1y`. A number has digits, `_` between them, one point, and an exponent.',
    example: {
      wrong: 'job nightly {\n  builds:  [orders]\n  timeout: 90min\n}\n',
      right: 'job nightly {\n  builds:  [orders]\n  timeout: 90m\n}\n',
    },
  }),
  'invalid-interval': code({
    severity: 'error',
    message: (p: { text: string }) => `\`${p.text}\` is not an interval`,
    explanation:
      'An interval is a whole number and a unit: `interval 3 month`. The units are second, minute, hour, day, week, month, quarter and year.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> extend date_add(ordered_at, interval 3 moons) as due\n',
      right: 'table t in dwh.core =\n  from orders\n  |> extend date_add(ordered_at, interval 3 month) as due\n',
    },
  }),
  'wrong-operator': code({
    severity: 'error',
    message: (p: { written: string; meant: string }) =>
      `\`${p.written}\` is not an operator here: write \`${p.meant}\``,
    explanation:
      "Expressions are SQL's: `=` compares, `and` and `or` join conditions, and a named argument is `name: value`. The program is understood as if it were written so.",
    example: {
      wrong: "table t in dwh.core =\n  from orders\n  |> where status == 'paid'\n",
      right: "table t in dwh.core =\n  from orders\n  |> where status = 'paid'\n",
    },
  }),
  'smart-quotes': code({
    severity: 'error',
    message: () => 'a string stands between plain quotes',
    explanation:
      "Word processors and chats turn `'` into `‘` and `’`. The text between them is understood as a string.",
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where status = ‘paid’\n',
      right: "table t in dwh.core =\n  from orders\n  |> where status = 'paid'\n",
    },
  }),
  'extra-comma': code({
    severity: 'error',
    message: () => 'a comma too many',
    explanation: 'Nothing stands before this comma. One comma after the last item of a list is fine.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> select order_id,, amount\n',
      right: 'table t in dwh.core =\n  from orders\n  |> select order_id, amount\n',
    },
  }),
  'missing-comma': code({
    severity: 'error',
    message: () => 'a comma is missing here',
    explanation:
      'Items of a list stand with commas between. The alias of a column stands on the line of what it names; on a line of its own it needs `as`.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> select order_id,\n            amount\n            status\n',
      right: 'table t in dwh.core =\n  from orders\n  |> select order_id,\n            amount,\n            status\n',
    },
  }),
  'missing-pipe': code({
    severity: 'error',
    message: (p: { stage: string }) => `\`|>\` is missing before \`${p.stage}\``,
    explanation: 'Every stage after the first begins with `|>`.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  where amount > 0\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n',
    },
  }),
  'missing-equals': code({
    severity: 'error',
    message: () => '`=` is missing before the query',
    explanation: 'The query of a declaration stands after `=`.',
    example: {
      wrong: 'table t in dwh.core\n  from orders\n  |> where amount > 0\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n',
    },
  }),
  'missing-from': code({
    severity: 'error',
    message: (p: { name: string }) => `a query begins with \`from\`: write \`from ${p.name}\``,
    explanation: 'A query begins with `from` and the dataset it reads. The query is understood as if it did.',
    example: {
      wrong: 'table t in dwh.core =\n  orders\n  |> where amount > 0\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n',
    },
  }),
  'reserved-word': code({
    severity: 'error',
    message: (p: { word: string }) => `\`${p.word}\` is a word of the language: as a name it needs back-ticks`,
    explanation:
      'About thirty words cannot be names, as a query could not be read otherwise. In back-ticks anything can be a name.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> select amount as end\n',
      right: 'table t in dwh.core =\n  from orders\n  |> select amount as `end`\n',
    },
  }),
  'nesting-too-deep': code({
    severity: 'error',
    message: (p: { most: number }) => `this nests deeper than ${p.most} levels`,
    explanation:
      'Brackets, subqueries, `case`, `not` and signs may stand in one another a hundred levels deep. Name the inner parts with `|> extend`, or with `with name as (…)`.',
    example: {
      wrong: `table t in dwh.core =\n  from orders\n  |> where ${'('.repeat(120)}amount${')'.repeat(120)} > 0\n`,
      right: 'table t in dwh.core =\n  from orders\n  |> where (amount) > 0\n',
    },
  }),
  'expression-too-long': code({
    severity: 'error',
    message: (p: { most: number }) => `this expression has more than ${p.most} operators in a row`,
    explanation: 'So long a chain is usually a list written out: compare with `in (…)`, or join with a `values` table.',
    example: {
      wrong: `table t in dwh.core =\n  from orders\n  |> where amount = 0${' or amount = 1'.repeat(1100)}\n`,
      right: 'table t in dwh.core =\n  from orders\n  |> where amount in (0, 1)\n',
    },
  }),
  'chained-comparison': code({
    severity: 'error',
    message: (_: { operator: string }) => 'comparisons cannot be chained',
    explanation:
      '`a < b < c` would compare the outcome of `a < b` with `c`. Write `a < b and b < c`, or `b between a and c`.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where 0 < amount < 9\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where 0 < amount and amount < 9\n',
    },
  }),
  'values-count': code<{ values: number; names: number }>({
    severity: 'error',
    message: ({ values, names }) =>
      `this row has ${values} value${values === 1 ? '' : 's'} for ${names} name${names === 1 ? '' : 's'}`,
    explanation:
      "In SQL's `values (…), (…) as t(a, b)` each row has a value for each of the names, in their order. Rows of `values [{ … }]` carry the names themselves.",
    example: {
      wrong: 'table t in dwh.core =\n  from values (1, 2), (3) as t(a, b)\n',
      right: 'table t in dwh.core =\n  from values (1, 2), (3, 4) as t(a, b)\n',
    },
  }),
  'second-from': code({
    severity: 'error',
    message: () => 'a query has one `from`, at its start',
    explanation: 'To read another dataset, `join` it or `union` it. A query of its own stands in parentheses.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> from customers\n',
      right: 'table t in dwh.core =\n  from orders\n  |> join customers using (customer_id)\n',
    },
  }),
  'unknown-stage': code({
    severity: 'error',
    message: (p: { stage: string }) => `\`${p.stage}\` is not a stage`,
    explanation:
      'After `|>` stands one of: where, select, extend, set, drop, rename, aggregate, join, with, order by, limit, distinct, union, intersect, except, pivot, unpivot, unnest, call, as, assert.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> filter amount > 0\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n',
    },
  }),
  'unsupported-stage': code({
    severity: 'error',
    message: (p: { stage: string; instead: string }) => `there is no stage \`${p.stage}\`: ${p.instead}`,
    explanation:
      'Other dialects of SQL have this clause. Here it is another stage, or it is left out because the engines do not give the same rows for it.',
    example: {
      wrong:
        'table t in dwh.core =\n  from orders\n  |> aggregate sum(amount) as total group by status\n  |> having total > 0\n',
      right:
        'table t in dwh.core =\n  from orders\n  |> aggregate sum(amount) as total group by status\n  |> where total > 0\n',
    },
  }),
  'form-elsewhere': code({
    severity: 'error',
    message: (p: { form: string; use: string }) => `\`${p.form}\` is not spoken here: ${p.use}`,
    explanation:
      'Other dialects of SQL have this form. Here it is written otherwise, or it is left out because the engines do not give the same rows for it.',
    example: {
      wrong: "table t in dwh.core =\n  from orders\n  |> where note similar to 'a|b'\n",
      right: "table t in dwh.core =\n  from orders\n  |> where regexp_like(note, '^(a|b)$')\n",
    },
  }),
  'group-without-aggregate': code({
    severity: 'error',
    message: () => '`group by` belongs to `aggregate`',
    explanation:
      'Grouping is part of the stage that aggregates: `|> aggregate sum(amount) as total group by country`. For the groups alone: `|> aggregate group by country`.',
    example: {
      wrong: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n     group by status\n',
      right: 'table t in dwh.core =\n  from orders\n  |> where amount > 0\n  |> aggregate group by status\n',
    },
  }),
  'stray-query': code({
    severity: 'error',
    message: () => 'a query stands in a declaration: write `table name = from …`',
    explanation: "A file is a list of declarations. To look at data without one, run `pipec query 'from …'`.",
    example: {
      wrong: 'from orders\n|> where amount > 0\n',
      right: 'table paid in dwh.core =\n  from orders\n  |> where amount > 0\n',
    },
  }),
  'expected-declaration': code({
    severity: 'error',
    message: (p: { found: string }) => `expected a declaration, found \`${p.found}\``,
    explanation:
      'A file is a list of declarations, each a kind and a name: `table orders in dwh.core = from …`, `source rates : Rate from http(…)`, `store dwh : warehouse { … }`.',
    example: {
      wrong: 'amount > 0\n',
      right: null,
    },
  }),
  'repeated-header': code({
    severity: 'error',
    message: (p: { word: string }) => `\`${p.word}\` is given twice`,
    explanation: 'Each part of a header stands once. The first is taken.',
    example: {
      wrong: 'table t in dwh.core in dwh.marts =\n  from orders\n',
      right: 'table t in dwh.core =\n  from orders\n',
    },
  }),
  'repeated-expect': code({
    severity: 'error',
    message: () => 'a test has one `expect`',
    explanation: 'A test says once which rows the dataset must have. Write another test for other inputs.',
    example: {
      wrong:
        'table t in dwh.core = from orders |> select order_id\n\ntest of t {\n  given orders = values [{ order_id: 1 }, { order_id: 2 }]\n  expect = values [{ order_id: 1 }]\n  expect = values [{ order_id: 2 }]\n}\n',
      right:
        'table t in dwh.core = from orders |> select order_id\n\ntest of t {\n  given orders = values [{ order_id: 1 }, { order_id: 2 }]\n  expect = values [{ order_id: 1 }, { order_id: 2 }]\n}\n',
    },
  }),
  'property-in-checks': code({
    severity: 'error',
    message: (p: { name: string }) => `a \`checks\` block has checks only: \`${p.name}\` cannot stand here`,
    explanation:
      'A block of checks holds `expect …`, `rows …`, `fresh within …` and calls such as `unique(a)`. Properties stand beside the block.',
    example: {
      wrong: "table t in dwh.core {\n  checks {\n    owner: 'a@b.example'\n  }\n} = from orders\n",
      right:
        "table t in dwh.core {\n  owner: 'a@b.example'\n  checks {\n    expect amount >= 0\n  }\n} = from orders\n",
    },
  }),
};
