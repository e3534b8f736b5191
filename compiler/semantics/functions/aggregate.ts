/**
 * Aggregates. Each may also stand over a window, which its cell renders from `call.over`.
 * Nulls are skipped by all of them except `count()`; over no rows they give null, except the counts.
 */
import { decimal, FLOAT64, INT64, typeName, type ValueType } from '../../relational/types.ts';
import { isComparable, isNumber } from '../widening.ts';
import { exactQuotient } from './numeric.ts';
import { firstClickhouse, orderedClickhouse } from './ordered.ts';
import {
  type ArgumentInfo,
  aggregateNamed,
  aggregateSql,
  bare,
  type CellCall,
  type EngineName,
  type FunctionRow,
  filteredBy,
  fragment,
  mismatch,
  operand,
  PRECEDENCE,
  row,
  type SqlCell,
  type SqlFragment,
  typed,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';
import {
  byOrder,
  cast,
  fitClickhouse,
  int64Clickhouse,
  isClipped,
  ordersAlike,
  precisionOf,
  scaleOf,
  WIDEST,
  wideDecimal,
  widest,
} from './snippets.ts';

/** One number; `type` gives the result's type from the argument's. */
function ofNumber(
  args: readonly ArgumentInfo[],
  type: (of: ValueType) => ValueType,
  inexact: (of: ArgumentInfo) => boolean,
) {
  const [a] = args;
  if (a === undefined || args.length !== 1) return mismatch(countReason(1, 1, args.length));
  if (!isNumber(a.type) && a.type.kind !== 'null')
    return mismatch(`it takes a number, and this is \`${typeName(a.type)}\``, 0);
  const of = a.type.kind === 'null' ? INT64 : a.type;
  return {
    ok: true as const,
    args: [of],
    type: type(of),
    nullable: a.nullable,
    inexact: a.inexact || inexact({ ...a, type: of }),
  };
}

/** PostgreSQL has neither distinct values nor an order inside of a call over a window. */
const plainWindowPostgres =
  (cell: SqlCell): SqlCell =>
  (args, call) =>
    call.over === null
      ? cell(args, call)
      : call.distinct
        ? { refused: 'distinct values over a window' }
        : call.orderBy !== null
          ? { refused: 'order inside of a call over a window' }
          : cell(args, call);

/** Of values in an order PostgreSQL makes no windows at all. */
const groupsOnlyPostgres =
  (cell: SqlCell): SqlCell =>
  (args, call) =>
    call.over === null ? cell(args, call) : { refused: 'window of it' };

/** A count, which ClickHouse gives without a sign. */
const counting = (sql: (args: readonly SqlFragment[], call: CellCall) => string): FunctionRow['sql'] => ({
  duckdb: (args, call) => fragment(sql(args, call)),
  postgres: plainWindowPostgres((args, call) => fragment(sql(args, call))),
  clickhouse: (args, call) => fragment(`toInt64(${sql(args, call)})`),
});

const isFloat = (arg: ArgumentInfo): boolean => arg.type.kind === 'float64';

const count = row({
  name: 'count',
  kind: 'aggregate',
  carries: 'none',
  overNothing: 'value',
  signatures: ['count() -> int64', 'count(value: any) -> int64'],
  doc: 'The number of rows, or of values that are not null; `count(distinct x)` of different values.',
  resolve(args) {
    if (args.length > 1) return mismatch(countReason(0, 1, args.length));
    return { ok: true, args: args.map((a) => a.type), type: INT64, nullable: false, inexact: false };
  },
  sql: {
    ...counting((args, call) => aggregateSql('count', args, call, args.length === 0 ? '*' : undefined)),
    // Over a window it reads of a bare column the nulls alone, and then does not find them.
    clickhouse: ([of], call) => {
      const counted = of === undefined ? '*' : call.over === null ? of.sql : `toNullable(${of.sql})`;
      return fragment(`toInt64(${aggregateSql('count', [], call, counted)})`);
    },
  },
});

const countDistinct = row({
  name: 'count_distinct',
  kind: 'aggregate',
  carries: 'none',
  overNothing: 'value',
  ...bySignature('count_distinct(value: comparable) -> int64!'),
  doc: 'The number of different values that are not null: `count(distinct x)`.',
  sql: {
    ...counting((args, call) => aggregateSql('count', args, { ...call, distinct: true })),
    postgres: groupsOnlyPostgres((args, call) => fragment(aggregateSql('count', args, { ...call, distinct: true }))),
  },
});

const countIf = row({
  name: 'count_if',
  kind: 'aggregate',
  carries: 'none',
  overNothing: 'value',
  ...bySignature('count_if(condition: bool) -> int64!'),
  doc: 'The number of rows for which the condition is true.',
  sql: counting((args, call) => aggregateSql('count', [], call, `CASE WHEN ${bare(args, 0)} THEN 1 END`)),
});

/** So many digits more than its values, fewer than 10^14 rows cannot leave. */
const DIGITS_OF_ROWS = 14;
/** True where a sum of decimals may have more than 38 digits. */
const mayLeave = (of: ValueType | undefined): boolean => isClipped(precisionOf(of) + DIGITS_OF_ROWS);

/**
 * DuckDB lets a sum grow past 38 digits, up to 2^127, where an addition is held to 38: beyond them it is an error, as
 * everywhere. Numbers of more than 64 bits are slow to compute and to add up, and are seldom there: what fits 64 bits is
 * summed apart from what does not.
 */
function sumDuckdb(args: readonly SqlFragment[], call: CellCall): SqlFragment {
  const sum = (inner?: string): string => aggregateSql('sum', args, call, inner);
  const narrow = args[0]?.narrow;
  if (narrow === undefined || call.distinct || call.over !== null)
    return mayLeave(call.argTypes[0])
      ? { sql: `${sum()} + 0`, precedence: PRECEDENCE.additive, exact: true }
      : typed(sum());
  const fits = `TRY(${narrow.sql})`;
  const rest = sum(`CASE\n  WHEN ${fits} IS NULL\n  THEN ${bare(args, 0)}\nEND`);
  return { sql: `list_sum([${sum(fits)}, ${rest}]) + 0`, precedence: PRECEDENCE.additive, exact: true };
}

/** numeric grows with what it holds, so the cast of the sum is what finds one of more than 38 digits. */
function sumPostgres(args: readonly SqlFragment[], call: CellCall): SqlFragment {
  const sql = aggregateSql('sum', args, call, args[0]?.unchecked?.sql);
  if (call.resultType.kind === 'float64') return fragment(sql);
  const held = typed(cast('postgres', sql, call.resultType));
  if (call.resultType.kind === 'int64') return held;
  const unchecked = { ...fragment(sql), digits: Number.POSITIVE_INFINITY };
  return mayLeave(call.argTypes[0]) ? { ...held, unchecked } : fragment(sql);
}

function sumClickhouse(args: readonly SqlFragment[], call: CellCall): SqlFragment {
  switch (call.resultType.kind) {
    case 'int64':
      return typed(int64Clickhouse(aggregateSql('sum', args, call, `toInt128(${bare(args, 0)})`)));
    case 'decimal': {
      if (!mayLeave(call.argTypes[0])) return typed(aggregateSql('sum', args, call));
      const { sql, digits } = wideSum(args, call);
      return { ...typed(fitClickhouse(sql, call.resultType)), unchecked: { ...fragment(sql), digits } };
    }
    default:
      return fragment(aggregateSql('sum', args, call));
  }
}

/** The sum of decimals on ClickHouse in as many digits as it needs. */
function wideSum(args: readonly SqlFragment[], call: CellCall): { readonly sql: string; readonly digits: number } {
  const [of] = call.argTypes;
  const unchecked = args[0]?.unchecked;
  // Distinct are the values that there are, so they are held to their digits first.
  if (unchecked !== undefined && !call.distinct && unchecked.digits + DIGITS_OF_ROWS <= WIDEST)
    return { sql: aggregateSql('sum', args, call, unchecked.sql), digits: unchecked.digits + DIGITS_OF_ROWS };
  return {
    sql: aggregateSql('sum', args, call, wideDecimal(bare(args, 0), scaleOf(of))),
    digits: precisionOf(of) + DIGITS_OF_ROWS,
  };
}

/** DuckDB sums int64 as 128 bits; the cast back is what finds an overflow. */
const sum = row({
  name: 'sum',
  kind: 'aggregate',
  signatures: ['sum(value: number) -> number'],
  doc: 'The sum; an int64 stays one and an overflow is an error, a decimal gets 38 digits. Of float64 it is inexact, as it depends on the order.',
  resolve: (args) => ofNumber(args, (of) => (of.kind === 'decimal' ? decimal(38, of.scale) : of), isFloat),
  sql: {
    duckdb: (args, call) => {
      const sql = aggregateSql('sum', args, call);
      switch (call.resultType.kind) {
        case 'int64':
          return typed(`CAST(${sql} AS BIGINT)`);
        case 'decimal':
          return sumDuckdb(args, call);
        default:
          return fragment(sql);
      }
    },
    postgres: plainWindowPostgres(sumPostgres),
    clickhouse: sumClickhouse,
  },
});

const avg = row({
  name: 'avg',
  kind: 'aggregate',
  signatures: ['avg(value: int64) -> float64', 'avg(value: decimal) -> decimal', 'avg(value: float64) -> float64'],
  doc: 'The mean. Of int64: the exact sum divided once, which every engine does alike. Of a decimal: a decimal with four more digits, rounded half away from zero. Of float64: inexact.',
  resolve(args) {
    return ofNumber(args, (of) => (of.kind === 'decimal' ? decimal(38, Math.min(38, of.scale + 4)) : FLOAT64), isFloat);
  },
  sql: {
    duckdb: meanOn('duckdb'),
    postgres: plainWindowPostgres(meanOn('postgres')),
    clickhouse: meanOn('clickhouse'),
  },
});

function meanOn(engine: EngineName): SqlCell {
  return (args, call) => {
    const of = call.argTypes[0];
    const scale = scaleOf(of);
    const count_ = aggregateSql('count', args, call);
    if (of?.kind === 'decimal') {
      if (engine === 'clickhouse') return typed(meanClickhouse(args, call));
      // The count is a divisor like any other, with no digits after its point; the quotient may fill all 38.
      const total = fragment(aggregateSql('sum', args, call));
      const most = Number.POSITIVE_INFINITY;
      const sql = exactQuotient(engine, total, widest(scale), fragment(count_), INT64, call.resultType, most);
      return engine === 'duckdb' ? fragment(sql) : typed(sql);
    }
    if (of?.kind === 'float64') return fragment(aggregateSql('avg', args, call));
    const total =
      engine === 'clickhouse'
        ? `toFloat64(${aggregateSql('sum', args, call, `toInt128(${bare(args, 0)})`)})`
        : cast(engine, aggregateSql('sum', args, call), FLOAT64);
    // Over no rows two engines would divide by zero.
    const divisor = engine === 'duckdb' ? count_ : `nullif(${count_}, 0)`;
    return fragment(`${total} / ${divisor}`, PRECEDENCE.multiplicative);
  };
}

/** The sum over no rows is null, and the division by one of it as well. */
function meanClickhouse(args: readonly SqlFragment[], call: CellCall): string {
  const [of] = call.argTypes;
  const { resultType: type } = call;
  const total = mayLeave(of) ? wideSum(args, call).sql : aggregateSql('sum', args, call);
  const divisor = wideDecimal(`greatest(${aggregateSql('count', args, call)}, 1)`, 0);
  // One digit more than is kept: it rounds, and cutting the rest cannot change a half.
  const mean = `round(divideDecimal(${total}, ${divisor}, ${scaleOf(type) + 1}), ${scaleOf(type)})`;
  // A mean has no more digits before its point than the values have.
  return precisionOf(of) - scaleOf(of) > precisionOf(type) - scaleOf(type)
    ? fitClickhouse(mean, type)
    : cast('clickhouse', mean, type);
}

const extreme = (name: 'min' | 'max', doc: string): FunctionRow =>
  row({
    name,
    kind: 'aggregate',
    carries: 'value',
    signatures: [`${name}(value: comparable) -> same`],
    doc,
    resolve(args) {
      const [a] = args;
      if (a === undefined || args.length !== 1) return mismatch(countReason(1, 1, args.length));
      if (!isComparable(a.type) || a.type.kind === 'bool' || a.type.kind === 'enum')
        return mismatch(`values of \`${typeName(a.type)}\` have no order`, 0);
      return { ok: true, args: [a.type], type: a.type, nullable: a.nullable, inexact: a.inexact };
    },
    sql: {
      duckdb: aggregateNamed(name),
      postgres: plainWindowPostgres(extremeOn('postgres', name)),
      clickhouse: extremeOn('clickhouse', name),
    },
  });

function extremeOn(engine: EngineName, name: string): SqlCell {
  return (args, call) => {
    const { resultType } = call;
    const value = bare(args, 0);
    // PostgreSQL has no least uuid or bytes before version 18.
    if (engine === 'postgres' && resultType.kind === 'bytes')
      return fragment(`decode(${aggregateSql(name, args, call, `encode(${value}, 'hex') COLLATE "C"`)}, 'hex')`);
    if (engine === 'postgres' && resultType.kind === 'uuid')
      return fragment(cast(engine, aggregateSql(name, args, call, `CAST(${value} AS text) COLLATE "C"`), resultType));
    const sql = aggregateSql(name, args, call, byOrder(engine, fragment(value, PRECEDENCE.or), resultType).sql);
    return fragment(
      resultType.kind === 'uuid' && !ordersAlike(engine, resultType) ? cast(engine, sql, resultType) : sql,
    );
  };
}

const every = (name: 'bool_and' | 'bool_or', doc: string): FunctionRow =>
  row({
    name,
    kind: 'aggregate',
    ...bySignature(`${name}(condition: bool) -> bool`),
    doc,
    sql: {
      duckdb: aggregateNamed(name),
      postgres: plainWindowPostgres(aggregateNamed(name)),
      clickhouse: (args, call) =>
        fragment(aggregateSql(name === 'bool_and' ? 'min' : 'max', args, call, `CAST(${bare(args, 0)} AS Bool)`)),
    },
  });

const stringAgg = row({
  name: 'string_agg',
  kind: 'aggregate',
  order: 'required',
  ...bySignature('string_agg(value: string, separator: string) -> string'),
  doc: "The texts in the order given, with the separator between: `string_agg(name, ', ' order by name)`. The order is required.",
  sql: {
    duckdb: aggregateNamed('string_agg'),
    postgres: groupsOnlyPostgres((args, call) => {
      // What is distinct must be what it is ordered by.
      const [value, ...rest] = args;
      const told =
        value !== undefined && call.distinct ? [byOrder('postgres', value, call.argTypes[0]), ...rest] : args;
      return fragment(aggregateSql('string_agg', told, call));
    }),
    clickhouse: (args, call) => {
      if (typeof call.literals[1] !== 'string') return { refused: 'separator that is computed' };
      const texts = orderedClickhouse(args, call);
      if ('refused' in texts) return texts;
      const none = `${aggregateSql('count', args, { ...call, distinct: false, orderBy: null }, bare(args, 0))} = 0`;
      return fragment(`if(${none}, NULL, arrayStringConcat(${texts.sql}, ${bare(args, 1)}))`);
    },
  },
});

/** The values that are not null, in order, as a list. */
const listOf = (args: readonly SqlFragment[], call: CellCall): string => {
  const present = call.nullable[0] === true ? `${operand(args, 0, PRECEDENCE.concat)} IS NOT NULL` : null;
  return aggregateSql('array_agg', args, { ...call, filter: filteredBy(call, present) }, bare(args, 0));
};

/** On PostgreSQL what is distinct must be what it is ordered by. */
const listPostgres = (args: readonly SqlFragment[], call: CellCall): string =>
  listOf(call.distinct ? args.map((arg, i) => byOrder('postgres', arg, call.argTypes[i])) : args, call);

const arrayAgg = row({
  name: 'array_agg',
  kind: 'aggregate',
  order: 'required',
  carries: 'value',
  overNothing: 'value',
  ...bySignature('array_agg(value: T) -> list<T>!'),
  doc: 'The values that are not null as a list, in the order given: `array_agg(x order by x)`. The order is required. Over nothing it is empty.',
  sql: {
    duckdb: (args, call) => fragment(`coalesce(${listOf(args, call)}, ${cast('duckdb', '[]', call.resultType)})`),
    postgres: groupsOnlyPostgres((args, call) =>
      fragment(`coalesce(${listPostgres(args, call)}, ${cast('postgres', "'{}'", call.resultType)})`),
    ),
    clickhouse: orderedClickhouse,
  },
});

const argExtreme = (name: 'arg_min' | 'arg_max', doc: string): FunctionRow =>
  row({
    name,
    kind: 'aggregate',
    carries: 'value',
    order: 'refused',
    signatures: [`${name}(value: T, by: comparable, tie?: comparable) -> T`],
    doc,
    resolve(args) {
      const [value, ...by] = args;
      if (value === undefined || by.length < 1) return mismatch(countReason(2, 3, args.length));
      for (const [i, arg] of by.entries()) {
        if (!isComparable(arg.type)) return mismatch(`values of \`${typeName(arg.type)}\` have no order`, i + 1);
        if (arg.inexact) return mismatch('it would be chosen by an inexact value: write `to_decimal(x, n)`', i + 1);
      }
      return {
        ok: true,
        args: args.map((a) => a.type),
        type: value.type,
        nullable: value.nullable || by.some((a) => a.nullable),
        inexact: value.inexact,
      };
    },
    // Ties are broken by what stands after `by`, and last by the value itself, so that the answer is one.
    sql: {
      duckdb: (args, call) =>
        fragment(aggregateSql('first', args, chosenBy('duckdb', name, args, call), bare(args, 0))),
      postgres: groupsOnlyPostgres((args, call) =>
        fragment(`(${aggregateSql('array_agg', args, chosenBy('postgres', name, args, call), bare(args, 0))})[1]`),
      ),
      clickhouse: (args, call) =>
        firstClickhouse(name, args, { ...call, filter: filteredBy(call, byIsThere(args, call)) }),
    },
  });

const byIsThere = (args: readonly SqlFragment[], call: CellCall): string | null =>
  call.nullable[1] === true ? `${operand(args, 1, PRECEDENCE.concat)} IS NOT NULL` : null;

/** The call over the rows that have a `by`, the one that wins first. */
function chosenBy(engine: EngineName, name: string, args: readonly SqlFragment[], call: CellCall): CellCall {
  const direction = name === 'arg_max' ? 'DESC' : 'ASC';
  const keys = [...args.slice(1), ...args.slice(0, 1)].flatMap((arg, i) => {
    const at = (i + 1) % args.length;
    // A literal decides nothing, and is refused as a key.
    return call.literals[at] === undefined
      ? [`${byOrder(engine, arg, call.argTypes[at]).sql} ${direction} NULLS LAST`]
      : [];
  });
  return {
    ...call,
    orderBy: keys.length === 0 ? null : keys.join(', '),
    filter: filteredBy(call, byIsThere(args, call)),
  };
}

const anyValue = row({
  name: 'any_value',
  kind: 'aggregate',
  order: 'required',
  carries: 'value',
  ...bySignature('any_value(value: T) -> T'),
  doc: 'The first value that is not null in the order given: `any_value(x order by y)`. The order is required, so that every engine gives the same.',
  sql: {
    duckdb: aggregateNamed('any_value'),
    postgres: groupsOnlyPostgres((args, call) => fragment(`(${listOf(args, call)})[1]`)),
    clickhouse: (args, call) => {
      const list = orderedClickhouse(args, call);
      return 'refused' in list ? list : fragment(`arrayElementOrNull(${list.sql}, 1)`);
    },
  },
});

const quantile = (name: 'quantile_cont' | 'quantile_disc', doc: string): FunctionRow => {
  const { signatures, resolve } = bySignature(
    name === 'quantile_cont'
      ? 'quantile_cont(value: number, fraction: word) -> float64 inexact'
      : 'quantile_disc(value: comparable, fraction: word) -> comparable',
  );
  return row({
    name,
    kind: 'aggregate',
    signatures,
    doc,
    resolve(args) {
      const resolved = resolve(args);
      const fraction = args[1]?.literal;
      if (resolved.ok && !(typeof fraction === 'string' && Number(fraction) >= 0 && Number(fraction) <= 1))
        return mismatch('`fraction` must be a number from 0 to 1', 1);
      return resolved;
    },
    sql: name === 'quantile_cont' ? continuous((call) => fractionOf(call)) : discrete,
  });
};

/** The fraction in digits: `resolve` has seen that it is a number. */
const fractionOf = (call: CellCall): string => String(Number(call.literals[1] ?? 0));

function continuous(fraction: (call: CellCall) => string): FunctionRow['sql'] {
  const value = (engine: EngineName, args: readonly SqlFragment[]): string => cast(engine, bare(args, 0), FLOAT64);
  return {
    duckdb: (args, call) =>
      fragment(aggregateSql('quantile_cont', args, call, `${value('duckdb', args)}, ${fraction(call)}`)),
    postgres: groupsOnlyPostgres((args, call) =>
      fragment(withinGroup(`percentile_cont(${fraction(call)})`, value('postgres', args), call)),
    ),
    clickhouse: (args, call) =>
      fragment(aggregateSql(`quantileExactInclusive(${fraction(call)})`, args, call, value('clickhouse', args))),
  };
}

const withinGroup = (name: string, key: string, call: CellCall): string =>
  `${name} WITHIN GROUP (ORDER BY ${key})${call.filter === null ? '' : ` FILTER (WHERE ${call.filter})`}`;

const discrete: FunctionRow['sql'] = {
  duckdb: (args, call) => fragment(aggregateSql('quantile_disc', args, call, `${bare(args, 0)}, ${fractionOf(call)}`)),
  postgres: groupsOnlyPostgres((args, call) =>
    fragment(
      withinGroup(
        `percentile_disc(${fractionOf(call)})`,
        byOrder('postgres', fragment(bare(args, 0), PRECEDENCE.or), call.argTypes[0]).sql,
        call,
      ),
    ),
  ),
  clickhouse: (args, call) => {
    const sorted = `arraySort(v -> ${byOrder('clickhouse', fragment('v'), call.argTypes[0]).sql}, ${aggregateSql('groupArray', args, call, bare(args, 0))})`;
    const place = `greatest(1, toInt64(ceil(${fractionOf(call)} * ${aggregateSql('count', args, call, bare(args, 0))})))`;
    return fragment(`arrayElementOrNull(${sorted}, ${place})`);
  },
};

const median = row({
  name: 'median',
  kind: 'aggregate',
  ...bySignature('median(value: number) -> float64 inexact'),
  doc: 'The middle value, or the mean of the two in the middle.',
  sql: continuous(() => '0.5'),
});

const deviation = (engine: EngineName, name: string, args: readonly SqlFragment[], call: CellCall): string =>
  aggregateSql(name, args, call, cast(engine, bare(args, 0), FLOAT64));

const stddev = row({
  name: 'stddev',
  kind: 'aggregate',
  ...bySignature('stddev(value: number) -> float64? inexact'),
  doc: 'The standard deviation of a sample; null for fewer than two values.',
  sql: {
    duckdb: (args, call) => fragment(deviation('duckdb', 'stddev_samp', args, call)),
    postgres: plainWindowPostgres((args, call) => fragment(deviation('postgres', 'stddev_samp', args, call))),
    // Of one value ClickHouse gives nan.
    clickhouse: (args, call) =>
      fragment(
        `CASE WHEN ${aggregateSql('count', args, call)} > 1 THEN ${deviation('clickhouse', 'stddevSampStable', args, call)} END`,
      ),
  },
});

export const aggregateRows: readonly FunctionRow[] = [
  count,
  countDistinct,
  countIf,
  sum,
  avg,
  extreme('min', 'The least value; text by its bytes.'),
  extreme('max', 'The greatest value; text by its bytes.'),
  every('bool_and', 'True where all conditions are true, false where one is false.'),
  every('bool_or', 'True where one condition is true.'),
  stringAgg,
  arrayAgg,
  argExtreme(
    'arg_min',
    'The value in the row where `by` is least; ties go to the least `tie`, then to the least value.',
  ),
  argExtreme(
    'arg_max',
    'The value in the row where `by` is greatest; ties go to the greatest `tie`, then to the greatest value.',
  ),
  anyValue,
  median,
  quantile(
    'quantile_cont',
    'The value below which the fraction lies, between two values where it falls between them: `quantile_cont(x, 0.9)`.',
  ),
  quantile('quantile_disc', 'The least of the values at or above the fraction: `quantile_disc(x, 0.9)`.'),
  stddev,
];
