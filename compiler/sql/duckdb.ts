/** DuckDB's words. Facts come from `docs/decisions/` and were run on DuckDB 1.5. */
import type { LiteralValue } from '../relational/rel.ts';
import type { ValueType } from '../relational/types.ts';
import { type SqlFragment, sqlType } from '../semantics/functions/table.ts';
import { atom, type Dialect, floating, LEAST_INT64, numeral, standard } from './dialect.ts';

const type = (of: ValueType): string => sqlType('duckdb', of);

export const duckdb: Dialect = {
  ...standard,
  engine: 'duckdb',
  has: {
    asofJoin: true,
    bareNamesOfJoins: true,
    fencedLimits: false,
    correlatedNulls: true,
    ternaryIn: true,
    orderedSetOperations: true,
    wholeWithoutAggregate: true,
    setsOverJoins: true,
    parenthesesAfterWith: true,
  },
  session: ["SET TimeZone = 'UTC'", "SET default_null_order = 'NULLS_LAST'"],
  type,
  literal,
  cast: (value, _from, to) => atom(`CAST(${value.sql} AS ${type(to)})`),
  tryCast: (value, _from, to) => atom(`TRY_CAST(${value.sql} AS ${type(to)})`),
  list: (items, of) => (items.length === 0 ? `CAST([] AS ${type(of)})` : `[${items.join(', ')}]`),
  ageMs: (value) => `epoch_ms(now()) - epoch_ms(CAST(${value} AS TIMESTAMPTZ))`,
};

function literal(value: LiteralValue, of: ValueType): SqlFragment {
  if (value === null) return atom('NULL');
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE');
  switch (of.kind) {
    case 'int64':
      return value === LEAST_INT64 ? atom(`CAST('${value}' AS BIGINT)`) : numeral(value);
    case 'decimal':
      return numeral(value);
    case 'float64':
      return numeral(floating(value));
    case 'date':
      return atom(`DATE ${standard.text(value)}`);
    case 'timestamp':
      return atom(`TIMESTAMPTZ ${standard.text(`${value}+00`)}`);
    case 'string':
    case 'enum':
      return atom(standard.text(value));
    case 'bool':
      return atom(value === 'true' ? 'TRUE' : 'FALSE');
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'list':
      return atom(`CAST(${standard.text(value)} AS ${type(of)})`);
    case 'null':
      return atom('NULL');
    case 'error':
      throw new Error('SQL was asked for of a program with errors');
  }
}
