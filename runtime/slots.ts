/** Who may run: a task takes a slot of the run, and a place of its pool where it has one. */
import type { Engine, EngineSession } from './engine.ts';
import type { TaskPlan } from './plan.ts';

/** How many tasks are in each pool. */
export class Pools {
  readonly #places: Readonly<Record<string, number>>;
  readonly #taken = new Map<string, number>();

  constructor(places: Readonly<Record<string, number>>) {
    this.#places = places;
  }

  isFree({ pool }: TaskPlan): boolean {
    return pool === undefined || (this.#taken.get(pool) ?? 0) < Math.max(1, this.#places[pool] ?? 1);
  }

  take({ pool }: TaskPlan): void {
    if (pool !== undefined) this.#taken.set(pool, (this.#taken.get(pool) ?? 0) + 1);
  }

  give({ pool }: TaskPlan): void {
    if (pool !== undefined) this.#taken.set(pool, (this.#taken.get(pool) ?? 0) - 1);
  }
}

/** A place for one task at a time. What is tried again gets another session: its connection may have ended. */
export class Slot {
  worked = true;
  readonly #engine: Engine;
  #session: EngineSession;

  constructor(engine: Engine, session: EngineSession) {
    this.#engine = engine;
    this.#session = session;
  }

  static async open(engine: Engine): Promise<Slot> {
    return new Slot(engine, await engine.session());
  }

  async session(): Promise<EngineSession> {
    if (this.worked) return this.#session;
    // Where the target is still away, the attempt says so.
    const fresh = await this.#engine.session().catch(() => null);
    if (fresh === null) return this.#session;
    this.#session.close();
    this.#session = fresh;
    this.worked = true;
    return fresh;
  }

  close(): void {
    this.#session.close();
  }
}
