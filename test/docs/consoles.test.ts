import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consolePages, timeless, withConsoles } from '../../scripts/docs/consoles.ts';

const root = join(import.meta.dirname, '..', '..');

test.each(consolePages)(
  '%s shows what pipec prints: else run `npm run docs`',
  (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    expect(timeless(withConsoles(text))).toBe(timeless(text));
  },
  120_000,
);
