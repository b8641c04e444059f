import { backlotPlugin } from 'backlot/vitest/config'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    sequence: { shuffle: { files: true, tests: true } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        plugins: [backlotPlugin()],
        test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], isolate: false },
      },
    ],
  },
})
