/** What is to be known of a dataset at a glance: plain data, which goes to an editor as it is. */

export interface Inspection {
  /** Full. */
  readonly name: string;
  /** `table`, `source`, … */
  readonly is: string;
  readonly doc: string | null;
  readonly errors: number;
  /** For people, in order: Owner, Layer, Refresh, Kept for, Key, Tags; what is not said is left out. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly columns: readonly InspectedColumn[];
  readonly checks: readonly InspectedCheck[];
  /** By their names, null where one has none; in the order of the program. */
  readonly tests: readonly (string | null)[];
  readonly reads: readonly string[];
  readonly readers: readonly string[];
}

export interface InspectedColumn {
  readonly name: string;
  /** In the language's words: `decimal(12, 2)?`. */
  readonly type: string;
  readonly isKey: boolean;
  readonly doc: string | null;
  /** `pii(email)` */
  readonly tags: readonly string[];
  /** Columns that its values come from: `dwh.core.orders.amount`. */
  readonly from: readonly string[];
}

export interface InspectedCheck {
  /** As runs tell it: `expect revenue >= 0`. */
  readonly text: string;
  readonly isWarning: boolean;
  /** In the project. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}
