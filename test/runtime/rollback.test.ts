/** What a rollback puts back, by what stands and by the record of applies. */
import { expect, test } from 'vitest';
import { type ApplyRecord, wholes } from '../../runtime/applies.ts';
import { type KeptVersion, nothing, type Published } from '../../runtime/engines/published.ts';
import { rollback, undone } from '../../runtime/rollback.ts';

const { kept: _kept, gone: _gone, ...none } = nothing;
const version = (build: string, by: string, replacedBy: readonly string[] = []): KeptVersion => ({
  ...none,
  build,
  by,
  replacedBy,
  select: `SELECT ${build}`,
});
const standing = (own: Partial<Published>): ReadonlyMap<string, Published> =>
  new Map([['core.x', { ...nothing, dataset: 'x', build: 'now', select: 'SELECT now', ...own }]]);
const record = (id: string, change = 'changed', more: Partial<ApplyRecord> = {}): ApplyRecord => ({
  id,
  kind: 'apply',
  environment: null,
  program: '',
  plan: null,
  changes: [{ dataset: 'x', change }],
  at: '',
  who: '',
  status: 'done',
  ...more,
});
const back = (undoes: readonly ApplyRecord[], versions: ReadonlyMap<string, Published>): readonly string[] => {
  const { moves, lost } = rollback(undoes, versions, null);
  return [
    ...moves.map(({ change }) => (change.kind === 'place' ? `back to ${change.move.version.build}` : change.kind)),
    ...lost.map((name) => `lost ${name}`),
  ];
};

test('what stood before the first of what is undone comes back', () => {
  const versions = standing({ since: 'c', kept: [version('two', 'c'), version('one', 'b')] });
  expect(back([record('c')], versions)).toEqual(['back to two']);
  expect(back([record('b'), record('c')], versions)).toEqual(['back to one']);
  expect(back([record('a'), record('b'), record('c')], standing({ since: 'c', kept: [version('two', 'c')] }))).toEqual([
    'back to two',
  ]);
  expect(back([record('c')], standing({ since: 'c' }))).toEqual(['lost x']);
  expect(back([record('c')], standing({ since: 'b' })), 'it was never reached').toEqual([]);
});

test('a version that was put back once stood before what it is put before', () => {
  // a made one, b made two, r put one back, c made three: as after a, it is one.
  const versions = standing({ since: 'c', kept: [version('one', 'c', ['b']), version('two', 'r')] });
  expect(back([record('b'), record('r'), record('c')], versions)).toEqual(['back to one']);
  expect(back([record('r'), record('c')], versions)).toEqual(['back to two']);
  expect(back([record('b')], standing({ since: 'r', held: 'r', replacedBy: ['b'] })), 'done already').toEqual([]);
});

test('what did not end is undone with what went on from it', () => {
  const ids = (...records: readonly ApplyRecord[]): unknown => {
    const found = undone(records, null);
    return 'records' in found ? found.records.map(({ id }) => id) : found.why;
  };
  const [one, killed, failed, last] = [
    record('one'),
    record('killed', 'changed', { status: 'unfinished' }),
    record('failed', 'changed', { status: 'failed' }),
    record('last'),
  ];
  expect(ids(one, killed, failed, last)).toEqual(['killed', 'failed', 'last']);
  expect(ids(one, killed)).toEqual(['killed']);
  expect(ids(killed, one, last)).toEqual(['last']);
  expect(wholes([one, killed, failed, last, killed]).map((some) => some.map(({ id }) => id))).toEqual([
    ['one'],
    ['killed', 'failed', 'last'],
    ['killed'],
  ]);
  const back = record('back', 'changed', { kind: 'rollback', undoes: ['killed'] });
  expect(ids(killed, back, last)).toEqual(['last']);
});

test('what was added goes, what was removed comes back', () => {
  expect(back([record('a', 'added')], standing({ since: 'a' }))).toEqual(['remove']);
  const gone = standing({ since: 'a', gone: { schema: 'core', name: 'x', by: 'b' } });
  expect(back([record('b', 'removed')], gone)).toEqual(['back to now']);
  expect(back([record('a', 'added'), record('b', 'removed')], gone)).toEqual([]);
});

test('a rollback that did not end goes on; one that did is not undone by accident', () => {
  const begun = record('r', 'changed', { kind: 'rollback', undoes: ['b'], status: 'unfinished' });
  expect(undone([record('a'), record('b'), begun], null)).toMatchObject({ records: [{ id: 'b' }] });
  expect(undone([record('a'), record('b'), { ...begun, status: 'done' }], null)).toHaveProperty('why');
  expect(undone([record('a'), record('b')], 'a')).toMatchObject({ records: [{ id: 'b' }] });
  expect(undone([], null)).toHaveProperty('why');
});
