/** Lines of the record that a target keeps of what was applied to it: `_pipec.applies`. */
import { hostname, userInfo } from 'node:os';
import { qualified } from './quote.ts';
import { PIPEC } from './versions.ts';

/** A row of the table: all texts. */
export interface ApplyLine {
  readonly id: string;
  readonly event: 'begun' | 'done' | 'failed';
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly who: string;
  /** An `ApplyNote` as JSON where it begins, else ''. */
  readonly content: string;
}

/** What is told of it when it begins. */
export interface ApplyNote {
  readonly kind: 'apply' | 'promote' | 'rollback';
  /** The environment that it is done to; null: production. Of a promotion, the one that it comes from is `from`. */
  readonly environment: string | null;
  readonly from?: string;
  /** Fingerprint of the program. */
  readonly program: string;
  /** Digest of the plan. */
  readonly plan: string | null;
  readonly changes: readonly { readonly dataset: string; readonly change: string }[];
  /** Of a rollback: what it undoes, the oldest first. */
  readonly undoes?: readonly string[];
  /** In an environment: the code of production's datasets at that time, by name. */
  readonly base?: Readonly<Record<string, string | null>>;
}

export const APPLIES = qualified(PIPEC, 'applies');
export const APPLY_COLUMNS = ['id', 'event', 'at', 'who', 'content'] as const satisfies readonly (keyof ApplyLine)[];

export function applyLine(id: string, event: ApplyLine['event'], note: ApplyNote | null): ApplyLine {
  const who = `${userInfo().username}@${hostname()}`;
  return { id, event, at: new Date().toISOString(), who, content: note === null ? '' : JSON.stringify(note) };
}
