import { pool } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { Pool } from 'pg'
import backlot from '../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('a pool of the code under test', async ({ db }) => {
  const appPool = new Pool({ connectionString: db.url, max: 2 })
  appPool.on('error', () => {})
  // #region pool
  const watched = pool(appPool)

  const held = [await appPool.connect(), await appPool.connect()]
  const late = appPool.query('SELECT 1')
  await expect(watched).toBeExhausted()
  await expect(watched).toHaveConnections({ total: 2, idle: 0, waiting: 1 })

  for (const client of held) client.release()
  await late
  await expect(watched).toHaveReused(2)
  await expect(watched).toAcquireWithin('5 s')
  await expect(watched).toHaveNoLeaks()
  // #endregion

  // #region kill
  const report = await watched.killBackends()
  expect(report).toMatchObject({ killed: 2, wouldCrash: false })
  await appPool.query('SELECT 1')
  await expect(watched).toHaveConnections({ total: 1 })
  // #endregion
  await appPool.end()
})

test('whatever connects', async ({ db, api }) => {
  // #region server
  const watched = pool(db, { max: 10 })
  await api.post('/members', { email: 'ada@example.org' })
  await expect(watched).not.toBeExhausted()
  await expect(watched).toHaveNoLeaks()
  // #endregion
})
