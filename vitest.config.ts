import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', 'demo/repo/**', 'evals/suites/**'],
    // Processes, not threads: tests change the working folder and the environment, and some are killed.
    pool: 'forks',
    maxWorkers: 2,
    // Many tests start containers, and two cores are shared.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
