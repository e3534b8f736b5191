/** Tests in the Test Explorer: found, run, and one that fails shows the rows that differ beside the text. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('tests are found and run, and a failure shows the rows that differ', async () => {
  const folder = projectFrom('customers');
  const file = join(folder, 'project.pipe');
  const text = readFileSync(file, 'utf8');
  // The second test is made to expect what does not come.
  const wrong = text.replace("name: 'Anna', country: 'FR'", "name: 'Anna', country: 'IT'");
  expect(wrong).not.toBe(text);
  writeFileSync(file, wrong);
  const window = await Window.open(folder, 'project.pipe', '63:1');
  await window.noProblems();

  await window.command('Testing: Focus on Test Explorer View');
  const tree = window.page.locator('.test-explorer .monaco-list-row');
  await tree.filter({ hasText: 'fact_order' }).first().waitFor();
  await window.command('Test: Run All Tests');
  await window.page.locator('.test-explorer').getByText('1/2').waitFor();
  // The editor opens its list of results by itself, or not: nothing of ours decides it.
  await window.command('Focus on Test Results View');
  // Results are told in a list beside the rows that differ, as the editor compares two texts.
  const results = window.page.locator('.test-output-peek-tree .monaco-list-row');
  await results.filter({ hasText: 'as of the order' }).first().waitFor();
  await results.filter({ hasText: 'a late change' }).first().waitFor();
  await tree.filter({ hasText: 'dim_customer' }).first().click();
  await window.press('ArrowRight');
  await tree.filter({ hasText: 'a late change' }).first().waitFor();

  // At the failing test itself: what was expected beside what came.
  await window.command('Focus Active Editor Group');
  await window.caret(82, 3);
  await window.command('Test: Peek Output');
  const diff = window.page.locator('.test-output-peek-message-container .monaco-diff-editor');
  await diff.waitFor();
  await expect.poll(() => diff.locator('.editor.original').textContent()).toMatch(/IT/);
  await expect.poll(() => diff.locator('.editor.modified').textContent()).toMatch(/FR/);
  await window.picture('test-failed');
  await window.close();
});
