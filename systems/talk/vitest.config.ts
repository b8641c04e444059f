import { backlotPlugin } from 'backlot/vitest/config'
import { defineConfig } from 'vitest/config'

const onServices = { plugins: [backlotPlugin()] }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], isolate: false } },
      { ...onServices, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], isolate: false } },
      // The real OAuth clients against servers on loopback: real HTTP, no database.
      { test: { name: 'clients', include: ['tests/clients/**/*.test.ts'] } },
      // A process of its own takes half a second to start: apart, so that it does not hide what the others cost.
      { ...onServices, test: { name: 'server', include: ['tests/server/**/*.test.ts'] } },
    ],
  },
})
