import {defineConfig} from 'vitest/config';

/** Real compilers and interpreters start in many tests, on two cores that all of them share. */
const SYSTEM_TIMEOUT_MS = 120_000;

/** Tests that start sandboxes, servers or native builds: they measure time and look at what is left on the host. */
const SYSTEM_TESTS = [
  'packages/{sandbox,languages,images,engine,server,cli}/test/**/*.test.ts',
  'tests/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    // A test that hangs while it stops must not hold up the others.
    teardownTimeout: 20_000,
    setupFiles: ['tests/patience.ts'],
    // Thousands of real processes, and one of them unlucky now and then: such a test is tried again, and named at the end so that it is mended.
    // One of the security suite, or more than a few, fail the run all the same (tools/run-tests/vitest-suite.ts).
    retry: 1,
    expect: {poll: {timeout: 30_000}},
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'tools/test/**/*.test.ts', 'bench/test/**/*.test.ts'],
          exclude: SYSTEM_TESTS,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 2,
          sequence: {groupOrder: 0},
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: SYSTEM_TESTS,
          testTimeout: SYSTEM_TIMEOUT_MS,
          hookTimeout: SYSTEM_TIMEOUT_MS,
          // One file at a time: a neighbour's fork bomb or full core would bend what the next one measures.
          fileParallelism: false,
          sequence: {groupOrder: 1},
        },
      },
    ],
  },
});
