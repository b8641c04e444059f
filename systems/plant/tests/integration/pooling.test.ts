import { pool } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { sql } from 'drizzle-orm'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createConnector, createRepositories, loadSettings } from '../../src/index.ts'
import { backendOf } from '../support/backend.ts'
import { connect } from '../support/connect.ts'
import { createFactories } from '../support/factories.ts'
import { hold } from '../support/hold.ts'
import { stopTimers } from '../support/stopped-timers.ts'

const { test, expect } = backlotTest(backlot)

/** Plant's connections, as the server sees them. */
const plant = { application: 'plant' }
const none = { checkedOut: 0, idle: 0, overflow: 0, waiting: 0 }

describe('pooling', { tags: ['pooling'] }, () => {
  test('Pool size configuration validation', async ({ db }) => {
    const DATABASE_URL = db.url
    const sizes = (variables: Readonly<Record<string, string>>) =>
      createConnector(loadSettings({ DATABASE_URL, ...variables })).metrics().write
    expect(sizes({ ENVIRONMENT: 'development' })).toMatchObject({ size: 10, maxOverflow: 5 })
    expect(sizes({ ENVIRONMENT: 'test' })).toMatchObject({ size: 20, maxOverflow: 40 })
    expect(sizes({ ENVIRONMENT: 'production' })).toMatchObject({ size: 20, maxOverflow: 10 })
    for (const [size, problem] of [
      ['0', 'is at least 1'],
      ['1001', 'is at most 1000'],
      ['2.5', 'is a whole number'],
      ['many', 'is a number from 1 to 1000'],
    ] as const) {
      const wrong = expect.objectContaining({ problems: [`DATABASE_POOL_SIZE ${problem}`] })
      expect(() => sizes({ DATABASE_POOL_SIZE: size })).toThrow(wrong)
    }

    const told = { ENVIRONMENT: 'production', DATABASE_POOL_SIZE: '2', DATABASE_MAX_OVERFLOW: '0' }
    await using connector = createConnector(loadSettings({ DATABASE_URL, ...told }))
    await using held = await hold(connector, 2)
    const third = connector.acquire()
    expect(connector.metrics().write).toMatchObject({ checkedOut: 2, waiting: 1 })
    held.release()
    ;(await third).release()
    await expect(pool(db, plant)).toHaveConnections({ total: 2 })
  })

  test('Max overflow configuration', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 2 })
    await using held = await hold(connector, 3)
    await expect(pool(db, plant)).toHaveConnections({ total: 3 })
    expect(connector.metrics().write).toMatchObject({ checkedOut: 3, overflow: 2 })
    held.release()
    await expect(pool(db, plant)).toHaveConnections({ total: 1 })
    expect(connector.metrics().write).toMatchObject({ ...none, idle: 1 })
  })

  test('Concurrent connection acquisition (5 connections)', async ({ db }) => {
    await using connector = connect(db, { size: 3, maxOverflow: 2 })
    await using held = await hold(connector, 5)
    expect(new Set(held.pids).size).toBe(5)
    expect(connector.metrics().write).toMatchObject({ checkedOut: 5, acquired: 5, waiting: 0 })
    await expect(pool(db, plant)).toHaveConnections({ total: 5 })
  })

  test('Connection reuse from pool', async ({ db }) => {
    await using connector = connect(db)
    const first = await connector.session({}, backendOf)
    const second = await connector.session({ agentId: 'genesis' }, backendOf)
    await using held = await hold(connector, 1)
    expect([second?.pid, ...held.pids]).toEqual([first?.pid, first?.pid])
    expect(connector.metrics().write).toMatchObject({ acquired: 3, checkedOut: 1, idle: 0 })
    await expect(pool(db, plant)).toHaveConnections({ total: 1 })
  })

  test('Connection timeout handling', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0, acquireTimeoutMs: 30_000 })
    await using held = await hold(connector, 1)
    using timers = stopTimers()
    const late = expect(connector.session({}, backendOf)).rejects.toMatchObject({
      code: 'pool-exhausted',
      status: 503,
      message: 'All 1 connections were in use for 30000 ms.',
    })
    await timers.pass(29_999)
    expect(connector.metrics().write).toMatchObject({ waiting: 1, timeouts: 0 })
    await timers.pass(1)
    expect(connector.metrics().write).toMatchObject({ waiting: 0, timeouts: 1 })
    await late

    const inTime = connector.session({}, backendOf)
    await timers.pass(29_999)
    held.release()
    expect(await inTime).toMatchObject({ pid: held.pids[0] })
  })

  test('Pool exhaustion handling', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 1 })
    const watched = pool(db, { ...plant, max: 2 })
    const served: string[] = []
    const wait = (name: string) =>
      connector.session({}, async (session) => {
        served.push(name)
        return (await backendOf(session))?.pid
      })
    const { inUse, waiting } = await connector.session({}, async (outer) => {
      const inner = await connector.session({}, async (session) => {
        const both = [await backendOf(outer), await backendOf(session)]
        await expect(watched).toBeExhausted()
        const waiting = [wait('first'), wait('second')]
        expect(connector.metrics().write).toMatchObject({ checkedOut: 2, idle: 0, waiting: 2 })
        return { inUse: both.map((backend) => backend?.pid), waiting }
      })
      await inner.waiting[0]
      return inner
    })
    // What is given back goes to those who wait, in their order, and is not closed while there are any.
    for (const pid of await Promise.all(waiting)) expect(inUse).toContain(pid)
    expect(served).toEqual(['first', 'second'])
    await expect(watched).not.toBeExhausted()
  })

  test('Connection cleanup after errors', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0 })
    const before = await connector.session({}, backendOf)
    const failed = connector.session({ agentId: 'genesis' }, (session) => session.db.execute(sql`select 1 / 0`))
    await expect(failed).rejects.toMatchObject({ cause: { code: '22012' } })
    await expect(pool(db, plant)).toHaveNoLeaks()
    expect(connector.metrics().write).toMatchObject({ ...none, idle: 1 })
    expect(await connector.session({}, backendOf)).toEqual(before)

    const ended = connector.session({}, (session) =>
      session.db.execute(sql`select pg_terminate_backend(pg_backend_pid())`),
    )
    await expect(ended).rejects.toMatchObject({ code: 'database-unavailable' })
    expect(connector.metrics().write).toMatchObject(none)
    expect((await connector.session({}, backendOf))?.pid).not.toBe(before?.pid)
  })

  test('Session lifecycle connection release', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0 })
    const use = () => connector.metrics().write
    await connector.session({}, async () => {
      expect(use()).toMatchObject({ checkedOut: 1, idle: 0 })
    })
    expect(use()).toMatchObject({ checkedOut: 0, idle: 1 })
    const changedItsMind = new Error('not after all')
    await expect(connector.session({ mode: 'read' }, () => Promise.reject(changedItsMind))).rejects.toBe(changedItsMind)
    expect(use()).toMatchObject({ checkedOut: 0, idle: 1, acquired: 2 })
    await expect(connector.session({ agentId: '' }, backendOf)).rejects.toMatchObject({ code: 'validation' })
    expect(use()).toMatchObject({ checkedOut: 0, idle: 1, acquired: 2 })
    await expect(pool(db, plant)).toHaveNoLeaks()
  })

  test('Nested transaction connection reuse', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0 })
    const pids = await connector.session({ agentId: 'genesis' }, async (session) => {
      const outer = await backendOf(session)
      const nested = await session.savepoint(async (inner) => [
        await backendOf(inner),
        await inner.savepoint(backendOf),
      ])
      expect(nested).toEqual([outer, outer])
      await createFactories(createRepositories(session)).skill()
      return [outer, ...nested].map((backend) => backend?.pid)
    })
    expect(connector.metrics().write).toMatchObject({ acquired: 1, checkedOut: 0 })
    expect(new Set(pids).size).toBe(1)
  })

  test('Pool monitoring metrics', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 1, acquireTimeoutMs: 30_000 })
    const counts = { acquired: 0, timeouts: 0, replaced: 0, waits: { totalMs: 0, maxMs: 0, meanMs: 0 } }
    expect(connector.metrics()).toEqual({ read: null, write: { size: 1, maxOverflow: 1, ...none, ...counts } })
    {
      await using held = await hold(connector, 2)
      using timers = stopTimers()
      const late = expect(connector.acquire()).rejects.toMatchObject({ code: 'pool-exhausted' })
      expect(connector.metrics().write).toMatchObject({ checkedOut: 2, idle: 0, overflow: 1, waiting: 1 })
      await timers.pass(30_000)
      await late
      held.release()
    }
    expect(connector.metrics().write).toMatchObject({ ...none, idle: 1, acquired: 2, timeouts: 1 })

    // The pool takes it back before it hears that the server has ended it.
    const ended = await connector.acquire()
    await ended.client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {})
    ended.release()
    ;(await connector.acquire()).release()
    const { acquired, replaced, waits } = connector.metrics().write
    expect({ acquired, replaced }).toEqual({ acquired: 4, replaced: 1 })
    expect(waits.meanMs).toBeCloseTo(waits.totalMs / 4)
    expect(waits.maxMs).toBeGreaterThan(waits.meanMs)
    expect(waits.maxMs).toBeLessThan(waits.totalMs)
  })

  test('Read vs. write pooling behavior', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 0, readReplicaUrl: db.url })
    expect(await connector.session({}, backendOf)).toMatchObject({ name: 'plant', readOnly: false })
    await using _writers = await hold(connector, 1, 'write')
    // All connections for writing are in use; those who read do not wait for them.
    const reader = { agentId: 'genesis', mode: 'read' } as const
    expect(await connector.session(reader, backendOf)).toMatchObject({ name: 'plant (read)', readOnly: true })
    expect(connector.metrics()).toMatchObject({ write: { acquired: 2, checkedOut: 1 }, read: { acquired: 1, idle: 1 } })
    const written = connector.session(reader, (session) => createFactories(createRepositories(session)).skill())
    await expect(written).rejects.toMatchObject({ cause: { code: '25006' } })

    await using single = connect(db, { size: 1, maxOverflow: 0 })
    const both = [await single.session({}, backendOf), await single.session(reader, backendOf)]
    expect(both[1]?.pid).toBe(both[0]?.pid)
    expect(single.metrics().read).toBeNull()
  })

  test('Recovery after pool exhaustion', async ({ db }) => {
    await using connector = connect(db, { size: 1, maxOverflow: 1, acquireTimeoutMs: 30_000 })
    {
      await using _held = await hold(connector, 2)
      using timers = stopTimers()
      const late = expect(connector.acquire()).rejects.toMatchObject({ code: 'pool-exhausted' })
      await timers.pass(30_000)
      await late
    }
    // Nobody is waited for any more, and who comes now is served: five callers by two connections.
    expect(connector.metrics().write).toMatchObject({ ...none, idle: 1, acquired: 2, timeouts: 1 })
    const served = await Promise.all(Array.from({ length: 5 }, () => connector.session({}, backendOf)))
    expect(new Set(served.map((backend) => backend?.pid)).size).toBe(2)
    expect(connector.metrics().write).toMatchObject({ ...none, idle: 1, acquired: 7, timeouts: 1 })
    await expect(pool(db, plant)).toHaveConnections({ total: 1 })
  })
})
