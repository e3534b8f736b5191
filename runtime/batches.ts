/**
 * Batches of columns: how rows reach a function of the project's own, and come back. A batch is an object with one array a
 * column, all of one length; rows never become objects.
 *
 *   type        in TypeScript   remarks
 *   bool        boolean
 *   int64       bigint
 *   float64     number
 *   decimal     string          its digits, `'12.50'`: no binary fraction comes between
 *   string, json, uuid          string; an enum's is one of its values
 *   bytes       Uint8Array
 *   date        string          `'2026-01-31'`
 *   timestamp   bigint          microseconds since 1970 in UTC
 *   list<T>     array of T?
 *
 * Null is `null`. What comes back may be typed arrays as well, and every value of it is looked at.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runError } from './errors.ts';
import type { BatchColumn, BatchType, FunctionRef } from './plan.ts';
import { originalPlace, type Place } from './source-maps.ts';

export type Batch = Readonly<Record<string, ArrayLike<unknown>>>;

/** Values by column, in order, each of its column's type. */
export interface CheckedBatch {
  readonly columns: readonly ArrayLike<unknown>[];
  readonly rows: number;
}

/** What a function is told of the run that calls it. */
export interface FunctionContext {
  /** The attempt of the task, as the header `traceparent` of W3C Trace Context: for requests that the function makes. */
  readonly traceparent: string;
}

/** Takes batches one after the other, as they are asked for, and gives as many or as few as it likes. */
export type BatchFunction = (
  batches: AsyncIterable<Batch>,
  context: FunctionContext,
) => Iterable<Batch> | AsyncIterable<Batch> | Promise<Iterable<Batch> | AsyncIterable<Batch>>;

/** Finds a function of the project's own. @throws PipecError `function-missing` */
export type FunctionLoader = (ref: FunctionRef) => Promise<BatchFunction>;

/** A text that names a function: `clean.ts#clean`. */
export const functionText = ({ file, name }: FunctionRef): string => `${file}#${name}`;

/** Functions that a program brings along. */
export function functionsOf(functions: Readonly<Record<string, unknown>>): FunctionLoader {
  return (ref) => {
    const found = functions[functionText(ref)];
    if (typeof found === 'function') return Promise.resolve(found as BatchFunction);
    return Promise.reject(
      runError('function-missing', { name: functionText(ref), why: 'it is not among what was built' }),
    );
  };
}

/**
 * What the function makes of the batches, each looked at: its columns in order, and how many rows.
 * @throws PipecError `function-failed` with the place in the project's own files, `function-output`
 */
export async function* runBatches(
  call: BatchFunction,
  given: AsyncIterable<Batch>,
  step: { readonly function: FunctionRef; readonly columns: readonly BatchColumn[] },
  { folder, signal, traceparent }: FunctionContext & { readonly folder: string; readonly signal: AbortSignal },
): AsyncGenerator<CheckedBatch, void, void> {
  const name = functionText(step.function);
  // What goes wrong in reading is no fault of the function, even where it passes through it.
  let ours: { readonly failure: unknown } | null = null;
  async function* told(): AsyncGenerator<Batch, void, void> {
    try {
      yield* given;
    } catch (failure) {
      ours = { failure };
      throw failure;
    }
  }
  const fails = (failure: unknown): Error => {
    if (signal.aborted) return signal.reason as Error;
    if (ours !== null) return ours.failure as Error;
    const { message, place } = whereIn(failure, folder, step.function.file);
    return runError('function-failed', { name, message, place });
  };
  let batches: AsyncIterator<Batch> | Iterator<Batch>;
  try {
    batches = iteratorOf(await orAborted(call(told(), { traceparent }), signal), name);
  } catch (failure) {
    throw isOwn(failure) ? failure : fails(failure);
  }
  let seen = 0;
  let finished = false;
  try {
    for (;;) {
      let next: IteratorResult<Batch, unknown>;
      try {
        next = await orAborted(batches.next(), signal);
      } catch (failure) {
        finished = true;
        throw fails(failure);
      }
      if (next.done === true) {
        finished = true;
        return;
      }
      const columns = checkedColumns(next.value, step.columns, name, seen);
      const rows = columns[0]?.length ?? 0;
      seen += rows;
      if (rows > 0) yield { columns, rows };
    }
  } finally {
    // A function that hangs would hang here as well.
    if (!finished && !signal.aborted) await Promise.resolve(batches.return?.()).catch(() => undefined);
  }
}

/** A function that waits for ever is not waited for once its attempt is over. */
async function orAborted<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  if (!(work instanceof Promise)) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const isOwn = (failure: unknown): boolean => failure instanceof Error && failure.name === 'PipecError';

function iteratorOf(made: unknown, name: string): AsyncIterator<Batch> | Iterator<Batch> {
  const given = made as Partial<AsyncIterable<Batch> & Iterable<Batch>> | null | undefined;
  const iterator = given?.[Symbol.asyncIterator]?.() ?? given?.[Symbol.iterator]?.();
  if (iterator === undefined || typeof made === 'string')
    throw runError('function-output', { name, why: `it gives ${shown(made)} in place of batches` });
  return iterator;
}

/** @param before rows of the batches before, for messages */
function checkedColumns(
  batch: unknown,
  columns: readonly BatchColumn[],
  name: string,
  before: number,
): readonly ArrayLike<unknown>[] {
  const wrong = (why: string): Error => runError('function-output', { name, why });
  if (typeof batch !== 'object' || batch === null || Array.isArray(batch))
    throw wrong(`a batch is an object with an array a column, not ${shown(batch)}`);
  const given = batch as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given))
    if (!columns.some((column) => column.name === key)) throw wrong(`there is no column \`${key}\``);
  let length: number | null = null;
  return columns.map((column) => {
    const values = given[column.name];
    if (!isList(values))
      throw wrong(
        values === undefined
          ? `column \`${column.name}\` is missing`
          : `column \`${column.name}\` is ${shown(values)} in place of an array`,
      );
    if (length !== null && values.length !== length)
      throw wrong(`column \`${column.name}\` has ${values.length} values in a batch of ${length} rows`);
    length = values.length;
    const { type, nullable } = column;
    const fits = checkOf(type);
    for (let row = 0; row < values.length; row++) {
      const value = values[row];
      if (value === null || value === undefined) {
        if (value === null && nullable) continue;
        throw wrong(`column \`${column.name}\` is ${String(value)} in row ${before + row + 1}`);
      }
      if (!fits(value))
        throw wrong(
          `column \`${column.name}\` is ${typeof value === 'string' ? 'another string' : shown(value)} in row ${before + row + 1}, not ${inWords(type)}`,
        );
    }
    return values;
  });
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
/** Of timestamps: the years 1 to 9999. */
const FIRST_MICROS = -62_135_596_800_000_000n;
const LAST_MICROS = 253_402_300_799_999_999n;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value that is not null is one of the type. */
export function checkOf(type: BatchType): (value: unknown) => boolean {
  switch (type.kind) {
    case 'bool':
      return (value) => typeof value === 'boolean';
    case 'int64':
      return (value) => typeof value === 'bigint' && value >= MIN && value <= MAX;
    case 'float64':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    case 'string':
      return (value) => typeof value === 'string' && value.isWellFormed();
    case 'json':
      return (value) => typeof value === 'string' && isJson(value);
    case 'uuid':
      return (value) => typeof value === 'string' && UUID.test(value);
    case 'bytes':
      return (value) => value instanceof Uint8Array;
    case 'date':
      return (value) => typeof value === 'string' && daysOf(value) !== null;
    case 'timestamp':
      return (value) => typeof value === 'bigint' && value >= FIRST_MICROS && value <= LAST_MICROS;
    case 'decimal':
      return (value) => typeof value === 'string' && unscaled(value, type) !== null;
    case 'enum': {
      const values = new Set<unknown>(type.values);
      return (value) => values.has(value);
    }
    case 'list': {
      const item = checkOf(type.element);
      return (value) => Array.isArray(value) && value.every((each) => each === null || item(each));
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Days since 1970 of `2026-01-31`; null where there is no such day. */
export function daysOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  // JavaScript reads the 30th of February as the 2nd of March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : time / 86_400_000;
}

/** The digits as a whole number: `'12.5'` with two digits after the point is 1250. Null where they do not fit; nothing is rounded. */
export function unscaled(
  text: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): bigint | null {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (sign === undefined) return null;
  if (/[1-9]/.test(fraction.slice(scale))) return null;
  const value = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
  return value >= 10n ** BigInt(precision) ? null : sign === '-' ? -value : value;
}

function inWords(type: BatchType): string {
  switch (type.kind) {
    case 'bool':
      return 'a boolean';
    case 'int64':
      return 'a bigint of 64 bits';
    case 'float64':
      return 'a finite number';
    case 'string':
      return 'a string of whole characters';
    case 'json':
      return 'a string with JSON in it';
    case 'uuid':
      return 'a string with a UUID in it';
    case 'bytes':
      return 'a Uint8Array';
    case 'date':
      return "a string such as '2026-01-31'";
    case 'timestamp':
      return 'a bigint of microseconds since 1970';
    case 'decimal':
      return `a string with the digits of a decimal(${type.precision}, ${type.scale}) in it`;
    case 'enum':
      return `one of ${type.values.join(', ')}`;
    case 'list':
      return `an array, each item ${inWords(type.element)}`;
  }
}

/** A value for messages, short. Personal data may be in it, so of texts only the kind is told. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : `a ${value.constructor?.name ?? 'object'}`;
  if (typeof value === 'function') return 'a function';
  return `a ${typeof value}`;
}

/** What was thrown in the words of who threw it, and where in the project's own files: `clean.ts:12:5`. */
function whereIn(failure: unknown, folder: string, file: string): { readonly message: string; readonly place: string } {
  const message = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  for (const frame of framesOf(failure)) {
    const { path, line, column } = originalPlace(frame);
    const own = relative(folder, path).replaceAll('\\', '/');
    const isOwn = !own.startsWith('..') && !/(^|\/)node_modules\//.test(own);
    // A build may run far from where it was built: then only the end of the path is known.
    const shown = path.replaceAll('\\', '/').endsWith(`/${file}`) ? file : isOwn && /\.[cm]?ts$/.test(own) ? own : null;
    if (shown !== null) return { message, place: `${shown}:${line}:${column}` };
  }
  return { message, place: file };
}

/** The lines of a stack that are in files. */
function framesOf(failure: unknown): readonly Place[] {
  const stack = failure instanceof Error ? (failure.stack ?? '') : '';
  return stack.split('\n').flatMap((text): Place[] => {
    const [, url, line, column] =
      /^\s+at (?:.*\()?(file:\/\/.*?|\/.*?|[A-Za-z]:\\.*?)(?:\?.*?)?:(\d+):(\d+)\)?$/.exec(text) ?? [];
    if (url === undefined) return [];
    return [{ path: url.startsWith('file:') ? fileURLToPath(url) : url, line: Number(line), column: Number(column) }];
  });
}
