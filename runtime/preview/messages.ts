/**
 * What an editor and `pipec preview` say to each other: one JSON object a line. The language server, which knows the text as
 * it is typed, makes the plan; the process, which has DuckDB, computes it over a sample, in memory, and never opens a target.
 */
import type { LoadResult, RunError } from '../events.ts';
import type { SecretsPlan, Step } from '../plan.ts';

/** Rows to look at, with all that they are computed from. Plain data. */
export interface PreviewPlan {
  /** Datasets that are read, each after what it reads itself. Steps of equal name make equal rows of equal files. */
  readonly steps: readonly PreviewStep[];
  /** One SELECT over what the steps make. */
  readonly sql: string;
  readonly columns: readonly PreviewColumn[];
  /** Queries of the rows for which an `assert`, or a cast that may fail, does not hold. */
  readonly assertions: readonly PreviewAssertion[];
  /** Of its sources. */
  readonly secrets: SecretsPlan;
  /** Rows that are read of each source at most. */
  readonly sample: number;
}

export interface PreviewStep {
  readonly dataset: string;
  /** Its rows become `main.<step.into.name>`, a name that no other rows have. */
  readonly step: Exclude<Step, { readonly kind: 'view' }>;
  /** Names of the steps that it reads. */
  readonly reads: readonly string[];
  /** What a run does with rows that break the contract of a source; null of what is no source. A preview goes on without them. */
  readonly invalid: 'quarantine' | 'reject' | null;
  readonly assertions: readonly PreviewAssertion[];
}

export interface PreviewAssertion {
  readonly message: string;
  readonly sql: string;
}

export interface PreviewColumn {
  readonly name: string;
  /** In the language's words, `decimal(12, 2)?`. */
  readonly type: string;
  readonly numeric: boolean;
  /** A float, whose last places are not told apart. */
  readonly inexact: boolean;
  readonly doc: string | null;
}

export type PreviewRequest = { readonly id: number } & (
  | { readonly ask: 'show'; readonly plan: PreviewPlan; readonly count: number }
  | {
      readonly ask: 'rows';
      readonly result: number;
      readonly from: number;
      readonly count: number;
      readonly sort: PreviewSort | null;
    }
  | {
      readonly ask: 'compare';
      /** Null where there was no such dataset. */
      readonly before: PreviewPlan | null;
      readonly after: PreviewPlan;
      /** Columns that tell rows apart; empty where none do. */
      readonly key: readonly string[];
      readonly count: number;
    }
  /** Sources are read again from here on. */
  | { readonly ask: 'forget' }
  /** What is being computed is given up. */
  | { readonly ask: 'stop' }
);
/** How a request is asked for, without its number. */
export type PreviewQuestion = PreviewRequest extends infer R
  ? R extends { readonly id: number }
    ? Omit<R, 'id'>
    : never
  : never;

export interface PreviewSort {
  readonly column: string;
  readonly order: 'asc' | 'desc';
}

/** Every request is answered once, after any number of `progress`. */
export type PreviewAnswer = { readonly id: number } & (
  | { readonly is: 'progress'; readonly dataset: string; readonly step: number; readonly steps: number }
  | ({ readonly is: 'shown' } & PreviewShown)
  | { readonly is: 'rows'; readonly from: number; readonly rows: readonly PreviewRow[] }
  | ({ readonly is: 'compared' } & PreviewCompared)
  | { readonly is: 'done' }
  /** Given up, for a later request or because it was asked to stop. */
  | { readonly is: 'cancelled' }
  /** The rows of a result that is kept no more. */
  | { readonly is: 'gone' }
  | { readonly is: 'failed'; readonly dataset: string | null; readonly error: RunError }
);

/** Values by column, in the forms of `--json`: int64 and decimal as text, dates and times as ISO 8601. A long text is cut. */
export type PreviewRow = readonly unknown[];

export interface PreviewShown {
  /** Goes by this number for as long as it is one of the last few. */
  readonly result: number;
  readonly columns: readonly (PreviewColumn & { readonly nulls: number })[];
  readonly rows: readonly PreviewRow[];
  /** Of all rows; where `isCut`, of those that are kept. */
  readonly count: number;
  readonly isCut: boolean;
  readonly sources: readonly PreviewSource[];
  readonly notes: readonly PreviewNote[];
  /** Datasets that were computed for it; all others were there. */
  readonly computed: readonly string[];
  readonly ms: number;
}

/** What of a source it was computed over. */
export interface PreviewSource {
  readonly dataset: string;
  readonly read: number;
  /** Whether there may be more rows than were read. */
  readonly isPart: boolean;
}

/** What a run would say or do about the same rows. */
export type PreviewNote =
  | { readonly is: 'invalid'; readonly dataset: string; readonly load: LoadResult; readonly stops: boolean }
  | { readonly is: 'assertion'; readonly dataset: string | null; readonly message: string; readonly rows: number };

export type RowChange = 'added' | 'removed' | 'changed';

export interface PreviewCompared {
  /** The columns of now, then those that are gone. */
  readonly columns: readonly ComparedColumn[];
  /** Empty where rows were told apart by all of their values. */
  readonly key: readonly string[];
  readonly counts: { readonly [K in RowChange | 'same']: number };
  /** The first that differ, in the order of the key. Null where there is no such row. */
  readonly rows: readonly {
    readonly is: RowChange;
    readonly before: PreviewRow | null;
    readonly after: PreviewRow | null;
    /** Places of the columns whose values differ. */
    readonly changed: readonly number[];
  }[];
  readonly sources: readonly PreviewSource[];
  readonly notes: readonly PreviewNote[];
  readonly ms: number;
}

export interface ComparedColumn extends PreviewColumn {
  readonly is: 'same' | 'added' | 'removed' | 'retyped';
  /** Rows that are there before and after with other values. */
  readonly changed: number;
}
