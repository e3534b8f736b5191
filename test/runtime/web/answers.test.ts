/** What the page is told, out of a record that a test has filled. */
import { get } from 'node:http';
import { expect, test } from 'vitest';
import type { LiveMessage } from '../../../runtime/web/api.ts';
import { plan } from '../../emit/plan.ts';
import { BY_PAGE, eventsOf, record, type TestWeb, testWeb } from '../../support/web.ts';

const json = async (web: TestWeb, path: string) => JSON.parse((await web.ask(path)).text);
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();

async function withRuns(count: number): Promise<TestWeb> {
  const web = await testWeb(plan);
  for (let index = 0; index < count; index += 1)
    await record(web, plan, eventsOf(plan, `r${index}`, at(index), index % 3 === 2 ? 'dwh.core.orders' : null));
  return web;
}

test('jobs with their last thirty runs, oldest first', async () => {
  const web = await withRuns(32);
  const { jobs } = await json(web, '/api/jobs');
  expect(jobs).toMatchObject([
    {
      job: 'nightly',
      schedule: '0 3 * * * Europe/Berlin',
      next: expect.stringMatching(/T0[12]:00:00.000Z$/),
      paused: false,
      queued: 0,
    },
  ]);
  expect(jobs[0].last).toEqual({ run: 'r31', status: 'succeeded', startedAt: at(31) });
  expect(jobs[0].runs).toEqual(
    Array.from({ length: 30 }, (_, index) => [index % 3 === 0 ? 'failed' : 'succeeded', 40]),
  );
});

test('a job: what became of each task in each run, and where the boxes stand', async () => {
  const web = await withRuns(3);
  const job = await json(web, '/api/jobs/nightly');
  expect(job.tasks.map(({ task }: { task: string }) => task)).toEqual([
    'raw.orders',
    'dwh.core.orders',
    'dwh.marts.class',
  ]);
  expect(job.history.map(({ run }: { run: { run: string } }) => run.run)).toEqual(['r0', 'r1', 'r2']);
  expect(job.history[2].tasks).toEqual([
    { task: 'raw.orders', status: 'succeeded', reason: null, ms: 12 },
    { task: 'dwh.core.orders', status: 'failed', reason: null, ms: 12 },
    { task: 'dwh.marts.class', status: 'succeeded', reason: null, ms: 12 },
  ]);
  expect(job.tasks[1].after).toEqual(['raw.orders']);
});

test('a log comes in parts, of a run or of one task in it', async () => {
  const web = await withRuns(1);
  const whole = await json(web, '/api/runs/r0/log');
  expect(whole.events.map(({ event }: { event: string }) => event)).toEqual(
    eventsOf(plan, 'r0', at(0)).map(({ event }) => event),
  );
  expect(whole.more).toBe(false);
  expect((await json(web, `/api/runs/r0/log?after=${whole.after}`)).events).toEqual([]);
  const one = await json(web, '/api/runs/r0/log?task=raw.orders');
  expect(
    one.events.filter((event: { task?: string }) => event.task !== undefined && event.task !== 'raw.orders'),
  ).toEqual([]);
  expect((await web.ask('/api/runs/r0/log?after=-1')).status).toBe(400);
  expect((await web.ask('/api/runs/none/log')).status).toBe(404);
});

test('all datasets, with how each ended when it was tried last', async () => {
  const web = await withRuns(3);
  const { datasets } = await json(web, '/api/datasets');
  expect(datasets).toMatchObject([
    { dataset: 'raw.orders', reads: [], job: 'nightly', last: { run: 'r2', status: 'succeeded', rows: 3 } },
    { dataset: 'dwh.core.orders', reads: ['raw.orders'], last: { run: 'r2', status: 'failed' } },
    { dataset: 'dwh.marts.class', last: { run: 'r2', status: 'succeeded' } },
  ]);
});

test('a log of more events than anybody reads begins with the last of them', async () => {
  const web = await testWeb(plan);
  const events = eventsOf(plan, 'long', at(0));
  const many = Array.from(
    { length: 12_000 },
    (_, index) => ({ event: 'run.warned', at: at(0), run: 'long', message: `${index}` }) as const,
  );
  await record(web, plan, [...events.slice(0, -1), ...many, ...events.slice(-1)]);
  const log = await json(web, '/api/runs/long/log');
  expect([log.events.length, log.cut, log.more, log.events.at(-1).event]).toEqual([
    10_000,
    true,
    false,
    'run.finished',
  ]);
  const first = await json(web, '/api/runs/long/log?after=0');
  expect([first.events.length, first.cut, first.more, first.events[0].event]).toEqual([
    2000,
    false,
    true,
    'run.started',
  ]);
});

test('a dataset: how it is made, what it stands on, what was found of it', async () => {
  const web = await withRuns(1);
  const dataset = await json(web, '/api/datasets/dwh.core.orders');
  expect(dataset).toMatchObject({
    kind: 'table',
    job: 'nightly',
    reads: ['raw.orders'],
    readers: ['dwh.marts.class'],
    checks: [{ text: 'rows > 0', severity: 'error' }],
  });
  expect(dataset.sql).toContain('SELECT orders."id"');
  expect(dataset.around).toEqual([
    { dataset: 'dwh.core.orders', reads: ['raw.orders'] },
    { dataset: 'raw.orders', reads: [] },
    { dataset: 'dwh.marts.class', reads: ['dwh.core.orders'] },
  ]);
  expect((await json(web, '/api/datasets/raw.orders')).sql).toBeNull();
  expect((await json(web, '/api/datasets/dwh.marts.class')).kind).toBe('view');
});

test('the plan’s own words for its target are in no answer', async () => {
  const target = {
    ...plan.target,
    engine: { kind: 'postgres' as const, place: { kind: 'server' as const, url: 'postgres://me:hunter2@db/x' } },
  };
  const web = await testWeb({ ...plan, target });
  for (const path of [
    '/api/session',
    '/api/jobs',
    '/api/jobs/nightly',
    '/api/datasets/raw.orders',
    '/api/datasets/dwh.core.orders',
  ])
    expect((await web.ask(path)).text).not.toMatch(/hunter2|postgres:/);
});

test('what happens is told to those who listen, once each', async () => {
  const web = await withRuns(1);
  const heard: LiveMessage[] = [];
  const listening = get({ host: '127.0.0.1', port: web.port, path: '/api/live' }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      for (const [, data = ''] of text.matchAll(/^data: (.*)$/gm)) heard.push(JSON.parse(data));
    });
  });
  listening.on('error', () => undefined);
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await new Promise((resolve) => listening.once('response', resolve));
  // It begins to listen from where the record stands then.
  await web.history.position();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await record(web, plan, eventsOf(plan, 'later', at(50)));
  await until(() => heard.some((message) => message.is === 'runs' && message.runs.includes('later')));
  expect(heard.filter(({ is }) => is === 'runs')).toEqual([{ is: 'runs', runs: ['later'], ended: true }]);
  const [row] = heard.flatMap((message) => (message.is === 'jobs' ? message.jobs : []));
  expect(row?.last).toMatchObject({ run: 'later', status: 'succeeded' });
  await web.history.pause('nightly', Date.now(), null);
  await until(() => heard.some((message) => message.is === 'jobs' && message.jobs[0]?.paused === true));
  listening.destroy();
});

test('texts of others are served beside, to those who may', async () => {
  const web = await testWeb(plan, { texts: { '/metrics': () => Promise.resolve('pipec_runs 1\n') } });
  const answer = await web.ask('/metrics');
  expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
    200,
    'pipec_runs 1\n',
    'text/plain; charset=utf-8',
  ]);
  expect((await web.ask('/metrics', { method: 'POST', headers: BY_PAGE, body: '{}' })).status).toBe(405);
});

test('what is late, what does not hold, and who is in a pool', async () => {
  const [nightly] = plan.jobs;
  if (nightly === undefined) throw new Error('the plan has no job');
  const tasks = nightly.tasks.map((task) => (task.id === 'dwh.core.orders' ? { ...task, pool: 'erp' } : task));
  const web = await testWeb({
    ...plan,
    jobs: [{ ...nightly, tasks, pools: { erp: 2 }, slaMs: 60_000 }],
    datasets: plan.datasets.map((one) => (one.name === 'raw.orders' ? { ...one, freshMs: 60_000 } : one)),
  });
  expect(await json(web, '/api/standing')).toEqual({
    late: [],
    broken: [],
    pools: [{ pool: 'erp', places: 2, inside: [], waiting: 0 }],
    happened: [],
  });
  expect(await json(web, '/api/environments')).toEqual({ environments: [] });
  const due = Date.now() - 3_600_000;
  await web.queue.lead('a test', Date.now(), 60_000);
  await web.queue.leading(async (ledger) => {
    await ledger.enqueue([{ job: 'nightly', times: [due], considered: due }], due);
  });
  const events = eventsOf(plan, 'r0', at(0));
  const judged = {
    at: at(0),
    run: 'r0',
    task: 'dwh.core.orders',
    file: 'a.pipe',
    line: 1,
    foundBy: null,
    sample: [{ a: 1 }],
  };
  await record(web, plan, [
    ...events.slice(0, 4),
    { event: 'check.failed', check: 'expect a > 0', severity: 'error', failing: 1, rows: 9, ...judged },
    { event: 'check.passed', check: 'rows > 1', severity: 'error', failing: null, rows: 9, ...judged },
  ]);
  for (;;) {
    const { late, broken, pools, happened } = await json(web, '/api/standing');
    if (late.length === 0) {
      // An answer that is fresh is shared.
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    expect(late).toEqual([
      {
        job: 'nightly',
        dataset: null,
        dueAt: new Date(due).toISOString(),
        since: new Date(due + 60_000).toISOString(),
      },
      { job: 'nightly', dataset: 'raw.orders', dueAt: at(0), since: at(1) },
    ]);
    expect(broken).toEqual([
      { run: 'r0', task: 'dwh.core.orders', check: 'expect a > 0', severity: 'error', failing: 1, rows: 9, at: at(0) },
    ]);
    expect(pools).toEqual([
      { pool: 'erp', places: 2, inside: [{ task: 'dwh.core.orders', run: 'r0', job: 'nightly' }], waiting: 1 },
    ]);
    const lateSince = new Date(due + 60_000).toISOString();
    expect(happened).toEqual([{ what: 'late', job: 'nightly', run: null, at: lateSince, until: null }]);
    return;
  }
});
