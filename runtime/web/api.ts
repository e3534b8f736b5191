/**
 * What the server of the page answers, as JSON. Types only: the page is written against them. Times are ISO 8601 in UTC.
 *
 *   GET  /api/session  /api/jobs  /api/runs  /api/datasets  /api/standing  /api/environments  /api/live
 *        /api/jobs/JOB  /api/runs/RUN  /api/runs/RUN/log
 *        /api/datasets/DATASET  /api/datasets/DATASET/status  /api/datasets/DATASET/quarantine
 *        /api/sign-in
 *   POST /api/actions/ACTION  /api/sign-in  /api/sign-out
 */
import type { EnvironmentSummary } from '../environments.ts';
import type { RunEvent } from '../events.ts';
import type { AtPlan, ColumnPlan, DatasetPlan } from '../plan.ts';
import type { CheckRecord, RunRecord, TaskRecord } from '../state/records.ts';
import type { DatasetStatus } from '../status.ts';

/** A viewer looks; an operator also acts. */
export type Role = 'viewer' | 'operator';

export interface Session {
  readonly project: string;
  readonly target: string;
  readonly engine: string;
  /** Version of pipec. */
  readonly pipec: string;
  readonly role: Role;
  /** Who has signed in, and can sign out: an address, a subject, or whose token it is. Null where nobody has to. */
  readonly person: string | null;
  /** Why an action is not to be had here; null where it is. */
  readonly actions: Readonly<Record<ActionName, string | null>>;
}

/** How one may sign in. */
export interface SignInAnswer {
  /** `POST /api/sign-in` takes one. */
  readonly token: boolean;
  /** `GET /api/sign-in/begin` leads to the provider. */
  readonly provider: boolean;
}

/** What may be asked for, by the body of `POST /api/actions/ACTION`. */
export interface ActionBodies {
  readonly run: { readonly job: string };
  readonly pause: { readonly job: string };
  readonly resume: { readonly job: string };
  readonly retry: { readonly run: string };
  readonly cancel: { readonly run: string };
  /** From and to as `pipec backfill` takes them; both null fills what is missing. */
  readonly backfill: { readonly dataset: string; readonly from: string | null; readonly to: string | null };
}
export type ActionName = keyof ActionBodies;

export interface JobsAnswer {
  readonly jobs: readonly JobRow[];
}

export interface JobRow {
  readonly job: string;
  /** `every 15m`; null where it is started by hand only. */
  readonly schedule: string | null;
  readonly next: string | null;
  readonly paused: boolean;
  /** Runs that are due and have not begun. */
  readonly queued: number;
  readonly last: Pick<RunRecord, 'run' | 'status' | 'startedAt'> | null;
  /** How the last ones ended, and how long they took; oldest first. */
  readonly runs: readonly RunBar[];
}

export type RunBar = readonly [status: RunRecord['status'], ms: number | null];

export interface RunsAnswer {
  readonly runs: readonly RunRecord[];
}

/** What is to be looked at beside what failed, and who waits for whom. */
export interface StandingAnswer {
  /** Runs first. */
  readonly late: readonly LateRow[];
  readonly broken: readonly BrokenCheck[];
  readonly pools: readonly PoolRow[];
  /** What went wrong lately, newest first. */
  readonly happened: readonly HappenedRow[];
}

export interface HappenedRow {
  readonly what: 'failed' | 'died' | 'late';
  /** Null of a run by hand. */
  readonly job: string | null;
  /** Null of one that has not begun. */
  readonly run: string | null;
  readonly at: string;
  /** When the job was well again; null: it is not, or it is of no job. */
  readonly until: string | null;
}

export interface LateRow {
  readonly job: string | null;
  /** Null of a run that is late. */
  readonly dataset: string | null;
  /** When the run was due, or the dataset was published last. */
  readonly dueAt: string;
  readonly since: string;
}

/** A check that did not hold when it was judged last. */
export type BrokenCheck = Pick<CheckRecord, 'run' | 'task' | 'check' | 'severity' | 'failing' | 'rows' | 'at'>;

export interface PoolRow {
  readonly pool: string;
  readonly places: number;
  /** Tasks that are in it now. */
  readonly inside: readonly { readonly task: string; readonly run: string; readonly job: string | null }[];
  /** Runs that are due, have not begun, and have tasks for it. */
  readonly waiting: number;
}

/** By what stands in the target. */
export interface EnvironmentsAnswer {
  readonly environments: readonly EnvironmentSummary[];
}

/** A job with its history: what of each task became in each run. */
export interface JobAnswer extends JobRow {
  readonly doc: string | null;
  /** In an order that respects `after`. */
  readonly tasks: readonly { readonly task: string; readonly after: readonly string[] }[];
  /** Oldest first. */
  readonly history: readonly {
    readonly run: RunRecord;
    readonly tasks: readonly Pick<TaskRecord, 'task' | 'status' | 'reason' | 'ms'>[];
  }[];
}

export interface RunAnswer {
  readonly run: RunRecord;
  readonly tasks: readonly TaskRecord[];
  readonly checks: readonly CheckRecord[];
}

/** The next part of what a run told. */
export interface LogAnswer {
  readonly events: readonly RunEvent[];
  /** Ask again with it for what comes after. */
  readonly after: number;
  /** There is more already. */
  readonly more: boolean;
  /** There was more before: a long log begins with what was told last. */
  readonly cut: boolean;
}

export interface DatasetsAnswer {
  readonly datasets: readonly DatasetRow[];
}

export interface DatasetRow {
  readonly dataset: string;
  readonly reads: readonly string[];
  readonly job: string | null;
  /** How it ended when it was tried last; null where it never was. */
  readonly last: Pick<TaskRecord, 'run' | 'status' | 'reason' | 'ms' | 'rows' | 'finishedAt'> | null;
}

export interface DatasetAnswer {
  readonly dataset: string;
  readonly kind: 'source' | 'table' | 'view';
  readonly doc: string | null;
  readonly owner: string | null;
  readonly layer: string | null;
  readonly at: AtPlan;
  readonly key: readonly string[];
  readonly columns: readonly ColumnPlan[];
  readonly lineage: DatasetPlan['lineage'];
  readonly reads: readonly string[];
  readonly readers: readonly string[];
  readonly job: string | null;
  readonly sql: string | null;
  readonly checks: readonly { readonly text: string; readonly severity: 'error' | 'warn' }[];
  /** What the last run that judged any found. */
  readonly found: readonly CheckRecord[];
  /** The dataset, what is up to two steps before and after it; each with those of them that it reads. */
  readonly around: readonly { readonly dataset: string; readonly reads: readonly string[] }[];
}

export interface StatusAnswer {
  readonly status: DatasetStatus;
}

/** Values as text; personal data is masked. */
export interface RowsAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What `GET /api/live` sends, an object each, as server-sent events. */
export type LiveMessage =
  /** Jobs of which something changed, as they are now. */
  | { readonly is: 'jobs'; readonly jobs: readonly JobRow[] }
  /** Runs of which something was told, and whether one of them has ended by it. */
  | { readonly is: 'runs'; readonly runs: readonly string[]; readonly ended: boolean };

/** Why something was not answered, or not done. */
export interface Refusal {
  readonly code: 'not-found' | 'not-signed-in' | 'not-permitted' | 'refused' | 'failed';
  readonly message: string;
}
