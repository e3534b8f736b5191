/**
 * How an engine says things. `standard` is the whole of it; an engine's file overrides what differs.
 * Text of users reaches SQL only through `quote` and `literal`.
 */
import type { LiteralValue } from '../relational/rel.ts';
import type { ValueType } from '../relational/types.ts';
import { type EngineName, PRECEDENCE, type SqlFragment } from '../semantics/functions/table.ts';

export interface Dialect {
  readonly engine: EngineName;
  /** An identifier, always quoted. */
  quote(name: string): string;
  /** A text as a literal on one line, whatever is in it. */
  text(value: string): string;
  /** A literal of the type. Numbers may come out narrower than their type; `exact.ts` says where that matters. */
  literal(value: LiteralValue, type: ValueType): SqlFragment;
  /** The engine's name of a type: the type of the columns of what is built. */
  type(type: ValueType): string;
  /** Null where the value does not fit the type. */
  tryCast(value: SqlFragment, from: ValueType, to: ValueType): SqlFragment;
  /** `unnest` of a list as an item of FROM that may read the items before it. */
  unnest(list: string, alias: string, column: string): string;
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

  unnest: (list: string, alias: string, column: string): string => `UNNEST(${list}) AS ${alias}(${column})`,
} as const;

export const atom = (sql: string): SqlFragment => ({ sql, precedence: PRECEDENCE.atom });

/** The fragment, in parentheses where it binds less tightly than `least`. */
export const embed = (fragment: SqlFragment, least: number): string =>
  fragment.precedence < least ? `(${fragment.sql})` : fragment.sql;
