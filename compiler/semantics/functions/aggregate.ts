/**
 * Aggregates. Each may also stand over a window, which its cell renders from `call.over`.
 * Nulls are skipped by all of them except `count()`; over no rows they give null, except the counts.
 */
import { decimal, FLOAT64, INT64, typeName, type ValueType } from '../../relational/types.ts';
import { isComparable, isNumber } from '../widening.ts';
import { exactQuotient } from './numeric.ts';
import {
  type ArgumentInfo,
  aggregateNamed,
  aggregateSql,
  type FunctionRow,
  fragment,
  mismatch,
  operand,
  PRECEDENCE,
  row,
} from './row.ts';
import { bySignature, countReason } from './signature.ts';

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
  sql: { duckdb: (args, call) => fragment(aggregateSql('count', args, call, args.length === 0 ? '*' : undefined)) },
});

const countDistinct = row({
  name: 'count_distinct',
  kind: 'aggregate',
  carries: 'none',
  overNothing: 'value',
  ...bySignature('count_distinct(value: comparable) -> int64!'),
  doc: 'The number of different values that are not null: `count(distinct x)`.',
  sql: { duckdb: (args, call) => fragment(aggregateSql('count', args, { ...call, distinct: true })) },
});

const countIf = row({
  name: 'count_if',
  kind: 'aggregate',
  carries: 'none',
  overNothing: 'value',
  ...bySignature('count_if(condition: bool) -> int64!'),
  doc: 'The number of rows for which the condition is true.',
  sql: { duckdb: (args, call) => fragment(aggregateSql('count', [], call, `CASE WHEN ${args[0]?.sql} THEN 1 END`)) },
});

/** Of decimals up to this wide, fewer than 10^14 rows cannot leave 38 digits. */
const ROOM_FOR_ROWS = 24;

/** DuckDB lets a sum grow past 38 digits, up to 2^127: beyond 38 it is an error here, as everywhere. */
function within38(sql: string, scale: number): string {
  const most = `CAST('${'9'.repeat(38 - scale)}${scale === 0 ? '' : `.${'9'.repeat(scale)}`}' AS DECIMAL(38, ${scale}))`;
  return `CASE WHEN ${sql} > ${most} OR ${sql} < -${most} THEN error('a sum does not fit decimal(38, ${scale})') ELSE ${sql} END`;
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
      if (call.resultType.kind === 'int64') return fragment(`CAST(${sql} AS BIGINT)`);
      const of = call.argTypes[0];
      return fragment(of?.kind === 'decimal' && of.precision > ROOM_FOR_ROWS ? within38(sql, of.scale) : sql);
    },
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
    duckdb: (args, call) => {
      const of = call.argTypes[0];
      if (of?.kind === 'decimal')
        return fragment(
          exactQuotient(
            fragment(aggregateSql('sum', args, call)),
            of.scale,
            fragment(aggregateSql('count', args, call)),
            0,
            call.resultType,
          ),
        );
      if (of?.kind === 'float64') return fragment(aggregateSql('avg', args, call));
      return fragment(
        `CAST(${aggregateSql('sum', args, call)} AS DOUBLE) / ${aggregateSql('count', args, call)}`,
        PRECEDENCE.multiplicative,
      );
    },
  },
});

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
    sql: { duckdb: aggregateNamed(name) },
  });

const every = (name: 'bool_and' | 'bool_or', doc: string): FunctionRow =>
  row({
    name,
    kind: 'aggregate',
    ...bySignature(`${name}(condition: bool) -> bool`),
    doc,
    sql: { duckdb: aggregateNamed(name) },
  });

const stringAgg = row({
  name: 'string_agg',
  kind: 'aggregate',
  order: 'required',
  ...bySignature('string_agg(value: string, separator: string) -> string'),
  doc: "The texts in the order given, with the separator between: `string_agg(name, ', ' order by name)`. The order is required.",
  sql: { duckdb: aggregateNamed('string_agg') },
});

const arrayAgg = row({
  name: 'array_agg',
  kind: 'aggregate',
  order: 'required',
  carries: 'value',
  ...bySignature('array_agg(value: T) -> list<T>'),
  doc: 'The values that are not null as a list, in the order given: `array_agg(x order by x)`. The order is required.',
  sql: {
    duckdb: (args, call) => {
      const value = bareValue(args);
      const present = `${value} IS NOT NULL`;
      return fragment(
        aggregateSql('array_agg', args, {
          ...call,
          filter:
            call.nullable[0] !== true
              ? call.filter
              : call.filter === null
                ? present
                : `(${call.filter}) AND ${present}`,
        }),
      );
    },
  },
});

function bareValue(args: readonly { readonly sql: string; readonly precedence: number }[]): string {
  return operand(args, 0, PRECEDENCE.concat);
}

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
    sql: {
      // Ties are broken by what stands after `by`, and last by the value itself, so that the answer is one.
      duckdb: (args, call) => {
        const direction = name === 'arg_max' ? 'DESC' : 'ASC';
        const keys = [...args.slice(1), args[0]].map((a) => `${a?.sql} ${direction} NULLS LAST`).join(', ');
        const by = operand(args, 1, PRECEDENCE.concat);
        const guard = call.nullable[1] === true ? `${by} IS NOT NULL` : null;
        const filter = guard === null ? call.filter : call.filter === null ? guard : `(${call.filter}) AND ${guard}`;
        return fragment(aggregateSql('first', args, { ...call, orderBy: keys, filter }, args[0]?.sql));
      },
    },
  });

const anyValue = row({
  name: 'any_value',
  kind: 'aggregate',
  order: 'required',
  carries: 'value',
  ...bySignature('any_value(value: T) -> T'),
  doc: 'The first value that is not null in the order given: `any_value(x order by y)`. The order is required, so that every engine gives the same.',
  sql: { duckdb: aggregateNamed('any_value') },
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
    sql: {
      duckdb: (args, call) => {
        const value = name === 'quantile_cont' ? `CAST(${args[0]?.sql} AS DOUBLE)` : args[0]?.sql;
        return fragment(aggregateSql(name, args, call, `${value}, ${args[1]?.sql}`));
      },
    },
  });
};

const median = row({
  name: 'median',
  kind: 'aggregate',
  ...bySignature('median(value: number) -> float64 inexact'),
  doc: 'The middle value, or the mean of the two in the middle.',
  sql: {
    duckdb: (args, call) => fragment(aggregateSql('quantile_cont', args, call, `CAST(${args[0]?.sql} AS DOUBLE), 0.5`)),
  },
});

const stddev = row({
  name: 'stddev',
  kind: 'aggregate',
  ...bySignature('stddev(value: number) -> float64? inexact'),
  doc: 'The standard deviation of a sample; null for fewer than two values.',
  sql: { duckdb: (args, call) => fragment(aggregateSql('stddev_samp', args, call, `CAST(${args[0]?.sql} AS DOUBLE)`)) },
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
