/**
 * `npm run docs`: writes the pages that come from tables and types (docs/errors, docs/reference, docs/schemas), and what
 * pages show of a terminal. Everything in these folders is generated: what no table names any more is removed.
 * `npm run docs -- --times` renews the times in these too: on a machine that does nothing else.
 * Tests compare the pages with the tables, and the terminals with what is printed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { consolePages, timeless, withConsoles } from './docs/consoles.ts';
import { errorPages } from './docs/errors.ts';
import { referencePages } from './docs/reference.ts';
import { schemas } from './docs/schemas.ts';

const root = join(import.meta.dirname, '..');

/** Folders that hold nothing but generated files. */
export const generatedFolders = ['docs/errors', 'docs/reference', 'docs/schemas'] as const;

/** Path in the repository → text. */
export async function generatedDocs(): Promise<Map<string, string>> {
  return new Map([...errorPages(), ...(await referencePages()), ...schemas()]);
}

if (import.meta.main) {
  const timesToo = process.argv.includes('--times');
  const docs = await generatedDocs();
  for (const folder of generatedFolders) {
    mkdirSync(join(root, folder), { recursive: true });
    for (const name of readdirSync(join(root, folder)))
      if (!docs.has(`${folder}/${name}`)) rmSync(join(root, folder, name));
  }
  for (const [path, text] of docs) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const page of consolePages) {
    const before = readFileSync(join(root, page), 'utf8');
    const now = withConsoles(before);
    // Times differ from run to run: a page is only written where something else does, or where they are asked for.
    if (timesToo || timeless(now) !== timeless(before)) writeFileSync(join(root, page), now);
  }
  console.log(`${docs.size} pages written`);
}
