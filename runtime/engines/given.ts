/** Rows of a question, in the forms of `--json`, as the batches that a function of the project is given (runtime/batches.ts). */
import type { Batch } from '../batches.ts';
import type { QueryRows } from '../engine.ts';
import type { BatchColumn, BatchType } from '../plan.ts';

/** Rows of a batch at most, as on DuckDB. */
const BATCH_ROWS = 2048;

/** Each batch is read when the one before is used up. */
export async function* givenBatches(
  rows: AsyncIterable<readonly (readonly unknown[])[]>,
  columns: readonly BatchColumn[],
): AsyncGenerator<Batch, void, void> {
  const convert = columns.map(({ type }) => batchValue(type));
  for await (const some of rows) {
    for (let from = 0; from < some.length; from += BATCH_ROWS) {
      const part = some.slice(from, from + BATCH_ROWS);
      yield Object.fromEntries(
        columns.map(({ name }, index) => [name, part.map((row) => convert[index]?.(row[index]) ?? null)]),
      );
    }
  }
}

/**
 * Does the work with rows that are being read, and sees to it that reading ends: also where nobody asked for a row.
 * @param read begins to read
 */
export async function whileReading<T>(
  read: () => Promise<QueryRows>,
  work: (rows: AsyncIterable<readonly (readonly unknown[])[]>) => Promise<T>,
): Promise<T> {
  const { batches } = await read();
  // A generator that nobody has asked yet ends without what it has to do at its end.
  const first = await batches.next();
  async function* all(): AsyncGenerator<readonly (readonly unknown[])[], void, void> {
    for (let next = first; next.done !== true; next = await batches.next()) yield next.value;
  }
  try {
    return await work(all());
  } finally {
    await batches.return().catch(() => undefined);
  }
}

function batchValue(type: BatchType): (value: unknown) => unknown {
  const convert = converterOf(type);
  return (value) => (value === null || value === undefined ? null : convert(value));
}

function converterOf(type: BatchType): (value: unknown) => unknown {
  switch (type.kind) {
    case 'bool':
    case 'string':
    case 'json':
    case 'uuid':
    case 'enum':
    case 'date':
      return (value) => value;
    case 'int64':
      return (value) => BigInt(value as string | number);
    case 'float64':
      // Infinity and NaN are texts there.
      return Number;
    case 'decimal':
      return String;
    case 'bytes':
      return (value) => new Uint8Array(Buffer.from(value as string, 'base64'));
    case 'timestamp':
      return (value) => microsOf(value as string);
    case 'list': {
      const item = batchValue(type.element);
      return (value) => (value as readonly unknown[]).map(item);
    }
  }
}

/** Of `2026-01-31T10:00:00.500000Z`. */
function microsOf(text: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
