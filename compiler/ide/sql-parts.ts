/** The SQL of a dataset and what its parts say: plain data, which goes to an editor as it is. */

export interface DatasetSql {
  /** Full name. */
  readonly dataset: string;
  readonly engines: readonly EngineSql[];
  /** Stages of its query, each after the one that it stands in. */
  readonly stages: readonly { readonly file: string; readonly start: number; readonly end: number }[];
}

export interface EngineSql {
  readonly engine: string;
  /** As people write it. */
  readonly title: string;
  /** Null where there is none. */
  readonly sql: string | null;
  /** Why there is none, a line each. */
  readonly why: readonly string[];
  readonly parts: readonly StagePart[];
}

export interface StagePart {
  /** Offsets in the SQL. */
  readonly start: number;
  readonly end: number;
  /** A whole SELECT, or a clause of it. */
  readonly what: string;
  /** Places in `stages`. */
  readonly stages: readonly number[];
}
