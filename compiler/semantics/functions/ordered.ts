/** Aggregates of values in an order, on ClickHouse: it has no order inside of calls, so the values are sorted as tuples with their keys. */
import {
  aggregateSql,
  bare,
  type CellCall,
  type CellKey,
  filteredBy,
  fragment,
  operand,
  PRECEDENCE,
  type Refusal,
  type SqlFragment,
} from './row.ts';
import { byOrder } from './snippets.ts';

/** The values that are not null, in the order of the call, as an array. */
export function orderedClickhouse(args: readonly SqlFragment[], call: CellCall): SqlFragment | Refusal {
  const { order } = call;
  const reversed = order.length > 0 && order.every((key) => key.order === 'desc');
  const keys: string[] = [];
  for (const key of order) {
    const sql = reversed || key.order === 'asc' ? byOrder('clickhouse', key.value, key.type).sql : negated(key);
    if (sql === null) return { refused: 'order by text downwards beside a key upwards, inside of a call' };
    if (key.nullable) keys.push(`(${key.value.sql}) IS ${reversed === (key.nulls === 'last') ? 'NOT ' : ''}NULL`);
    keys.push(sql);
  }
  const value = bare(args, 0);
  const present = call.nullable[0] === true ? `${operand(args, 0, PRECEDENCE.concat)} IS NOT NULL` : null;
  const grouped = aggregateSql(
    'groupArray',
    args,
    { ...call, orderBy: null, filter: filteredBy(call, present) },
    `(${value}, (${keys.join(', ')},))`,
  );
  return fragment(`arrayMap(t -> t.1, ${reversed ? 'arrayReverseSort' : 'arraySort'}(t -> t.2, ${grouped}))`);
}

/** The key with its order turned round, null where the type has none. */
function negated(key: CellKey): string | null {
  switch (key.type.kind) {
    case 'int64':
      return `-toInt128(${key.value.sql})`;
    case 'decimal':
    case 'float64':
      return `-(${key.value.sql})`;
    case 'date':
      return `-toInt64(toDaysSinceYearZero(${key.value.sql}))`;
    case 'timestamp':
      return `-toUnixTimestamp64Micro(${key.value.sql})`;
    case 'bool':
      return `NOT (${key.value.sql})`;
    default:
      return null;
  }
}

/** The value of the row that `by`, then the ties, then the value itself choose. A tuple keeps nulls, which are skipped bare. */
export function firstClickhouse(
  name: 'arg_min' | 'arg_max',
  args: readonly SqlFragment[],
  call: CellCall,
): SqlFragment {
  const order = [...args.keys()].slice(1).concat(0);
  const keys = order.flatMap((i) => {
    const arg = args[i];
    if (arg === undefined) return [];
    // Nulls lose, whichever end wins.
    const flag = call.nullable[i] === true ? [`(${arg.sql}) IS ${name === 'arg_max' ? 'NOT ' : ''}NULL`] : [];
    return [...flag, byOrder('clickhouse', arg, call.argTypes[i]).sql];
  });
  const sql = aggregateSql(
    name === 'arg_max' ? 'argMax' : 'argMin',
    args,
    call,
    `tuple(${bare(args, 0)}), tuple(${keys.join(', ')})`,
  );
  return fragment(`${sql}.1`);
}
