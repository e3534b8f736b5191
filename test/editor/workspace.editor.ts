/** Workspaces that are not as one wishes: not trusted, without a pipec, with a server that does not start. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startWary } from './server.ts';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

let wary: Running | null = null;

beforeAll(async () => {
  if (bench !== null) wary = await startWary(bench);
});
afterAll(async () => {
  await closeBrowser();
  await wary?.end();
});

test.skipIf(bench === null)('in a workspace that is not trusted the language works, and nothing runs', async () => {
  const folder = projectFrom('customers');
  // Whoever starts it leaves a file behind.
  const trap = join(folder, 'started');
  const script = join(folder, 'evil.mjs');
  writeFileSync(script, `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(trap)}, '');`);
  const settings = { 'pipec.path': script };
  const window = await Window.open(folder, 'project.pipe', '36:12', settings, wary?.port);
  const { page, view } = window;
  await window.noProblems();
  const notification = page.locator('.notification-list-item');

  // What the program says is told; what would run says why it does not.
  await window.press('Control+b');
  await window.command('pipec: Inspect Dataset');
  await view.getByRole('heading', { name: 'dwh.core.dim_customer' }).waitFor();
  await view.getByText('this workspace is not trusted').first().waitFor();
  for (const name of ['Run', 'Test', 'Preview'])
    expect(await view.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
  await view.getByRole('tab', { name: 'Runs' }).click();
  await view.getByText('Nothing of a workspace is run before it is trusted').waitFor();
  await window.picture('untrusted');
  await window.press('Control+1');
  await page.locator('.codelens-decoration a', { hasText: 'run' }).first().click();
  await notification.filter({ hasText: "runs the workspace's program" }).first().waitFor();
  await window.picture('untrusted-run');

  // Mistakes are found.
  await window.caret(45, 30);
  await window.press('Delete', 'Delete');
  await window.type('uo');
  await window.errors.first().waitFor();

  // The palette offers nothing that runs.
  const box = page.locator('.quick-input-widget .quick-input-box input');
  await window.pressFor('F1', box);
  await box.fill('>pipec: ');
  const offered = page.locator('.quick-input-widget .monaco-list-row');
  await offered.filter({ hasText: 'Show Lineage' }).first().waitFor();
  expect(await offered.filter({ hasText: /Run|Test|Preview/ }).count()).toBe(0);
  await window.press('Escape');
  expect(() => readFileSync(trap)).toThrow();
  await window.close();
});

test.skipIf(bench === null)(
  'without a pipec in the project, the extension brings the language and tells how to run',
  async () => {
    const window = await Window.open(projectFrom('customers', { hasPipec: false }), 'project.pipe', '45:30');
    const { page } = window;
    await window.noProblems();
    await window.press('Delete', 'Delete');
    await window.type('uo');
    await window.errors.first().waitFor();
    await window.command('pipec: Run Dataset');
    const told = page.locator('.notification-list-item').filter({ hasText: 'Running needs pipec in the project' });
    await told.first().waitFor();
    await told.getByRole('button', { name: 'Install in Terminal' }).first().waitFor();
    await window.picture('without-pipec');
    await told.getByRole('button', { name: 'Install in Terminal' }).first().click();
    await page.locator('.terminal-wrapper.active').waitFor();

    // The walkthrough: its steps open, and tell.
    await window.command('pipec: Get Started');
    const walkthrough = page.locator('.gettingStartedContainer');
    await walkthrough.getByText('Get started with pipec').first().waitFor();
    for (const step of ['Write a table', 'Mend a mistake', 'Test it', 'Run it']) {
      await walkthrough.getByRole('button', { name: step }).first().click();
      await walkthrough.locator('.getting-started-step.expanded', { hasText: step }).waitFor();
    }
    await window.picture('walkthrough');
    await window.close();
  },
);

test.skipIf(bench === null)('where no server starts, a task still finds the mistakes', async () => {
  const folder = projectFrom('customers');
  const command = join(import.meta.dirname, '../../bin/pipec.mjs');
  writeFileSync(
    join(folder, 'old.mjs'),
    `if (process.argv[2] === 'lsp') process.exit(1);\nelse await import(${JSON.stringify(command)});\n`,
  );
  const file = join(folder, 'project.pipe');
  writeFileSync(file, readFileSync(file, 'utf8').replace('coalesce(country', 'coalesce(cuontry'));
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  const build = {
    type: 'pipec',
    command: 'build',
    problemMatcher: '$pipec',
    group: { kind: 'build', isDefault: true },
  };
  writeFileSync(join(folder, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [build] }));
  const window = await Window.openBare(folder, 'README.md', '1:1', { 'pipec.path': join(folder, 'old.mjs') });
  const { page } = window;
  await page
    .locator('#pipec\\.pipec\\.pipec[aria-label*="did not start"], #pipec\\.pipec\\.pipec[aria-label*="has stopped"]')
    .waitFor();
  const told = page.locator('.notification-list-item');
  await told.filter({ hasText: 'The language server did not start' }).first().waitFor();
  await window.picture('no-server');
  expect(await told.allTextContents()).toHaveLength(1);
  await window.command('Tasks: Run Build Task');
  await page.locator('#status\\.problems a[aria-label*="1"]').waitFor();
  await window.press('Control+Shift+m');
  const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'cuontry' });
  await problem.first().waitFor();
  await window.picture('task');
  expect(await problem.first().textContent()).toContain('unknown-column');
  await window.close();
});
