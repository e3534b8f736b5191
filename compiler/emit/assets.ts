/** The scripts and the styles of pages: built beside the command, or in a checkout from the folders of their clients. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** `report` is the page about a run, `ui` that of what runs. */
type Page = 'report' | 'ui';

const assets = new Map<Page, Promise<PageAssets>>();

export function pageAssets(page: Page): Promise<PageAssets> {
  const known = assets.get(page) ?? (existsSync(built(page, 'js')) ? readBuilt(page) : bundled(page));
  assets.set(page, known);
  return known;
}

/** `scripts/build.mjs` puts them into `build/`, one level above the command and its chunks. */
const built = (page: Page, ending: string): string => fileURLToPath(new URL(`../${page}.${ending}`, import.meta.url));

async function readBuilt(page: Page): Promise<PageAssets> {
  const [script, style] = await Promise.all([
    readFile(built(page, 'js'), 'utf8'),
    readFile(built(page, 'css'), 'utf8'),
  ]);
  return { script, style };
}

async function bundled(page: Page): Promise<PageAssets> {
  const { build } = await import('esbuild');
  const here = fileURLToPath(new URL('./', import.meta.url));
  const options = JSON.parse(await readFile(`${here}browser.json`, 'utf8'));
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: `${here}${page}/client`,
    entryPoints: { page: 'main.ts', style: 'page.css' },
    outdir: 'out',
    write: false,
  });
  const text = (ending: string): string => outputFiles?.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
