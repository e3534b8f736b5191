/** A dataset is run with what it needs; the panel beside the text tells how it went, and its links lead to the text. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('a run shows its tasks, their rows, and the check that failed with its rows', async () => {
  const folder = projectFrom('customers');
  appendFileSync(
    join(folder, 'project.pipe'),
    `
/// One of them is too small.
table large_orders in dwh.marts { key: order_id, checks { expect amount > 20, expect amount < 500 warn } } =
  from fact_order |> select order_id, amount
`,
  );
  const window = await Window.open(folder, 'project.pipe', '57:1');
  await window.noProblems();
  await window.command('pipec: Run Dataset with What It Needs');
  const { view } = window;
  await view.getByText('Succeeded', { exact: true }).waitFor();
  const tasks = view.getByRole('list', { name: 'Tasks' });
  await tasks.getByRole('button', { name: 'dwh.marts.revenue' }).waitFor();
  expect(await tasks.getByRole('listitem').count()).toBe(5);
  expect(await tasks.getByRole('listitem').filter({ hasText: 'dwh.marts.revenue' }).textContent()).toContain('6 rows');
  await window.picture('run');

  await tasks.getByRole('button', { name: 'dwh.core.fact_order' }).click();
  await expect.poll(() => window.page.locator('#status\\.editor\\.selection').textContent()).toMatch(/Ln 48/);

  await window.command('pipec: Run Project');
  await view.getByText('Failed', { exact: true }).waitFor();
  const failed = tasks.getByRole('listitem').filter({ hasText: 'large_orders' });
  await failed.getByRole('button', { name: 'expect amount > 20' }).waitFor();
  expect(await failed.getByRole('table').first().getByRole('row').count()).toBeGreaterThan(1);
  await window.picture('run-failed');
  await window.close();
});

test.skipIf(bench === null)('lenses run, test, preview and plan, in the target that is chosen', async () => {
  const folder = projectFrom('customers');
  appendFileSync(join(folder, 'project.pipe'), "\ntarget other { engine: duckdb(path: '.pipec/other.duckdb') }\n");
  const window = await Window.open(folder, 'project.pipe', '48:8');
  const { page } = window;
  await window.noProblems();
  await window.press('Control+b');
  const box = page.locator('.quick-input-widget .quick-input-box input');
  await window.status.click();
  await box.waitFor();
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'other' }).click();
  await expect.poll(() => window.status.textContent()).toContain('customers · other');

  // Those of the first dataset in sight; the one before them is of a target.
  const lens = (text: string) =>
    page.locator('.editor-instance').first().locator('.codelens-decoration a', { hasText: text });
  await lens('run').first().click();
  await window.shown('Succeeded').waitFor();
  await window.shown('other (duckdb)').waitFor();
  await window.picture('lens-run');

  await window.press('Control+1');
  await lens('preview').first().click();
  await page.locator('.tab', { hasText: 'Preview' }).waitFor();

  await window.press('Control+1');
  await lens('1 test').first().click();
  await page.locator('.test-explorer').getByText('1/1').waitFor();

  await window.press('Control+1');
  await window.press('Control+End');
  await lens('plan').last().click();
  await page.locator('.terminal-wrapper.active').waitFor();
  await expect
    .poll(() => page.locator('.terminal-wrapper.active .xterm-rows').textContent())
    .toMatch(/Nothing has been changed/);
  await window.picture('lens-plan');
  await window.close();
});
