/** URIs and paths. Editors write one URI in several ways (`file:///c%3A/…`), so what is looked up is looked up by path. */
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Absolute; null where the URI is no file's of this machine (`untitled:`, `git:`, `file://elsewhere/…`). */
export function pathOf(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

/** The same for all URIs of one file. */
export function keyOf(uri: string): string {
  return pathOf(uri) ?? uri;
}
