/** What the report page shows: the plan, what a run did, and some rows of each dataset. Plain data; gathering it is the command's work. */
import type { LoadResult, RunStatus } from '../../../runtime/events.ts';
import type { Plan } from '../../../runtime/plan.ts';

export interface ReportInput {
  readonly plan: Plan;
  readonly run: RunSummary | null;
  /** By qualified name; datasets that were never built are absent. */
  readonly previews: Readonly<Record<string, Preview>>;
}

export interface RunSummary {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly ms: number;
  readonly status: RunStatus;
  readonly tasks: readonly TaskSummary[];
}

export interface TaskSummary {
  /** The dataset's qualified name. */
  readonly id: string;
  readonly status: 'done' | 'failed' | 'skipped';
  readonly rows: number | null;
  readonly ms: number;
  readonly load: LoadResult | null;
  readonly checks: readonly {
    readonly text: string;
    readonly passed: boolean;
    readonly severity: 'error' | 'warn';
    readonly failing: number | null;
  }[];
  readonly error: string | null;
}

/** The first rows as text, as `show` prints them; null is null. `rows[i][j]` is column `columns[j]`. */
export interface Preview {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}
