import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { timeless, withConsoles } from '../../scripts/docs/consoles.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('the README shows what pipec prints: else run `npm run docs`', () => {
  expect(timeless(withConsoles(readme))).toBe(timeless(readme));
}, 120_000);
