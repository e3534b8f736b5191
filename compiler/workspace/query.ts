/**
 * A small memo engine: inputs, and queries that are pure functions of a key and of what they ask.
 *
 * Every question a query asks while it runs is recorded. When an input changes, a query runs again only if an answer it
 * used has changed; where the new answer equals the old one, those who asked it are left alone (early cut-off).
 *
 * Answers may be dropped to save memory: the record stays, so nobody runs again because of it, and the answer is computed
 * anew when it is next asked for. `save` and `restore` carry a database over to another process in the same way: the
 * records, and the answers of the queries that keep theirs; all others are as if dropped.
 */
import { Saved, SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** One answer with what it stands on. Dependencies are held by reference, as a lookup by key costs more than the check. */
interface Cell {
  /** Null for inputs. */
  readonly run: ((cell: Cell) => void) | null;
  readonly key: string;
  /** The value, `DROPPED`, or a `Saved` one of an earlier database until somebody asks for it. */
  value: unknown;
  /** Revision in which the value last became another one. */
  changedAt: number;
  /** Revision in which the value was last known to hold; 0 where it was never computed. */
  verifiedAt: number;
  dependencies: Cell[];
  running: boolean;
  /** The reader that recorded this cell last: keeps most repeats out of `dependencies`. */
  lastReader: Cell | null;
  /** Among those that are being saved. */
  number: number;
}

/** Stands for a value that was dropped. */
const DROPPED: unique symbol = Symbol('dropped');

/** A value as data that JSON gives back as it was. */
export interface Form<V> {
  readonly write: (value: V) => unknown;
  readonly read: (data: unknown) => V;
}

export interface QueryOptions<V> {
  /** Whether a new answer means the same as the old; identity where it is left out. */
  readonly equal?: (before: V, after: V) => boolean;
  /** The answer for a query that asks for itself. Without it that is a mistake of the compiler's, and thrown. */
  readonly onCycle?: (key: string) => V;
  /** How `save` keeps the answers; it does not where this is left out. */
  readonly kept?: 'as it is' | Form<V>;
}

export interface Input<V> {
  /** Undefined where there is none. */
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

export interface Query<V> {
  get(key: string): V;
  /** The answer as it was when it was last asked for, whether it holds or not; the answer where it never was. */
  last(key: string): V;
  /** Makes the answer hold without looking at it. */
  settle(key: string): void;
  /** Whether an answer is at hand: computed in this process or an earlier one, and not dropped since. It need not hold any more. */
  has(key: string): boolean;
  /** Forgets the answer, not what it stands on. */
  drop(key: string): void;
}

/** What the database knows of an input or a query. */
interface Row {
  readonly cells: Map<string, Cell>;
  readonly newCell: (key: string) => Cell;
  /** What `save` writes of a value; null where the value is not kept. */
  readonly savedValue: (value: unknown) => string | Saved | null;
}

export class Database {
  #revision = 1;
  #reader: Cell | null = null;
  /** What the queries that run have asked so far, the innermost one's last; beyond `#top` it is out of use. */
  readonly #asked: Cell[] = [];
  #top = 0;
  #runs = 0;
  readonly #rows = new Map<string, Row>();
  /** Called before a query runs: tests assert which did. */
  onRun: ((query: string, key: string) => void) | null = null;

  /** How often a query ran. */
  get runs(): number {
    return this.#runs;
  }

  /** `fingerprint` tells values apart, also of values that were saved earlier: only it is saved. */
  input<V>(name: string, fingerprint: (value: V | undefined) => string): Input<V> {
    const cells = new Map<string, Cell>();
    const make = (key: string): Cell => {
      const cell = newCell(null, key);
      cell.changedAt = this.#revision;
      return cell;
    };
    const savedValue = (value: unknown): string | Saved =>
      value instanceof Saved ? value : fingerprint(value as V | undefined);
    this.#rows.set(name, { cells, newCell: make, savedValue });
    const change = (key: string, value: V | undefined): void => {
      const cell = found(cells, key, make);
      if (cell.value === value) return;
      const same = cell.value instanceof Saved && cell.value.text() === fingerprint(value);
      cell.value = value;
      if (same) return;
      this.#revision += 1;
      cell.changedAt = this.#revision;
    };
    return {
      get: (key) => {
        const cell = found(cells, key, make);
        this.#record(cell);
        // Nobody has set it since, so it is no longer there.
        if (cell.value instanceof Saved) change(key, undefined);
        return cell.value as V | undefined;
      },
      set: change,
      delete: (key) => change(key, undefined),
    };
  }

  query<V>(name: string, compute: (key: string) => V, options: QueryOptions<V> = {}): Query<V> {
    const { equal, onCycle, kept } = options;
    const answerOf = (cell: Cell): V => {
      if (cell.value instanceof Saved) {
        const data: unknown = JSON.parse(cell.value.text());
        cell.value = typeof kept === 'object' ? kept.read(data) : data;
      }
      return cell.value as V;
    };
    const cells = new Map<string, Cell>();
    const run = (cell: Cell): void => {
      this.onRun?.(name, cell.key);
      this.#runs += 1;
      const value = this.#collect(cell, compute);
      const known = cell.verifiedAt > 0;
      if (known && equal !== undefined && cell.value !== DROPPED && equal(answerOf(cell), value)) return;
      const same = known && cell.value === value;
      cell.value = value;
      if (!same) cell.changedAt = this.#revision;
    };
    const make = (key: string): Cell => newCell(run, key);
    const savedValue = (value: unknown): string | Saved | null =>
      kept === undefined || value === DROPPED
        ? null
        : value instanceof Saved
          ? value
          : JSON.stringify(kept === 'as it is' ? value : kept.write(value as V));
    this.#rows.set(name, { cells, newCell: make, savedValue });
    return {
      get: (key) => {
        const cell = found(cells, key, make);
        this.#record(cell);
        if (cell.running) {
          if (onCycle !== undefined) return onCycle(key);
          throw new Error(`query ${name} asks for itself: ${key}`);
        }
        this.#refresh(cell);
        if (cell.value === DROPPED) {
          // Nothing it stands on has changed, so readers keep what they concluded: `changedAt` stays.
          const { changedAt } = cell;
          run(cell);
          cell.changedAt = changedAt;
        }
        return answerOf(cell);
      },
      last(key) {
        const cell = cells.get(key);
        return cell === undefined || cell.verifiedAt === 0 || cell.value === DROPPED ? this.get(key) : answerOf(cell);
      },
      settle: (key) => this.#refresh(found(cells, key, make)),
      has: (key) => {
        const cell = cells.get(key);
        return cell !== undefined && cell.verifiedAt > 0 && cell.value !== DROPPED;
      },
      drop: (key) => {
        const cell = cells.get(key);
        if (cell !== undefined && cell.verifiedAt > 0 && !cell.running) cell.value = DROPPED;
      },
    };
  }

  /** How many inputs and answers it knows of. */
  get size(): number {
    return [...this.#rows.values()].reduce((sum, { cells }) => sum + cells.size, 0);
  }

  /** Inputs that were restored and not set again, and all that stands on them: nobody has asked since whether it holds. */
  #lost(): ReadonlySet<Cell> {
    const lost = new Set<Cell>();
    for (const { cells } of this.#rows.values())
      for (const cell of cells.values()) if (cell.run === null && cell.value instanceof Saved) lost.add(cell);
    for (let before = 0; before < lost.size; ) {
      before = lost.size;
      for (const { cells } of this.#rows.values())
        for (const cell of cells.values()) if (cell.dependencies.some((each) => lost.has(each))) lost.add(cell);
    }
    return lost;
  }

  /** All answers that hold now, for `restore` elsewhere: bytes that belong one after the other. */
  save(): readonly Uint8Array[] {
    const lost = this.#lost();
    const rows = [...this.#rows].map(([name, { cells, savedValue }]) => ({
      name,
      savedValue,
      cells: [...cells.values()].filter(
        (cell) => !lost.has(cell) && (cell.run === null || cell.verifiedAt === this.#revision),
      ),
    }));
    let count = 0;
    let dependencies = 0;
    for (const cell of rows.flatMap((row) => row.cells)) {
      cell.number = count++;
      dependencies += cell.dependencies.length;
    }
    const writer = new SnapshotWriter(count, dependencies);
    for (const { name, cells, savedValue } of rows) {
      writer.row(name);
      // What holds stands on nothing but what holds, so every dependency has its number.
      for (const cell of cells) writer.cell(cell.key, cell.dependencies, savedValue(cell.value));
    }
    return writer.parts();
  }

  /**
   * Goes on from what `save` gave. The database must be empty. Inputs that are not set again count as deleted.
   * Raises an error where the bytes do not fit this database's queries.
   */
  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes);
    const rows = reader.rows.map((name) => {
      const row = this.#rows.get(name);
      if (row === undefined) throw new Error(`no query ${name}`);
      return row;
    });
    const all: Cell[] = [];
    for (let index = 0; index < reader.count; index++) {
      const row = rows[reader.row(index)];
      if (row === undefined) throw new Error('a cell of no query');
      const key = reader.key(index);
      const cell = row.newCell(key);
      cell.value = reader.value(index) ?? DROPPED;
      cell.changedAt = cell.verifiedAt = this.#revision;
      row.cells.set(key, cell);
      all.push(cell);
    }
    reader.forEachDependency((from, to) => {
      const [cell, dependency] = [all[from], all[to]];
      if (cell === undefined || dependency === undefined) throw new Error('a dependency leads nowhere');
      cell.dependencies.push(dependency);
    });
  }

  #record(cell: Cell): void {
    const reader = this.#reader;
    if (reader === null || cell.lastReader === reader) return;
    cell.lastReader = reader;
    this.#asked[this.#top++] = cell;
  }

  #collect<V>(cell: Cell, compute: (key: string) => V): V {
    const reader = this.#reader;
    this.#reader = cell;
    cell.running = true;
    for (const dependency of cell.dependencies) if (dependency.lastReader === cell) dependency.lastReader = null;
    const bottom = this.#top;
    const { verifiedAt } = cell;
    // Until it is done it holds nothing: what it stands on is not known in whole if `compute` throws.
    cell.verifiedAt = 0;
    try {
      const value = compute(cell.key);
      cell.verifiedAt = verifiedAt;
      return value;
    } finally {
      cell.dependencies = this.#asked.slice(bottom, this.#top);
      this.#top = bottom;
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
    number: -1,
  };
}

function found(cells: Map<string, Cell>, key: string, make: (key: string) => Cell): Cell {
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = make(key);
    cells.set(key, cell);
  }
  return cell;
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

/** Of queries whose answers are plain data, and another process may go on from. */
export const KEPT = { equal: sameData, kept: 'as it is' } as const;
