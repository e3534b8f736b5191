/**
 * What the editor itself says of the start of the extension (_Show Running Extensions_), in a window each time. It tells of
 * the machine as much as of the extension, so it is taken on request: `ACTIVATION=5 npm run test:editor -- activation`.
 */
import { afterAll, expect, test } from 'vitest';
import { bench, closeBrowser, projectFrom, Window } from './window.ts';

const windows = Number(process.env['ACTIVATION'] ?? 0);

afterAll(closeBrowser);

test.skipIf(bench === null || windows === 0)('how long the extension takes to activate', async () => {
  const told: number[] = [];
  for (let count = 0; count < windows; count++) {
    const window = await Window.open(projectFrom('customers'), 'project.pipe');
    await window.command('Developer: Show Running Extensions');
    const row = window.page.locator('.runtime-extensions-editor .extension', { hasText: 'pipec' }).first();
    await expect.poll(() => row.locator('.activation-time').textContent()).toMatch(/\d+\s*ms/);
    told.push(Number(/(\d+)\s*ms/.exec((await row.locator('.activation-time').textContent()) ?? '')?.[1]));
    if (count === 0) await window.picture('activation');
    await window.close();
  }
  console.log(`Activation: ${told.join(', ')} ms`);
  expect(told).toHaveLength(windows);
});
