/** The script and the style of the page: built beside the command, or in a checkout from `client/`. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

let assets: Promise<PageAssets> | null = null;

export function pageAssets(): Promise<PageAssets> {
  assets ??= existsSync(built('js')) ? readBuilt() : bundled();
  return assets;
}

/** `scripts/build.mjs` puts them into `build/`, one level above the command and its chunks. */
const built = (ending: string): string => fileURLToPath(new URL(`../page.${ending}`, import.meta.url));

async function readBuilt(): Promise<PageAssets> {
  const [script, style] = await Promise.all([readFile(built('js'), 'utf8'), readFile(built('css'), 'utf8')]);
  return { script, style };
}

async function bundled(): Promise<PageAssets> {
  const { build } = await import('esbuild');
  const source = fileURLToPath(new URL('./client/', import.meta.url));
  const options = JSON.parse(await readFile(`${source}build.json`, 'utf8'));
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: source,
    entryPoints: { page: 'main.ts', style: 'page.css' },
    outdir: 'out',
    write: false,
  });
  const text = (ending: string): string => outputFiles?.find(({ path }) => path.endsWith(ending))?.text ?? '';
  return { script: text('.js'), style: text('.css') };
}
