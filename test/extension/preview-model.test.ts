/** What the page of previews knows, out of the messages, and how it says it. */
import { expect, test } from 'vitest';
import type { ToPage } from '../../extension/views/preview/messages.ts';
import { after, nothing, type Preview, sorted } from '../../extension/views/preview/model.ts';
import { countText, noteText, sourcesText } from '../../extension/views/words.ts';
import type { PreviewShown } from '../../runtime/preview/messages.ts';

const shown = (result: number, names = ['a', 'b']): PreviewShown => ({
  result,
  columns: names.map((name) => ({ name, type: 'int64', numeric: true, inexact: false, doc: null, nulls: 0 })),
  rows: [['1', '2']],
  count: 2000,
  isCut: false,
  sources: [],
  notes: [],
  computed: [],
  ms: 1,
});
const title = { dataset: 'dwh.core.t', stage: null };
const told = (...messages: readonly ToPage[]): Preview => messages.reduce(after, nothing);

test('what was shown stays while something else is computed, and beside what went wrong', () => {
  const trouble = { message: 'no', notes: [], engine: null, sample: [], hasPlace: false };
  const first: ToPage = { is: 'shown', title, shown: shown(1) };
  expect(told(first, { is: 'computing', title, what: 'dwh.core.u' })).toMatchObject({
    computing: 'dwh.core.u',
    shown: { shown: { result: 1 } },
  });
  expect(told(first, { is: 'trouble', title, trouble })).toMatchObject({
    computing: null,
    trouble,
    shown: { shown: { result: 1 } },
  });
  expect(told(first, { is: 'trouble', title, trouble }, { is: 'shown', title, shown: shown(2) }).trouble).toBeNull();
  expect(told(first, { is: 'computing', title, what: null }, { is: 'idle' }).computing).toBeNull();
});

test('a sort goes up, down and away; rows of another sort are not mixed with it', () => {
  const first = told({ is: 'shown', title, shown: shown(1) });
  const up = sorted(first, 'a');
  expect(up.shown?.sort).toEqual({ column: 'a', order: 'asc' });
  expect(up.shown?.blocks.get(0)).toEqual([['1', '2']]);
  const stale: ToPage = { is: 'rows', result: 1, sort: null, from: 500, rows: [['9', '9']] };
  expect(after(up, stale)).toBe(up);
  const came = after(up, { is: 'rows', result: 1, sort: { column: 'a', order: 'asc' }, from: 500, rows: [['0', '0']] });
  expect([...(came.shown?.blocks ?? [])]).toEqual([[1, [['0', '0']]]]);
  expect(sorted(sorted(up, 'a'), 'a').shown?.sort).toBeNull();
  expect(sorted(up, 'b').shown?.sort).toEqual({ column: 'b', order: 'asc' });
  // It outlives an edit that leaves its column.
  expect(after(up, { is: 'shown', title, shown: shown(2) }).shown?.sort).toEqual({ column: 'a', order: 'asc' });
  expect(after(up, { is: 'shown', title, shown: shown(3, ['b']) }).shown?.sort).toBeNull();
  expect(after(up, { is: 'rows', result: 7, sort: { column: 'a', order: 'asc' }, from: 0, rows: [] })).toBe(up);
});

test('words', () => {
  expect(countText({ ...shown(1), count: 1 })).toBe('1 row');
  expect(countText({ ...shown(1), count: 1_000_000, isCut: true })).toBe('more than 1,000,000 rows');
  const source = (dataset: string, read: number, isPart: boolean) => ({ dataset, read, isPart });
  expect(sourcesText([source('raw.flights', 100_000, true), source('raw.airports', 3376, false)])).toBe(
    'over the first 100,000 rows of flights and all 3,376 of airports',
  );
  expect(sourcesText(['a', 'b', 'c', 'd'].map((name) => source(name, 1, false)))).toBe(
    'over all 1 row of a, all 1 of b and 2 other sources',
  );
  const load = { read: 10, accepted: 9, quarantined: 1, reasons: [{ reason: 'repeated key', rows: 1 }], unread: [] };
  expect(noteText({ is: 'invalid', dataset: 'raw.orders', load, stops: false })).toBe(
    '1 row of orders breaks its contract (1 × repeated key): a run would put it in quarantine',
  );
  expect(noteText({ is: 'invalid', dataset: 'raw.orders', load, stops: true })).toMatch(/: a run would stop here$/);
  expect(noteText({ is: 'assertion', dataset: 'dwh.core.t', message: 'who?', rows: 3 })).toBe(
    'who?: 3 rows in t, and a run would stop here',
  );
});
