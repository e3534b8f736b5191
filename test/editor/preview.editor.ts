/** Rows beside the text: they follow the cursor and each keystroke, say what is wrong, and show what an edit changes. */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('rows follow the cursor and the text', async () => {
  const window = await Window.open(projectFrom('customers'), 'project.pipe', '65:8');
  await window.noProblems();
  const grid = window.view.locator('[role=grid]');
  const columns = grid.locator('[role=columnheader] .name');
  const cells = (column: number) => grid.locator(`[role=gridcell][data-column="${column}"]`);
  await window.press('Control+Enter');
  await grid.locator('[role=gridcell]').first().waitFor();
  // On the last stage of `revenue`: three columns, a row a month and country.
  await expect.poll(() => columns.allTextContents()).toEqual(['month', 'country', 'revenue', 'orders']);
  await window.picture('preview');

  await window.command('Focus Active Editor Group');
  await window.caret(63, 5);
  await expect.poll(() => columns.allTextContents()).toContain('customer_key');
  expect(await window.view.locator('.stage code').textContent()).toContain('join dim_customer');
  await window.picture('preview-stage');

  // A keystroke that leaves a mistake says so, and the rows of before stay.
  await window.caret(65, 80);
  await window.press('End');
  await window.type(' nothing');
  await window.view.locator('.bad-box').waitFor();
  await window.picture('preview-mistake');
  for (let at = 0; at < ' nothing'.length; at += 1) await window.press('Backspace');
  await expect.poll(() => columns.allTextContents()).toEqual(['month', 'country', 'revenue', 'orders']);
  await window.view.locator('.bad-box').waitFor({ state: 'detached' });

  // Sorted by a click on a head, read by keys.
  await grid.locator('[role=columnheader]').filter({ hasText: 'orders' }).locator('button').click();
  await grid.locator('[aria-sort=ascending]').waitFor();
  const ascending = async () => (await cells(3).allTextContents()).map(Number);
  await expect.poll(async () => (await ascending()).join()).toBe((await ascending()).toSorted((a, b) => a - b).join());

  // What an edit changes.
  await window.command('Focus Active Editor Group');
  await window.caret(65, 1);
  await window.press('End');
  await window.press('Enter');
  await window.type('|> set orders = orders * 2');
  await window.view.getByRole('tab', { name: 'Compare' }).click();
  await window.view.locator('.counted.changed').waitFor();
  await grid.locator('.edited ins').first().waitFor();
  await window.picture('preview-compare');
  await window.close();
});

test.skipIf(bench === null)('a large sample can be scrolled, and its counts are said', async () => {
  const window = await Window.open(projectFrom('flights'), 'pipelines/core.pipe', '18:5', {
    'workbench.colorTheme': 'Default Light Modern',
  });
  const grid = window.view.locator('[role=grid]');
  await window.press('Control+Enter');
  await grid.locator('[role=gridcell]').first().waitFor();
  await expect.poll(() => window.view.locator('.facts strong').textContent()).toMatch(/^\d\d,\d{3} rows$/);
  await grid.focus();
  await window.press('Control+End');
  await expect.poll(async () => Number(await grid.locator('.cell.active').getAttribute('data-row'))).toBeGreaterThan(90_000);
  await expect.poll(() => grid.locator('.cell.active').textContent()).toMatch(/\d/);
  await window.picture('preview-flights');
  await window.close();
});
