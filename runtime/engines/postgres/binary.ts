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
  type Handle,
  isNull,
  listsOf,
  STRING_WIDTH,
  type Strings,
  stringsOf,
  vectorOf,
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
    const fields = columns.map(({ type }) => fieldOf(type));
    return { add: (chunk) => pieces(chunk, columns, fields), end: () => [] };
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
  /** Takes a chunk's column; adds the bytes of each row to `sizes`, without its length. */
  readonly take: (column: Handle, rows: number, sizes: Int32Array) => void;
  /** Writes rows, each at its place `at`, which moves on. */
  readonly write: (out: DataView, bytes: Uint8Array, at: Int32Array, from: number, to: number) => void;
}

const NULL = 0xffffffff;

function* pieces(
  chunk: DuckDBDataChunk,
  columns: readonly MovedColumn[],
  fields: readonly Field[],
): Generator<Uint8Array, void, void> {
  const rows = chunk.rowCount;
  // Of each row: the number of its fields, and their lengths.
  const sizes = new Int32Array(rows).fill(2 + 4 * columns.length);
  for (const [index, field] of fields.entries()) field.take(columnOf(chunk, index), rows, sizes);
  const at = new Int32Array(rows);
  for (let from = 0; from < rows; ) {
    let to = from;
    let length = 0;
    do {
      at[to] = length;
      length += sizes[to] as number;
      to += 1;
    } while (to < rows && length + (sizes[to] as number) <= PIECE);
    const bytes = Buffer.allocUnsafeSlow(length);
    const out = new DataView(bytes.buffer, bytes.byteOffset, length);
    for (let row = from; row < to; row += 1) {
      out.setUint16(at[row] as number, columns.length);
      at[row] = (at[row] as number) + 2;
    }
    for (const field of fields) field.write(out, bytes, at, from, to);
    yield bytes;
    from = to;
  }
}

function fieldOf(type: BatchType): Field {
  switch (type.kind) {
    case 'bool':
      return fixed(1, (out, at, source, from) => out.setUint8(at, source.getUint8(from)));
    case 'date':
      return fixed(4, (out, at, source, from) => out.setUint32(at, source.getUint32(from, true)));
    case 'int64':
    case 'float64':
    case 'timestamp':
      return fixed(8, turned);
    case 'uuid':
      // DuckDB keeps the number that it is, its highest bit turned so that it sorts.
      return fixed(16, (out, at, source, from) => {
        turned(out, at, source, from + 8);
        out.setUint8(at, out.getUint8(at) ^ 0x80);
        turned(out, at + 8, source, from);
      });
    case 'decimal':
      return numeric(type.precision <= 18 ? 8 : 16, type.scale);
    case 'string':
    case 'enum':
    case 'bytes':
    case 'json':
      return strings();
    case 'list':
      return list(type.element);
  }
}

/** Eight bytes from little-endian to big-endian. */
function turned(out: DataView, at: number, source: DataView, from: number): void {
  out.setUint32(at, source.getUint32(from + 4, true));
  out.setUint32(at + 4, source.getUint32(from, true));
}

function fixed(width: number, put: (out: DataView, at: number, source: DataView, from: number) => void): Field {
  let source: DataView = new DataView(new ArrayBuffer(0));
  let valid: Uint8Array | null = null;
  return {
    take(column, rows, sizes) {
      const vector = vectorOf(column, width, rows);
      const { data } = vector;
      valid = vector.valid;
      source = new DataView(data.buffer, data.byteOffset, data.byteLength);
      for (let row = 0; row < rows; row += 1) if (!isNull(valid, row)) sizes[row] = (sizes[row] as number) + width;
    },
    write(out, _bytes, at, from, to) {
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        if (isNull(valid, row)) {
          out.setUint32(place, NULL);
          at[row] = place + 4;
        } else {
          out.setUint32(place, width);
          put(out, place + 4, source, row * width);
          at[row] = place + 4 + width;
        }
      }
    },
  };
}

function strings(): Field {
  let texts: Strings = { lengths: new Int32Array(0), copy: () => undefined };
  return {
    take(column, rows, sizes) {
      texts = stringsOf(vectorOf(column, STRING_WIDTH, rows), rows);
      const { lengths } = texts;
      for (let row = 0; row < rows; row += 1)
        if ((lengths[row] as number) > 0) sizes[row] = (sizes[row] as number) + (lengths[row] as number);
    },
    write(out, bytes, at, from, to) {
      const { lengths, copy } = texts;
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        const length = lengths[row] as number;
        out.setInt32(place, length);
        if (length > 0) copy(row, bytes, place + 4);
        at[row] = place + 4 + Math.max(length, 0);
      }
    },
  };
}

/** 38 digits in groups of four, with one more where the point lies within a group; before them four numbers of 16 bits. */
const LONGEST_NUMERIC = 8 + 2 * 11;

/**
 * A decimal, which DuckDB keeps as an integer of `width` bytes, as PostgreSQL's numeric: digits of base 10,000, the weight of
 * the first, the sign, and the digits to be shown after the point.
 */
function numeric(width: 8 | 16, scale: number): Field {
  // The point stands between two groups.
  const pad = (4 - (scale % 4)) % 4;
  const factor = 10 ** pad;
  const wideFactor = BigInt(factor);
  const exact = Number.MAX_SAFE_INTEGER / factor;
  const fractionGroups = (scale + pad) / 4;
  const groups = new Uint16Array(12);
  let made = new Uint8Array(0);
  let lengths = new Uint8Array(0);
  let valid: Uint8Array | null = null;

  const groupsOf = (source: DataView, from: number): { readonly count: number; readonly negative: boolean } => {
    const low = source.getUint32(from, true);
    const high = source.getInt32(from + 4, true);
    const sign = high >> 31;
    const isShort =
      width === 8 || (source.getInt32(from + 8, true) === sign && source.getInt32(from + 12, true) === sign);
    const value = high * 2 ** 32 + low;
    let count = 0;
    if (isShort && Math.abs(value) <= exact) {
      for (let rest = Math.abs(value) * factor; rest > 0; rest = Math.floor(rest / 10_000)) {
        groups[count] = rest % 10_000;
        count += 1;
      }
      return { count, negative: value < 0 };
    }
    const wide =
      width === 8
        ? source.getBigInt64(from, true)
        : (source.getBigInt64(from + 8, true) << 64n) | source.getBigUint64(from, true);
    for (let rest = (wide < 0n ? -wide : wide) * wideFactor; rest > 0n; rest /= 10_000n) {
      groups[count] = Number(rest % 10_000n);
      count += 1;
    }
    return { count, negative: wide < 0n };
  };

  return {
    take(column, rows, sizes) {
      const vector = vectorOf(column, width, rows);
      const { data } = vector;
      valid = vector.valid;
      if (lengths.length < rows) {
        made = new Uint8Array(rows * LONGEST_NUMERIC);
        lengths = new Uint8Array(rows);
      }
      const source = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const out = new DataView(made.buffer);
      for (let row = 0; row < rows; row += 1) {
        if (isNull(valid, row)) continue;
        const { count, negative } = groupsOf(source, row * width);
        let last = 0;
        while (last < count && groups[last] === 0) last += 1;
        const begin = row * LONGEST_NUMERIC;
        out.setUint16(begin, count - last);
        out.setInt16(begin + 2, count === 0 ? 0 : count - fractionGroups - 1);
        out.setUint16(begin + 4, negative ? 0x4000 : 0);
        out.setUint16(begin + 6, scale);
        let place = begin + 8;
        for (let group = count - 1; group >= last; group -= 1) {
          out.setUint16(place, groups[group] as number);
          place += 2;
        }
        lengths[row] = place - begin;
        sizes[row] = (sizes[row] as number) + (place - begin);
      }
    },
    write(out, bytes, at, from, to) {
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number;
        if (isNull(valid, row)) {
          out.setUint32(place, NULL);
          at[row] = place + 4;
          continue;
        }
        const length = lengths[row] as number;
        const begin = row * LONGEST_NUMERIC;
        out.setUint32(place, length);
        for (let byte = 0; byte < length; byte += 1) bytes[place + 4 + byte] = made[begin + byte] as number;
        at[row] = place + 4 + length;
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
      itemSizes = new Int32Array(found.itemCount).fill(4);
      itemAt = new Int32Array(found.itemCount);
      if (found.itemCount > 0) field.take(found.items, found.itemCount, itemSizes);
      for (let row = 0; row < rows; row += 1)
        if ((lengths[row] as number) >= 0) sizes[row] = (sizes[row] as number) + bytesOf(row);
    },
    write(out, bytes, at, from, to) {
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
        if (length > 0) field.write(out, bytes, itemAt, start, start + length);
        at[row] = place;
      }
    },
  };
}
