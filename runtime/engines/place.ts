/** Where the folder of an engine inside this process is. */
import { isAbsolute, join } from 'node:path';
import type { DatabasePlace } from '../plan.ts';
import type { Texts } from '../secrets.ts';

export const MEMORY = ':memory:';

/** Absolute; null for a server, and for a database in memory. */
export function embeddedPath(folder: string, place: DatabasePlace, texts: Texts): string | null {
  if (place.kind === 'server') return null;
  const path = texts.valueOf(place.path);
  if (path === MEMORY) return null;
  return isAbsolute(path) ? path : join(folder, path);
}
