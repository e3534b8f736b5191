/**
 * The bytes of a saved database: columns of numbers, the keys with a table that finds a cell by its key, and the values' JSON
 * in one piece that is decoded value by value when one is asked for. Most of it never is, so that nothing is made of it before. A
 * cell stands behind those that it depends on, so that what follows from a change is found in one pass. Whether the bytes are
 * whole is for the one who keeps them to say.
 */

/** Numbers at the head: cells, dependencies, keys, places of the table, bytes of the keys, of the names, of the values. */
const HEAD = 7;
/** Columns of numbers a cell: row, key, end of its dependencies, start of its value, end of its value. */
const COLUMNS = 5;
/** End of a value that was not kept. */
const NO_VALUE = 0xffffffff;
/** Longer values are hardly ever equal to another. */
const SHARED_LENGTH = 64;
const PIECE_BYTES = 2 ** 20;

/** A value's JSON within a snapshot's bytes. */
export class Saved {
  readonly #values: Buffer;
  readonly #start: number;
  readonly #end: number;

  constructor(values: Buffer, start: number, end: number) {
    this.#values = values;
    this.#start = start;
    this.#end = end;
  }

  get bytes(): Uint8Array {
    return this.#values.subarray(this.#start, this.#end);
  }

  text(): string {
    return this.#values.toString('utf8', this.#start, this.#end);
  }
}

const encoder = new TextEncoder();

/** Of a text, whatever its characters. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash;
}

/** Where in a table of `places`, a power of two, the search for a cell begins. */
function placeOf(row: number, hash: number, places: number): number {
  const mixed = Math.imul(hash ^ Math.imul(row, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & (places - 1);
}

export class SnapshotWriter {
  readonly #names: readonly string[];
  readonly #keys = new Map<string, number>();
  readonly #rows: Uint32Array;
  readonly #keyOf: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #dependencies: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #stops: Uint32Array;
  /** Start and end of short values that were written already. */
  readonly #shared = new Map<string, readonly [number, number]>();
  /** Values, in pieces: one that grows would be copied over and over. */
  readonly #full: Uint8Array[] = [];
  #piece = new Uint8Array(0);
  #used = 0;
  #length = 0;
  #cell = 0;
  #dependency = 0;

  /** `names` are those of the inputs and queries. */
  constructor(names: readonly string[], cells: number, dependencies: number) {
    this.#names = names;
    this.#rows = new Uint32Array(cells);
    this.#keyOf = new Uint32Array(cells);
    this.#ends = new Uint32Array(cells);
    this.#starts = new Uint32Array(cells);
    this.#stops = new Uint32Array(cells);
    this.#dependencies = new Uint32Array(dependencies);
  }

  /** Numbers of cells count the calls of this method; `row` is a place among the names. */
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
    let end = this.#dependency;
    for (const each of dependencies) this.#dependencies[end++] = each.number;
    this.#dependency = end;
    const [start, stop] = value === null ? [0, NO_VALUE] : this.#value(value);
    const at = this.#cell;
    this.#rows[at] = row;
    this.#keyOf[at] = number;
    this.#ends[at] = end;
    this.#starts[at] = start;
    this.#stops[at] = stop;
    this.#cell += 1;
  }

  /** In the order of the file. */
  parts(): readonly Uint8Array[] {
    const keys = [...this.#keys.keys()];
    const { bytes, ends } = joined(keys);
    const table = this.#table(keys.map(hashOf));
    const names = encoder.encode(JSON.stringify(this.#names));
    const head = Uint32Array.of(
      this.#cell,
      this.#dependency,
      keys.length,
      table.length,
      bytes.length,
      names.length,
      this.#length,
    );
    const columns = [this.#rows, this.#keyOf, this.#ends, this.#starts, this.#stops];
    const numbers = [head, ...columns, this.#dependencies, ends, table].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    return [...numbers, bytes, names, ...this.#full, this.#piece.subarray(0, this.#used)];
  }

  /** Cells, each by its number and 1, in the first free place from where its search begins. */
  #table(hashes: readonly number[]): Uint32Array {
    const table = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2, this.#cell * 2))));
    for (let cell = 0; cell < this.#cell; cell++) {
      let at = placeOf(this.#rows[cell] ?? 0, hashes[this.#keyOf[cell] ?? 0] ?? 0, table.length);
      while (table[at] !== 0) at = (at + 1) & (table.length - 1);
      table[at] = cell + 1;
    }
    return table;
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

/** Texts one after the other, and where each ends. */
function joined(texts: readonly string[]): { readonly bytes: Uint8Array; readonly ends: Uint32Array } {
  const room = new Uint8Array(texts.reduce((sum, { length }) => sum + length * 3, 0));
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [number, text] of texts.entries()) {
    end += encoder.encodeInto(text, room.subarray(end)).written;
    ends[number] = end;
  }
  return { bytes: room.subarray(0, end), ends };
}

export class SnapshotReader {
  /** Of cells. */
  readonly count: number;
  /** Those of inputs and queries. */
  readonly names: readonly string[];
  readonly #rows: Uint32Array;
  readonly #keyOf: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #stops: Uint32Array;
  readonly #dependencies: Uint32Array;
  readonly #keyEnds: Uint32Array;
  readonly #table: Uint32Array;
  readonly #keys: Buffer;
  readonly #values: Buffer;

  /** Raises an error where the parts do not add up to the whole. */
  constructor(bytes: Uint8Array) {
    let at = 0;
    const part = (length: number): Buffer => {
      if (at + length > bytes.length) throw new Error('a snapshot is too short');
      at += length;
      return Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length);
    };
    const numbers = (count: number): Uint32Array => {
      const { buffer, byteOffset, byteLength } = part(count * 4);
      return byteOffset % 4 === 0
        ? new Uint32Array(buffer, byteOffset, count)
        : new Uint32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    };
    const [cells = 0, dependencies = 0, keys = 0, places = 0, keyBytes = 0, names = 0, values = 0] = numbers(HEAD);
    const columns = Array.from({ length: COLUMNS }, () => numbers(cells));
    const [rows, keyOf, ends, starts, stops] = columns as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    this.#rows = rows;
    this.#keyOf = keyOf;
    this.#ends = ends;
    this.#starts = starts;
    this.#stops = stops;
    this.#dependencies = numbers(dependencies);
    this.#keyEnds = numbers(keys);
    this.#table = numbers(places);
    this.#keys = part(keyBytes);
    this.names = JSON.parse(part(names).toString());
    this.#values = part(values);
    if (at !== bytes.length) throw new Error('a snapshot has another length than it says');
    this.count = cells;
  }

  /** Number of the cell of an input or query, by its place among `names`; -1 where there is none. */
  find(row: number, key: string): number {
    const [table, rows, keyOf] = [this.#table, this.#rows, this.#keyOf];
    let at = placeOf(row, hashOf(key), table.length);
    for (let cell = (table[at] ?? 0) - 1; cell !== -1; cell = (table[at] ?? 0) - 1) {
      if (rows[cell] === row && this.#isKey(keyOf[cell] ?? 0, key)) return cell;
      at = (at + 1) & (table.length - 1);
    }
    return -1;
  }

  /** Of a cell: the place of its input or query among `names`. */
  row(cell: number): number {
    return this.#rows[cell] ?? 0;
  }

  key(cell: number): string {
    return this.#key(this.#keyOf[cell] ?? 0);
  }

  value(cell: number): Saved | null {
    const stop = this.#stops[cell] ?? NO_VALUE;
    return stop === NO_VALUE ? null : new Saved(this.#values, this.#starts[cell] ?? 0, stop);
  }

  /** Numbers of the cells that a cell stands on, in the order they were asked. */
  dependencies(cell: number): Uint32Array {
    return this.#dependencies.subarray(cell === 0 ? 0 : this.#ends[cell - 1], this.#ends[cell]);
  }

  /**
   * Tells of each cell whether it holds, +1 or -1 in `state`: as it is told there, or where that is 0 if all hold that it stands
   * on. Cells of rows that are `leaves` stand on nothing, and do not hold unless it is told.
   */
  spread(state: Int8Array, leaves: ReadonlySet<number>): void {
    const [rows, ends, dependencies] = [this.#rows, this.#ends, this.#dependencies];
    let start = 0;
    // Run once over hundreds of thousands: no calls in there.
    for (let cell = 0; cell < this.count; cell++) {
      const end = ends[cell] ?? start;
      if (state[cell] === 0) {
        let holds = start < end || !leaves.has(rows[cell] ?? -1);
        for (let each = start; each < end && holds; each++) holds = state[dependencies[each] ?? -1] === 1;
        state[cell] = holds ? 1 : -1;
      }
      start = end;
    }
  }

  #key(number: number): string {
    return this.#keys.toString('utf8', this.#keyStart(number), this.#keyEnds[number]);
  }

  #isKey(number: number, key: string): boolean {
    const [bytes, start] = [this.#keys, this.#keyStart(number)];
    if ((this.#keyEnds[number] ?? 0) - start !== key.length) return key === this.#key(number);
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at);
      // Beyond ASCII a character is several bytes.
      if (unit !== bytes[start + at] || unit > 0x7f) return false;
    }
    return true;
  }

  #keyStart(number: number): number {
    return number === 0 ? 0 : (this.#keyEnds[number - 1] ?? 0);
  }
}
