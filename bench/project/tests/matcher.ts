import { backlotTest } from 'backlot/vitest'
import { Pool } from 'pg'
import backlot from '../backlot.config.ts'
import { report } from '../report.ts'

const { test, expect } = backlotTest(backlot)
const rounds = 300

test('from the acknowledged commit to the matcher', async ({ db }) => {
  const pool = new Pool({ connectionString: db.url })
  const times: number[] = []
  for (let i = 0; i < rounds; i += 1) {
    const email = `customer-${i}@example.org`
    const matched = expect(db.table('customers'))
      .toHaveRow({ email })
      .then(() => performance.now())
    // The first evaluation finds nothing; then the matcher waits for the feed.
    await db.sql`SELECT 1`
    await pool.query('INSERT INTO customers (email) VALUES ($1)', [email])
    const committed = performance.now()
    times.push(Math.max(0, (await matched) - committed))
  }
  await pool.end()
  report(times)
})
