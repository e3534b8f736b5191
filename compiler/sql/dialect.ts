/**
 * How an engine says things. `standard` is the whole of it; an engine's file overrides what differs.
 * Text of users reaches SQL only through `quote` and `literal`.
 */
import { isMark } from '../relational/bounds.ts';
import type { LiteralValue } from '../relational/rel.ts';
import type { ValueType } from '../relational/types.ts';
import { type EngineName, PRECEDENCE, type SqlFragment } from '../semantics/functions/table.ts';

export interface Dialect {
  readonly engine: EngineName;
  /** What a session is told before anything else: what the SQL here counts on. One statement each. */
  readonly session: readonly string[];
  /** What the engine has, where engines differ. */
  readonly has: {
    /** `ASOF JOIN`. */
    readonly asofJoin: boolean;
    /** A column of a join comes out under its bare name: `t."a"` as "a", never as "t.a". */
    readonly bareNamesOfJoins: boolean;
    /** What a join asks of its rows is asked above the LIMIT of a query that it reads, never below. */
    readonly fencedLimits: boolean;
    /** A correlated EXISTS sees the rows around it whose columns are null. */
    readonly correlatedNulls: boolean;
    /** `1 IN (2, NULL)` is null, and so is `NULL IN (…)` unless nothing is there. */
    readonly ternaryIn: boolean;
    /** `a UNION ALL b ORDER BY x LIMIT n` about the whole, not about b. */
    readonly orderedSetOperations: boolean;
    /** `GROUP BY GROUPING SETS (…, ())` has its row of the whole where nothing is aggregated. */
    readonly wholeWithoutAggregate: boolean;
    /** Grouping sets over a join keep apart the keys that it compares. */
    readonly setsOverJoins: boolean;
    /** `WITH a AS (…) (SELECT …) UNION ALL …`. */
    readonly parenthesesAfterWith: boolean;
  };
  /** An identifier, always quoted. */
  quote(name: string): string;
  /** A text as a literal on one line, whatever is in it. */
  text(value: string): string;
  /** A literal of the type. Numbers may come out narrower than their type; `exact.ts` says where that matters. */
  literal(value: LiteralValue, type: ValueType): SqlFragment;
  /** The engine's name of a type: the type of the columns of what is built. */
  type(type: ValueType): string;
  /** The value as the type, where every value fits: digits that are lost round half away from zero. */
  cast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment;
  /** The number as the type, rounded (half away from zero, a float64 half to even), null where it does not fit. */
  tryCast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment;
  /** What a branch of `CASE` without a value gives, null where it may be left out. */
  noValue(type: ValueType): string | null;
  /** What a query ends with that joins outward and shows a constant, which may be a key of the join; null for nothing. */
  readonly constantKeys: string | null;
  /** A list of items, none of them the whole list's type. */
  list(items: readonly string[], type: ValueType): string;
  /** `unnest` of a list as an item of FROM that may read the items before it; with the words that join it. */
  unnest(list: string, alias: string, column: string): string;
  /** How far a `range` frame reaches from such a key: in days of a date. */
  distance(offset: number, type: ValueType): string;
  /** Milliseconds since the value, a timestamp or a date. */
  ageMs(value: string): string;
}

/** What the engines share. */
export const standard = {
  quote: (name: string): string => `"${name.replaceAll('"', '""')}"`,

  text: (value: string): string => {
    const quoted = value.replaceAll("'", "''");
    // On one line, so that text can be indented without changing what it says.
    return /[\n\r\t]/.test(value)
      ? `E'${quoted.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`
      : `'${quoted}'`;
  },

  noValue: (): string | null => null,

  constantKeys: null,

  distance: (offset: number, type: ValueType): string =>
    type.kind === 'date' ? `INTERVAL '${offset} days'` : String(offset),

  unnest: (list: string, alias: string, column: string): string => `CROSS JOIN UNNEST(${list}) AS ${alias}(${column})`,
} as const;

export const atom = (sql: string): SqlFragment => ({ sql, precedence: PRECEDENCE.atom });

/** The fragment, in parentheses where it binds less tightly than `least`. */
export const embed = (fragment: SqlFragment, least: number): string =>
  fragment.precedence < least ? `(${fragment.sql})` : fragment.sql;

/** Digits as the checker has them; anything else would be text of a user outside of quotes. */
export function numeral(text: string): SqlFragment {
  if (isMark(text)) return { sql: text, precedence: PRECEDENCE.atom };
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw new Error(`not a number: ${JSON.stringify(text)}`);
  return { sql: text.replace(/^\+/, ''), precedence: text.startsWith('-') ? PRECEDENCE.unary : PRECEDENCE.atom };
}

/** The digits of a float64, which without an exponent would be a decimal's. */
export const floating = (text: string): string => (/^[-+]?[0-9.]+$/.test(text) ? `${text}e0` : text);

/** The least int64: its positive half does not fit, so the sign must not be an operator. */
export const LEAST_INT64 = '-9223372036854775808';
