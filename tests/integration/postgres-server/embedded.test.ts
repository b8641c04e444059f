import { statfsSync, statSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { withConnection } from '../../../src/postgres/server/index.ts'
import { identify, isAlive } from '../../../src/process/index.ts'
import { withServer } from '../support/postgres.ts'
import { contents, segmentOfServerIn, sharedMemorySegments } from './left-behind.ts'

type Running = Awaited<ReturnType<typeof withServer>>

async function ask(running: Running, sql: string): Promise<Record<string, string>> {
  const rows = await withConnection(running.server.superuser, 'test', async (client) => (await client.query(sql)).rows)
  return rows[0]
}

describe.each([18, 17, 16] as const)('PostgreSQL %i', (version) => {
  let running: Running
  beforeAll(async () => {
    running = await withServer({ version })
  }, 120_000)
  afterAll(() => running.stop())

  test('tells its version and where it came from', () => {
    expect(running.server).toMatchObject({ major: version, guest: false })
    expect(running.server.version).toMatch(new RegExp(`^${version}\\.\\d+$`))
    expect(['cache', 'npm registry']).toContain(running.server.provider)
  })

  test('listens on loopback and on a socket that others cannot reach, and nowhere else', async () => {
    const { superuser, tcp } = running.server
    expect(await ask(running, 'SHOW listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' })
    expect(tcp.host).toBe('127.0.0.1')
    expect(statSync(superuser.host).mode & 0o777).toBe(0o700)
  })

  test.each(['socket', 'tcp'] as const)('asks for the password on the %s', async (way) => {
    const { superuser, tcp } = running.server
    const at = way === 'tcp' ? { ...superuser, ...tcp } : superuser
    await withConnection(at, 'test', (client) => client.query('SELECT 1'))
    const stranger = new pg.Client({ ...at, password: 'wrong' })
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' })
  })

  test('is set up for feeds, many leases and cheap connections', async () => {
    const names = ['wal_level', 'fsync', 'synchronous_commit', 'max_replication_slots', 'max_wal_senders']
    // Before PostgreSQL 18 origins are counted by max_replication_slots.
    if (version >= 18) names.push('max_active_replication_origins')
    const columns = names.map((name) => `current_setting('${name}') AS ${name}`)
    expect(await ask(running, `SELECT ${columns}, current_setting('scram_iterations') AS iterations`)).toEqual({
      wal_level: 'logical',
      fsync: 'off',
      synchronous_commit: 'on',
      max_replication_slots: '64',
      max_wal_senders: '64',
      ...(version >= 18 ? { max_active_replication_origins: '64' } : {}),
      iterations: '1',
    })
  })

  test('sorts by code point and knows the cases of all letters', async () => {
    const sql = `SELECT upper('äéж') AS upper, ARRAY(SELECT x FROM unnest('{a,B,ä}'::text[]) x ORDER BY x)::text AS sorted,
      current_setting('TimeZone') AS zone`
    expect(await ask(running, sql)).toEqual({ upper: 'ÄÉЖ', sorted: '{B,a,ä}', zone: 'UTC' })
  })
})

describe('a server', () => {
  test('leaves nothing when it is stopped', async () => {
    const running = await withServer()
    const { server, context } = running
    const segment = segmentOfServerIn(context.directories.data)
    const identity = identify(server.pid ?? 0)
    await server.stop()
    expect(identity !== undefined && isAlive(identity)).toBe(false)
    expect(contents(context.directories.data)).toEqual([])
    expect(contents(context.directories.run)).toEqual(['belongings.json'])
    expect(sharedMemorySegments()).not.toContain(segment)
    await running.stop()
  })

  test('that was killed is reported with its last words, and leaves nothing', async () => {
    const running = await withServer()
    const { server, context } = running
    const segment = segmentOfServerIn(context.directories.data)
    expect(sharedMemorySegments()).toContain(segment)
    process.kill(server.pid ?? 0, 'SIGKILL')
    expect(await server.died).toMatchObject({
      code: 'BACKLOT_SERVER_DIED',
      summary: `PostgreSQL ${server.version} ended by itself (signal SIGKILL)`,
      details: expect.stringContaining('ready to accept connections'),
    })
    expect(contents(context.directories.data)).toEqual([])
    await vi.waitFor(() => expect(sharedMemorySegments()).not.toContain(segment), { timeout: 2000, interval: 5 })
    await running.stop()
  })

  test('two at a time have nothing in common', async () => {
    const [one, other] = await Promise.all([withServer(), withServer()])
    expect(one.server.tcp.port).not.toBe(other.server.tcp.port)
    expect(one.server.superuser.password).not.toBe(other.server.superuser.password)
    const swapped = { ...one.server.superuser, password: other.server.superuser.password }
    await expect(withConnection(swapped, 'test', async () => {})).rejects.toMatchObject({ code: '28P01' })
    await Promise.all([one.stop(), other.stop()])
  })

  test('that must be durable keeps its data on a disk, with fsync', async () => {
    const running = await withServer({ durable: true })
    const { data_directory, fsync, full_page_writes } = await ask(
      running,
      `SELECT current_setting('data_directory') AS data_directory, current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes`,
    )
    expect({ fsync, full_page_writes }).toEqual({ fsync: 'on', full_page_writes: 'on' })
    expect(statfsSync(data_directory ?? '').type).not.toBe(0x01021994)
    await running.stop()
  })
})
