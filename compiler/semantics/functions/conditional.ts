/** Functions that choose among their arguments. */
import { typeName, type ValueType } from '../../relational/types.ts';
import { commonType, isComparable } from '../widening.ts';
import {
  type ArgumentInfo,
  bare,
  called,
  type EngineName,
  everywhere,
  type FunctionRow,
  fragment,
  mismatch,
  operand,
  PRECEDENCE,
  row,
  type SqlCell,
} from './row.ts';
import { countReason } from './signature.ts';
import { byOrder, cast, isArithmetic, ordersAlike, visibleNull } from './snippets.ts';
import { sqlType } from './sql-types.ts';

/** The type that all arguments widen to, or the first that does not fit. */
function unify(
  args: readonly ArgumentInfo[],
): { readonly type: ValueType } | { readonly at: number; readonly reason: string } {
  let type: ValueType | null = null;
  let literal: ArgumentInfo['literal'];
  for (const [i, arg] of args.entries()) {
    const next: ValueType | null = type === null ? arg.type : commonType({ type, literal }, arg);
    if (next === null)
      return {
        at: i,
        reason: `\`${typeName(arg.type)}\` beside \`${typeName(type ?? arg.type)}\`: all must be of one type`,
      };
    literal = type === null ? arg.literal : next === type ? literal : undefined;
    type = next;
  }
  return { type: type ?? { kind: 'null' } };
}

const coalesce = row({
  name: 'coalesce',
  signatures: ['coalesce(values...: T) -> T'],
  doc: 'The first argument that is not null; null where all are. Not null as soon as one argument never is.',
  example: { call: 'coalesce(nullif(1, 1), 7)', gives: '7' },
  carries: 'value',
  strict: false,
  resolve(args) {
    if (args.length === 0) return mismatch(countReason(1, Number.POSITIVE_INFINITY, 0));
    const unified = unify(args);
    if ('reason' in unified) return mismatch(unified.reason, unified.at);
    return {
      ok: true,
      args: args.map(() => unified.type),
      type: unified.type,
      nullable: args.every((a) => a.nullable),
      inexact: args.some((a) => a.inexact),
    };
  },
  sql: everywhere(called('coalesce')),
});

const nullif = row({
  name: 'nullif',
  signatures: ['nullif(value: T, other: T) -> T?'],
  doc: 'Null where the value equals the other, else the value.',
  example: { call: "nullif('-', '')", gives: '-' },
  carries: 'value',
  strict: false,
  resolve(args) {
    const [a, b] = args;
    if (a === undefined || b === undefined || args.length !== 2) return mismatch(countReason(2, 2, args.length));
    const type = commonType(a, b);
    if (type === null || !isComparable(type))
      return mismatch(`\`${typeName(a.type)}\` and \`${typeName(b.type)}\` cannot be compared`, 1);
    return { ok: true, args: [type, type], type, nullable: true, inexact: a.inexact || b.inexact };
  },
  sql: {
    duckdb: called('nullif'),
    postgres: called('nullif'),
    clickhouse: (args, call) => {
      if (!isArithmetic(call.resultType)) return called('nullif')(args, call);
      const same = `${operand(args, 0, PRECEDENCE.concat)} = ${operand(args, 1, PRECEDENCE.concat)}`;
      const none = visibleNull(sqlType('clickhouse', call.resultType));
      return fragment(`CASE WHEN ${same} THEN ${none} ELSE ${bare(args, 0)} END`);
    },
  },
});

/** Null in any argument gives null on all engines: two of them skip nulls by themselves. */
const extreme = (name: 'greatest' | 'least', doc: string, example: { call: string; gives: string }): FunctionRow =>
  row({
    name,
    signatures: [`${name}(values...: T) -> T`],
    doc,
    example,
    carries: 'value',
    resolve(args) {
      if (args.length === 0) return mismatch(countReason(1, Number.POSITIVE_INFINITY, 0));
      const unified = unify(args);
      if ('reason' in unified) return mismatch(unified.reason, unified.at);
      const { type } = unified;
      if (!isComparable(type) || type.kind === 'bool' || type.kind === 'enum')
        return mismatch(`values of \`${typeName(type)}\` have no order`, 0);
      return {
        ok: true,
        args: args.map(() => type),
        type,
        nullable: args.some((a) => a.nullable),
        inexact: args.some((a) => a.inexact),
      };
    },
    sql: { duckdb: chosen(name, 'duckdb'), postgres: chosen(name, 'postgres'), clickhouse: chosen(name, 'clickhouse') },
  });

const chosen =
  (name: string, engine: EngineName): SqlCell =>
  (args, call) => {
    const list = args.map((arg, i) => byOrder(engine, arg, call.argTypes[i]).sql).join(', ');
    const among = `${name}(${list})`;
    // A uuid that is ordered as its text comes back as one.
    const { resultType } = call;
    const sql =
      resultType.kind === 'uuid' && !ordersAlike(engine, resultType) ? cast(engine, among, resultType) : among;
    const nulls = args.filter((_, i) => call.nullable[i] === true).map((arg) => `(${arg.sql}) IS NULL`);
    return fragment(nulls.length === 0 ? sql : `CASE WHEN ${nulls.join(' OR ')} THEN NULL ELSE ${sql} END`);
  };

export const conditionalRows: readonly FunctionRow[] = [
  coalesce,
  nullif,
  extreme('greatest', 'The greatest argument; null where any is null.', { call: 'greatest(1, 3, 2)', gives: '3' }),
  extreme('least', 'The least argument; null where any is null.', { call: 'least(1.5, 3)', gives: '1.5' }),
];
