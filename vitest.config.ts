import { defineConfig } from 'vitest/config'

const minute = 60_000

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests must not lean on the order in which they stand. The seed is printed and replays an order: --sequence.seed.
    sequence: { shuffle: { files: true, tests: true } },
    projects: [
      { extends: './docs/example/vitest.config.ts', test: { name: 'docs', root: 'docs/example' } },
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], testTimeout: 10_000 },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: minute,
          hookTimeout: 3 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          testTimeout: minute,
          hookTimeout: 3 * minute,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['tests/package/**/*.test.ts'],
          testTimeout: minute,
          hookTimeout: 5 * minute,
        },
      },
    ],
  },
})
