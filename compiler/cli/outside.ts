/** Finds out what only those outside of the program know, and tells the workspace. What was found out is kept for the next command. */
import type { Describers } from '../../runtime/engines/describers.ts';
import type { FunctionQuestion, Question } from '../semantics/outside.ts';
import { SourceFile } from '../syntax/source.ts';
import type { Environment } from './io.ts';
import { KeptAnswers, type Known, textOf } from './kept-answers.ts';
import type { Project } from './project.ts';

/** Asks whatever the project's program needs to know. Costs nothing where there is nothing to ask. */
export async function askOutside(project: Project, environment: Environment): Promise<void> {
  const questions = project.workspace.questions();
  if (questions.length === 0) return;
  const kept = new KeptAnswers(environment, project.root);
  await using outsiders = new Outsiders(project.root);
  for (const question of questions) {
    const held = kept.read(question);
    const found = held ?? (await outsiders.findOut(question));
    if (held === null && isLasting(found)) kept.write(question, found);
    if (question.kind === 'function') project.showFiles(sourcesOf(question, found, project.root));
    project.workspace.answer(question, found.answer);
  }
}

/** What may be there tomorrow is asked again. */
const isLasting = ({ answer, files }: Known): boolean =>
  answer.kind !== 'unanswered' && (answer.kind !== 'unusable' || Object.keys(files).length > 0);

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
