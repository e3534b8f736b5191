/** What the page of a run knows, out of the events of a real one and of made-up ones. */
import { expect, test } from 'vitest';
import type { ToPage } from '../../extension/views/run/messages.ts';
import { after, nothing, type Run } from '../../extension/views/run/model.ts';
import type { RunEvent } from '../../runtime/events.ts';

const at = '2026-01-01T00:00:00.000Z';
const of = { at, run: 'r' };
const error = {
  code: 'x',
  message: 'it failed',
  hint: null,
  statement: null,
  engine: null,
  sample: [],
  retryable: true,
};
const begins: ToPage = { is: 'begins', title: 'revenue', command: 'pipec run +revenue', at: 1000 };
const started: RunEvent = {
  ...of,
  event: 'run.started',
  project: 'shop',
  target: 'local',
  engine: 'duckdb',
  job: null,
  tasks: 2,
  concurrency: 4,
  pid: 1,
};

function told(...messages: readonly (ToPage | RunEvent)[]): Run {
  return messages.reduce<Run>(
    (run, message) =>
      after(run, 'event' in message && !('is' in message) ? { is: 'event', event: message } : (message as ToPage)),
    nothing,
  );
}

test('a run begins, and forgets the one before', () => {
  const run = told(begins, started, { ...of, event: 'run.warned', message: 'old' }, { ...begins, title: 'other' });
  expect(run).toMatchObject({ title: 'other', state: 'starting', notes: [], tasks: 0 });
  expect(told(begins, started)).toMatchObject({ state: 'running', target: 'local (duckdb)', tasks: 2 });
});

test('a task that is tried again shows its error until it is done', () => {
  const retried = [
    begins,
    started,
    { ...of, event: 'task.started', task: 'a', attempt: 1 },
    { ...of, event: 'task.retrying', task: 'a', attempt: 1, inMs: 5, error },
  ] as const;
  expect(told(...retried).all.get('a')).toMatchObject({ state: 'retrying', error: { message: 'it failed' } });
  const again = told(...retried, { ...of, event: 'task.started', task: 'a', attempt: 2 });
  expect(again.all.get('a')).toMatchObject({ state: 'running', error: null });
});

test('checks that failed are kept with the rows that did it', () => {
  const check: RunEvent = {
    ...of,
    event: 'check.failed',
    task: 'a',
    check: 'expect n > 0',
    severity: 'warn',
    failing: 1,
    rows: 2,
    sample: [{ n: '0' }],
    file: 'a.pipe',
    line: 3,
    foundBy: null,
  };
  const run = told(begins, started, check);
  expect(run.all.get('a')?.checks).toEqual([
    { text: 'expect n > 0', severity: 'warn', failing: 1, rows: 2, sample: [{ n: '0' }], file: 'a.pipe', line: 3 },
  ]);
});

test('a process that ends without saying so has failed, or was cancelled', () => {
  expect(told(begins, { is: 'ended', code: 1, error: 'no such dataset', at: 2000 })).toMatchObject({
    state: 'failed',
    notes: ['no such dataset'],
    ended: 2000,
  });
  expect(told(begins, started, { is: 'ended', code: null, error: '', at: 2000 }).state).toBe('cancelled');
});
