/**
 * The database of the operational state, as those see it who keep something there: statements that every kind of it
 * understands alike, with `?` for a value.
 */

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Statements {
  readonly all: (sql: string, ...values: Value[]) => Promise<readonly Row[]>;
  /** How many rows it wrote. */
  readonly run: (sql: string, ...values: Value[]) => Promise<number>;
}

export interface StateDatabase extends Statements {
  /** All that is written in it stands, or nothing. */
  readonly together: <T>(work: (statements: Statements) => Promise<T>) => Promise<T>;
  /** The time by the clock of all who use it, in ms since 1970. @param here the time of this process */
  readonly now: (here: number) => Promise<number>;
  readonly close: () => Promise<void>;
}
