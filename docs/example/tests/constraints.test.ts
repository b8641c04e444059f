import { backlotTest } from 'backlot/vitest'
import { Pool } from 'pg'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('what the schema refuses', async ({ db }) => {
  const pool = new Pool({ connectionString: db.url })
  // #region violate
  await db.sql`INSERT INTO members (email) VALUES ('ada@example.org')`

  const again = pool.query("INSERT INTO members (email) VALUES ('ada@example.org')")
  await expect(again).toViolate('unique', { constraint: 'members_email_key' })

  await expect(pool.query('INSERT INTO members DEFAULT VALUES')).toViolate('not null', {
    table: 'members',
    column: 'email',
  })
  await expect(() => pool.query("INSERT INTO members (email) VALUES ('bob@example.org')")).not.toViolate('unique')
  // #endregion
  await pool.end()
})
