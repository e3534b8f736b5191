/** One attempt of a task: it ends by itself, by its timeout or by a cancel, and never leaves a statement running. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineSession, StepContext, StepResult } from './engine.ts';
import { PipecError, runError } from './errors.ts';
import type { JobPlan, Step } from './plan.ts';

export interface Attempt {
  readonly result: Promise<StepResult>;
  readonly stop: (why: 'cancelled' | 'timed-out') => void;
  readonly progress: () => number | null;
}

export function attempt(
  session: EngineSession,
  step: Step,
  options: Omit<StepContext, 'signal'> & {
    readonly timeoutMs: number | null;
  },
): Attempt {
  const { timeoutMs } = options;
  const controller = new AbortController();
  let stopped: 'cancelled' | 'timed-out' | null = null;
  let interrupting: NodeJS.Timeout | null = null;
  const stop = (why: 'cancelled' | 'timed-out'): void => {
    if (stopped !== null) return;
    stopped = why;
    controller.abort();
    session.interrupt();
    // An interrupt between two statements hits nothing, so it is said again until the attempt has ended.
    interrupting = setInterval(() => session.interrupt(), 20);
  };
  const timer = timeoutMs === null ? null : setTimeout(() => stop('timed-out'), timeoutMs);
  const perform = async (): Promise<StepResult> => {
    try {
      return await session.perform(step, { ...options, signal: controller.signal });
    } catch (failure) {
      const interrupted =
        controller.signal.aborted && (!(failure instanceof PipecError) || failure.code === 'cancelled');
      if (!interrupted) throw failure;
      throw stopped === 'timed-out'
        ? runError('timed-out', { seconds: (timeoutMs ?? 0) / 1000 })
        : runError('cancelled', {});
    } finally {
      if (timer !== null) clearTimeout(timer);
      if (interrupting !== null) clearInterval(interrupting);
    }
  };
  return { result: perform(), stop, progress: () => session.progress() };
}

/** Waits; false where the wait was cut short by a cancel. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(ms, true, { signal }).catch(() => false);
}

/** Share of a pause that is left to chance, so that what failed together is not tried again together. */
const JITTER = 0.2;

/** Milliseconds before the next attempt; `number` is of the attempt that failed, from 1. */
export function backoffMs(backoff: JobPlan['backoff'], number: number): number {
  const grown = backoff.kind === 'fixed' ? backoff.initialMs : backoff.initialMs * 2 ** (number - 1);
  return Math.round(Math.min(grown, backoff.maxMs) * (1 - JITTER * Math.random()));
}
