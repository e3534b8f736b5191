/** Tells every listener of a run what happens. A listener that fails is left out from then on: it never fails the run. */
import type { RunEvent } from './events.ts';

export type RunListener = (event: RunEvent) => void | Promise<void>;

export interface Announcer {
  readonly tell: (event: RunEvent) => void;
  /** Resolves when the listeners' own promises have settled. */
  readonly settled: () => Promise<void>;
  /** What listeners threw, for whoever wants to say so at the end. */
  readonly failures: readonly unknown[];
}

export function announcer(listeners: readonly RunListener[]): Announcer {
  const failures: unknown[] = [];
  const pending = new Set<Promise<void>>();
  let active = [...listeners];
  const drop = (listener: RunListener, failure: unknown) => {
    failures.push(failure);
    active = active.filter((other) => other !== listener);
  };
  return {
    failures,
    tell(event) {
      for (const listener of active) {
        try {
          const answer = listener(event);
          if (!(answer instanceof Promise)) continue;
          const settled = answer.catch((failure) => drop(listener, failure)).finally(() => pending.delete(settled));
          pending.add(settled);
        } catch (failure) {
          drop(listener, failure);
        }
      }
    },
    async settled() {
      await Promise.all(pending);
    },
  };
}
