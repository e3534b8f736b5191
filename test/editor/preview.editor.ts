/** Rows beside the text: they follow the cursor and each keystroke, say what is wrong, and show what an edit changes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, committed, projectFrom, Window } from './window.ts';

/** The files that the example reads. */
const data = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

afterAll(closeBrowser);

test.skipIf(bench === null)('rows follow the cursor and the text', async () => {
  const folder = projectFrom('customers');
  committed(folder);
  const window = await Window.open(folder, 'project.pipe', '61:8');
  await window.noProblems();
  const grid = window.view.locator('[role=grid]');
  const columns = grid.locator('[role=columnheader] .name');
  const cells = (column: number) => grid.locator(`[role=gridcell][data-column="${column}"]`);
  await window.command('Preview Rows');
  await grid.locator('[role=gridcell]').first().waitFor();
  // On the last stage of `revenue`: a row a month and country.
  await expect.poll(() => columns.allTextContents()).toEqual(['month', 'country', 'revenue', 'orders']);
  await window.picture('preview');

  await window.press('Control+1');
  await window.caret(59, 5);
  await expect.poll(() => columns.allTextContents()).toContain('customer_key');
  expect(await window.view.locator('.stage code').textContent()).toContain('join dim_customer');
  await window.picture('preview-stage');

  // A keystroke that leaves a mistake says so, and the rows of before stay.
  await window.caret(61, 80);
  await window.press('End');
  await window.type(' + nothing');
  await window.view.locator('.bad-box').waitFor();
  await window.picture('preview-mistake');
  for (let at = 0; at < ' + nothing'.length; at += 1) await window.press('Backspace');
  await expect.poll(() => columns.allTextContents()).toEqual(['month', 'country', 'revenue', 'orders']);
  await window.view.locator('.bad-box').waitFor({ state: 'detached' });

  // Sorted by a click on a head, read by keys.
  await grid.locator('[role=columnheader]').filter({ hasText: 'orders' }).locator('button').click();
  await grid.locator('[aria-sort=ascending]').waitFor();
  await expect.poll(() => cells(3).allTextContents()).toEqual(['1', '1', '1', '1', '1', '2']);

  // What an edit changes.
  await window.press('Control+1');
  await window.caret(61, 1);
  await window.press('End');
  await window.press('Enter');
  // The editor has put `|> ` there.
  await window.type('set orders = orders * 2');
  await window.view.getByRole('tab', { name: 'Compare' }).click();
  await window.view.locator('.counted.changed').waitFor();
  await grid.locator('.edited ins').first().waitFor();
  await window.picture('preview-compare');
  expect(await window.view.locator('select').inputValue()).toBe('committed');
  await window.close();
});

test.skipIf(bench === null)('a large sample can be scrolled, and its counts are said', async () => {
  const folder = projectFrom('flights');
  const project = join(folder, 'project.pipe');
  writeFileSync(project, readFileSync(project, 'utf8').replace('../../node_modules/vega-datasets/data', data));
  const window = await Window.open(folder, 'pipelines/core.pipe', '18:5', {
    'workbench.colorTheme': 'Default Light Modern',
  });
  const grid = window.view.locator('[role=grid]');
  await window.pressFor('Control+Enter', grid.locator('[role=gridcell]'));
  await expect.poll(() => window.view.locator('.facts strong').textContent()).toMatch(/^\d\d,\d{3} rows$/);
  await grid.focus();
  await window.press('Control+End');
  await expect
    .poll(async () => Number(await grid.locator('.cell.active').getAttribute('data-row')))
    .toBeGreaterThan(90_000);
  await expect.poll(() => grid.locator('.cell.active').textContent()).toMatch(/\d/);
  await window.picture('preview-flights');
  await window.close();
});

test.skipIf(bench === null)('a dataset that is pinned shows what an edit upstream does to it', async () => {
  const window = await Window.open(projectFrom('customers'), 'project.pipe', '36:12', {
    'workbench.colorTheme': 'Default High Contrast',
  });
  await window.noProblems();
  const grid = window.view.locator('[role=grid]');
  await window.pressFor('Control+Enter', grid.locator('[role=gridcell]'));
  await expect.poll(() => grid.locator('.nulls').count()).toBeGreaterThan(0);
  await window.view.getByRole('button', { name: 'Pin' }).click();
  await window.view.locator('button[aria-pressed=true]').waitFor();
  await window.press('Control+1');
  await window.caret(24, 46);
  await window.press('End');
  await window.type(' { timezone: nothing }');
  await window.view.locator('.bad-box').waitFor();
  expect(await window.view.locator('h1').textContent()).toBe('dwh.core.dim_customer');
  await window.picture('preview-high-contrast');
  const undone = async () => {
    await window.press('Control+z');
    return await window.view.locator('.bad-box').count();
  };
  await expect.poll(undone, { timeout: 20_000, interval: 500 }).toBe(0);
  // By the keyboard: the first cell, one down, copied.
  await grid.focus();
  await window.press('Control+Home', 'ArrowDown');
  await expect.poll(() => grid.getAttribute('aria-activedescendant')).toBe('cell-1-0');
  // What is computed meanwhile is said as well, and in the place of it.
  const copied = async () => {
    await window.press('Control+c');
    return await window.view.locator('.spoken').first().textContent();
  };
  await expect.poll(copied, { interval: 500 }).toBe('Copied');
  await window.picture('preview-keys');
  await window.close();
});
