/**
 * A run in a process of its own: a job that takes all memory, or crashes, takes its own process with it and nothing else.
 * It tells its events on its output, a JSON object a line, as `pipec run --json` does.
 */
import type { ChildProcess } from 'node:child_process';
import type { RunEvent } from '../events.ts';
import { type FailedTask, TOLD_TASKS } from '../notify/message.ts';
import type { Ended } from './events.ts';
import { Overdue, type OverdueTask, STOPPING_MS } from './overdue.ts';
import type { Launched } from './scheduler.ts';
import type { Free } from './worker.ts';
import { type Program, started as startProcess, type Workers } from './workers.ts';

/** Characters that are kept of what a process said last. */
const KEPT = 4000;
/** Characters of a line that is read. */
const LONGEST = 16 * 1024 * 1024;

export interface Command extends Program {
  readonly args: readonly string[];
  /** Who do it, one run after the other; else a process is started for it alone. */
  readonly workers?: Workers;
  /** Of an attempt at a task: a process that lets it pass without a word is ended. Null: none is. */
  readonly timeoutMs?: number | null;
  /** How long after that, and after a cancel, it may take to stop; default: `STOPPING_MS`. */
  readonly stoppingMs?: number;
  /** Notes what the process of a run was ended for, which cannot note it itself. */
  readonly note?: (events: readonly RunEvent[]) => Promise<void>;
}

/** @param started is told the run's id @param heard is told each event */
export function launch(
  { args, workers, timeoutMs = null, stoppingMs = STOPPING_MS, note, ...program }: Command,
  started: (run: string) => void,
  heard: (event: RunEvent) => void = () => {},
): Launched {
  const child = workers?.take(args) ?? startProcess(program, args);
  let isOver = false;
  let stopping: NodeJS.Timeout | null = null;
  let ended: OverdueTask | null = null;
  const overdue = new Overdue(
    timeoutMs,
    (found) => {
      ended = found;
      endGroup(child);
    },
    stoppingMs,
  );
  const words = new Words((event) => {
    overdue.hear(event);
    if (event.event === 'run.started') {
      started(event.run);
      workers?.next();
    }
    heard(event);
  });
  const release = (): void => workers?.release(child);
  const end = async (): Promise<Ended> => {
    const { own, isFree } = await endOf(child, words);
    isOver = true;
    overdue.end();
    workers?.next();
    if (isFree) workers?.free(child);
    if (stopping !== null) {
      clearTimeout(stopping);
      // A signal that it has not seen yet would cancel its next run.
      release();
    }
    return ended === null ? own : await endOfOverdue(ended, heard, note);
  };
  return {
    ended: end(),
    cancel() {
      if (isOver) return;
      child.kill('SIGTERM');
      stopping ??= setTimeout(() => endGroup(child), stoppingMs);
    },
    release,
  };
}

/** A process that does not answer, and what it has started. */
function endGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL');
  } catch {
    // Windows has no groups.
    child.kill('SIGKILL');
  }
}

async function endOfOverdue(
  { task, error, events }: OverdueTask,
  heard: (event: RunEvent) => void,
  note: Command['note'],
): Promise<Ended> {
  for (const event of events) heard(event);
  // What was told of it stands, whether the record can be reached or not.
  await note?.(events).catch(() => undefined);
  const { code, message, engine } = error;
  const said = `${task}: ${message}, and its process, which did not stop it, was ended`;
  return { status: 'failed', said, failed: [{ task, code, message, engine }], counts: null, overdue: true };
}

/** The run is over when its process has gone, or is free for another. */
async function endOf(child: ChildProcess, words: Words): Promise<{ readonly own: Ended; readonly isFree: boolean }> {
  return await new Promise((resolve) => {
    const read = linesOf((line) => {
      const event = eventIn(line);
      if (event?.event === 'worker.free') settle(words.ended(null, null), true);
      else if (event !== null) words.hear(event);
    });
    const complain = (text: string): void => words.complain(text);
    const close = (code: number | null, signal: string | null): void => settle(words.ended(code, signal), false);
    const fail = ({ message }: Error): void => {
      words.complain(message);
      close(null, null);
    };
    const settle = (own: Ended, isFree: boolean): void => {
      child.stdout?.off('data', read);
      child.stderr?.off('data', complain);
      child.off('close', close).off('error', fail);
      resolve({ own, isFree });
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', complain);
    child.on('close', close).on('error', fail);
  });
}

/** What a run says, and how it ended by that. */
class Words {
  readonly #heard: (event: RunEvent) => void;
  readonly #failed: FailedTask[] = [];
  #status: Ended['status'] | null = null;
  #counts: NonNullable<Ended['counts']> | null = null;
  #complaint = '';

  constructor(heard: (event: RunEvent) => void) {
    this.#heard = heard;
  }

  hear(event: RunEvent): void {
    if (event.event === 'task.failed' && this.#failed.length < TOLD_TASKS) this.#failed.push(failedTask(event));
    if (event.event === 'run.finished') {
      this.#status = event.status;
      this.#counts = { failed: event.failed, skipped: event.skipped - event.unchanged };
    }
    this.#heard(event);
  }

  complain(text: string): void {
    this.#complaint = (this.#complaint + text).slice(-KEPT);
  }

  /** @param code of its process, where that has ended by itself @param signal that has ended it */
  ended(code: number | null, signal: string | null): Ended {
    const status = this.#status;
    if (status === 'succeeded') return { status, said: null };
    const failed = this.#failed;
    const complaint = inWords(this.#complaint);
    const said = failed.length > 0 ? failed.map(({ task, message }) => `${task}: ${message}`).join('\n') : complaint;
    if (status !== null) return { status, said, failed, counts: this.#counts };
    // It ended before it ran: the program is wrong, or the target cannot be opened, and it says so.
    if (code !== null && code !== 0) return { status: code === 130 ? 'cancelled' : 'failed', said };
    return { status: 'died', said: signal === null ? complaint : `its process was ended by ${signal}` };
  }
}

/** Gives each line of a text that comes in pieces. A line that never ends is nobody's, and is not kept. */
function linesOf(hear: (line: string) => void): (piece: string) => void {
  let begun = '';
  return (piece) => {
    const lines = (begun + piece).split('\n');
    begun = lines.pop() ?? '';
    if (begun.length > LONGEST) begun = begun.slice(-1);
    for (const line of lines) if (line.length <= LONGEST) hear(line);
  };
}

/** What can be told to others: its rows are left out. */
function failedTask({ task, error }: Extract<RunEvent, { event: 'task.failed' }>): FailedTask {
  return { task, code: error.code, message: error.message, engine: error.engine };
}

/** Null of a line that something else printed, such as a function of the project. */
function eventIn(line: string): RunEvent | Free | null {
  const value = parsed(line);
  return value !== null && 'event' in value ? (value as RunEvent | Free) : null;
}

/** What a command tells of mistakes as errors for programs, a JSON object a line; else what it said, as it is. */
function inWords(said: string): string | null {
  const messages = said.split('\n').flatMap((line) => {
    const value = parsed(line);
    return value !== null && 'message' in value ? [String(value.message)] : [];
  });
  const text = messages.length > 0 ? messages.slice(0, 5).join('\n') : said.trim();
  return text === '' ? null : text;
}

function parsed(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
