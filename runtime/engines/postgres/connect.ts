/** What is asked of a connection to PostgreSQL, on a server (server.ts) or inside this process (embedded.ts). */
import type { QueryRows } from '../../engine.ts';
import type { Pieces } from '../mover.ts';

export interface PgResult {
  readonly fields: readonly { readonly name: string; readonly oid: number }[];
  /** Values in PostgreSQL's own text. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that the statement changed or gave. */
  readonly count: number;
}
export type PgQuery = (sql: string) => Promise<PgResult>;

export interface PgConnection {
  /** One statement. @throws PipecError */
  readonly query: PgQuery;
  /** Commits what `work` did, or nothing of it. It is not interrupted: what publishes is short, and must be whole. */
  readonly transaction: <T>(work: (query: PgQuery) => Promise<T>) => Promise<T>;
  /** As `transaction`, for work that takes long: it may be interrupted, and nothing of it is there then. */
  readonly longTransaction: <T>(work: (query: PgQuery) => Promise<T>) => Promise<T>;
  /** Takes rows in the binary format of COPY into a table (binary.ts); gives how many the server has put there. */
  readonly copy: (into: string, pieces: Pieces) => Promise<number>;
  /**
   * Makes a table and takes rows into it, where the connection has transactions of its own in one: so its rows are there for
   * every reader of the table, and for good (`FREEZE`), and a server that logs as little as it may does not log them.
   */
  readonly make: (statements: readonly string[], into: string, pieces: Pieces) => Promise<number>;
  /** At most so many rows of one statement that reads; null is all. */
  readonly read: (sql: string, limit: number | null) => Promise<QueryRows>;
  readonly interrupt: () => void;
  readonly close: () => Promise<void>;
}

export interface PgDatabase {
  /** For messages, without a password. */
  readonly place: string;
  readonly connect: () => Promise<PgConnection>;
  readonly close: () => Promise<void>;
}

/** What the SQL of the compiler counts on; and the forms of values that `values.ts` reads. */
export const SESSION = [
  "SET timezone = 'UTC'",
  'SET extra_float_digits = 1',
  'SET standard_conforming_strings = on',
  "SET datestyle = 'ISO, YMD'",
  "SET bytea_output = 'hex'",
  "SET client_encoding = 'UTF8'",
];

/** A question without what ends it, on lines of its own. */
export const statementOf = (sql: string): string => sql.trim().replace(/;$/, '');

export const CURSOR = '_pipec_rows';
/** A cursor takes one statement, and one that reads. */
export const declareCursor = (sql: string): string => `DECLARE ${CURSOR} NO SCROLL CURSOR FOR\n${statementOf(sql)}\n`;
