/** A clock that stands still until it is told to go on: what waits for it is woken in order, at exactly its time. */
import type { Clock } from '../../runtime/schedule/scheduler.ts';

export class FakeClock implements Clock {
  #now: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      });
    });

  /** Goes on to a moment, waking on the way whoever sleeps until then. */
  async until(moment: string): Promise<void> {
    const end = Date.parse(moment);
    for (;;) {
      await this.#quiet();
      const next = this.#sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.#now = next;
      const woken = this.#sleepers.filter(({ at }) => at <= next);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > next);
      for (const { wake } of woken) wake();
    }
    this.#now = end;
  }

  /** Goes on to a moment, past the minutes in which nothing begins: those around each half hour are lived through. */
  async halves(moment: string): Promise<void> {
    const [end, half] = [Date.parse(moment), 30 * 60_000];
    for (;;) {
      const next = Math.ceil((this.#now + 1) / half) * half;
      if (next - 90_000 > this.#now && next - 90_000 < end) this.jump(iso(next - 90_000));
      await this.until(iso(Math.min(next + 200_000, end)));
      if (this.#now >= end) return;
    }
  }

  /** Jumps without a word, as when a machine wakes up or its clock is set. Those who sleep go on as long as they meant to. */
  jump(moment: string): void {
    const by = Date.parse(moment) - this.#now;
    this.#now += by;
    this.#sleepers = this.#sleepers.map(({ at, wake }) => ({ at: at + by, wake }));
  }

  /** Lets promises settle. */
  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

const iso = (instant: number): string => new Date(instant).toISOString();
