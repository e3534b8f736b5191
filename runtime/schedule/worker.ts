/**
 * A process that does runs for a scheduler, one after the other: what to do comes by messages, and what its run tells goes to
 * its output as ever. After a run that went well it says that it is free, and keeps its database open for the moment until it
 * is told of the next run or that there is none; then it ends. After any other run it ends by itself.
 *
 *   told { args } → run → free → told { args } → run → … → told { args: null } → ends
 */
import { closeKept, keepBetweenRuns } from '../engines/kept.ts';

/** Set where what is to be done comes by messages. */
export const WORKER = 'PIPEC_WORKER';

/** What a scheduler tells a worker: a run as a command line, or null where there is none for it any more. */
export interface Order {
  readonly args: readonly string[] | null;
}
/** What a worker tells after the events of its run: it can do another. */
export interface Free {
  readonly event: 'worker.free';
}

export interface Work {
  /** Loads what every run needs, before there is one. */
  readonly warm: () => Promise<void>;
  /** Does a run; gives its exit code. */
  readonly perform: (args: readonly string[]) => Promise<number>;
  /** Whether code that is not pipec's own has run here, of which nobody knows what it has left behind. */
  readonly isForeign: () => boolean;
}

/** So many runs are done by one process: what each may leave behind in memory goes with it. */
const RUNS = 100;
/** Bytes of JavaScript after which it ends with its run. */
const MOST = 512 * 2 ** 20;
/** A scheduler that is asleep, or waits for its state, does not say that there is no next run: the database is let go of. */
const PATIENCE_MS = 1000;

/** Gives the exit code of the last run. */
export async function work({ warm, perform, isForeign }: Work): Promise<number> {
  delete process.env[WORKER];
  const next = orders();
  let told = next();
  await warm();
  keepBetweenRuns();
  try {
    for (let runs = 1; ; runs++) {
      const { args } = await told;
      if (args === null) return 0;
      const exit = await perform(args);
      if (exit !== 0 || isForeign() || runs === RUNS || memory() > MOST) return exit;
      told = next();
      process.stdout.write(`${JSON.stringify({ event: 'worker.free' } satisfies Free)}\n`);
      await shortOf(told, PATIENCE_MS, closeKept);
    }
  } finally {
    await closeKept();
  }
}

/** Gives the next order. The process stays for one that is awaited, and for nothing else. */
function orders(): () => Promise<Order> {
  const come: Order[] = [];
  let heard = (): void => undefined;
  process.on('message', (order: Order) => {
    come.push(order);
    heard();
  });
  return async () => {
    process.channel?.ref();
    while (come.length === 0) await new Promise<void>((resolve) => (heard = resolve));
    process.channel?.unref();
    return come.shift() as Order;
  };
}

/** Waits for it, and where it takes longer than so many ms does something meanwhile. */
async function shortOf(awaited: Promise<unknown>, ms: number, work: () => Promise<void>): Promise<void> {
  let working: Promise<void> | null = null;
  const timer = setTimeout(() => {
    working = work();
  }, ms);
  await awaited;
  clearTimeout(timer);
  await working;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
