/** What is known of the dataset at the cursor: from its text, from its rows, from its runs and tests, and what an edit changes. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, committed, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

/** The example with a table whose check does not hold, and a test that expects what does not come; it has been run. */
function judgedProject(): string {
  const folder = projectFrom('customers');
  const file = join(folder, 'project.pipe');
  writeFileSync(file, readFileSync(file, 'utf8').replace("name: 'Anna', country: 'FR'", "name: 'Anna', country: 'IT'"));
  appendFileSync(
    file,
    `
/// One of them is too small.
table large_orders in dwh.marts { key: order_id, checks { expect amount > 20, expect amount < 500 warn } } =
  from fact_order |> select order_id, amount, nullif(customer_key, -1) as customer_key
`,
  );
  committed(folder);
  const command = join(import.meta.dirname, '../../bin/pipec.mjs');
  const run = (...words: readonly string[]) =>
    spawnSync(process.execPath, [command, 'run', ...words], { cwd: folder, encoding: 'utf8' });
  expect(run().stdout).toContain('expect amount > 20');
  expect(run('+revenue', '--full')).toMatchObject({ status: 0 });
  return folder;
}

test.skipIf(bench === null)('the inspector tells what program, rows, runs and tests say of a dataset', async () => {
  const window = await Window.open(judgedProject(), 'project.pipe', '36:12');
  await window.noProblems();
  await window.press('Control+b');
  await window.command('pipec: Inspect Dataset');
  const { view } = window;
  await view.getByRole('heading', { name: 'dwh.core.dim_customer' }).waitFor();
  const nulls = (column: string) => view.getByRole('row').filter({ hasText: column }).locator('td.nulls');
  await expect.poll(() => nulls('valid_to').textContent()).toMatch(/^\d+ %$/);
  expect(await nulls('customer_key').textContent()).toBe('–');
  await window.picture('inspector');

  // Its runs, and how its checks went.
  await view.getByRole('tab', { name: 'Runs' }).click();
  const runs = view.getByRole('region', { name: 'Runs' }).locator('tr.run');
  await expect.poll(() => runs.count()).toBe(2);
  await window.picture('inspector-runs');
  await view.getByRole('tab', { name: 'Checks' }).click();
  const checks = view.getByRole('region', { name: 'Checks' }).getByRole('listitem');
  await checks.filter({ hasText: 'key [customer_key]' }).getByLabel('holds').waitFor();

  // Its tests, run from here.
  await view.getByRole('button', { name: 'Test' }).click();
  const tests = view.getByRole('region', { name: 'Tests' }).getByRole('listitem');
  await tests.filter({ hasText: 'a late change' }).getByLabel('fails').waitFor();
  await expect.poll(() => tests.getByRole('row').count()).toBeGreaterThan(2);
  await window.picture('inspector-tests');

  // Another dataset, whose check failed with rows.
  await window.press('Control+1');
  await window.caret(98, 3);
  await view.getByRole('heading', { name: 'dwh.marts.large_orders' }).waitFor();
  const failed = checks.filter({ hasText: 'amount > 20' });
  await failed.getByLabel('fails').waitFor();
  expect(await failed.getByRole('row').count()).toBeGreaterThan(1);
  await window.picture('inspector-checks');
  await window.close();
});

test.skipIf(bench === null)('the inspector compares rows before and after an edit', async () => {
  const window = await Window.open(judgedProject(), 'project.pipe', '98:3', {
    'workbench.colorTheme': 'Default Light Modern',
  });
  await window.noProblems();
  await window.press('Control+b');
  await window.command('pipec: Inspect Dataset');
  const { view } = window;
  await view.getByRole('heading', { name: 'dwh.marts.large_orders' }).waitFor();
  const nulls = view.getByRole('row').filter({ hasText: 'customer_key' }).locator('td.nulls');
  await expect.poll(() => nulls.textContent()).toBe('14 %');
  await window.picture('inspector-light');
  await view.getByRole('tab', { name: 'Compare' }).click();
  await view.getByText('The edit changes no row.').waitFor();
  await window.press('Control+1');
  await window.caret(98, 1);
  await window.press('End');
  await window.type(' |> where amount > 50 |> set amount = amount + 1');
  await view.locator('.counted.removed').filter({ hasText: '6 removed' }).waitFor();
  await view.locator('[role=grid] .edited ins').first().waitFor();
  await window.picture('inspector-compare-light');
  await window.theme('Default High Contrast');
  await window.picture('inspector-compare-high-contrast');
  await view.getByRole('tab', { name: 'Checks' }).click();
  await view.getByLabel('fails').first().waitFor();
  await window.picture('inspector-checks-high-contrast');
  await window.close();
});
