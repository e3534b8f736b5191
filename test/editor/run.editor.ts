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
