/** Values of SQLite, gathered to columns of Parquet files: the text or the bytes of each. */
import type { SQLOutputValue } from 'node:sqlite';
import type { GatheredRows, ParquetColumn } from '../duckdb/parquet.ts';
import { oddName } from '../duckdb/pulled.ts';

export type Cell = Exclude<SQLOutputValue, null>;

/** A column as it is kept. */
export interface GatheredColumn {
  readonly name: string;
  readonly form: 'text' | 'bytes';
  /** What is kept of a value; null of one that is none of the column's, whose text is kept beside it. */
  readonly kept: (value: Cell) => string | Uint8Array | null;
}

/** Each after its length in 4 bytes. */
const LENGTH = 4;
/** Bytes of UTF-8 that a unit of a text may become. */
const WIDEST = 3;

class Values {
  #bytes = Buffer.alloc(1 << 16);
  #used = 0;
  #valid = new Uint8Array(1 << 10);
  #rows = 0;
  #nulls = 0;

  get size(): number {
    return this.#used;
  }

  add(value: string | Uint8Array | null): void {
    const row = this.#rows;
    this.#rows += 1;
    if (value === null) {
      this.#nulls += 1;
      return;
    }
    if (row >> 3 >= this.#valid.length || this.#rows > this.#valid.length * 8) this.#widen();
    this.#valid[row >> 3] = (this.#valid[row >> 3] as number) | (1 << (row & 7));
    this.#makeRoom(LENGTH + (typeof value === 'string' ? value.length * WIDEST : value.length));
    const at = this.#used + LENGTH;
    let length = value.length;
    if (typeof value === 'string') length = this.#bytes.write(value, at);
    else this.#bytes.set(value, at);
    this.#bytes.writeUInt32LE(length, this.#used);
    this.#used = at + length;
  }

  #widen(): void {
    const wider = new Uint8Array(Math.max(this.#valid.length * 2, (this.#rows + 7) >> 3));
    wider.set(this.#valid);
    this.#valid = wider;
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const wider = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#used + bytes));
    this.#bytes.copy(wider, 0, 0, this.#used);
    this.#bytes = wider;
  }

  end(name: string, kind: 'text' | 'bytes'): ParquetColumn {
    while (this.#rows > this.#valid.length * 8) this.#widen();
    const valid = this.#nulls === 0 ? null : this.#valid;
    return { name, type: { kind }, valid, values: this.#bytes.subarray(0, this.#used) };
  }
}

/** Rows on their way into one file. */
export class Gathered {
  readonly #columns: readonly (GatheredColumn & { readonly values: Values; readonly odd: Values })[];
  #rows = 0;

  constructor(columns: readonly GatheredColumn[]) {
    this.#columns = columns.map((column) => ({ ...column, values: new Values(), odd: new Values() }));
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#columns.reduce((sum, { values, odd }) => sum + values.size + odd.size, 0);
  }

  add(row: readonly SQLOutputValue[]): void {
    this.#rows += 1;
    for (const [index, { kept, form, values, odd }] of this.#columns.entries()) {
      const value = row[index] ?? null;
      const own = value === null ? null : kept(value);
      values.add(own);
      if (form === 'bytes') odd.add(value === null || own !== null ? null : String(value));
    }
  }

  end(): GatheredRows {
    const columns = this.#columns.flatMap(({ name, form, values, odd }) => [
      values.end(name, form),
      ...(form === 'bytes' ? [odd.end(oddName(name), 'text')] : []),
    ]);
    return { columns, rows: this.#rows };
  }
}
