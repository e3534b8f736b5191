/**
 * The scheduler: looks at the clock, queues what is due, starts it as places are free, and notes how it ended. All it
 * knows is in the queue, so that another one can go on where it stopped.
 *
 *   wait for the lease → take back what an earlier leader left → { queue what is due → start → sleep } … → stop
 */
import { backoffMs } from '../attempt.ts';
import type { JobPlan } from '../plan.ts';
import { LeaseLost, type Queue, type QueuedRun, type QueueStatus } from './queue.ts';
import { type Times, timesOf } from './times.ts';

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
}
export interface Ended {
  /** `died`: the process went away without saying how it ended. */
  readonly status: Exclude<QueueStatus, 'queued' | 'running'>;
  readonly said: string | null;
}

export interface SchedulerOptions {
  readonly jobs: readonly JobPlan[];
  readonly queue: Queue;
  readonly launch: (job: JobPlan, started: (run: string) => void) => Launched;
  readonly clock: Clock;
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

/** What a scheduler says of itself; the runs speak for themselves. */
export type ScheduleEvent =
  | { readonly event: 'schedule.waiting'; readonly at: string; readonly leader: string }
  | { readonly event: 'schedule.leading'; readonly at: string }
  | { readonly event: 'schedule.queued'; readonly at: string; readonly job: string; readonly dueAt: string }
  | { readonly event: 'schedule.started'; readonly at: string; readonly job: string; readonly dueAt: string }
  | {
      readonly event: 'schedule.finished';
      readonly at: string;
      readonly job: string;
      readonly dueAt: string;
      readonly run: string | null;
      readonly status: Exclude<QueueStatus, 'queued' | 'running'>;
      readonly ms: number;
      readonly said: string | null;
    }
  /** Its process went away, or the scheduler stops: it is done again, from a moment on. */
  | {
      readonly event: 'schedule.again';
      readonly at: string;
      readonly job: string;
      readonly dueAt: string;
      readonly notBefore: string | null;
      readonly said: string | null;
    }
  | { readonly event: 'schedule.stopping'; readonly at: string; readonly running: number }
  | { readonly event: 'schedule.lost'; readonly at: string };

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

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #jobs: ReadonlyMap<string, JobPlan>;
  readonly #times: ReadonlyMap<string, Times>;
  /** When each job comes next, after what has been looked at. */
  readonly #next = new Map<string, number>();
  /** The job that makes a dataset. */
  readonly #maker: ReadonlyMap<string, string>;
  readonly #running = new Map<number, { readonly entry: QueuedRun; readonly launched: Launched }>();
  #leads = false;
  /** When the lease was made longer. */
  #renewed = Number.NEGATIVE_INFINITY;
  #stopping = false;
  /** Ends the sleep: something has happened. */
  #wake = new AbortController();
  /** What went wrong while a run's end was noted. */
  #failure: unknown = null;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
    this.#times = new Map(
      options.jobs.flatMap(({ name, schedule }) =>
        schedule === null || 'arrival' in schedule ? [] : [[name, timesOf(schedule)] as const],
      ),
    );
    this.#maker = new Map(options.jobs.flatMap((job) => job.tasks.map((task) => [task.id, job.name] as const)));
  }

  async work(): Promise<ScheduleEnd> {
    const { signal, queue, once } = this.#options;
    const stop = (): void => this.#wake.abort();
    signal.addEventListener('abort', stop);
    try {
      let toldOf: string | null = null;
      while (!signal.aborted) {
        const leader = this.#renew();
        if (leader === null) {
          toldOf = null;
          if (this.#step()) return 'done';
        } else {
          if (once) return 'idle';
          if (leader !== toldOf) this.#options.tell({ event: 'schedule.waiting', at: this.#at(), leader });
          toldOf = leader;
        }
        await this.#sleep();
        if (this.#failure !== null) throw this.#failure;
      }
      await this.#stop();
      return 'stopped';
    } finally {
      signal.removeEventListener('abort', stop);
      for (const { launched } of this.#running.values()) launched.cancel();
      if (this.#leads) resign(queue);
    }
  }

  /** Null where this one leads, else who does. */
  #renew(): string | null {
    const { queue, clock, leaseMs, who, tell } = this.#options;
    const now = clock.now();
    const since = now - this.#renewed;
    if (this.#leads && since >= 0 && since < leaseMs / 3) return null;
    const answer = queue.lead(who, now, leaseMs);
    this.#renewed = now;
    if (!answer.leads) {
      if (this.#leads) this.#lost();
      return answer.who;
    }
    if (!this.#leads) {
      this.#leads = true;
      tell({ event: 'schedule.leading', at: this.#at() });
      for (const entry of queue.abandoned()) {
        const gone: Ended = { status: 'died', said: 'the scheduler that ran it went away' };
        this.#ended(entry, gone, entry.run, 0);
      }
    }
    return null;
  }

  /** Another leads now and does again what runs here, so it is cancelled here. */
  #lost(): void {
    this.#leads = false;
    this.#options.tell({ event: 'schedule.lost', at: this.#at() });
    for (const { launched } of this.#running.values()) launched.cancel();
  }

  /** Queues and starts what can be. True where it was to be done once, and all is done. */
  #step(): boolean {
    const { queue, clock, once } = this.#options;
    try {
      const now = clock.now();
      const paused = queue.paused();
      const queued = this.#queued();
      for (const job of this.#options.jobs) {
        if (paused.has(job.name) || job.schedule === null) continue;
        if ('arrival' in job.schedule) this.#queueArrived(job, now, queued.get(job.name) ?? 0);
        else this.#queueDue(job, now, queued.get(job.name) ?? 0);
      }
      this.#startReady(paused, now);
      return once && this.#running.size === 0 && queue.open().every((entry) => !this.#startable(entry, paused));
    } catch (failure) {
      if (!(failure instanceof LeaseLost)) throw failure;
      this.#lost();
      return false;
    }
  }

  #queueDue(job: JobPlan, now: number, queued: number): void {
    const times = this.#times.get(job.name);
    if (times === undefined || (this.#next.get(job.name) ?? 0) > now) return;
    const { queue, tell } = this.#options;
    const considered = queue.considered(job.name);
    // A job that is new begins now: what would have been before is not missed.
    let known = considered ?? now;
    if (considered === null) queue.enqueue(job.name, [], now, now);
    else {
      const due = job.catchup ? missed(times, known, now, AHEAD - queued) : last(times, known, now);
      known = due.at(-1) ?? known;
      // Without catch-up, one that is queued already does what this one would.
      const add = job.catchup || queued === 0 ? due : [];
      if (due.length > 0) queue.enqueue(job.name, add, known, now);
      for (const at of add) tell({ event: 'schedule.queued', at: this.#at(), job: job.name, dueAt: iso(at) });
    }
    this.#next.set(job.name, times.after(known) ?? Number.POSITIVE_INFINITY);
  }

  /** Due when the last of what it waits for has come, if each has come anew. */
  #queueArrived(job: JobPlan, now: number, queued: number): void {
    const { queue, tell } = this.#options;
    const considered = queue.considered(job.name);
    if (considered === null) {
      queue.enqueue(job.name, [], now, now);
      return;
    }
    const came = queue.published(job.waitsFor, considered);
    if (job.waitsFor.length === 0 || came.size < job.waitsFor.length) return;
    const at = Math.max(...came.values());
    // One that has not begun yet reads what came meanwhile.
    const add = queued === 0 ? [at] : [];
    queue.enqueue(job.name, add, at, now);
    if (add.length > 0) tell({ event: 'schedule.queued', at: this.#at(), job: job.name, dueAt: iso(at) });
  }

  /** How many runs of each job wait to begin. */
  #queued(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { job, status } of this.#options.queue.open())
      if (status === 'queued') counts.set(job, (counts.get(job) ?? 0) + 1);
    return counts;
  }

  #startReady(paused: ReadonlySet<string>, now: number): void {
    const open = this.#options.queue.open().filter((entry) => this.#startable(entry, paused));
    const ready = open.filter((entry) => entry.notBefore === null || entry.notBefore <= now);
    const undone = [...ready, ...[...this.#running.values()].map((one) => one.entry)];
    for (const entry of ready) {
      if (this.#running.size >= this.#options.places) return;
      const upstream = this.#upstreamOf(entry.job);
      // What is due only later is not waited for: an upstream that is always busy would hold it up for good.
      const waits = undone.some(
        ({ id, job, dueAt }) => id !== entry.id && dueAt <= entry.dueAt && upstream.includes(job),
      );
      if (!waits && !this.#isBusy(entry.job)) this.#start(entry);
    }
    // Two jobs that wait for each other's datasets: the one that was due first begins.
    const [first] = ready;
    if (this.#running.size === 0 && first !== undefined) this.#start(first);
  }

  /** A job that the program no longer has, or that is paused, stays in the queue. */
  #startable(entry: QueuedRun, paused: ReadonlySet<string>): boolean {
    return entry.status === 'queued' && this.#jobs.has(entry.job) && !paused.has(entry.job);
  }

  #isBusy(job: string): boolean {
    return [...this.#running.values()].some(({ entry }) => entry.job === job);
  }

  #upstreamOf(job: string): readonly string[] {
    return (this.#jobs.get(job)?.waitsFor ?? []).flatMap((dataset) => this.#maker.get(dataset) ?? []);
  }

  #start(entry: QueuedRun): void {
    const { queue, clock, launch, tell } = this.#options;
    const job = this.#jobs.get(entry.job) as JobPlan;
    const began = clock.now();
    queue.start(entry.id, began);
    tell({ event: 'schedule.started', at: this.#at(), job: entry.job, dueAt: iso(entry.dueAt) });
    let run: string | null = null;
    const launched = launch(job, (started) => {
      run = started;
      this.#noting(() => queue.runs(entry.id, started));
    });
    this.#running.set(entry.id, { entry: { ...entry, tries: entry.tries + 1 }, launched });
    void launched.ended.then((ended) => {
      const known = this.#running.get(entry.id)?.entry ?? entry;
      this.#running.delete(entry.id);
      this.#noting(() => this.#ended(known, ended, run, clock.now() - began));
      this.#wake.abort();
    });
  }

  #ended(entry: QueuedRun, ended: Ended, run: string | null, ms: number): void {
    // What the stop of the scheduler cancelled is still due.
    const goesOn = ended.status === 'died' ? entry.tries < TRIES : ended.status === 'cancelled' && this.#stopping;
    if (goesOn) this.#again(entry, ended.said);
    else this.#finish(entry, ended, run, ms);
  }

  #again(entry: QueuedRun, said: string | null): void {
    const { queue, clock, tell } = this.#options;
    const { job, tries } = entry;
    const plan = this.#jobs.get(job);
    const notBefore = this.#stopping || plan === undefined ? null : clock.now() + backoffMs(plan.backoff, tries);
    queue.again(entry.id, notBefore, said);
    tell({
      event: 'schedule.again',
      at: this.#at(),
      job,
      dueAt: iso(entry.dueAt),
      notBefore: notBefore === null ? null : iso(notBefore),
      said,
    });
  }

  #finish(entry: QueuedRun, { status, said }: Ended, run: string | null, ms: number): void {
    const { queue, clock, tell } = this.#options;
    queue.finish(entry.id, status, said, clock.now());
    const { job, dueAt } = entry;
    tell({ event: 'schedule.finished', at: this.#at(), job, dueAt: iso(dueAt), run, status, ms, said });
  }

  /** Notes something at a time of its own: what fails is told by the loop. */
  #noting(note: () => void): void {
    try {
      note();
    } catch (failure) {
      if (failure instanceof LeaseLost) return;
      this.#failure = failure;
      this.#wake.abort();
    }
  }

  /** Until the next time that something is due, and never so long that the lease would run out. */
  async #sleep(): Promise<void> {
    const { clock, leaseMs } = this.#options;
    const now = clock.now();
    const next = [...this.#next.values()].filter((at) => at > now);
    const ms = Math.min(LOOK_MS, leaseMs / 3, ...next.map((at) => at - now));
    await clock.sleep(ms, this.#wake.signal);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** No run begins any more; those that go on have the grace, and are cancelled after it. */
  async #stop(): Promise<void> {
    const { clock, graceMs, leaseMs, tell } = this.#options;
    this.#stopping = true;
    if (this.#running.size === 0) return;
    tell({ event: 'schedule.stopping', at: this.#at(), running: this.#running.size });
    const until = clock.now() + graceMs;
    let cancelled = false;
    while (this.#running.size > 0) {
      if (!cancelled && clock.now() >= until) {
        cancelled = true;
        for (const { launched } of this.#running.values()) launched.cancel();
      }
      await clock.sleep(Math.min(LOOK_MS, leaseMs / 3), this.#wake.signal);
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
      if (this.#leads) this.#renew();
      if (this.#failure !== null) throw this.#failure;
    }
  }

  #at(): string {
    return iso(this.#options.clock.now());
  }
}

/** A lease that cannot be given back runs out by itself. */
function resign(queue: Queue): void {
  try {
    queue.resign();
  } catch {
    // What ended the scheduler is what people are told: most likely the same.
  }
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
