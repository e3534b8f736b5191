/** What pages of several views are told of rows. Plain data. */
import type { TestLine } from '../../compiler/cli/machine.ts';
import type { RunError } from '../../runtime/events.ts';
import type { PreviewCompared } from '../../runtime/preview/messages.ts';

/** What rows are compared with: those of the text on disk, or of the last commit. */
export type Base = 'saved' | 'committed';

/** What an edit changes in the rows of a dataset. */
export interface Compared {
  readonly dataset: string;
  readonly base: Base;
  /** Whether there is a commit to compare with. */
  readonly hasCommit: boolean;
  readonly compared: PreviewCompared;
}

/** Why there are no rows. */
export interface Trouble {
  readonly message: string;
  readonly notes: readonly string[];
  /** The engine's own words. */
  readonly engine: string | null;
  /** Rows that show it. */
  readonly sample: RunError['sample'];
  /** Whether the page can lead to its place. */
  readonly hasPlace: boolean;
}

/** How a `test` went when it was last run in this window. */
export interface TestOutcome {
  /** Its name, or `#0` for the first of the dataset that has none. */
  readonly test: string;
  /** ISO 8601. */
  readonly at: string;
  /** One an engine; none where it could not be run. */
  readonly lines: readonly TestLine[];
  /** What the command said where it did not answer. */
  readonly error: string;
}
