/** `--json` of every command, held against the schemas that are documented; and the exit codes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { starter } from '../../compiler/cli/init.ts';
import { bin, type Ended, newFolder, pipec, plainEnvironment, write } from '../support/command.ts';

const schemas = join(import.meta.dirname, '../../docs/schemas');
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });

function validator(name: string): ValidateFunction {
  const schema: object = JSON.parse(readFileSync(join(schemas, `${name}.schema.json`), 'utf8'));
  return ajv.getSchema(name) ?? ajv.compile({ ...schema, $id: name });
}

/** Each line as an object, after it has passed. */
function linesOf(text: string, schema: string): Record<string, unknown>[] {
  const validate = validator(schema);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      expect(validate(value), `${line}\n${JSON.stringify(validate.errors)}`).toBe(true);
      return value;
    });
}

function project(change: (path: string, text: string) => string = (_, text) => text): string {
  const folder = newFolder();
  write(folder, Object.fromEntries([...starter('shop')].map(([path, text]) => [path, change(path, text)])));
  return folder;
}

const replacing = (from: string, to: string) => (_: string, text: string) => text.replace(from, to);
const broken = replacing('sum(o.amount)', 'sum(o.amuont)');

function json(folder: string, ...words: string[]): Promise<Ended> {
  return pipec([...words, '--json'], { folder });
}

describe('lines of', () => {
  test('check and build: diagnostics with places, related places and fixes', async () => {
    const folder = project(broken);
    for (const command of ['check', 'build']) {
      const { code, out, err } = await json(folder, command);
      expect({ code, err }).toEqual({ code: 1, err: '' });
      const [found, ...more] = linesOf(out, 'diagnostic');
      expect(more).toEqual([]);
      expect(found).toMatchObject({
        code: 'unknown-column',
        severity: 'error',
        file: 'pipelines/orders.pipe',
        start: { line: 28, column: 22 },
        end: { line: 28, column: 28 },
        related: [{ file: 'pipelines/orders.pipe', start: { line: 16, column: 7 } }],
        fixes: [{ safe: true, edits: [{ text: 'amount', start: { line: 28, column: 22 } }] }],
      });
    }
  });

  test('run: events from the start to the end; and what the other commands then say', async () => {
    const folder = project();
    const { code, out, err } = await json(folder, 'run');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    // A slow machine tells of progress as well.
    const events = linesOf(out, 'run-event').filter(({ event }) => event !== 'task.progress');
    expect(events.map(({ event, task }) => (task === undefined ? event : `${event} ${task}`))).toEqual([
      'run.started',
      'task.started _landing.orders',
      'task.finished _landing.orders',
      'task.started dwh.core.kept_orders',
      'task.finished dwh.core.kept_orders',
      'task.started dwh.marts.daily_revenue',
      'check.passed dwh.marts.daily_revenue',
      'task.finished dwh.marts.daily_revenue',
      'run.finished',
    ]);
    expect(new Set(events.map(({ run }) => run)).size).toBe(1);

    expect(linesOf((await json(folder, 'plan')).out, 'plan')).toMatchObject([{ changes: [] }]);
    const { out: stands } = await json(folder, 'status');
    expect(linesOf(stands, 'status').map(({ dataset, refresh, built }) => ({ dataset, refresh, built }))).toMatchObject(
      [
        { dataset: '_landing.orders', refresh: 'load', built: { rows: 5, run: events[0]?.['run'], code: 'same' } },
        { dataset: 'dwh.core.kept_orders', refresh: 'full', built: { rows: 4 } },
        { dataset: 'dwh.marts.daily_revenue', refresh: 'full', built: { rows: 3 } },
      ],
    );
    expect(events.find(({ task, event }) => task === '_landing.orders' && event === 'task.finished')).toMatchObject({
      rows: 5,
      load: { read: 6, accepted: 5, quarantined: 1, reasons: [{ reason: 'expect amount >= 0', rows: 1 }] },
    });

    const again = linesOf((await json(folder, 'run')).out, 'run-event');
    expect(again.filter(({ event }) => event === 'task.skipped').map(({ reason }) => reason)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);

    const rows = linesOf((await json(folder, 'show', 'daily_revenue', '--limit', '1')).out, 'row');
    expect(rows).toEqual([{ day: '2026-01-01', country: 'DE', revenue: '24.90', orders: '2' }]);
    const asked = linesOf((await json(folder, 'query', 'from orders |> where order_id = 3')).out, 'row');
    expect(asked).toEqual([
      { order_id: '3', country: 'FR', status: 'paid', amount: '42.00', ordered_at: '2026-01-02T07:05:00Z' },
    ]);

    const [quarantined] = linesOf((await json(folder, 'show', 'orders', '--failed')).out, 'failed-row');
    expect(quarantined).toMatchObject({ reason: 'expect amount >= 0', row: '5', line: null });
  });

  test('a run that fails: the error and the rows that did it', async () => {
    const folder = project(replacing('expect revenue >= 0', 'expect revenue >= 30'));
    const { code, out, err } = await json(folder, 'run');
    expect({ code, err }).toEqual({ code: 4, err: '' });
    const events = linesOf(out, 'run-event');
    expect(events.find(({ event }) => event === 'check.failed')).toMatchObject({
      check: 'expect revenue >= 30',
      failing: 2,
      rows: 3,
      file: 'pipelines/orders.pipe',
      line: 24,
    });
    expect(events.find(({ event }) => event === 'task.failed')).toMatchObject({ error: { code: 'checks-failed' } });
    expect(events.at(-1)).toMatchObject({ event: 'run.finished', status: 'failed', failed: 1, checksFailed: 1 });
    const failed = linesOf((await json(folder, 'show', 'daily_revenue', '--failed')).out, 'failed-row');
    expect(failed.map(({ check }) => check)).toEqual(['expect revenue >= 30', 'expect revenue >= 30']);
  });

  test('test: one object a test, with the rows that differ', async () => {
    const passed = await json(project(), 'test');
    expect(passed.code).toBe(0);
    expect(linesOf(passed.out, 'test')).toMatchObject([
      { dataset: 'dwh.marts.daily_revenue', status: 'passed', diff: [] },
    ]);
    const failed = await json(project(replacing('revenue: 15.50', 'revenue: 15.60')), 'test');
    expect(failed.code).toBe(4);
    const row = { day: '2026-01-01', country: 'DE', orders: '2' };
    expect(linesOf(failed.out, 'test')).toMatchObject([
      {
        status: 'failed',
        diff: [
          { row: { ...row, revenue: '15.60' }, is: 'missing' },
          { row: { ...row, revenue: '15.50' }, is: 'unexpected' },
        ],
      },
    ]);
  });

  test('lineage, sql, fmt, explain', async () => {
    const folder = project(replacing('target: local }\n', 'target:    local }\n'));
    const lineage = linesOf((await json(folder, 'lineage', 'daily_revenue.revenue')).out, 'lineage');
    expect(lineage).toHaveLength(1);
    expect(lineage[0]?.['from']).toContainEqual({ dataset: 'dwh.core.kept_orders', column: 'amount', kind: 'direct' });
    expect(linesOf((await json(folder, 'lineage')).out, 'lineage')).toHaveLength(14);
    const [sql] = linesOf((await json(folder, 'sql', 'kept_orders')).out, 'sql');
    expect(sql).toMatchObject({ dataset: 'dwh.core.kept_orders', kind: 'build', assertions: [] });
    expect(linesOf((await json(folder, 'fmt', '--check')).out, 'fmt')).toEqual([
      { file: 'project.pipe', formatted: false },
    ]);
    const pages = linesOf((await json(folder, 'explain')).out, 'explain');
    expect(pages.length).toBeGreaterThan(100);
    expect(linesOf((await json(folder, 'explain', 'never-built')).out, 'explain')).toMatchObject([{ area: 'command' }]);
  });

  test('manifest.json is what its schema says', async () => {
    const folder = project();
    expect((await pipec(['build'], { folder })).code).toBe(0);
    const validate = validator('manifest');
    const manifest = JSON.parse(readFileSync(join(folder, 'dist/manifest.json'), 'utf8'));
    expect(validate(manifest), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe('with --json, why a command fails is a line on stderr and nothing on stdout', () => {
  const cases: readonly (readonly [words: readonly string[], code: string, exit: number])[] = [
    [['runn'], 'command-line', 2],
    [['run', '--targt', 'x'], 'command-line', 2],
    [['run', 'nope'], 'unknown-dataset', 2],
    [['show', 'nope'], 'unknown-dataset', 2],
    [['show', 'daily_revenue'], 'never-built', 3],
    [['query', 'from daily_revenue'], 'never-built', 3],
    [['test', 'nope'], 'command-line', 2],
    [['explain', 'nope'], 'unknown-code', 2],
    [['lineage', 'nope'], 'unknown-dataset', 2],
    [['sql', 'orders'], 'command-line', 2],
    [['-C', 'nowhere', 'check'], 'command-line', 2],
  ];
  test.each(cases)('%j: %s', async (words, code, exit) => {
    const ended = await json(project(), ...words);
    expect({ exit: ended.code, out: ended.out }).toEqual({ exit, out: '' });
    expect(linesOf(ended.err, 'failure')).toMatchObject([{ code, severity: 'error' }]);
  });

  test('mistakes of the program are diagnostics there', async () => {
    const folder = project(broken);
    for (const words of [
      ['run'],
      ['test'],
      ['show', 'orders'],
      ['query', 'from orders'],
      ['sql', 'orders'],
      ['lineage'],
    ]) {
      const ended = await json(folder, ...words);
      expect({ exit: ended.code, out: ended.out }).toEqual({ exit: 1, out: '' });
      expect(linesOf(ended.err, 'diagnostic')).toMatchObject([{ code: 'unknown-column' }]);
    }
    const asked = await json(project(), 'query', 'from orders |> where amuont > 1');
    expect({ exit: asked.code, out: asked.out }).toEqual({ exit: 1, out: '' });
    expect(linesOf(asked.err, 'diagnostic')).toMatchObject([{ code: 'unknown-column', file: '<query>' }]);
  });
});

test('a run whose data is missing ends with 3', async () => {
  const folder = project(replacing("file('data/orders.csv')", "file('data/none.csv')"));
  expect((await pipec(['run'], { folder })).code).toBe(3);
});

test('a fault of pipec ends with 70, in one sentence; PIPEC_DEBUG shows where', async () => {
  const outside = newFolder('pipec-fault');
  const fault = join(outside, 'fault.mjs');
  write(outside, {
    'fault.mjs': `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { realpathSync } = fs;
fs.realpathSync = (path, ...rest) => {
  if (String(path).includes('pipec test')) throw new TypeError('no such thing');
  return realpathSync(path, ...rest);
};
syncBuiltinESMExports();
`,
  });
  const folder = project();
  const env = { NODE_OPTIONS: `--import=${fault}` };
  const told = await pipec(['check'], { folder, env });
  expect(told).toEqual({
    code: 70,
    out: '',
    err: 'error[internal-error]: no such thing\n  = a fault in pipec, not in your program: please report it (PIPEC_DEBUG=1 shows where)\n',
  });
  const { err } = await pipec(['check'], { folder, env: { ...env, PIPEC_DEBUG: '1' } });
  expect(err).toContain('TypeError: no such thing\n    at ');
  linesOf((await pipec(['check', '--json'], { folder, env })).err, 'failure');
});

test('a folder that is gone is told', () => {
  const folder = newFolder();
  const ended = spawnSync('sh', ['-c', 'rmdir "$PWD" && exec "$NODE" "$BIN" check'], {
    cwd: folder,
    env: plainEnvironment({ NODE: process.execPath, BIN: bin }),
    encoding: 'utf8',
  });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/^error\[command-line\]: the folder that you are in is gone\n$/);
});
