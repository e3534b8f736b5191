/**
 * Rows in ClickHouse's own columnar format, `Native`: blocks of columns, each with its name, its type and its values one
 * after the other, which for numbers are the bytes that DuckDB has. Chunks are gathered, as a block costs something.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { runError } from '../../errors.ts';
import type { BatchType, LoadType } from '../../plan.ts';
import {
  columnOf,
  copyString,
  type Handle,
  isNull,
  listsOf,
  STRING_WIDTH,
  stringsOf,
  type Vector,
  vectorOf,
  viewOf,
} from '../duckdb/vectors.ts';
import { free } from '../memory.ts';
import type { MovedColumn, Wire } from '../mover.ts';
import { ident } from '../quote.ts';

/** A block is full at either. */
const BLOCK_ROWS = 65_536;
const BLOCK_BYTES = 1 << 23;

type TypeOf = (type: LoadType) => string;

/** @param typeOf the engine's name of a type */
export function native(typeOf: TypeOf): Wire {
  return {
    cell({ name, type }) {
      const sql = value(ident(name), type);
      // There is no null in place of a list.
      return type.kind === 'list' ? `coalesce(${sql}, [])` : sql;
    },
    encoder: (columns) => new Blocks(columns, typeOf),
  };
}

/** The type in which a column goes over; the server makes that of its table of it. */
function sentType(type: BatchType, nullable: boolean, typeOf: TypeOf): string {
  if (type.kind === 'list') return `Array(${sentType(type.element, true, typeOf)})`;
  return nullable ? `Nullable(${typeOf(type)})` : typeOf(type);
}

function value(sql: string, type: BatchType): string {
  switch (type.kind) {
    case 'decimal':
      // Its width decides in how many bytes either engine keeps it.
      return `CAST(${sql} AS DECIMAL(${digits(type.precision)}, ${type.scale}))`;
    case 'list': {
      const item = value('item', type.element);
      return item === 'item' ? sql : `list_transform(${sql}, lambda item: ${item})`;
    }
    default:
      return sql;
  }
}

const digits = (precision: number): 9 | 18 | 38 => (precision <= 9 ? 9 : precision <= 18 ? 18 : 38);

class Blocks {
  readonly #heads: readonly Uint8Array[];
  readonly #columns: readonly Column[];
  #rows = 0;
  #bytes = 0;

  constructor(columns: readonly MovedColumn[], typeOf: TypeOf) {
    this.#heads = columns.map(({ name, type, nullable }) =>
      Buffer.concat([text(name), text(sentType(type, nullable, typeOf))]),
    );
    this.#columns = columns.map(({ name, type, nullable }) =>
      type.kind === 'list' ? listColumn(type.element) : scalarColumn(type, nullable ? null : name),
    );
  }

  *add(chunk: DuckDBDataChunk): Generator<Uint8Array, void, void> {
    const rows = chunk.rowCount;
    for (const [index, column] of this.#columns.entries())
      this.#bytes += column.add(columnOf(chunk, index), rows, 0, rows);
    this.#rows += rows;
    if (this.#rows >= BLOCK_ROWS || this.#bytes >= BLOCK_BYTES) yield this.#block();
  }

  *end(): Generator<Uint8Array, void, void> {
    if (this.#rows > 0) yield this.#block();
  }

  #block(): Uint8Array {
    const columns = this.#columns.map((column) => column.end());
    const parts = columns.flatMap((own, index) => [this.#heads[index] as Uint8Array, ...own]);
    const block = Buffer.concat([varint(this.#columns.length), varint(this.#rows), ...parts]);
    for (const part of columns.flat()) free(part);
    this.#rows = 0;
    this.#bytes = 0;
    return block;
  }
}

/** One column of a block, gathered. */
interface Column {
  /** Adds rows of a vector that has `rows`; gives their bytes. */
  readonly add: (vector: Handle, rows: number, from: number, to: number) => number;
  /** The parts of the block, which are whoever's who takes them; it begins the next. */
  readonly end: () => readonly Uint8Array[];
}

/** @param required the name of a column that is never null, null of one that may be: then what is null stands before the values */
function scalarColumn(type: LoadType, required: string | null): Column {
  let nulls: Uint8Array[] = [];
  let values: Uint8Array[] = [];
  return {
    add(handle, rows, from, to) {
      const vector = vectorOf(handle, widthOf(type), rows);
      const found = nullsOf(vector, from, to);
      if (required === null) nulls.push(found ?? new Uint8Array(to - from));
      else if (found !== null) throw runError('internal', { why: `a null is on its way into the column ${required}` });
      const encoded = encode(type, vector, rows, found, from, to);
      values.push(encoded);
      return encoded.length;
    },
    end() {
      const parts = [...nulls, ...values];
      [nulls, values] = [[], []];
      return parts;
    },
  };
}

/** Where each list ends among the items of the block, then the items. */
function listColumn(element: BatchType): Column {
  const items = element.kind === 'list' ? listColumn(element.element) : scalarColumn(element, null);
  let ends: Uint8Array[] = [];
  let count = 0;
  return {
    add(handle, rows, from, to) {
      const lists = listsOf(handle, rows);
      const part = new BigUint64Array(to - from);
      let bytes = part.byteLength;
      let [begin, end] = [0, 0];
      const take = (): void => {
        if (end > begin) bytes += items.add(lists.items, lists.itemCount, begin, end);
      };
      for (let row = from; row < to; row += 1) {
        const length = Math.max(lists.lengths[row] as number, 0);
        const start = lists.starts[row] as number;
        // Items of lists that follow one another mostly do so too: they go together.
        if (length > 0 && start !== end) {
          take();
          begin = start;
          end = start;
        }
        end += length;
        count += length;
        part[row - from] = BigInt(count);
      }
      take();
      ends.push(new Uint8Array(part.buffer));
      return bytes;
    },
    end() {
      const parts = [...ends, ...items.end()];
      ends = [];
      count = 0;
      return parts;
    },
  };
}

/** A byte a row, 1 for null; null where there is none. */
function nullsOf({ valid }: Vector, from: number, to: number): Uint8Array | null {
  if (valid === null) return null;
  const nulls = new Uint8Array(to - from);
  let any = false;
  for (let row = from; row < to; row += 1)
    if (isNull(valid, row)) {
      nulls[row - from] = 1;
      any = true;
    }
  return any ? nulls : null;
}

/** As DuckDB keeps it. */
function widthOf(type: LoadType): number {
  switch (type.kind) {
    case 'bool':
      return 1;
    case 'date':
      return 4;
    case 'int64':
    case 'float64':
    case 'timestamp':
      return 8;
    case 'uuid':
      return 16;
    case 'decimal':
      return { 9: 4, 18: 8, 38: 16 }[digits(type.precision)];
    case 'string':
    case 'enum':
    case 'bytes':
    case 'json':
      return STRING_WIDTH;
  }
}

/** Not the chunk's own, as that goes. What lies under a null is zeros: nobody's memory goes over the wire. */
function encode(
  type: LoadType,
  vector: Vector,
  rows: number,
  nulls: Uint8Array | null,
  from: number,
  to: number,
): Uint8Array {
  const width = widthOf(type);
  if (width === STRING_WIDTH && type.kind !== 'uuid' && type.kind !== 'decimal') return strings(vector, rows, from, to);
  if (from === 0 && to === rows && nulls === null && type.kind !== 'uuid') {
    vector.lent.keep(vector.data);
    return vector.data;
  }
  const copy = Uint8Array.from(vector.data.subarray(from * width, to * width));
  if (type.kind === 'uuid') turnUuids(copy);
  if (nulls !== null)
    for (const [row, isNothing] of nulls.entries()) if (isNothing === 1) copy.fill(0, row * width, (row + 1) * width);
  return copy;
}

/** DuckDB has the low half first, and the highest bit turned. */
function turnUuids(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 16) {
    bytes[at + 15] = (bytes[at + 15] as number) ^ 0x80;
    for (let byte = at; byte < at + 8; byte += 1) {
      const low = bytes[byte] as number;
      bytes[byte] = bytes[byte + 8] as number;
      bytes[byte + 8] = low;
    }
  }
}

function strings(vector: Vector, rows: number, from: number, to: number): Uint8Array {
  const texts = stringsOf(vector, rows);
  const { lengths } = texts;
  let size = 0;
  for (let row = from; row < to; row += 1) {
    const length = Math.max(lengths[row] as number, 0);
    size += varintSize(length) + length;
  }
  const out = Buffer.allocUnsafeSlow(size);
  const view = viewOf(out);
  let at = 0;
  for (let row = from; row < to; row += 1) {
    const length = Math.max(lengths[row] as number, 0);
    at = putVarint(out, at, length);
    if (length > 0) copyString(texts, row, view, at);
    at += length;
  }
  return out;
}

const varintSize = (value: number): number => (value < 128 ? 1 : 1 + varintSize(Math.floor(value / 128)));

/** Seven bits a byte, the lowest first. */
function putVarint(out: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    out[place] = (rest % 128) | 128;
    place += 1;
  }
  out[place] = rest;
  return place + 1;
}

function varint(value: number): Uint8Array {
  const out = new Uint8Array(varintSize(value));
  putVarint(out, 0, value);
  return out;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}
