/** What ClickHouse says differently. Facts come from `docs/engines.md` and were run on ClickHouse 26.7 (chdb). */
import type { LiteralValue } from '../relational/rel.ts';
import type { ValueType } from '../relational/types.ts';
import { isArithmetic, type SqlFragment, sqlType, visibleNull } from '../semantics/functions/table.ts';
import { atom, type Dialect, floating, LEAST_INT64, numeral, standard } from './dialect.ts';

const type = (of: ValueType): string => sqlType('clickhouse', of);

/** A backslash is an escape in every text there. */
function text(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `'${escaped}'`;
}

export const clickhouse: Dialect = {
  quote: (name) => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`,
  text,
  engine: 'clickhouse',
  has: {
    asofJoin: true,
    bareNamesOfJoins: false,
    fencedLimits: true,
    correlatedNulls: false,
    ternaryIn: false,
    orderedSetOperations: false,
    wholeWithoutAggregate: false,
    setsOverJoins: false,
    parenthesesAfterWith: false,
  },
  session: [
    `SET ${[
      // What the standard says, where ClickHouse has another habit.
      'join_use_nulls = 1',
      'aggregate_functions_null_for_empty = 1',
      'group_by_use_nulls = 1',
      'cast_keep_nullable = 1',
      'insert_null_as_default = 0',
      "union_default_mode = 'DISTINCT'",
      "except_default_mode = 'DISTINCT'",
      "intersect_default_mode = 'DISTINCT'",
      'enable_positional_arguments = 0',
      // Before 1970, and in fractions of a second.
      'enable_extended_results_for_datetime_functions = 1',
      "session_timezone = 'UTC'",
      // It moves conditions to where what they guard is computed for every row.
      'optimize_rewrite_aggregate_function_with_if = 0',
      'async_insert = 0',
    ].join(', ')}`,
  ],
  type,
  literal,
  cast: (value, from, to) =>
    // It cuts digits where others round.
    from.kind === 'decimal' && (to.kind === 'int64' || (to.kind === 'decimal' && to.scale < from.scale))
      ? atom(`CAST(round(${value.sql}, ${to.kind === 'decimal' ? to.scale : 0}) AS ${type(to)})`)
      : atom(`CAST(${value.sql} AS ${type(to)})`),
  tryCast,
  distance: String,
  noValue: (of) => (isArithmetic(of) ? visibleNull(type(of)) : null),
  // Where it puts joins in another order, one of them is left without a key, and that is an error there.
  constantKeys: 'SETTINGS query_plan_optimize_join_order_limit = 0',
  list: (items, of) => `CAST([${items.join(', ')}] AS ${type(of)})`,
  // The name is one of the alias's: `u."tag"` finds it.
  unnest: (list, alias, column) =>
    `ARRAY JOIN ${list} AS ${standard.quote(`${alias.replaceAll('"', '')}.${column.replaceAll('"', '')}`)}`,
  ageMs: (value) =>
    `toUnixTimestamp64Milli(now64(3, 'UTC')) - toUnixTimestamp64Milli(CAST(${value} AS DateTime64(3, 'UTC')))`,
};

function literal(value: LiteralValue, of: ValueType): SqlFragment {
  if (value === null) return atom('NULL');
  if (typeof value === 'boolean') return atom(value ? 'TRUE' : 'FALSE');
  switch (of.kind) {
    case 'int64':
      return value === LEAST_INT64 ? atom(`CAST('${value}' AS Int64)`) : numeral(value);
    case 'float64':
      return numeral(floating(value));
    case 'string':
    case 'enum':
      return atom(text(value));
    case 'bool':
      return atom(value === 'true' ? 'TRUE' : 'FALSE');
    case 'decimal':
      // `1.5` is a float64 there.
      return atom(`CAST('${numeral(value).sql}' AS ${type(of)})`);
    case 'date':
    case 'timestamp':
    case 'uuid':
    case 'json':
    case 'bytes':
    case 'list':
      return atom(`CAST(${text(value)} AS ${type(of)})`);
    case 'null':
      return atom('NULL');
    case 'error':
      throw new Error('SQL was asked for of a program with errors');
  }
}

/** Its own check is of bits, so digits are counted here. */
function tryCast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment {
  if (to.kind !== 'decimal') {
    // Of a decimal it raises where it should give null.
    const rounded = from.kind === 'decimal' ? `toInt256(round(${value.sql}))` : `round(${value.sql})`;
    return atom(`accurateCastOrNull(${rounded}, '${type(to)}')`);
  }
  const wide = `CAST(${value.sql} AS Decimal(76, ${from.kind === 'decimal' ? from.scale : 0}))`;
  const rounded = `round(${wide}, ${to.scale})`;
  const fits = `abs(${rounded}) < toDecimal256('1e${to.precision - to.scale}', 0)`;
  return atom(`CASE WHEN ${fits} THEN accurateCastOrNull(${rounded}, '${type(to)}') END`);
}
