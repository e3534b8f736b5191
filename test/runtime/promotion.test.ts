/** When a promotion is refused, by what stands in production and in the environment. */
import { expect, test } from 'vitest';
import { untouched } from '../../runtime/changes.ts';
import { nothing, type Published } from '../../runtime/engines/published.ts';
import { refusals } from '../../runtime/promotion.ts';
import { into, tasksOf } from '../support/changes.ts';

const place = into('core.x', [], {});
const standing = (own: Partial<Published>): ReadonlyMap<string, Published> =>
  new Map([['core.x', { ...nothing, dataset: 'core.x', code: 'one', build: 'old', ...own }]]);
const refused = (production: Partial<Published>, environment: Partial<Published>, base: string | null) =>
  refusals({
    tasks: tasksOf([place]),
    changes: [{ ...untouched, dataset: 'core.x', change: 'changed' }],
    removes: [],
    production: standing(production),
    environment: standing({ code: 'two', build: 'new', beside: 'old', ...environment }),
    base: { 'core.x': base },
  });

test('what is as it was when the environment was applied to may be replaced', () => {
  expect(refused({}, {}, 'one')).toEqual({ moved: [], behind: [], lakes: [] });
});

test('other code that came meanwhile is not taken back: `production-moved`', () => {
  expect(refused({ code: 'three' }, {}, 'one')).toMatchObject({ moved: ['core.x'] });
  expect(refused({ code: 'two' }, {}, 'one'), 'the same code').toMatchObject({ moved: [] });
});

test('rows that came meanwhile are not lost: `environment-behind`', () => {
  expect(refused({ build: 'newer' }, {}, 'one')).toMatchObject({ behind: ['core.x'] });
  expect(refused({ build: 'newer' }, { beside: 'newer' }, 'one')).toMatchObject({ behind: [] });
  expect(refused({ build: 'new' }, {}, 'one'), 'it is there already').toMatchObject({ behind: [] });
});

test('of what is not kept any more, no other version is put back: `not-kept`', async () => {
  const { rollback } = await import('../../runtime/rollback.ts');
  const record = {
    id: 'a',
    kind: 'apply',
    environment: null,
    program: '',
    plan: null,
    at: '',
    who: '',
    status: 'done',
  } as const;
  const { lost } = rollback(
    [{ ...record, changes: [{ dataset: 'core.x', change: 'changed' }] }],
    standing({ since: 'a' }),
    null,
  );
  expect(lost).toEqual(['core.x']);
});
