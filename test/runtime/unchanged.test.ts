import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Step, TaskPlan } from '../../runtime/plan.ts';
import { queryAll } from '../../runtime/query.ts';
import type { RunOptions } from '../../runtime/run.ts';
import { audit, build, check, file, into, lake, load, local, projectFolder, runTasks, view } from '../support/plans.ts';
import { stateIn } from '../support/state.ts';

/** source → total → above, and a view beside. */
function chain(): TaskPlan[] {
  return [
    load('raw.s', file('s.csv', 'csv'), { x: 'int64' }, { inputs: [] }),
    build('core.total', 'SELECT sum(x)::BIGINT AS x FROM raw.s', { x: 'BIGINT' }, wired('raw.s')),
    view('core.seen', 'SELECT x FROM core.total', wired('core.total')),
    build('core.above', 'SELECT x + 1 AS x FROM core.seen', { x: 'BIGINT' }, wired('core.seen')),
  ];
}
const wired = (...inputs: readonly string[]) => ({ after: inputs, inputs });

function project(): string {
  const folder = projectFolder();
  writeFileSync(join(folder, 's.csv'), 'x\n1\n2\n');
  return folder;
}

/** Names of the tasks that were done; the others must have been unchanged. */
async function done(folder: string, tasks: readonly TaskPlan[], more: Partial<RunOptions> = {}): Promise<string[]> {
  const { events, ...summary } = await runTasks(folder, tasks, more);
  expect(summary).toMatchObject({ status: 'succeeded', failed: 0, skipped: summary.unchanged });
  const did = events.flatMap((event) => (event.event === 'task.finished' ? [event.task] : []));
  expect(summary.unchanged + did.length).toBe(tasks.length);
  return did.sort();
}

function changed(tasks: readonly TaskPlan[], id: string, change: (step: Step) => Partial<Step>): TaskPlan[] {
  return tasks.map((task) =>
    task.id === id ? { ...task, step: { ...task.step, ...change(task.step) } as Step } : task,
  );
}

const otherCode = (step: Step) => ({ into: { ...step.into, fingerprint: 'abcdef012345' } });

describe('what has equal code and equal inputs', () => {
  test('is skipped and says so, with the rows that stand; a view is made anew', async () => {
    const folder = project();
    expect(await done(folder, chain())).toHaveLength(4);
    const { events, ...summary } = await runTasks(folder, chain());
    expect(summary).toMatchObject({ status: 'succeeded', done: 1, failed: 0, skipped: 3, unchanged: 3 });
    expect(events.filter((event) => event.event === 'task.skipped')).toMatchObject([
      { task: 'raw.s', reason: 'unchanged', rows: 2, because: 'its code and its inputs are unchanged' },
      { task: 'core.total', reason: 'unchanged', rows: 1 },
      { task: 'core.above', reason: 'unchanged', rows: 1 },
    ]);
    expect(events.flatMap((event) => (event.event === 'task.started' ? [event.task] : []))).toEqual(['core.seen']);
    expect(await queryAll({ folder, target: local, sql: 'SELECT x FROM core.above', limit: null })).toEqual([
      { x: '4' },
    ]);
  });

  test('a file written anew builds all that stands on it, also through a view', async () => {
    const folder = project();
    await done(folder, chain());
    writeFileSync(join(folder, 's.csv'), 'x\n1\n5\n');
    expect(await done(folder, chain())).toHaveLength(4);
    expect(await queryAll({ folder, target: local, sql: 'SELECT x FROM core.above', limit: null })).toEqual([
      { x: '7' },
    ]);
  });

  test('a file of the same size whose clock went backwards is another file', async () => {
    const folder = project();
    await done(folder, chain());
    const before = new Date('2001-01-01T00:00:00Z');
    utimesSync(join(folder, 's.csv'), before, before);
    await done(folder, chain());
    writeFileSync(join(folder, 's.csv'), 'x\n7\n2\n');
    utimesSync(join(folder, 's.csv'), before, before);
    expect(await done(folder, chain())).toHaveLength(4);
  });

  test('tells again what its checks warned of, and who found it: the rows that show it stay with that run', async () => {
    const folder = project();
    const few = check('expect row_count() >= 3 warn', { measure: 'rows', low: 3, high: null, severity: 'warn' });
    const positive = check('expect x > 1 warn', {
      measure: 'c0',
      sample: 'SELECT * FROM "this" WHERE NOT x > 1',
      severity: 'warn',
      at: { file: 'marts.pipe', line: 7 },
    });
    const fine = check('expect x < 9', { measure: 'c1' });
    const sql =
      'SELECT count(*) AS "rows", count(*) FILTER (NOT x > 1) AS c0, count(*) FILTER (NOT x < 9) AS c1 FROM "this"';
    const tasks = (checks: ReturnType<typeof audit>) => [
      load('raw.s', file('s.csv', 'csv'), { x: 'int64' }, { inputs: [], audit: checks }),
      build('core.t', 'SELECT x FROM raw.s', { x: 'BIGINT' }, { ...wired('raw.s'), audit: checks }),
    ];
    const told = (events: Awaited<ReturnType<typeof runTasks>>['events']) =>
      events.flatMap((event) => {
        if (event.event !== 'check.failed') return [];
        const { task, check: text, severity, failing, rows, line, foundBy, sample } = event;
        return [{ task, text, severity, failing, rows, line, foundBy, sample }];
      });
    const first = await runTasks(folder, tasks(audit(sql, fine, few, positive)));
    expect(first).toMatchObject({ status: 'succeeded', done: 2, checksPassed: 2, checksWarned: 4 });
    // A line above was put in meanwhile.
    const moved = { ...positive, at: { file: 'marts.pipe', line: 8 } };
    const second = await runTasks(folder, tasks(audit(sql, fine, few, moved)));
    expect(second).toMatchObject({ status: 'succeeded', unchanged: 2, checksPassed: 0, checksWarned: 4 });
    const skipped = second.events.filter((event) => event.event === 'task.skipped');
    expect(skipped).toMatchObject([{ checksWarned: 2 }, { checksWarned: 2 }]);
    const again = told(first.events).map((one) => ({
      ...one,
      line: one.line === 7 ? 8 : one.line,
      foundBy: first.run,
      sample: [],
    }));
    expect(told(second.events)).toEqual(again);
    const third = await runTasks(folder, tasks(audit(sql, fine, few, moved)));
    expect(told(third.events)).toEqual(again);
    const state = await stateIn(folder);
    expect((await state.checks({ task: 'core.t' })).find(({ passed, line }) => !passed && line === 7)).toMatchObject({
      run: first.run,
      sample: [{ x: '1' }],
    });
    await state.close();
    writeFileSync(join(folder, 's.csv'), 'x\n2\n3\n4\n');
    expect(await runTasks(folder, tasks(audit(sql, fine, few, moved)))).toMatchObject({ done: 2, checksWarned: 0 });
    expect(await runTasks(folder, tasks(audit(sql, fine, few, moved)))).toMatchObject({
      unchanged: 2,
      checksWarned: 0,
    });
  });

  test('one more file of a glob is another input', async () => {
    const folder = projectFolder();
    const tasks = [load('raw.s', file('*.csv', 'csv'), { x: 'int64' }, { inputs: [] })];
    writeFileSync(join(folder, 'a.csv'), 'x\n1\n');
    await done(folder, tasks);
    expect(await done(folder, tasks)).toEqual([]);
    writeFileSync(join(folder, 'b.csv'), 'x\n2\n');
    expect(await done(folder, tasks)).toEqual(['raw.s']);
    rmSync(join(folder, 'a.csv'));
    expect(await done(folder, tasks)).toEqual(['raw.s']);
  });

  test('other code in the middle builds from there on', async () => {
    const folder = project();
    await done(folder, chain());
    expect(await done(folder, changed(chain(), 'core.total', otherCode))).toEqual([
      'core.above',
      'core.seen',
      'core.total',
    ]);
    const view = changed(chain(), 'core.seen', otherCode);
    await done(folder, chain());
    expect(await done(folder, view)).toEqual(['core.above', 'core.seen']);
  });

  test('another check is other code, another line of the program is not', async () => {
    const folder = project();
    const checked = (line: number, high: number) =>
      changed(chain(), 'core.total', () => ({
        audit: audit(
          'SELECT count(*) AS "rows", max(x) AS m FROM this',
          check('small', { measure: 'm', high, at: { file: 'a.pipe', line } }),
        ),
      }));
    await done(folder, checked(1, 10));
    expect(await done(folder, checked(9, 10))).toEqual(['core.seen']);
    expect(await done(folder, checked(9, 11))).toContain('core.total');
  });

  test('--full builds everything', async () => {
    const folder = project();
    await done(folder, chain());
    expect(await done(folder, chain(), { full: true })).toHaveLength(4);
  });

  test('what depends on more than datasets is built, and so is what stands on it', async () => {
    const folder = project();
    const tasks = chain().map((task) => (task.id === 'core.total' ? { ...task, inputs: null } : task));
    await done(folder, tasks);
    expect(await done(folder, tasks)).toEqual(['core.above', 'core.seen', 'core.total']);
  });

  test('an input that this job does not build counts with the version it has', async () => {
    const folder = project();
    const [source, total] = chain() as [TaskPlan, TaskPlan];
    const alone = [{ ...total, after: [] }];
    await done(folder, [source, total]);
    expect(await done(folder, alone)).toEqual([]);
    await done(folder, [source], { full: true });
    expect(await done(folder, alone)).toEqual(['core.total']);
  });

  test('a failed task is done again, what is above it is not', async () => {
    const folder = project();
    const failing = changed(chain(), 'core.total', () => ({
      audit: audit('SELECT count(*) AS "rows" FROM this', check('none', { measure: 'rows' })),
    }));
    for (let times = 0; times < 2; times++) {
      const { events } = await runTasks(folder, failing);
      expect(events.flatMap((event) => (event.event === 'task.failed' ? [event.task] : []))).toEqual(['core.total']);
      expect(events.flatMap((event) => (event.event === 'task.skipped' ? [event.reason] : []))).toEqual([
        ...(times === 0 ? [] : ['unchanged']),
        'upstream-failed',
        'upstream-failed',
      ]);
    }
  });

  test('a lake whose files are gone, a view that was dropped or replaced: built again', async () => {
    const folder = project();
    const stored = changed(chain(), 'raw.s', (step) => ({ into: into(step.into.dataset, lake('lake/s')) }));
    await done(folder, stored);
    expect(await done(folder, stored)).toEqual(['core.seen']);
    rmSync(join(folder, 'lake'), { recursive: true });
    expect(await done(folder, stored)).toContain('raw.s');
    expect(await done(folder, stored)).toEqual(['core.seen']);
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(join(folder, '.pipec/test.duckdb'));
    await (await instance.connect()).run('CREATE OR REPLACE VIEW core.total AS SELECT 0::BIGINT AS x');
    instance.closeSync();
    expect(await done(folder, stored)).toEqual(['core.above', 'core.seen', 'core.total']);
  });
});
