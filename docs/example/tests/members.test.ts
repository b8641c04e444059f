// #region tests
import { backlotTest } from 'backlot/vitest'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('a new member becomes active by joining', async ({ api, db }) => {
  const added = await api.post('/members', { email: 'ada@example.org' })
  expect(added).toHaveStatus(201)

  expect(await api.post(`/members/${added.body.id}/join`)).toHaveStatus(202)
  // Joining is done in the background: the matcher waits for the commit, and not a moment longer.
  await expect(db.table('members')).toHaveRow({ email: 'ada@example.org', status: 'active' })
})

test('nobody is added twice', async ({ api, db }) => {
  await db.sql`INSERT INTO members (email) VALUES ('ada@example.org')`

  expect(await api.post('/members', { email: 'ada@example.org' })).toHaveStatus(409)
  await expect(db.table('members')).toHaveCount(1)
})
// #endregion
