/** Window functions. All of them need an order in their window that tells the rows apart, or their answer would be arbitrary. */
import { FLOAT64, INT64, typeName, type ValueType } from '../../relational/types.ts';
import { commonType } from '../widening.ts';
import { aggregateNamed, aggregateSql, bare, type FunctionRow, fragment, mismatch, row } from './row.ts';
import { bySignature, countReason } from './signature.ts';
import { cast } from './snippets.ts';

const rank = (name: string, result: ValueType, doc: string): FunctionRow =>
  row({
    name,
    kind: 'window',
    carries: 'none',
    signatures: [`${name}() -> ${typeName(result)}`],
    doc,
    resolve: (args) =>
      args.length > 0
        ? mismatch(countReason(0, 0, args.length))
        : { ok: true, args: [], type: result, nullable: false, inexact: false },
    sql: {
      duckdb: aggregateNamed(name),
      postgres: aggregateNamed(name),
      clickhouse: (args, call) => {
        const sql = aggregateSql(name, args, call);
        return fragment(result.kind === 'int64' ? `toInt64(${sql})` : sql);
      },
    },
  });

const ntile = row({
  name: 'ntile',
  kind: 'window',
  carries: 'none',
  signatures: ['ntile(buckets: int64) -> int64'],
  resolve(args) {
    const [buckets] = args;
    if (buckets === undefined || args.length > 1) return mismatch(countReason(1, 1, args.length));
    if (buckets.type.kind !== 'int64' || typeof buckets.literal !== 'string' || !/^0*[1-9]/.test(buckets.literal))
      return mismatch('`buckets` must be a whole number from 1 on, written out', 0);
    return { ok: true, args: [INT64], type: INT64, nullable: false, inexact: false };
  },
  doc: 'The number of the bucket, from 1, when the rows are dealt into so many of equal size; the first ones take the rest.',
  sql: {
    duckdb: aggregateNamed('ntile'),
    postgres: (args, call) =>
      fragment(cast('postgres', aggregateSql('ntile', args, call, `CAST(${bare(args, 0)} AS integer)`), INT64)),
    clickhouse: (args, call) => fragment(`toInt64(${aggregateSql('ntile', args, call)})`),
  },
});

const neighbour = (name: 'lag' | 'lead', doc: string): FunctionRow =>
  row({
    name,
    kind: 'window',
    carries: 'value',
    signatures: [`${name}(value: T, rows?: int64, otherwise?: T) -> T`],
    doc,
    resolve(args) {
      const [value, rows, otherwise] = args;
      if (value === undefined || args.length > 3) return mismatch(countReason(1, 3, args.length));
      if (
        rows !== undefined &&
        (rows.type.kind !== 'int64' || typeof rows.literal !== 'string' || rows.literal.startsWith('-'))
      )
        return mismatch('`rows` must be a whole number written out', 1);
      if (otherwise === undefined)
        return { ok: true, args: args.map((a) => a.type), type: value.type, nullable: true, inexact: value.inexact };
      const type = commonType(value, otherwise);
      if (type === null)
        return mismatch(
          `\`otherwise\` is \`${typeName(otherwise.type)}\` and the value \`${typeName(value.type)}\``,
          2,
        );
      return {
        ok: true,
        args: [type, INT64, type],
        type,
        nullable: value.nullable || otherwise.nullable,
        inexact: value.inexact || otherwise.inexact,
      };
    },
    sql: {
      duckdb: aggregateNamed(name),
      postgres: aggregateNamed(name),
      // Without a value ClickHouse gives the type's zero.
      clickhouse: (args, call) =>
        fragment(
          aggregateSql(
            name,
            args,
            call,
            args
              .map((arg, i) => (i === 1 ? arg.sql : `toNullable(${cast('clickhouse', arg.sql, call.resultType)})`))
              .join(', '),
          ),
        ),
    },
  });

const edge = (name: 'first_value' | 'last_value', doc: string): FunctionRow =>
  row({
    name,
    kind: 'window',
    carries: 'value',
    ...bySignature(`${name}(value: T) -> T`),
    doc,
    sql: {
      duckdb: aggregateNamed(name),
      postgres: aggregateNamed(name),
      clickhouse: aggregateNamed(`${name}_respect_nulls`),
    },
  });

export const windowRows: readonly FunctionRow[] = [
  rank('row_number', INT64, 'The number of the row in its partition, from 1.'),
  rank('rank', INT64, 'The rank from 1; equal rows share one, and the next rank leaves a gap.'),
  rank('dense_rank', INT64, 'The rank from 1 without gaps.'),
  rank('percent_rank', FLOAT64, '(rank − 1) / (rows − 1); 0 for a single row.'),
  rank('cume_dist', FLOAT64, 'The share of rows at or before this one.'),
  ntile,
  neighbour(
    'lag',
    'The value so many rows before (1 where left out); `otherwise`, or null, where there is no such row.',
  ),
  neighbour(
    'lead',
    'The value so many rows after (1 where left out); `otherwise`, or null, where there is no such row.',
  ),
  edge('first_value', 'The value in the first row of the frame.'),
  edge(
    'last_value',
    'The value in the last row of the frame, which ends at the current row unless the window says otherwise.',
  ),
];
