import { backlotTest } from '../../../../../src/vitest/index.ts'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('finds nothing of runs before', async ({ db }) => {
  await expect(db.table('notes')).toBeEmpty()
})
