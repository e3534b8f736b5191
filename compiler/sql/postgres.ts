/** What PostgreSQL says differently. Facts come from `docs/engines.md` and were run on PostgreSQL 18 (PGlite). */
import type { ValueType } from '../relational/types.ts';
import { type SqlFragment, sqlType } from '../semantics/functions/table.ts';
import { atom, type Dialect, LEAST_INT64 } from './dialect.ts';
import { duckdb } from './duckdb.ts';

const type = (of: ValueType): string => sqlType('postgres', of);

export const postgres: Dialect = {
  ...duckdb,
  engine: 'postgres',
  has: {
    asofJoin: false,
    bareNamesOfJoins: true,
    fencedLimits: true,
    correlatedNulls: true,
    ternaryIn: true,
    orderedSetOperations: true,
    wholeWithoutAggregate: true,
    setsOverJoins: true,
    parenthesesAfterWith: true,
  },
  session: ["SET timezone = 'UTC'", 'SET extra_float_digits = 1', 'SET standard_conforming_strings = on'],
  type,
  literal: (value, of) => (typeof value === 'string' ? literal(value, of) : duckdb.literal(value, of)),
  cast: (value, from, to) =>
    // A date is a session's midnight there, a view is read in any session.
    from.kind === 'date' && to.kind === 'timestamp'
      ? atom(`timezone('UTC', CAST(${value.sql} AS timestamp))`)
      : atom(`CAST(${value.sql} AS ${type(to)})`),
  tryCast,
  list: (items, of) => {
    if (items.length === 0) return `CAST('{}' AS ${type(of)})`;
    const list = `ARRAY[${items.join(', ')}]`;
    // Of nulls alone it would be a list of texts.
    return items.every((item) => item === 'NULL') ? `CAST(${list} AS ${type(of)})` : list;
  },
  ageMs: (value) => `CAST(extract(epoch FROM now() - CAST(${value} AS timestamptz)) * 1000 AS bigint)`,
};

function literal(value: string, of: ValueType): SqlFragment {
  switch (of.kind) {
    case 'float64':
      // With an exponent or without, a number written out is a numeric there.
      return atom(`CAST(${duckdb.literal(value, of).sql} AS ${type(of)})`);
    case 'int64':
      return value === LEAST_INT64 ? atom(`CAST('${value}' AS ${type(of)})`) : duckdb.literal(value, of);
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'list':
      return atom(`CAST(${duckdb.text(value)} AS ${type(of)})`);
    default:
      return duckdb.literal(value, of);
  }
}

/** A cast raises for what does not fit, so what it is given is null there. */
function tryCast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment {
  const rounded =
    from.kind === 'float64'
      ? `round(${value.sql})`
      : `round(CAST(${value.sql} AS numeric), ${to.kind === 'decimal' ? to.scale : 0})`;
  const fits =
    to.kind === 'decimal'
      ? `abs(${rounded}) < 1e${to.precision - to.scale}`
      : from.kind === 'float64'
        ? `${rounded} >= -9223372036854775808e0 AND ${rounded} < 9223372036854775808e0`
        : `${rounded} BETWEEN -9223372036854775808 AND 9223372036854775807`;
  return atom(`CAST(CASE WHEN ${fits} THEN ${rounded} END AS ${type(to)})`);
}
