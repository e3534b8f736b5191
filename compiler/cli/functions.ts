/** The project's own functions, for commands that run them: built from their TypeScript and loaded. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BatchFunction, FunctionLoader } from '../../runtime/batches.ts';

let isLoaded = false;
/** Whether code of a project runs in this process. */
export const hasLoaded = (): boolean => isLoaded;

/** Each file is built once a command. @param root absolute path of the project's folder */
export function projectFunctions(root: string): FunctionLoader {
  const modules = new Map<string, Promise<Readonly<Record<string, unknown>>>>();
  return async ({ file, name }) => {
    const { runError } = await import('../../runtime/errors.ts');
    const refuse = (why: string): Error => runError('function-missing', { name: `${file}#${name}`, why });
    let loading = modules.get(file);
    if (loading === undefined) {
      loading = load(root, file);
      modules.set(file, loading);
    }
    const module = await loading.catch((failure: unknown) => {
      throw refuse(inWords(failure, root));
    });
    const found = module[name];
    if (typeof found !== 'function') throw refuse(`\`${file}\` exports no function \`${name}\``);
    return found as BatchFunction;
  };
}

/** Built below the project's folder, where its packages are found. A version of the file stays until the next one is built. */
async function load(root: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  const { bundleFunction, functionFile } = await import('../emit/functions.ts');
  const plain = join(root, '.pipec', functionFile({ file }));
  mkdirSync(dirname(plain), { recursive: true });
  const made = `${plain}.${process.pid}`;
  await bundleFunction({ root, file, out: made, alone: false });
  const version = createHash('sha256').update(readFileSync(made)).digest('hex').slice(0, 12);
  const stem = `${basename(plain, '.mjs')}-`;
  const path = join(dirname(plain), `${stem}${version}.mjs`);
  renameSync(made, path);
  for (const other of readdirSync(dirname(plain)))
    if (other.startsWith(stem) && /^[0-9a-f]{12}\.mjs$/.test(other.slice(stem.length)) && other !== basename(path))
      rmSync(join(dirname(plain), other), { force: true });
  isLoaded = true;
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}

/** esbuild's errors with their places, or whatever was thrown while the module was loaded. */
function inWords(failure: unknown, root: string): string {
  const errors = (failure as { readonly errors?: readonly BuildMessage[] }).errors;
  if (Array.isArray(errors) && errors.length > 0)
    return (errors as readonly BuildMessage[])
      .map(({ text, location }) =>
        location === null ? text : `${text} (${location.file}:${location.line}:${location.column + 1})`,
      )
      .join('; ')
      .replaceAll(`${root}/`, '');
  return failure instanceof Error ? failure.message : String(failure);
}

interface BuildMessage {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}
