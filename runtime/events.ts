/** What happens in a run: one union, told to everyone who listens (progress, log, state, JSON). */

export type RunEvent =
  | {
      readonly event: 'run.started';
      readonly at: string;
      readonly run: string;
      readonly project: string;
      readonly target: string;
      readonly engine: string;
      readonly job: string | null;
      readonly tasks: number;
      readonly concurrency: number;
      readonly pid: number;
    }
  /** Something is not as it should be, and the run goes on. */
  | { readonly event: 'run.warned'; readonly at: string; readonly run: string; readonly message: string }
  /** The program no longer has it, and now the target has not either. */
  | { readonly event: 'dataset.removed'; readonly at: string; readonly run: string; readonly dataset: string }
  /** It shows another version that was there already: after a rollback, or a promotion. */
  | { readonly event: 'dataset.moved'; readonly at: string; readonly run: string; readonly dataset: string }
  | { readonly event: 'run.waiting'; readonly at: string; readonly run: string; readonly reason: string }
  | {
      readonly event: 'task.started';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly attempt: number;
    }
  /** `share` in 0..1 where the engine can tell, else null. */
  | {
      readonly event: 'task.progress';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly share: number | null;
    }
  | {
      readonly event: 'task.retrying';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly attempt: number;
      readonly inMs: number;
      readonly error: RunError;
    }
  | {
      readonly event: 'task.finished';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly rows: number | null;
      readonly ms: number;
      readonly compute: 'etl' | 'elt' | null;
      readonly load: LoadResult | null;
      /** Of a table in intervals: those that were computed, `2024-03-01 to 2024-03-04`. */
      readonly intervals: string | null;
      /** In an environment: production's version is shown, and nothing was built. */
      readonly shared?: true;
      readonly checksPassed: number;
      readonly checksWarned: number;
    }
  | {
      readonly event: 'task.failed';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly ms: number;
      readonly error: RunError;
    }
  | {
      readonly event: 'task.skipped';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      /** `unchanged` is a success: what stands is what doing it would make. */
      readonly reason: 'unchanged' | 'upstream-failed' | 'cancelled';
      readonly because: string;
      /** Of the version that stands, where it is unchanged. */
      readonly rows: number | null;
      /** Of its checks that warned when it was built: each is told again. */
      readonly checksWarned: number;
    }
  | {
      readonly event: 'check.passed' | 'check.failed';
      readonly at: string;
      readonly run: string;
      readonly task: string;
      readonly check: string;
      readonly severity: 'error' | 'warn';
      readonly failing: number | null;
      readonly rows: number | null;
      readonly sample: readonly Readonly<Record<string, unknown>>[];
      readonly file: string;
      readonly line: number;
      /** The run that found it, where the task is unchanged since; null: this run. */
      readonly foundBy: string | null;
    }
  | ({ readonly event: 'run.finished'; readonly at: string } & RunTotals);

/** What has become of a run and its tasks. */
export interface RunTotals {
  readonly run: string;
  readonly status: RunStatus;
  readonly done: number;
  readonly failed: number;
  /** Unchanged ones included. */
  readonly skipped: number;
  readonly unchanged: number;
  readonly checksPassed: number;
  readonly checksWarned: number;
  readonly checksFailed: number;
  readonly ms: number;
}

export type RunStatus = 'succeeded' | 'failed' | 'cancelled';

export interface LoadResult {
  readonly read: number;
  readonly accepted: number;
  readonly quarantined: number;
  /** Most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
  /** Columns of the source that its contract does not name, as they could be declared; the type is null where none fits. */
  readonly unread: readonly { readonly name: string; readonly type: string | null }[];
}

/** An error of a run in the words shown to people. `code` has a page in the documentation. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** The statement that failed and the engine's own words, secrets removed. */
  readonly statement: string | null;
  readonly engine: string | null;
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  readonly retryable: boolean;
}
