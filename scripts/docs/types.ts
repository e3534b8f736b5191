/** The page of value types. */
import {
  BOOL,
  BYTES,
  DATE,
  decimal,
  FLOAT64,
  INT64,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  UUID,
  type ValueType,
} from '../../compiler/relational/types.ts';
import { sqlType } from '../../compiler/semantics/functions/table.ts';
import { generated, page, span, table } from './markdown.ts';

interface TypeRow {
  readonly written: string;
  readonly type: ValueType;
  readonly holds: string;
  readonly literal: string;
}

const types: readonly TypeRow[] = [
  { written: 'bool', type: BOOL, holds: 'true or false', literal: 'true' },
  {
    written: 'int64',
    type: INT64,
    holds: 'a whole number of 64 bits; more is an error, never a wrap-around',
    literal: '1_000_000',
  },
  {
    written: 'decimal(p, s)',
    type: decimal(12, 2),
    holds: 'exactly p digits, 38 at most, s of them after the point',
    literal: '10.50',
  },
  {
    written: 'float64',
    type: FLOAT64,
    holds:
      'a finite double. Sums and means of it are _inexact_: engines may differ in the last places, so they may not decide which rows exist or how they rank',
    literal: '1e0',
  },
  {
    written: 'string',
    type: STRING,
    holds: 'text, compared character by character, in no language’s order',
    literal: "'paid'",
  },
  { written: 'bytes', type: BYTES, holds: 'bytes as they are', literal: '' },
  { written: 'date', type: DATE, holds: 'a day of the calendar, 1900 to 2299', literal: "date '2026-01-31'" },
  {
    written: 'timestamp',
    type: TIMESTAMP,
    holds: "an instant in UTC, in microseconds. What hangs on a calendar names a zone: `date(t, 'Europe/Berlin')`",
    literal: "timestamp '2026-01-31 10:00:00Z'",
  },
  { written: 'uuid', type: UUID, holds: 'an identifier of 128 bits', literal: "cast('…' as uuid)" },
  {
    written: 'json',
    type: JSON_TYPE,
    holds: 'a document; read with `json_text`, `json_int`, `json_bool`',
    literal: '',
  },
  {
    written: 'list<T>',
    type: { kind: 'list', element: STRING },
    holds: 'several values of one type, in order',
    literal: "['a', 'b']",
  },
  {
    written: 'an enum',
    type: { kind: 'enum', name: 'e', values: [] },
    holds:
      'one of the values that its declaration lists; checked when it is written in the program, and when it arrives',
    literal: "'paid'",
  },
];

/** A test finds that none of the language's is left out. */
export const typesTold: readonly string[] = types.map(({ written }) => written.replace(/[(<].*/, ''));

export function typesPage(): string {
  return page(
    generated('scripts/docs/types.ts'),
    '# Types',
    table(
      ['type', 'holds', 'written', 'on DuckDB', 'on PostgreSQL', 'on ClickHouse'],
      types.map(({ written, type, holds, literal }) => [
        written.startsWith('an ') ? written : span(written),
        holds,
        literal === '' ? '' : span(literal),
        ...(['duckdb', 'postgres', 'clickhouse'] as const).map((engine) => span(sqlType(engine, type))),
      ]),
    ),
    '## Null',
    'A type followed by `?` may be null: `string?`. Without it, a value never is, and the compiler follows that through every expression: a left join makes the columns of its other side nullable, `coalesce`, `where x is not null` and an inner join take it away, `try_cast` brings it in.',
    'A comparison with null is null, and `where` keeps only what is true. `=` with a bare `null` is an error ([`compare-with-null`](../errors/compare-with-null.md)); write `is null`.',
    '## From one type to another',
    'An `int64` widens to a `decimal` by itself, a literal takes the type of what it stands beside, an enum compares with text. Nothing else is converted in silence.',
    '`cast(x as T)` converts what may fail: a row whose value does not fit fails the step, before anything is published, and is shown. `try_cast(x as T)` gives null instead.',
    '## Arithmetic',
    'An overflow is an error. A divisor of zero gives null. `/` gives a `float64`, `div(a, b)` divides whole numbers, `div(a, b, 2)` gives a decimal with two places, exactly.',
  );
}
