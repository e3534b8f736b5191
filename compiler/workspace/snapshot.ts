/**
 * The bytes of a saved database. Columns of numbers, a table of keys, and the values' JSON in one piece that is decoded value
 * by value when one is asked for: most never are. A cell stands behind those that it depends on, so that what follows from a
 * change is found in one pass. Whether the bytes are whole is for the one who keeps them to say.
 */

/** Numbers at the head: cells, dependencies, bytes of the names, bytes of the values. */
const HEAD = 4;
/** Numbers a cell: row, key, end of its dependencies, start of its value, end of its value. */
const PER_CELL = 5;
/** End of a value that was not kept. */
const NO_VALUE = 0xffffffff;
/** Longer values are hardly ever equal to another. */
const SHARED_LENGTH = 64;
const PIECE_BYTES = 2 ** 20;

/** A value's JSON within a snapshot's bytes. */
export class Saved {
  readonly #values: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(values: Uint8Array, start: number, end: number) {
    this.#values = values;
    this.#start = start;
    this.#end = end;
  }

  get bytes(): Uint8Array {
    return this.#values.subarray(this.#start, this.#end);
  }

  text(): string {
    return decoder.decode(this.bytes);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class SnapshotWriter {
  readonly #rows: readonly string[];
  readonly #keys = new Map<string, number>();
  readonly #cells: Uint32Array;
  readonly #dependencies: Uint32Array;
  /** Start and end of short values that were written already. */
  readonly #shared = new Map<string, readonly [number, number]>();
  /** Values, in pieces: one that grows would be copied over and over. */
  readonly #full: Uint8Array[] = [];
  #piece = new Uint8Array(0);
  #used = 0;
  #length = 0;
  #cell = 0;
  #dependency = 0;

  /** `rows` are the names of the inputs and queries. */
  constructor(rows: readonly string[], cells: number, dependencies: number) {
    this.#rows = rows;
    this.#cells = new Uint32Array(cells * PER_CELL);
    this.#dependencies = new Uint32Array(dependencies);
  }

  /** Numbers of cells count the calls of this method; `row` is a place among the rows. */
  cell(
    row: number,
    key: string,
    dependencies: readonly { readonly number: number }[],
    value: string | Saved | null,
  ): void {
    let number = this.#keys.get(key);
    if (number === undefined) {
      number = this.#keys.size;
      this.#keys.set(key, number);
    }
    for (const each of dependencies) this.#dependencies[this.#dependency++] = each.number;
    const [start, end] = value === null ? [0, NO_VALUE] : this.#value(value);
    const at = this.#cell * PER_CELL;
    this.#cells[at] = row;
    this.#cells[at + 1] = number;
    this.#cells[at + 2] = this.#dependency;
    this.#cells[at + 3] = start;
    this.#cells[at + 4] = end;
    this.#cell += 1;
  }

  /** In the order of the file. */
  parts(): readonly Uint8Array[] {
    const names = encoder.encode(JSON.stringify({ rows: this.#rows, keys: [...this.#keys.keys()] }));
    const head = Uint32Array.of(this.#cell, this.#dependency, names.length, this.#length);
    const numbers = [head, this.#cells, this.#dependencies].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    return [...numbers, names, ...this.#full, this.#piece.subarray(0, this.#used)];
  }

  #value(value: string | Saved): readonly [start: number, end: number] {
    const short = typeof value === 'string' && value.length <= SHARED_LENGTH;
    const known = short ? this.#shared.get(value) : undefined;
    if (known !== undefined) return known;
    const start = this.#length;
    this.#length += typeof value === 'string' ? this.#write(value) : this.#copy(value.bytes);
    const range = [start, this.#length] as const;
    if (short) this.#shared.set(value, range);
    return range;
  }

  #write(text: string): number {
    // A UTF-16 unit takes three bytes at most.
    const { written } = encoder.encodeInto(text, this.#room(text.length * 3));
    this.#used += written;
    return written;
  }

  #copy(bytes: Uint8Array): number {
    this.#room(bytes.length).set(bytes);
    this.#used += bytes.length;
    return bytes.length;
  }

  /** The unused end of a piece, at least so many bytes. */
  #room(bytes: number): Uint8Array {
    if (this.#piece.length - this.#used < bytes) {
      this.#full.push(this.#piece.subarray(0, this.#used));
      this.#piece = new Uint8Array(Math.max(bytes, PIECE_BYTES));
      this.#used = 0;
    }
    return this.#piece.subarray(this.#used, this.#used + bytes);
  }
}

export class SnapshotReader {
  /** Of cells. */
  readonly count: number;
  /** Names of inputs and queries. */
  readonly rows: readonly string[];
  readonly #keys: readonly string[];
  readonly #cells: Uint32Array;
  readonly #dependencies: Uint32Array;
  readonly #values: Uint8Array;
  readonly #keyNumbers: ReadonlyMap<string, number>;
  /** By key, its last cell; by cell, the one before with the same key; -1 where there is none. */
  readonly #last: Int32Array;
  readonly #before: Int32Array;

  /** Raises an error where the parts do not add up to the whole. */
  constructor(bytes: Uint8Array) {
    const numbers = (start: number, count: number): Uint32Array => {
      const end = start + count * 4;
      if (end > bytes.length) throw new Error('a snapshot is too short');
      // Copied, as the bytes may begin anywhere in their buffer.
      const copy = new Uint8Array(count * 4);
      copy.set(bytes.subarray(start, end));
      return new Uint32Array(copy.buffer);
    };
    const [cells = 0, dependencies = 0, names = 0, values = 0] = numbers(0, HEAD);
    let at = HEAD * 4;
    this.#cells = numbers(at, cells * PER_CELL);
    at += cells * PER_CELL * 4;
    this.#dependencies = numbers(at, dependencies);
    at += dependencies * 4;
    const { rows, keys } = JSON.parse(decoder.decode(bytes.subarray(at, at + names)));
    at += names;
    if (at + values !== bytes.length) throw new Error('a snapshot has another length than it says');
    this.#values = bytes.subarray(at);
    this.rows = rows;
    this.#keys = keys;
    this.count = cells;
    this.#keyNumbers = new Map(this.#keys.map((key, number) => [key, number]));
    this.#last = new Int32Array(this.#keys.length).fill(-1);
    this.#before = new Int32Array(cells);
    this.#link();
  }

  /** Number of the cell of an input or query, by its place among `rows`; -1 where there is none. */
  find(row: number, key: string): number {
    const number = this.#keyNumbers.get(key);
    let cell = number === undefined ? -1 : (this.#last[number] ?? -1);
    while (cell !== -1 && this.row(cell) !== row) cell = this.#before[cell] ?? -1;
    return cell;
  }

  /** Of a cell: the place of its input or query among `rows`. */
  row(cell: number): number {
    return this.#number(cell, 0);
  }

  key(cell: number): string {
    return this.#keys[this.#number(cell, 1)] ?? '';
  }

  value(cell: number): Saved | null {
    const end = this.#number(cell, 4);
    return end === NO_VALUE ? null : new Saved(this.#values, this.#number(cell, 3), end);
  }

  /** Numbers of the cells that a cell stands on, in the order they were asked. */
  dependencies(cell: number): Uint32Array {
    return this.#dependencies.subarray(cell === 0 ? 0 : this.#number(cell - 1, 2), this.#number(cell, 2));
  }

  /**
   * Tells of each cell whether it holds, +1 or -1 in `state`: as it is told there, or where that is 0 if all hold that it stands
   * on. Cells of rows that are `leaves` stand on nothing, and do not hold unless it is told.
   */
  spread(state: Int8Array, leaves: ReadonlySet<number>): void {
    const [cells, dependencies] = [this.#cells, this.#dependencies];
    let start = 0;
    // Run once over hundreds of thousands: no calls in there.
    for (let cell = 0, at = 0; cell < this.count; cell++, at += PER_CELL) {
      const end = cells[at + 2] ?? start;
      if (state[cell] === 0) {
        let holds = start < end || !leaves.has(cells[at] ?? -1);
        for (let each = start; each < end && holds; each++) holds = state[dependencies[each] ?? -1] === 1;
        state[cell] = holds ? 1 : -1;
      }
      start = end;
    }
  }

  /** Raises an error where a number leads nowhere. */
  #link(): void {
    const [cells, last, before, rows] = [this.#cells, this.#last, this.#before, this.rows.length];
    let start = 0;
    for (let cell = 0, at = 0; cell < this.count; cell++, at += PER_CELL) {
      const key = cells[at + 1] ?? -1;
      const end = cells[at + 2] ?? -1;
      if ((cells[at] ?? rows) >= rows || key >= last.length || end < start)
        throw new Error('a cell of a snapshot leads nowhere');
      before[cell] = last[key] ?? -1;
      last[key] = cell;
      start = end;
    }
    if (start !== this.#dependencies.length) throw new Error('a snapshot has dependencies of no cell');
    for (const each of this.#dependencies) if (each >= this.count) throw new Error('a dependency leads nowhere');
  }

  #number(cell: number, column: number): number {
    return this.#cells[cell * PER_CELL + column] ?? 0;
  }
}
