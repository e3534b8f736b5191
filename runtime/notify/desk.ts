/**
 * Who is told, and when. What happens is written as a message with what it tells of; the desk then hands it to its
 * receiver, beside everything else: one at a time each, again after a pause where it did not arrive, and not for ever.
 */
import { backoffMs } from '../attempt.ts';
import type { NotifyPlan, Occasion } from '../plan.ts';
import type { FailedTask, Message } from './message.ts';
import type { Notice, Notices } from './notices.ts';
import { Undelivered } from './post.ts';

export interface DeskOptions {
  readonly notify: readonly NotifyPlan[];
  readonly project: string;
  readonly target: string;
  /** Resolves when the message has arrived. @throws Undelivered */
  readonly send: (to: NotifyPlan, notice: Notice) => Promise<void>;
}

/** What became of a message. */
export interface Delivery {
  readonly notice: Notice;
  /** Null where it has arrived. */
  readonly said: string | null;
  /** When it is tried again, in ms since 1970; null: never, or it is there. */
  readonly again: number | null;
}

/** What happened, as far as all who are told of it are told the same. */
export type Happening = Pick<Message, 'subject' | 'job' | 'dataset' | 'run' | 'title' | 'next'> & {
  readonly about: Occasion;
  /** The same thing has the same name, so that it is told once. */
  readonly event: string;
  readonly dueAt: number;
  readonly said?: string | null;
  readonly failed?: readonly FailedTask[];
  readonly counts?: Message['counts'];
  readonly inARow?: { readonly times: number; readonly since: number } | null;
};

const PAUSE = { kind: 'exponential', initialMs: 10_000, maxMs: 600_000 } as const;
/** What has not arrived by then is not news any more. */
const GIVEN_UP_MS = 24 * 3_600_000;

/** What somebody knows of a subject that is not well: when each was told last. */
type Known = Partial<Record<Occasion, number>>;

export class Desk {
  readonly #options: DeskOptions;
  readonly #known = new Map<string, Known>();
  /** Receivers that are being told. */
  readonly #busy = new Set<string>();
  /** A receiver that did not answer is left alone until then. */
  readonly #rests = new Map<string, number>();
  #waiting: readonly Notice[] = [];
  #isStale = true;
  #isForgotten = false;
  #over: Delivery[] = [];

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** What was to be written last does not stand: what is known is looked up again. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Takes over what an earlier leader knew. */
  async open(notices: Notices): Promise<void> {
    this.#isForgotten = false;
    this.#known.clear();
    this.#isStale = true;
    for (const { notify, subject, occasion, at } of await notices.told())
      this.#known.set(key(notify, subject), { ...this.#known.get(key(notify, subject)), [occasion]: at });
  }

  /** Subjects of which somebody knows that they are not well, and since when. */
  get unwell(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [one, known] of this.#known) {
      const subject = one.slice(one.indexOf('\n') + 1);
      found.set(subject, Math.min(found.get(subject) ?? Number.POSITIVE_INFINITY, ...Object.values(known)));
    }
    return found;
  }

  /** Whether what is to be told has been tried once, and nothing is on its way. */
  isIdle(): boolean {
    const isNew = this.#isStale || this.#waiting.some(({ notify, tries }) => tries === 0 && !this.#rests.has(notify));
    return !isNew && this.#busy.size === 0 && this.#over.length === 0;
  }

  /** Writes messages of what happened, to all who are to know and do not yet. */
  async note(notices: Notices, happening: Happening, now: number): Promise<void> {
    if (this.#isForgotten) await this.open(notices);
    const { about, subject, job } = happening;
    for (const { name, about: wanted, jobs, againMs } of this.#options.notify) {
      let { event } = happening;
      if (!wanted.includes(about) || (jobs !== null && (job === null || !jobs.includes(job)))) continue;
      const known = this.#known.get(key(name, subject));
      if (about === 'recovery') {
        if (known === undefined) continue;
        this.#known.delete(key(name, subject));
      } else {
        const before = known?.[about];
        if (before !== undefined && now - before < againMs) continue;
        if (before !== undefined) event = `${event} again ${iso(now)}`;
        this.#known.set(key(name, subject), { ...known, [about]: now });
      }
      if (await notices.add(name, event, this.#message(happening, now), now)) this.#isStale = true;
    }
  }

  #message({ event: _event, dueAt, inARow = null, ...rest }: Happening, now: number): Message {
    const { project, target } = this.#options;
    const since = inARow === null ? null : { times: inARow.times, since: iso(inARow.since) };
    const known = { said: null, failed: [], counts: null, ...rest };
    return { ...known, project, target, at: iso(now), dueAt: iso(dueAt), inARow: since };
  }

  /** Writes what became of messages. */
  async settle(notices: Notices, now: number): Promise<readonly Delivery[]> {
    const over = this.#over;
    for (const { notice, said, again } of over)
      if (said === null) await notices.sent(notice.id, now);
      else await notices.failed(notice.id, said, again);
    return over;
  }

  /** What has been settled stands. */
  settled(over: readonly Delivery[]): void {
    if (over.length === 0) return;
    this.#over = this.#over.slice(over.length);
    this.#isStale = true;
    for (const { notice } of over) this.#busy.delete(notice.notify);
  }

  get hasNews(): boolean {
    return this.#over.length > 0;
  }

  /** Hands out what waits, and does not wait for it. @param heard is called when something has become of a message */
  async hand(notices: Notices, now: () => number, heard: () => void): Promise<void> {
    const { notify, send } = this.#options;
    if (this.#isStale) {
      this.#waiting = await notices.waiting();
      this.#isStale = false;
    }
    for (const notice of this.#waiting) {
      const to = notify.find(({ name }) => name === notice.notify);
      const rests = Math.max(this.#rests.get(notice.notify) ?? 0, notice.notBefore ?? 0);
      if (this.#busy.has(notice.notify) || rests > now()) continue;
      this.#busy.add(notice.notify);
      if (to === undefined) {
        this.#over.push({ notice, said: 'the program has no receiver of this name any more', again: null });
        continue;
      }
      void send(to, notice)
        .then(() => this.#arrived(notice))
        .catch((failure: unknown) => this.#failed(notice, failure, now()))
        .finally(heard);
    }
  }

  #arrived(notice: Notice): void {
    this.#rests.delete(notice.notify);
    this.#over.push({ notice, said: null, again: null });
  }

  #failed(notice: Notice, failure: unknown, now: number): void {
    const { waitMs, message: said } =
      failure instanceof Undelivered ? failure : new Undelivered('it could not be told');
    const again = now + Math.max(waitMs ?? 0, backoffMs(PAUSE, Math.min(notice.tries + 1, 10)));
    this.#rests.set(notice.notify, again);
    this.#over.push({ notice, said, again: again - notice.madeAt > GIVEN_UP_MS ? null : again });
  }
}

/** Names are of one line. */
const key = (notify: string, subject: string): string => `${notify}\n${subject}`;
const iso = (instant: number): string => new Date(instant).toISOString();
