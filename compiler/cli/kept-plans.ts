/**
 * What a program comes to, kept for the next command: while no text of the project has changed, nothing of it is parsed,
 * checked or planned again. Texts, the target, the environment and what those outside have answered decide it, and nothing
 * else (docs/decisions/0003-a-cache-of-checks.md); where an answer is not kept, as it may be another tomorrow, the plan is not.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { Question } from '../semantics/outside.ts';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { Project } from './project.ts';
import { BUILD } from './version.ts';

/** Of all projects together; a dataset has some kilobytes. */
const LIMITS = { files: 100, bytes: 256 * 2 ** 20 };

export class KeptPlans<Planned> {
  readonly #folder: CacheFolder;
  readonly #answers: KeptAnswers;
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
    this.#answers = new KeptAnswers(environment, root, build);
    this.#key = JSON.stringify([realpathSync(root), asked]);
    const hash = createHash('sha256');
    for (const { path, text } of sources.values()) hash.update(`${path.length} ${path} ${text.length} ${text}`);
    this.#texts = hash.digest('hex');
  }

  /** Null where it has to be made. */
  read(): Planned | null {
    const saved = this.#folder.read(this.#key);
    if (saved === null) return null;
    const { texts, answers, planned } = JSON.parse(Buffer.from(saved).toString('utf8')) as Kept<Planned>;
    const stands = texts === this.#texts && answers.every(([question, answer]) => this.#answer(question) === answer);
    return stands ? planned : null;
  }

  /**
   * @param planned plain data, which JSON gives back as it is
   * @param questions that were asked outside for it
   */
  write(planned: Planned, questions: readonly Question[]): void {
    const answers = questions.map((question) => [question, this.#answer(question)] as const);
    if (answers.some(([, answer]) => answer === null)) return;
    const kept: Kept<Planned> = { texts: this.#texts, answers, planned };
    this.#folder.write(this.#key, [Buffer.from(JSON.stringify(kept))]);
  }

  /** A hash of what is known; null where it has to be asked again. */
  #answer(question: Question): string | null {
    const known = this.#answers.read(question);
    return known === null ? null : createHash('sha256').update(JSON.stringify(known)).digest('hex');
  }
}

interface Kept<Planned> {
  /** A hash of them. */
  readonly texts: string;
  readonly answers: readonly (readonly [Question, string | null])[];
  readonly planned: Planned;
}
