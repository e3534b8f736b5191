import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Tests against servers, each file's own, which it starts and stops: `npm run test:servers`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.server.ts'],
    globalSetup: ['test/support/bundle.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
  },
});
