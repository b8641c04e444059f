import { interleave, phenomena } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('who waits for whom', async ({ db }) => {
  // #region interleave
  await db.sql`INSERT INTO members (email) VALUES ('ada@example.org')`

  const run = await interleave(db, async ({ a, b }) => {
    await a.begin('repeatable read')
    await a.sql`SELECT status FROM members WHERE email = 'ada@example.org'`
    await b.begin()
    await b.sql`UPDATE members SET status = 'active' WHERE email = 'ada@example.org'`

    const update = a.sql`UPDATE members SET status = 'blocked' WHERE email = 'ada@example.org'`
    await expect(update).toBeBlockedBy(b)
    await b.commit()
    await expect(update).toFailWith('serialization failure')
  })

  expect(run.anomalies).toEqual(['serialization failure'])
  expect(run.steps.at(-2)).toMatchObject({ session: 'a', waitedFor: ['b'], error: { code: '40001' } })
  await expect(db.table('members')).toHaveRow({ status: 'active' })
  // #endregion
})

test('what each isolation level lets happen', async ({ db }) => {
  // #region phenomena
  await db.sql`INSERT INTO members (email, status) VALUES ('ada@example.org', '1 point')`

  const found = await phenomena(db, {
    'non-repeatable read': {
      read: (sql) => sql`SELECT status FROM members`,
      write: (sql) => sql`UPDATE members SET status = 'active'`,
    },
    'lost update': {
      read: (sql) => sql`SELECT status FROM members`,
      write: (sql, [row]) => sql`UPDATE members SET status = ${Number.parseInt(String(row?.status), 10) + 1}`,
      check: (sql) => sql`SELECT status FROM members`,
    },
  })

  expect(found).toEqual({
    'read committed': { 'non-repeatable read': 'happens', 'lost update': 'happens' },
    'repeatable read': { 'non-repeatable read': 'prevented', 'lost update': 'error 40001' },
    serializable: { 'non-repeatable read': 'prevented', 'lost update': 'error 40001' },
  })
  // #endregion
})
