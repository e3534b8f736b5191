/** What somebody outside who hears of a run is given, and gives. */
import type { RunListener } from '../listeners.ts';
import type { JobPlan, Plan, TargetPlan } from '../plan.ts';
import type { Texts } from '../secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What is known of a run before it starts. */
export interface Observed {
  /** Absolute path of the project's folder. */
  readonly folder: string;
  readonly project: string;
  readonly target: TargetPlan;
  readonly job: JobPlan;
  /** Null for a selection that is no job. */
  readonly name: string | null;
  readonly texts: Texts;
  readonly env: Environment;
  /** Asked for by those who tell of datasets; null where nobody knows more than the job. */
  readonly program: Described | null;
}
/** What a plan says of the program. */
export type Described = Pick<Plan, 'pipec' | 'datasets'>;

export interface Observer {
  readonly listen: RunListener;
  /** What is wrong with what was asked for, where it goes on without it. */
  readonly warning?: string | null;
  /** Ends it, soon. What is to be told of it, or null. */
  readonly close: () => Promise<string | null>;
}
