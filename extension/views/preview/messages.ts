/** Between the editor and the page of previews. */
import type { PreviewRow, PreviewShown, PreviewSort } from '../../../runtime/preview/messages.ts';
import type { Base, Compared, Trouble } from '../answers.ts';

/** What is looked at. */
export interface Title {
  readonly dataset: string;
  /** The stage after which the rows are; null where all of the dataset is shown. */
  readonly stage: string | null;
}

export type Tab = 'rows' | 'compare';

export type ToPage =
  /** What was shown is no more what the text says; `what` is null until it is known what is computed. */
  | { readonly is: 'computing'; readonly title: Title; readonly what: string | null }
  /** The cursor is in no dataset. */
  | { readonly is: 'nowhere' }
  /** Nothing is computed any more. */
  | { readonly is: 'idle' }
  /** What shows is what was asked for. */
  | { readonly is: 'same'; readonly title: Title }
  | { readonly is: 'shown'; readonly title: Title; readonly shown: PreviewShown }
  | {
      readonly is: 'rows';
      readonly result: number;
      readonly sort: PreviewSort | null;
      readonly from: number;
      readonly rows: readonly PreviewRow[];
    }
  | { readonly is: 'compared'; readonly title: Title; readonly compared: Compared }
  | { readonly is: 'trouble'; readonly title: Title; readonly trouble: Trouble };

export type FromPage =
  | {
      readonly is: 'rows';
      readonly result: number;
      readonly sort: PreviewSort | null;
      readonly from: number;
      readonly count: number;
    }
  | { readonly is: 'tab'; readonly tab: Tab }
  /** The dataset that is shown stays, wherever the cursor goes. */
  | { readonly is: 'pin'; readonly isPinned: boolean }
  | { readonly is: 'base'; readonly base: Base }
  /** Sources are read again. */
  | { readonly is: 'refresh' }
  | { readonly is: 'stop' }
  | { readonly is: 'goToTrouble' }
  | { readonly is: 'copy'; readonly text: string };
