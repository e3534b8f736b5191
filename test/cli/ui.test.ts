/** The page as people start it: real processes, real runs. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import type { JobsAnswer, RowsAnswer, RunAnswer, Session, StatusAnswer } from '../../runtime/web/api.ts';
import { newFolder, pipec, start, write } from '../support/command.ts';

const SHOP = `
project shop { owner: 'me@example.com', target: local }
target local { engine: duckdb(path: '.pipec/shop.duckdb') }
store dwh : warehouse { owner: 'me@example.com', retention: 1y }
type Order { id: int64 @key, email: string @pii(email), amount: int64, expect amount >= 0 }
source orders : Order from file('orders.csv') in dwh.raw { invalid: quarantine }
table total in dwh.core = from orders |> aggregate sum(amount) as amount
table daily in dwh.core { refresh: batch(by: day, start: date '2026-01-01') } =
  from orders |> aggregate count() as orders group by date '2026-01-02' as day
job nightly { schedule: every(1d), builds: [dwh.*] }
`;
const ORDERS = 'id,email,amount\n1,ann@example.com,5\n2,bob@example.com,-1\n';

function shop(): string {
  const folder = newFolder();
  write(folder, { 'shop.pipe': SHOP, 'orders.csv': ORDERS });
  return folder;
}

interface Acted {
  readonly told?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Starts it and answers where it is. */
async function page(folder: string, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const started = start(['ui', '--port', '0', ...words], { folder, env });
  await started.printed(/http:\/\/[^ ]+/);
  const [url = ''] = /http:\/\/[^ ]+/.exec(started.out()) ?? [];
  const get = async <Answer>(path: string): Promise<Answer> => (await (await fetch(`${url}${path}`)).json()) as Answer;
  const act = async (action: string, body: object): Promise<readonly [number, Acted]> => {
    const headers = { 'X-Pipec': '1', 'Content-Type': 'application/json' };
    const answer = await fetch(`${url}/api/actions/${action}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, (await answer.json()) as Acted];
  };
  const until = async <Answer>(path: string, isThere: (answer: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const answer = await get<Answer>(path);
      if (isThere(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { ...started, url, get, act, until };
}

test('a job is run, looked at, paused and cancelled from the page', async () => {
  const { get, act, until, process: child, ended } = await page(shop());
  expect((await get<Session>('/api/session')).actions).toEqual({
    run: null,
    pause: null,
    resume: null,
    retry: null,
    cancel: null,
    backfill: null,
  });
  const [status, { told }] = await act('run', { job: 'nightly' });
  expect([status, told]).toEqual([200, expect.stringMatching(/^\d{8}-\d{6}-[0-9a-f]{6}$/)]);
  const run = await until<RunAnswer>(`/api/runs/${told}`, (answer) => answer.run.status !== 'running');
  expect(run.run).toMatchObject({ job: 'nightly', status: 'succeeded', done: 3 });
  const quarantine = await get<RowsAnswer>('/api/datasets/dwh.raw.orders/quarantine');
  expect(quarantine.rows).toHaveLength(1);
  expect(JSON.stringify(quarantine)).toContain('id 2, email ***, amount -1');
  expect((await get<StatusAnswer>('/api/datasets/dwh.core.daily/status')).status).toMatchObject({
    built: { rows: 1 },
    intervals: { by: 'day', gaps: [] },
  });
  expect(await act('pause', { job: 'nightly' })).toEqual([200, { told: 'nightly is paused.' }]);
  expect((await get<JobsAnswer>('/api/jobs')).jobs[0]?.paused).toBe(true);
  expect(await act('cancel', { run: told })).toEqual([
    409,
    { code: 'refused', message: `the run ${told} is over: it succeeded` },
  ]);
  expect(await act('retry', { run: told })).toEqual([200, { told: 'Nothing is left to do.' }]);
  const [again, { told: backfilled }] = await act('backfill', {
    dataset: 'dwh.core.daily',
    from: '2026-01-02',
    to: '2026-01-03',
  });
  expect([again, backfilled]).toEqual([200, expect.stringMatching(/^\d{8}-/)]);
  for (const [action, body] of [
    ['run', { job: '--help' }],
    ['run', { job: 'none' }],
    ['retry', { run: '--target' }],
    ['backfill', { dataset: 'dwh.*', from: null, to: null }],
  ] as const)
    expect([action, (await act(action, body))[0]]).toEqual([action, 409]);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

test('a run that the page has begun ends with it, as cancelled', async () => {
  const folder = newFolder();
  const many = `n\n${Array.from({ length: 100_000 }, (_, index) => index + 1).join('\n')}\n`;
  const slow = `type Number { n: int64 @key }
source numbers : Number from file('numbers.csv') in dwh.raw { invalid: quarantine }
table slow in dwh.core = from numbers as c |> cross join numbers as a |> cross join numbers as b |> aggregate sum(abs(a.n - b.n - c.n)) as total
job slowly { builds: [dwh.*] }`;
  write(folder, { 'shop.pipe': `${SHOP.split('type Order')[0]}${slow}`, 'numbers.csv': many });
  const { act, until, process: child, ended } = await page(folder);
  const [, { told }] = await act('run', { job: 'slowly' });
  await until<RunAnswer>(`/api/runs/${told}`, ({ tasks }) =>
    tasks.some((task) => task.task === 'dwh.core.slow' && task.status === 'running'),
  );
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  const { out } = await pipec(['runs', '--json'], { folder });
  expect(JSON.parse(out)).toMatchObject({ run: told, status: 'cancelled' });
});

test('others reach it with a token only, and it is not shown', async () => {
  const folder = shop();
  expect(await pipec(['ui', '--host', '0.0.0.0'], { folder })).toMatchObject({
    code: 2,
    err: expect.stringMatching(/nobody would have to sign in/),
  });
  const short = await pipec(['ui'], { folder, env: { PIPEC_UI_TOKEN: 'short' } });
  expect(short).toMatchObject({ code: 2, err: expect.stringMatching(/`PIPEC_UI_TOKEN` is too short/) });
  expect(short.err).not.toContain('`short`');
  expect((await pipec(['ui', '--url', 'ftp://x'], { folder })).code).toBe(2);
  const oidc = { PIPEC_UI_OIDC_ISSUER: 'https://id.example', PIPEC_UI_OIDC_CLIENT_ID: 'x' };
  for (const [env, why] of [
    [{ PIPEC_UI_OIDC_ISSUER: 'http://id.example' }, /by https/],
    [{ PIPEC_UI_OIDC_ISSUER: 'https://id.example' }, /PIPEC_UI_OIDC_CLIENT_ID/],
    [oidc, /nobody may see the page/],
  ] as const)
    expect(await pipec(['ui', '--url', 'https://x.example'], { folder, env })).toMatchObject({
      code: 2,
      err: expect.stringMatching(why),
    });
  expect(await pipec(['ui'], { folder, env: oidc })).toMatchObject({ code: 2, err: expect.stringMatching(/`--url`/) });
  const token = 'a-token-that-is-long-enough';
  const { url, out, process: child, ended } = await page(folder, [], { PIPEC_UI_TOKEN: token });
  expect((await fetch(`${url}/api/jobs`)).status).toBe(401);
  expect((await fetch(`${url}/api/jobs`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  const headers = { Authorization: `Bearer ${token}`, 'X-Pipec': '1', 'Content-Type': 'application/json' };
  for (const action of ['run', 'pause'])
    await fetch(`${url}/api/actions/${action}`, { method: 'POST', headers, body: '{"job":"nightly"}' });
  child.kill('SIGTERM');
  await ended;
  expect(out()).not.toContain(token);
  // Who did it is whose token it was, in this process as in one that it begins.
  const audit = (await pipec(['audit', '--json'], { folder })).out;
  expect(
    audit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { action: 'pause', by: 'page', who: expect.stringMatching(/^operator token via .+@.+$/) },
    { action: 'run', by: 'page', who: expect.stringMatching(/^operator token via .+@.+$/) },
  ]);
});

test('a port that is taken is told; without one a free one is found', async () => {
  const folder = shop();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { readonly port: number };
  expect(await pipec(['ui', '--port', String(port)], { folder })).toMatchObject({
    code: 3,
    err: expect.stringContaining('error[port-in-use]'),
  });
});

test('a scheduler serves it too, and says where', async () => {
  const folder = shop();
  const scheduler = start(['schedule', '--port', '0'], { folder });
  await scheduler.printed(/leads/);
  const [url = ''] = /http:\/\/[^\s]+/.exec(scheduler.out()) ?? [];
  expect(await (await fetch(`${url}/api/session`)).json()).toMatchObject({
    project: 'shop',
    target: 'local',
    role: 'operator',
  });
  scheduler.process.kill('SIGTERM');
  expect((await scheduler.ended).code).toBe(0);
  const without = start(['schedule', '--no-page', '--json'], { folder });
  await without.printed(/schedule\.leading/);
  without.process.kill('SIGTERM');
  expect((await without.ended).out).not.toContain('schedule.page');
});

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
  .find((path) => path !== '');

test.skipIf(executablePath === undefined)(
  'a gap in the calendar is chosen, computed, and closed before the eyes of who did it',
  async () => {
    const folder = newFolder();
    const days = Array.from({ length: 9 }, (_, index) => `2026-03-0${index + 1}`);
    const orders = (bad: readonly string[]): string =>
      `id,day,amount\n${days.map((day, id) => `${id},${day},${bad.includes(day) ? -1 : 5}`).join('\n')}\n`;
    write(folder, {
      'shop.pipe': `${SHOP.split('type Order')[0]}type Order { id: int64 @key, day: date, amount: int64 }
source orders : Order from file('orders.csv') in dwh.raw
table daily in dwh.core { refresh: batch(by: day, start: date '2026-03-01'), checks { expect amount >= 0 } } =
  from orders |> aggregate sum(amount) as amount group by day
job nightly { builds: [dwh.*] }
`,
      'orders.csv': orders(['2026-03-03', '2026-03-05', '2026-03-06']),
    });
    expect((await pipec(['run'], { folder })).code).toBe(4);
    write(folder, { 'orders.csv': orders([]) });
    expect((await pipec(['run', 'orders'], { folder })).code).toBe(0);
    const { url, get, process: child, ended } = await page(folder);
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    onTestFinished(async () => await browser.close());
    const view = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await view.goto(`${url}/#/dataset/dwh.core.daily`);
    await view.waitForSelector('button.interval');
    const gaps = view.locator('button.interval.gap');
    expect(await gaps.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual([
      '2026-03-03: missing',
      '2026-03-05: missing',
      '2026-03-06: missing',
    ]);
    await gaps.first().click();
    expect(await view.locator('.chosen-interval span').textContent()).toBe('2026-03-03 up to 2026-03-04');
    expect(await view.locator('button.interval[aria-pressed="true"]').count()).toBe(1);
    await view.click('.chosen-interval button:text-is("Compute")');
    await view.waitForSelector('button.interval.done[aria-label="2026-03-03: done"]', { timeout: 60_000 });
    expect(await gaps.count()).toBe(2);
    // From one to another: what is done in between is computed again.
    await view.click('button.interval[aria-label="2026-03-04: done"]');
    await view.click('button.interval[aria-label="2026-03-05: missing"]', { modifiers: ['Shift'] });
    expect(await view.locator('.chosen-interval').textContent()).toBe('2026-03-04 up to 2026-03-06Compute again');
    await view.click('.chosen-interval button');
    await view.waitForSelector('button.interval.done[aria-label="2026-03-05: done"]', { timeout: 60_000 });
    await view.click('button:text("Fill what is missing")');
    await view.waitForSelector('button.interval.done[aria-label="2026-03-06: done"]', { timeout: 60_000 });
    expect(await gaps.count()).toBe(0);
    const { status } = await get<StatusAnswer>('/api/datasets/dwh.core.daily/status');
    expect(status).toMatchObject({ built: { rows: 9 }, intervals: { gaps: [] } });
    child.kill('SIGTERM');
    await ended;
  },
  120_000,
);
