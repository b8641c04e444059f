import { backlotTest } from 'backlot/vitest'
import { sql } from 'drizzle-orm'
import { describe, vi } from 'vitest'
import backlot from '../../backlot.config.ts'
import { type Clock, createConnector, poolDefaults } from '../../src/index.ts'
import { connect } from '../support/connect.ts'

const { test, expect } = backlotTest(backlot)

/** A clock that does not wait, and keeps how long it was asked to. */
function hastyClock(): Clock & { readonly pauses: readonly number[] } {
  const pauses: number[] = []
  return { now: () => new Date(), sleep: async (milliseconds) => void pauses.push(milliseconds), pauses }
}

describe('connector', () => {
  test('the start asks a database that does not answer 4 times, 5 seconds apart', async () => {
    const clock = hastyClock()
    const nobody = {
      databaseUrl: 'postgresql://plant@127.0.0.1:1/plant',
      readReplicaUrl: null,
      pool: poolDefaults.test,
    }
    await using connector = createConnector(nobody, clock)
    await expect(connector.start()).rejects.toMatchObject({ code: 'database-unavailable', status: 503 })
    expect(clock.pauses).toEqual([5_000, 5_000, 5_000])
  })

  test('the start resolves once database and replica answer', async ({ db }) => {
    const clock = hastyClock()
    await using connector = connect(db, { readReplicaUrl: db.url, clock })
    await connector.start()
    expect(clock.pauses).toEqual([])
    expect(connector.metrics()).toMatchObject({ write: { acquired: 1 }, read: { acquired: 1 } })
  })

  test('a statement without an answer in time is given up at once, in a savepoint too, and ends on the server', async ({
    db,
  }) => {
    await using connector = connect(db, { commandTimeoutMs: 200 })
    const slow = connector.session({}, (session) =>
      session.savepoint((inner) => inner.db.execute(sql`select pg_sleep(20)`)),
    )
    await expect(slow).rejects.toMatchObject({ code: 'command-timeout', status: 504 })
    expect(connector.metrics().write).toMatchObject({ checkedOut: 0, idle: 0 })
    const running = sql`select from pg_stat_activity where query like '%pg_sleep(20)%' and pid <> pg_backend_pid()`
    await vi.waitFor(
      async () => {
        const { rows } = await connector.session({}, (session) => session.db.execute(running))
        expect(rows).toEqual([])
      },
      { timeout: 5_000, interval: 50 },
    )
  })

  test('the statement timeout is the server\u2019s', async ({ db }) => {
    await using connector = connect(db, { statementTimeoutMs: 1234 })
    const { rows } = await connector.session({}, ({ db: session }) => session.execute(sql`show statement_timeout`))
    expect(rows).toEqual([{ statement_timeout: '1234ms' }])
  })

  test('an agent is named for the transaction alone', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0 })
    const agent = 'select current_agent_id() as agent'
    const inside = await connector.session({ agentId: 'ada' }, (session) => session.db.execute(agent))
    // The same connection, and nobody has named themselves since.
    await using after = await connector.acquire()
    expect(inside.rows).toEqual([{ agent: 'ada' }])
    expect((await after.client.query(agent)).rows).toEqual([{ agent: null }])
  })

  test('a session for reading cannot write, and isolation is what was asked for', async ({ db }) => {
    await using connector = connect(db)
    const settings = sql`select current_setting('transaction_read_only') as reads, current_setting('transaction_isolation') as isolation`
    const { rows } = await connector.session({ mode: 'read', isolation: 'serializable' }, (session) =>
      session.db.execute(settings),
    )
    expect(rows).toEqual([{ reads: 'on', isolation: 'serializable' }])
  })

  test('a connection that was ended while it was kept is replaced', async ({ db }) => {
    await using connector = connect(db)
    const ended = await connector.acquire()
    // The server ends it after the answer; the pool takes it back before it hears of that.
    await ended.client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
    ended.release()
    const { rows } = await connector.session({}, (session) => session.db.execute(sql`select 1 as one`))
    expect(rows).toEqual([{ one: 1 }])
  })

  test('a kept connection that does not answer is replaced, if it has to answer first', async ({ db }) => {
    const settings = { size: 1, maxOverflow: 0, connectTimeoutMs: 200, commandTimeoutMs: 400 }
    const one = sql`select 1 as one`
    for (const prePing of [true, false]) {
      await using connector = connect(db, { ...settings, prePing })
      const busy = await connector.acquire()
      const abandoned = expect(busy.client.query('select pg_sleep(5)')).rejects.toThrow()
      busy.release()
      const next = connector.session({}, (session) => session.db.execute(one))
      if (prePing) await expect(next).resolves.toMatchObject({ rows: [{ one: 1 }] })
      else await expect(next).rejects.toMatchObject({ code: 'command-timeout' })
      expect(connector.metrics().write.replaced).toBe(prePing ? 1 : 0)
      await abandoned
    }
  })

  test('a connection that is ended during a session is an error, and not the end of the process', async ({ db }) => {
    await using connector = connect(db)
    const ended = connector.session({}, async (session) => {
      await session.db.execute(sql`select pg_terminate_backend(pg_backend_pid())`)
    })
    await expect(ended).rejects.toMatchObject({ code: 'database-unavailable' })
    expect(connector.metrics().write).toMatchObject({ checkedOut: 0, idle: 0 })
  })
})
