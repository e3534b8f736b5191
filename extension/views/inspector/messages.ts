/** Between the editor and the page of the inspector. */
import type { Inspection } from '../../server/protocol.ts';

export type ToPage =
  | { readonly is: 'dataset'; readonly inspection: Inspection; readonly canRun: boolean }
  /** There is no dataset at the cursor, or it is gone. */
  | { readonly is: 'nothing' };

export type FromPage =
  | { readonly is: 'go'; readonly dataset: string }
  /** A command about the dataset: `pipec.run`. */
  | { readonly is: 'command'; readonly command: InspectorCommand };

export const inspectorCommands = {
  'pipec.runWithUpstream': 'Run',
  'pipec.test': 'Test',
  'pipec.preview': 'Preview and compare',
  'pipec.lineage': 'Lineage',
  'pipec.sql': 'SQL',
} as const;
export type InspectorCommand = keyof typeof inspectorCommands;
