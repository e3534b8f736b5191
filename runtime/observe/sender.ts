/**
 * Hands documents to a receiver in the background, one after the other and in their order. Whoever is away, slow or wrong
 * holds nobody up: what cannot be handed over is dropped and counted.
 */

/** One attempt. Resolves when the document is taken. @throws Refusal where trying again is no use, else any error */
export type Deliver = (document: unknown, signal: AbortSignal) => Promise<void>;

/** What trying again does not change: a wrong address, a wrong key, a document that is not wanted. */
export class Refusal extends Error {}

/** Once nothing more comes, a document is tried so often, after pauses that double from this. */
const LAST_TRIES = 4;
const LAST_PAUSE_MS = 250;

export interface SenderOptions {
  readonly deliver: Deliver;
  /** Of one attempt. */
  readonly timeoutMs?: number;
  /** Between two attempts, at first; it doubles up to thirty times as much. */
  readonly pauseMs?: number;
  /** Documents that wait; beyond that the oldest are dropped. */
  readonly most?: number;
}

/** What was not handed over, and why the last of it was not. */
export interface Lost {
  readonly documents: number;
  readonly why: string;
}

export class Sender {
  readonly #deliver: Deliver;
  readonly #timeoutMs: number;
  readonly #pauseMs: number;
  readonly #most: number;
  #waiting: unknown[] = [];
  #working: Promise<void> | null = null;
  #lost = 0;
  #why = 'there was no time left';
  /** Aborted when no time is left. */
  readonly #over = new AbortController();
  /** Aborted at the end: who is away is tried a few times more, and not waited for beyond that. */
  readonly #ending = new AbortController();

  constructor({ deliver, timeoutMs = 5000, pauseMs = 500, most = 10_000 }: SenderOptions) {
    this.#deliver = deliver;
    this.#timeoutMs = timeoutMs;
    this.#pauseMs = pauseMs;
    this.#most = most;
  }

  add(...documents: readonly unknown[]): void {
    if (documents.length === 0) return;
    this.#waiting.push(...documents);
    const over = this.#waiting.length - this.#most;
    if (over > 0) this.#drop(this.#waiting.splice(0, over).length, 'too many documents wait for it');
    this.#working ??= this.#work();
  }

  /** Hands over what is left, for at most so long. Null where nothing was lost. */
  async end(ms: number): Promise<Lost | null> {
    this.#ending.abort();
    const timer = setTimeout(() => this.#over.abort(), ms);
    await this.#working;
    clearTimeout(timer);
    return this.#lost === 0 ? null : { documents: this.#lost, why: this.#why };
  }

  #drop(documents: number, why: string): void {
    this.#lost += documents;
    this.#why = why;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const failure = await this.#hand(this.#waiting.shift());
      if (failure === null) continue;
      // Who is not there at the end would take none of the others.
      const others = failure instanceof Refusal ? 0 : this.#waiting.splice(0).length;
      this.#drop(1 + others, wordsOf(failure));
    }
    this.#working = null;
  }

  /** Null where it was taken, else why not. Whoever is away is tried until the end, and then a few times in short order. */
  async #hand(document: unknown): Promise<unknown> {
    let left = LAST_TRIES;
    for (let pause = this.#pauseMs; ; pause = Math.min(pause * 2, this.#pauseMs * 30)) {
      const isEnding = this.#ending.signal.aborted;
      try {
        await this.#attempt(document);
        return null;
      } catch (failure) {
        if (isEnding) left -= 1;
        if (failure instanceof Refusal || left === 0 || this.#over.signal.aborted) return failure;
      }
      if (isEnding) await rest(LAST_PAUSE_MS * 2 ** (LAST_TRIES - left - 1), this.#over.signal);
      else await rest(pause, this.#ending.signal);
    }
  }

  /** Ends in time, whatever the receiver does. */
  async #attempt(document: unknown): Promise<void> {
    const stop = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = (why: string) => () => {
        reject(new Error(why));
        stop.abort();
      };
      timer = setTimeout(giveUp(`it did not answer in ${this.#timeoutMs / 1000} s`), this.#timeoutMs);
      this.#over.signal.addEventListener('abort', giveUp('it did not answer in time'), { signal: stop.signal });
      if (this.#over.signal.aborted) giveUp('there was no time left')();
    });
    try {
      await Promise.race([this.#deliver(document, stop.signal), late]);
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }
}

/** A pause, which the signal cuts short. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
  });
}

/** The reason behind a failed request is in its cause. */
function wordsOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { cause } = failure;
  if (!(cause instanceof Error)) return failure.message;
  // Of several addresses that were tried, none says more than the first.
  const first = cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
  return first instanceof Error && first.message !== '' ? first.message : failure.message;
}

/** How a document is written. */
export interface Form {
  readonly headers: Readonly<Record<string, string>>;
  readonly write: (document: unknown) => string | Uint8Array<ArrayBuffer>;
}

const JSON_FORM: Form = {
  headers: { 'Content-Type': 'application/json' },
  write: (document) => JSON.stringify(document),
};

/** Posts it. What the receiver answers is not read: it may be endless. */
export function post(url: URL, headers: Readonly<Record<string, string>>, form = JSON_FORM): Deliver {
  return async (document, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...form.headers, ...headers },
      body: form.write(document),
      redirect: 'manual',
      signal,
    });
    void response.body?.cancel().catch(() => undefined);
    if (response.ok) return;
    const why = `it answered ${response.status} ${response.statusText}`.trim();
    throw isPassing(response.status) ? new Error(why) : new Refusal(why);
  };
}

/** Too many requests, or a server that is not itself just now. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;
