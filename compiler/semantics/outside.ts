/**
 * Facts from outside: what an engine says of raw SQL. The checker asks, those with IO find out and tell the workspace;
 * questions and answers are plain data. What nobody has found out is not reported: the program runs all the same.
 */
import type { EngineName } from './functions/row.ts';

/** What would this SQL give, over empty tables of these columns? */
export interface RawSqlQuestion {
  readonly kind: 'raw-sql';
  readonly engine: EngineName;
  readonly sql: string;
  /** By full names, as the text has them. Types are the engine's. */
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  }[];
}

export type Question = RawSqlQuestion;

export type RawSqlAnswer =
  /** Types are the engine's. */
  | { readonly kind: 'described'; readonly columns: readonly { readonly name: string; readonly type: string }[] }
  /** In the engine's words. `at` is an offset in the SQL; `table` is a name that it looked for in vain. */
  | { readonly kind: 'refused'; readonly why: string; readonly at: number | null; readonly table: string | null }
  /** There was nobody to ask. */
  | { readonly kind: 'unanswered'; readonly why: string };

export type Answer = RawSqlAnswer;
