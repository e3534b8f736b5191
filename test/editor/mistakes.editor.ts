/** A mistake is shown while it is typed, in the text and in the list of problems, and goes with its quick fix. */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('a mistake is underlined as it is typed, and gone after its quick fix', async () => {
  const window = await Window.open(projectFrom('customers'), 'project.pipe', '45:30');
  await window.noProblems();
  await window.picture('example');

  // `country` becomes `cuontry`.
  await window.press('Delete', 'Delete');
  await window.type('uo');
  await window.errors.first().waitFor();
  await window.press('Control+Shift+m');
  const problem = window.page.locator('.markers-panel .monaco-list-row', { hasText: 'cuontry' });
  await problem.first().waitFor();
  expect(await window.status.textContent()).toContain('1');
  await window.picture('mistake');

  await window.command('Focus Active Editor Group');
  await window.caret(45, 31);
  const fixes = await window.pressFor('Control+.', window.page.locator('.action-widget .monaco-list-row'));
  await fixes.filter({ hasText: 'replace `cuontry` by `country`' }).first().waitFor();
  await window.picture('fix');
  await window.press('Enter');
  await window.noProblems();
  await window.save();
  expect(window.saved('project.pipe')).toContain("coalesce(country, 'unknown')");
  await window.close();
});
