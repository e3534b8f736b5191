/** What is known while one writes: completion, hover, going to a declaration, renaming over files, formatting. */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

afterAll(closeBrowser);

test.skipIf(bench === null)('a column is offered, told, gone to and renamed over three files', async () => {
  const window = await Window.open(projectFrom('flights'), 'pipelines/marts.pipe', '107:26');
  const { page } = window;
  await window.noProblems();

  // Its columns are offered after `where`.
  await window.press('End', 'Enter');
  await window.type('where late_f');
  const offered = page.locator('.suggest-widget.visible .monaco-list-row.focused[aria-label^="late_flights"]');
  await window.pressFor('Control+Space', offered);
  await window.picture('completion');
  await window.press('Enter');
  await window.type(' >= 0');
  await window.noProblems();
  await window.save();
  expect(window.saved('pipelines/marts.pipe')).toContain('|> where late_flights >= 0');

  // What it is.
  await window.caret(103, 48);
  const told = page.locator('.monaco-hover:visible .hover-contents');
  await window.pressFor('Control+k Control+i', told.filter({ hasText: 'late_flights' }));
  await window.picture('hover');
  await window.press('Escape');

  // Where it comes from.
  await window.press('F12');
  await window.tab('core.pipe').waitFor();
  const caret = page.locator('#status\\.editor\\.selection');
  await expect.poll(() => caret.textContent()).toMatch(/Ln 42\b/);

  // Another name for it, in all three files that write it.
  const box = page.locator('.rename-box input.rename-input');
  await window.pressFor('F2', box);
  await box.fill('delayed_flights');
  await window.picture('rename');
  await window.press('Enter');
  // A column that is computed from it and has its name is another one, and keeps it.
  for (const [file, text] of [
    ['pipelines/marts.pipe', 'sum(delayed_flights) as late_flights'],
    ['pipelines/core.pipe', 'count_if(f.late) as delayed_flights'],
    ['tests/marts.pipe', 'delayed_flights: 200'],
  ] as const)
    await expect.poll(() => window.saved(file)).toContain(text);
  await window.noProblems();
  await window.close();
});

test.skipIf(bench === null)('a file is laid out when it is saved', async () => {
  const window = await Window.open(projectFrom('customers'), 'project.pipe', '58:3');
  await window.noProblems();
  const before = window.saved('project.pipe');
  await window.press('Home');
  await window.page.keyboard.insertText('     ');
  await window.save();
  await expect.poll(() => window.saved('project.pipe')).toBe(before);
  await window.close();
});
