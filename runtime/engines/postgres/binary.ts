/**
 * Rows in PostgreSQL's binary format of COPY, made of DuckDB's columns. For each chunk the bytes of every row are counted
 * column by column, then written column by column: loops over one type, without a value of JavaScript for each cell.
 * Forms of values: `src/backend/utils/adt/*_send` of PostgreSQL, "Binary Format" in the manual's page on COPY.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { runError } from '../../errors.ts';
import type { BatchType, LoadType } from '../../plan.ts';
import {
  columnOf,
  copyBytes,
  copyString,
  type Handle,
  isNull,
  listsOf,
  STRING_WIDTH,
  type Strings,
  stringsOf,
  type Vector,
  vectorOf,
  viewOf,
} from '../duckdb/vectors.ts';
import type { MovedColumn, Wire } from '../mover.ts';
import { ident } from '../quote.ts';

/** What stands before the rows, and after them. */
export const COPY_BEGIN = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const COPY_END = Buffer.from([0xff, 0xff]);

/** Bytes of a piece: some hundred rows, or one where it is longer. */
const PIECE = 1 << 18;

export const binaryCopy: Wire = {
  cell: ({ name, type }) => value(ident(name), type),
  encoder(columns) {
    const rows = new Rows(columns);
    return { add: (chunk) => rows.add(chunk), end: () => [] };
  },
};

function value(sql: string, type: BatchType): string {
  switch (type.kind) {
    // PostgreSQL counts from the year 2000.
    case 'timestamp':
      return `epoch_us(${sql}) - epoch_us(TIMESTAMPTZ '2000-01-01 00:00:00Z')`;
    case 'date':
      return `CAST(${sql} - DATE '2000-01-01' AS INTEGER)`;
    case 'decimal':
      return `CAST(${sql} AS DECIMAL(${type.precision <= 18 ? 18 : 38}, ${type.scale}))`;
    case 'list': {
      const item = value('item', type.element);
      return item === 'item' ? sql : `list_transform(${sql}, lambda item: ${item})`;
    }
    default:
      return sql;
  }
}

/** One column of the chunk that it was last given. A field is its length in 4 bytes, −1 for null, and its bytes. */
interface Field {
  /** Takes a chunk's column; gives the bytes that a field of each row has, and adds to `sizes` what one has beside (or less). */
  readonly take: (column: Handle, rows: number, sizes: Int32Array) => number;
  /** Writes rows, each at its place `at`, which moves on. */
  readonly write: (out: DataView, at: Int32Array, from: number, to: number) => void;
}

/** Of a row: how many fields it has. */
const HEAD = 2;
const LENGTH = 4;
const NULL = 0xffffffff;

/** The rows of chunks in pieces, all of which are one buffer: a piece is good until the next is asked for. */
class Rows {
  readonly #fields: readonly Field[];
  readonly #piece = view(PIECE);
  /** Of each row of a chunk: its bytes, and where its next field goes. */
  #sizes = new Int32Array(0);
  #at = new Int32Array(0);

  constructor(columns: readonly MovedColumn[]) {
    this.#fields = columns.map(({ type }) => fieldOf(type));
  }

  *add(chunk: DuckDBDataChunk): Generator<Uint8Array, void, void> {
    const rows = chunk.rowCount;
    this.#take(chunk, rows);
    for (let from = 0; from < rows; ) {
      const { to, bytes } = this.#place(from, rows);
      // A longer row has one of its own, which does not stay.
      const piece = bytes <= PIECE ? this.#piece : view(bytes);
      this.#head(piece, from, to);
      for (const field of this.#fields) field.write(piece, this.#at, from, to);
      yield new Uint8Array(piece.buffer, 0, bytes);
      from = to;
    }
  }

  #take(chunk: DuckDBDataChunk, rows: number): void {
    if (this.#sizes.length < rows) {
      this.#sizes = new Int32Array(rows);
      this.#at = new Int32Array(rows);
    }
    const sizes = this.#sizes.fill(0);
    let each = HEAD;
    for (const [index, field] of this.#fields.entries()) each += field.take(columnOf(chunk, index), rows, sizes);
    for (let row = 0; row < rows; row += 1) sizes[row] = (sizes[row] as number) + each;
  }

  /** Finds a place for as many rows as a piece has, or one. */
  #place(from: number, rows: number): { readonly to: number; readonly bytes: number } {
    const [sizes, at] = [this.#sizes, this.#at];
    let bytes = 0;
    for (let row = from; row < rows; row += 1) {
      const size = sizes[row] as number;
      if (bytes + size > PIECE && row > from) return { to: row, bytes };
      at[row] = bytes;
      bytes += size;
    }
    return { to: rows, bytes };
  }

  #head(out: DataView, from: number, to: number): void {
    const [at, count] = [this.#at, this.#fields.length];
    for (let row = from; row < to; row += 1) {
      const place = at[row] as number;
      out.setUint16(place, count);
      at[row] = place + HEAD;
    }
  }
}

const view = (bytes: number): DataView => new DataView(new ArrayBuffer(bytes));
const NOTHING = view(0);

function fieldOf(type: BatchType): Field {
  switch (type.kind) {
    case 'bool':
      return field(1, bools());
    case 'date':
      return field(4, dates());
    case 'int64':
    case 'float64':
    case 'timestamp':
      return field(8, numbers());
    case 'uuid':
      return field(16, uuids());
    case 'decimal': {
      const width = type.precision <= 18 ? 8 : 16;
      return field(width, decimals(width, type.scale));
    }
    case 'string':
    case 'enum':
    case 'bytes':
    case 'json':
      return field(STRING_WIDTH, strings());
    case 'list':
      return list(type.element);
  }
}

/** Values of one type: loops that know nothing of nulls. */
interface Values {
  /** Takes a vector; gives the bytes that each value has, and adds to `sizes` what one has beside. */
  readonly take: (vector: Vector, rows: number, sizes: Int32Array) => number;
  /** Writes values of rows that have one, as `Field.write` does. */
  readonly put: (out: DataView, at: Int32Array, from: number, to: number) => void;
}

/** @param width of a value in DuckDB's memory */
function field(width: number, values: Values): Field {
  let valid: Uint8Array | null = null;
  return {
    take(column, rows, sizes) {
      const vector = vectorOf(column, width, rows);
      const bytes = values.take(vector, rows, sizes);
      valid = vector.valid;
      if (valid !== null)
        for (let row = 0; row < rows; row += 1) if (isNull(valid, row)) sizes[row] = (sizes[row] as number) - bytes;
      return LENGTH + bytes;
    },
    write(out, at, from, to) {
      if (valid === null) {
        values.put(out, at, from, to);
        return;
      }
      for (let row = from; row < to; ) {
        if (isNull(valid, row)) {
          const place = at[row] as number;
          out.setUint32(place, NULL);
          at[row] = place + LENGTH;
          row += 1;
        } else {
          const first = row;
          while (row < to && !isNull(valid, row)) row += 1;
          values.put(out, at, first, row);
        }
      }
    },
  };
}

function bools(): Values {
  let data: Uint8Array = new Uint8Array(0);
  return {
    take(vector) {
      ({ data } = vector);
      return 1;
    },
    put(out, at, from, to) {
      const source = data;
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        out.setUint32(place, 1);
        out.setUint8(place + LENGTH, source[row] as number);
        at[row] = place + LENGTH + 1;
      }
    },
  };
}

function dates(): Values {
  let source = NOTHING;
  return {
    take({ data }) {
      source = viewOf(data);
      return 4;
    },
    put(out, at, from, to) {
      const days = source;
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        out.setUint32(place, 4);
        out.setUint32(place + LENGTH, days.getUint32(4 * row, true));
        at[row] = place + LENGTH + 4;
      }
    },
  };
}

/** 64 bits. */
function numbers(): Values {
  let source = NOTHING;
  return {
    take({ data }) {
      source = viewOf(data);
      return 8;
    },
    put(out, at, from, to) {
      const all = source;
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        out.setUint32(place, 8);
        out.setBigUint64(place + LENGTH, all.getBigUint64(8 * row, true));
        at[row] = place + LENGTH + 8;
      }
    },
  };
}

/** DuckDB keeps the number that it is, its highest bit turned so that it sorts. */
function uuids(): Values {
  let source = NOTHING;
  return {
    take({ data }) {
      source = viewOf(data);
      return 16;
    },
    put(out, at, from, to) {
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        out.setUint32(place, 16);
        out.setBigUint64(place + LENGTH, source.getBigUint64(16 * row + 8, true) ^ 0x8000_0000_0000_0000n);
        out.setBigUint64(place + LENGTH + 8, source.getBigUint64(16 * row, true));
        at[row] = place + LENGTH + 16;
      }
    },
  };
}

function strings(): Values {
  let all: Strings = {
    lengths: new Int32Array(0),
    sources: [],
    sourceOf: new Uint16Array(0),
    starts: new Int32Array(0),
  };
  return {
    take(vector, rows, sizes) {
      all = stringsOf(vector, rows);
      const { lengths } = all;
      for (let row = 0; row < rows; row += 1) sizes[row] = (sizes[row] as number) + Math.max(lengths[row] as number, 0);
      return 0;
    },
    put(out, at, from, to) {
      const texts = all;
      const { lengths } = texts;
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        const length = lengths[row] as number;
        out.setUint32(place, length);
        copyString(texts, row, out, place + LENGTH);
        at[row] = place + LENGTH + length;
      }
    },
  };
}

/** Four numbers of 16 bits, then 38 digits in groups of four, with one more where the point lies within a group. */
const NUMERIC_HEAD = 8;
const LONGEST_NUMERIC = NUMERIC_HEAD + 2 * 11;
const GROUP = 10_000;

/**
 * A decimal, which DuckDB keeps as an integer of `width` bytes, as PostgreSQL's numeric: digits of base 10,000, the weight of
 * the first, the sign, and the digits to be shown after the point.
 */
function decimals(width: 8 | 16, scale: number): Values {
  // The point stands between two groups.
  const pad = (4 - (scale % 4)) % 4;
  const factor = 10 ** pad;
  const exact = Number.MAX_SAFE_INTEGER / factor;
  const fractionGroups = (scale + pad) / 4;
  /** Of a value, the lowest first. */
  const groups = new Uint16Array(12);
  let made = NOTHING;
  let lengths = new Uint8Array(0);

  /** Gives how many there are. @param magnitude an integer below 2^53 */
  const group = (magnitude: number): number => {
    let count = 0;
    let rest = magnitude;
    while (rest > 0x7fff_ffff) {
      const above = Math.floor(rest / GROUP);
      groups[count] = rest - above * GROUP;
      count += 1;
      rest = above;
    }
    // A number of 32 bits is divided without a division.
    for (let small = rest | 0; small > 0; ) {
      const above = (small / GROUP) | 0;
      groups[count] = small - above * GROUP;
      count += 1;
      small = above;
    }
    return count;
  };
  const groupWide = (magnitude: bigint): number => {
    let count = 0;
    for (let rest = magnitude; rest > 0n; rest /= 10_000n) {
      groups[count] = Number(rest % 10_000n);
      count += 1;
    }
    return count;
  };

  /** Makes one; gives its bytes. */
  const make = (source: DataView, from: number, begin: number): number => {
    const low = source.getUint32(from, true);
    const high = source.getInt32(from + 4, true);
    const sign = high >> 31;
    const isShort =
      width === 8 || (source.getInt32(from + 8, true) === sign && source.getInt32(from + 12, true) === sign);
    const magnitude = Math.abs(high * 2 ** 32 + low);
    let negative = sign !== 0;
    let count: number;
    if (isShort && magnitude <= exact) count = group(magnitude * factor);
    else {
      const wide =
        width === 8
          ? source.getBigInt64(from, true)
          : (source.getBigInt64(from + 8, true) << 64n) | source.getBigUint64(from, true);
      negative = wide < 0n;
      count = groupWide((negative ? -wide : wide) * BigInt(factor));
    }
    let last = 0;
    while (last < count && groups[last] === 0) last += 1;
    made.setUint16(begin, count - last);
    made.setUint16(begin + 2, count === 0 ? 0 : (count - fractionGroups - 1) & 0xffff);
    made.setUint16(begin + 4, negative ? 0x4000 : 0);
    made.setUint16(begin + 6, scale);
    let place = begin + NUMERIC_HEAD;
    for (let index = count - 1; index >= last; index -= 1) {
      made.setUint16(place, groups[index] as number);
      place += 2;
    }
    return place - begin;
  };

  return {
    take({ data, valid }, rows, sizes) {
      if (lengths.length < rows) {
        made = view(rows * LONGEST_NUMERIC);
        lengths = new Uint8Array(rows);
      }
      const source = viewOf(data);
      for (let row = 0; row < rows; row += 1) {
        if (isNull(valid, row)) continue;
        const length = make(source, row * width, row * LONGEST_NUMERIC);
        lengths[row] = length;
        sizes[row] = (sizes[row] as number) + length;
      }
      return 0;
    },
    put(out, at, from, to) {
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        const length = lengths[row] as number;
        out.setUint32(place, length);
        copyBytes(made, row * LONGEST_NUMERIC, out, place + LENGTH, length);
        at[row] = place + LENGTH + length;
      }
    },
  };
}

/** Types of the items of an array, by their object ids. */
const ITEM_TYPES: Readonly<Record<LoadType['kind'], number>> = {
  bool: 16,
  bytes: 17,
  int64: 20,
  string: 25,
  enum: 25,
  json: 114,
  float64: 701,
  date: 1082,
  timestamp: 1184,
  decimal: 1700,
  uuid: 2950,
};

/** Of an array: how many dimensions, whether there may be nulls, the type of its items; of a dimension its length and first index. */
const ARRAY_HEAD = 12;
const DIMENSION = 8;

/** An array of one dimension; an empty one has none. Its items are fields like any other. */
function list(element: BatchType): Field {
  if (element.kind === 'list') throw runError('not-supported', { what: 'a list of lists on its way into PostgreSQL' });
  const field = fieldOf(element);
  const type = ITEM_TYPES[element.kind];
  let starts = new Int32Array(0);
  let lengths = new Int32Array(0);
  let itemSizes = new Int32Array(0);
  let itemAt = new Int32Array(0);
  const bytesOf = (row: number): number => {
    const start = starts[row] as number;
    const length = lengths[row] as number;
    let bytes = length > 0 ? ARRAY_HEAD + DIMENSION : ARRAY_HEAD;
    for (let item = start; item < start + length; item += 1) bytes += itemSizes[item] as number;
    return bytes;
  };
  return {
    take(column, rows, sizes) {
      const found = listsOf(column, rows);
      ({ starts, lengths } = found as { starts: Int32Array<ArrayBuffer>; lengths: Int32Array<ArrayBuffer> });
      itemSizes = new Int32Array(found.itemCount);
      itemAt = new Int32Array(found.itemCount);
      const each = found.itemCount > 0 ? field.take(found.items, found.itemCount, itemSizes) : 0;
      for (let item = 0; item < found.itemCount; item += 1) itemSizes[item] = (itemSizes[item] as number) + each;
      for (let row = 0; row < rows; row += 1)
        if ((lengths[row] as number) >= 0) sizes[row] = (sizes[row] as number) + bytesOf(row);
      return LENGTH;
    },
    write(out, at, from, to) {
      for (let row = from; row < to; row += 1) {
        let place = at[row] as number;
        const start = starts[row] as number;
        const length = lengths[row] as number;
        if (length < 0) {
          out.setUint32(place, NULL);
          at[row] = place + 4;
          continue;
        }
        out.setUint32(place, bytesOf(row));
        out.setUint32(place + 4, length > 0 ? 1 : 0);
        out.setUint32(place + 8, 1);
        out.setUint32(place + 12, type);
        place += 4 + ARRAY_HEAD;
        if (length > 0) {
          out.setUint32(place, length);
          out.setUint32(place + 4, 1);
          place += DIMENSION;
        }
        for (let item = start; item < start + length; item += 1) {
          itemAt[item] = place;
          place += itemSizes[item] as number;
        }
        if (length > 0) field.write(out, itemAt, start, start + length);
        at[row] = place;
      }
    },
  };
}
