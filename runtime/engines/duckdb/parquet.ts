/**
 * A Parquet file of columns that are in memory, as simple as the format allows: one group of rows, a page a column, plain
 * values, nothing compressed. It is read once or twice and then goes: what would make it small costs more than it gives.
 * Source: the format's `README.md`, `Encodings.md` and `parquet.thrift`, and Thrift's compact protocol.
 */

/** What the values of a column mean, and so how they lie: little-endian where nothing else is said. */
export type ParquetType =
  /** A bit each, the lowest first. */
  | { readonly kind: 'bool' }
  | { readonly kind: 'int32' | 'int64' | 'float32' | 'float64' }
  /** Days since 1970 in 4 bytes. */
  | { readonly kind: 'date' }
  /** Microseconds since 1970 in 8 bytes, with a zone or without. */
  | { readonly kind: 'timestamp'; readonly utc: boolean }
  /** 16 bytes, the highest first. */
  | { readonly kind: 'uuid' }
  /** 8 bytes up to 18 digits, else 16 with the highest first. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Each after its length in 4 bytes. */
  | { readonly kind: 'text' | 'bytes' };

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** A bit a row, the lowest first, set where there is a value; null where no row is null. */
  readonly valid: Uint8Array | null;
  /** Those that are not null, one after the other. */
  readonly values: Uint8Array;
}

export interface GatheredRows {
  readonly columns: readonly ParquetColumn[];
  readonly rows: number;
}

/** The parts of the file, in their order. */
export function parquetFile(columns: readonly ParquetColumn[], rows: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = [MAGIC];
  let at = MAGIC.length;
  const chunks: Value[] = [];
  for (const { name, type, valid, values } of rows === 0 ? [] : columns) {
    const levels = definitionLevels(valid, rows);
    const size = levels.length + values.length;
    const head = Uint8Array.from(
      struct({
        1: i32(DATA_PAGE),
        2: i32(size),
        3: i32(size),
        5: struct({ 1: i32(rows), 2: i32(PLAIN), 3: i32(RLE), 4: i32(RLE) }),
      }).bytes,
    );
    const stored = head.length + size;
    const meta = struct({
      1: i32(formOf(type).physical),
      2: list([i32(PLAIN), i32(RLE)]),
      3: list([text(name)]),
      4: i32(UNCOMPRESSED),
      5: i64(rows),
      6: i64(stored),
      7: i64(stored),
      9: i64(at),
    });
    chunks.push(struct({ 2: i64(at), 3: meta }));
    parts.push(head, levels, values);
    at += stored;
  }
  const group = struct({ 1: list(chunks), 2: i64(at - MAGIC.length), 3: i64(rows) });
  const footer = Uint8Array.from(
    struct({
      1: i32(1),
      2: list([struct({ 4: text('rows'), 5: i32(columns.length) }), ...columns.map(element)]),
      3: i64(rows),
      4: list(rows === 0 ? [] : [group], STRUCT),
    }).bytes,
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return [...parts, footer, length, MAGIC];
}

const MAGIC = Buffer.from('PAR1');
const [DATA_PAGE, PLAIN, RLE, UNCOMPRESSED, OPTIONAL] = [0, 0, 3, 0, 1];

interface Form {
  readonly physical: number;
  readonly length?: number;
  readonly converted?: number;
  readonly logical?: Value;
}

function formOf(type: ParquetType): Form {
  switch (type.kind) {
    case 'bool':
      return { physical: 0 };
    case 'int32':
      return { physical: 1 };
    case 'int64':
      return { physical: 2 };
    case 'float32':
      return { physical: 4 };
    case 'float64':
      return { physical: 5 };
    case 'bytes':
      return { physical: 6 };
    case 'text':
      return { physical: 6, converted: 0 };
    case 'date':
      return { physical: 1, converted: 6 };
    case 'timestamp':
      return { physical: 2, logical: struct({ 8: struct({ 1: bool(type.utc), 2: struct({ 2: struct({}) }) }) }) };
    case 'uuid':
      return { physical: 7, length: 16, logical: struct({ 14: struct({}) }) };
    case 'decimal':
      return type.precision <= 18 ? { physical: 2, converted: 5 } : { physical: 7, length: 16, converted: 5 };
  }
}

/** Of the schema. */
function element({ name, type }: ParquetColumn): Value {
  const { physical, length, converted, logical } = formOf(type);
  return struct({
    1: i32(physical),
    ...(length === undefined ? {} : { 2: i32(length) }),
    3: i32(OPTIONAL),
    4: text(name),
    ...(converted === undefined ? {} : { 6: i32(converted) }),
    ...(type.kind === 'decimal' ? { 7: i32(type.scale), 8: i32(type.precision) } : {}),
    ...(logical === undefined ? {} : { 10: logical }),
  });
}

/** Whether there is a value, for each row: their length in 4 bytes, then one run of bits or of ones. */
function definitionLevels(valid: Uint8Array | null, rows: number): Uint8Array {
  const groups = Math.ceil(rows / 8);
  const run = valid === null ? [...varint(rows * 2), 1] : varint(groups * 2 + 1);
  const bits = valid === null ? 0 : groups;
  const levels = Buffer.alloc(4 + run.length + bits);
  levels.writeUInt32LE(run.length + bits);
  levels.set(run, 4);
  if (valid !== null) levels.set(valid.subarray(0, groups), 4 + run.length);
  return levels;
}

/** A value of Thrift's compact protocol: its type there, and its bytes. */
interface Value {
  readonly type: number;
  readonly bytes: readonly number[];
}

const [TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT] = [1, 2, 5, 6, 8, 9, 12] as const;

/** None that is written here is negative. */
const i32 = (value: number): Value => ({ type: I32, bytes: varint(value * 2) });
const i64 = (value: number): Value => ({ type: I64, bytes: varint(value * 2) });
/** As a field, whose type says it. */
const bool = (value: boolean): Value => ({ type: value ? TRUE : FALSE, bytes: [] });

function text(value: string): Value {
  const bytes = Buffer.from(value);
  return { type: BINARY, bytes: [...varint(bytes.length), ...bytes] };
}

function list(items: readonly Value[], type = items[0]?.type ?? STRUCT): Value {
  const head = items.length < 15 ? [items.length * 16 + type] : [0xf0 + type, ...varint(items.length)];
  return { type: LIST, bytes: [...head, ...items.flatMap(({ bytes }) => bytes)] };
}

/** @param fields by their numbers, each less than 15 above the one before */
function struct(fields: Readonly<Record<number, Value>>): Value {
  let last = 0;
  const bytes = Object.entries(fields).flatMap(([id, value]) => {
    const step = Number(id) - last;
    last = Number(id);
    return [step * 16 + value.type, ...value.bytes];
  });
  return { type: STRUCT, bytes: [...bytes, 0] };
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
