/** Lints: programs that run, but hardly mean what they say. One row a rule in `semantics/lint/`. */
import { code } from '../diagnostic.ts';

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

  'pii-in-mart': code<{ dataset: string; column: string; pii: string }>({
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
};
