/**
 * Tells pages what happens, as it happens: server-sent events. What any process of any run notes in the record is looked
 * for while somebody listens, and only then.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answers } from './answers.ts';
import type { LiveMessage } from './api.ts';
import type { History } from './history.ts';

const LOOK_MS = 400;
/** Something is said at least so often, so that nothing between takes the silence for an end. */
const QUIET_MS = 15_000;
const MOST_LISTENERS = 100;
/** One that does not take what it is sent is let go: its browser comes back and asks for everything anew. */
const MOST_WAITING = 1 << 20;
const PAGE = 2000;

export class Live {
  readonly #history: History;
  readonly #answers: Answers;
  readonly #listeners = new Set<ServerResponse>();
  #watching = false;
  #position = 0;
  /** Which job a run is of. */
  readonly #jobs = new Map<string, string | null>();
  /** What was known of the queue: a job's part of it, by job. */
  #queue = new Map<string, string>();
  #spoke = 0;

  constructor(history: History, answers: Answers) {
    this.#history = history;
    this.#answers = answers;
  }

  /** False where there are too many already. */
  add(response: ServerResponse): boolean {
    if (this.#listeners.size >= MOST_LISTENERS) return false;
    this.#listeners.add(response);
    response.on('close', () => this.#listeners.delete(response));
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write(': here\n\n');
    if (!this.#watching) void this.#watch();
    return true;
  }

  close(): void {
    for (const listener of this.#listeners) listener.end();
  }

  /** For as long as somebody listens. */
  async #watch(): Promise<void> {
    this.#watching = true;
    // From here on; what was before, a page asks for itself.
    let look = async (): Promise<void> => {
      this.#position = await this.#history.position();
      this.#queue = await this.#queued();
      look = () => this.#tell();
    };
    while (this.#listeners.size > 0) {
      // A record that cannot be read just now is looked at again.
      await look().catch(() => undefined);
      await sleep(LOOK_MS, undefined, { ref: false });
    }
    this.#watching = false;
  }

  async #tell(): Promise<void> {
    const told = await this.#history.told(this.#position, PAGE);
    this.#position = told.at(-1)?.seq ?? this.#position;
    const runs = new Set(told.map(({ event }) => event.run));
    const jobs = new Set<string>();
    for (const run of runs) {
      if (!this.#jobs.has(run)) this.#jobs.set(run, (await this.#history.run(run))?.job ?? null);
      const job = this.#jobs.get(run);
      if (job != null) jobs.add(job);
    }
    if (this.#jobs.size > PAGE) this.#jobs.clear();
    const queue = await this.#queued();
    for (const job of new Set([...queue.keys(), ...this.#queue.keys()]))
      if (queue.get(job) !== this.#queue.get(job)) jobs.add(job);
    this.#queue = queue;
    if (jobs.size > 0) this.#send({ is: 'jobs', jobs: await this.#answers.rows(jobs) });
    if (runs.size > 0) {
      const ended = told.some(({ event }) => event.event === 'run.finished');
      this.#send({ is: 'runs', runs: [...runs], ended });
    }
    if (performance.now() - this.#spoke > QUIET_MS) this.#write(': here\n\n');
  }

  async #queued(): Promise<Map<string, string>> {
    const { open, paused } = await this.#history.queue();
    const of = new Map([...paused].map((job) => [job, 'paused']));
    for (const { id, job, status } of open) of.set(job, `${of.get(job) ?? ''} ${id} ${status}`);
    return of;
  }

  #send(message: LiveMessage): void {
    this.#write(`data: ${JSON.stringify(message)}\n\n`);
  }

  #write(text: string): void {
    this.#spoke = performance.now();
    for (const listener of this.#listeners) {
      if (listener.writableLength > MOST_WAITING) listener.destroy();
      else listener.write(text);
    }
  }
}
