/**
 * The bytes of a saved database. Columns of numbers, a table of keys, and the values' JSON in one piece that is decoded value
 * by value when one is asked for: most never are. Whether the bytes are whole is for the one who keeps them to say.
 */

/** Numbers at the head: cells, dependencies, bytes of the names, bytes of the values. */
const HEAD = 4;
/** Numbers a cell: row, key, end of its dependencies, start of its value, length of its value. */
const PER_CELL = 5;
const NO_VALUE = 0xffffffff;
/** Longer values are hardly ever equal to another. */
const SHARED_LENGTH = 64;

/** A value's JSON within a snapshot's bytes. */
export class Saved {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  text(): string {
    return decoder.decode(this.bytes);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class SnapshotWriter {
  readonly #rows: string[] = [];
  readonly #keys = new Map<string, number>();
  readonly #cells: number[] = [];
  readonly #dependencies: number[] = [];
  readonly #shared = new Map<string, number>();
  #values = new Uint8Array(2 ** 16);
  #length = 0;

  /** Cells that follow are of this input or query. */
  row(name: string): void {
    this.#rows.push(name);
  }

  /** `dependencies` are numbers of cells, in the order in which `cell` is called. */
  cell(key: string, dependencies: readonly number[], value: string | Saved | null): void {
    let number = this.#keys.get(key);
    if (number === undefined) {
      number = this.#keys.size;
      this.#keys.set(key, number);
    }
    for (const each of dependencies) this.#dependencies.push(each);
    const [start, length] = value === null ? [0, NO_VALUE] : this.#value(value);
    this.#cells.push(this.#rows.length - 1, number, this.#dependencies.length, start, length);
  }

  bytes(): Uint8Array {
    const names = encoder.encode(JSON.stringify({ rows: this.#rows, keys: [...this.#keys.keys()] }));
    const numbers = Uint32Array.from([
      this.#cells.length / PER_CELL,
      this.#dependencies.length,
      names.length,
      this.#length,
    ]);
    const columns = [numbers, Uint32Array.from(this.#cells), Uint32Array.from(this.#dependencies)];
    const size = columns.reduce((sum, each) => sum + each.byteLength, 0);
    const all = new Uint8Array(size + names.length + this.#length);
    let at = 0;
    for (const column of columns) {
      all.set(new Uint8Array(column.buffer), at);
      at += column.byteLength;
    }
    all.set(names, at);
    all.set(this.#values.subarray(0, this.#length), at + names.length);
    return all;
  }

  #value(value: string | Saved): readonly [start: number, length: number] {
    const short = typeof value === 'string' && value.length <= SHARED_LENGTH ? value : null;
    const known = short === null ? undefined : this.#shared.get(short);
    if (known !== undefined) return [known, encoder.encode(short ?? '').length];
    const start = this.#length;
    if (typeof value === 'string') {
      this.#reserve(value.length * 3);
      this.#length += encoder.encodeInto(value, this.#values.subarray(start)).written;
    } else {
      this.#reserve(value.bytes.length);
      this.#values.set(value.bytes, start);
      this.#length += value.bytes.length;
    }
    if (short !== null) this.#shared.set(short, start);
    return [start, this.#length - start];
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#values.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#values.length * 2));
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}

export class SnapshotReader {
  /** Of cells. */
  readonly count: number;
  readonly #rows: readonly string[];
  readonly #keys: readonly string[];
  readonly #cells: Uint32Array;
  readonly #dependencies: Uint32Array;
  readonly #values: Uint8Array;

  /** Raises an error where the parts do not add up to the whole. */
  constructor(bytes: Uint8Array) {
    const numbers = (start: number, count: number): Uint32Array => {
      const end = start + count * 4;
      if (end > bytes.length) throw new Error('a snapshot is too short');
      return new Uint32Array(bytes.slice(start, end).buffer);
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
    this.#rows = rows;
    this.#keys = keys;
    this.count = cells;
  }

  /** The input or query that a cell belongs to. */
  row(cell: number): string {
    return this.#rows[this.#number(cell, 0)] ?? '';
  }

  key(cell: number): string {
    return this.#keys[this.#number(cell, 1)] ?? '';
  }

  value(cell: number): Saved | null {
    const length = this.#number(cell, 4);
    if (length === NO_VALUE) return null;
    const start = this.#number(cell, 3);
    return new Saved(this.#values.subarray(start, start + length));
  }

  forEachDependency(visit: (from: number, to: number) => void): void {
    let at = 0;
    for (let cell = 0; cell < this.count; cell++)
      for (const end = this.#number(cell, 2); at < end; at++) visit(cell, this.#dependencies[at] ?? -1);
  }

  #number(cell: number, column: number): number {
    return this.#cells[cell * PER_CELL + column] ?? 0;
  }
}
