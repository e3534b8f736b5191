/** The memo engine: inputs, queries, cut-off, dropped answers, answers carried over. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Database } from '../../compiler/workspace/query.ts';

/** Words of texts, their lengths, and the sum over the texts that a list names. */
function library() {
  const db = new Database();
  const ran: string[] = [];
  db.onRun = (query, key) => ran.push(key === '' ? query : `${query} ${key}`);
  const text = db.input<string>('text', (value) => value ?? '-');
  const list = db.input<readonly string[]>('list', (value) => JSON.stringify(value ?? null));
  const words = db.query('words', (key) => (text.get(key) ?? '').split(' ').filter((word) => word !== ''));
  const count = db.query('count', (key) => words.get(key).length, { equal: Object.is, kept: 'as it is' });
  const sum = db.query('sum', () => (list.get('') ?? []).reduce((total, key) => total + count.get(key), 0), {
    kept: 'as it is',
  });
  const ranFor = (ask: () => unknown): string[] => {
    ran.length = 0;
    ask();
    return [...ran];
  };
  return { db, text, list, words, count, sum, ranFor };
}

test('a question asked twice runs once', () => {
  const { text, words, ranFor } = library();
  text.set('a', 'one two');
  expect(ranFor(() => words.get('a'))).toEqual(['words a']);
  expect(ranFor(() => words.get('a'))).toEqual([]);
});

test('an equal answer cuts off those who asked', () => {
  const { text, list, sum, ranFor } = library();
  list.set('', ['a', 'b']);
  text.set('a', 'one two');
  text.set('b', 'three');
  expect(sum.get('')).toBe(3);
  text.set('a', 'four five');
  expect(ranFor(() => sum.get(''))).toEqual(['words a', 'count a']);
  text.set('a', 'six');
  expect(ranFor(() => sum.get(''))).toEqual(['words a', 'count a', 'sum']);
  expect(sum.get('')).toBe(2);
});

test('what is no longer asked is no longer waited for', () => {
  const { text, list, sum, ranFor } = library();
  list.set('', ['a', 'b']);
  sum.get('');
  list.set('', ['a']);
  sum.get('');
  text.set('b', 'x');
  expect(ranFor(() => sum.get(''))).toEqual([]);
});

test('a dropped answer is made anew, and nobody who used it runs again', () => {
  const { text, list, words, count, sum, ranFor } = library();
  list.set('', ['a']);
  text.set('a', 'one two');
  sum.get('');
  words.drop('a');
  expect(ranFor(() => sum.get(''))).toEqual([]);
  expect(ranFor(() => words.get('a'))).toEqual(['words a']);
  expect(ranFor(() => count.get('a'))).toEqual([]);
});

test('a question that asks for itself is a mistake of ours, unless it has an answer for that', () => {
  const db = new Database();
  const endless = db.query('endless', (key): number => endless.get(key));
  expect(() => endless.get('x')).toThrow('query endless asks for itself: x');
  const guarded = db.query('guarded', (key): number => guarded.get(key) + 1, { onCycle: () => 1 });
  expect(guarded.get('x')).toBe(2);
});

test('a question that failed is asked anew', () => {
  const { text, list, db } = library();
  list.set('', ['a']);
  const picky = db.query('picky', (key) => {
    if (list.get('')?.includes(key) === true) throw new Error('no');
    return text.get(key) ?? '';
  });
  expect(() => picky.get('a')).toThrow('no');
  expect(() => picky.get('a')).toThrow('no');
  list.set('', []);
  expect(picky.get('a')).toBe('');
});

test('a database goes on from another one', () => {
  const first = library();
  first.list.set('', ['a', 'b']);
  first.text.set('a', 'one two');
  first.text.set('b', 'three');
  first.sum.get('');
  const second = library();
  second.db.restore(Buffer.concat(first.db.save()));
  second.list.set('', ['a', 'b']);
  second.text.set('a', 'one two');
  second.text.set('b', 'three');
  expect(second.ranFor(() => expect(second.sum.get('')).toBe(3))).toEqual([]);
  second.text.set('b', 'three four');
  expect(second.ranFor(() => expect(second.sum.get('')).toBe(4))).toEqual(['words b', 'count b', 'sum']);
  expect(second.ranFor(() => second.words.get('a'))).toEqual(['words a']);
});

test('an input that is not set again is gone', () => {
  const first = library();
  first.text.set('a', 'one');
  first.count.get('a');
  const second = library();
  second.db.restore(Buffer.concat(first.db.save()));
  expect(second.text.get('a')).toBeUndefined();
  expect(second.count.get('a')).toBe(0);
});

test('bytes that are not a snapshot are refused', () => {
  const { db, list, sum } = library();
  list.set('', ['a']);
  sum.get('');
  const bytes = Buffer.concat(db.save());
  for (let length = 0; length < bytes.length; length++)
    expect(() => library().db.restore(bytes.subarray(0, length))).toThrow();
  expect(() => new Database().restore(bytes)).toThrow('no query');
});

test('keys may be any text, and what has half a character in its key is not saved', () => {
  const keys = ['', 'a', 'ä', '\u00e9\u0080\u0090', '逐', '𝒳', '\ufeffa', 'a\nb', 'x'.repeat(1000)];
  const first = library();
  for (const key of [...keys, '\ud83d']) first.text.set(key, `one two ${key}`);
  for (const key of [...keys, '\ud83d']) first.count.get(key);
  const bytes = Buffer.concat(first.db.save());
  // Numbers may begin anywhere in their memory.
  for (const offset of [0, 1, 4]) {
    const moved = Buffer.alloc(bytes.length + offset).fill(bytes, offset);
    const second = library();
    second.db.restore(moved.subarray(offset));
    for (const key of [...keys, '\ud83d']) second.text.set(key, `one two ${key}`);
    expect(second.ranFor(() => keys.map((key) => second.count.get(key)))).toEqual([]);
    expect(second.ranFor(() => second.count.get('\ud83d'))).toEqual(['count \ud83d', 'words \ud83d']);
  }
});

test('restored answers of a query are settled together', () => {
  const first = library();
  first.list.set('', ['a', 'b']);
  for (const key of ['a', 'b']) first.text.set(key, 'one');
  first.sum.get('');
  const second = library();
  second.db.restore(Buffer.concat(first.db.save()));
  second.list.set('', ['a', 'b']);
  second.text.set('a', 'one');
  second.text.set('b', 'two');
  second.db.sweep();
  expect(second.ranFor(() => expect(second.count.settleRestored()).toBe(true))).toEqual(['words b', 'count b']);
  expect(second.count.settleRestored()).toBe(false);
  second.db.sweep();
  expect(second.ranFor(() => expect(second.sum.get('')).toBe(2))).toEqual([]);
});

/** Sets a text, sets the list, drops answers, or goes on in another database. */
const step = fc.oneof(
  fc.record({ text: fc.constantFrom('a', 'b', 'c'), to: fc.constantFrom('', 'x', 'x y', 'y x', 'x y z') }),
  fc.record({ list: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')) }),
  fc.constantFrom('drop' as const, 'carry over' as const, 'ask' as const, 'sweep' as const),
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

test('what stands on an input that is not set again is carried over no further', () => {
  const first = library();
  first.list.set('', ['a']);
  first.sum.get('');
  const second = library();
  second.db.restore(Buffer.concat(first.db.save()));
  second.list.set('', ['a']);
  const third = library();
  third.db.restore(Buffer.concat(second.db.save()));
  third.list.set('', ['a']);
  third.text.set('a', 'one two');
  expect(third.sum.get('')).toBe(2);
});

/** Goes through the steps, sweeping or not; answers the sums that were asked, and what ran for each. */
function perform(steps: readonly Step[], isSwept: boolean) {
  let now = library();
  const texts = new Map<string, string>();
  let names: readonly string[] = [];
  const asked: { readonly sum: number; readonly ran: readonly string[]; readonly expected: number }[] = [];
  const ask = (): void => {
    let sum = 0;
    const ran = now.ranFor(() => {
      sum = now.sum.get('');
    });
    const expected = names.reduce((all, key) => all + (texts.get(key) ?? '').split(' ').filter(Boolean).length, 0);
    asked.push({ sum, ran, expected });
  };
  for (const each of steps) {
    if (each === 'ask') ask();
    else if (each === 'sweep') {
      if (isSwept) now.db.sweep();
    } else if (each === 'drop') for (const key of names) now.words.drop(key);
    else if (each === 'carry over') {
      const next = library();
      next.db.restore(Buffer.concat(now.db.save()));
      for (const [key, text] of texts) next.text.set(key, text);
      next.list.set('', names);
      now = next;
    } else if ('list' in each) {
      names = each.list;
      now.list.set('', names);
    } else {
      texts.set(each.text, each.to);
      now.text.set(each.text, each.to);
    }
  }
  ask();
  return asked;
}

test('whatever was set, dropped and carried over, the sum is right, and a sweep has nothing run that else would not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const asked = perform(steps, true);
      for (const { sum, expected } of asked) expect(sum).toBe(expected);
      // What it finds to hold is saved with the rest, so that later there may even be less to do.
      for (const [place, { ran }] of perform(steps, false).entries())
        expect(asked[place]?.ran.filter((each) => !ran.includes(each))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('a sweep finds all that holds, and nothing else', () => {
  const first = library();
  first.list.set('', ['a', 'b']);
  first.text.set('a', 'one two');
  first.text.set('b', 'three');
  first.sum.get('');
  const second = library();
  second.db.restore(Buffer.concat(first.db.save()));
  second.list.set('', ['a', 'b']);
  second.text.set('a', 'one two three');
  second.text.set('b', 'three');
  expect(second.ranFor(() => second.db.sweep())).toEqual([]);
  expect(second.ranFor(() => expect(second.count.get('b')).toBe(1))).toEqual([]);
  expect(second.ranFor(() => expect(second.sum.get('')).toBe(4))).toEqual(['words a', 'count a', 'sum']);
});
