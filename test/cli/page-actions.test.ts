/** What is begun from the page: told where the scheduler tells its own, and ended where it lets its timeout pass. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionsOf, type Means } from '../../compiler/cli/page-actions.ts';
import type { RunEvent } from '../../runtime/events.ts';
import type { ScheduleEvent } from '../../runtime/schedule/events.ts';
import { newFolder } from '../support/command.ts';
import { job, local } from '../support/plans.ts';

const tell = (event: object): string => `console.log(${JSON.stringify(JSON.stringify(event))});`;
const started = { event: 'run.started', run: 'r', at: new Date().toISOString() };
const task = { event: 'task.started', run: 'r', task: 'core.a', attempt: 1 };

/** The actions of a page whose command line is this program. */
async function page(program: string, status: 'running' | 'failed' = 'running') {
  const root = newFolder();
  const module = join(root, 'run.mjs');
  writeFileSync(module, program);
  const [told, heard, recorded]: [ScheduleEvent[], string[], RunEvent[]] = [[], [], []];
  const history: Means['history'] = {
    run: (run) => Promise.resolve({ run, job: 'nightly', status } as Awaited<ReturnType<Means['history']['run']>>),
    pause: () => Promise.resolve(),
    askToCancel: () => Promise.resolve(),
    record: (events) => Promise.resolve(void recorded.push(...events)),
  };
  const begun: Means['started'] = new Set();
  const actions = await actionsOf({
    module,
    root,
    plan: { target: local, jobs: [{ ...job([]), name: 'nightly', timeoutMs: 200 }], datasets: [] },
    history,
    started: begun,
    log: { tell: (event) => void told.push(event), run: () => (event) => void heard.push(event.event) },
    stoppingMs: 300,
  });
  const over = async (): Promise<void> => {
    await Promise.all([...begun].map(({ ended }) => ended));
    await new Promise(setImmediate);
  };
  return { actions, told, heard, recorded, over };
}

test.each(['run', 'retry'] as const)(
  'a %s that never looks at the clock is ended, and noted as failed',
  async (how) => {
    const { actions, told, heard, recorded, over } = await page(`${tell(started)}${tell(task)}for (;;);`, 'failed');
    const { run, retry } = actions;
    if ('without' in run || 'without' in retry) throw new Error('it is not to be had');
    expect(await (how === 'run' ? run({ job: 'nightly' }, 'Anna') : retry({ run: 'before' }, 'Anna'))).toBe('r');
    await over();
    const what = how === 'run' ? 'run nightly' : 'retry before';
    expect(told).toMatchObject([
      { event: 'schedule.begun', what, run: 'r', person: 'Anna' },
      { event: 'schedule.ended', what, run: 'r', status: 'failed', said: expect.stringContaining('timeout of 0.2 s') },
    ]);
    expect(heard).toEqual(['run.started', 'task.started', 'task.failed', 'run.finished']);
    expect(recorded).toMatchObject([{ event: 'task.failed', error: { code: 'timed-out' } }, { event: 'run.finished' }]);
  },
);

test('what ends by itself is told as it ends; what never begins is told to who asked for it alone', async () => {
  const well = await page(tell(started) + tell({ event: 'run.finished', status: 'succeeded' }));
  const badly = await page("console.error('no'); process.exit(3)");
  const begin = async ({ actions: { run } }: typeof well) =>
    'without' in run ? null : await run({ job: 'nightly' }, null);
  expect(await begin(well)).toBe('r');
  await well.over();
  expect(well.told).toMatchObject([
    { event: 'schedule.begun', person: null },
    { event: 'schedule.ended', status: 'succeeded', said: null },
  ]);
  await expect(begin(badly)).rejects.toThrow('no');
  expect(badly.told).toEqual([]);
});
