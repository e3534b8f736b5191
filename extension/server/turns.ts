/** Work that nobody waits for: in turns so short, and so far apart, that no answer to the editor waits for long. */

/** Milliseconds of work at a time: what is asked meanwhile waits for half of it on average. */
const TURN = 4;
/** Milliseconds from a change to the first turn: what an editor shows beside a keystroke it asks for right behind it. */
const PATIENCE = 2;
/** Of the event loop: a message takes two from the stream to whoever answers it, and the answer one to the stream. */
const ROUNDS = 4;

export class Turns {
  /** Whether there is more to do when it comes back; it had better do so at `until`. */
  readonly #work: (until: number) => boolean;
  #isWaiting = false;
  #notBefore = 0;
  /** Since the last message or turn. */
  #rounds = 0;

  constructor(work: (until: number) => boolean) {
    this.#work = work;
  }

  /** There is work, because of a change. */
  begin(): void {
    this.#notBefore = performance.now() + PATIENCE;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#wait();
  }

  /** A message came: it is answered, and so are those behind it, before the next turn. */
  heard(): void {
    this.#rounds = 0;
  }

  #wait(): void {
    const left = this.#notBefore - performance.now();
    if (left > 0) setTimeout(() => this.#wait(), Math.ceil(left));
    else if (this.#rounds < ROUNDS) {
      this.#rounds += 1;
      setImmediate(() => this.#wait());
    } else {
      this.#rounds = 0;
      this.#isWaiting = this.#work(performance.now() + TURN);
      if (this.#isWaiting) setImmediate(() => this.#wait());
    }
  }
}
