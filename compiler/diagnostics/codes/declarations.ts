/** Codes about declarations: header words, properties, values, checks, jobs and tests. */
import { code } from '../diagnostic.ts';
import { quoted, withArticle } from '../words.ts';

/** Something about the table `big`. */
const withTable = (rest: string): string => `table big in dwh.core = from orders |> where amount > 10\n${rest}`;

export const declarationCodes = {
  'unknown-kind': code<{ kind: string }>({
    severity: 'error',
    message: ({ kind }) => `there is no kind of declaration \`${kind}\``,
    explanation:
      'A declaration begins with its kind: `project`, `target`, `type`, `enum`, `connection`, `source`, `store`, `table`, `exposure`, `job`, `test`, `fn` and a few more. Kinds are written in lower case.',
    example: {
      wrong: "stor dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }",
      right: "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }",
    },
  }),

  'not-supported-yet': code<{ what: string; instead?: string }>({
    severity: 'error',
    message: ({ what, instead }) => `${what} is not supported yet${instead === undefined ? '' : `: ${instead}`}`,
    explanation:
      'The language has this, and this version of pipec reads it, but cannot run it. It is an error rather than a warning, because a pipeline that leaves a part of itself out would look as if it worked. The message says what does the same work today.',
    example: {
      wrong: 'table big in dwh.core { refresh: kappa(every: 5s) } = from orders',
      right: 'table big in dwh.core { refresh: append } = from orders',
    },
  }),

  'compute-not-possible': code<{ compute: string; target: string; why: string }>({
    severity: 'error',
    message: ({ compute, target, why }) => `\`compute: ${compute}\` cannot be done in the target \`${target}\`: ${why}`,
    explanation:
      'Rows of a source are judged by the embedded engine, whatever the target is: a contract has one meaning. So they reach PostgreSQL or ClickHouse by `etl`, and by `elt` only where the embedded engine is the target, DuckDB, which reads files and other databases itself. A query runs where its inputs are, which is in the target: that is `elt`. The files of a lake are written by the embedded engine. With `auto`, or nothing, the plan takes what can be done and says why.',
    example: {
      wrong:
        "type T { id: int64 @key }\nsource t : T from file('t.csv') in dwh.core { compute: elt }\ntarget prod { engine: postgres(url: secret('URL')), with: { raw: '.pipec/prod' } }",
      right:
        "type T { id: int64 @key }\nsource t : T from file('t.csv') in dwh.core { compute: auto }\ntarget prod { engine: postgres(url: secret('URL')), with: { raw: '.pipec/prod' } }",
    },
  }),

  'needs-all-rows': code<{ what: string; mode: string }>({
    severity: 'error',
    message: ({ what, mode }) => `${what} cannot be computed of new rows alone, as \`refresh: ${mode}\` does`,
    explanation:
      'A table that is appended or upserted to is computed of the rows that came to its first `from` since the run before. That gives what a full build gives only where each of those rows is looked at by itself: `where`, `select`, `extend`, `set`, `drop`, `rename`, `unnest`, `assert`, and inner, left, cross, semi, anti and asof joins of them with other datasets. What compares rows with each other, such as an aggregate, a window or `distinct`, needs those that were there before as well. Put it into a table of its own that reads this one, with `refresh: batch(by: …)` or `refresh: full`.',
    example: {
      wrong:
        'table big in dwh.core { refresh: append } =\n  from orders\n  |> aggregate sum(amount) as amount group by customer_id',
      right: 'table big in dwh.core { refresh: append } =\n  from orders\n  |> where amount > 100',
    },
  }),

  'driver-changes': code<{ dataset: string; mode: string; why: string }>({
    severity: 'error',
    message: ({ dataset, mode, why }) => `\`${dataset}\` cannot drive \`refresh: ${mode}\`: it ${why}`,
    explanation:
      'The first `from` of a table that is appended or upserted to drives it: what came to that dataset since the run before is added. That needs a dataset to which rows are only added, and which is kept in the target: a source, or a table with `refresh: append`.',
    example: {
      wrong:
        "table paid in dwh.core = from orders |> where status = 'paid'\n\ntable big in dwh.core { refresh: append } = from paid |> where amount > 100",
      right:
        "table paid in dwh.core { refresh: append } = from orders |> where status = 'paid'\n\ntable big in dwh.core { refresh: append } = from paid |> where amount > 100",
    },
  }),

  'unexpected-header': code<{ kind: string; word: string }>({
    severity: 'error',
    message: ({ kind, word }) => `${withArticle(kind)} takes no ${word}`,
    explanation:
      'Between its name and its properties a declaration may have `: Type`, `of`, `for`, `on`, `from` and `in`; which of them it takes depends on its kind. What is not taken would mean nothing, so it is refused.',
    example: {
      wrong: withTable('job nightly in dwh { builds: [big] }'),
      right: withTable('job nightly { builds: [big] }'),
    },
  }),

  'missing-header': code<{ kind: string; word: string; example: string }>({
    severity: 'error',
    message: ({ kind, word }) => `${withArticle(kind)} needs ${word}`,
    explanation:
      'Without this part the declaration does not say enough: a source says where its rows come `from` and which type they have, a table in which store it stands.',
    example: {
      wrong: 'table big = from orders |> where amount > 10',
      right: 'table big in dwh.core = from orders |> where amount > 10',
    },
  }),

  'unknown-property': code<{ owner: string; property: string }>({
    severity: 'error',
    message: ({ owner, property }) => `${owner} has no property \`${property}\``,
    explanation:
      'The properties of each kind of declaration are fixed, so that a misspelt one is found and not ignored. The note below the message lists them.',
    example: {
      wrong: "store dwh : warehouse { owner: 'dwh@shop.example', retension: 7y }",
      right: "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }",
    },
  }),

  'unknown-argument': code<{ owner: string; property: string }>({
    severity: 'error',
    message: ({ owner, property }) => `\`${owner}(…)\` takes no \`${property}\``,
    explanation:
      'The arguments of connectors, schedules and the like are fixed. The note below the message lists them.',
    example: {
      wrong: withTable("job nightly { builds: [big], schedule: cron('0 3 * * *', timezon: 'Europe/Berlin') }"),
      right: withTable("job nightly { builds: [big], schedule: cron('0 3 * * *', timezone: 'Europe/Berlin') }"),
    },
  }),

  'too-many-arguments': code<{ name: string; takes: string }>({
    severity: 'error',
    message: ({ name, takes }) => `\`${name}\` takes fewer arguments without their names: it is \`${takes}\``,
    explanation:
      'The first arguments of a call may stand in their order; the others are written with their names, as `key: value`, after them.',
    example: {
      wrong: withTable("job nightly { builds: [big], schedule: cron('0 3 * * *', 'Europe/Berlin') }"),
      right: withTable("job nightly { builds: [big], schedule: cron('0 3 * * *', timezone: 'Europe/Berlin') }"),
    },
  }),

  'missing-property': code<{ owner: string; property: string; expected: string }>({
    severity: 'error',
    message: ({ owner, property, expected }) => `${owner} needs \`${property}\`: ${expected}`,
    explanation: 'The property has no value that would be right for everybody, so it is written out.',
    example: {
      wrong: withTable('job nightly { retries: 3 }'),
      right: withTable('job nightly { builds: [big], retries: 3 }'),
    },
  }),

  'duplicate-property': code<{ property: string }>({
    severity: 'error',
    message: ({ property }) => `\`${property}\` is given twice`,
    explanation: 'Which of the two values would hold is not for the reader to guess. Keep one.',
    example: {
      wrong: withTable('job nightly { builds: [big], retries: 3, retries: 5 }'),
      right: withTable('job nightly { builds: [big], retries: 5 }'),
    },
  }),

  'wrong-property-value': code<{ property: string; expected: string; found: string }>({
    severity: 'error',
    message: ({ property, expected, found }) => `${quoted(property)} must be ${expected}, not ${found}`,
    explanation:
      'Each property and argument takes values of one shape, which the message names. Durations are written without quotes (`15m`, `7d`), names of the program too; texts are quoted.',
    example: {
      wrong: withTable("job nightly { builds: [big], timeout: '1h' }"),
      right: withTable('job nightly { builds: [big], timeout: 1h }'),
    },
  }),

  'value-out-of-range': code<{ property: string; range: string; found: string }>({
    severity: 'error',
    message: ({ property, range, found }) => `${quoted(property)} must be ${range}, not ${found}`,
    explanation: 'Outside of this range the value would have no effect, or one that nobody wants.',
    example: {
      wrong: withTable('job nightly { builds: [big], retries: 5000 }'),
      right: withTable('job nightly { builds: [big], retries: 5 }'),
    },
  }),

  'invalid-cron': code<{ text: string; reason: string }>({
    severity: 'error',
    message: ({ text, reason }) =>
      `${text.trim() === '' ? 'an empty text' : `\`${text}\``} is no cron schedule: ${reason}`,
    explanation:
      "A schedule has five fields: minute, hour, day of the month, month, day of the week: `'15 4 * * *'` is every day at 4:15, `'0 6 * * mon-fri'` every working day at six, `'*/10 * * * *'` every ten minutes. Seconds are not taken: a run a second is a stream's work.",
    example: {
      wrong: withTable("job nightly { builds: [big], schedule: cron('0 25 * * *') }"),
      right: withTable("job nightly { builds: [big], schedule: cron('0 5 * * *') }"),
    },
  }),

  'invalid-blackout': code<{ reason: string }>({
    severity: 'error',
    message: ({ reason }) => `this is no time: ${reason}`,
    explanation:
      "`daily('22:00', '02:00')` is from one time of the day to another by the clock on the wall, over midnight where the second is not the later one; `on: [fri, sat]` are the days on which it begins. `days(date '2026-12-24', date '2026-12-26')` are whole days, the last one with them. A time without a length would hold up nothing.",
    example: {
      wrong: "blackout service { times: [daily('22:00', '22:00')] }",
      right: "blackout service { times: [daily('22:00', '23:30')] }",
    },
  }),

  'sla-without-schedule': code<{ job: string }>({
    severity: 'error',
    message: ({ job }) => `\`${job}\` is never due, so that it cannot be late`,
    explanation:
      'The `sla` of a job says how long after it was due it is to be done. A job without a `schedule` is run by hand and is never due. Give it a schedule, or leave the `sla` out.',
    example: {
      wrong: withTable('job nightly { builds: [big], sla: 2h }'),
      right: withTable("job nightly { builds: [big], schedule: cron('0 5 * * *'), sla: 2h }"),
    },
  }),

  'unknown-time-zone': code<{ zone: string }>({
    severity: 'error',
    message: ({ zone }) => `there is no time zone \`${zone}\``,
    explanation:
      'Zones are named as in the IANA database, by continent and city: `Europe/Berlin`, `America/Los_Angeles`; and `UTC`. Abbreviations such as `CET` or `EST` are not taken, as they say nothing of daylight saving and mean different things in different places.',
    example: {
      wrong: withTable("job nightly { builds: [big], schedule: cron('0 5 * * *', timezone: 'Berlin') }"),
      right: withTable("job nightly { builds: [big], schedule: cron('0 5 * * *', timezone: 'Europe/Berlin') }"),
    },
  }),

  'missing-body': code<{ kind: string; example: string }>({
    severity: 'error',
    message: ({ kind, example }) => `this ${kind} is empty: it is written \`${example}\``,
    explanation:
      'The declaration has a name, but nothing of what it stands for: a table has no query, a type no columns, an enum no values.',
    example: {
      wrong: 'table big in dwh.core { refresh: full }',
      right: 'table big in dwh.core { refresh: full } = from orders',
    },
  }),

  'unexpected-body': code<{ kind: string; what: string }>({
    severity: 'error',
    message: ({ kind, what }) => `${withArticle(kind)} takes no ${what}`,
    explanation:
      'What a declaration is made of depends on its kind: a table has a query after `=`, a type its columns in braces, a connection a call after `=`.',
    example: {
      wrong: "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y } = files('x')",
      right: "store dwh : warehouse { owner: 'dwh@shop.example', retention: 7y }",
    },
  }),

  'unknown-connector': code<{ name: string; role: string }>({
    severity: 'error',
    message: ({ name, role }) => `there is no ${role} \`${name}\``,
    explanation:
      'Sources, connections, engines and state stores are calls of connectors that pipec knows. The note below the message lists those that fit here.',
    example: {
      wrong: "type T { id: int64 @key }\nsource t : T from fil('t.csv')",
      right: "type T { id: int64 @key }\nsource t : T from file('t.csv')",
    },
  }),

  'unknown-annotation': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no annotation \`@${name}\``,
    explanation:
      "A column of a type may have `@key` (part of the key), `@from('path')` (its name or path at the source), `@pii(kind)` (personal data) and `@classify(level)`.",
    example: { wrong: 'type T { id: int64 @primary }', right: 'type T { id: int64 @key }' },
  }),

  'wrong-annotation': code<{ written: string; expected: string }>({
    severity: 'error',
    message: ({ written, expected }) => `\`${written}\` is written \`${expected}\``,
    explanation: "`@key` takes nothing, `@from('path')` a text, `@pii(kind)` and `@classify(level)` one word.",
    example: {
      wrong: 'type T { id: int64 @key, mail: string @pii }',
      right: 'type T { id: int64 @key, mail: string @pii(email) }',
    },
  }),

  'duplicate-column-name': code<{ what?: 'column' | 'value' | 'parameter'; name: string }>({
    severity: 'error',
    message: ({ what = 'column', name }) => `there is already a ${what} \`${name}\``,
    explanation: 'Columns of a type, values of an enum and columns of a stored dataset have different names.',
    example: { wrong: 'type T { id: int64 @key, id: string }', right: 'type T { id: int64 @key, name: string }' },
  }),

  'no-such-column': code<{ dataset: string; column: string }>({
    severity: 'error',
    message: ({ dataset, column }) => `\`${dataset}\` has no column \`${column}\``,
    explanation:
      'A property, a check or a test speaks of a column that the dataset does not give. The related place shows the columns it has.',
    example: {
      wrong: 'table big in dwh.core { key: [id] } = from orders',
      right: 'table big in dwh.core { key: [order_id] } = from orders',
    },
  }),

  'nullable-key': code<{ column: string }>({
    severity: 'error',
    message: ({ column }) => `\`${column}\` is part of the key but may be null`,
    explanation:
      'A key finds one row, and null equals nothing, not even null. Filter with `where … is not null`, give a value with `coalesce`, or take the column out of the key.',
    example: {
      wrong: 'table big in dwh.core { key: [note] } = from orders',
      right: 'table big in dwh.core { key: [note] } = from orders |> where note is not null',
    },
  }),

  'inexact-key': code<{ column: string }>({
    severity: 'error',
    message: ({ column }) => `\`${column}\` is part of the key, but engines may differ in its last digits`,
    explanation:
      'Sums, means and functions of float64 values come out a little differently by engine and by order of rows, so the same row would have another key elsewhere. Make it exact with `to_decimal(x, n)`, or take a key that is.',
    example: {
      wrong:
        'table means in dwh.core { key: [mean] } = from orders |> aggregate avg(weight) as mean group by customer_id',
      right:
        'table means in dwh.core { key: [customer_id] } = from orders |> aggregate avg(weight) as mean group by customer_id',
    },
  }),

  'not-an-attribute': code<{ column: string; is: string }>({
    severity: 'error',
    message: ({ column, is }) => `\`${column}\` is no attribute of the dimension: it is ${is}`,
    explanation:
      'A dimension keeps the history of its attributes: the columns of its query beside the key, which says which member a row is about, and the order, which says from when the row holds. Those have no history of their own; the order becomes `valid_from`.',
    example: {
      wrong:
        'dimension dim_order in dwh.core { key: order_id, order: ordered_at, history: { ordered_at: 2, status: 2 } } = from orders',
      right:
        'dimension dim_order in dwh.core { key: order_id, order: ordered_at, history: { status: 2 } } = from orders',
    },
  }),

  'column-taken': code<{ column: string }>({
    severity: 'error',
    message: ({ column }) => `\`${column}\` is a column that the dimension makes itself`,
    explanation:
      'Beside the columns of its query a dimension has its surrogate key, `valid_from`, `valid_to` and `is_current`; `is_inferred` where members are inferred, and `prev_x` for an attribute `x` with history of type 3. A column of the query with such a name would be there twice.',
    example: {
      wrong:
        'dimension dim_order in dwh.core { key: order_id, order: ordered_at } = from orders |> extend true as is_current',
      right:
        'dimension dim_order in dwh.core { key: order_id, order: ordered_at } = from orders |> extend true as is_open',
    },
  }),

  'unstorable-type': code<{ column: string; type: string }>({
    severity: 'error',
    message: ({ column, type }) => `\`${column}\` is ${type}, which cannot be stored`,
    explanation:
      'A column that is null in every row has no type of its own. Say which type it is meant to have: `cast(null as string)`.',
    example: {
      wrong: 'table n in dwh.core = from orders |> select order_id, null as note',
      right: 'table n in dwh.core = from orders |> select order_id, cast(null as string) as note',
    },
  }),

  'differs-from-type': code<{ dataset: string; type: string; differences: readonly string[] }>({
    severity: 'error',
    message: ({ dataset, type, differences }) => `\`${dataset}\` is not a \`${type}\`: ${differences.join('; ')}`,
    explanation:
      'A table with `: Type` promises its columns to those who read it: the same names and types, and no null where the type has none. The query gives others. Mend the query, or change the type and with it the promise.',
    example: {
      wrong: 'type Note { note: string }\ntable notes : Note in dwh.core = from orders |> select note',
      right: 'type Note { note: string? }\ntable notes : Note in dwh.core = from orders |> select note',
    },
  }),

  'no-sql-for-engine': code<{ dataset: string; engine: string }>({
    severity: 'error',
    message: ({ dataset, engine }) => `\`${dataset}\` has no SQL for ${engine}`,
    explanation:
      'A table in raw SQL runs on the engines for which its SQL is given: what is written for one engine means something else, or nothing, on another. The project\'s own target runs on an engine that is not among them. SQL that names no engine, `= sql"""…"""`, is for the engine of the project\'s own target.',
    example: {
      wrong: 'table big : Order in dwh.core = { postgres: sql"""select * from _landing.orders""" }',
      right: 'table big : Order in dwh.core = { duckdb: sql"""select * from _landing.orders""" }',
    },
  }),

  'sql-refused': code<{ engine: string; why: string }>({
    severity: 'error',
    message: ({ engine, why }) => `${engine} refuses this SQL: ${why}`,
    explanation:
      'What stands in `sql"""…"""` was shown to its engine, over empty tables with the columns of the datasets that it names, and the engine does not take it. The words are the engine\'s.\n\nThe SQL is one `select` that reads datasets by their full names. It reads no files, as what a pipeline reads is declared by a `source`.',
    example: { wrong: '', right: null },
  }),

  'function-unusable': code<{ name: string; why: string }>({
    severity: 'error',
    message: ({ name, why }) => `\`${name}\` cannot be the function of a step: ${why}`,
    explanation:
      'A step names an export of a TypeScript file: a function that takes batches of columns, one after the other, and gives batches of columns.\n\n```ts\ninterface Batch { readonly order_id: readonly bigint[]; readonly note: readonly (string | null)[] }\n\nexport async function* clean(batches: AsyncIterable<Batch>): AsyncIterable<Batch> {\n  for await (const { order_id, note } of batches) yield { order_id, note: note.map((text) => text?.trim() ?? null) };\n}\n```\n\nIts types are read, so they have to be written.',
    example: { wrong: '', right: null },
  }),

  'function-differs': code<{ name: string; differences: readonly string[] }>({
    severity: 'error',
    message: ({ name, differences }) => `\`${name}\` does not fit: ${differences.join('; ')}`,
    explanation:
      "The types of a step's function were read and compared with the rows that it is given and those that the step promises. It takes columns of its input, and may leave some out; it gives exactly the columns of the step's type.\n\n`bool` is `boolean`; `int64` is `bigint`; `float64` is `number`; `decimal`, `string`, `date`, `uuid`, `json` and enums are `string`; `timestamp` is `bigint`, the microseconds since 1970; `bytes` is `Uint8Array`; a column that may be null has `| null`.",
    example: { wrong: '', right: null },
  }),

  'not-verified': code<{ what: string; why: string }>({
    severity: 'info',
    message: ({ what, why }) => `${what} was not verified: ${why}`,
    explanation:
      'What is written in another language than pipec is checked by who speaks it: raw SQL by its engine. There was nobody to ask here, so that a mistake in it will only be found when it runs, before anything is published.',
    example: { wrong: '', right: null },
  }),

  'unknown-check': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no check \`${name}\``,
    explanation:
      'Checks are `expect <condition>`, `rows between a and b`, `fresh within 26h`, `unique(…)`, `not_null(…)`, `accepted(column, […])`, `references(column, dataset.column)`.',
    example: {
      wrong: 'table big in dwh.core { checks { uniqe(order_id) } } = from orders',
      right: 'table big in dwh.core { checks { unique(order_id) } } = from orders',
    },
  }),

  'wrong-check': code<{ check: string; reason: string }>({
    severity: 'error',
    message: ({ check, reason }) => `\`${check}\`: ${reason}`,
    explanation:
      'The check is known, but what stands in it does not fit: `unique` and `not_null` take columns, `accepted` a column and a list of values, `references` a column and `dataset.column`, `rows` whole numbers, `mostly` a share above 0 and up to 1.',
    example: {
      wrong: 'table big in dwh.core { checks { references(order_id) } } = from orders',
      right: 'table big in dwh.core { checks { references(order_id, orders.order_id) } } = from orders',
    },
  }),

  'fresh-without-time': code<{ dataset: string }>({
    severity: 'error',
    message: ({ dataset }) => `which column says how fresh \`${dataset}\` is? Write \`fresh(column, within: …)\``,
    explanation:
      "`fresh within 26h` looks at the greatest value of the dataset's only `timestamp` (or, without one, its only `date`). Here there is none, or there are several.",
    example: {
      wrong: 'table big in dwh.core { checks { fresh within 26h } } = from orders |> select order_id',
      right: 'table big in dwh.core { checks { fresh within 26h } } = from orders |> select order_id, ordered_at',
    },
  }),

  'empty-selection': code<{ selection: string }>({
    severity: 'error',
    message: ({ selection }) => `\`${selection}\` selects no dataset`,
    explanation:
      'The selection is well formed, but the project has no dataset that it covers, so the job would do nothing and look as if all were well.',
    example: {
      wrong: withTable('job nightly { builds: [dwh.marts.*] }'),
      right: withTable('job nightly { builds: [dwh.core.*] }'),
    },
  }),

  'given-not-read': code<{ dataset: string; name: string }>({
    severity: 'error',
    message: ({ dataset, name }) => `\`${dataset}\` does not read \`${name}\``,
    explanation:
      'A test gives rows to what the tested dataset reads itself; rows for anything else would change nothing, and the test would look as if it proved something. The note lists what it reads.',
    example: {
      wrong: withTable('test of big {\n  given big = values [{ order_id: 1 }]\n  expect = values [{ order_id: 1 }]\n}'),
      right: withTable(
        'test of big {\n  given orders = values [{ order_id: 1, amount: 20.00 }]\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}',
      ),
    },
  }),

  'test-needs-query': code<{ dataset: string }>({
    severity: 'error',
    message: ({ dataset }) => `\`${dataset}\` is a source: it has no query to test`,
    explanation:
      'A test gives rows to what a table reads and compares what its query makes of them. A source has a contract instead: its type with its `expect` clauses, which is checked on every load.',
    example: {
      wrong: withTable('test of orders {\n  expect = values [{ order_id: 1 }]\n}'),
      right: withTable(
        'test of big {\n  given orders = values [{ order_id: 1, amount: 20.00 }]\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}',
      ),
    },
  }),

  'test-not-incremental': code<{ dataset: string; what: string; how: string }>({
    severity: 'error',
    message: ({ dataset, what, how }) => `\`${dataset}\` is ${how}: a test of it has no \`${what}\``,
    explanation:
      'A test with `given previous` says what an increment does to the rows that are there. Of a table in intervals it names the `interval`, whose rows are replaced; with `refresh: append` and `refresh: upsert` the given rows are those that came since. A table that is built whole has no increments, and nothing that was there before stays. Leave both out, or give the table a `refresh` such as `batch(by: day)`.',
    example: {
      wrong: withTable(
        "test of big {\n  interval: date '2024-03-01'\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}",
      ),
      right: withTable(
        'test of big {\n  given orders = values [{ order_id: 1, amount: 20.00 }]\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}',
      ),
    },
  }),

  'test-value': code<{ column: string; type: string; found: string }>({
    severity: 'error',
    message: ({ column, type, found }) => `\`${column}\` is \`${type}\`, not ${found}`,
    explanation:
      "The rows of a test have the types of the dataset they stand for. A literal is read as its column's type where that loses nothing; a column that may be null takes `null`, and a column that is left out gets a default.",
    example: {
      wrong: withTable(
        "test of big {\n  given orders = values [{ order_id: 'one', amount: 20.00 }]\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}",
      ),
      right: withTable(
        'test of big {\n  given orders = values [{ order_id: 1, amount: 20.00 }]\n  expect = values [{ order_id: 1, amount: 20.00 }]\n}',
      ),
    },
  }),
};
