/**
 * A process that is started before there is a run for it: its code is loaded, and it hears what it is to do when a run is
 * due. Each does one run; the next is started when that has begun, so that it takes nothing from its start.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { BY, type Origin, PERSON } from '../state/audit.ts';

export interface Program {
  /** A module of Node. */
  readonly module: string;
  readonly folder: string;
  /** Who begins it, for the audit. */
  readonly by: Origin;
  /** Who has signed in at the page that begins it. */
  readonly person?: string | null;
}

/** Set where the arguments come by a message: `{ args }`. */
const STAND_BY = 'PIPEC_STAND_BY';

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

export class StandBy {
  readonly #program: Program;
  #waiting: { readonly child: ChildProcess; readonly version: string } | null = null;
  #ended = false;

  constructor(program: Program) {
    this.#program = program;
    this.next();
  }

  /** A process that does this; null where none stands by, or where its program has been put in place anew since. */
  take(args: readonly string[]): ChildProcess | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) return null;
    const { child, version } = waiting;
    if (child.connected && version === versionOf(this.#program.module)) {
      child.send({ args });
      return child;
    }
    child.kill('SIGKILL');
    return null;
  }

  /** Starts one, where none stands by. */
  next(): void {
    if (this.#waiting !== null || this.#ended) return;
    const child = started(this.#program, [], { [STAND_BY]: '1' });
    // One that goes away is no loss: the next run starts a process of its own.
    const gone = (): void => {
      if (this.#waiting?.child === child) this.#waiting = null;
    };
    child.once('exit', gone).once('error', gone);
    this.#waiting = { child, version: versionOf(this.#program.module) };
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.child.kill('SIGKILL');
    this.#waiting = null;
  }
}

/** Of the file: another one in its place is another program. */
function versionOf(module: string): string {
  try {
    const { ino, ctimeMs } = statSync(module);
    return `${ino} ${ctimeMs}`;
  } catch {
    return '';
  }
}
