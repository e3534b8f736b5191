/** What the page of the inspector knows, out of the messages. */
import { expect, test } from 'vitest';
import type { DatasetRunLine } from '../../compiler/cli/machine.ts';
import type { ToPage } from '../../extension/views/inspector/messages.ts';
import {
  after,
  ago,
  checksOf,
  type Inspector,
  judgingRun,
  nothing,
  tabMark,
  testsOf,
} from '../../extension/views/inspector/model.ts';
import { percent } from '../../extension/views/words.ts';

const dataset = (name: string, root = '/p'): ToPage => ({
  is: 'dataset',
  root,
  canRun: true,
  inspection: {
    name,
    is: 'table',
    doc: null,
    errors: 0,
    facts: [],
    columns: [],
    checks: [
      { text: 'expect a > 0', isWarning: false, file: 'p.pipe', line: 3 },
      { text: 'expect b > 0 warn', isWarning: true, file: 'p.pipe', line: 4 },
    ],
    tests: ['adds_up', null],
    reads: [],
    readers: [],
  },
});
const check = (text: string, passed: boolean): DatasetRunLine['checks'][number] => {
  const severity = text.endsWith(' warn') ? ('warn' as const) : ('error' as const);
  return { check: text, severity, passed, failing: passed ? 0 : 1, rows: 2, sample: [], file: 'p.pipe', line: 3 };
};
const run = (status: DatasetRunLine['status'], ...checks: DatasetRunLine['checks']): DatasetRunLine => ({
  run: 'r',
  job: null,
  target: 'local',
  dataset: 'dwh.t',
  status,
  startedAt: null,
  finishedAt: null,
  ms: null,
  rows: null,
  quarantined: null,
  why: null,
  sample: [],
  checks,
});
const ran = (...runs: readonly DatasetRunLine[]): ToPage => ({
  is: 'runs',
  runs: { is: 'known', target: 'local', runs },
});
const told = (...messages: readonly ToPage[]): Inspector => messages.reduce(after, nothing);
const sample: ToPage = {
  is: 'sample',
  sample: { is: 'known', count: 2, isCut: false, nulls: { a: 1 }, sources: [], notes: [] },
};

test('what is known of a dataset stays while it is asked anew, and goes with it', () => {
  const known = told(dataset('dwh.t'), sample, ran(run('succeeded')));
  expect(told(dataset('dwh.t'), sample, { is: 'sample', sample: { is: 'computing' } })).toMatchObject({
    isSampling: true,
    sample: { count: 2 },
  });
  expect(after(known, { is: 'runs', runs: { is: 'reading' } })).toBe(known);
  expect(after(known, dataset('dwh.t'))).toMatchObject({ sample: { count: 2 }, runs: { is: 'known' } });
  for (const other of [dataset('dwh.u'), dataset('dwh.t', '/q')])
    expect(after(known, other)).toMatchObject({ sample: null, runs: null });
  expect(after(known, { is: 'nothing' })).toBe(nothing);
});

test('a check is as the last run found it that judged it as it stands', () => {
  const judged = run('failed', check('expect a > 0', false), check('expect b > 1 warn', false));
  const known = told(dataset('dwh.t'), ran(run('unchanged'), judged, run('succeeded', check('expect a > 0', true))));
  expect(judgingRun(known)).toBe(judged);
  expect(checksOf(known).map(({ text, isWarning, result }) => [text, isWarning, result?.passed])).toEqual([
    ['expect a > 0', false, false],
    ['expect b > 0', true, undefined],
  ]);
  expect(tabMark('checks', known)).toBe('bad');
  const warned = told(dataset('dwh.t'), ran(run('succeeded', check('expect b > 0 warn', false))));
  expect([tabMark('checks', warned), tabMark('runs', warned)]).toEqual(['warn', null]);
  expect(tabMark('runs', told(dataset('dwh.t'), ran(run('died'), judged)))).toBe('bad');
  expect(tabMark('checks', told(dataset('dwh.t')))).toBeNull();
});

test('a test passed where it passed on each engine that is there', () => {
  const line = (status: 'passed' | 'failed' | 'skipped') => {
    return { test: 'adds_up', dataset: 'dwh.t', engine: 'duckdb', file: '', line: 1, status, diff: [], error: null };
  };
  const outcome = (test: string, ...lines: ReturnType<typeof line>[]) => ({ test, at: '', lines, error: '' });
  const of = (...tests: ReturnType<typeof outcome>[]) =>
    testsOf(told(dataset('dwh.t'), { is: 'tests', tests })).map(({ name, status }) => `${name}: ${status}`);
  expect(of()).toEqual(['adds up: unknown', 'without a name: unknown']);
  expect(of(outcome('#1', line('passed')), outcome('adds_up', line('passed'), line('skipped')))).toEqual([
    'adds up: passed',
    'without a name: passed',
  ]);
  expect(of(outcome('adds_up', line('passed'), line('failed')), outcome('#1', line('skipped')))).toEqual([
    'adds up: failed',
    'without a name: skipped',
  ]);
  // It could not be run.
  expect(of(outcome('adds_up'))[0]).toBe('adds up: failed');
});

test('times and shares are told as people say them', () => {
  const now = Date.parse('2026-03-01T12:00:00Z');
  expect(ago('2026-03-01T11:59:30Z', now)).toBe('just now');
  expect(ago('2026-03-01T11:59:00Z', now)).toBe('1 minute ago');
  expect(ago('2026-03-01T00:00:00Z', now)).toBe('12 hours ago');
  expect(ago('2026-02-20T12:00:00Z', now)).toBe('9 days ago');
  expect([0, 0.0001, 0.14, 0.999, 1].map(percent)).toEqual(['0 %', '<1 %', '14 %', '99 %', '100 %']);
});
