import { defineConfig } from 'vitest/config';

/** Tests against servers, which they start and stop themselves: `npm run test:servers`. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.server.ts'],
    globalSetup: ['test/support/bundle.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
  },
});
