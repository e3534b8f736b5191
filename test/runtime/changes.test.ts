/** What a plan says of changes that are hard to make on an engine: what would be lost, and what is not ours. */
import { expect, test } from 'vitest';
import { changesOf } from '../../runtime/changes.ts';
import { commitOf, into as placeOf, tasksOf } from '../support/changes.ts';

const orders = (columns: Parameters<typeof placeOf>[1], fingerprint = 'aaaaaaaaaaaa') =>
  placeOf('core.orders', columns, { fingerprint });

const told = (before: Parameters<typeof commitOf>[0], after: Parameters<typeof tasksOf>[0]) =>
  changesOf({
    project: 'shop',
    tasks: tasksOf(after),
    datasets: [],
    exposures: [{ name: 'board', on: ['core.orders'] }],
    published: commitOf(before),
    catalogue: new Map(),
    took: new Map(),
    now: new Date('2024-03-01T00:00:00Z'),
  });

test('a column is renamed where one goes and one comes from the same; of two, neither', () => {
  const before = [
    ['id', 'int64', 'i'],
    ['at', 'date', 'a'],
  ] as const;
  const one = told(
    [orders(before)],
    [
      orders(
        [
          ['id', 'int64', 'i'],
          ['day', 'date', 'a'],
        ],
        'bbbbbbbbbbbb',
      ),
    ],
  );
  expect(one[0]).toMatchObject({
    change: 'changed',
    columns: [{ kind: 'renamed', column: 'day', from: 'at' }],
    breaks: ['board'],
    destructive: [],
  });
  const two = told(
    [orders(before)],
    [
      orders(
        [
          ['id', 'int64', 'i'],
          ['day', 'date', 'a'],
          ['on', 'date', 'a'],
        ],
        'bbbbbbbbbbbb',
      ),
    ],
  );
  expect(two[0]?.columns.map(({ kind, column }) => `${kind} ${column}`)).toEqual([
    'added day',
    'added on',
    'removed at',
  ]);
});

test('a column that may no longer be null breaks nobody; one that may be null does', () => {
  const [strict, loose] = [[['id', 'int64', 'i']], [['id', 'int64?', 'i']]] as const;
  expect(told([orders(loose)], [orders(strict, 'bbbbbbbbbbbb')])[0]?.breaks).toEqual([]);
  expect(told([orders(strict)], [orders(loose, 'bbbbbbbbbbbb')])[0]?.breaks).toEqual(['board']);
});

test('a source that was read bit by bit may have forgotten what it gave', () => {
  const cursor = { cursor: '2024-02-01' };
  const changed = told([{ ...orders([]), ...cursor }], [orders([], 'bbbbbbbbbbbb')]);
  expect(changed[0]?.destructive).toEqual([{ kind: 'history-lost', inherited: false, rows: 7 }]);
  expect(told([orders([])], [orders([], 'bbbbbbbbbbbb')])[0]?.destructive).toEqual([]);
});

test('what another project has built is not ours to remove', () => {
  const other = { ...placeOf('core.other', [], { project: 'elsewhere' }) };
  const own = placeOf('core.old', [], {});
  expect(told([other, own], []).map(({ dataset, change }) => `${change} ${dataset}`)).toEqual(['removed core.old']);
});
