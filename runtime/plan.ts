/**
 * The Plan: what the compiler hands to the runtime. Types only, plain JSON data, engine names and SQL text inside,
 * no secret's value ever. `dist/manifest.json` is one `Plan`; a generated job builds a `JobPlan` with `dag` and `task`.
 */

export const PLAN_VERSION = 1;

export interface SecretText {
  readonly secret: string;
  /** Where it is found. Absent: where the target that is written has its own. */
  readonly found?: SecretsPlan;
}

/** A text known at run time at the latest. */
export type Text = string | SecretText | { readonly env: string; readonly fallback: string | null };

export interface Plan {
  readonly version: typeof PLAN_VERSION;
  /** Version of the compiler. */
  readonly pipec: string;
  readonly project: string;
  /** Fingerprint of the whole program for this target, hex. */
  readonly fingerprint: string;
  readonly target: TargetPlan;
  /** Where its views are, beside those of production. Absent: production itself. */
  readonly environment?: string;
  readonly datasets: readonly DatasetPlan[];
  readonly jobs: readonly JobPlan[];
  readonly blackouts: readonly BlackoutPlan[];
  readonly notify: readonly NotifyPlan[];
}

export interface TargetPlan {
  readonly name: string;
  readonly engine: EnginePlan;
  readonly state: StatePlan;
  /** How many versions of other code are kept of each dataset, for a rollback. Absent: 2. */
  readonly keep?: number;
  readonly secrets: SecretsPlan;
}
/** Where the rows live. New engines are new members. Paths are relative to the project's folder. */
export type EnginePlan =
  | { readonly kind: 'duckdb'; readonly path: Text }
  | { readonly kind: 'postgres'; readonly place: DatabasePlace }
  /** `database` is where names without one are looked up; a dataset's schema is a database there. */
  | { readonly kind: 'clickhouse'; readonly place: DatabasePlace; readonly database: string | null };
/** A server, or a database of the same engine inside this process, kept in a folder. */
export type DatabasePlace =
  | { readonly kind: 'server'; readonly url: Text }
  | { readonly kind: 'embedded'; readonly path: Text };
/** Where runs, tasks and logs are kept: a file of its own, or a schema of a server, which many projects may share. */
export type StatePlan =
  | { readonly kind: 'sqlite'; readonly path: Text }
  | { readonly kind: 'postgres'; readonly url: Text; readonly schema: string };
export type SecretsPlan =
  | { readonly kind: 'env' }
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** What people and other programs may know of a dataset. */
export interface DatasetPlan {
  /** Qualified: `dwh.core.clean_flights`. */
  readonly name: string;
  readonly kind: 'source' | 'table';
  readonly doc: string | null;
  readonly owner: string | null;
  readonly layer: string | null;
  readonly columns: readonly ColumnPlan[];
  readonly key: readonly string[];
  /** How the query sorts its rows at its end: what people look at first. Columns only; empty where it does not. */
  readonly order: readonly { readonly column: string; readonly order: 'asc' | 'desc' }[];
  readonly reads: readonly string[];
  /** Of the public view in the target. */
  readonly view: Pick<Destination, 'schema' | 'name'>;
  /** By a check `fresh`: the latest row may be so old. */
  readonly freshMs?: number;
  readonly at: AtPlan;
  /** Column lineage, one step up: `direct` where values come from, `indirect` what only decides (filters, keys, joins). */
  readonly lineage: readonly {
    readonly column: string;
    readonly from: readonly {
      readonly dataset: string;
      readonly column: string;
      readonly kind: 'direct' | 'indirect';
    }[];
  }[];
}
export interface ColumnPlan {
  readonly name: string;
  /** In the language's words: `decimal(12, 2)`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly doc: string | null;
}
/** Where in the program: file relative to the project, line from 1. */
export interface AtPlan {
  readonly file: string;
  readonly line: number;
}

export interface JobPlan {
  readonly name: string;
  readonly doc: string | null;
  /** `arrival`: when all of `waitsFor` has been published since it was due last. */
  readonly schedule:
    | { readonly cron: string; readonly timezone: string }
    | { readonly everyMs: number }
    | { readonly arrival: true }
    | null;
  readonly catchup: boolean;
  readonly retries: number;
  readonly backoff: { readonly kind: 'fixed' | 'exponential'; readonly initialMs: number; readonly maxMs: number };
  /** Of one task's one attempt. */
  readonly timeoutMs: number | null;
  readonly concurrency: number;
  /** Of what could begin, the greatest goes first. Absent: 0. */
  readonly priority?: number;
  /** It is late where it is not done so long after it was due. */
  readonly slaMs?: number;
  /** How many places there are in each pool of its tasks. */
  readonly pools?: Readonly<Record<string, number>>;
  /** Datasets that another job builds. */
  readonly waitsFor: readonly string[];
  /** In an order that respects `after`. */
  readonly tasks: readonly TaskPlan[];
}

export interface TaskPlan {
  /** The dataset's qualified name: one task makes one dataset. */
  readonly id: string;
  readonly after: readonly string[];
  /**
   * Datasets that decide its rows and how its checks come out, whichever job builds them. Null where something else does
   * too (the clock, raw SQL): then it is built at each run.
   */
  readonly inputs: readonly string[] | null;
  /** It holds a place in this pool while it goes on. */
  readonly pool?: string;
  readonly step: Step;
}

/** When the scheduler begins no run, by the clock on the wall of its zone. */
export interface BlackoutPlan {
  readonly name: string;
  readonly times: readonly BlackoutTime[];
  readonly timezone: string;
  /** Of a run that is due meanwhile: it begins after, or never. */
  readonly due: 'wait' | 'skip';
  /** Null: all. */
  readonly jobs: readonly string[] | null;
}
export type BlackoutTime =
  /** In minutes since midnight; `to` is on the day after where it is not after `from`. Weekdays are those of `from`, Sunday is 0. */
  | { readonly kind: 'daily'; readonly from: number; readonly to: number; readonly weekdays: readonly number[] }
  /** Whole days, the last one with them: `2026-12-24`. */
  | { readonly kind: 'days'; readonly first: string; readonly last: string };

/** Whom the scheduler tells of what. */
export interface NotifyPlan {
  readonly name: string;
  readonly to: ReceiverPlan;
  readonly about: readonly Occasion[];
  /** Null: all. */
  readonly jobs: readonly string[] | null;
  /** What goes on being wrong is told again after so long. */
  readonly againMs: number;
}
export type Occasion = 'failure' | 'recovery' | 'lateness';
/** A new receiver is a new member and a file in `runtime/notify/`. */
export type ReceiverPlan =
  | { readonly kind: 'slack'; readonly url: Text }
  | { readonly kind: 'webhook'; readonly url: Text; readonly token: Text | null }
  | { readonly kind: 'email'; readonly to: readonly string[]; readonly from: string; readonly server: Text };

/** Closed set: what a task does. Each ends in one publication: the public name is a view that moves. */
export type Step = LoadStep | BuildStep | ViewStep | FunctionStep;

/** What of a step decides what would be done: no SQL, which takes longest to make. A whole step is one as well. */
export type StepOutline =
  | Pick<LoadStep, 'kind' | 'into' | 'cursor'>
  | Pick<BuildStep, 'kind' | 'into' | 'increment'>
  | Pick<ViewStep, 'kind' | 'into'>
  | Pick<FunctionStep, 'kind' | 'into'>;

export interface TaskOutline {
  readonly id: string;
  readonly step: StepOutline;
}

/** Where a dataset becomes visible. */
export interface Destination {
  /** Qualified name of the dataset. */
  readonly dataset: string;
  /** Database schema and name of the public view, already within the engine's limits. */
  readonly schema: string;
  readonly name: string;
  /** 12 hex digits over the Rel (or the contract) and all that decides the rows; in the physical table's name. */
  readonly fingerprint: string;
  /**
   * warehouse: a table in the target. lake: Parquet files below `path`, published by a manifest. A `log` drives other tables,
   * so that each of its rows has a position, which the public view does not show.
   */
  readonly storage:
    | { readonly kind: 'table'; readonly log?: true }
    | {
        readonly kind: 'lake';
        readonly path: Text;
        readonly format: 'parquet';
        readonly partitionBy: readonly string[];
        readonly log?: true;
      };
  /** It holds what of its rows came last, or reads what does: never to be taken for the whole. Absent: it is whole. */
  readonly sample?: SamplePlan;
  /** The target whose rows it shows. Absent: it is built here. */
  readonly deferred?: string;
  /** Kept in the target with the version. A job written by hand need not say it: then nothing compares it with a program. */
  readonly record?: DatasetRecord;
  /** In an environment. Absent: production's. */
  readonly environment?: {
    readonly name: string;
    /** Where production's public view of the dataset is. */
    readonly of: { readonly schema: string; readonly name: string };
  };
}

/** Of a development run that is to be small. */
export interface SamplePlan {
  /** How much of it, in the language's words: `3d`. */
  readonly last: string;
  /** The column of time by which it is cut; null where only what it reads is. */
  readonly by: string | null;
}

/** What is removed from a target. */
export type Removed = Pick<Destination, 'dataset' | 'schema' | 'name'>;

/** What a target keeps of a dataset beside its rows, so that a later program can be compared with what stands. */
export interface DatasetRecord {
  readonly project: string;
  /** Datasets, in order of appearance. */
  readonly reads: readonly string[];
  readonly columns: readonly RecordedColumn[];
}
/** `type` in the language's words, `decimal(12, 2)?`; `from` is a digest of what its values come from, null of nothing. */
export type RecordedColumn = readonly [name: string, type: string, from: string | null];

/** Reads a source and lets in what fits its contract. accepted + quarantined = read. */
export interface LoadStep {
  readonly kind: 'load';
  readonly from: ReaderPlan;
  readonly into: Destination;
  readonly columns: readonly LoadColumn[];
  /** A repeated key is quarantined after the first (by position). */
  readonly key: readonly string[];
  /** Over the relation `typed`, whose columns are the contract's, already of their types: `"delay" BETWEEN …`. Null passes. */
  readonly expectations: readonly { readonly text: string; readonly sql: string }[];
  readonly invalid: 'quarantine' | 'reject';
  /** At most so many rows are read, the first. Absent: all of them. */
  readonly sample?: number;
  /** Of a sample: only the rows that came last are read, all of them by every load. Absent: all rows. */
  readonly recent?: RecentPlan;
  /** Zone of naive timestamps. */
  readonly timezone: string;
  /** How much of it is read by a load that is not the first; null where all of it is, or where files tell. */
  readonly cursor: CursorPlan | null;
  readonly audit: AuditPlan | null;
  /** Where rows are computed and why: shown by `plan` and `run`. */
  readonly compute: ComputePlan;
}
/** Rows whose `column` is in the time before a run. */
export interface RecentPlan {
  /** Of the contract. */
  readonly column: string;
  readonly type: 'date' | 'timestamp';
  readonly ms: number;
  /** Of the source, and of the tables that are cut by days: its own midnight is where a day begins. */
  readonly timezones: readonly string[];
}
/** A column that grows at the source: a load reads the rows from the greatest value on that was let in, and a stretch before it. */
export interface CursorPlan {
  /** Of the contract, read of a column of its own at the source. */
  readonly column: string;
  readonly type: 'int64' | 'date' | 'timestamp';
  /** How far before the greatest value is read again: ms, of an int64 a number. */
  readonly lookback: number;
  /** Of the rows that stand, those that are read again: a condition on the dataset's own columns. */
  readonly again: SinceSql;
}
export interface ComputePlan {
  readonly mode: 'etl' | 'elt';
  readonly why: string;
}

export interface LoadColumn {
  readonly name: string;
  /** Path in the source: the column, then fields of a nested value. */
  readonly path: readonly string[];
  readonly type: LoadType;
  readonly nullable: boolean;
  /** Personal data: masked in the rows that an error shows. */
  readonly personal?: true;
}
export type LoadType =
  | { readonly kind: 'bool' | 'int64' | 'float64' | 'string' | 'bytes' | 'date' | 'timestamp' | 'uuid' | 'json' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'enum'; readonly values: readonly string[] };

/** Readers of sources; a new connector is a new member and a file in `runtime/sources/`. */
export type ReaderPlan =
  | FileReaderPlan
  | PostgresReaderPlan
  | DuckDbReaderPlan
  | SqliteReaderPlan
  | ClickhouseReaderPlan;
export interface FileReaderPlan {
  readonly kind: 'file';
  /** Path or glob, relative to the project's folder: parts are joined by `/`. */
  readonly path: readonly Text[];
  /** By the file's ending where the program does not say. */
  readonly format: 'csv' | 'parquet' | 'json';
  /** csv: delimiter, null by sniffing; header. */
  readonly delimiter: string | null;
  readonly header: boolean;
}

/** A table, or the rows of a query, of a database: read whole, as it is at one moment. */
export interface PostgresReaderPlan {
  readonly kind: 'postgres';
  readonly url: Text;
  readonly rows: DatabaseRows;
}
export interface DuckDbReaderPlan {
  readonly kind: 'duckdb';
  /** Relative to the project's folder. */
  readonly path: Text;
  readonly rows: DatabaseRows;
}
export interface SqliteReaderPlan {
  readonly kind: 'sqlite';
  /** Relative to the project's folder. */
  readonly path: Text;
  readonly rows: DatabaseRows;
}
export interface ClickhouseReaderPlan {
  readonly kind: 'clickhouse';
  readonly url: Text;
  /** Where names without one are looked up. */
  readonly database: string | null;
  readonly rows: DatabaseRows;
}
/**
 * `table` is its name, perhaps with its schema: `sales.orders`. `query` is in the database's own SQL. `version` tells the rows of
 * now from those of before, where that is known: then they are read when it is another.
 */
export type DatabaseRows = { readonly table: string; readonly version?: string } | { readonly query: string };

/** Computes a dataset by a query in the target and publishes it after its audit. */
export interface BuildStep {
  readonly kind: 'build';
  /** One SELECT, readable, with the dataset's columns in order. */
  readonly sql: string;
  readonly into: Destination;
  readonly columns: readonly { readonly name: string; readonly sqlType: string; readonly nullable: boolean }[];
  /** Queries that must return no row, run before the build, or over it before it is visible; what they return is shown. */
  readonly assertions: readonly AssertionPlan[];
  /** How it grows; null where it is built whole each time. */
  readonly increment: IncrementPlan | null;
  readonly audit: AuditPlan | null;
  readonly compute: ComputePlan;
}

/** How a table grows. */
export type IncrementPlan = IntervalsPlan | LogPlan;

/** SQL in parts: where a bound stands, the runtime writes its text (`2024-01-31`), inside the quotes around it. */
export type SqlParts<Bound extends string> = readonly (string | { readonly bound: Bound })[];
/** `since` is where reading again begins. */
export type SinceSql = SqlParts<'since'>;
export type SpanSql = SqlParts<'from' | 'to'>;
/** `log` is the table in `_pipec` with the rows of the driver, `after` the position up to which they are known. */
export type LogSql = SqlParts<'log' | 'after'>;

/** What comes to another dataset drives it: the rows of its query that come of the driver's new rows are added. */
export interface LogPlan {
  readonly kind: 'append' | 'upsert';
  readonly driver: Pick<Destination, 'dataset' | 'schema' | 'name'>;
  /** The rows after a position; of a log, with their position last. Of an upsert, the greatest of each key. */
  readonly sql: LogSql;
  /** Queries that must return no row. */
  readonly assertions: readonly LogAssertion[];
  /** Null where every row is added. */
  readonly latest: LatestPlan | null;
}
export interface LogAssertion extends Omit<AssertionPlan, 'sql' | 'over'> {
  readonly sql: LogSql;
}
/** One row a key: the greatest in `order`, and of equal ones the last to come. */
export interface LatestPlan {
  readonly key: readonly string[];
  readonly order: readonly string[];
  /** A bool column. Rows for which it is true are kept, so that no older one comes back, and not shown. */
  readonly hidden: string | null;
}

/** Rows in intervals of a column of time: each interval is the whole query where `by` is in [from, to). */
export interface IntervalsPlan {
  readonly kind: 'intervals';
  /** The rows of a span of intervals, as `BuildStep.sql` would give them. */
  readonly sql: SpanSql;
  /** Of the dataset's own rows, those within a span: a condition. */
  readonly within: SpanSql;
  /** Queries that must return no row, for the rows of a span; those that cannot be asked of a span alone look at all. */
  readonly assertions: readonly SpanAssertion[];
  readonly by: string;
  /** Bounds are `YYYY-MM-DD`, or `YYYY-MM-DD HH:MM:SS.ffffff` in UTC. */
  readonly type: 'date' | 'timestamp';
  /** Days, or what divides one. */
  readonly everyMs: number;
  /** In which intervals of a day and more begin. */
  readonly timezone: string;
  readonly latenessMs: number;
  readonly lookbackMs: number;
  /** `YYYY-MM-DD`: where the first interval begins. Null: with the first row. */
  readonly start: string | null;
  /** Of a sample: the first interval begins so long before the end of what is due. */
  readonly recentMs?: number;
}
export type SpanAssertion = Pick<AssertionPlan, 'message' | 'at'> & { readonly sql: SpanSql };

export interface AssertionPlan {
  readonly message: string;
  readonly sql: string;
  readonly at: AtPlan;
  /** `build`: it reads the relation `this`, the new build, as raw SQL that is asked twice may give other rows. */
  readonly over?: 'build';
}

/** Nothing is stored: the public view is the query. Its checks run over the view's query. */
export interface ViewStep {
  readonly kind: 'view';
  readonly sql: string;
  readonly into: Destination;
  readonly assertions: readonly AssertionPlan[];
  readonly audit: AuditPlan | null;
}

/** Computes a dataset by a function of the project's own, batch after batch, and publishes it after its audit. */
export interface FunctionStep {
  readonly kind: 'function';
  readonly function: FunctionRef;
  /** One SELECT: the rows that it is given, with the columns `given` in order. */
  readonly sql: string;
  readonly given: readonly BatchColumn[];
  readonly into: Destination;
  readonly columns: readonly BatchColumn[];
  readonly audit: AuditPlan | null;
  readonly compute: ComputePlan;
}
/** An export of a TypeScript file. The file is relative to the project's folder. */
export interface FunctionRef {
  readonly file: string;
  readonly name: string;
}
/** A column of the batches that a function is given or gives: runtime/batches.ts says what its values are. */
export interface BatchColumn {
  readonly name: string;
  readonly type: BatchType;
  /** The engine's word for the type. */
  readonly sqlType: string;
  readonly nullable: boolean;
}
export type BatchType = LoadType | { readonly kind: 'list'; readonly element: BatchType };

/**
 * Write, audit, publish: checks over the new build before it is visible. SQL reads the relation `this`; the engine puts
 * `WITH this AS (SELECT * FROM <build>)` before it, so no text is ever substituted.
 */
export interface AuditPlan {
  /** One SELECT … FROM this, one row; each check reads its measure from it. Null where no check needs it. */
  readonly sql: string | null;
  readonly checks: readonly CheckPlan[];
}
export interface CheckPlan {
  readonly text: string;
  readonly severity: 'error' | 'warn';
  readonly at: AtPlan;
  /** Column of `AuditPlan.sql` with the number that `passes` judges (failing rows, row count, age in ms …). */
  readonly measure: string | null;
  /** A query of its own that gives one number, where the shared scan cannot (unique, references). */
  readonly sql: string | null;
  /** low <= measure <= high passes; null is unbounded. A null measure passes. */
  readonly low: number | null;
  readonly high: number | null;
  /** For `mostly`: the measure is divided by the rows seen (column `rows`) before it is judged. */
  readonly relative: boolean;
  /** Rows that broke it: `SELECT … FROM this WHERE …`, limited by the runtime. Null where rows do not tell. */
  readonly sample: string | null;
}
