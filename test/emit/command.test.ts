/** What `pipec build` of the built command writes runs by itself, as it does for those who install pipec. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
/** Below the checkout, so that the job finds the engine's package in the `node_modules` above it. */
const folder = mkdtempSync(join(root, 'build', 'command-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(`${status ?? 'killed'}: ${stderr}`).toMatch(/^0: /);
  return stdout;
}

const pipec = join(root, 'bin', 'pipec.mjs');
beforeAll(() => void node(pipec, 'init', 'shop'));

test('a built job runs without pipec', () => {
  node(pipec, '-C', 'shop', 'build');
  expect(node('shop/dist/jobs/nightly.mjs', 'run')).toContain('3 done');
});

test('the page of a run shows the rows of what is unchanged too', () => {
  for (const page of ['first.html', 'second.html']) {
    node(pipec, '-C', 'shop', 'run', '--report', page);
    expect(readFileSync(join(folder, 'shop', page), 'utf8')).toContain('24.90');
  }
});
