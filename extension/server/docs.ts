/** The pages of codes, which are installed with pipec: what `pipec explain` has. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CodeDescription } from 'vscode-languageserver';

/** Two folders up from here, and from each file of the bundle. */
const PAGES = new URL('../../docs/errors/', import.meta.url);

let areThere: boolean | null = null;

/** Null where the pages are not installed. */
export function pageOf(code: string): CodeDescription | null {
  areThere ??= existsSync(fileURLToPath(PAGES));
  return areThere ? { href: new URL(`${code}.md`, PAGES).href } : null;
}
