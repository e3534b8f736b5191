/**
 * The processes that do a scheduler's runs, one run at a time each (worker.ts). One stands by before there is a run for it,
 * with its code loaded; the next is started when that has begun, so that it takes nothing from its start. And one that has
 * done its run well takes the next at once, where there is one, with its database open.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { BY, type Origin, PERSON } from '../state/audit.ts';
import { type Order, WORKER } from './worker.ts';

export interface Program {
  /** A module of Node. */
  readonly module: string;
  readonly folder: string;
  /** Who begins it, for the audit. */
  readonly by: Origin;
  /** Who has signed in at the page that begins it. */
  readonly person?: string | null;
}

export function started(
  { module, folder, by, person = null }: Program,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return fork(module, args, {
    cwd: folder,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // The launcher's word: whoever is launched ends with the one that did (bin/pipec.mjs).
    env: { ...withoutTrace(process.env), PIPEC_LAUNCHED: '1', [BY]: by, [PERSON]: person ?? '', ...env },
    // A Ctrl-C in a terminal means the scheduler, which says what becomes of its runs.
    detached: true,
  });
}

/** What a scheduler is a part of is not what its runs are: each begins a trace of its own. */
function withoutTrace({ TRACEPARENT: _parent, TRACESTATE: _state, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

export class Workers {
  readonly #program: Program;
  /** Whether one stands by. */
  readonly #isAhead: boolean;
  /** Those that are there, and of which file: another one in its place is another program. */
  readonly #versions = new Map<ChildProcess, string>();
  #standing: ChildProcess | null = null;
  /** Those that have done a run well, and keep what it had open. */
  readonly #free = new Set<ChildProcess>();
  #ended = false;

  /** @param isAhead whether one is started before there is a run for it */
  constructor(program: Program, isAhead: boolean) {
    this.#program = program;
    this.#isAhead = isAhead;
    this.next();
  }

  /** Has this done, by one that is there or by a new one. */
  take(args: readonly string[]): ChildProcess {
    const child = this.#usable() ?? this.#start();
    this.#free.delete(child);
    if (this.#standing === child) this.#standing = null;
    child.send({ args } satisfies Order);
    return child;
  }

  /** Starts the one that stands by, where none does. */
  next(): void {
    if (this.#isAhead && !this.#ended) this.#standing ??= this.#start();
  }

  /** It has done its run, and can do another. */
  free(child: ChildProcess): void {
    this.#free.add(child);
    if (this.#ended) this.release(child);
  }

  /** No run has come for it, or it is not to do another: it closes what it has open, and ends. */
  release(child: ChildProcess): void {
    if (!this.#free.delete(child)) return;
    if (child.connected) child.send({ args: null } satisfies Order);
  }

  /** Those that do nothing end, and the others when they have done their runs. */
  end(): void {
    this.#ended = true;
    this.#standing?.kill('SIGKILL');
    this.#standing = null;
    for (const child of this.#free) this.release(child);
  }

  /** One that waits for a run. Those of a program that has been put in place anew do none. */
  #usable(): ChildProcess | null {
    const version = versionOf(this.#program.module);
    for (const child of this.#free) {
      if (child.connected && this.#versions.get(child) === version) return child;
      this.release(child);
    }
    const standing = this.#standing;
    if (standing === null || (standing.connected && this.#versions.get(standing) === version)) return standing;
    this.#standing = null;
    standing.kill('SIGKILL');
    return null;
  }

  #start(): ChildProcess {
    const version = versionOf(this.#program.module);
    const child = started(this.#program, [], { [WORKER]: '1' });
    this.#versions.set(child, version);
    // One that goes away between two runs is no loss: there is another for the next.
    const gone = (): void => {
      this.#versions.delete(child);
      this.#free.delete(child);
      if (this.#standing === child) this.#standing = null;
    };
    child.once('exit', gone).once('error', gone);
    return child;
  }
}

function versionOf(module: string): string {
  try {
    const { ino, ctimeMs } = statSync(module);
    return `${ino} ${ctimeMs}`;
  } catch {
    return '';
  }
}
