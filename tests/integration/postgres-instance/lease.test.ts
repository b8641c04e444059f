import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Instance, Lease } from '../../../src/contracts/index.ts'
import { openInstance } from '../../../src/postgres/instance/index.ts'
import { withConnection } from '../../../src/postgres/server/index.ts'
import { withServer } from '../support/postgres.ts'
import { build, infoOf, leaseOptions, query as run } from './support.ts'

let running: Awaited<ReturnType<typeof withServer>>
let instance: Instance
beforeAll(async () => {
  running = await withServer()
  instance = await openInstance(running.server, { version: 18, durable: false })
}, 120_000)
afterAll(async () => {
  await instance.stop()
  await running.stop()
})

const users = `CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE UNLOGGED TABLE sessions (token text);
  INSERT INTO users (name) VALUES ('ada'), ('grace')`

/** A session that the test leaves as it is. */
async function session(url: string, name = 'app'): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name })
  client.on('error', () => {})
  await client.connect()
  return client
}

const names = async (lease: Lease) =>
  (await run(infoOf(lease).url, 'SELECT name FROM users ORDER BY id')).map(({ name }) => name)
const databases = () =>
  withConnection(running.server.superuser, 'test', async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      `SELECT datname FROM pg_database WHERE datname LIKE 'backlot\\_l\\_%'`,
    )
    return rows.map(({ datname }) => datname)
  })

describe.each(['rewind', 'clone'] as const)('a lease with isolation %s', (isolation) => {
  const options = leaseOptions(isolation)
  let lease: Lease
  beforeEach(async () => {
    await build(instance, 'users', users, options)
    lease = await instance.lease('users', { ...options })
  })
  afterEach(async () => {
    await lease.end()
    expect(await databases()).toEqual([])
  })

  test('starts from the baseline, in the isolation asked for', async () => {
    expect(infoOf(lease)).toMatchObject({ isolation })
    expect(infoOf(lease).reason).toBeUndefined()
    expect(await names(lease)).toEqual(['ada', 'grace'])
  })

  test('forgets what a test committed', async () => {
    await lease.push('test', 'nothing')
    await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('linus'); DELETE FROM users WHERE name = 'ada'`)
    await lease.pop()
    expect(await names(lease)).toEqual(['ada', 'grace'])
    expect(await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('next') RETURNING id`)).toEqual([{ id: 3 }])
  })

  test('keeps what an outer mark covers until that mark is gone', async () => {
    await lease.push('file', 'nothing')
    await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('of the file')`)
    for (const label of ['one', 'two']) {
      await lease.push(label, 'setup')
      await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('of the test')`)
      await lease.pop()
      expect(await names(lease)).toEqual(['ada', 'grace', 'of the file'])
    }
    await lease.pop()
    expect(await names(lease)).toEqual(['ada', 'grace'])
    expect(lease.depth()).toBe(0)
  })

  test('reports and ends what a test left open', async () => {
    await lease.push('test', 'nothing')
    let told = 0
    lease.onSessionsEnding(async () => {
      told += 1
    })
    const [transaction, prepared, locked] = [
      await session(infoOf(lease).url, 'left transaction'),
      await session(infoOf(lease).url, 'left prepared'),
      await session(infoOf(lease).url, 'left lock'),
    ]
    await transaction.query(`BEGIN; INSERT INTO users (name) VALUES ('never committed')`)
    await prepared.query(`BEGIN; INSERT INTO users (name) VALUES ('prepared'); PREPARE TRANSACTION 'left behind'`)
    await locked.query('SELECT pg_advisory_lock(42)')
    expect(await lease.inFlight()).toContainEqual(expect.stringContaining('left transaction'))
    const { leaks } = await lease.pop()
    expect(leaks.map(({ kind }) => kind).sort()).toEqual(['advisory lock', 'open transaction', 'prepared transaction'])
    expect(leaks.find(({ kind }) => kind === 'open transaction')?.what).toMatch(/INSERT INTO users.*left transaction/s)
    expect(told).toBeGreaterThan(0)
    expect(await names(lease)).toEqual(['ada', 'grace'])
    expect(await lease.inFlight()).toEqual([])
    await Promise.all([transaction, prepared, locked].map((client) => client.end().catch(() => {})))
  })

  test('comes back whole after DDL and TRUNCATE', async () => {
    await lease.push('test', 'nothing')
    await run(
      infoOf(lease).ownerUrl,
      'ALTER TABLE users ADD COLUMN age int; CREATE TABLE more (id int); TRUNCATE sessions, users',
    )
    const report = await lease.pop()
    expect(report).toMatchObject({ how: 'replaced', info: infoOf(lease) })
    expect(await run(infoOf(lease).url, 'SELECT * FROM users ORDER BY id')).toEqual([
      { id: 1, name: 'ada' },
      { id: 2, name: 'grace' },
    ])
  })

  test('comes back whole when a prepared transaction stands in the way of a move', async () => {
    await lease.push('test', 'nothing')
    await run(infoOf(lease).ownerUrl, 'CREATE TABLE more (id int)')
    await run(
      infoOf(lease).url,
      `BEGIN; INSERT INTO users (name) VALUES ('prepared'); PREPARE TRANSACTION 'in the way'`,
    )
    expect((await lease.pop()).how).toBe('replaced')
    expect(await names(lease)).toEqual(['ada', 'grace'])
  })

  test('is as new for the next worker', async () => {
    await lease.push('test', 'nothing')
    const left = await session(infoOf(lease).url)
    await left.query(`INSERT INTO users (name) VALUES ('of another worker')`)
    await left.query(`BEGIN; INSERT INTO users (name) VALUES ('open')`)
    expect(await lease.recycle()).toBe(true)
    expect(lease.depth()).toBe(0)
    expect(await names(lease)).toEqual(['ada', 'grace'])
    await left.end().catch(() => {})
  })

  test('keeps a copy of how things are, and goes on from the baseline', async () => {
    await lease.push('test', 'nothing')
    await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('evidence')`)
    const kept = await lease.ask('keep', { label: `a failed test (${isolation})` })
    expect(kept).toMatch(/^backlot_kept_\d+_a_failed_test/)
    await lease.pop()
    expect(await names(lease)).toEqual(['ada', 'grace'])
    const listed = (await instance.ask('kept', null)) as { name: string; url: string }[]
    const found = listed.find(({ name }) => name === kept)
    expect(await run(found?.url ?? '', 'SELECT name FROM users ORDER BY id')).toHaveLength(3)
  })

  test('the app has rights on the data alone', async () => {
    await expect(run(infoOf(lease).url, 'DROP TABLE users')).rejects.toMatchObject({ code: '42501' })
    await expect(run(infoOf(lease).url, 'CREATE TABLE mine (id int)')).rejects.toMatchObject({ code: '42501' })
    await expect(run(infoOf(lease).url, 'SET session_replication_role = replica')).rejects.toMatchObject({
      code: '42501',
    })
  })
})

describe.each(['none', 'transaction'] as const)('a lease with isolation %s', (isolation) => {
  test('keeps what was committed, and is as new for the next worker', async () => {
    const options = leaseOptions(isolation)
    await build(instance, 'users', users, options)
    const lease = await instance.lease('users', { ...options })
    await lease.push('test', 'nothing')
    await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('stays')`)
    expect(await lease.pop()).toMatchObject({ how: 'kept' })
    expect(await names(lease)).toEqual(['ada', 'grace', 'stays'])
    const left = await session(infoOf(lease).url)
    await left.query(`BEGIN; INSERT INTO users (name) VALUES ('prepared'); PREPARE TRANSACTION 'of ${isolation}'`)
    expect(await lease.recycle()).toBe(true)
    expect(await names(lease)).toEqual(['ada', 'grace'])
    await left.end().catch(() => {})
    await lease.end()
    expect(await databases()).toEqual([])
  })
})

test('eight leases at once have nothing in common', async () => {
  const options = leaseOptions('rewind')
  await build(instance, 'users', users, options)
  const leases = await Promise.all(Array.from({ length: 8 }, () => instance.lease('users', { ...options })))
  expect(new Set(leases.map((lease) => infoOf(lease).database)).size).toBe(8)
  await Promise.all(
    leases.map(async (lease, index) => {
      await lease.push('test', 'nothing')
      await run(infoOf(lease).url, `INSERT INTO users (name) VALUES ('of ${index}')`)
      expect(await names(lease)).toEqual(['ada', 'grace', `of ${index}`])
      expect(await lease.pop()).toMatchObject({ how: 'undone', rows: 1 })
      expect(await names(lease)).toEqual(['ada', 'grace'])
    }),
  )
  await Promise.all(leases.map((lease) => lease.end()))
})
