/** Lines of the record that a target keeps of what was applied to it: `_pipec.applies`. */
import { hostname, userInfo } from 'node:os';
import type { ApplyLine, ApplyNote } from './published.ts';
import { qualified } from './quote.ts';
import { PIPEC } from './versions.ts';

export const APPLIES = qualified(PIPEC, 'applies');
export const APPLY_COLUMNS = ['id', 'event', 'at', 'who', 'content'] as const satisfies readonly (keyof ApplyLine)[];

export function applyLine(id: string, event: ApplyLine['event'], note: ApplyNote | null): ApplyLine {
  const who = `${userInfo().username}@${hostname()}`;
  return { id, event, at: new Date().toISOString(), who, content: note === null ? '' : JSON.stringify(note) };
}
