/**
 * How far a source that is pulled has been read: the greatest value of its cursor that was let in, in one text for each value,
 * so that texts of one type are in the order of their values (`2024-02-29 10:00:00.000001` in UTC, `2024-02-29`, `42`).
 */
import type { CursorPlan, LoadColumn, SinceSql } from '../plan.ts';

/** Where reading a source again begins. */
export interface Since {
  /** The cursor, as it is read. */
  readonly column: LoadColumn;
  readonly type: CursorPlan['type'];
  /** The least value that is read again. */
  readonly bound: string;
  /** Whether the source is asked as well how many rows it has in all. */
  readonly countsAll: boolean;
}

const DAY = 86_400_000;
/** Days and instants of the language begin here; what a source has before is none of them. */
export const LEAST_DAY = '1900-01-01';
/** In any zone. */
const dayAfterLeast = '1900-01-02 00:00:00';
/** `2024-02-29 10:00:00.000`. */
const MILLISECONDS = 23;

/** What an engine answers, in the forms of `--json`. */
export function cursorText(type: CursorPlan['type'], value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (type !== 'timestamp') return text;
  const [, moment = text, fraction = ''] = /^([^.Z]*)(?:\.(\d+))?Z?$/.exec(text) ?? [];
  return `${moment.replace('T', ' ')}.${fraction.padEnd(6, '0')}`;
}

/** The greater of two. */
export function further(type: CursorPlan['type'], one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  const isLess = type === 'int64' ? BigInt(one) < BigInt(other) : one < other;
  return isLess ? other : one;
}

/** A stretch before a value. */
export function before({ type, lookback }: CursorPlan, value: string): string {
  switch (type) {
    case 'int64':
      return String(BigInt(value) - BigInt(lookback));
    case 'date':
      return dayOf(Date.parse(`${value}T00:00:00Z`) - lookback);
    case 'timestamp': {
      // Microseconds are more than the clock of JavaScript has.
      const moment = Date.parse(`${value.slice(0, MILLISECONDS).replace(' ', 'T')}Z`) - lookback;
      if (moment < Date.parse(LEAST_DAY)) return `${LEAST_DAY} 00:00:00.000000`;
      return `${new Date(moment).toISOString().slice(0, MILLISECONDS).replace('T', ' ')}${value.slice(MILLISECONDS)}`;
    }
  }
}

const dayOf = (moment: number): string =>
  new Date(Math.max(moment, Date.parse(LEAST_DAY))).toISOString().slice(0, LEAST_DAY.length);

/** What a database calls a column that is a cursor; `naive` is a timestamp without a zone. */
export type CursorKind = CursorPlan['type'] | 'naive';

/**
 * What a database is asked for in its own SQL: the rows from the bound on, and those that may have no value of the language.
 * It may give more. Null where it must be asked for all: what it has is of another type, which may be ordered otherwise.
 */
export function askedSince(since: Since, kind: CursorKind | null, zone: string, column: string): string | null {
  const from = (literal: (text: string) => string, bound: string, least: string): string =>
    `(${column} >= ${literal(bound)} OR ${column} < ${literal(least)} OR ${column} IS NULL)`;
  if (kind === null || (kind === 'naive' ? 'timestamp' : kind) !== since.type) return null;
  switch (kind) {
    case 'int64':
      return `(${column} >= ${since.bound} OR ${column} IS NULL)`;
    case 'date':
      return from((text) => `DATE '${text}'`, since.bound, LEAST_DAY);
    case 'timestamp':
      return from((text) => `TIMESTAMPTZ '${text}+00'`, since.bound, `${LEAST_DAY} 00:00:00`);
    case 'naive':
      // Its zone has hours that it passes twice.
      return from(
        (text) => `TIMESTAMP '${text}'`,
        zone === 'UTC' ? since.bound : `${dayBefore(since.bound)} 00:00:00`,
        dayAfterLeast,
      );
  }
}

/** The day before that of a bound: no zone is so far from UTC. */
export const dayBefore = (bound: string): string => dayOf(Date.parse(bound.slice(0, LEAST_DAY.length)) - DAY);

export const sinceSql = (sql: SinceSql, bound: string): string =>
  sql.map((part) => (typeof part === 'string' ? part : bound)).join('');
