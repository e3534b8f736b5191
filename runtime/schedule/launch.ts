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
import { type Program, type StandBy, started as startProcess } from './stand-by.ts';

/** Characters that are kept of what a process said last. */
const KEPT = 4000;
/** Characters of a line that is read. */
const LONGEST = 16 * 1024 * 1024;

export interface Command extends Program {
  readonly args: readonly string[];
  /** From whom a process is taken that has been started already; else one is started. */
  readonly standBy?: StandBy;
  /** Of an attempt at a task: a process that lets it pass without a word is ended. Null: none is. */
  readonly timeoutMs?: number | null;
  /** How long after that, and after a cancel, it may take to stop; default: `STOPPING_MS`. */
  readonly stoppingMs?: number;
  /** Notes what the process of a run was ended for, which cannot note it itself. */
  readonly note?: (events: readonly RunEvent[]) => Promise<void>;
}

/** @param started is told the run's id @param heard is told each event */
export function launch(
  { args, standBy, timeoutMs = null, stoppingMs = STOPPING_MS, note, ...program }: Command,
  started: (run: string) => void,
  heard: (event: RunEvent) => void = () => {},
): Launched {
  const child = standBy?.take(args) ?? startProcess(program, args);
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
  const hear = (event: RunEvent): void => {
    overdue.hear(event);
    if (event.event === 'run.started') standBy?.next();
    heard(event);
  };
  const end = async (): Promise<Ended> => {
    const own = await endOf(child, started, hear);
    overdue.end();
    standBy?.next();
    if (stopping !== null) clearTimeout(stopping);
    return ended === null ? own : await endOfOverdue(ended, heard, note);
  };
  return {
    ended: end(),
    cancel() {
      child.kill('SIGTERM');
      stopping ??= setTimeout(() => endGroup(child), stoppingMs);
    },
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

async function endOf(
  child: ChildProcess,
  started: (run: string) => void,
  heard: (event: RunEvent) => void,
): Promise<Ended> {
  let status: Ended['status'] | null = null;
  let said = '';
  const failed: FailedTask[] = [];
  let counts: Ended['counts'] = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT);
  });
  const hear = (line: string): void => {
    const event = eventIn(line);
    if (event === null) return;
    if (event.event === 'run.started') started(event.run);
    if (event.event === 'task.failed' && failed.length < TOLD_TASKS) failed.push(failedTask(event));
    if (event.event === 'run.finished') {
      status = event.status;
      counts = { failed: event.failed, skipped: event.skipped - event.unchanged };
    }
    heard(event);
  };
  child.stdout?.setEncoding('utf8').on('data', linesOf(hear));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (exit, by) => resolve([exit, by]));
    child.once('error', (failure) => {
      said = failure.message;
      resolve([null, null]);
    });
  });
  if (status === 'succeeded') return { status, said: null };
  const why = failed.length > 0 ? failed.map(({ task, message }) => `${task}: ${message}`).join('\n') : inWords(said);
  if (status !== null) return { status, said: why, failed, counts };
  // It ended before it ran: the program is wrong, or the target cannot be opened, and it says so.
  if (code !== null && code !== 0) return { status: code === 130 ? 'cancelled' : 'failed', said: why };
  return { status: 'died', said: signal === null ? inWords(said) : `its process was ended by ${signal}` };
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
function eventIn(line: string): RunEvent | null {
  const value = parsed(line);
  return value !== null && 'event' in value ? (value as RunEvent) : null;
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
