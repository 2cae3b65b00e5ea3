import { configDefaults, defineConfig } from 'vitest/config';

/** What measures time or memory, and what drives a browser: nothing runs beside them. */
const ALONE = [
  'e2e/window*.test.ts',
  'e2e/{disk-full,journey,out-of-memory,package,serve,start}.test.ts',
  'src-main/app/runs.test.ts',
  'src-main/services/memory/memory.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: './vitest.global-setup.ts',
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // On a machine that others use, a second is nothing.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src-*/**/*.test.ts', 'bench/**/*.test.ts', 'e2e/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          // TensorFlow, sharp and JavaScript share the cores; much of a test is waiting for a compiler on one of them.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
