/** What a function of the project may give, and what is said of all else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, type BatchFunction, daysOf, runBatches, unscaled } from '../../runtime/batches.ts';
import { PipecError } from '../../runtime/errors.ts';
import type { BatchColumn, BatchType } from '../../runtime/plan.ts';

const column = (name: string, type: BatchType, nullable = false): BatchColumn => ({
  name,
  type,
  nullable,
  sqlType: '',
});
const INT64 = { kind: 'int64' } as const;
const A = column('a', INT64);

async function* batches(...given: readonly Batch[]): AsyncGenerator<Batch, void, void> {
  yield* given;
}

interface Given {
  readonly columns?: readonly BatchColumn[];
  readonly input?: AsyncIterable<Batch>;
  readonly signal?: AbortSignal;
}

/** The values of all batches by column, or the code and message of the error. */
async function outcome(
  call: unknown,
  { columns = [A], input = batches(), signal = new AbortController().signal }: Given = {},
) {
  const step = { function: { file: 'f.ts', name: 'f' }, columns };
  const values: unknown[][] = columns.map(() => []);
  try {
    for await (const batch of runBatches(call as BatchFunction, input, step, {
      folder: '/nowhere',
      signal,
      traceparent: 'the attempt',
    }))
      for (const [index, each] of batch.columns.entries()) values[index]?.push(...Array.from(each));
    return values;
  } catch (failure) {
    if (failure instanceof PipecError) return `${failure.code}: ${failure.message}`;
    return failure;
  }
}
const gives =
  (...made: readonly unknown[]) =>
  () =>
    made;

describe('whatever goes over batches', () => {
  test('sync, async, by a promise, none at all, empty ones', async () => {
    expect(await outcome(gives({ a: [1n] }, { a: [] }, { a: BigInt64Array.of(2n, 3n) }))).toEqual([[1n, 2n, 3n]]);
    expect(await outcome(() => batches({ a: [1n] }))).toEqual([[1n]]);
    expect(await outcome(() => Promise.resolve([{ a: [1n] }]))).toEqual([[1n]]);
    expect(await outcome(() => [])).toEqual([[]]);
    expect(
      await outcome(
        async function* (given: AsyncIterable<Batch>) {
          for await (const { a } of given) yield { a: Array.from(a as ArrayLike<bigint>, (each) => each * 2n) };
        },
        { input: batches({ a: [1n] }, { a: [2n] }) },
      ),
    ).toEqual([[2n, 4n]]);
  });
});

test('is told who calls it', async () => {
  let told: unknown;
  await outcome((_batches: unknown, context: unknown) => {
    told = context;
    return [];
  });
  expect(told).toEqual({ traceparent: 'the attempt' });
});

describe('what is no batch', () => {
  const said: readonly (readonly [unknown, string])[] = [
    [() => undefined, 'it gives undefined in place of batches'],
    [() => 'rows', 'it gives a string in place of batches'],
    [gives(5), 'a batch is an object with an array a column, not a number'],
    [gives([1n]), 'a batch is an object with an array a column, not an array'],
    [gives({}), 'column `a` is missing'],
    [gives({ a: [1n], b: [1n] }), 'there is no column `b`'],
    [gives({ a: 1n }), 'column `a` is a bigint in place of an array'],
    [gives({ a: '12' }), 'column `a` is a string in place of an array'],
    [gives({ a: [1n] }, { a: [1n, null] }), 'column `a` is null in row 3'],
    [gives({ a: [undefined] }), 'column `a` is undefined in row 1'],
    [gives({ a: [1] }), 'column `a` is a number in row 1, not a bigint of 64 bits'],
    [gives({ a: [2n ** 63n] }), 'column `a` is a bigint in row 1, not a bigint of 64 bits'],
  ];
  test.each(said)('%#', async (call, why) => {
    expect(await outcome(call)).toBe(
      `function-output: the function \`f.ts#f\` gives other rows than it promises: ${why}`,
    );
  });

  test('columns of two lengths', async () => {
    expect(await outcome(gives({ a: [1n], b: [1n, 2n] }), { columns: [A, column('b', INT64)] })).toContain(
      'column `b` has 2 values in a batch of 1 rows',
    );
  });
});

describe('values', () => {
  const money: BatchType = { kind: 'decimal', precision: 4, scale: 2 };
  const cases: readonly (readonly [BatchType, readonly unknown[], readonly unknown[]])[] = [
    [{ kind: 'bool' }, [true, false], [1, 'true']],
    [{ kind: 'float64' }, [1.5, -0], [Number.NaN, Number.POSITIVE_INFINITY, 1n]],
    [{ kind: 'string' }, ['', 'é'], [1, '\ud800']],
    [{ kind: 'json' }, ['{}', 'null', '1e400'], ['', '{a:1}', {}]],
    [{ kind: 'uuid' }, ['00000000-0000-4000-8000-00000000000F'], ['0', '00000000-0000-4000-8000-00000000000g']],
    [{ kind: 'bytes' }, [new Uint8Array(2), Buffer.from('a')], ['a', [1]]],
    [
      { kind: 'date' },
      ['2024-02-29', '0001-01-01', '9999-12-31'],
      ['2023-02-29', '2024-1-1', '2024-01-01T00:00', new Date()],
    ],
    [{ kind: 'timestamp' }, [0n, -1n], [0, new Date(), 10n ** 18n]],
    [money, ['0', '-99.99', '99.9900', '007'], ['100', '0.001', '1e2', '.5', '1.', '', 1.5]],
    [{ kind: 'enum', values: ['x', 'y'] }, ['x'], ['z', 0]],
    [{ kind: 'list', element: INT64 }, [[], [1n, null]], [[1], 'x', BigInt64Array.of(1n)]],
  ];
  test.each(cases)('%j', async (type, good, bad) => {
    const columns = [column('a', type)];
    for (const value of good)
      expect([value, await outcome(gives({ a: [value] }), { columns })]).toEqual([value, [[value]]]);
    for (const value of bad) expect(await outcome(gives({ a: [value] }), { columns })).toContain('function-output');
    expect(await outcome(gives({ a: [null] }), { columns })).toContain('is null in row 1');
    expect(await outcome(gives({ a: [null] }), { columns: [column('a', type, true)] })).toEqual([[null]]);
  });

  test('digits are those of the number, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }), fc.nat(6), (value, scale) => {
        const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
        const cut = digits.length - scale;
        const text = `${value < 0n ? '-' : ''}${digits.slice(0, cut)}${scale === 0 ? '' : `.${digits.slice(cut)}`}`;
        expect(unscaled(text, { precision: 20, scale })).toBe(value);
      }),
    );
  });

  test('days are those of the calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (days) => {
        const text = new Date(days * 86_400_000).toISOString();
        fc.pre(/^\d{4}-/.test(text));
        expect(daysOf(text.slice(0, 10))).toBe(days);
      }),
    );
  });
});

describe('failures', () => {
  test('of the function: at its start, in a batch, after one', async () => {
    const boom = (): never => {
      throw new RangeError('boom');
    };
    const failed = 'function-failed: the function `f.ts#f` failed: RangeError: boom (f.ts)';
    expect(await outcome(boom)).toBe(failed);
    expect(await outcome(() => Promise.reject(new RangeError('boom')))).toBe(failed);
    expect(
      await outcome(function* () {
        yield { a: [1n] };
        boom();
      }),
    ).toBe(failed);
    expect(await outcome(() => Promise.reject('a text'))).toBe(
      'function-failed: the function `f.ts#f` failed: a text (f.ts)',
    );
  });

  test('of reading are no fault of the function', async () => {
    const broken = new PipecError('io-failed', 'no disk', null, {});
    async function* input(): AsyncGenerator<Batch, void, void> {
      yield { a: [1n] };
      await Promise.reject(broken);
    }
    expect(await outcome((given: AsyncIterable<Batch>) => given, { input: input() })).toBe('io-failed: no disk');
  });

  test('a function that is left is closed', async () => {
    let closed = false;
    const call = function* () {
      try {
        yield { a: [1n] };
        yield { a: ['no'] };
        yield { a: [2n] };
      } finally {
        closed = true;
      }
    };
    expect(await outcome(call)).toContain('function-output');
    expect(closed).toBe(true);
  });

  test('one that waits for ever is left when the attempt is over', async () => {
    const controller = new AbortController();
    const call = async function* () {
      yield { a: [1n] };
      queueMicrotask(() => controller.abort(new Error('over')));
      await new Promise(() => undefined);
    };
    expect(await outcome(call, { signal: controller.signal })).toEqual(new Error('over'));
  });
});
