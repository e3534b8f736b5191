/** Rows of a question, in the forms of `--json`, as the batches that a function of the project is given (runtime/batches.ts). */
import { type CheckedBatch, checkOf } from '../batches.ts';
import type { QueryRows } from '../engine.ts';
import { runError } from '../errors.ts';
import type { BatchColumn, BatchType } from '../plan.ts';

/** @throws PipecError `value-unreadable` for what the engine holds and the language does not: a decimal `NaN`, a date `infinity` */
export async function* givenBatches(
  { batches }: QueryRows,
  columns: readonly BatchColumn[],
): AsyncGenerator<CheckedBatch, void, void> {
  const readers = columns.map(({ name, type }) => ({
    name,
    kind: type.kind,
    convert: converterOf(type),
    fits: checkOf(type),
  }));
  for await (const rows of batches) {
    const values = readers.map(({ name, kind, convert, fits }, index) =>
      rows.map((row) => {
        const found = row[index] ?? null;
        if (found === null) return null;
        const value = convert(found);
        if (fits(value)) return value;
        throw runError('value-unreadable', { why: `column \`${name}\` has one that is no ${kind}` });
      }),
    );
    yield { columns: values, rows: rows.length };
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

/** Of `2026-01-31T10:00:00.500000Z`; null where it is no such text. */
function microsOf(text: string): bigint | null {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
