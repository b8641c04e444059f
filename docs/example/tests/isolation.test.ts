import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../backlot.config.ts'

// #region choose
const { test, expect } = backlotTest(backlot)
const cloned = backlotTest(backlot, { isolation: 'clone' })

test('a member that is written is undone', async ({ db }) => {
  await db.sql`INSERT INTO members (email) VALUES ('ada@example.org')`
  await expect(db.table('members')).toHaveCount(1)
})

cloned.test('a schema that is changed is thrown away with its database', async ({ db }) => {
  await db.sql`ALTER TABLE members ADD COLUMN phone text`
  await db.sql`INSERT INTO members (email, phone) VALUES ('bob@example.org', '555')`
  await expect(db.table('members')).toHaveCount(1)
})
// #endregion

describe('of the two', () => {
  test.beforeAll(({ db }) => db.sql`INSERT INTO members (email) VALUES ('carol@example.org')`)

  test('each has its own isolation and what its own hooks made', async ({ db }) => {
    expect(db.isolation).toBe('rewind')
    await expect(db.table('members')).toHaveRows([{ email: 'carol@example.org' }], { exact: true })
  })

  cloned.test('and sees nothing of the other', async ({ db }) => {
    expect(db.isolation).toBe('clone')
    await expect(db.table('members')).toBeEmpty()
  })
})
