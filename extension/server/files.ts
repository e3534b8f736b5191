/** Files of a project's folder, for paths in programs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ListFiles } from '../../compiler/ide/completion/scene.ts';

/** More of one folder than anybody looks through. */
const MOST = 500;

/** What lies in a folder below the root, folders with `/` behind their names. Nothing where it cannot be read. */
export function filesBelow(root: string | null): ListFiles {
  return (folder) => {
    if (root === null) return [];
    try {
      return readdirSync(join(root, folder), { withFileTypes: true })
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
        .sort()
        .slice(0, MOST);
    } catch {
      return [];
    }
  };
}
