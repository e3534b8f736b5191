/**
 * Rows of `COPY … TO STDOUT (FORMAT binary)`, gathered to the columns of Parquet files. The fields of some rows are found
 * first, and then taken column by column: loops over one type, without a value of JavaScript for each cell.
 * Forms of values: `src/backend/utils/adt/*_send` of PostgreSQL, "Binary Format" in the manual's page on COPY.
 */
import { runError } from '../../errors.ts';
import type { GatheredRows, ParquetColumn, ParquetType } from '../duckdb/parquet.ts';
import { oddName } from '../duckdb/pulled.ts';
import type { RowSink, SliceSize } from './copy-out.ts';
import { dateText, numericText, timestampText } from './odd.ts';

/** A column as it is sent; `odd` where its type has values that the one of Parquet has not. */
export interface SentColumn {
  readonly name: string;
  readonly type: ParquetType;
  readonly odd: boolean;
}

/** Before the first row: a signature, flags, and something more that has a length. */
const SIGNATURE = 11;
const HEAD = SIGNATURE + 4;
/** In place of a row, after the last. */
const TRAILER = -1;
/** Rows whose fields are found before they are taken. */
const BATCH = 1024;

export class BinaryRows implements RowSink<GatheredRows> {
  readonly #size: SliceSize;
  readonly #columns: readonly Column[];
  readonly #fields: readonly Fields[];
  #begun = false;
  #bytes: Buffer = Buffer.alloc(0);
  /** Found and not yet taken. */
  #found = 0;
  #rows = 0;
  #taken = 0;

  constructor(columns: readonly SentColumn[], size: SliceSize) {
    this.#size = size;
    this.#columns = columns.map(columnOf);
    this.#fields = columns.map(() => ({ at: new Int32Array(BATCH), lengths: new Int32Array(BATCH) }));
  }

  add(bytes: Buffer, from: number, to: number): void {
    if (bytes !== this.#bytes) {
      this.settle();
      this.#bytes = bytes;
    }
    let at = from;
    if (!this.#begun) {
      this.#begun = true;
      at += HEAD + 4 + bytes.readUInt32BE(at + HEAD);
    }
    const count = bytes.readInt16BE(at);
    if (count === TRAILER) return;
    at += 2;
    const row = this.#found;
    for (let field = 0; field < count; field += 1) {
      const length =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number);
      const fields = this.#fields[field] as Fields;
      at += 4;
      fields.at[row] = at;
      fields.lengths[row] = length;
      if (length > 0) at += length;
    }
    if (at !== to || count !== this.#columns.length)
      throw runError('internal', { why: `a row of ${count} fields ends ${to - at} bytes before its message` });
    this.#found = row + 1;
    this.#rows += 1;
    this.#taken += to - from;
    if (this.#found === BATCH) this.settle();
  }

  settle(): void {
    const rows = this.#found;
    if (rows === 0) return;
    this.#found = 0;
    const bytes = this.#bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [index, column] of this.#columns.entries())
      column.take(bytes, view, this.#fields[index] as Fields, rows);
  }

  get isFull(): boolean {
    return this.#rows >= this.#size.rows || this.#taken >= this.#size.bytes;
  }

  end(): GatheredRows {
    this.settle();
    this.#bytes = Buffer.alloc(0);
    const made = { columns: this.#columns.flatMap((column) => column.end()), rows: this.#rows };
    [this.#rows, this.#taken] = [0, 0];
    return made;
  }
}

/** Where a field of each row begins, and its length; −1 is null. */
interface Fields {
  readonly at: Int32Array;
  readonly lengths: Int32Array;
}

interface Column {
  readonly take: (bytes: Buffer, view: DataView, fields: Fields, rows: number) => void;
  /** What was taken, and begins anew. */
  readonly end: () => readonly ParquetColumn[];
}

/** What is not null, and the bits that say so: all is, until it is said not to be. */
class Validity {
  #bits = new Uint8Array(BATCH / 8).fill(0xff);
  #rows = 0;
  #nulls = 0;

  get rows(): number {
    return this.#rows;
  }

  grow(rows: number): void {
    this.#rows += rows;
    if (this.#rows <= this.#bits.length * 8) return;
    const grown = new Uint8Array(this.#bits.length * 2).fill(0xff);
    grown.set(this.#bits);
    this.#bits = grown;
  }

  clear(row: number): void {
    this.#bits[row >> 3] = (this.#bits[row >> 3] as number) & ~(1 << (row & 7));
    this.#nulls += 1;
  }

  end(): Uint8Array | null {
    const bits = this.#nulls === 0 ? null : this.#bits;
    this.#bits = new Uint8Array(BATCH / 8).fill(0xff);
    [this.#rows, this.#nulls] = [0, 0];
    return bits;
  }
}

/** Texts beside a column, few or none. */
class OddTexts {
  readonly #texts = new Map<number, string>();

  add(row: number, text: string): void {
    this.#texts.set(row, text);
  }

  end(column: SentColumn, rows: number): readonly ParquetColumn[] {
    if (!column.odd) {
      if (this.#texts.size > 0) throw runError('internal', { why: `a value of ${column.name} is none of its type` });
      return [];
    }
    const valid = new Uint8Array(Math.ceil(rows / 8));
    const values: Buffer[] = [];
    for (const [row, text] of this.#texts) {
      valid[row >> 3] = (valid[row >> 3] as number) | (1 << (row & 7));
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      values.push(length, bytes);
    }
    this.#texts.clear();
    return [{ name: oddName(column.name), type: { kind: 'text' }, valid, values: Buffer.concat(values) }];
  }
}

function columnOf(column: SentColumn): Column {
  const { type } = column;
  switch (type.kind) {
    case 'bool':
      return bits(column);
    case 'int32':
    case 'float32':
      return fixed(column, 4, (out, place, view, at) => {
        out.setInt32(place, view.getInt32(at), true);
        return null;
      });
    case 'int64':
    case 'float64':
      return fixed(column, 8, (out, place, view, at) => {
        out.setInt32(place, view.getInt32(at + 4), true);
        out.setInt32(place + 4, view.getInt32(at), true);
        return null;
      });
    case 'uuid':
      return fixed(column, 16, (out, place, view, at) => {
        for (let byte = 0; byte < 16; byte += 4) out.setInt32(place + byte, view.getInt32(at + byte));
        return null;
      });
    case 'date':
      return fixed(column, 4, date);
    case 'timestamp':
      return fixed(column, 8, timestamp(type.utc));
    case 'decimal':
      return fixed(column, type.precision <= 18 ? 8 : 16, decimal(type.precision, type.scale));
    case 'text':
    case 'bytes':
      return strings(column);
  }
}

/** Writes a value; gives its text where the type does not hold it, null where it does. */
type Put = (out: DataView, place: number, view: DataView, at: number) => string | null;

function fixed(column: SentColumn, width: number, put: Put): Column {
  const validity = new Validity();
  const { name, type } = column;
  const odd = new OddTexts();
  let values = new DataView(new ArrayBuffer(BATCH * width));
  let used = 0;
  return {
    take(_bytes, view, { at, lengths }, rows) {
      const first = validity.rows;
      validity.grow(rows);
      if (used + rows * width > values.byteLength) values = new DataView(grown(values, used + rows * width));
      for (let row = 0; row < rows; row += 1) {
        if ((lengths[row] as number) < 0) {
          validity.clear(first + row);
          continue;
        }
        const text = put(values, used, view, at[row] as number);
        if (text === null) used += width;
        else {
          validity.clear(first + row);
          odd.add(first + row, text);
        }
      }
    },
    end() {
      const { rows } = validity;
      const made = { name, type, valid: validity.end(), values: new Uint8Array(shortened(values, used)) };
      values = new DataView(new ArrayBuffer(BATCH * width));
      used = 0;
      return [made, ...odd.end(column, rows)];
    },
  };
}

/** What was there is there, and zeros after it. */
function grown({ buffer }: { readonly buffer: ArrayBufferLike }, least: number): ArrayBuffer {
  return (buffer as ArrayBuffer).transfer(Math.max(buffer.byteLength * 2, least));
}

const shortened = ({ buffer }: { readonly buffer: ArrayBufferLike }, length: number): ArrayBuffer =>
  (buffer as ArrayBuffer).transfer(length);

function bits({ name, type }: SentColumn): Column {
  const validity = new Validity();
  let values = new Uint8Array(BATCH / 8);
  let used = 0;
  return {
    take(bytes, _view, { at, lengths }, rows) {
      const first = validity.rows;
      validity.grow(rows);
      if (used + rows > values.length * 8) values = new Uint8Array(grown(values, Math.ceil((used + rows) / 8)));
      for (let row = 0; row < rows; row += 1) {
        if ((lengths[row] as number) < 0) {
          validity.clear(first + row);
          continue;
        }
        if (bytes[at[row] as number] === 1) values[used >> 3] = (values[used >> 3] as number) | (1 << (used & 7));
        used += 1;
      }
    },
    end() {
      const made = {
        name,
        type,
        valid: validity.end(),
        values: new Uint8Array(shortened(values, Math.ceil(used / 8))),
      };
      values = new Uint8Array(BATCH / 8);
      used = 0;
      return [made];
    },
  };
}

/** Below, a loop is faster than a call. */
const SHORT = 32;

function strings({ name, type }: SentColumn): Column {
  const validity = new Validity();
  let values = new Uint8Array(BATCH * 16);
  let used = 0;
  return {
    take(bytes, _view, { at, lengths }, rows) {
      const first = validity.rows;
      validity.grow(rows);
      let size = used + rows * 4;
      for (let row = 0; row < rows; row += 1) size += lengths[row] as number;
      if (size + rows > values.length) values = new Uint8Array(grown(values, size + rows));
      for (let row = 0; row < rows; row += 1) {
        const length = lengths[row] as number;
        if (length < 0) {
          validity.clear(first + row);
          continue;
        }
        const from = at[row] as number;
        values[used] = length;
        values[used + 1] = length >> 8;
        values[used + 2] = length >> 16;
        values[used + 3] = length >> 24;
        used += 4;
        if (length < SHORT)
          for (let byte = 0; byte < length; byte += 1) values[used + byte] = bytes[from + byte] as number;
        else values.set(bytes.subarray(from, from + length), used);
        used += length;
      }
    },
    end() {
      const made = { name, type, valid: validity.end(), values: new Uint8Array(shortened(values, used)) };
      values = new Uint8Array(BATCH * 16);
      used = 0;
      return [made];
    },
  };
}

/** PostgreSQL counts from the year 2000; its greatest and smallest are no days but infinities. */
const DAYS_2000 = 10_957;
const [LAST_DAY, FIRST_DAY] = [0x7fffffff, -0x80000000];
/** The first of January of the year 1. */
const AFTER_CHRIST = -719_162;

const date: Put = (out, place, view, at) => {
  const sent = view.getInt32(at);
  if (sent === LAST_DAY) return 'infinity';
  if (sent === FIRST_DAY) return '-infinity';
  const days = sent + DAYS_2000;
  if (days < AFTER_CHRIST) return dateText(days);
  out.setInt32(place, days, true);
  return null;
};

const MICROS_2000 = 946_684_800_000_000n;
const [LAST_MICRO, FIRST_MICRO] = [2n ** 63n - 1n, -(2n ** 63n)];
/** Years in between, in 2 ** 32 microseconds since 2000: more than anyone needs, and no number of microseconds wraps. */
const [EARLIEST, LATEST] = [-14_000_000, 14_000_000];
const [LOW_2000, HIGH_2000] = [Number(MICROS_2000 % 2n ** 32n), Number(MICROS_2000 / 2n ** 32n)];

function timestamp(utc: boolean): Put {
  return (out, place, view, at) => {
    const high = view.getInt32(at);
    if (high <= EARLIEST || high >= LATEST) {
      const sent = view.getBigInt64(at);
      if (sent === LAST_MICRO) return 'infinity';
      if (sent === FIRST_MICRO) return '-infinity';
      return timestampText(sent + MICROS_2000, utc);
    }
    const low = view.getUint32(at + 4) + LOW_2000;
    out.setUint32(place, low, true);
    out.setInt32(place + 4, high + HIGH_2000 + (low >= 2 ** 32 ? 1 : 0), true);
    return null;
  };
}

const NEGATIVE = 0x4000;
const POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);

/** A number of groups of four digits, of which the first is multiplied by 10,000 to its weight. */
function decimal(precision: number, scale: number): Put {
  const limit = 10 ** precision;
  // A double holds all of it, and so all that it is the sum of.
  if (precision <= 15)
    return (out, place, view, at) => {
      const count = view.getUint16(at);
      const weight = view.getInt16(at + 2);
      const sign = view.getUint16(at + 4);
      let value = 0;
      for (let group = 0; group < count; group += 1) {
        const digits = view.getUint16(at + 8 + 2 * group);
        const power = 4 * (weight - group) + scale;
        value += power >= 0 ? digits * (POWERS[power] as number) : digits / (POWERS[-power] as number);
      }
      if (sign > NEGATIVE || !(value < limit) || !Number.isInteger(value)) return numericText(view, at);
      if (sign === NEGATIVE) value = -value;
      const high = Math.floor(value / 2 ** 32);
      out.setUint32(place, value - high * 2 ** 32, true);
      out.setInt32(place + 4, high, true);
      return null;
    };
  const wideLimit = 10n ** BigInt(precision);
  return (out, place, view, at) => {
    const count = view.getUint16(at);
    const weight = view.getInt16(at + 2);
    const sign = view.getUint16(at + 4);
    let value = 0n;
    for (let group = 0; group < count; group += 1) value = value * 10_000n + BigInt(view.getUint16(at + 8 + 2 * group));
    const power = 4 * (weight - count + 1) + scale;
    const divisor = power >= 0 ? 1n : 10n ** BigInt(-power);
    const isExact = value % divisor === 0n;
    value = power >= 0 ? value * 10n ** BigInt(power) : value / divisor;
    if (sign > NEGATIVE || !isExact || value >= wideLimit) return numericText(view, at);
    if (sign === NEGATIVE) value = -value;
    if (precision <= 18) out.setBigInt64(place, value, true);
    else {
      out.setBigInt64(place, value >> 64n);
      out.setBigUint64(place + 8, BigInt.asUintN(64, value));
    }
    return null;
  };
}
