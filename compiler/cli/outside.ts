/** Finds out what only those outside of the program know, and tells the workspace. What was found out is kept for the next command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Describers } from '../../runtime/engines/describers.ts';
import type { Answer, FunctionQuestion, Question } from '../semantics/outside.ts';
import { SourceFile } from '../syntax/source.ts';
import { CacheFolder } from './cache-folder.ts';
import type { Environment } from './io.ts';
import type { Project } from './project.ts';

/** Of all projects together; an answer has a kilobyte. */
const LIMITS = { files: 2000, bytes: 64 * 2 ** 20 };

/** An answer, with the files that it stands on. */
interface Known {
  readonly answer: Answer;
  /** By their paths in the project: what their texts' hashes were. */
  readonly files: Readonly<Record<string, string>>;
}

/** Asks whatever the project's program needs to know. Costs nothing where there is nothing to ask. */
export async function askOutside(project: Project, environment: Environment): Promise<void> {
  const questions = project.workspace.questions();
  if (questions.length === 0) return;
  const kept = new CacheFolder(environment, 'answers', LIMITS);
  await using outsiders = new Outsiders(project.root);
  for (const question of questions) {
    const key = JSON.stringify(question.kind === 'function' ? [project.root, question] : question);
    const saved = kept.read(key);
    const known = saved === null ? null : (JSON.parse(Buffer.from(saved).toString('utf8')) as Known);
    const holds = known !== null && (await stillHolds(known, project.root));
    const found = holds ? known : await outsiders.findOut(question);
    if (!holds && isLasting(found)) kept.write(key, [Buffer.from(JSON.stringify(found))]);
    if (question.kind === 'function') project.showFiles(sourcesOf(question, found, project.root));
    project.workspace.answer(question, found.answer);
  }
}

/** What may be there tomorrow is asked again. */
const isLasting = ({ answer, files }: Known): boolean =>
  answer.kind !== 'unanswered' && (answer.kind !== 'unusable' || Object.keys(files).length > 0);

async function stillHolds({ files }: Known, root: string): Promise<boolean> {
  const paths = Object.entries(files);
  if (paths.length === 0) return true;
  const { createHash } = await import('node:crypto');
  return paths.every(([path, hash]) => {
    const text = textOf(path, root);
    return text !== null && createHash('sha256').update(text).digest('hex') === hash;
  });
}

function textOf(path: string, root: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

/** Files that what is wrong may be shown in. */
function sourcesOf({ file }: FunctionQuestion, { files }: Known, root: string): readonly SourceFile[] {
  return [...new Set([file, ...Object.keys(files)])].flatMap((path) => {
    const text = textOf(path, root);
    return text === null ? [] : [new SourceFile(path, text)];
  });
}

/** Those who know. What they need in order to answer stays open until all is asked. */
export class Outsiders {
  readonly #root: string;
  #describers: Describers | null = null;

  /** @param root absolute path of the project's folder */
  constructor(root: string) {
    this.#root = root;
  }

  async findOut(question: Question): Promise<Known> {
    try {
      switch (question.kind) {
        case 'raw-sql': {
          const { Describers } = await import('../../runtime/engines/describers.ts');
          this.#describers ??= new Describers(this.#root);
          return { answer: await this.#describers.describe(question.engine, question), files: {} };
        }
        case 'function': {
          const { readSignature } = await import('../emit/signature.ts');
          return readSignature(question, this.#root);
        }
      }
    } catch (thrown) {
      const { message, hint = null } =
        thrown instanceof Error ? (thrown as Error & { hint?: string | null }) : { message: String(thrown) };
      const why = message.split('\n')[0] ?? '';
      return unanswered(hint === null ? why : `${why}; ${hint}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#describers?.close();
  }
}

const unanswered = (why: string): Known => ({ answer: { kind: 'unanswered', why }, files: {} });
