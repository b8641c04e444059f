import { backlotTest } from '../../../../../src/vitest/index.ts'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('finds the row of the migration', async ({ db }) => {
  await expect(db.table('tea')).toHaveRow({ name: 'assam' })
})

test('drinks it, and fails', async ({ db }) => {
  await db.sql`update tea set grams = 0`
  await expect(db.table('tea')).toHaveRow({ grams: 250 }, { timeout: 100 })
})
