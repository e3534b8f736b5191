/** The tests in a real VS Code: `npm run test:editor`. One editor for all, so one file after the other. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/editor/*.editor.ts'],
    globalSetup: ['test/editor/server.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    allowOnly: false,
    expect: { poll: { timeout: 45_000, interval: 100 } },
    // A key can be lost by an editor that is busy: a scenario that fails is played once more.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
