import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** The engines that `npm test` installs: without them `vitest` alone leaves their tests out, and says so. */
const engines = existsSync(join(import.meta.dirname, 'test/engines/node_modules/chdb'));
if (!engines) console.warn('test/engines is left out: `npm test` installs what it needs');

/** Tests that need no outside server. Those that do are `*.server.ts` below test/e2e and have a config of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', ...(engines ? [] : ['test/engines/**'])],
    globalSetup: ['test/support/bundle.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
  },
});
