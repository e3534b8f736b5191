/**
 * A small memo engine: inputs, and queries that are pure functions of a key and of what they ask.
 *
 * Every question a query asks while it runs is recorded. When an input changes, a query runs again only if an answer it
 * used has changed; where the new answer equals the old one, those who asked it are left alone (early cut-off).
 *
 * Answers may be dropped to save memory: the record stays, so nobody runs again because of it, and the answer is computed
 * anew when it is next asked for.
 */

/** One answer with what it stands on. Dependencies are held by reference, as a lookup by key costs more than the check. */
interface Cell {
  /** Null for inputs. */
  readonly run: ((cell: Cell) => void) | null;
  readonly key: string;
  value: unknown;
  /** Revision in which the value last became another one. */
  changedAt: number;
  /** Revision in which the value was last known to hold; 0 where it was never computed. */
  verifiedAt: number;
  dependencies: Cell[];
  running: boolean;
  /** The reader that recorded this cell last: keeps most repeats out of `dependencies`. */
  lastReader: Cell | null;
}

/** Stands for a value that was dropped. */
const DROPPED: unique symbol = Symbol('dropped');

export interface QueryOptions<V> {
  /** Whether a new answer means the same as the old; identity where it is left out. */
  readonly equal?: (before: V, after: V) => boolean;
  /** The answer for a query that asks for itself. Without it that is a mistake of the compiler's, and thrown. */
  readonly onCycle?: (key: string) => V;
}

export interface Input<V> {
  /** Undefined where there is none. */
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

export interface Query<V> {
  get(key: string): V;
  /** Forgets the answer, not what it stands on. */
  drop(key: string): void;
  /** Forgets keys for which `keep` is false altogether. */
  sweep(keep: (key: string) => boolean): void;
}

export class Database {
  #revision = 1;
  #reader: Cell | null = null;
  /** Called before a query runs: tests assert which did. */
  onRun: ((query: string, key: string) => void) | null = null;

  /** Grows with every change of an input. */
  get revision(): number {
    return this.#revision;
  }

  input<V>(): Input<V> {
    const cells = new Map<string, Cell>();
    const cellOf = (key: string): Cell => {
      let cell = cells.get(key);
      if (cell === undefined) {
        cell = newCell(null, key);
        cell.changedAt = this.#revision;
        cells.set(key, cell);
      }
      return cell;
    };
    const change = (key: string, value: V | undefined): void => {
      const cell = cellOf(key);
      if (cell.value === value) return;
      this.#revision += 1;
      cell.value = value;
      cell.changedAt = this.#revision;
    };
    return {
      get: (key) => {
        const cell = cellOf(key);
        this.#record(cell);
        return cell.value as V | undefined;
      },
      set: change,
      delete: (key) => change(key, undefined),
    };
  }

  query<V>(name: string, compute: (key: string) => V, options: QueryOptions<V> = {}): Query<V> {
    const cells = new Map<string, Cell>();
    const run = (cell: Cell): void => {
      this.onRun?.(name, cell.key);
      const value = this.#collect(cell, compute);
      const before = cell.value;
      const known = cell.verifiedAt > 0;
      if (known && before !== DROPPED && options.equal?.(before as V, value) === true) return;
      cell.value = value;
      if (!known || before !== value) cell.changedAt = this.#revision;
    };
    return {
      get: (key) => {
        let cell = cells.get(key);
        if (cell === undefined) {
          cell = newCell(run, key);
          cells.set(key, cell);
        }
        this.#record(cell);
        if (cell.running) {
          if (options.onCycle !== undefined) return options.onCycle(key);
          throw new Error(`query ${name} asks for itself: ${key}`);
        }
        this.#refresh(cell);
        if (cell.value === DROPPED) {
          // Nothing it stands on has changed, so readers keep what they concluded: `changedAt` stays.
          const { changedAt } = cell;
          run(cell);
          cell.changedAt = changedAt;
        }
        return cell.value as V;
      },
      drop: (key) => {
        const cell = cells.get(key);
        if (cell !== undefined && cell.verifiedAt > 0 && !cell.running) cell.value = DROPPED;
      },
      sweep: (keep) => {
        for (const key of cells.keys()) if (!keep(key)) cells.delete(key);
      },
    };
  }

  /** Asks without becoming dependent: only for answers that follow from what the reader already depends on. */
  untracked<V>(ask: () => V): V {
    const reader = this.#reader;
    this.#reader = null;
    try {
      return ask();
    } finally {
      this.#reader = reader;
    }
  }

  #record(cell: Cell): void {
    const reader = this.#reader;
    if (reader === null || cell.lastReader === reader) return;
    cell.lastReader = reader;
    reader.dependencies.push(cell);
  }

  #collect<V>(cell: Cell, compute: (key: string) => V): V {
    const reader = this.#reader;
    this.#reader = cell;
    cell.running = true;
    for (const dependency of cell.dependencies) if (dependency.lastReader === cell) dependency.lastReader = null;
    cell.dependencies = [];
    try {
      return compute(cell.key);
    } finally {
      cell.running = false;
      this.#reader = reader;
    }
  }

  /** Brings `changedAt` up to the current revision, running again only what has to. */
  #refresh(cell: Cell): void {
    if (cell.run === null || cell.verifiedAt === this.#revision || cell.running) return;
    if (cell.verifiedAt === 0 || this.#stale(cell)) cell.run(cell);
    cell.verifiedAt = this.#revision;
  }

  #stale(cell: Cell): boolean {
    // In the order they were asked: an early answer may decide whether a later question makes sense at all.
    for (const dependency of cell.dependencies) {
      this.#refresh(dependency);
      if (dependency.changedAt > cell.verifiedAt) return true;
    }
    return false;
  }
}

function newCell(run: ((cell: Cell) => void) | null, key: string): Cell {
  return {
    run,
    key,
    value: undefined,
    changedAt: 0,
    verifiedAt: 0,
    dependencies: [],
    running: false,
    lastReader: null,
  };
}

/** Whether two values of plain data are equal in structure. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameData(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && sameData(left[key], right[key]))
  );
}
