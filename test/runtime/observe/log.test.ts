/** A run as a log: what each line says, what a level leaves out, and that nothing secret and no row is in it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from '../../../runtime/observe/log/open.ts';
import { type LogLevel, type LogSettings, logFormat, logLevel } from '../../../runtime/observe/log/settings.ts';
import { spanOf, traceOf, traceparent } from '../../../runtime/observe/trace.ts';
import type { TaskPlan } from '../../../runtime/plan.ts';
import type { RunOptions } from '../../../runtime/run.ts';
import { audit, build, check, file, job, load, local, projectFolder, runTasks } from '../../support/plans.ts';

async function logged(
  settings: LogSettings,
  folder: string,
  tasks: readonly TaskPlan[],
  more: Partial<RunOptions> = {},
): Promise<string> {
  let text = '';
  const log = await openLog(settings, more.env ?? {}, (line) => {
    text += line;
  });
  await runTasks(folder, job([...tasks], { name: 'nightly' }), { ...more, listeners: [log.run()] });
  return text;
}
const parsed = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

function orders(folder: string): TaskPlan[] {
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data/orders.csv'), 'id,amount\n1,10\n2,x\n3,30\n');
  const many = check('rows > 100 warn', { severity: 'warn', measure: 'm0', low: 101, high: null });
  return [
    load('raw.orders', file('data/*.csv', 'csv'), { id: 'int64', amount: 'int64' }),
    build(
      'core.orders',
      'SELECT "id" FROM "raw"."orders"',
      { id: 'BIGINT' },
      { after: ['raw.orders'], audit: audit('SELECT count(*) AS "m0" FROM this', many) },
    ),
  ];
}

test('each line has its run, its task and its place in a trace', async () => {
  const folder = projectFolder();
  const lines = parsed(await logged({ format: 'json', level: 'info' }, folder, orders(folder)));
  expect(lines.map(({ level, event, task }) => [level, event, task ?? null])).toEqual([
    ['info', 'run.started', null],
    ['info', 'task.started', 'raw.orders'],
    ['warn', 'task.finished', 'raw.orders'],
    ['info', 'task.started', 'core.orders'],
    ['warn', 'check.failed', 'core.orders'],
    ['info', 'task.finished', 'core.orders'],
    ['info', 'run.finished', null],
  ]);
  const [first, , loaded, , , built, last] = lines;
  const run = String(first?.['run']);
  const about = {
    project: 'test',
    target: 'local',
    engine: 'duckdb',
    job: 'nightly',
    run,
    trace_id: traceOf(run, {}).id,
  };
  for (const line of lines) expect(line).toMatchObject({ ...about, time: expect.stringMatching(/^\d{4}-.+Z$/) });
  expect(loaded).toMatchObject({
    dataset: 'raw.orders',
    attempt: 1,
    rows: 2,
    rows_read: 3,
    rows_quarantined: 1,
    duration_ms: expect.any(Number),
    span_id: spanOf(run, 'raw.orders', 1),
    msg: expect.stringContaining('finished raw.orders: 2 rows'),
  });
  expect(built).toMatchObject({ rows: 2, compute: 'elt', checks_warned: 1 });
  expect(last).toMatchObject({ status: 'succeeded', done: 2, duration_ms: expect.any(Number), span_id: spanOf(run) });
});

test('a failure has its code, the statement and what the engine says, and none of the rows', async () => {
  const bad = build('core.bad', 'SELECT 1 AS "id" FROM "nowhere"."there"', { id: 'BIGINT' });
  const lines = parsed(await logged({ format: 'json', level: 'error' }, projectFolder(), [bad]));
  expect(lines.map(({ event }) => event)).toEqual(['task.failed', 'run.finished']);
  expect(lines[0]).toMatchObject({
    level: 'error',
    task: 'core.bad',
    error: { code: expect.any(String), statement: expect.stringContaining('nowhere'), retryable: false },
  });
  expect(JSON.stringify(lines)).not.toContain('sample');
});

test.each<[LogLevel, number]>([
  ['trace', 7],
  ['warn', 2],
  ['error', 0],
  ['silent', 0],
])('from %s on there are %i lines in either form', async (level, count) => {
  for (const format of ['json', 'text'] as const) {
    const folder = projectFolder();
    const text = await logged({ format, level }, folder, orders(folder));
    expect(text.split('\n').length - 1, format).toBeGreaterThanOrEqual(count);
    if (count === 0) expect(text).toBe('');
  }
});

test('as text, a line says when and what', async () => {
  const folder = projectFolder();
  const text = await logged({ format: 'text', level: 'info' }, folder, orders(folder));
  const lines = text.trimEnd().split('\n');
  expect(lines[2]).toMatch(/^\d{4}-[\d-]+T[\d:.]+Z finished {2}raw\.orders: 2 rows in \d+\.\d\d s, quarantined 1 /);
  expect(lines).toHaveLength(7);
});

test('no secret of the run is in a line', async () => {
  const folder = projectFolder();
  const leak = build('core.a', `SELECT 1 AS "id" FROM "tok3n-place"`, { id: 'BIGINT' });
  const secret = load('raw.a', { ...file('', 'csv'), path: [{ secret: 'PLACE' }, 'a.csv'] }, { id: 'int64' });
  const more = { target: { ...local, secrets: { kind: 'env' } }, env: { PLACE: 'tok3n-place' } } as const;
  const text = await logged({ format: 'json', level: 'trace' }, folder, [secret, leak], more);
  expect(text).toContain('task.failed');
  expect(text).not.toContain('tok3n-place');
});

test('what is asked for by the command line stands before the environment, and has to be there', () => {
  expect(logFormat({}, undefined)).toBe(null);
  expect(logFormat({ PIPEC_LOG_FORMAT: ' JSON ' }, undefined)).toBe('json');
  expect(logFormat({ PIPEC_LOG_FORMAT: 'json' }, 'text')).toBe('text');
  expect(() => logFormat({}, 'xml')).toThrow('`--log-format` is one of `json`, `text`, not `xml`');
  expect(logLevel({})).toBe('info');
  expect(() => logLevel({ PIPEC_LOG_LEVEL: 'loud' })).toThrow('`PIPEC_LOG_LEVEL` is one of `trace`');
});

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
test.each([
  [`00-${ID}-${SPAN}-01`, { id: ID, parent: SPAN, isSampled: true }],
  [`00-${ID}-${SPAN}-00`, { id: ID, parent: SPAN, isSampled: false }],
  [`cc-${ID}-${SPAN}-03-what.comes`, { id: ID, parent: SPAN, isSampled: true }],
])('a run is a part of the trace of `%s`', (header, expected) => {
  expect(traceOf('r1', { TRACEPARENT: header })).toMatchObject(expected);
});

test.each(['', 'x', `ff-${ID}-${SPAN}-01`, `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${ID}-${'0'.repeat(16)}-01`])(
  'where TRACEPARENT is `%s`, the run begins a trace of its own',
  (header) => {
    const trace = traceOf('r1', { TRACEPARENT: header, TRACESTATE: 'a=b' });
    expect(trace).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), parent: null, isSampled: true, state: null });
    expect(trace).toEqual(traceOf('r1', {}));
    expect(trace.id).not.toBe(traceOf('r2', {}).id);
    expect(traceparent(trace, spanOf('r1'))).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  },
);
