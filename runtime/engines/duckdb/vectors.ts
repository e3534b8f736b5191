/**
 * Columns of a chunk as DuckDB keeps them: bytes from which others are written without a value of JavaScript for each cell.
 * Numbers are little-endian, as on every machine that DuckDB runs on. The binding copies them, and what is given here is
 * good until the chunk is released.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';
import { free } from '../memory.ts';

export interface Vector {
  /** `width` bytes a row. Where a row is null they may be anything. */
  readonly data: Uint8Array;
  /** A bit a row, set where there is a value; null where no row is null. */
  readonly valid: Uint8Array | null;
  readonly lent: Lent;
}

/** What of a chunk was given out. */
class Lent {
  readonly #all = new Set<Uint8Array | Int32Array | Uint16Array>();

  /** They go with the chunk. */
  add<T extends Uint8Array | Int32Array | Uint16Array>(bytes: T): T {
    this.#all.add(bytes);
    return bytes;
  }

  /** They stay. */
  keep(bytes: Uint8Array): void {
    this.#all.delete(bytes);
  }

  release(): void {
    for (const bytes of this.#all) free(bytes);
    this.#all.clear();
  }
}

const lent = new WeakMap<DuckDBDataChunk, Lent>();

/** To be called for a chunk that is done with. */
export function release(chunk: DuckDBDataChunk): void {
  lent.get(chunk)?.release();
}

/** A column of a chunk, or the items of a column of lists. */
export interface Handle {
  readonly vector: bindings.Vector;
  readonly lent: Lent;
}

export function columnOf(chunk: DuckDBDataChunk, column: number): Handle {
  const own = lent.get(chunk) ?? new Lent();
  lent.set(chunk, own);
  return { vector: bindings.data_chunk_get_vector(chunk.chunk, column), lent: own };
}

export function vectorOf({ vector, lent: own }: Handle, width: number, rows: number): Vector {
  // Validity comes in words of 64 rows. There is none where no row is null, whatever the binding's types say.
  const valid: Uint8Array | null = bindings.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
  return {
    data: own.add(bindings.vector_get_data(vector, rows * width)),
    valid: valid === null || valid === undefined ? null : own.add(valid),
    lent: own,
  };
}

export function isNull(valid: Uint8Array | null, row: number): boolean {
  return valid !== null && ((valid[row >> 3] as number) & (1 << (row & 7))) === 0;
}

/** Lists of a column: where the items of each stand among those of all. */
export interface Lists {
  readonly items: Handle;
  readonly itemCount: number;
  readonly starts: Int32Array;
  /** −1 is null. */
  readonly lengths: Int32Array;
}

/** Two numbers of 8 bytes. */
const LIST_WIDTH = 16;

export function listsOf(handle: Handle, rows: number): Lists {
  const { data, valid } = vectorOf(handle, LIST_WIDTH, rows);
  const view = viewOf(data);
  const starts = handle.lent.add(new Int32Array(rows));
  const lengths = handle.lent.add(new Int32Array(rows).fill(-1));
  for (let row = 0; row < rows; row += 1) {
    if (isNull(valid, row)) continue;
    starts[row] = view.getUint32(row * LIST_WIDTH, true);
    lengths[row] = view.getUint32(row * LIST_WIDTH + 8, true);
  }
  return {
    items: { vector: bindings.list_vector_get_child(handle.vector), lent: handle.lent },
    itemCount: bindings.list_vector_get_size(handle.vector),
    starts,
    lengths,
  };
}

/** Bytes of texts and blobs, which lie in several places. */
export interface Strings {
  /** −1 is null. */
  readonly lengths: Int32Array;
  readonly sources: readonly DataView[];
  /** Of each row: which source it lies in, and where there. */
  readonly sourceOf: Uint16Array;
  readonly starts: Int32Array;
}

/** Of a `duckdb_string_t`: its length, then up to 12 bytes in place, else a prefix of 4 and a pointer. */
export const STRING_WIDTH = 16;
const INLINE = 12;
/** So that a place in a run fits into 32 bits. */
const LONGEST_RUN = 2 ** 30;

/**
 * Long strings of a vector mostly lie one after another. Each such run is asked for once, as asking for each string would
 * cost more than all the rest; a run ends where the next string does not begin at its end, so only strings are read.
 */
export function stringsOf({ data, valid, lent: own }: Vector, rows: number): Strings {
  const view = viewOf(data);
  const lengths = own.add(new Int32Array(rows));
  const starts = own.add(new Int32Array(rows));
  const sources: DataView[] = [view];
  const sourceOf = own.add(new Uint16Array(rows));
  let first = 0;
  let begin = 0;
  let end = 0;
  const take = (): void => {
    if (end === begin) return;
    const place = data.byteOffset + first * STRING_WIDTH + 8;
    sources.push(viewOf(own.add(bindings.get_data_from_pointer(data.buffer as ArrayBuffer, place, end - begin))));
  };
  for (let row = 0; row < rows; row += 1) {
    if (isNull(valid, row)) {
      lengths[row] = -1;
      continue;
    }
    const at = row * STRING_WIDTH;
    const length = view.getUint32(at, true);
    lengths[row] = length;
    if (length <= INLINE) {
      starts[row] = at + 4;
      continue;
    }
    const pointer = view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32;
    if (pointer !== end || end - begin > LONGEST_RUN) {
      take();
      first = row;
      begin = pointer;
    }
    end = pointer + length;
    starts[row] = pointer - begin;
    sourceOf[row] = sources.length;
  }
  take();
  return { lengths, sources, sourceOf, starts };
}

export function copyString(
  { lengths, sources, sourceOf, starts }: Strings,
  row: number,
  into: DataView,
  at: number,
): void {
  const source = sources[sourceOf[row] as number] as DataView;
  copyBytes(source, starts[row] as number, into, at, lengths[row] as number);
}

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** From there on a call costs less than a loop. */
const LONG = 256;

/** Eight bytes at a time, or four: the last of them may be some of those before once more. */
export function copyBytes(from: DataView, start: number, into: DataView, at: number, length: number): void {
  if (length >= LONG) {
    const bytes = new Uint8Array(from.buffer, from.byteOffset + start, length);
    new Uint8Array(into.buffer, into.byteOffset + at, length).set(bytes);
  } else if (length >= 8) {
    const last = length - 8;
    for (let byte = 0; byte < last; byte += 8)
      into.setBigUint64(at + byte, from.getBigUint64(start + byte, true), true);
    into.setBigUint64(at + last, from.getBigUint64(start + last, true), true);
  } else if (length >= 4) {
    const last = length - 4;
    into.setUint32(at, from.getUint32(start, true), true);
    into.setUint32(at + last, from.getUint32(start + last, true), true);
  } else for (let byte = 0; byte < length; byte += 1) into.setUint8(at + byte, from.getUint8(start + byte));
}
