/**
 * What `--json` prints, a line each: the shapes that other programs may rely on. docs/schemas holds a JSON schema of each,
 * made from these types; `check` and `build` print `JsonDiagnostic` (diagnostics/render.ts), `run` prints `RunEvent`
 * (runtime/events.ts), `plan` prints `TargetChanges` (runtime/changes.ts), `diff` prints `DatasetDiff` (runtime/diff/diff.ts), `applies` prints `ApplyRecord` (runtime/applies.ts), `status` prints `DatasetStatus` (runtime/status.ts), `explain` prints `Page` (explain.ts).
 */

/** On stderr, where a command does not do what it was asked for. Mistakes of the program are told as diagnostics instead. */
export interface Failure {
  /** `pipec explain` tells more of it. */
  readonly code: string;
  readonly severity: 'error';
  readonly message: string;
  /** What may help, in sentences or commands. */
  readonly hints: readonly string[];
}

/** By column: int64 and decimal as strings, dates and timestamps as ISO 8601 in UTC. */
export type RowLine = Readonly<Record<string, unknown>>;

/** `show --failed`: a row that broke a check, or that broke a source's contract and is in quarantine. */
export type FailedRowLine =
  | { readonly check: string; readonly row: RowLine }
  | {
      readonly reason: string;
      readonly file: string | null;
      /** From 1, as int64. Null where the source could not be read as rows; then `line` tells. */
      readonly row: string | null;
      readonly line: string | null;
      readonly content: string | null;
      readonly run: string;
      readonly at: string;
    };

/** `env list`: an environment of a target. */
export interface EnvironmentLine {
  readonly environment: string;
  readonly datasets: number;
  /** Of them, those that show production's version. */
  readonly shared: number;
  /** Of how many only a sample is there. */
  readonly sampled: number;
  /** When one of them was last brought up to date, ISO 8601 in UTC. */
  readonly at: string | null;
}

export interface TestLine {
  /** Null where the test has no name. */
  readonly test: string | null;
  readonly dataset: string;
  readonly engine: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Skipped: the engine is not installed here, or the dataset has no SQL for it. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Rows that differ; empty where the test passed, and where the query itself failed. */
  readonly diff: readonly { readonly row: RowLine; readonly is: 'missing' | 'unexpected' }[];
  /** What the query failed with, or why it was skipped; null where it answered. */
  readonly error: string | null;
}

export interface LineageLine {
  readonly dataset: string;
  readonly column: string;
  /** Direct: the value comes from there. Indirect: it decides which rows there are or how they are grouped. */
  readonly from: readonly {
    readonly dataset: string;
    readonly column: string;
    readonly kind: 'direct' | 'indirect';
  }[];
}

export interface SqlLine {
  readonly dataset: string;
  readonly kind: 'build' | 'view';
  readonly sql: string;
  /** Queries that must return no row. */
  readonly assertions: readonly { readonly message: string; readonly sql: string }[];
}

export interface FormattedLine {
  readonly file: string;
  /** False with `--check`: it would be. */
  readonly formatted: boolean;
}

/** A line of `pipec backfill --dry-run --json`. */
export interface BackfillLine {
  readonly dataset: string;
  /** Half-open ranges, one statement each; a `from` of null is the first row. */
  readonly ranges: readonly { readonly from: string | null; readonly to: string }[];
  /** Null where they begin with the first row. */
  readonly intervals: number | null;
  readonly notes: readonly string[];
}

/** A line of `pipec runs --json`: a run, or one that is queued. Times are ISO 8601 in UTC. */
export interface RunLine {
  /** Null where it is queued. */
  readonly run: string | null;
  /** Null of a selection. */
  readonly job: string | null;
  readonly target: string;
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'died';
  /** When it was due; null where nobody scheduled it. */
  readonly dueAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly ms: number | null;
  readonly tasks: number | null;
  readonly done: number | null;
  readonly failed: number | null;
  readonly skipped: number | null;
  /** Of one that is queued or waits: what for. Of one that did not succeed: why, as far as the scheduler knows. */
  readonly why: string | null;
}

/** A line of `pipec audit --json`: something that was done. Times are ISO 8601 in UTC. */
export interface AuditLine {
  /** From 1, without a gap. */
  readonly number: number;
  readonly at: string;
  /** `anna@db1`; by the page of a person who has signed in there, `anna@acme.example via pipec@db1`. */
  readonly who: string;
  /** What it was begun by. */
  readonly by: 'command' | 'page' | 'schedule';
  readonly action:
    | 'run'
    | 'retry'
    | 'backfill'
    | 'apply'
    | 'promote'
    | 'rollback'
    | 'drop'
    | 'replay'
    | 'cancel'
    | 'pause'
    | 'resume';
  readonly target: string;
  /** A job, or the datasets that were chosen. */
  readonly subject: string | null;
  readonly run: string | null;
  /** Fingerprint of the program that did it. */
  readonly program: string | null;
  /** Hash of the entry before it, and its own: SHA-256 in hex. */
  readonly previous: string;
  readonly hash: string;
}

/** The line of `pipec audit --verify --json`, where all is as it was written. */
export interface AuditVerdict {
  readonly entries: number;
  /** Hash of the last; null where there is none. */
  readonly last: string | null;
}

/** A line of `pipec notify --json`: a receiver that was told, or would be. */
export interface NotifyLine {
  readonly notify: string;
  readonly kind: 'slack' | 'webhook' | 'email';
  /** `shown`: with `--dry-run` nothing is sent. */
  readonly status: 'sent' | 'failed' | 'shown';
  /** What the receiver answered, or why it could not be told; null where nothing was sent. */
  readonly said: string | null;
  /** What it is given, without addresses, passwords and tokens. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** A line of `pipec runs --of <dataset> --json`: what a run did to that dataset. Times are ISO 8601 in UTC. */
export interface DatasetRunLine {
  readonly run: string;
  /** Null of a selection. */
  readonly job: string | null;
  readonly target: string;
  readonly dataset: string;
  /** `unchanged`: what stands is what building it would make. */
  readonly status: 'running' | 'succeeded' | 'unchanged' | 'failed' | 'cancelled' | 'skipped' | 'died';
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly ms: number | null;
  /** Null of a view, and where it was not built. */
  readonly rows: number | null;
  /** Rows of a source that broke its contract. */
  readonly quarantined: number | null;
  /** Why it failed or was skipped. */
  readonly why: string | null;
  /** Rows that made it fail, where it was no check that did. */
  readonly sample: readonly RowLine[];
  /** As this run judged them: one that finds the dataset unchanged judges none. */
  readonly checks: readonly {
    readonly check: string;
    readonly severity: 'error' | 'warn';
    readonly passed: boolean;
    /** Rows for which it does not hold, of so many. */
    readonly failing: number | null;
    readonly rows: number | null;
    /** Some of them. */
    readonly sample: readonly RowLine[];
    readonly file: string;
    /** From 1. */
    readonly line: number;
  }[];
}

/** A line of `pipec schedule --preview --json`: a time of a job that goes by the clock. Times are ISO 8601, in UTC. */
export interface PreviewLine {
  readonly job: string;
  readonly dueAt: string;
  /** When it may begin: later where it is due in a blackout; null where that leaves it out. */
  readonly beginsAt: string | null;
  /** The blackout that it is due in. */
  readonly blackout: string | null;
}
