import { defineConfig } from 'vitest/config'
import { backlotPlugin } from '../../../../src/vitest/config.ts'

export default defineConfig({ plugins: [backlotPlugin()], test: { include: ['suites/*.ts'], testTimeout: 60_000 } })
