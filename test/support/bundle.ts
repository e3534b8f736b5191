/** Before all tests: the bundle is that of the sources, for the tests that run the command as a process. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export default function setup(): void {
  const bundle = statSync(join(root, 'build/cli/main.mjs'), { throwIfNoEntry: false });
  const runtime = statSync(join(root, 'build/runtime.mjs'), { throwIfNoEntry: false });
  const built = Math.min(bundle?.mtimeMs ?? 0, runtime?.mtimeMs ?? 0);
  if (newest(join(root, 'compiler')) < built && newest(join(root, 'runtime')) < built) return;
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the bundle cannot be built:\n${stderr}`);
}

/** When a file of a folder was last written, or the folder itself changed: in milliseconds. */
function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.ts'))
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}
