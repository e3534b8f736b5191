/** What a scheduler tells people of: runs that failed, what is late, and what is well again. */
import type { Delivery, Desk, Happening } from '../notify/desk.ts';
import type { Ended, ScheduleEvent } from './events.ts';
import { type Late, lateRuns, type Promised, staleDatasets } from './late.ts';
import type { Ledger, Queue, QueuedRun } from './queue.ts';

export interface Looking {
  readonly now: () => number;
  readonly paused: ReadonlySet<string>;
  readonly tell: (event: ScheduleEvent) => void;
  /** Something has become of a message. */
  readonly heard: () => void;
}

interface Over {
  readonly entry: QueuedRun;
  readonly ended: Ended;
  readonly run: string | null;
}

/** How often it is looked whether something is late. */
const LOOK_MS = 10_000;

export class Watch {
  readonly #desk: Desk;
  readonly #promised: Promised;
  /** Ends the commands that people are told to type: ` --target prod`. */
  readonly #option: string;
  /** Whether anything can be late. */
  readonly #promises: boolean;
  /** What is known to be late, so that it is told of once. */
  readonly #late = new Set<string>();
  #looked = Number.NEGATIVE_INFINITY;

  constructor(desk: Desk, promised: Promised, option: string) {
    this.#desk = desk;
    this.#promised = promised;
    this.#option = option;
    this.#promises =
      promised.jobs.some(({ slaMs }) => slaMs !== undefined) ||
      promised.datasets.some((one) => one.freshMs !== undefined);
  }

  async open(queue: Queue): Promise<void> {
    this.#late.clear();
    this.#looked = Number.NEGATIVE_INFINITY;
    await this.#desk.open(queue.notices);
  }

  /** What was to be written does not stand. */
  forget(): void {
    this.#desk.forget();
  }

  /** Writes that a run failed, with its end. */
  async ended(ledger: Ledger, { entry, ended, run }: Over, now: number): Promise<void> {
    const { job, dueAt } = entry;
    // Whether it is well again is looked for at once.
    if (this.#desk.unwell.has(`job ${job}`)) this.#looked = Number.NEGATIVE_INFINITY;
    if (ended.status !== 'failed' && ended.status !== 'died') return;
    const { said, failed = [], counts = null } = ended;
    const inARow = await ledger.failing(job);
    const next = run === null ? `pipec run job:${job}${this.#option}` : `pipec retry ${run}${this.#option}`;
    const title = ended.status === 'died' ? `${job} died` : `${job} failed`;
    const event = `failure ${job} ${iso(dueAt)}`;
    const what = { about: 'failure', subject: `job ${job}`, job, dataset: null } as const;
    await this.#desk.note(
      ledger.notices,
      { ...what, event, dueAt, run, title, next, said, failed, counts, inARow },
      now,
    );
  }

  /** Notices what is late or well again, and hands out what is to be told. True where all of that has been tried. */
  async look(queue: Queue, looking: Looking): Promise<boolean> {
    const { now, heard } = looking;
    if (this.#desk.hasNews) await this.#settle(queue, looking);
    const at = now();
    if (at - this.#looked >= LOOK_MS || at < this.#looked) {
      this.#looked = at;
      if (this.#promises || this.#desk.unwell.size > 0) await this.#notice(queue, looking, at);
    }
    await this.#desk.hand(queue.notices, now, heard);
    return this.#desk.isIdle();
  }

  async #settle(queue: Queue, { now, tell }: Looking): Promise<void> {
    const over = await queue.leading(async (ledger) => await this.#desk.settle(ledger.notices, now()));
    this.#desk.settled(over);
    for (const one of over) tell(deliveryEvent(one, iso(now())));
  }

  async #notice(queue: Queue, { paused, tell }: Looking, now: number): Promise<void> {
    const undone = await queue.undone();
    const late = [
      ...lateRuns(this.#promised, undone, paused, now),
      ...(await staleDatasets(this.#promised, queue, paused, now)),
    ];
    const subjects = new Set(late.map(subjectOf));
    const news = late.filter((one) => !this.#late.has(eventOf(one)));
    const well = await this.#well(queue, undone, subjects, now);
    const unwell = this.#desk.unwell;
    // What goes on is told again after a while: the desk knows when.
    const told = late.filter((one) => unwell.has(subjectOf(one)) || news.includes(one));
    if (told.length > 0 || well.length > 0)
      await this.#write(queue, async (ledger) => {
        for (const one of told) await this.#desk.note(ledger.notices, this.#lateness(one), now);
        for (const one of well) await this.#desk.note(ledger.notices, one, now);
      });
    this.#late.clear();
    for (const one of late) this.#late.add(eventOf(one));
    for (const { job, dataset, dueAt } of news)
      tell({ event: 'schedule.late', at: iso(now), job, dataset, dueAt: iso(dueAt) });
  }

  async #write(queue: Queue, work: (ledger: Ledger) => Promise<void>): Promise<void> {
    try {
      await queue.leading(work);
    } catch (failure) {
      this.forget();
      throw failure;
    }
  }

  #lateness(late: Late): Happening {
    const { job, dataset, dueAt, since } = late;
    const about = 'lateness';
    const next = job === null ? null : `pipec runs ${job}${this.#option}`;
    const event = `lateness ${eventOf(late)}`;
    const title = dataset === null ? `${job} is late` : `${dataset} is not fresh`;
    const said =
      dataset === null ? `it was to be done by ${iso(since)}` : `it was to be published anew by ${iso(since)}`;
    return { about, event, subject: subjectOf(late), job, dataset, dueAt, run: null, title, next, said };
  }

  /** What somebody knows to be unwell and is not: of a job nothing is undone, of a dataset nothing late. */
  async #well(
    queue: Queue,
    undone: ReadonlyMap<string, number>,
    late: ReadonlySet<string>,
    now: number,
  ): Promise<readonly Happening[]> {
    const found: Happening[] = [];
    for (const [subject, since] of this.#desk.unwell) {
      const [kind, name = ''] = [subject.slice(0, subject.indexOf(' ')), subject.slice(subject.indexOf(' ') + 1)];
      if (kind === 'job' ? undone.has(name) : late.has(subject)) continue;
      const job = kind === 'job' ? name : this.#makerOf(name);
      const success = kind === 'job' ? await queue.wellSince(name, since) : { run: null };
      if (success === null) continue;
      const { run } = success;
      const title = kind === 'job' ? `${name} is well again` : `${name} is fresh again`;
      const dataset = kind === 'job' ? null : name;
      const event = `recovery ${subject} ${iso(now)}`;
      found.push({ about: 'recovery', event, subject, job, dataset, dueAt: now, run, title, next: null });
    }
    return found;
  }

  #makerOf(dataset: string): string | null {
    return this.#promised.jobs.find(({ tasks }) => tasks.some(({ id }) => id === dataset))?.name ?? null;
  }
}

const subjectOf = ({ job, dataset }: Late): string => (dataset === null ? `job ${job}` : `dataset ${dataset}`);
const eventOf = (late: Late): string => `${subjectOf(late)} ${iso(late.dueAt)}`;
const iso = (instant: number): string => new Date(instant).toISOString();

function deliveryEvent({ notice, said, again }: Delivery, at: string): ScheduleEvent {
  const { notify, message } = notice;
  const what = { at, notify, about: message.about, subject: message.subject };
  if (said === null) return { event: 'schedule.told', ...what };
  return { event: 'schedule.untold', ...what, said, again: again === null ? null : iso(again) };
}
