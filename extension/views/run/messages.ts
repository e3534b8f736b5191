/** Between the editor and the page of a run. */
import type { RunEvent } from '../../../runtime/events.ts';

export type ToPage =
  /** A run begins: the page forgets the one before. */
  | { readonly is: 'begins'; readonly title: string; readonly command: string; readonly at: number }
  | { readonly is: 'event'; readonly event: RunEvent }
  /** The process has ended; `error` is what it said besides its events. */
  | { readonly is: 'ended'; readonly code: number | null; readonly error: string; readonly at: number };

export type FromPage =
  | { readonly is: 'again'; readonly full: boolean }
  | { readonly is: 'cancel' }
  | { readonly is: 'output' }
  | { readonly is: 'openTask'; readonly task: string }
  | { readonly is: 'openPlace'; readonly file: string; readonly line: number };
