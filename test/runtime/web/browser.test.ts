/** The page in a real browser: what a person sees and does, with names, rows and log lines as hostile as they can be. */
import { spawnSync } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pageAssets } from '../../../compiler/emit/assets.ts';
import { uiPage } from '../../../compiler/emit/ui/page.ts';
import type { RunEvent } from '../../../runtime/events.ts';
import type { JobPlan, Plan, TaskPlan } from '../../../runtime/plan.ts';
import { Declined } from '../../../runtime/web/actions.ts';
import { plan } from '../../emit/plan.ts';
import { eventsOf, record, type TestWeb, testWeb } from '../../support/web.ts';

const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim())
  .find((path) => path !== '');

const HOSTILE = `"><img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`;
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const [nightly] = plan.jobs;
const [load, build] = nightly?.tasks ?? [];
if (nightly === undefined || load === undefined || build === undefined) throw new Error('the plan has no job');

/** A task that does as the plan's own, under another name. */
function named(task: TaskPlan, id: string, after: readonly string[]): TaskPlan {
  return { ...task, id, after, step: { ...task.step, into: { ...task.step.into, dataset: id } } } as TaskPlan;
}

/** `count` jobs of `wide` tasks; the first is hostile in every word. */
function large(count: number, wide: number): Plan {
  const jobs = Array.from({ length: count }, (_, index): JobPlan => {
    const tasks = Array.from({ length: wide }, (_, place) =>
      named(
        build as TaskPlan,
        `dwh.s${index}.t${place}`,
        place === 0 ? [] : [`dwh.s${index}.t${Math.floor((place - 1) / 3)}`],
      ),
    );
    return { ...(nightly as JobPlan), name: `job ${String(index).padStart(4, '0')}`, tasks };
  });
  const [dataset] = plan.datasets;
  const datasets = jobs.flatMap(({ tasks }) =>
    tasks.map(({ id, after }) => ({ ...dataset, name: id, reads: after }) as Plan['datasets'][number]),
  );
  return { ...plan, jobs, datasets };
}

function hostile(): Plan {
  const [first, second] = [`raw.${HOSTILE}`, `dwh.${HOSTILE}`];
  const tasks = [{ ...named(load as TaskPlan, first, []), pool: HOSTILE }, named(build as TaskPlan, second, [first])];
  const datasets = plan.datasets.slice(0, 2).map((dataset, index) => ({
    ...dataset,
    name: [first, second][index] ?? '',
    doc: HOSTILE,
    owner: HOSTILE,
    layer: HOSTILE,
    reads: index === 0 ? [] : [first],
    columns: [{ name: HOSTILE, type: HOSTILE, nullable: false, doc: HOSTILE }],
    lineage: [
      { column: HOSTILE, from: index === 0 ? [] : [{ dataset: first, column: HOSTILE, kind: 'direct' as const }] },
    ],
  }));
  return {
    ...plan,
    project: HOSTILE,
    jobs: [{ ...(nightly as JobPlan), name: HOSTILE, doc: HOSTILE, tasks, pools: { [HOSTILE]: 2 } }],
    datasets,
  };
}

async function served(of: Plan, given: Parameters<typeof testWeb>[1] = {}): Promise<TestWeb> {
  const { script, style } = await pageAssets('ui');
  return await testWeb(of, {
    assets: { html: uiPage(), script, style },
    ...given,
  });
}

it.runIf(executablePath === undefined)('needs chromium, which is not here: the page is not seen', () => {});

describe.skipIf(executablePath === undefined)('the page in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => await browser.close());

  /** Whatever the browser complains of, a script that it refuses to run among it, fails the test. */
  async function open(web: TestWeb, hash = '', expected: RegExp | null = null): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (failure) => complaints.push(failure.message));
    page.on('dialog', (dialog) => void dialog.accept());
    onTestFinished(async () => {
      await page.close();
      expect(complaints.filter((text) => expected === null || !expected.test(text))).toEqual([]);
    });
    await page.goto(`http://127.0.0.1:${web.port}/${hash}`);
    await page.waitForSelector('h1');
    return page;
  }

  it('shows jobs, the history of one, its graph, and the log of a task', async () => {
    const web = await served(plan);
    for (let index = 0; index < 5; index += 1)
      await record(web, plan, eventsOf(plan, `r${index}`, at(index), index === 4 ? 'dwh.core.orders' : null));
    const page = await open(web);
    expect(await page.locator('nav .job').count()).toBe(1);
    await page.click('nav .job');
    await page.waitForSelector('.grid .cell');
    expect(await page.locator('.grid .heads .bar').count()).toBe(5);
    expect(await page.locator('.grid .cell').count()).toBe(15);
    expect(await page.locator('.box.bad').getAttribute('data-id')).toBe('dwh.core.orders');
    expect(await page.locator('.flow').count()).toBe(2);
    expect(await page.locator('.durations rect.good, .durations rect.bad').count()).toBe(5);
    await page.click('.grid .cell:has(i.bad)');
    await page.waitForSelector('.log li.bad');
    expect(await page.locator('aside h2').textContent()).toBe('orders');
    expect(await page.locator('.log li.bad').first().textContent()).toContain('the statement failed');
    await page.click('aside [role="tab"]:text("SQL")');
    await page.waitForSelector('aside pre .word');
    await page.keyboard.press('Escape');
    await page.waitForSelector('aside', { state: 'detached' });
    expect(new URL(page.url()).hash).toBe('#/job/nightly/r4');
    // What is shown has an address.
    await page.goBack();
    await page.waitForSelector('aside');
  });

  it('shows all datasets with how each ended last, and finds one', async () => {
    const web = await served(plan);
    await record(web, plan, eventsOf(plan, 'r0', at(0), 'dwh.core.orders'));
    const page = await open(web, '#/datasets');
    await page.waitForSelector('.box');
    expect(await page.locator('.box').count()).toBe(3);
    expect(await page.locator('.box.bad').getAttribute('data-id')).toBe('dwh.core.orders');
    await page.fill('.find input', 'class');
    expect(await page.locator('main tbody tr').count()).toBe(1);
    await page.click('main tbody a:has(b)');
    await page.waitForSelector('h1:text("class")');
  });

  it('shows on its first page what is to be looked at, and who is in a pool', async () => {
    const [job] = plan.jobs;
    const tasks = (job?.tasks ?? []).map((task) => ({ ...task, pool: 'erp' }));
    const of: Plan = { ...plan, jobs: [{ ...(job as JobPlan), tasks, pools: { erp: 3 } }] };
    const web = await served(of);
    const [started, first] = eventsOf(of, 'r1', new Date().toISOString()) as [RunEvent, RunEvent];
    const judged = {
      at: at(0),
      run: 'r1',
      task: 'dwh.core.orders',
      sample: [],
      file: 'a.pipe',
      line: 1,
      foundBy: null,
    };
    await record(web, of, [
      started,
      first,
      { event: 'check.failed', check: 'expect a > 0 warn', severity: 'warn', failing: 31, rows: 396, ...judged },
      { event: 'check.failed', check: 'fresh within 1h', severity: 'error', failing: null, rows: 396, ...judged },
    ]);
    const page = await open(web);
    const looked = page.locator('section:has(h2:text("To look at")) tbody tr');
    await looked.first().waitFor();
    expect(await looked.allTextContents()).toEqual([
      expect.stringMatching(/^orders dwh\.corefailedfresh within 1h \d+ d ago$/),
      expect.stringMatching(/^orders dwh\.corewarnedexpect a > 0 warn 31 of 396 rows\d+ d ago$/),
    ]);
    expect(await page.locator('.pools li').textContent()).toBe('erp1 of 3 places takenorders');
    expect(await page.locator('.pools .meter i.running').count()).toBe(1);
    await page.click('.pools a');
    await page.waitForSelector('aside h2:has-text("orders")');
  });

  it('shows on its first page what went wrong lately, and for how long', async () => {
    const web = await served(plan);
    await record(web, plan, eventsOf(plan, 'r0', at(0), 'dwh.core.orders'));
    await record(web, plan, eventsOf(plan, 'r1', at(50)));
    await record(web, plan, eventsOf(plan, 'r2', at(90), 'dwh.core.orders'));
    const page = await open(web);
    const rows = page.locator('section:has(h2:text("What went wrong")) tbody tr');
    await rows.first().waitFor();
    expect(await rows.allTextContents()).toEqual([
      expect.stringMatching(/^2\d{3}-\d\d-\d\d \d\d:\d\d:\d\dnightlyfailednot yet$/),
      expect.stringMatching(/nightlyfailedafter \d+ m \d\d s$/),
    ]);
    await rows.last().locator('a .chip').click();
    await page.waitForURL('**/#/job/nightly/r0');
  });

  it('moves while something runs', async () => {
    const web = await served(plan);
    await record(web, plan, eventsOf(plan, 'r0', at(0)));
    const page = await open(web, '#/job/nightly');
    await page.waitForSelector('.grid .cell');
    await page.waitForTimeout(500);
    const events = eventsOf(plan, 'r1', new Date().toISOString());
    const begun = events.findIndex((event) => event.event === 'task.finished' && event.task === 'dwh.core.orders');
    await record(web, plan, events.slice(0, begun));
    await page.waitForSelector('.box.running[data-id="dwh.core.orders"]');
    expect(await page.locator('.box.good').count()).toBe(1);
    await page.click('.box.running');
    await page.waitForSelector('.log li.running');
    for (const event of events.slice(begun)) web.state.recorder.record(event);
    await web.state.recorder.flush();
    await page.waitForSelector('.log li.good');
    await page.waitForSelector('.box.good[data-id="dwh.marts.class"]');
    expect(await page.locator('aside .chip').textContent()).toBe('succeeded');
    expect(await page.locator('.grid .heads .bar').count()).toBe(2);
  });

  it('acts, tells what came of it, and says why where it does not', async () => {
    const acted: unknown[] = [];
    const does = (name: string) => (body: unknown) => {
      acted.push([name, body]);
      return Promise.resolve(`${name} done`);
    };
    const web = await served(plan, {
      actions: {
        run: () => Promise.reject(new Declined('the database is busy')),
        pause: does('pause'),
        resume: does('resume'),
        retry: does('retry'),
        cancel: does('cancel'),
        backfill: { without: 'not here' },
      },
    });
    await record(web, plan, eventsOf(plan, 'r0', at(0), 'dwh.core.orders'));
    const page = await open(web, '#/job/nightly', /409/);
    await page.click('button:text("Retry")');
    await page.waitForSelector('.said .good:text("retry done")');
    await page.click('button:text("Run now")');
    await page.waitForSelector('.said .bad:text("the database is busy")');
    await page.click('button:text("Pause")');
    await page.waitForSelector('.said .good:text("pause done")');
    expect(acted).toEqual([
      ['retry', { run: 'r0' }],
      ['pause', { job: 'nightly' }],
    ]);
    await web.history.pause('nightly', Date.now(), null);
    await page.waitForSelector('button:text("Resume")');
    expect(await page.locator('nav .job').textContent()).toContain('paused');
  });

  it('is never led by what people named, nor by rows or what a log says', async () => {
    const of = hostile();
    const [, second = ''] = of.datasets.map(({ name }) => name);
    const quarantine = () => Promise.resolve({ columns: [HOSTILE], rows: [[HOSTILE], [null]] });
    const web = await served(of, { quarantine });
    const events = eventsOf(of, 'r0', at(0), second).map(
      (event): RunEvent =>
        event.event === 'task.failed'
          ? {
              ...event,
              error: {
                ...event.error,
                message: HOSTILE,
                hint: HOSTILE,
                engine: HOSTILE,
                statement: HOSTILE,
                sample: [{ [HOSTILE]: HOSTILE }],
              },
            }
          : event,
    );
    const check = {
      event: 'check.failed',
      at: at(0),
      run: 'r0',
      task: second,
      check: HOSTILE,
      severity: 'warn',
      failing: 1,
      rows: 2,
      sample: [{ [HOSTILE]: HOSTILE }],
      file: HOSTILE,
      line: 1,
      foundBy: null,
    } as const;
    await record(web, of, [...events.slice(0, -1), check, ...events.slice(-1)]);
    const enc = encodeURIComponent;
    const places = [
      '',
      '#/datasets',
      `#/job/${enc(HOSTILE)}`,
      `#/job/${enc(HOSTILE)}/r0/${enc(second)}`,
      '#/run/r0',
      ...of.datasets.map(({ name }) => `#/dataset/${enc(name)}`),
    ];
    const page = await open(web, '', /503|409/);
    for (const place of places) {
      await page.goto(`http://127.0.0.1:${web.port}/${place}`);
      await page.reload();
      await page.waitForSelector('h1');
      await page.waitForTimeout(200);
      for (const tab of await page.locator('aside [role="tab"]').all()) await tab.click();
      expect(await page.title(), place).not.toBe('pwned');
      expect(await page.locator('img, main script, aside script, nav script').count(), place).toBe(0);
      expect(await page.locator('body').textContent(), place).toContain('<img src=x');
    }
    await page.goto(`http://127.0.0.1:${web.port}/#/dataset/%E0%A4%A`);
    await page.waitForSelector('h1');
    for (const nothing of ['#/job/none', '#/run/none', '#/dataset/none', `#/dataset/${enc('../../etc/passwd')}`]) {
      const lost = await open(web, nothing, /404/);
      await lost.waitForSelector('.problem:text("there is nothing of that name")');
    }
  });

  it('asks for a token where it needs one, and lets a viewer look', async () => {
    const viewer = 'a-viewers-token-of-some-length';
    const web = await served(plan, { access: { tokens: { operator: null, viewer }, secure: false } });
    const page = await open(web, '', /401/);
    await page.fill('#token', 'wrong');
    await page.click('button:text("Sign in with the token")');
    await page.waitForSelector('.problem:text("that is no token of this server")');
    await page.fill('#token', viewer);
    await page.keyboard.press('Enter');
    await page.waitForSelector('nav .job');
    await page.click('nav .job');
    const run = page.locator('button:text("Run now")');
    await run.waitFor();
    expect([await run.isDisabled(), await run.getAttribute('title')]).toEqual([
      true,
      'a viewer looks, and changes nothing',
    ]);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.click('button:text("Sign out")');
    await page.waitForSelector('#token');
  });

  it('holds a thousand jobs, and one of six hundred tasks', async () => {
    const of = large(1000, 2);
    const web = await served({ ...of, jobs: [...of.jobs, { ...(large(1, 600).jobs[0] as JobPlan), name: 'wide' }] });
    for (const [index, job] of of.jobs.entries())
      await record(web, { ...of, jobs: [job] }, eventsOf({ ...of, jobs: [job] }, `r${index}`, at(index)));
    const wide = { ...of, jobs: [{ ...(large(1, 600).jobs[0] as JobPlan), name: 'wide' }] };
    for (let index = 0; index < 3; index += 1) await record(web, wide, eventsOf(wide, `w${index}`, at(2000 + index)));
    const page = await open(web);
    expect(await page.locator('nav .job').count()).toBe(1001);
    await page.fill('nav input', 'job 0999');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("job 0999")');
    await page.fill('nav input', 'wide');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("wide")');
    expect(await page.locator('.grid .cell').count()).toBe(1800);
    expect(await page.locator('.box').count()).toBe(600);
  });
});
