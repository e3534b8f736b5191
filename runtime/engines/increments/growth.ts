/** What an engine does for a table that grows, and what a version of one says of itself. */
import type { StepContext, StepResult } from '../../engine.ts';
import type { BuildStep } from '../../plan.ts';
import type { Version } from '../versions.ts';

/** What an engine does for a table that grows. */
export interface Growth {
  /** Whether the table that stands can be changed: somebody may have altered it by hand. */
  readonly fits: () => Promise<boolean>;
  /** Makes the table anew by a query, and publishes it. */
  readonly build: (part: SpanStep, made: Made, context: StepContext) => Promise<StepResult>;
  /** Rows go and rows come, with all of it or nothing; checked and published as one. */
  readonly revise: (table: string, change: Change, made: Made, context: StepContext) => Promise<StepResult>;
  /** The rows of a query in a table of `_pipec` that is gone after the work. */
  readonly staged: <T>(part: SpanStep, work: (stage: string) => Promise<T>) => Promise<T>;
}

/** The rows of a part of the whole, and what is asserted of them before they are computed. */
export type SpanStep = Pick<BuildStep, 'sql' | 'assertions'>;

export interface Change extends SpanStep {
  /** A condition on rows of the table: these go. Those of `sql` come. */
  readonly gone: string;
}

/** What a version says of itself. */
export interface Made extends Pick<Version, 'basis' | 'done' | 'taken' | 'files' | 'cursor' | 'grown'> {
  /** Of a log: how far it goes. A table made anew begins a generation of its own. */
  readonly log?: { readonly position: number; readonly generation?: string };
  /** A build whose rows it has: those who read it are not built again. */
  readonly rowsOf?: string | null;
}

/** @param build that it is made in */
export function madeAs(
  { log, rowsOf, ...made }: Made,
  build: string,
): Omit<Version, 'table' | 'rows' | 'run' | 'warned'> {
  return { ...made, build: rowsOf ?? build, log: log === undefined ? null : { generation: build, ...log } };
}
