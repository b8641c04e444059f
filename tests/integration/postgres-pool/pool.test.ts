import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely'
import { Pool, type PoolClient } from 'pg'
import postgresJs from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { interleave, pool } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

let lab: Lab
let seat: Seat
let app: Pool
/** Clients that are checked out: a test that fails would leave a pool that cannot end. */
const out = new Set<PoolClient>()

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, 'CREATE TABLE users (id int PRIMARY KEY)')
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})
beforeEach(async () => {
  await seat.push()
  app = new Pool({ connectionString: seat.db.url, max: 2 })
  app.on('acquire', (client) => out.add(client))
  app.on('release', (_, client) => out.delete(client))
})
afterEach(async () => {
  for (const client of out) client.release(true)
  await app.end()
  await seat.pop()
})

const soon = { timeout: 60 }

/** Pids and spans differ from run to run, and so do paths and lines. */
function stable(text: string): string {
  return text
    .replaceAll(/pid \d+/g, 'pid …')
    .replaceAll(/for \d+(\.\d+)? (ms|s)\b/g, 'for …')
    .replaceAll(/at .*\/([\w-]+\.test\.ts):\d+:\d+\)?/g, 'at $1')
    .replaceAll(/longer: .*/g, 'longer: …')
}

/** Where the app forgets to give a connection back. */
async function forgetful(): Promise<PoolClient> {
  const client = await app.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO users VALUES (1)')
  return client
}

describe('node-postgres', () => {
  test('exhaustion is waited for, and recovered from', async () => {
    const watched = pool(app)
    await expectProbe(watched).not.toBeExhausted()
    const asserted = expectProbe(watched).toBeExhausted()
    const held = [await app.connect(), await app.connect()]
    await expectProbe(watched).not.toBeExhausted(soon)
    const late = app.query('SELECT 1')
    await asserted
    await expectProbe(watched).toHaveConnections({ total: 2, idle: 0, waiting: 1 })
    for (const client of held) client.release()
    await late
    await expectProbe(watched).not.toBeExhausted()
    await expectProbe(watched).toHaveConnections({ total: 2, idle: 2, waiting: 0 })
    await expectProbe(watched).toHaveNoLeaks()
  })

  test('connections are used again', async () => {
    const watched = pool(app)
    for (let turn = 0; turn < 3; turn += 1) await app.query('SELECT 1')
    await expectProbe(watched).toHaveReused(3)
    await expectProbe(watched).not.toHaveReused(4, soon)
    expect(watched.uses()).toMatchObject([{ times: 3, queries: 3 }])
  })

  test('how long callers waited', async () => {
    const watched = pool(app)
    const held = [await app.connect(), await app.connect()]
    const late = app.query('SELECT pg_sleep(0)')
    await expectProbe(watched).toBeExhausted()
    await expectProbe(watched).not.toAcquireWithin('10 s', soon)
    for (const client of held) client.release()
    await late
    await expectProbe(watched).toAcquireWithin('10 s')
    await expectProbe(watched).not.toAcquireWithin(0, soon)
    expect(watched.waits()).toHaveLength(3)
  })

  test('a connection that is not given back is told with its query and who asked for it', async () => {
    const watched = pool(app)
    const client = await forgetful()
    expect(await watched.held()).toMatchObject([
      {
        kind: 'checked out',
        state: 'idle in transaction',
        query: 'INSERT INTO users VALUES (1)',
        askedAt: expect.arrayContaining([expect.stringContaining('forgetful')]),
      },
    ])
    await client.query('ROLLBACK')
    client.release()
    expect(await watched.held()).toEqual([])
  })

  test('one that is given back with an open transaction is told too', async () => {
    const watched = pool(app)
    const client = await forgetful()
    client.release()
    expect(await watched.held()).toMatchObject([{ kind: 'open transaction', query: 'INSERT INTO users VALUES (1)' }])
    await expectProbe(watched).not.toHaveNoLeaks()
    await app.query('ROLLBACK')
    await expectProbe(watched).toHaveNoLeaks()
  })

  test('one that was checked out before is known', async () => {
    const client = await forgetful()
    const watched = pool(app)
    expect(await watched.held()).toMatchObject([{ kind: 'checked out', askedAt: ['(before the pool was watched)'] }])
    await client.query('ROLLBACK')
    client.release()
    await expectProbe(watched).toHaveNoLeaks()
  })

  test('it serves again after its backends were killed', async () => {
    const watched = pool(app)
    await Promise.all([app.query('SELECT 1'), app.query('SELECT 1')])
    const before = watched.uses().map(({ pid }) => pid)
    const report = await watched.killBackends()
    expect(app.totalCount).toBe(0)
    expect(report).toMatchObject({ killed: 2, wouldCrash: true })
    expect(report.errors.map((error) => Reflect.get(error, 'code'))).toEqual(['57P01', '57P01'])
    await expectProbe(watched).toHaveConnections({ total: 0 })
    expect((await app.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(before).not.toContain(watched.uses()[0]?.pid)
    app.on('error', () => {})
    expect(await watched.killBackends()).toMatchObject({ killed: 1, wouldCrash: false })
  })

  test('a connection that is checked out dies with its backend, and is not kept', async () => {
    const watched = pool(app)
    const client = await app.connect()
    client.on('error', () => {})
    expect(await watched.killBackends()).toMatchObject({ killed: 1, errors: [] })
    await expect(client.query('SELECT 1')).rejects.toThrow()
    client.release()
    await app.query('SELECT 1')
    await expectProbe(watched).toHaveConnections({ total: 1, idle: 1 })
  })

  test('the app notices nothing, and the instruments go at the end of the test', async () => {
    const listeners = () => app.eventNames().map((name) => [name, app.listenerCount(String(name))])
    const before = { connect: app.connect, listeners: listeners() }
    const [first] = [await app.connect()]
    const query = first.query
    const watched = pool(app)
    expect(app.connect).not.toBe(before.connect)
    expect(first.query).not.toBe(query)
    await expect(app.query('SELECT nothing')).rejects.toMatchObject({ code: '42703' })
    const calledBack = await new Promise((resolve) => {
      app.query('SELECT $1::int AS a', [5], (_error, result) => resolve(result.rows))
    })
    expect(calledBack).toEqual([{ a: 5 }])
    await new Promise<void>((resolve, reject) => {
      app.connect((error, client, release) => {
        if (error !== undefined || client === undefined) return reject(error)
        release()
        resolve()
      })
    })
    first.release()
    await expectProbe(watched).toHaveNoLeaks()
    await seat.pop()
    await seat.push()
    expect(app.connect).toBe(before.connect)
    expect(Object.hasOwn(app, 'connect')).toBe(false)
    expect(first.query).toBe(query)
    expect(listeners()).toEqual(before.listeners)
  })

  test('through Drizzle and Kysely', async () => {
    const watched = pool(drizzle(app))
    const kysely = new Kysely({ dialect: new PostgresDialect({ pool: app }) })
    await kyselySql`SELECT 1`.execute(kysely)
    await drizzle(app).execute('SELECT 2')
    await expectProbe(watched).toHaveReused(2)
    await expectProbe(watched).toHaveNoLeaks()
  })
})

describe('postgres.js', () => {
  test('is seen from the server', async () => {
    const sql = postgresJs(seat.db.url, { max: 2 })
    await using watched = pool(sql)
    await expectProbe(watched).toHaveConnections({ total: 0 })
    await sql`SELECT 1`
    await expectProbe(watched).toHaveConnections({ total: 1, idle: 1 })
    await expectProbe(watched).toHaveNoLeaks()
    const reserved = [await sql.reserve(), await sql.reserve()]
    for (const one of reserved) await one`BEGIN`
    await expectProbe(watched).toBeExhausted()
    expect(await watched.held()).toMatchObject(
      Array(2).fill({ kind: 'open transaction', state: 'idle in transaction' }),
    )
    for (const one of reserved) {
      await one`ROLLBACK`
      one.release()
    }
    await expectProbe(watched).toHaveNoLeaks()
    expect(await watched.killBackends()).toMatchObject({ killed: 2 })
    expect(await sql`SELECT 1 AS one`).toMatchObject([{ one: 1 }])
    await sql.end()
  })
})

describe('whatever connects to a service', () => {
  test('is seen from the server, by role or by name', async () => {
    const other = new Pool({ connectionString: seat.db.url, application_name: 'other' })
    const watched = pool(seat.db, { max: 1 })
    const named = pool(seat.db, { application: 'other' })
    // The lab's own connection is the app's.
    await expectProbe(watched).toHaveConnections({ total: 1, idle: 1 })
    await interleave(seat.db, async ({ a }) => {
      await a.begin()
      await expectProbe(watched).toHaveConnections({ total: 1, idle: 1 }, soon)
    })
    await seat.app.query('BEGIN')
    await expectProbe(watched).toBeExhausted()
    await other.query('SELECT 1')
    await expectProbe(named).toHaveConnections({ total: 1 })
    await expectProbe(named).toHaveNoLeaks()
    await expectProbe(watched).not.toHaveNoLeaks()
    await seat.app.query('ROLLBACK')
    await other.end()
  })
})

describe('messages', () => {
  test('who holds which connection, with which query', async () => {
    const watched = pool(app)
    const client = await forgetful()
    expect(stable(await failureOf(expectProbe(watched).toHaveNoLeaks(soon)))).toMatchInlineSnapshot(`
      "Expected the pool to have every connection given back
      but it has 1 connection (at most 2): 1 in use, 0 idle, nobody waits (waited …)

      Held:
        pid …, checked out for …, idle in transaction: INSERT INTO users VALUES (1)
            at pool.test.ts
            at pool.test.ts
            at new Promise (<anonymous>)
            at new Promise (<anonymous>)"
    `)
    expect(stable(await failureOf(expectProbe(watched).toBeExhausted(soon)))).toMatchInlineSnapshot(`
      "Expected the pool to be exhausted
      but it has 1 connection (at most 2): 1 in use, 0 idle, nobody waits (waited …)

      Held:
        pid …, checked out for …, idle in transaction: INSERT INTO users VALUES (1)
            at pool.test.ts
            at pool.test.ts
            at new Promise (<anonymous>)
            at new Promise (<anonymous>)"
    `)
    const counts = { total: 2, idle: expect.any(Number), waiting: 1 }
    expect(stable(await failureOf(expectProbe(watched).toHaveConnections(counts, soon)))).toMatchInlineSnapshot(`
      "Expected the pool to have total: 2, idle: Any<Number>, waiting: 1
      but it has 1 connection (at most 2): 1 in use, 0 idle, nobody waits (waited …)
        ✗ total: 1, expected 2
        ✗ waiting: 0, expected 1

      Held:
        pid …, checked out for …, idle in transaction: INSERT INTO users VALUES (1)
            at pool.test.ts
            at pool.test.ts
            at new Promise (<anonymous>)
            at new Promise (<anonymous>)"
    `)
    expect(
      stable(await failureOf(expectProbe(watched).not.toHaveConnections({ total: 1 }, soon))),
    ).toMatchInlineSnapshot(`
      "Expected the pool not to have total: 1
      but it has 1 connection (at most 2): 1 in use, 0 idle, nobody waits (waited …)

      Held:
        pid …, checked out for …, idle in transaction: INSERT INTO users VALUES (1)
            at pool.test.ts
            at pool.test.ts
            at new Promise (<anonymous>)
            at new Promise (<anonymous>)"
    `)
    expect(stable(await failureOf(expectProbe(watched).toHaveReused(2, soon)))).toMatchInlineSnapshot(`
      "Expected the pool to have checked out one connection 2 times
      but it has 1 connection (at most 2): 1 in use, 0 idle, nobody waits (waited …)

      Connections:
        pid …: checked out once, 2 statements

      Held:
        pid …, checked out for …, idle in transaction: INSERT INTO users VALUES (1)
            at pool.test.ts
            at pool.test.ts
            at new Promise (<anonymous>)
            at new Promise (<anonymous>)"
    `)
    await client.query('ROLLBACK')
    client.release()
    expect(stable(await failureOf(expectProbe(watched).not.toHaveNoLeaks(soon)))).toMatchInlineSnapshot(`
      "Expected the pool to have a connection that was not given back
      but it has 1 connection (at most 2): 0 in use, 1 idle, nobody waits (waited …)"
    `)
    expect(stable(await failureOf(expectProbe(watched).toAcquireWithin(0, soon)))).toMatchInlineSnapshot(`
      "Expected the pool to give everybody a connection within 0 ms
      but it has 1 connection (at most 2): 0 in use, 1 idle, nobody waits (waited …)
      1 of 1 waited longer: …"
    `)
  })

  test('what makes no sense is refused', async () => {
    const watched = pool(app)
    const { toHaveConnections, toHaveReused } = expectProbe(watched)
    expect(await failureOf(toHaveConnections({}))).toMatchInlineSnapshot(`
      "toHaveConnections takes numbers of connections, not {} [BACKLOT_USAGE]
        → name some of total, idle and waiting: toHaveConnections({ total: 5, idle: 0 })"
    `)
    expect(await failureOf(Reflect.apply(toHaveConnections, undefined, [{ active: 1 }]))).toMatchInlineSnapshot(`
      "toHaveConnections takes numbers of connections, not { active: 1 } [BACKLOT_USAGE]
        → name some of total, idle and waiting: toHaveConnections({ total: 5, idle: 0 })"
    `)
    expect(await failureOf(toHaveReused(0))).toMatchInlineSnapshot(`
      "toHaveReused takes how often a connection was checked out, not 0 [BACKLOT_USAGE]
        → for example toHaveReused(3)"
    `)
    const seen = pool(seat.db)
    expect(await failureOf(expectProbe(seen).toBeExhausted())).toMatchInlineSnapshot(`
      "toBeExhausted needs to know how many connections the app may open [BACKLOT_USAGE]
        → write pool(db, { max: 5 }), or hand pool() the app’s own pool"
    `)
    expect(await failureOf(expectProbe(seen).toHaveReused())).toMatchInlineSnapshot(`
      "toHaveReused needs a pool of node-postgres: the app does not tell [BACKLOT_USAGE]
        → hand pool() the app’s own Pool; seen from the server there are connections, not who asked for them"
    `)
    expect(await failureOf(async () => pool(5))).toMatchInlineSnapshot(`
      "pool needs a pool or a Postgres service of the config, not 5 [BACKLOT_USAGE]
        → hand it the app’s own pool: pool(app.pool), or pool(db, { max: 5 }) to look from the server"
    `)
    expect(await failureOf(async () => pool({}))).toMatchInlineSnapshot(`
      "pool needs a Postgres service of the config [BACKLOT_USAGE]
        → hand it the fixture: test('...', async ({ db }) => { pool(db) })"
    `)
  })
})
