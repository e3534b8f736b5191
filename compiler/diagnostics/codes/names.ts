/** Codes about names: what a project declares, and what a name written somewhere means. */
import { code } from '../diagnostic.ts';
import { withArticle } from '../words.ts';

export const nameCodes = {
  'duplicate-name': code<{ kind: string; name: string }>({
    severity: 'error',
    message: ({ kind, name }) => `there is already ${withArticle(kind)} \`${name}\``,
    explanation:
      'Datasets (sources and tables) are unique by their full name, `store.schema.name`; other names are unique among their kind, where types and enums count as one kind. The first in the order of files is kept, and the second is reported, so that what reads the name means one thing.\n\nRename one of them, or put it into another schema.',
    example: {
      wrong:
        'table big in dwh.core = from orders |> where amount > 10\ntable big in dwh.core = from orders |> where amount > 20',
      right:
        'table big in dwh.core = from orders |> where amount > 10\ntable bigger in dwh.core = from orders |> where amount > 20',
    },
  }),

  'unknown-dataset': code<{ name: string }>({
    severity: 'error',
    message: ({ name }) => `there is no dataset \`${name}\``,
    explanation:
      'A query reads sources and tables of the project, by their full name or by its last parts where that is unambiguous. A file is read by declaring a `source` for it: its type is the contract that everything downstream stands on.',
    example: {
      wrong: 'table big in dwh.core = from order |> where amount > 10',
      right: 'table big in dwh.core = from orders |> where amount > 10',
    },
  }),

  'ambiguous-dataset': code<{ name: string; candidates: readonly string[] }>({
    severity: 'error',
    message: ({ name, candidates }) =>
      `\`${name}\` may be ${candidates.map((candidate) => `\`${candidate}\``).join(' or ')}`,
    explanation:
      'Datasets of one name may stand in several schemas, and then the name alone does not say which is meant. Write as much of the full name, from the right, as tells them apart: `core.orders`, `dwh.core.orders`.',
    example: {
      wrong:
        'table big in dwh.core = from orders |> where amount > 10\ntable big in dwh.marts = from core.big\ntable top in dwh.marts = from big',
      right:
        'table big in dwh.core = from orders |> where amount > 10\ntable big in dwh.marts = from core.big\ntable top in dwh.marts = from marts.big',
    },
  }),

  'unknown-name': code<{ kind: string; name: string }>({
    severity: 'error',
    message: ({ kind, name }) => `there is no ${kind} \`${name}\``,
    explanation:
      'The declaration refers to another one (a store, a type, a connection, a target …) that no file of the project has. Names are case-sensitive.',
    example: {
      wrong: 'table big in dhw.core = from orders |> where amount > 10',
      right: 'table big in dwh.core = from orders |> where amount > 10',
    },
  }),

  'identifier-not-storable': code<{ what: string; name: string; why: 'case' | 'characters' | 'length' }>({
    severity: 'error',
    message: ({ what, name, why }) => {
      const reason = {
        case: 'it has capital letters',
        characters: 'it has characters other than a–z, 0–9 and _',
        length: 'it is longer than 50 bytes',
      }[why];
      return `the ${what} \`${name}\` cannot be stored alike on every engine: ${reason}`;
    },
    explanation:
      "What is stored (schemas, datasets and their columns) has a lower snake_case name of at most 50 bytes. DuckDB ignores case and ClickHouse does not, PostgreSQL cuts names at 63 bytes and pipec adds a few of its own, so any other name would be another one somewhere.\n\nThe column of a source may still be called anything at its origin: `order_id: int64 @from('OrderID')`.",
    example: {
      wrong: 'table Big in dwh.core = from orders |> where amount > 10',
      right: 'table big in dwh.core = from orders |> where amount > 10',
    },
  }),

  'reserved-name': code<{ what: string; name: string }>({
    severity: 'error',
    message: ({ what, name }) => `the ${what} \`${name}\` is taken: pipec or an engine keeps its own things there`,
    explanation:
      "Some schemas belong to others: `_pipec` holds builds and commit state, `_landing` the rows of sources without a store, `information_schema`, `pg_catalog` and the like the engine's own tables. Call the store or the schema something else.",
    example: {
      wrong: 'table big in dwh.information_schema = from orders |> where amount > 10',
      right: 'table big in dwh.core = from orders |> where amount > 10',
    },
  }),

  'schema-collision': code<{ schema: string; store: string; other: string }>({
    severity: 'error',
    message: ({ schema, store, other }) => `the schema \`${schema}\` of \`${store}\` is also one of \`${other}\``,
    explanation:
      'In the target, a dataset stands in the schema after its store (`dwh.core.orders` in `core`), or in one named like the store where none is given (`raw.orders` in `raw`). Two stores that use one schema would write over each other, so it is refused even where no two datasets share a name yet.',
    example: {
      wrong:
        "store lab : warehouse { owner: 'lab@shop.example', retention: 1y }\ntable big in dwh.core = from orders\ntable small in lab.core = from orders",
      right:
        "store lab : warehouse { owner: 'lab@shop.example', retention: 1y }\ntable big in dwh.core = from orders\ntable small in lab.trials = from orders",
    },
  }),

  'path-collision': code<{ path: string; other: string }>({
    severity: 'error',
    message: ({ path, other }) => `\`${path}\` is already written by ${other}`,
    explanation:
      "Each target has a database file of its own, and each lake a folder of its own. Two that share one would overwrite each other's builds, and a run against the one would publish into the other.",
    example: {
      wrong:
        "target local { engine: duckdb(path: 'shop.duckdb') }\ntarget trial { engine: duckdb(path: './shop.duckdb'), with: { raw: '.pipec/trial' } }",
      right:
        "target local { engine: duckdb(path: 'shop.duckdb') }\ntarget trial { engine: duckdb(path: 'trial.duckdb'), with: { raw: '.pipec/trial' } }",
    },
  }),

  'dataset-cycle': code<{ path: readonly string[] }>({
    severity: 'error',
    message: ({ path }) =>
      `${path.length === 2 ? 'a dataset reads itself' : 'datasets read each other in a circle'}: ${path.map((name) => `\`${name}\``).join(' → ')}`,
    explanation:
      "Each dataset is computed from others, so none can stand, even through several steps, on its own rows. Take the step out that closes the circle, often by splitting a table in two: one that both sides read, and one that reads both.\n\nTo add today's rows to those of yesterday, the table does not read itself: an incremental `refresh` does that.",
    example: {
      wrong: 'table a in dwh.core = from b\ntable b in dwh.core = from a',
      right: 'table a in dwh.core = from orders\ntable b in dwh.core = from a',
    },
  }),
};
