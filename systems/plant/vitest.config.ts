import { backlotPlugin } from 'backlot/vitest/config'
import { defineConfig } from 'vitest/config'

/** Groups, as the specification's runner has them. `database` has migrations too, `security` policies and the audit trail. */
const groups = ['database', 'migrations', 'rls', 'security', 'vectors', 'pooling', 'transactions']
/** Entities that a test is about. */
const entities = ['base-entity', 'skill', 'agent', 'industry', 'job-role', 'team']

export default defineConfig({
  test: {
    tags: [...groups, ...entities].map((name) => ({ name })),
    // Vitest leaves one core free; a test waits for the server half of its time.
    maxWorkers: '100%',
    sequence: { shuffle: { files: true, tests: true } },
    coverage: {
      include: ['src/**/*.ts'],
      reporter: [['text', { skipFull: true }]],
      thresholds: { statements: 95, branches: 95, functions: 95, lines: 95 },
    },
    projects: [
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        plugins: [backlotPlugin()],
        test: { name: 'integration', include: ['tests/{integration,persistence}/**/*.test.ts'], isolate: false },
      },
    ],
  },
})
