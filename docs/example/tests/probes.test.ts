import { backlotTest } from 'backlot/vitest'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('every matcher of a table', async ({ db }) => {
  // #region sql
  const email = 'ada@example.org'
  const [ada] = await db.sql<{ id: string }>`INSERT INTO members (email) VALUES (${email}) RETURNING id`
  await db.sql.begin(async (sql) => {
    await sql`INSERT INTO members (email, status) VALUES ('bob@example.org', 'active')`
    await sql`UPDATE members SET joined_at = now() WHERE status = 'active'`
  })
  // #endregion

  // #region matchers
  const members = db.table('members')
  await expect(members).toHaveRow({ id: ada?.id, status: 'invited', joined_at: null })
  await expect(members).toHaveRow({ email: expect.stringMatching(/^bob@/), joined_at: expect.any(Date) })
  await expect(members).toHaveRows([{ status: 'active' }, { status: 'invited' }], { exact: true })
  await expect(members).toHaveCount(1, { status: 'active' })
  await expect(members).not.toHaveRow({ status: 'blocked' })

  await db.sql`DELETE FROM ${db.sql.id('members')}`
  await expect(members).toBeEmpty()
  // #endregion

  // #region changes
  const changes = await db.changes()
  expect(changes.map(({ table, kind }) => `${kind} ${table}`)).toContain('delete public.members')
  // #endregion
})

test('an absence that the app could still end', async ({ db }) => {
  // #region holds
  await expect(db.table('members')).toHaveCount(0, {}, { holdsFor: '100 ms' })
  // #endregion
})
