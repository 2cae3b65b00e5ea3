import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: './vitest.global-setup.ts',
    include: ['src-*/**/*.test.ts', 'bench/**/*.test.ts', 'e2e/**/*.test.ts'],
    // TensorFlow, sharp and JavaScript share the cores: one test file at a time, each in its own process. Two at a time
    // were tried on two cores: each took twice as long.
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // On a machine that others use, a second is nothing.
    expect: { poll: { timeout: 30_000 } },
  },
});
