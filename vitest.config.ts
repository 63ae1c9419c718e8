import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** How long what comes later is waited for: a machine that others work on as well takes its time. Milliseconds. */
const PATIENCE = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    // Most end-to-end tests wait more than they work, so that two share two cores well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/seed.ts'],
          include: ['src/**/*.test.ts', 'dashboard/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 20_000,
          expect: PATIENCE,
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles: ['test/seed.ts'],
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          expect: PATIENCE,
        },
      },
    ],
  },
});
