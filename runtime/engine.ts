/**
 * What the runtime asks of an engine. Materialisation belongs to the engine: a step is handed over whole and comes back
 * published or not at all. A new engine is a file in `engines/` and a row in `engines/registry.ts`.
 */
import type { FunctionLoader } from './batches.ts';
import type { ValueForms } from './engines/forms.ts';
import type { ApplyLine, Move, Scope } from './engines/published.ts';
import type { LoadResult } from './events.ts';
import type { AtPlan, CheckPlan, EnginePlan, Removed, Step } from './plan.ts';
import type { Texts } from './secrets.ts';

/** One opened database of a target: one process holds it, several sessions work in it. */
export interface Engine {
  readonly kind: EnginePlan['kind'];
  /** One connection: performs one step at a time. */
  readonly session: () => Promise<EngineSession>;
  /** One connection for questions, which see what is published and nothing else. */
  readonly reader: () => Promise<EngineReader>;
  readonly close: () => Promise<void>;
}

/** What an engine is to the runtime: one row of `engines/registry.ts`. */
export interface EngineKind<P extends EnginePlan> {
  /** One statement: the commit state, which is in the comments of the public views. Columns schema, view, comment, definition. */
  readonly commitState: string;
  /** One statement: the columns of all tables and views, in order. Columns schema, relation, column, type. */
  readonly catalogue: string;
  /** Values as texts that are compared. */
  readonly forms: ValueForms;
  /**
   * Absolute path of what only the process that has it open can read: that process answers questions for the others.
   * Null for what anyone may ask.
   */
  readonly heldPath: (folder: string, plan: P, texts: Texts) => string | null;
  /** @throws PipecError `database-busy`, `database-unreadable`, `server-unreachable`, `login-refused`, `cancelled` … */
  readonly open: (options: OpenEngine<P>) => Promise<Engine>;
  /**
   * A reader of what is published, without a run; closing it closes the database.
   * @throws PipecError `database-missing`, `database-busy` …
   */
  readonly read: (options: ReadEngine<P>) => Promise<EngineReader>;
}

export interface EngineSession {
  /**
   * Does a step: writes, audits, publishes. Readers see the version before until all of it is done; when it throws,
   * they go on seeing it.
   * @throws PipecError
   */
  readonly perform: (step: Step, context: StepContext) => Promise<StepResult>;
  /**
   * The version that doing a step would make again: equal code over equal versions of its inputs. Null where that is not
   * certain, and of what costs nothing to do. Never throws.
   */
  readonly unchanged: (
    step: Step,
    context: Pick<StepContext, 'inputs' | 'texts' | 'began'>,
  ) => Promise<StandingVersion | null>;
  /**
   * Changes which version a public view shows, or removes it. What is left of a killed removal, the next run sweeps. Files of
   * a lake stay.
   * @param by the run that does it
   * @throws PipecError `view-in-use` where somebody else's view reads what goes
   */
  readonly change: (change: TargetChange, by: string, warned: (message: string) => void) => Promise<void>;
  /** Writes a line into the record that the target keeps of what was applied to it. */
  readonly note: (line: ApplyLine) => Promise<void>;
  /** Stops the running statement; `perform` then throws. */
  readonly interrupt: () => void;
  /** Share of the running statement in 0..1, null where the engine cannot tell. */
  readonly progress: () => number | null;
  readonly close: () => void;
}

/** A row is an object by column, in the forms of `--json`: int64 and decimal as strings, dates and timestamps as ISO 8601. */
export type Row = Readonly<Record<string, unknown>>;
export interface ColumnOfRows {
  readonly name: string;
  /** In the engine's words: `DECIMAL(12,2)`. */
  readonly type: string;
}
export interface EngineReader {
  /**
   * @param limit at most so many rows; null is all
   * @throws PipecError `query-refused` for more than one statement or one that does not read
   */
  readonly query: (sql: string, limit: number | null) => Promise<QueryRows>;
  readonly interrupt: () => void;
  readonly close: () => void | Promise<void>;
}
export interface QueryRows {
  readonly columns: readonly ColumnOfRows[];
  /** Rows in batches, each array as long as `columns`. Must be drained or returned. */
  readonly batches: AsyncGenerator<readonly (readonly unknown[])[], void, void>;
}

export interface StandingVersion {
  readonly rows: number | null;
  /** The run that made it. */
  readonly run: string | null;
  /** What its checks warned of then. Rows that show it are kept with that run. */
  readonly warned: readonly CheckOutcome[];
}

export interface StepContext {
  readonly run: string;
  /** When the run began, ISO 8601 in UTC: what is due is due by then. */
  readonly began: string;
  /** Intervals that are computed, and no others: whatever is due otherwise. */
  readonly again: AskedSpan | null;
  /** Computes everything again. */
  readonly full: boolean;
  /** Of a load: what is in quarantine is read, not the source. */
  readonly replay?: boolean;
  /** Of the task: the datasets that decide what the step makes, null where more does. */
  readonly inputs: readonly string[] | null;
  readonly texts: Texts;
  /** Finds the project's own functions. */
  readonly functions: FunctionLoader;
  /** The attempt, as the header of W3C Trace Context: of what the step asks others for. */
  readonly traceparent: string;
  /** Aborted when the attempt is over: between two statements the engine stops there. */
  readonly signal: AbortSignal;
  /** Called for every check that was judged, also when the step then fails. */
  readonly checked: (outcome: CheckOutcome) => void;
  /** Something is not as it should be, and the step goes on. */
  readonly warned: (message: string) => void;
}

/** From and to, half-open: `YYYY-MM-DD`, or `YYYY-MM-DD HH:MM`. */
export interface AskedSpan {
  readonly from: string | null;
  readonly to: string | null;
  /** Only what of it is not done. */
  readonly missing?: boolean;
}

export interface CheckOutcome {
  readonly check: Pick<CheckPlan, 'text' | 'severity'> & { readonly at: AtPlan };
  readonly passed: boolean;
  readonly failing: number | null;
  readonly rows: number | null;
  readonly sample: readonly Row[];
}

/** A dataset is removed, or its view moves to a version that is there. `held`: it is part of a rollback. */
export type TargetChange =
  | { readonly kind: 'remove'; readonly removed: Removed; readonly held: boolean }
  | { readonly kind: 'place'; readonly move: Move }
  /** A schema goes, where nothing is left in it. */
  | { readonly kind: 'leave'; readonly schema: string }
  /** What was kept of a dataset that was removed goes too. */
  | { readonly kind: 'forget'; readonly removed: Removed };

export interface StepResult {
  readonly rows: number | null;
  readonly load: LoadResult | null;
  /** The intervals that were computed, `2024-03-01 to 2024-03-04`; null where there are none. */
  readonly intervals?: string | null;
  /** In an environment: production's version is shown, and nothing was built. */
  readonly shared?: true;
}

/** Who has a database open, as far as the system tells. */
export interface Holder {
  readonly pid: number | null;
  /** Path of its executable. */
  readonly program: string | null;
  /** What it calls itself, where it left a word: `run x (process 12 on host)`. It may be on another machine. */
  readonly name?: string;
}

export function holderText({ pid, program, name }: Holder): string {
  if (name !== undefined) return name;
  if (pid === null) return 'another process';
  return `process ${pid}${program === null ? '' : ` (${program.split('/').at(-1)})`}`;
}

export interface ReadEngine<P extends EnginePlan = EnginePlan> {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  readonly plan: P;
  readonly texts: Texts;
}

export interface OpenEngine<P extends EnginePlan = EnginePlan> extends ReadEngine<P> {
  readonly run: string;
  /** When the run began, ISO 8601 in UTC: what `now()` is in all of its sessions. */
  readonly began: string;
  /** Destinations of the whole job: their schemas are made before the first task. */
  readonly steps: readonly Step[];
  readonly scope: Scope;
  /** How long to wait for another process that holds the database. */
  readonly waitMs: number;
  /** Who a process is, for the message of a wait: `run x (process 12)`. */
  readonly nameHolder: (holder: Holder) => Promise<string> | string;
  readonly waiting: (reason: string) => void;
  /** Something is not as it should be, and the run goes on. */
  readonly warned: (message: string) => void;
  readonly signal: AbortSignal;
}
