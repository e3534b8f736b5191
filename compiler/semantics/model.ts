/**
 * What checking a project gives: typed declarations, ready to be planned. Plain data.
 * Names of datasets are qualified: `store.schema.name`, or `store.name` where the store is used without a schema;
 * a source without `in` is `_landing.name`.
 */
import type { BlackoutTime, Occasion } from '../../runtime/plan.ts';
import type { Expr, Rel } from '../relational/rel.ts';
import type { RowType, ValueType } from '../relational/types.ts';

/** A place in the text that is stable across edits elsewhere: used for comments in SQL, errors of runs and links. */
export interface DefinedAt {
  readonly file: string;
  /** Line of the declaration's first word, from 1. */
  readonly line: number;
}

/** A value that may only be known at run time. A secret's value is never here: only its name. */
export type ConfigValue =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'duration'; readonly ms: number }
  | {
      readonly kind: 'secret';
      readonly name: string;
      /** Of a target that is only read: its own `secrets`. Absent: those of the target that is written. */
      readonly found?: ConfigValue | null;
    }
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | null }
  | { readonly kind: 'list'; readonly items: readonly ConfigValue[] }
  | { readonly kind: 'object'; readonly entries: Readonly<Record<string, ConfigValue>> }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: readonly ConfigValue[];
      readonly named: Readonly<Record<string, ConfigValue>>;
    };

/** A connector call with its connection resolved: `file(vega, 'x.csv')` → connector `file`, arguments by their table names. */
export interface ConnectorUse {
  readonly connector: string;
  readonly args: Readonly<Record<string, ConfigValue>>;
  /** The connection it goes through, where it names one: a target's `with` may put `files(…)` in its place. */
  readonly connection?: string;
}

export type Refresh =
  | { readonly kind: 'view' }
  | { readonly kind: 'full' }
  | BatchRefresh
  /** What comes to the first dataset of its query is added. */
  | { readonly kind: 'append' }
  | UpsertRefresh;

/** As `append`, with one row a key: the greatest in `order`, and of equal ones the last to come. */
export interface UpsertRefresh {
  readonly kind: 'upsert';
  readonly order: readonly string[];
  /** What becomes of rows for which the bool column `column` is true: they end their key, are rows like others, or are passed over. */
  readonly deletes: { readonly column: string; readonly how: 'hard' | 'soft' | 'ignore' } | null;
}

/** The rows are cut into intervals by a column of the output, and each interval is the whole query within it. */
export interface BatchRefresh {
  readonly kind: 'batch';
  /** A column, date or timestamp, never null. */
  readonly by: string;
  readonly everyMs: number;
  /** In which intervals of a day and more begin and end. */
  readonly timezone: string;
  /** An interval is due so long after its end. */
  readonly latenessMs: number;
  /** What is computed again before the end of the last interval. */
  readonly lookbackMs: number;
  /** `2024-01-01`: where the first interval begins; null is with the first row. */
  readonly start: string | null;
}

export interface CheckModel {
  /** Shown to people: `expect revenue >= 0`, as written. */
  readonly text: string;
  readonly severity: 'error' | 'warn';
  readonly at: DefinedAt;
  readonly test: CheckTest;
}
export type CheckTest =
  /** Fails on rows for which the condition is false (null passes); `mostly` is the share that must hold (1 = all). */
  | { readonly kind: 'rows-hold'; readonly condition: Expr; readonly mostly: number }
  | { readonly kind: 'not-null'; readonly columns: readonly string[] }
  | { readonly kind: 'unique'; readonly columns: readonly string[] }
  | { readonly kind: 'row-count'; readonly low: number | null; readonly high: number | null }
  /** The greatest value of the column (a timestamp or date) is at most this old when the check runs. */
  | { readonly kind: 'fresh'; readonly column: string; readonly withinMs: number }
  /** Every non-null value stands in the other dataset's column. */
  | { readonly kind: 'references'; readonly column: string; readonly dataset: string; readonly otherColumn: string };

/** A column of a source's contract. */
export interface ContractColumn {
  readonly name: string;
  /** Where it stands in the source: the column's name, or the `@from` path. */
  readonly path: readonly string[];
  readonly type: ValueType;
  readonly nullable: boolean;
}

export interface SourceModel {
  readonly use: ConnectorUse;
  readonly columns: readonly ContractColumn[];
  /** The type's `@key` columns; a repeated key is quarantined after the first. Empty where the type has none. */
  readonly key: readonly string[];
  /** The type's `expect` clauses; conditions are over the columns `row` of the dataset by id = index of the column. */
  readonly expectations: readonly { readonly text: string; readonly condition: Expr }[];
  readonly invalid: 'quarantine' | 'reject';
  /** Zone of naive timestamps at the source, `UTC` by default. */
  readonly timezone: string;
  /** The column that grows, of a source that is asked; null where it is read whole. */
  readonly cursor: CursorModel | null;
  readonly connectorProperties: Readonly<Record<string, ConfigValue>>;
  /** What tells its rows of now from those of before, where that is known: of a target's dataset, the build. */
  readonly version?: string;
}

export interface CursorModel {
  readonly column: string;
  readonly type: 'int64' | 'date' | 'timestamp';
  /** How far before the greatest value is asked again: ms, of an int64 a number. Null where nothing is said. */
  readonly lookback: number | null;
}

export interface DatasetModel {
  /** Qualified name. */
  readonly name: string;
  readonly kind: 'source' | 'table';
  readonly store: string;
  readonly schema: string;
  /** Last part of the name. */
  readonly table: string;
  readonly doc: string | null;
  /** Its own, or its store's. */
  readonly owner: string | null;
  /** How long rows are kept: its own, or its store's. */
  readonly retentionMs: number | null;
  readonly tags: readonly string[];
  /** What its task takes a place in. */
  readonly pool: string | null;
  /** raw, core, mart … by the store's `layers`; null where the store says nothing. */
  readonly layer: string | null;
  readonly at: DefinedAt;
  readonly row: RowType;
  readonly key: readonly string[];
  readonly refresh: Refresh;
  readonly compute: 'auto' | 'etl' | 'elt';
  readonly partitionBy: readonly string[];
  /** The whole query; null for a source. Scans name qualified datasets. Of a step, the rows that its function is given. */
  readonly rel: Rel | null;
  /** Of a step: what makes its rows of those. */
  readonly function: FunctionModel | null;
  readonly source: SourceModel | null;
  /** Conditions are over the dataset's columns with id = index of the column in `row`. */
  readonly checks: readonly CheckModel[];
  /** Qualified names this dataset reads, each once, in order of appearance. */
  readonly reads: readonly string[];
  /** The target whose rows it shows, instead of being built. */
  readonly deferred?: string;
}

/** An export of a TypeScript file of the project. */
export interface FunctionModel {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly name: string;
  /** Changes with its code; null where nobody has looked at it. */
  readonly code: string | null;
}

export interface StoreModel {
  readonly name: string;
  readonly kind: 'lake' | 'warehouse' | 'lakehouse';
  readonly path: ConfigValue | null;
  readonly format: string | null;
  readonly owner: string | null;
  readonly retentionMs: number | null;
  /** Schema name → layer (`raw`, `core`, `mart`). */
  readonly layers: Readonly<Record<string, string>>;
  readonly at: DefinedAt;
}

export interface TargetModel {
  readonly name: string;
  readonly engine: ConnectorUse;
  readonly state: ConnectorUse | null;
  /** How many versions of other code are kept of each dataset; null where it is not said. */
  readonly keep: number | null;
  readonly secrets: ConfigValue | null;
  readonly replaced: Readonly<Record<string, ConfigValue>>;
  readonly at: DefinedAt;
}

export interface JobModel {
  readonly name: string;
  readonly doc: string | null;
  readonly schedule:
    | { readonly cron: string; readonly timezone: string }
    | { readonly everyMs: number }
    | { readonly arrival: true }
    | null;
  readonly catchup: boolean;
  /** Qualified names, expanded from `builds`, plus whatever upstream no other job builds. */
  readonly builds: readonly string[];
  /** Upstream datasets that another job builds: it waits for them. */
  readonly waitsFor: readonly string[];
  readonly retries: number;
  readonly backoff: { readonly kind: 'fixed' | 'exponential'; readonly initialMs: number; readonly maxMs: number };
  readonly timeoutMs: number | null;
  readonly concurrency: number;
  /** Of what could begin, the greatest goes first. */
  readonly priority: number;
  /** It is to be done so long after it was due. */
  readonly slaMs: number | null;
  /** Of its tasks whose datasets name no other. */
  readonly pool: string | null;
  readonly at: DefinedAt;
}

/** What only so many tasks may use at a time. */
export interface PoolModel {
  readonly name: string;
  readonly places: number;
}

/** When no run begins by itself. */
export interface BlackoutModel {
  readonly name: string;
  readonly times: readonly BlackoutTime[];
  readonly timezone: string;
  /** Of a run that is due meanwhile: it begins after, or never. */
  readonly due: 'wait' | 'skip';
  /** Null: all. */
  readonly jobs: readonly string[] | null;
}
/** Who is told of what. */
export interface NotifyModel {
  readonly name: string;
  readonly to: ConnectorUse;
  readonly about: readonly Occasion[];
  /** Null: all. */
  readonly jobs: readonly string[] | null;
  readonly targets: readonly string[] | null;
  readonly againMs: number;
}

export interface TestModel {
  readonly name: string | null;
  readonly dataset: string;
  /** The dataset's query with every given input in place of its scan; what is not given is empty. Of a step, its input. */
  readonly actual: Rel;
  /** Of a step: it makes the rows to be compared of those. */
  readonly function: FunctionModel | null;
  readonly expected: Rel;
  readonly at: DefinedAt;
}

export interface ExposureModel {
  readonly name: string;
  readonly on: readonly string[];
  readonly owner: string | null;
  readonly url: string | null;
  readonly doc: string | null;
}

/** The checked project. Only made where there is no error. */
export interface Program {
  readonly project: { readonly name: string; readonly owner: string | null; readonly target: string };
  readonly targets: readonly TargetModel[];
  readonly stores: readonly StoreModel[];
  /** In dependency order: a dataset stands after all it reads; ties by name. */
  readonly datasets: readonly DatasetModel[];
  readonly jobs: readonly JobModel[];
  readonly pools: readonly PoolModel[];
  readonly blackouts: readonly BlackoutModel[];
  readonly notify: readonly NotifyModel[];
  readonly tests: readonly TestModel[];
  readonly exposures: readonly ExposureModel[];
  /** Where its views are meant to be, beside those of production. Absent: production itself. */
  readonly environment?: string;
  /** How much of its rows is meant to be read, counted from when they are. Absent: all. */
  readonly sample?: { readonly last: string; readonly ms: number };
}
