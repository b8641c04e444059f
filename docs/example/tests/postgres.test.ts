import { fileURLToPath } from 'node:url'
import { defineBacklot, start } from 'backlot'
import { postgres } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import byCommand from '../by-command.config.ts'
import byFunction from '../by-function.config.ts'
import withRoles from '../with-roles.config.ts'

const command = backlotTest(byCommand)
const functions = backlotTest(byFunction)
const { test, expect } = backlotTest(withRoles)

command.test('a command migrates', async ({ db }) => {
  await expect(db.table('members')).toBeEmpty()
})

functions.test('functions migrate and seed', async ({ db }) => {
  await expect(db.table('members')).toHaveRows([{ email: 'ada@example.org' }, { email: 'bob@example.org' }])
})

test('extensions and roles are there before the migrations', async ({ db }) => {
  await db.sql`INSERT INTO members VALUES ('Ada@example.org')`
  // #region as
  expect(await db.as('reader')`SELECT email FROM members WHERE email = 'ada@EXAMPLE.org'`).toHaveLength(1)
  await expect(db.as('reader')`DELETE FROM members`).rejects.toThrow('permission denied for table members')
  // #endregion
})

test('the app has rights on the data alone, and sql is the owner', async ({ db }) => {
  expect(new URL(db.url).username).toBe('backlot_app')
  expect(await db.sql`SELECT current_user AS name`).toEqual([{ name: 'backlot_owner' }])
})

test('a migration that fails shows file, line and statement', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  // #region failing
  const refused = defineBacklot({ root, services: { db: postgres({ migrate: 'refused' }) } })
  await expect(start(refused)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: refused/001_invites.sql:1: relation "member" does not exist [BACKLOT_MIGRATION_FAILED]
      → mend refused/001_invites.sql:1
      1 | CREATE TABLE invites (
      2 |   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      3 |   member_id bigint REFERENCES member (id)
      4 | )]
  `)
  // #endregion
})
