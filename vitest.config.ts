import { defineConfig } from 'vitest/config';

/** Tests that need no outside server. Those that do are `*.server.ts` below test/e2e and have a config of their own. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/bundle.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    allowOnly: false,
  },
});
