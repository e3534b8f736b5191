/** What is handed over, what is given up, and that the end of it is bounded. */
import { expect, test } from 'vitest';
import { Refusal, Sender } from '../../../runtime/observe/sender.ts';

/** Takes what comes after so many failures of each document. */
function failing(times: number): {
  readonly taken: unknown[];
  readonly tries: () => number;
  readonly deliver: (document: unknown) => Promise<void>;
} {
  const taken: unknown[] = [];
  const failed = new Map<unknown, number>();
  let tries = 0;
  return {
    taken,
    tries: () => tries,
    deliver: (document) => {
      tries += 1;
      const before = failed.get(document) ?? 0;
      failed.set(document, before + 1);
      if (before < times) return Promise.reject(new Error('away'));
      taken.push(document);
      return Promise.resolve();
    },
  };
}

test.each([0, 1, 3])('at the end, one that fails %i times is told', async (times) => {
  const { deliver, taken } = failing(times);
  const sender = new Sender({ deliver, pauseMs: 60_000 });
  sender.add('a');
  expect(await sender.end(10_000)).toBe(null);
  expect(taken).toEqual(['a']);
});

test('one that is away at the end is tried so often, and what waits behind it is given up with it', async () => {
  const { deliver, tries } = failing(Number.POSITIVE_INFINITY);
  const sender = new Sender({ deliver, pauseMs: 60_000 });
  sender.add('a', 'b', 'c');
  expect(await sender.end(60_000)).toEqual({ documents: 3, why: 'away' });
  // One while it went on, and four at the end.
  expect(tries()).toBe(5);
});

test('no time is no time, and why it failed before is what is told', async () => {
  const { deliver, tries } = failing(Number.POSITIVE_INFINITY);
  const sender = new Sender({ deliver, pauseMs: 60_000 });
  sender.add('a', 'b');
  expect(await sender.end(0)).toEqual({ documents: 2, why: 'away' });
  expect(tries()).toBeLessThan(5);
});

test('what is refused is not tried again, and does not keep others from being told', async () => {
  const taken: unknown[] = [];
  const deliver = (document: unknown): Promise<void> => {
    if (document === 'bad') return Promise.reject(new Refusal('not this'));
    taken.push(document);
    return Promise.resolve();
  };
  const sender = new Sender({ deliver });
  sender.add('a', 'bad', 'b');
  expect(await sender.end(10_000)).toEqual({ documents: 1, why: 'not this' });
  expect(taken).toEqual(['a', 'b']);
});
