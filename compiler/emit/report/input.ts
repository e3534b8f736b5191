/**
 * What the report page is made from: the plan, what a run did, and some rows of each dataset; gathering it is the command's
 * work. And `PageData`, what the page's own script is given.
 */
import type { LoadResult, RunStatus } from '../../../runtime/events.ts';
import type { AtPlan, ColumnPlan, DatasetPlan, Plan } from '../../../runtime/plan.ts';

export interface ReportInput {
  readonly plan: Plan;
  readonly run: RunSummary | null;
  /** The first rows, by qualified name; datasets that were never built are absent. */
  readonly previews: Readonly<Record<string, Preview>>;
  /** The rows that `chooseChart` asks for. */
  readonly charts: Readonly<Record<string, Preview>>;
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
  /** `unchanged`: what stands is what building it again would make. */
  readonly status: 'done' | 'unchanged' | 'failed' | 'skipped';
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

export interface DrawnChart {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  /** How the mark under the pointer is found: at the nearest moment, of the nearest bar from left to right or downwards, or place. */
  readonly nearest: 'moment' | 'across' | 'down' | 'place';
  /** What it shows, in words. */
  readonly measure: string;
  readonly marks: readonly ChartMark[];
  readonly rows: Preview['rows'];
}

/** A mark of a chart, in pixels of its SVG. */
export interface ChartMark {
  readonly x: number;
  readonly y: number;
  readonly row: number;
}

export interface PageData {
  readonly project: string;
  readonly datasets: readonly PageDataset[];
  readonly charts: Readonly<Record<string, Omit<DrawnChart, 'svg'>>>;
}

export interface PageDataset {
  readonly name: string;
  readonly kind: 'source' | 'table' | 'view';
  /** The target that its rows were read from instead of being built; null: it was built. */
  readonly deferred: string | null;
  readonly layer: string | null;
  readonly doc: string | null;
  readonly owner: string | null;
  readonly at: AtPlan;
  readonly key: readonly string[];
  readonly reads: readonly string[];
  readonly columns: readonly ColumnPlan[];
  readonly lineage: DatasetPlan['lineage'];
  readonly sql: string | null;
  readonly checks: readonly { readonly text: string; readonly severity: 'error' | 'warn' }[];
  readonly job: string | null;
  readonly task: TaskSummary | null;
  readonly preview: Preview | null;
}
