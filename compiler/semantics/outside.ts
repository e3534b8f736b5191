/**
 * Facts from outside: what an engine says of raw SQL, and TypeScript of a function. The checker asks, those with IO find out and tell the workspace;
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
  /** Where the text names them, in order: offsets in it, and which of the tables it is. */
  readonly reads: readonly { readonly start: number; readonly end: number; readonly table: number }[];
}

/** Which columns does this function take, and which does it give? */
export interface FunctionQuestion {
  readonly kind: 'function';
  /** Relative to the project's folder. */
  readonly file: string;
  readonly name: string;
}

export type Question = RawSqlQuestion | FunctionQuestion;

/** There was nobody to ask. */
export interface Unanswered {
  readonly kind: 'unanswered';
  readonly why: string;
}

export type RawSqlAnswer =
  /** Types are the engine's. */
  | { readonly kind: 'described'; readonly columns: readonly { readonly name: string; readonly type: string }[] }
  /**
   * In the engine's words. `at` is an offset in the SQL; `table` is a name that it looked for in vain; `word`, of an engine
   * that tells no place, is a name that it is about.
   */
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly at: number | null;
      readonly table: string | null;
      readonly word: string | null;
    };

export type FunctionAnswer =
  | {
      readonly kind: 'signature';
      /** Changes with the function's code, and with that of what it imports. */
      readonly code: string;
      readonly takes: readonly FunctionColumn[];
      readonly gives: readonly FunctionColumn[];
    }
  /** `at` is the place in the file, null where there is none. */
  | { readonly kind: 'unusable'; readonly why: string; readonly at: FilePlace | null };

/** A column of a batch, in TypeScript's words. */
export interface FunctionColumn {
  readonly name: string;
  readonly type: FunctionType;
  readonly at: FilePlace;
}
/** Offsets in a file. */
export interface FilePlace {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}
/** What the values of a column may be: each member of the union once. */
export interface FunctionType {
  /** As TypeScript shows it. */
  readonly text: string;
  readonly kinds: readonly FunctionKind[];
  /** Where all strings are written out: which they are. */
  readonly texts: readonly string[] | null;
  /** Of a list's items. */
  readonly element: FunctionType | null;
}
export type FunctionKind = 'any' | 'boolean' | 'bigint' | 'number' | 'string' | 'bytes' | 'list' | 'null' | 'other';

export type Answer = RawSqlAnswer | FunctionAnswer | Unanswered;

/** The answers to a kind of question. */
export type AnswerTo<Q extends Question> = Unanswered | (Q extends RawSqlQuestion ? RawSqlAnswer : FunctionAnswer);
