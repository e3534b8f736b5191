/** Between the editor and the page of the lineage graph. */
import type { ColumnAt, LineageGraph } from '../../server/protocol.ts';

/** What is looked at. */
export interface Shown {
  readonly project: string;
  /** Full name of the dataset in the middle; null is the whole project. */
  readonly around: string | null;
  readonly up: number;
  readonly down: number;
  readonly column: ColumnAt | null;
  /** Stays where it is, wherever the cursor goes. */
  readonly isPinned: boolean;
}

export type ToPage =
  | { readonly is: 'graph'; readonly graph: LineageGraph; readonly shown: Shown }
  /** There is nothing to show, and this is why. */
  | { readonly is: 'nothing'; readonly why: string };

export type FromPage =
  | { readonly is: 'go'; readonly dataset: string }
  | { readonly is: 'around'; readonly dataset: string | null }
  | { readonly is: 'widen'; readonly side: 'up' | 'down' }
  | { readonly is: 'steps'; readonly up: number; readonly down: number }
  | { readonly is: 'column'; readonly column: ColumnAt | null }
  | { readonly is: 'open'; readonly schema: string }
  | { readonly is: 'pin'; readonly isPinned: boolean }
  | { readonly is: 'search' };
