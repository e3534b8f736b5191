/** The processes that compute rows, one a project: the project's own pipec, which has DuckDB. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import type { PreviewAnswer, PreviewQuestion } from '../../runtime/preview/messages.ts';
import type { PreviewParams } from '../server/protocol.ts';
import type { Pipec } from './install.ts';
import type { Projects } from './projects.ts';

/** Who asks. What one asks gives up what it asked before, and waits for what others have asked. */
export type Asker = 'preview' | 'inspector';

export type Answer = Exclude<PreviewAnswer, { readonly is: 'progress' }>;
export type Progress = Extract<PreviewAnswer, { readonly is: 'progress' }>;

/** As the settings have them. @param root of the project; null where it is not known */
export function previewOptions(projects: Projects, root: string | null): Omit<PreviewParams, 'of'> {
  const rows = vscode.workspace.getConfiguration('pipec').get<number>('preview.rows', 100_000);
  return { target: projects.chosenTarget(root), sample: Math.max(1, Math.round(rows)) };
}

/** A question that was given up is answered at once, unless code of the project's own never comes to an end. */
const PATIENCE_MS = 10_000;
/** A process that nobody asks gives its memory back; the next question begins anew. */
const IDLE_MS = 10 * 60_000;

export class Previews implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #memory: () => number;
  readonly #processes = new Map<string, PreviewProcess>();

  constructor(log: vscode.LogOutputChannel, memory: () => number) {
    this.#log = log;
    this.#memory = memory;
  }

  dispose(): void {
    for (const process of this.#processes.values()) process.end();
  }

  /** Of the project in `root`. A `show` or `compare` gives up the one before of the same asker. */
  ask(
    root: string,
    pipec: Pipec,
    asker: Asker,
    question: PreviewQuestion,
    told?: (progress: Progress) => void,
  ): Promise<Answer> {
    let process = this.#processes.get(root);
    if (process === undefined || process.isOver || process.pipec.path !== pipec.path) {
      process?.end();
      process = new PreviewProcess(root, pipec, this.#memory(), this.#log);
      this.#processes.set(root, process);
    }
    return process.ask(asker, question, told);
  }

  /** What is computed for the project, and for this asker, is given up. */
  stop(root: string, asker: Asker): void {
    const process = this.#processes.get(root);
    if (process?.isOver === false) process.stop(asker);
  }

  /** Those of before end; the next question begins anew. */
  restart(): void {
    for (const process of this.#processes.values()) process.end();
    this.#processes.clear();
  }
}

interface Waiting {
  readonly answer: (answer: Answer) => void;
  readonly told: ((progress: Progress) => void) | undefined;
  /** Set where it is given up. */
  impatience: NodeJS.Timeout | null;
}

/** A question whose answer may take long. */
interface Long {
  readonly asker: Asker;
  readonly id: number;
  readonly question: PreviewQuestion;
}

class PreviewProcess {
  readonly pipec: Pipec;
  readonly #child: ChildProcess;
  readonly #log: vscode.LogOutputChannel;
  readonly #waiting = new Map<number, Waiting>();
  /** What is computed: one at a time, or the process would give up one asker's for another's. */
  #long: Long | null = null;
  /** Those of other askers, in the order in which they came. */
  #queue: readonly Long[] = [];
  #last = 0;
  #idle: NodeJS.Timeout | undefined;
  #said = '';
  isOver = false;

  constructor(root: string, pipec: Pipec, memory: number, log: vscode.LogOutputChannel) {
    this.pipec = pipec;
    this.#log = log;
    this.#child = spawn(pipec.command, [...pipec.args, 'preview', '--memory', String(memory)], {
      cwd: root,
      env: { ...process.env, ...pipec.env, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const { stdin, stdout, stderr } = this.#child;
    // Writing to a process that has ended is told by its end.
    stdin?.on('error', () => undefined);
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4000);
      log.warn(`pipec preview: ${text.trimEnd()}`);
    });
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#told(line));
    this.#child.on('error', (problem) => this.#ended(`${pipec.path} could not be started: ${problem.message}`));
    this.#child.on('close', () => this.#ended(this.#said.trim() || 'The process that computes previews has ended.'));
  }

  ask(asker: Asker, question: PreviewQuestion, told?: (progress: Progress) => void): Promise<Answer> {
    this.#last += 1;
    const id = this.#last;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end(), IDLE_MS);
    return new Promise((answer) => {
      this.#waiting.set(id, { answer, told, impatience: null });
      if (question.ask !== 'show' && question.ask !== 'compare') return this.#send(id, question);
      this.#forget(asker);
      const long = { asker, id, question };
      if (this.#long !== null && this.#long.asker !== asker) this.#queue = [...this.#queue, long];
      else this.#begin(long);
    });
  }

  stop(asker: Asker): void {
    this.#forget(asker);
    if (this.#long?.asker === asker) {
      this.#giveUp(this.#long);
      void this.ask(asker, { ask: 'stop' });
    }
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.#idle);
    this.#child.stdin?.end();
    // What it computes is of use to nobody.
    this.#child.kill();
  }

  #send(id: number, question: PreviewQuestion): void {
    this.#child.stdin?.write(`${JSON.stringify({ ...question, id })}\n`);
  }

  #begin(long: Long): void {
    if (this.#long !== null) this.#giveUp(this.#long);
    this.#long = long;
    this.#send(long.id, long.question);
  }

  /** What an asker has in the queue is answered: nobody wants it any more. */
  #forget(asker: Asker): void {
    for (const { id } of this.#queue.filter((each) => each.asker === asker)) this.#answer(id, { id, is: 'cancelled' });
    this.#queue = this.#queue.filter((each) => each.asker !== asker);
  }

  #giveUp({ id }: Long): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.impatience ??= setTimeout(() => {
      this.#log.warn('pipec preview does not give up what it computes, and is ended');
      this.#child.kill('SIGKILL');
    }, PATIENCE_MS);
  }

  #answer(id: number, answer: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (waiting.impatience !== null) clearTimeout(waiting.impatience);
    this.#waiting.delete(id);
    waiting.answer(answer);
  }

  #told(line: string): void {
    let answer: PreviewAnswer;
    try {
      answer = JSON.parse(line) as PreviewAnswer;
    } catch {
      this.#log.warn(`pipec preview: ${line}`);
      return;
    }
    if (answer.is === 'progress') {
      this.#waiting.get(answer.id)?.told?.(answer);
      return;
    }
    this.#answer(answer.id, answer);
    if (answer.id !== this.#long?.id) return;
    this.#long = null;
    const [next, ...others] = this.#queue;
    this.#queue = others;
    if (next !== undefined) this.#begin(next);
  }

  #ended(why: string): void {
    const isWanted = !this.isOver;
    this.isOver = true;
    const error = {
      code: 'preview-ended',
      message: why,
      hint: null,
      statement: null,
      engine: null,
      sample: [],
      retryable: true,
    };
    for (const [id, { answer, impatience }] of this.#waiting) {
      if (impatience !== null) clearTimeout(impatience);
      answer(isWanted && impatience === null ? { id, is: 'failed', dataset: null, error } : { id, is: 'cancelled' });
    }
    this.#waiting.clear();
  }
}
