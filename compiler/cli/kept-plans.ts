/**
 * What a program comes to, kept for the next command: while no text of the project has changed, nothing of it is parsed,
 * checked or planned again. Texts, the target and the environment alone decide it (docs/decisions/0003-a-cache-of-checks.md);
 * where somebody outside was asked, whose answer may be another tomorrow, nothing is kept.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import type { Project } from './project.ts';
import { BUILD } from './version.ts';

/** Of all projects together; a dataset has some kilobytes. */
const LIMITS = { files: 100, bytes: 256 * 2 ** 20 };

export class KeptPlans<Planned> {
  readonly #folder: CacheFolder;
  readonly #key: string;
  readonly #texts: string;

  /** @param asked what besides the texts decides: of a command line, plain data */
  constructor(
    environment: Environment,
    { root, sources }: Pick<Project, 'root' | 'sources'>,
    asked: unknown,
    build = BUILD,
  ) {
    this.#folder = new CacheFolder(environment, 'plans', LIMITS, build);
    this.#key = JSON.stringify([realpathSync(root), asked]);
    const hash = createHash('sha256');
    for (const { path, text } of sources.values()) hash.update(`${path.length} ${path} ${text.length} ${text}`);
    this.#texts = hash.digest('hex');
  }

  /** Null where it has to be made. */
  read(): Planned | null {
    const saved = this.#folder.read(this.#key);
    if (saved === null) return null;
    const { texts, planned } = JSON.parse(Buffer.from(saved).toString('utf8')) as Kept<Planned>;
    return texts === this.#texts ? planned : null;
  }

  /** @param planned plain data, which JSON gives back as it is */
  write(planned: Planned): void {
    const kept: Kept<Planned> = { texts: this.#texts, planned };
    this.#folder.write(this.#key, [Buffer.from(JSON.stringify(kept))]);
  }
}

interface Kept<Planned> {
  /** A hash of them. */
  readonly texts: string;
  readonly planned: Planned;
}
