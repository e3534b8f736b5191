/** What those outside of programs have answered, kept for the next command, and for an editor, which asks nobody. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, Question } from '../semantics/outside.ts';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import { BUILD } from './version.ts';

/** Of all projects together; an answer has a kilobyte. */
const LIMITS = { files: 2000, bytes: 64 * 2 ** 20 };

/** An answer, with the files that it stands on. */
export interface Known {
  readonly answer: Answer;
  /** By their paths in the project: what their texts' hashes were. */
  readonly files: Readonly<Record<string, string>>;
}

export class KeptAnswers {
  readonly #folder: CacheFolder;
  readonly #root: string;

  /** @param root absolute path of the project's folder */
  constructor(environment: Environment, root: string, build = BUILD) {
    this.#folder = new CacheFolder(environment, 'answers', LIMITS, build);
    this.#root = root;
  }

  /** Null where nobody was asked, and where a file has changed since. */
  read(question: Question): Known | null {
    const saved = this.#folder.read(this.#keyOf(question));
    const known = saved === null ? null : (JSON.parse(Buffer.from(saved).toString('utf8')) as Known);
    return known !== null && this.#stillHolds(known) ? known : null;
  }

  write(question: Question, known: Known): void {
    this.#folder.write(this.#keyOf(question), [Buffer.from(JSON.stringify(known))]);
  }

  #keyOf(question: Question): string {
    return JSON.stringify(question.kind === 'function' ? [this.#root, question] : question);
  }

  #stillHolds({ files }: Known): boolean {
    return Object.entries(files).every(([path, hash]) => {
      const text = textOf(path, this.#root);
      return text !== null && createHash('sha256').update(text).digest('hex') === hash;
    });
  }
}

/** Null where it cannot be read. */
export function textOf(path: string, root: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}
