/** Executes the tasks of a job: as many at a time as it says, each after its upstreams, with retries, timeout and cancel. */
import { randomBytes } from 'node:crypto';
import { type Attempt, attempt, backoffMs, pause } from './attempt.ts';
import { type FunctionLoader, functionsOf } from './batches.ts';
import { graph, type Node } from './dag.ts';
import type { AskedSpan, CheckOutcome, Engine, OpenEngine, StandingVersion, TargetChange } from './engine.ts';
import { applyLine } from './engines/apply-lines.ts';
import { type ApplyLine, type ApplyNote, KEEP, type Scope } from './engines/published.ts';
import { heldPath, openEngine } from './engines/registry.ts';
import { PipecError, runError, toRunError } from './errors.ts';
import type { RunError, RunEvent, RunStatus, RunTotals } from './events.ts';
import type { RunListener } from './listeners.ts';
import type { Described } from './observe/observer.ts';
import { spanOf, type Trace, traceOf, traceparent } from './observe/trace.ts';
import type { JobPlan, TargetPlan } from './plan.ts';
import type { Texts } from './secrets.ts';
import { type Server, serveQueries, socketPath } from './serve.ts';
import { Pools, Slot } from './slots.ts';
import type { AuditAction } from './state/audit.ts';
import { placeName } from './state/records.ts';

export interface RunOptions {
  /** Absolute path of the project's folder: relative paths of the plan start there. */
  readonly folder: string;
  readonly project: string;
  readonly target: TargetPlan;
  readonly job: JobPlan;
  /** Name to record; null for a selection that is no job. Default: the job's. */
  readonly name?: string | null;
  readonly listeners?: readonly RunListener[];
  /** Aborting it cancels the run: running statements are interrupted, nothing is half published. */
  readonly signal?: AbortSignal;
  /** How long to wait for another run on the same database. Default: an hour. */
  readonly waitMs?: number;
  /** Does every task, also where code and inputs are those of the version that stands. */
  readonly full?: boolean;
  /** Of sources: what is in quarantine is judged again, and joins what is published where it fits; the source is not read. */
  readonly replay?: boolean;
  /** Of tables in intervals: these are computed, and no others. */
  readonly again?: AskedSpan;
  /** What the program says of its datasets, for systems outside that are told of the run; not called where there are none. */
  readonly describe?: () => Promise<Described | null>;
  /** What is done to public views once every task has succeeded, in this order. */
  readonly changes?: readonly TargetChange[];
  /** The environment that it is for; null: production. */
  readonly environment?: string | null;
  /**
   * What the target's record says of it. With one it puts other code also where a rollback has put a version back: an apply
   * does, a run does not.
   */
  readonly apply?: ApplyNote;
  /** Finds the project's own functions, for the steps that run one. */
  readonly functions?: FunctionLoader;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it is begun as, for the audit. Default: a run. */
  readonly action?: AuditAction;
  /** Fingerprint of the program. */
  readonly program?: string;
  /** When the run begins, for what is due by then. Default: now. */
  readonly now?: Date;
}

export interface RunSummary extends RunTotals {
  /** Of each failed task, in the order of the plan. */
  readonly errors: readonly { readonly task: string; readonly error: RunError }[];
}

/** How long a run waits for another one by itself. */
const WAIT_MS = 60 * 60 * 1000;

/** A run's id: sorts by start. */
function newRun(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;
}

/** How one attempt of a task ended. `again`: it is tried once more after so many ms. */
type Outcome = 'succeeded' | 'failed' | { readonly again: number };

export class Run {
  readonly id: string;
  readonly #options: RunOptions;
  readonly #texts: Texts;
  readonly #tell: (event: RunEvent) => void;
  readonly #began: Date;
  readonly #start = performance.now();
  readonly #trace: Trace;
  readonly #cancel = new AbortController();
  readonly #active = new Map<string, Attempt>();
  readonly #errors: { readonly task: string; readonly error: RunError }[] = [];
  #done = 0;
  #failed = 0;
  #skipped = 0;
  #unchanged = 0;
  #checks = { passed: 0, warned: 0, failed: 0 };

  constructor(options: RunOptions, texts: Texts, tell: (event: RunEvent) => void) {
    this.#options = options;
    this.#texts = texts;
    this.#tell = tell;
    this.#began = options.now ?? new Date();
    this.id = newRun(this.#began);
    this.#trace = traceOf(this.id, options.env ?? process.env);
  }

  start(): RunEvent {
    const { project, target, job, environment = null } = this.#options;
    const name = this.#options.name === undefined ? job.name : this.#options.name;
    return {
      event: 'run.started',
      ...this.#now(),
      project,
      target: placeName(target.name, environment),
      engine: target.engine.kind,
      job: name,
      tasks: job.tasks.length,
      concurrency: this.#slots(),
      pid: process.pid,
    };
  }

  warn(message: string): void {
    this.#tell({ event: 'run.warned', ...this.#now(), message });
  }

  cancel(): void {
    this.#cancel.abort();
    for (const active of this.#active.values()) active.stop('cancelled');
  }

  async perform(nameHolder: OpenEngine['nameHolder']): Promise<RunSummary> {
    const { signal } = this.#options;
    const cancel = (): void => this.cancel();
    if (signal?.aborted === true) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    let engine: Engine | null = null;
    let server: Server | null = null;
    try {
      engine = await this.#open(nameHolder);
      if (engine !== null) {
        server = await this.#serve(engine);
        await this.#recorded(engine);
      }
      return this.#finish();
    } catch (failure) {
      this.#finish(toRunError(failure));
      throw failure;
    } finally {
      signal?.removeEventListener('abort', cancel);
      await server?.close();
      await engine?.close();
    }
  }

  /** Null where the run was cancelled while it waited. */
  async #open(nameHolder: OpenEngine['nameHolder']): Promise<Engine | null> {
    const { folder, target, job } = this.#options;
    try {
      return await openEngine({
        folder,
        plan: target.engine,
        texts: this.#texts,
        run: this.id,
        began: this.#began.toISOString(),
        steps: job.tasks.map((task) => task.step),
        scope: this.#scope(),
        waitMs: this.#options.waitMs ?? WAIT_MS,
        nameHolder,
        waiting: (reason) => this.#tell({ event: 'run.waiting', ...this.#now(), reason }),
        warned: (message) => this.warn(message),
        signal: this.#cancel.signal,
      });
    } catch (failure) {
      if (!(failure instanceof PipecError) || failure.code !== 'cancelled') throw failure;
      for (const task of job.tasks) this.#skip(task.id, CANCELLED);
      return null;
    }
  }

  #scope(): Scope {
    const { environment = null, apply, target } = this.#options;
    // What an environment had before, nobody goes back to.
    return {
      environment,
      applies: apply !== undefined || environment !== null,
      keep: environment === null ? (target.keep ?? KEEP) : 0,
    };
  }

  async #serve(engine: Engine): Promise<Server | null> {
    const { folder, target } = this.#options;
    const path = await heldPath(folder, target.engine, this.#texts);
    if (path === null) return null;
    // Where no socket can be made (some mounts refuse them), the run goes on: only questions have to wait for its end.
    return await serveQueries(engine, socketPath(folder, path), this.#texts).catch(() => null);
  }

  #slots(): number {
    return Math.max(1, Math.min(this.#options.job.concurrency, this.#options.job.tasks.length));
  }

  /** Starts tasks in the order of the plan as slots and upstreams allow, until none is left. */
  async #tasks(engine: Engine): Promise<void> {
    const nodes = graph(this.#options.job.tasks);
    const ready = nodes.filter((node) => node.waitsFor === 0);
    const slots = await Promise.all(Array.from({ length: this.#slots() }, () => Slot.open(engine)));
    const progress = setInterval(() => this.#tellProgress(), 500).unref();
    const pools = new Pools(this.#options.job.pools ?? {});
    // Tasks between two attempts: they hold no session, so that others go on meanwhile.
    let pausing = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        const free = [...slots];
        const settle = (node: Node, succeeded: boolean): void => {
          node.settled = true;
          for (const below of node.downstream) {
            if (!succeeded)
              this.#settleSkipped(below, this.#cancel.signal.aborted ? CANCELLED : failureOf(node.task.id));
            else if (--below.waitsFor === 0) ready.push(below);
          }
        };
        const pauseBefore = async (node: Node, ms: number): Promise<void> => {
          pausing += 1;
          const waited = await pause(ms, this.#cancel.signal);
          pausing -= 1;
          if (waited) ready.push(node);
          else {
            this.#fail(node, NO_CHECKS, toRunError(runError('cancelled', {})));
            settle(node, false);
          }
          pump();
        };
        const pump = (): void => {
          while (free.length > 0) {
            const at = ready.findIndex(
              (node) => node.settled || this.#cancel.signal.aborted || pools.isFree(node.task),
            );
            const [node] = at < 0 ? [] : ready.splice(at, 1);
            if (node === undefined) break;
            if (node.settled) continue;
            if (this.#cancel.signal.aborted) {
              this.#settleSkipped(node, CANCELLED);
              continue;
            }
            const slot = free.pop() as Slot;
            pools.take(node.task);
            this.#attempt(node, slot).then((outcome) => {
              free.push(slot);
              pools.give(node.task);
              slot.worked = typeof outcome !== 'object';
              if (typeof outcome === 'object') pauseBefore(node, outcome.again).catch(reject);
              else settle(node, outcome === 'succeeded');
              pump();
            }, reject);
          }
          if (ready.length === 0 && pausing === 0 && free.length === slots.length) resolve();
        };
        pump();
      });
    } finally {
      clearInterval(progress);
      for (const slot of slots) slot.close();
    }
  }

  /** The work, with a line in the target's record before and after it, where it is one that is recorded. */
  async #recorded(engine: Engine): Promise<void> {
    const { apply } = this.#options;
    const note = async (event: ApplyLine['event']): Promise<void> => {
      if (apply === undefined) return;
      const session = await engine.session();
      try {
        await session.note(applyLine(this.id, event, event === 'begun' ? apply : null));
      } finally {
        session.close();
      }
    };
    await note('begun');
    try {
      await this.#tasks(engine);
      const isWhole = this.#failed === 0 && !this.#cancel.signal.aborted;
      if (isWhole) await this.#change(engine);
      await note(isWhole && !this.#cancel.signal.aborted ? 'done' : 'failed');
    } catch (failure) {
      await note('failed').catch(() => undefined);
      throw failure;
    }
  }

  async #change(engine: Engine): Promise<void> {
    const { changes = [] } = this.#options;
    if (changes.length === 0) return;
    const session = await engine.session();
    try {
      for (const change of changes) {
        if (this.#cancel.signal.aborted) return;
        await session.change(change, this.id, (message) => this.warn(message));
        if (change.kind === 'remove')
          this.#tell({ event: 'dataset.removed', ...this.#now(), dataset: change.removed.dataset });
        if (change.kind === 'place')
          this.#tell({ event: 'dataset.moved', ...this.#now(), dataset: change.move.dataset });
      }
    } finally {
      session.close();
    }
  }

  #settleSkipped(node: Node, because: Skip): void {
    if (node.settled) return;
    node.settled = true;
    this.#skip(node.task.id, because);
    for (const below of node.downstream) this.#settleSkipped(below, because);
  }

  #skip(task: string, skip: Skip): void {
    this.#skipped += 1;
    if (skip.reason === 'unchanged') this.#unchanged += 1;
    this.#tell({ event: 'task.skipped', ...this.#now(), task, ...skip });
  }

  #stands(task: string, { rows, run, warned }: StandingVersion): void {
    const checks = { passed: 0, warned: 0, failed: 0 };
    for (const outcome of warned) this.#checked(task, outcome, checks, run);
    this.#count(checks);
    const because = 'its code and its inputs are unchanged';
    this.#skip(task, { reason: 'unchanged', because, rows, checksWarned: checks.warned });
  }

  async #attempt(node: Node, slot: Slot): Promise<Outcome> {
    const session = await slot.session();
    const { retries, backoff, timeoutMs } = this.#options.job;
    const { task, attempt: number } = node;
    const { inputs } = task;
    const began = this.#began.toISOString();
    const { full = false, again = null, replay = false } = this.#options;
    const askedAgain = again !== null && task.step.kind === 'build' && task.step.increment?.kind === 'intervals';
    if (!full && !replay && !askedAgain && number === 1) {
      const standing = await session.unchanged(task.step, { inputs, texts: this.#texts, began });
      if (standing !== null) {
        this.#stands(task.id, standing);
        return 'succeeded';
      }
    }
    if (number === 1) node.start = performance.now();
    node.attempt += 1;
    this.#tell({ event: 'task.started', ...this.#now(), task: task.id, attempt: number });
    const checks = { passed: 0, warned: 0, failed: 0 };
    const running = attempt(session, task.step, {
      run: this.id,
      began,
      again,
      full,
      replay,
      inputs,
      texts: this.#texts,
      functions: this.#options.functions ?? functionsOf({}),
      traceparent: traceparent(this.#trace, spanOf(this.id, task.id, number)),
      timeoutMs,
      checked: (outcome) => this.#checked(task.id, outcome, checks),
      warned: (message) => this.warn(`${task.id}: ${message}`),
    });
    this.#active.set(task.id, running);
    if (this.#cancel.signal.aborted) running.stop('cancelled');
    try {
      const { rows, load, intervals = null, shared = false } = await running.result;
      this.#done += 1;
      this.#count(checks);
      this.#tell({
        event: 'task.finished',
        ...this.#now(),
        task: task.id,
        rows,
        ms: since(node.start),
        compute: task.step.kind === 'view' || shared ? null : task.step.compute.mode,
        load,
        intervals,
        ...(shared ? { shared } : {}),
        checksPassed: checks.passed,
        checksWarned: checks.warned,
      });
      return 'succeeded';
    } catch (failure) {
      const error = this.#told(toRunError(failure));
      if (error.retryable && number <= retries && !this.#cancel.signal.aborted) {
        const again = backoffMs(backoff, number);
        this.#tell({ event: 'task.retrying', ...this.#now(), task: task.id, attempt: number, inMs: again, error });
        return { again };
      }
      this.#fail(node, checks, error);
      return 'failed';
    } finally {
      this.#active.delete(task.id);
    }
  }

  #fail({ task: { id: task }, start }: Node, checks: Counts, error: RunError): void {
    this.#failed += 1;
    this.#count(checks);
    this.#errors.push({ task, error });
    this.#tell({ event: 'task.failed', ...this.#now(), task, ms: since(start), error });
  }

  /** An error as it is told: without secrets, and with paths from the project's folder on. */
  #told(error: RunError): RunError {
    const here = `\`${this.#options.folder}/`;
    const short = (text: string): string => text.replaceAll(here, '`');
    const { message, hint, ...rest } = this.#texts.redact(error);
    return { ...rest, message: short(message), hint: hint === null ? null : short(hint) };
  }

  #checked(task: string, outcome: CheckOutcome, checks: Counts, foundBy: string | null = null): void {
    const { check, passed, failing, rows, sample } = outcome;
    checks[passed ? 'passed' : check.severity === 'warn' ? 'warned' : 'failed'] += 1;
    this.#tell({
      event: passed ? 'check.passed' : 'check.failed',
      ...this.#now(),
      task,
      check: check.text,
      severity: check.severity,
      failing,
      rows,
      sample,
      file: check.at.file,
      line: check.at.line,
      foundBy,
    });
  }

  #count(checks: Counts): void {
    this.#checks = {
      passed: this.#checks.passed + checks.passed,
      warned: this.#checks.warned + checks.warned,
      failed: this.#checks.failed + checks.failed,
    };
  }

  #tellProgress(): void {
    for (const [task, running] of this.#active)
      this.#tell({ event: 'task.progress', ...this.#now(), task, share: running.progress() });
  }

  #finish(error: RunError | null = null): RunSummary {
    const cancelled = this.#cancel.signal.aborted && (this.#failed > 0 || this.#skipped > this.#unchanged);
    const status: RunStatus = cancelled ? 'cancelled' : this.#failed > 0 || error !== null ? 'failed' : 'succeeded';
    const { passed, warned, failed } = this.#checks;
    const counts = {
      status,
      done: this.#done,
      failed: this.#failed,
      skipped: this.#skipped,
      unchanged: this.#unchanged,
      checksPassed: passed,
      checksWarned: warned,
      checksFailed: failed,
      ms: since(this.#start),
    };
    this.#tell({ event: 'run.finished', ...this.#now(), ...counts });
    const position = new Map(this.#options.job.tasks.map((task, index) => [task.id, index]));
    const errors = this.#errors.sort((a, b) => (position.get(a.task) ?? 0) - (position.get(b.task) ?? 0));
    return { run: this.id, ...counts, errors };
  }

  #now(): { readonly at: string; readonly run: string } {
    return { at: new Date().toISOString(), run: this.id };
  }
}

type Skip = Pick<Extract<RunEvent, { event: 'task.skipped' }>, 'reason' | 'because' | 'rows' | 'checksWarned'>;
const CANCELLED: Skip = { reason: 'cancelled', because: 'the run was cancelled', rows: null, checksWarned: 0 };
const failureOf = (task: string): Skip => ({
  reason: 'upstream-failed',
  because: `\`${task}\` failed`,
  rows: null,
  checksWarned: 0,
});

interface Counts {
  passed: number;
  warned: number;
  failed: number;
}
const NO_CHECKS: Counts = { passed: 0, warned: 0, failed: 0 };

function since(start: number): number {
  return Math.round((performance.now() - start) * 100) / 100;
}
