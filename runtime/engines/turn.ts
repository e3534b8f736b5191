/** One process at a time writes a database: the others wait for their turn, and say for whom. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Holder, OpenEngine } from '../engine.ts';
import { runError } from '../errors.ts';

export type Waiting = Pick<OpenEngine, 'waitMs' | 'nameHolder' | 'waiting' | 'signal'>;

/** For a question, which does not wait. */
export const NO_WAIT: Omit<Waiting, 'nameHolder'> = {
  waitMs: 0,
  waiting: () => undefined,
  signal: new AbortController().signal,
};

/**
 * Tries until it has it.
 * @param what what is waited for, in messages
 * @throws PipecError `database-busy` when the wait gets too long, `cancelled`
 */
export async function takeTurn<T>(
  what: string,
  { waitMs, nameHolder, waiting, signal }: Waiting,
  attempt: () => Promise<{ readonly taken: T } | Holder>,
): Promise<T> {
  const start = performance.now();
  let told: string | null = null;
  let unknownBefore = false;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
    if (signal.aborted) throw runError('cancelled', {});
    const outcome = await attempt();
    if ('taken' in outcome) return outcome.taken;
    const name = await nameHolder(outcome);
    if (performance.now() - start > waitMs)
      throw runError('database-busy', { path: what, holder: name, seconds: Math.round(waitMs / 1000) });
    // A holder that cannot be named may be gone already: it is told only if it is still there, and never after a name.
    const unknown = outcome.pid === null && outcome.name === undefined;
    if (told !== name && (!unknown || (unknownBefore && told === null))) {
      waiting(`waits for ${name}, which holds ${what}`);
      told = name;
    }
    unknownBefore = unknown;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
