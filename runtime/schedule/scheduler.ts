/**
 * The scheduler: looks at the clock, queues what is due, starts it as places are free, and notes how it ended. All it
 * knows is in the queue, so that another one can go on where it stopped.
 *
 *   wait for the lease → take back what an earlier leader left → { queue what is due → start → sleep } … → stop
 */
import { backoffMs } from '../attempt.ts';
import { toRunError } from '../errors.ts';
import type { BlackoutPlan, JobPlan } from '../plan.ts';
import { blackoutsOf, covers, outside } from './blackout.ts';
import type { Ended, ScheduleEvent } from './events.ts';
import { type Due, type End, LeaseLost, type Ledger, type Queue, type QueuedRun } from './queue.ts';
import { type Begun, beginning, type Places, type Rules } from './ready.ts';
import { type Times, timesOf } from './times.ts';
import type { Watch } from './watch.ts';

export interface Clock {
  /** In ms since 1970. */
  readonly now: () => number;
  /** Resolves after so long, or when the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A run that has been started in a process of its own. */
export interface Launched {
  readonly ended: Promise<Ended>;
  /** The run cancels what it does and ends. */
  readonly cancel: () => void;
  /** What waited for its end has begun, or nothing did: its process is no longer needed. */
  readonly release: () => void;
}
export interface SchedulerOptions {
  readonly jobs: readonly JobPlan[];
  readonly queue: Queue;
  /** Times in which none of the jobs that keep to them begins. */
  readonly blackouts?: readonly BlackoutPlan[];
  /** `places`: how many of its tasks may be in each pool at a time. */
  readonly launch: (job: JobPlan, started: (run: string) => void, places: Places) => Launched;
  readonly clock: Clock;
  /** Tells people what fails, and what is late. */
  readonly watch?: Watch;
  /** Runs at a time. */
  readonly places: number;
  /** For people who ask who leads: `process 42 on db1`. */
  readonly who: string;
  /** Another takes over so long after the last sign of life. */
  readonly leaseMs: number;
  /** When told to stop: how long runs may go on before they are cancelled. */
  readonly graceMs: number;
  /** Ends when what is due is done, instead of waiting for more. */
  readonly once: boolean;
  readonly tell: (event: ScheduleEvent) => void;
  /** Stops it. */
  readonly signal: AbortSignal;
}

/** How a scheduler ended. `idle`: another leads, and it was to look once. */
export type ScheduleEnd = 'stopped' | 'done' | 'idle';

/** A run whose process goes away is started so often in all. */
const TRIES = 3;
/** Missed runs that are queued of a job at a time; the next follow when these are done. */
const AHEAD = 100;
/** A pause or a job that was put back by hand is seen after so long. */
const LOOK_MS = 1000;

/** Works until it is stopped, or done. @throws what the state file says where it cannot be written */
export async function runScheduler(options: SchedulerOptions): Promise<ScheduleEnd> {
  return await new Scheduler(options).work();
}

interface Running {
  readonly entry: QueuedRun;
  readonly places: Places;
  readonly launched: Launched;
  /** Another scheduler does it by now: how it ends here is nobody's. */
  lost: boolean;
}

/** A run that has ended, and is not noted yet. */
interface Over {
  readonly entry: QueuedRun;
  readonly ended: Ended;
  readonly run: string | null;
  readonly ms: number;
  /** Lets its process go; null where that went with another scheduler. */
  readonly release: (() => void) | null;
}

/** What a transaction of the queue has to say, once it stands. */
type Says = readonly ScheduleEvent[];

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #jobs: ReadonlyMap<string, JobPlan>;
  readonly #times: ReadonlyMap<string, Times>;
  /** When each job comes next, after what has been looked at. */
  readonly #next = new Map<string, number>();
  /** The job that makes a dataset. */
  readonly #maker: ReadonlyMap<string, string>;
  readonly #rules: Rules;
  /** What has been started and whose end is not noted yet. */
  readonly #running = new Map<number, Running>();
  /** What has become of runs since it was noted last: the loop alone writes. */
  #named: { readonly id: number; readonly run: string }[] = [];
  #over: Over[] = [];
  #leads = false;
  /** What is queued or running, and when that was read; null where it is to be read anew. */
  #known: { readonly at: number; open: readonly QueuedRun[] } | null = null;
  /** When the lease was made longer. */
  #renewed = Number.NEGATIVE_INFINITY;
  #stopping = false;
  /** The state cannot be reached just now. */
  #away = false;
  /** Ends the sleep: something has happened. */
  #wake = new AbortController();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
    this.#times = new Map(
      options.jobs.flatMap(({ name, schedule }) =>
        schedule === null || 'arrival' in schedule
          ? []
          : [[name, outside(timesOf(schedule), this.#blackouts(name, 'skip'))] as const],
      ),
    );
    this.#rules = {
      job: (name) => this.#jobs.get(name),
      upstream: (job) => this.#upstreamOf(job),
      places: options.places,
    };
    this.#maker = new Map(options.jobs.flatMap((job) => job.tasks.map((task) => [task.id, job.name] as const)));
  }

  async work(): Promise<ScheduleEnd> {
    const { signal, queue, once } = this.#options;
    const stop = (): void => this.#wake.abort();
    signal.addEventListener('abort', stop);
    try {
      let toldOf: string | null = null;
      while (!signal.aborted) {
        try {
          const leader = await this.#renew();
          this.#away = false;
          if (leader === null) {
            toldOf = null;
            if (await this.#leading(async () => await this.#step())) return 'done';
          } else {
            if (once) return 'idle';
            if (leader !== toldOf) this.#options.tell({ event: 'schedule.waiting', at: this.#at(), leader });
            toldOf = leader;
          }
        } catch (failure) {
          if (once || !toRunError(failure).retryable) throw failure;
          this.#withoutState(failure);
        }
        await this.#sleep();
      }
      await this.#stop();
      return 'stopped';
    } finally {
      signal.removeEventListener('abort', stop);
      for (const { launched } of this.#running.values()) launched.cancel();
      if (this.#leads) await resign(queue);
    }
  }

  /** Null where this one leads, else who does. */
  async #renew(): Promise<string | null> {
    const { queue, clock, leaseMs, who, tell } = this.#options;
    const now = clock.now();
    const since = now - this.#renewed;
    if (this.#leads && since >= 0 && since < leaseMs / 3) return null;
    const answer = await queue.lead(who, now, leaseMs);
    this.#renewed = now;
    if (!answer.leads) {
      if (this.#leads) this.#lost();
      return answer.who;
    }
    if (!this.#leads) {
      this.#leads = true;
      tell({ event: 'schedule.leading', at: this.#at() });
      const ended: Ended = { status: 'died', said: 'the scheduler that ran it went away' };
      for (const entry of await queue.abandoned())
        this.#over.push({ entry, ended, run: entry.run, ms: 0, release: null });
      await this.#options.watch?.open(queue);
    }
    return null;
  }

  /** Does what only a leader may; false where another leads by now. */
  async #leading(work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work();
    } catch (failure) {
      if (!(failure instanceof LeaseLost)) throw failure;
      this.#lost();
      return false;
    }
  }

  /** Runs go on, none begins; when the lease has run out, another may lead. */
  #withoutState(failure: unknown): void {
    const { clock, leaseMs, tell } = this.#options;
    if (!this.#away) tell({ event: 'schedule.away', at: this.#at(), why: toRunError(failure).message });
    this.#away = true;
    if (this.#leads && clock.now() - this.#renewed >= leaseMs) this.#lost();
  }

  /** Another leads now and does again what runs here, so it is cancelled here. */
  #lost(): void {
    this.#leads = false;
    this.#options.tell({ event: 'schedule.lost', at: this.#at() });
    for (const { entry, release } of this.#over) {
      this.#running.delete(entry.id);
      release?.();
    }
    for (const one of this.#running.values()) {
      one.lost = true;
      one.launched.cancel();
    }
    this.#named = [];
    this.#over = [];
    this.#known = null;
  }

  /** Notes what ended, queues and starts what can be. True where it was to be done once, and all is done. */
  async #step(): Promise<boolean> {
    const { queue, clock, once } = this.#options;
    const over = await this.#note();
    const now = clock.now();
    const paused = await queue.paused();
    await this.#queueAll(paused, now);
    const due = (await this.#open(now)).filter((entry) => this.#isOurs(entry, paused));
    const { held = [], open = [] } = Object.groupBy(due, (entry) => (this.#isHeld(entry, now) ? 'held' : 'open'));
    const ready = open.filter(({ notBefore }) => notBefore === null || notBefore <= now);
    const running = [...this.#running.values()];
    // One run after another would leave nobody else a moment: who waits for the database has it before the next.
    const isWaitedFor = over.length > 0 && (await queue.isWaitedFor());
    if (!isWaitedFor) await this.#start(beginning({ ready, held, running }, this.#rules));
    for (const { release } of over) release?.();
    const isTold = (await this.#watch(paused)) ?? true;
    return once && this.#running.size === 0 && open.length === 0 && isTold;
  }

  /** Whether all that is to be told has been tried. */
  async #watch(paused: ReadonlySet<string>): Promise<boolean | undefined> {
    const { queue, clock, watch, tell } = this.#options;
    return await watch?.look(queue, { now: clock.now, paused, tell, heard: () => this.#wake.abort() });
  }

  #blackouts(job: string, due: BlackoutPlan['due']): readonly BlackoutPlan[] {
    return blackoutsOf(job, this.#options.blackouts ?? []).filter((blackout) => blackout.due === due);
  }

  /** Whether it is a time in which its job does not begin. */
  #isHeld({ job }: QueuedRun, now: number): boolean {
    return blackoutsOf(job, this.#options.blackouts ?? []).some((blackout) => covers(blackout, now));
  }

  /**
   * What is queued or running, as it was written here, or as it is in the queue where others may have written it: that is
   * seen after a moment.
   */
  async #open(now: number): Promise<readonly QueuedRun[]> {
    const age = now - (this.#known?.at ?? Number.NaN);
    if (this.#known === null || !(age >= 0 && age < LOOK_MS)) {
      this.#known = { at: now, open: await this.#options.queue.open() };
    }
    return this.#known.open;
  }

  /** Writes which run does what, and how those that are over ended, which it gives. */
  async #note(): Promise<readonly Over[]> {
    const { named, over } = { named: this.#named, over: this.#over };
    if (named.length === 0 && over.length === 0) return [];
    await this.#write(async (ledger) => {
      await ledger.runs(named);
      const ends = over.map((one) => this.#endOf(one));
      await ledger.end(
        ends.map(({ end }) => end),
        this.#options.clock.now(),
      );
      for (const one of over)
        if (!this.#goesOn(one.entry, one.ended))
          await this.#options.watch?.ended(ledger, one, this.#options.clock.now());
      return ends.map(({ says }) => says);
    });
    const ended = new Set(over.map(({ entry }) => entry.id));
    this.#named = this.#named.slice(named.length);
    this.#over = this.#over.slice(over.length);
    for (const id of ended) this.#running.delete(id);
    if (over.some(({ entry, ended: how }) => this.#goesOn(entry, how))) this.#known = null;
    if (this.#known !== null) this.#known.open = this.#known.open.filter(({ id }) => !ended.has(id));
    return over;
  }

  async #write(work: (ledger: Ledger) => Promise<Says>): Promise<void> {
    const says = await this.#options.queue.leading(work).catch((failure: unknown) => {
      this.#options.watch?.forget();
      throw failure;
    });
    for (const event of says) this.#options.tell(event);
  }

  async #queueAll(paused: ReadonlySet<string>, now: number): Promise<void> {
    const { queue, jobs } = this.#options;
    const may = jobs.filter(({ name, schedule }) => schedule !== null && !paused.has(name));
    const looked = may.filter((job) => this.#isDue(job, now));
    if (looked.length === 0) return;
    const considered = await queue.considered();
    const queued = await this.#queued(now);
    const found = new Map<string, Due>();
    for (const job of looked) {
      const known = considered.get(job.name);
      // A job that is new begins now: what would have been before is not missed.
      const one =
        known === undefined
          ? { job: job.name, times: [], considered: now }
          : await this.#dueOf(job, known, queued.get(job.name) ?? 0, now);
      if (one !== null) found.set(job.name, one);
    }
    if (found.size > 0)
      await this.#write(async (ledger) => {
        await ledger.enqueue([...found.values()], now);
        this.#known = null;
        return [...found.values()].flatMap(({ job, times }) =>
          times.map((at) => ({ event: 'schedule.queued' as const, at: this.#at(), job, dueAt: iso(at) })),
        );
      });
    for (const { name } of looked) {
      const times = this.#times.get(name);
      const known = found.get(name)?.considered ?? considered.get(name) ?? now;
      if (times !== undefined) this.#next.set(name, times.after(known) ?? Number.POSITIVE_INFINITY);
    }
  }

  /** Whether to look: what comes with the clock is known before; what arrives is not. */
  #isDue(job: JobPlan, now: number): boolean {
    return (this.#next.get(job.name) ?? Number.NEGATIVE_INFINITY) <= now;
  }

  /** Null where nothing is due. @param queued how many of its runs wait to begin */
  async #dueOf(job: JobPlan, known: number, queued: number, now: number): Promise<Due | null> {
    const times = this.#times.get(job.name);
    if (times === undefined) return await this.#arrivalOf(job, known, queued);
    const due = job.catchup ? missed(times, known, now, AHEAD - queued) : last(times, known, now);
    const newest = due.at(-1);
    if (newest === undefined) return null;
    // Without catch-up, one that is queued already does what this one would.
    return { job: job.name, times: job.catchup || queued === 0 ? due : [], considered: newest };
  }

  /** Due when the last of what it waits for has come, if each has come anew. */
  async #arrivalOf(job: JobPlan, known: number, queued: number): Promise<Due | null> {
    const came = await this.#options.queue.published(job.waitsFor, known);
    if (job.waitsFor.length === 0 || came.size < job.waitsFor.length) return null;
    const at = Math.max(...came.values());
    const isSkipped = this.#blackouts(job.name, 'skip').some((blackout) => covers(blackout, at));
    // One that has not begun yet reads what came meanwhile.
    return { job: job.name, times: queued === 0 && !isSkipped ? [at] : [], considered: at };
  }

  /** How many runs of each job wait to begin. */
  async #queued(now: number): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { job, status } of await this.#open(now))
      if (status === 'queued') counts.set(job, (counts.get(job) ?? 0) + 1);
    return counts;
  }

  /** A job that the program no longer has, or that is paused, stays in the queue. */
  #isOurs(entry: QueuedRun, paused: ReadonlySet<string>): boolean {
    return entry.status === 'queued' && this.#jobs.has(entry.job) && !paused.has(entry.job);
  }

  #upstreamOf(job: string): readonly string[] {
    return (this.#jobs.get(job)?.waitsFor ?? []).flatMap((dataset) => this.#maker.get(dataset) ?? []);
  }

  async #start(begun: readonly Begun[]): Promise<void> {
    if (begun.length === 0) return;
    const began = this.#options.clock.now();
    await this.#write(async (ledger) => {
      await ledger.start(
        begun.map(({ entry: { id } }) => id),
        began,
      );
      return begun.map(({ entry: { job, dueAt } }) => ({
        event: 'schedule.started' as const,
        at: this.#at(),
        job,
        dueAt: iso(dueAt),
      }));
    });
    const ids = new Set(begun.map(({ entry: { id } }) => id));
    if (this.#known !== null)
      this.#known.open = this.#known.open.map((entry) => (ids.has(entry.id) ? { ...entry, status: 'running' } : entry));
    for (const { entry, places } of begun) this.#launch({ ...entry, tries: entry.tries + 1 }, places, began);
  }

  #launch(entry: QueuedRun, places: Places, began: number): void {
    const { clock, launch } = this.#options;
    let run: string | null = null;
    const begun = (started: string): void => {
      run = started;
      this.#named.push({ id: entry.id, run: started });
      this.#wake.abort();
    };
    const launched = launch(this.#jobs.get(entry.job) as JobPlan, begun, places);
    const running: Running = { entry, places, launched, lost: false };
    this.#running.set(entry.id, running);
    void launched.ended.then((ended) => {
      const { release } = launched;
      if (running.lost) {
        this.#running.delete(entry.id);
        release();
      } else this.#over.push({ entry, ended, run, ms: clock.now() - began, release });
      this.#wake.abort();
    });
  }

  /** What is noted of a run that is over, and what is said of it. */
  #endOf({ entry, ended, run, ms }: Over): { readonly end: End; readonly says: ScheduleEvent } {
    const { id, job, tries } = entry;
    const { status, said } = ended;
    const what = { at: this.#at(), job, dueAt: iso(entry.dueAt), said };
    if (!this.#goesOn(entry, ended))
      return {
        end: { id, status, notBefore: null, said },
        says: { event: 'schedule.finished', ...what, run, status, ms },
      };
    const plan = this.#jobs.get(job);
    const pause = this.#stopping || plan === undefined ? null : backoffMs(plan.backoff, tries);
    const notBefore = pause === null ? null : this.#options.clock.now() + pause;
    return {
      end: { id, status: 'queued', notBefore, said },
      says: { event: 'schedule.again', ...what, notBefore: notBefore === null ? null : iso(notBefore) },
    };
  }

  /** Whether it is done again. What the stop of the scheduler cancelled is still due. */
  #goesOn({ job, tries }: QueuedRun, { status, overdue = false }: Ended): boolean {
    // Its own process would have tried the task again.
    if (overdue) return tries <= (this.#jobs.get(job)?.retries ?? 0);
    return status === 'died' ? tries < TRIES : status === 'cancelled' && this.#stopping;
  }

  /** Until the next time that something is due, and never so long that the lease would run out. */
  async #sleep(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    const now = clock.now();
    let ms = Math.min(LOOK_MS, leaseMs / 3);
    for (const at of this.#next.values()) if (at > now) ms = Math.min(ms, at - now);
    await this.#rest(ms);
  }

  async #rest(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** No run begins any more; those that go on have the grace, and are cancelled after it. */
  async #stop(): Promise<void> {
    const { clock, graceMs, leaseMs, tell } = this.#options;
    this.#stopping = true;
    const note = async (): Promise<boolean> => {
      for (const { release } of await this.#note()) release?.();
      return true;
    };
    await this.#leading(note);
    if (this.#running.size === 0) return;
    tell({ event: 'schedule.stopping', at: this.#at(), running: this.#running.size });
    const until = clock.now() + graceMs;
    let cancelled = false;
    while (this.#running.size > 0) {
      if (!cancelled && clock.now() >= until) {
        cancelled = true;
        for (const { launched } of this.#running.values()) launched.cancel();
      }
      await this.#rest(Math.min(LOOK_MS, leaseMs / 3));
      if (this.#leads) await this.#renew();
      await this.#leading(note);
    }
  }

  #at(): string {
    return iso(this.#options.clock.now());
  }
}

/** A lease that cannot be given back runs out by itself. */
async function resign(queue: Queue): Promise<void> {
  // What ended the scheduler is what people are told: most likely the same.
  await queue.resign().catch(() => undefined);
}

/** Every time after one and up to another, oldest first. */
function missed(times: Times, from: number, to: number, limit: number): readonly number[] {
  const found: number[] = [];
  for (let at = times.after(from); at !== null && at <= to && found.length < limit; at = times.after(at))
    found.push(at);
  return found;
}

/** Of what was missed, the last: the others would do the same again. */
function last(times: Times, from: number, to: number): readonly number[] {
  const at = times.last(from, to);
  return at === null ? [] : [at];
}

const iso = (instant: number): string => new Date(instant).toISOString();
