/**
 * Which of the runs that are due begin now. Of what may begin the greatest priority goes first, then what was due first.
 * A run may begin where its job does not run already, a place is free, each pool of its tasks has one free, and nothing
 * is before it that its job reads from and that was due no later.
 */
import type { JobPlan } from '../plan.ts';
import type { QueuedRun } from './queue.ts';

/** Places that a run holds, by pool: so many of its tasks may be in it at a time. */
export type Places = Readonly<Record<string, number>>;

export interface Begun {
  readonly entry: QueuedRun;
  readonly places: Places;
}

export interface Due {
  /** What could begin, those due first coming first. */
  readonly ready: readonly QueuedRun[];
  /** What is due and has to wait for a moment. */
  readonly held: readonly QueuedRun[];
  readonly running: readonly Begun[];
}

export interface Rules {
  readonly job: (name: string) => JobPlan | undefined;
  /** Jobs that make what it reads. */
  readonly upstream: (job: string) => readonly string[];
  /** Runs at a time. */
  readonly places: number;
}

export function beginning({ ready, held, running }: Due, rules: Rules): readonly Begun[] {
  const priority = ({ job }: QueuedRun): number => rules.job(job)?.priority ?? 0;
  const sorted = [...ready].sort((a, b) => priority(b) - priority(a));
  const undone = Map.groupBy([...sorted, ...held, ...running.map(({ entry }) => entry)], ({ job }) => job);
  // What is due only later is not waited for: an upstream that is always busy would hold it up for good.
  const before = (entry: QueuedRun): readonly QueuedRun[] =>
    rules
      .upstream(entry.job)
      .flatMap((job) => undone.get(job) ?? [])
      .filter(({ id, dueAt }) => id !== entry.id && dueAt <= entry.dueAt);
  const begun: Begun[] = [];
  const begin = (entry: QueuedRun): void => {
    const all = [...running, ...begun];
    if (all.length >= rules.places || all.some((one) => one.entry.job === entry.job)) return;
    const places = placesFor(rules.job(entry.job), all);
    if (places !== null) begun.push({ entry, places });
  };
  for (const entry of sorted) {
    if (running.length + begun.length >= rules.places) break;
    if (before(entry).length === 0) begin(entry);
  }
  if (running.length > 0 || begun.length > 0) return begun;
  // Jobs that wait for each other's datasets, and for nothing that is held up: the first of them begins.
  const stuck = new Set(held);
  for (let size = -1; size < stuck.size; ) {
    size = stuck.size;
    for (const entry of sorted) if (before(entry).some((other) => stuck.has(other))) stuck.add(entry);
  }
  for (const entry of sorted.filter((one) => !stuck.has(one)).slice(0, 1)) begin(entry);
  return begun;
}

/** Of each pool as many as its tasks could use and are free; null where one has none. */
function placesFor(job: JobPlan | undefined, running: readonly Begun[]): Places | null {
  const held = (pool: string): number => running.reduce((sum, { places }) => sum + (places[pool] ?? 0), 0);
  const found: Record<string, number> = {};
  for (const [pool, places] of Object.entries(job?.pools ?? {})) {
    const tasks = (job?.tasks ?? []).filter((task) => task.pool === pool).length;
    const free = places - held(pool);
    if (free < 1) return null;
    found[pool] = Math.max(1, Math.min(free, tasks, job?.concurrency ?? 1));
  }
  return found;
}
