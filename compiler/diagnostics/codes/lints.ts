/** Lints: programs that run, but hardly mean what they say. One row a rule in `semantics/lint/`. */
import { code } from '../diagnostic.ts';

/** Systems that are asked or that push, with files in their place where the program runs. */
const systems = (rest: string): string => `target local {
  engine: duckdb(path: '.pipec/shop.duckdb')
  with:   { api: files('samples'), erp: files('samples'), bus: files('samples') }
}
connection api = http('https://rates.example')
connection erp = postgres(secret('ERP_URL'))
connection bus = kafka(secret('BROKERS'))

type Rate { currency: string @key, as_of: timestamp @key, to_eur: decimal(12, 6) }
${rest}
`;

export const lintCodes = {
  'secret-in-text': code<{ what: string }>({
    severity: 'warning',
    message: ({ what }) => `${what} is written out in the program`,
    explanation:
      "A program is committed, reviewed, copied into builds and shown in logs; a password in it is known to all of them for ever. Write `secret('NAME')`: it is resolved when a run starts, the way the target says, and never written anywhere.",
    example: {
      wrong: "connection api = http('https://user:hunter2@api.example/v1')",
      right: "connection api = http(secret('API_URL'))",
    },
  }),

  swamp: code<{ store: string; missing: readonly string[] }>({
    severity: 'warning',
    message: ({ store, missing }) =>
      `nobody can look after the lake \`${store}\`: it has no ${missing.map((name) => `\`${name}\``).join(' and no ')}`,
    explanation:
      'A lake takes in whatever comes, and without someone to ask and a time after which things go, it only ever grows: a data swamp. Say who owns it and for how long rows are kept.',
    example: {
      wrong: "store raw : lake { path: 'raw' }",
      right: "store raw : lake { path: 'raw', owner: 'ingest@shop.example', retention: 2y }",
    },
  }),

  'mart-reads-raw': code<{ dataset: string; source: string }>({
    severity: 'warning',
    message: ({ dataset, source }) => `the mart \`${dataset}\` reads the raw \`${source}\``,
    explanation:
      'Raw rows are as their source sends them. Where each mart cleans them for itself, two marts soon count differently, and a change at the source breaks all of them. Read a table of a core layer, where the cleaning is done once.',
    example: {
      wrong: 'table sales in dwh.marts = from orders |> aggregate sum(amount) as amount',
      right:
        'table clean_orders in dwh.core = from orders |> where amount > 0\ntable sales in dwh.marts = from clean_orders |> aggregate sum(amount) as amount',
    },
  }),

  'unused-dataset': code<{ dataset: string }>({
    severity: 'warning',
    tag: 'unused',
    message: ({ dataset }) => `nobody reads \`${dataset}\` and no job builds it`,
    explanation:
      'The table is neither read by another one, nor built by a job, nor named by an exposure, so nothing would be different without it. Add it to a job, or remove it. Tables of a mart layer are meant for readers outside and are not reported.',
    example: {
      wrong:
        'table big in dwh.core = from orders |> where amount > 10\ntable small in dwh.core = from orders |> where amount < 10\njob nightly { builds: [big] }',
      right:
        'table big in dwh.core = from orders |> where amount > 10\ntable small in dwh.core = from orders |> where amount < 10\njob nightly { builds: [big, small] }',
    },
  }),

  'built-by-two-jobs': code<{ dataset: string; job: string; other: string }>({
    severity: 'warning',
    message: ({ dataset, job, other }) => `\`${dataset}\` is built by \`${job}\` and by \`${other}\``,
    explanation:
      'Both jobs would build the table from the same inputs: work done twice, and readers who see it change at two times. Name it in one of them; the other then waits for it.',
    example: {
      wrong: 'table big in dwh.core = from orders\njob nightly { builds: [big] }\njob hourly { builds: [big] }',
      right:
        'table big in dwh.core = from orders\ntable sales in dwh.marts = from big\njob nightly { builds: [big] }\njob hourly { builds: [sales] }',
    },
  }),

  'never-due': code<{ job: string }>({
    severity: 'error',
    message: ({ job }) => `\`${job}\` would never run: no other job builds anything that it reads`,
    explanation:
      'With `schedule: arrival()` a job runs when all has been published anew that it reads and other jobs build. Here there is no such dataset: what it reads, it builds itself. Give it a time, `every(1h)`, or have another job build what it reads.',
    example: {
      wrong: 'table big in dwh.core = from orders\njob follows { schedule: arrival(), builds: [big] }',
      right:
        'table big in dwh.core = from orders\ntable sales in dwh.marts = from big\njob hourly { schedule: every(1h), builds: [big] }\njob follows { schedule: arrival(), builds: [sales] }',
    },
  }),

  'pii-in-mart': code<{ dataset: string; column: string }>({
    severity: 'error',
    message: ({ dataset }) => `personal data reaches the mart \`${dataset}\``,
    explanation:
      'A column marked `@pii` carries personal data, and so does every column computed from its values. Marts are read by many, so personal data may not arrive there in the clear: drop the column, or mask it on the way.\n\nUsing it only to decide (in a filter, as a join key, inside `count_distinct`) carries no value on and is fine.',
    example: {
      wrong:
        "type Person { id: int64 @key, mail: string @pii(email) }\nsource people : Person from file('people.csv')\nstore dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }\ntable clean in dwh.core = from people\ntable list in dwh.marts = from clean |> select mail",
      right:
        "type Person { id: int64 @key, mail: string @pii(email) }\nsource people : Person from file('people.csv')\nstore dwh : warehouse { owner: 'dwh@shop.example', retention: 7y, layers: { core: core, marts: mart } }\ntable clean in dwh.core = from people\ntable list in dwh.marts = from clean |> select id",
    },
  }),

  'limit-without-order': code({
    severity: 'warning',
    message: () => 'which rows `limit` keeps is not said: there is no `order by` before it',
    explanation:
      'Rows have no order of their own. So that every engine keeps the same ones, `limit` without an order keeps those that are least by all their columns, from the first to the last, which is hardly ever what is meant. Say which are wanted with `order by` in a stage before.',
    example: {
      wrong: 'table top in dwh.core = from orders |> limit 10',
      right: 'table top in dwh.core = from orders |> order by amount desc |> limit 10',
    },
  }),

  'interval-reads-all': code<{ dataset: string; by: string }>({
    severity: 'warning',
    message: ({ dataset, by }) =>
      `each interval of \`${dataset}\` reads all of its inputs: no condition on \`${by}\` can be asked of them`,
    explanation:
      'An interval is the whole query where `by` lies within it. Where rows of an input decide what `by` is together, as with `min(…)` over a group, a window or a `limit`, each of them has to be read before any can be left out, so that an increment costs as much as building the table whole. The rows are right; the time is lost. Cut by something that every input row has, such as the day that it is grouped by, or build the table whole.',
    example: {
      wrong:
        'table firsts in dwh.core { refresh: batch(by: day) } = from orders |> aggregate min(date(ordered_at)) as day group by customer_id',
      right:
        'table firsts in dwh.core { refresh: batch(by: day) } = from orders |> aggregate count() as orders group by date(ordered_at) as day',
    },
  }),

  'cursor-loses-rows': code<{ source: string; without: 'lookback' | 'key' }>({
    severity: 'warning',
    message: ({ source, without }) =>
      without === 'lookback'
        ? `rows of \`${source}\` that come late are never read: it has a \`cursor\` and no \`lookback\``
        : `a row of \`${source}\` that changes is there twice: it has a \`cursor\` and no \`@key\` to tell by that it is the same`,
    explanation:
      'A load remembers the greatest value of the cursor that it let in, and the next asks for the rows from there on. A row that is written later with a smaller value is never seen. With a `lookback` a stretch before that value is read again, and takes the place of what was read of it before. A row that has changed since, and moved on by its cursor, is told by the key of the type: without one, its old state from before that stretch stays beside the new one.',
    example: {
      wrong: systems("source rates : Rate from http(api, '/rates') { every: 1h, cursor: as_of }"),
      right: systems("source rates : Rate from http(api, '/rates') { every: 1h, cursor: as_of, lookback: 2d }"),
    },
  }),

  'page-by-number': code<{ source: string; how: string }>({
    severity: 'warning',
    message: ({ source, how }) =>
      `\`${source}\` is read by \`${how}\`: rows that change meanwhile are skipped or read twice`,
    explanation:
      'A page with a number is a stretch of a list as it is at that moment. A row that comes or goes between two requests moves all that follow, so that one is on both pages, or on none. Where the API has a cursor, take it: `paginate: cursor(…)`. Where it has none, `lookback` and a key mend most of it.',
    example: {
      wrong: systems("source rates : Rate from http(api, '/rates', paginate: page('page')) { every: 1h }"),
      right: systems("source rates : Rate from http(api, '/rates', paginate: cursor('next')) { every: 1h }"),
    },
  }),

  'prefer-push': code<{ source: string }>({
    severity: 'warning',
    message: ({ source }) => `\`${source}\` asks a database that others own, again and again`,
    explanation:
      'Each query loads the database of those who work with it, sees nothing of what was deleted or changed twice in between, and breaks when they change a table they never promised to keep. The change log gives every change once, in order; a topic that its owner publishes is a promise besides.',
    example: {
      wrong: systems("source rates : Rate from postgres(erp, table: 'rates') { every: 1h }"),
      right: systems("source rates : Rate from postgres(erp, table: 'rates', capture: log) { rows: changes }"),
    },
  }),

  'stream-read-daily': code<{ source: string; jobs: readonly string[] }>({
    severity: 'warning',
    message: ({ source, jobs }) =>
      `\`${source}\` is a stream, and all that reads it is built once a day, by ${jobs.map((job) => `\`${job}\``).join(' and ')}`,
    explanation:
      'A stream is worth its reader, which never stops, where something is wanted within minutes. Where everything that stands on it is built once a day, a daily file or query gives the same rows for less; or one of the readers is meant to be fresher, and its job should say so.',
    example: {
      wrong: systems(
        "source rates : Rate from kafka(bus, topic: 'rates') { rows: events }\ntable latest in dwh.core = from rates\njob nightly { builds: [latest], schedule: cron('0 4 * * *') }",
      ),
      right: systems(
        "source rates : Rate from kafka(bus, topic: 'rates') { rows: events }\ntable latest in dwh.core = from rates\njob often { builds: [latest], schedule: every(15m) }",
      ),
    },
  }),

  'restates-beyond-retention': code<{ source: string; restates: string; retention: string }>({
    severity: 'warning',
    message: ({ source, restates, retention }) =>
      `\`${source}\` changes rows up to ${restates} back, and they are kept for ${retention}`,
    explanation:
      'When a restated row comes after the one it replaces has gone, nothing tells it from a new one: sums count it twice, and what was computed before cannot be computed again. Keep rows at least as long as the source may change them.',
    example: {
      wrong: "source refunds : Order from file('refunds.csv') in raw { restates: 365d, retention: 30d }",
      right: "source refunds : Order from file('refunds.csv') in raw { restates: 365d, retention: 400d }",
    },
  }),
};
