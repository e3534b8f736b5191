/** What is kept of what runs tell: whatever that is, it does not fill the state, and what is cut says so. */
import type { RunEvent } from '../events.ts';
import type { Statements } from './database.ts';

/** Characters of one text of an event, such as a statement or what an engine said. */
const TEXT = 32_768;
/** Characters of all that a run tells. */
const RUN = 16 * 1024 * 1024;
/** Of a target: the log of so many runs is kept; that they were, and what they did, for longer. */
const RUNS = 1000;
/** So many older ones go each time. */
const AT_A_TIME = 20;

/** An event whose texts are no longer than what is kept. */
export function shortened(event: RunEvent): RunEvent {
  const text = JSON.stringify(event);
  if (text.length <= TEXT) return event;
  return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? cut(value) : value)) as RunEvent;
}

function cut(text: string): string {
  return text.length <= TEXT ? text : `${text.slice(0, TEXT)}… (${text.length - TEXT} more characters are not kept)`;
}

/** Writes the log of runs, up to what is kept of each. */
export class Log {
  readonly #lengths = new Map<string, number>();

  async write(statements: Statements, events: readonly RunEvent[]): Promise<void> {
    const kept = events.flatMap((event) => this.#kept(event));
    if (kept.length === 0) return;
    await statements.run(
      `INSERT INTO events (run, event) VALUES ${kept.map(() => '(?, ?)').join(', ')}`,
      ...kept.flatMap((event) => [event.run, JSON.stringify(event)]),
    );
  }

  #kept(event: RunEvent): readonly RunEvent[] {
    const { run, at } = event;
    // How far a task is stands with the task, and is told anew twice a second.
    if (event.event === 'task.progress') return [];
    const before = this.#lengths.get(run) ?? 0;
    const length = before + JSON.stringify(event).length;
    this.#lengths.set(run, length);
    if (event.event === 'run.finished') {
      this.#lengths.delete(run);
      return [event];
    }
    if (length <= RUN) return [event];
    if (before > RUN) return [];
    const message = `what the run tells from here on is not kept: it is more than ${RUN / 1024 / 1024} MB`;
    return [{ event: 'run.warned', at, run, message }];
  }
}

/** Takes away the logs of the oldest runs of a target, a few at a time. */
export async function forgetLogs({ all, run }: Statements, target: string): Promise<void> {
  const old = await all(
    `SELECT run FROM runs WHERE target = ? AND forgotten IS NULL ORDER BY seq DESC LIMIT ? OFFSET ?`,
    target,
    AT_A_TIME,
    RUNS,
  );
  for (const { run: name } of old) {
    await run('DELETE FROM events WHERE run = ?', String(name));
    await run('UPDATE runs SET forgotten = 1 WHERE run = ?', String(name));
  }
}
