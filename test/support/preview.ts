/** Previews as an editor asks for them: a program in a workspace, and the process that computes beside it, in this one. */

import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { projectFunctions } from '../../compiler/cli/functions.ts';
import { type Preview, type PreviewOptions, previewAt, previewOf } from '../../compiler/ide/preview.ts';
import type { Workspace } from '../../compiler/workspace/workspace.ts';
import type { PreviewAnswer, PreviewQuestion, PreviewShown } from '../../runtime/preview/messages.ts';
import { servePreviews } from '../../runtime/preview/serve.ts';

export const DEFAULTS: PreviewOptions = { target: null, sample: 100_000 };

/** At the `$0` of a text, which is one of a file of the workspace. */
export function previewHere(workspace: Workspace, file: string, marked: string, options = DEFAULTS): Preview | null {
  const offset = marked.indexOf('$0');
  workspace.setFile(file, marked.replace('$0', ''));
  return previewAt(workspace, file, offset, options);
}

export function previewNamed(workspace: Workspace, dataset: string, options = DEFAULTS): Preview {
  const [symbol] = workspace.datasetsNamed(dataset);
  if (symbol === undefined) throw new Error(`there is no ${dataset}`);
  return previewOf(workspace, symbol, options);
}

export function planned(preview: Preview | null): Extract<Preview, { is: 'plan' }> {
  if (preview?.is !== 'plan') throw new Error(`no plan: ${JSON.stringify(preview)}`);
  return preview;
}

export class PreviewProcess implements Disposable {
  readonly #input = new PassThrough();
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, (answer: PreviewAnswer) => void>();
  /** Datasets that were begun to be computed, in their order. */
  readonly begun: string[] = [];
  #last = 0;

  constructor(folder: string, memory = 1e9) {
    const output = new PassThrough();
    this.#ended = servePreviews(this.#input, output, {
      folder,
      functions: () => projectFunctions(folder),
      memory,
      env: process.env,
    });
    createInterface({ input: output }).on('line', (line) => {
      const answer = JSON.parse(line) as PreviewAnswer;
      if (answer.is === 'progress') this.begun.push(answer.dataset);
      else this.#waiting.get(answer.id)?.(answer);
    });
  }

  ask(question: PreviewQuestion): Promise<PreviewAnswer> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<PreviewAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#input.write(`${JSON.stringify({ ...question, id })}\n`);
    return answer;
  }

  async show(preview: Preview | null, count = 100): Promise<PreviewShown> {
    const answer = await this.ask({ ask: 'show', plan: planned(preview).plan, count });
    if (answer.is !== 'shown') throw new Error(JSON.stringify(answer));
    return answer;
  }

  async end(): Promise<void> {
    this.#input.end();
    await this.#ended;
  }

  [Symbol.dispose](): void {
    void this.end();
  }
}
