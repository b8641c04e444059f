import { backlotPlugin } from 'backlot/vitest/config'
import { defineConfig } from 'vitest/config'

export default defineConfig({ plugins: [backlotPlugin()], test: { include: ['tests/*.ts'], testTimeout: 60_000 } })
