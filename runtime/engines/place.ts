/** Where the folder of an engine inside this process is. */
import { isAbsolute, join } from 'node:path';
import type { DatabasePlace, Text } from '../plan.ts';
import type { Texts } from '../secrets.ts';

export const MEMORY = ':memory:';

/** Absolute; null for a server, and for a database in memory. */
export function embeddedPath(folder: string, place: DatabasePlace, texts: Texts): string | null {
  return place.kind === 'server' ? null : absolutePath(folder, place.path, texts);
}

/** Null for a database in memory. @param folder where relative paths start */
export function absolutePath(folder: string, text: Text, texts: Texts): string | null {
  const path = texts.valueOf(text);
  if (path === MEMORY) return null;
  return isAbsolute(path) ? path : join(folder, path);
}
