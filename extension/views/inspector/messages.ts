/** Between the editor and the page of the inspector. */
import type { DatasetRunLine } from '../../../compiler/cli/machine.ts';
import type { PreviewShown } from '../../../runtime/preview/messages.ts';
import type { Inspection } from '../../server/protocol.ts';
import type { Base, Compared, TestOutcome, Trouble } from '../answers.ts';

export type Tab = 'overview' | 'checks' | 'runs' | 'compare';

/** What is said of anything but `dataset` and `nothing` is of the dataset that was told last. */
export type ToPage =
  | { readonly is: 'dataset'; readonly root: string; readonly inspection: Inspection; readonly canRun: boolean }
  /** There is no dataset at the cursor, or it is gone. */
  | { readonly is: 'nothing' }
  | { readonly is: 'sample'; readonly sample: Sample }
  | { readonly is: 'runs'; readonly runs: Runs }
  | { readonly is: 'tests'; readonly tests: readonly TestOutcome[] }
  /** `what` is the dataset that is computed, null until it is known. */
  | { readonly is: 'comparing'; readonly what: string | null }
  | { readonly is: 'compared'; readonly compared: Compared }
  | { readonly is: 'trouble'; readonly trouble: Trouble }
  /** Nothing is compared any more. */
  | { readonly is: 'idle' };

/** The rows of the dataset, computed over a sample of its sources. */
export type Sample =
  | { readonly is: 'computing' }
  | {
      readonly is: 'known';
      readonly count: number;
      readonly isCut: boolean;
      /** By column. */
      readonly nulls: Readonly<Record<string, number>>;
      readonly sources: PreviewShown['sources'];
      readonly notes: PreviewShown['notes'];
    }
  | { readonly is: 'unknown'; readonly why: string };

/** What the last runs did to the dataset. */
export type Runs =
  | { readonly is: 'reading' }
  /** Newest first. */
  | { readonly is: 'known'; readonly target: string | null; readonly runs: readonly DatasetRunLine[] }
  | { readonly is: 'unknown'; readonly why: string };

export type FromPage =
  | { readonly is: 'go'; readonly dataset: string }
  | { readonly is: 'openPlace'; readonly file: string; readonly line: number }
  /** A command about the dataset: `pipec.run`. */
  | { readonly is: 'command'; readonly command: InspectorCommand }
  | { readonly is: 'tab'; readonly tab: Tab }
  | { readonly is: 'base'; readonly base: Base }
  | { readonly is: 'goToTrouble' }
  | { readonly is: 'copy'; readonly text: string };

export const inspectorCommands = {
  'pipec.runWithUpstream': 'Run',
  'pipec.test': 'Test',
  'pipec.preview': 'Preview',
  'pipec.lineage': 'Lineage',
  'pipec.sql': 'SQL',
} as const;
export type InspectorCommand = keyof typeof inspectorCommands;
