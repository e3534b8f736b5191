/**
 * A small memo engine: inputs, and queries that are pure functions of a key and of what they ask.
 *
 * Every question a query asks while it runs is recorded. When an input changes, a query runs again only if an answer it
 * used has changed; where the new answer equals the old one, those who asked it are left alone (early cut-off).
 *
 * Answers may be dropped to save memory: the record stays, so nobody runs again because of it, and the answer is computed
 * anew when it is next asked for. `save` and `restore` carry a database over to another process in the same way: the
 * records, and the answers of the queries that keep theirs; all others are as if dropped. What was restored is taken out of its
 * bytes only where somebody asks for it.
 */
import { Saved, SnapshotReader, SnapshotWriter } from './snapshot.ts';

/** One answer with what it stands on. Dependencies are held by reference, as a lookup by key costs more than the check. */
interface Cell {
  readonly row: Row;
  readonly key: string;
  /** The value, `DROPPED`, or a `Saved` one of an earlier database until somebody asks for it. */
  value: unknown;
  /** Revision in which the value last became another one. */
  changedAt: number;
  /** Revision in which the value was last known to hold; 0 where it was never computed. */
  verifiedAt: number;
  /** A number is that of the restored cell, whose dependencies nobody has asked for yet. */
  dependencies: readonly Cell[] | number;
  running: boolean;
  /** The reader that recorded this cell last: keeps most repeats out of `dependencies`. */
  lastReader: Cell | null;
  /** Among those that are being saved. */
  number: number;
}

/** Stands for a value that was dropped. */
const DROPPED: unique symbol = Symbol('dropped');

/** Numbers of cells that have none yet: not come past, and behind those they stand on. */
const UNSEEN = -1;
const WAITING = -2;

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
  /**
   * The same for all that were restored; false where nothing of them was in doubt. It is worth it before a `sweep`, where much
   * stands on them and few turn out to be another.
   */
  settleRestored(): boolean;
  /** Whether an answer is at hand: computed in this process or an earlier one, and not dropped since. It need not hold any more. */
  has(key: string): boolean;
  /** Forgets the answer, not what it stands on. */
  drop(key: string): void;
}

/** What the database knows of an input or a query. */
interface Row {
  /** Among those of this database. */
  readonly number: number;
  /** Null for inputs. */
  readonly run: ((cell: Cell) => void) | null;
  readonly cells: Map<string, Cell>;
  /** Among the rows of what was restored; -1 where it is none of them. */
  place: number;
  /** What `save` writes of a value; null where the value is not kept. */
  readonly savedValue: (value: unknown) => string | Saved | null;
}

/** What an earlier database knew. */
interface Restored {
  readonly reader: SnapshotReader;
  /** As the reader counts them. */
  readonly rows: readonly Row[];
  /** Places of the rows that are inputs. */
  readonly inputs: ReadonlySet<number>;
  /** Those that were taken out so far, by number. */
  readonly cells: (Cell | undefined)[];
  /** Revision in which all of it holds. */
  readonly at: number;
  /** Numbers of those. */
  readonly taken: number[];
  /** Of what `sweep` found to hold 1, and in which revision. */
  state: Int8Array | null;
  heldAt: number;
}

export class Database {
  #revision = 1;
  #reader: Cell | null = null;
  /** What the queries that run have asked so far, the innermost one's last; beyond `#top` it is out of use. */
  readonly #asked: Cell[] = [];
  #top = 0;
  #runs = 0;
  readonly #rows = new Map<string, Row>();
  #restored: Restored | null = null;
  /** Called before a query runs: tests assert which did. */
  onRun: ((query: string, key: string) => void) | null = null;

  /** How often a query ran. */
  get runs(): number {
    return this.#runs;
  }

  /** `fingerprint` tells values apart, also of values that were saved earlier: only it is saved. */
  input<V>(name: string, fingerprint: (value: V | undefined) => string): Input<V> {
    const savedValue = (value: unknown): string | Saved =>
      value instanceof Saved ? value : fingerprint(value as V | undefined);
    const row = this.#row(name, null, savedValue);
    const change = (key: string, value: V | undefined): void => {
      const cell = this.#cell(row, key);
      if (cell.value === value) return;
      const same = cell.value instanceof Saved && cell.value.text() === fingerprint(value);
      cell.value = value;
      if (same) return;
      this.#revision += 1;
      cell.changedAt = this.#revision;
    };
    return {
      get: (key) => {
        const cell = this.#cell(row, key);
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
    const savedValue = (value: unknown): string | Saved | null =>
      kept === undefined || value === DROPPED
        ? null
        : value instanceof Saved
          ? value
          : JSON.stringify(kept === 'as it is' ? value : kept.write(value as V));
    const row = this.#row(name, run, savedValue);
    // An answer that is not kept and was not asked for yet is as if dropped.
    const known = (key: string): Cell | undefined => (kept === undefined ? row.cells.get(key) : this.#known(row, key));
    return {
      get: (key) => {
        const cell = this.#cell(row, key);
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
        const cell = known(key);
        return cell === undefined || cell.verifiedAt === 0 || cell.value === DROPPED ? this.get(key) : answerOf(cell);
      },
      settle: (key) => {
        if (!this.#isUntouched(row, key)) this.#refresh(this.#cell(row, key));
      },
      settleRestored: () => {
        const restored = this.#restored;
        let settled = false;
        for (let number = 0; number < (restored?.reader.count ?? 0); number++) {
          if (restored?.reader.row(number) !== row.place || this.#holds(restored, number)) continue;
          const cell = this.#restoredCell(number);
          settled ||= cell.verifiedAt !== this.#revision;
          this.#refresh(cell);
        }
        return settled;
      },
      has: (key) => {
        const cell = known(key);
        return cell !== undefined && cell.verifiedAt > 0 && cell.value !== DROPPED;
      },
      drop: (key) => {
        const cell = known(key);
        if (cell !== undefined && cell.verifiedAt > 0 && !cell.running) cell.value = DROPPED;
      },
    };
  }

  #row(name: string, run: Row['run'], savedValue: Row['savedValue']): Row {
    const row: Row = { number: this.#rows.size, run, cells: new Map(), place: -1, savedValue };
    this.#rows.set(name, row);
    return row;
  }

  /**
   * Inputs that were restored and not set again, and all that stands on them: nobody has asked since whether it holds. And what
   * has half a character in its key, which bytes cannot say.
   */
  #lost(): ReadonlySet<Cell> {
    const lost = new Set<Cell>();
    for (const { cells } of this.#rows.values())
      for (const cell of cells.values())
        if ((cell.row.run === null && cell.value instanceof Saved) || !cell.key.isWellFormed()) lost.add(cell);
    for (let before = 0; before < lost.size; ) {
      before = lost.size;
      for (const { cells } of this.#rows.values())
        for (const cell of cells.values()) if (this.#dependencies(cell).some((each) => lost.has(each))) lost.add(cell);
    }
    return lost;
  }

  /** All answers that hold now, for `restore` elsewhere: bytes that belong one after the other. */
  save(): readonly Uint8Array[] {
    for (let number = 0; number < (this.#restored?.reader.count ?? 0); number++) this.#restoredCell(number);
    const lost = this.#lost();
    const holding: Cell[] = [];
    for (const { cells, run } of this.#rows.values())
      for (const cell of cells.values())
        if (!lost.has(cell) && (run === null || cell.verifiedAt === this.#revision)) holding.push(cell);
    const order = this.#numbered(holding);
    const dependencies = order.reduce((sum, cell) => sum + this.#dependencies(cell).length, 0);
    const writer = new SnapshotWriter([...this.#rows.keys()], order.length, dependencies);
    // What holds stands on nothing but what holds, so every dependency has its number.
    for (const cell of order)
      writer.cell(cell.row.number, cell.key, this.#dependencies(cell), cell.row.savedValue(cell.value));
    return writer.parts();
  }

  /** These cells, each behind those it stands on, with their numbers. A chain of them may be longer than the stack is deep. */
  #numbered(cells: readonly Cell[]): readonly Cell[] {
    const order: Cell[] = [];
    for (const cell of cells) cell.number = UNSEEN;
    const waiting: Cell[] = [];
    // Most stands on what comes before it anyway, as the rows are declared in that order.
    for (const first of cells) {
      if (first.number === UNSEEN) waiting.push(first);
      for (let cell = waiting.at(-1); cell !== undefined; cell = waiting.at(-1)) {
        if (cell.number === UNSEEN) {
          cell.number = WAITING;
          for (const each of this.#dependencies(cell)) if (each.number === UNSEEN) waiting.push(each);
          if (waiting.at(-1) !== cell) continue;
        }
        waiting.pop();
        if (cell.number !== WAITING) continue;
        cell.number = order.length;
        order.push(cell);
      }
    }
    return order;
  }

  /**
   * Goes on from what `save` gave, and answers how many inputs and answers that is. The database must be empty. Inputs that are
   * not set again count as deleted. Raises an error where the bytes do not fit this database's queries.
   */
  restore(bytes: Uint8Array): number {
    const reader = new SnapshotReader(bytes);
    const rows = reader.names.map((name, place) => {
      const row = this.#rows.get(name);
      if (row === undefined) throw new Error(`no query ${name}`);
      row.place = place;
      return row;
    });
    const inputs = new Set(rows.filter(({ run }) => run === null).map(({ place }) => place));
    const at = this.#revision;
    this.#restored = { reader, rows, inputs, cells: [], taken: [], at, state: null, heldAt: at };
    return reader.count;
  }

  /**
   * Finds out in one pass what holds of all that was restored, as it stands on nothing that has changed: asked for one by one, each
   * would have to be taken out first. It runs no query: what is downstream of a change is left to whoever asks. So it is worth
   * it when the inputs are set, and again when what cuts their changes off is settled.
   */
  sweep(): void {
    const restored = this.#restored;
    if (restored === null) return;
    const { reader, inputs, cells, taken, at } = restored;
    const state = new Int8Array(reader.count);
    for (const number of taken) {
      const cell = cells[number];
      // One that was not asked for since is left to what it stands on.
      if (cell === undefined || (cell.row.run !== null && cell.verifiedAt === at)) continue;
      const isSet = cell.row.run === null ? !(cell.value instanceof Saved) : cell.verifiedAt === this.#revision;
      state[number] = isSet && cell.changedAt <= at ? 1 : -1;
    }
    reader.spread(state, inputs);
    restored.state = state;
    restored.heldAt = this.#revision;
    for (const number of taken) {
      const cell = cells[number];
      if (cell !== undefined && state[number] === 1) cell.verifiedAt = this.#revision;
    }
  }

  #cell(row: Row, key: string): Cell {
    let cell = this.#known(row, key);
    if (cell === undefined) {
      cell = newCell(row, key, row.run === null ? this.#revision : 0);
      row.cells.set(key, cell);
    }
    return cell;
  }

  #known(row: Row, key: string): Cell | undefined {
    const cell = row.cells.get(key);
    if (cell !== undefined || this.#restored === null) return cell;
    const number = this.#restored.reader.find(row.place, key);
    return number === -1 ? undefined : this.#restoredCell(number, key);
  }

  /** Whether it is as it was restored, and holds. */
  #isUntouched(row: Row, key: string): boolean {
    const number = this.#restored?.reader.find(row.place, key) ?? -1;
    return this.#restored !== null && number !== -1 && this.#holds(this.#restored, number);
  }

  /** The same by its number. What was taken out since tells of itself. */
  #holds(restored: Restored, number: number): boolean {
    return restored.cells[number] === undefined && this.#restoredVerifiedAt(restored, number) === this.#revision;
  }

  #restoredVerifiedAt({ state, heldAt, at }: Restored, number: number): number {
    return state?.[number] === 1 ? heldAt : at;
  }

  #restoredCell(number: number, key?: string): Cell {
    const restored = this.#restored;
    const known = restored?.cells[number];
    if (known !== undefined) return known;
    const row = restored?.rows[restored.reader.row(number)];
    if (restored === null || row === undefined) throw new Error(`no restored cell ${number}`);
    const cell = newCell(row, key ?? restored.reader.key(number), restored.at);
    cell.value = restored.reader.value(number) ?? DROPPED;
    cell.verifiedAt = this.#restoredVerifiedAt(restored, number);
    cell.dependencies = number;
    row.cells.set(cell.key, cell);
    restored.cells[number] = cell;
    restored.taken.push(number);
    return cell;
  }

  #dependencies(cell: Cell): readonly Cell[] {
    if (typeof cell.dependencies === 'number') {
      const numbers = this.#restored?.reader.dependencies(cell.dependencies) ?? [];
      cell.dependencies = Array.from(numbers, (number) => this.#restoredCell(number));
    }
    return cell.dependencies;
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
    if (typeof cell.dependencies !== 'number')
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
    const { run } = cell.row;
    if (run === null || cell.verifiedAt === this.#revision || cell.running) return;
    if (cell.verifiedAt === 0 || this.#stale(cell)) run(cell);
    cell.verifiedAt = this.#revision;
  }

  #stale(cell: Cell): boolean {
    const { dependencies } = cell;
    const isNew = (dependency: Cell): boolean => {
      this.#refresh(dependency);
      return dependency.changedAt > cell.verifiedAt;
    };
    // In the order they were asked: an early answer may decide whether a later question makes sense at all.
    if (typeof dependencies !== 'number') return dependencies.some(isNew);
    const restored = this.#restored;
    if (restored === null) return true;
    // Most hold as they were restored, and making a cell of each costs more than all else.
    for (const number of restored.reader.dependencies(dependencies))
      if (!this.#holds(restored, number) && isNew(this.#restoredCell(number))) return true;
    return false;
  }
}

function newCell(row: Row, key: string, changedAt: number): Cell {
  return {
    row,
    key,
    value: undefined,
    changedAt,
    verifiedAt: 0,
    dependencies: [],
    running: false,
    lastReader: null,
    number: UNSEEN,
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

/** Of queries whose answers are plain data, and another process may go on from. */
export const KEPT = { equal: sameData, kept: 'as it is' } as const;
