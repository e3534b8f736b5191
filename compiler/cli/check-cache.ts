/** What `pipec check` found out about a project, one file each. */
import { realpathSync } from 'node:fs';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import { BUILD } from './version.ts';

const LIMITS = { files: 100, bytes: 512 * 2 ** 20 };

/** `root` is the project's folder, absolute. */
export class CheckCache {
  readonly #folder: CacheFolder;

  constructor(environment: Environment, build: string | null = BUILD) {
    this.#folder = new CacheFolder(environment, 'checks', LIMITS, build);
  }

  read(root: string): Uint8Array | null {
    return this.#folder.read(realpathSync(root));
  }

  write(root: string, parts: readonly Uint8Array[]): void {
    this.#folder.write(realpathSync(root), parts);
  }
}
