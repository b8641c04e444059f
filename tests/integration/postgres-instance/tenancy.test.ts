import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openInstance } from '../../../src/postgres/instance/index.ts'
import { startServer } from '../../../src/postgres/server/index.ts'
import { testContext, withServer } from '../support/postgres.ts'
import { build, infoOf, leaseOptions, query } from './support.ts'

const program = fileURLToPath(new URL('./programs/guest.ts', import.meta.url))
let running: Awaited<ReturnType<typeof withServer>>
let url: string
beforeAll(async () => {
  running = await withServer()
  const { user, password } = running.server.superuser
  url = `postgresql://${user}:${password}@127.0.0.1:${running.server.tcp.port}/postgres`
})
afterAll(() => running.stop())

/** Everything on the server whose name looks like Backlot's. */
async function ours(): Promise<string[]> {
  const rows = await query(
    url,
    `select 'database ' || datname as name from pg_database where datname like 'backlot%'
     union all select 'role ' || rolname from pg_roles where rolname like 'backlot%'
     union all select 'origin ' || roname from pg_replication_origin
     union all select 'slot ' || slot_name from pg_replication_slots
     union all select 'prepared ' || gid from pg_prepared_xacts order by 1`,
  )
  return rows.map(({ name }) => String(name))
}

async function open(given: string) {
  const { context, close } = await testContext()
  const options = { version: 18, durable: false, url: given } as const
  const instance = await openInstance(await startServer(context, options), options)
  return {
    instance,
    stop: async () => {
      await instance.stop()
      await close()
    },
  }
}

async function startNeighbour() {
  const child = spawn(process.execPath, [program, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  return {
    async kill() {
      child.kill('SIGKILL')
      await exited
      // The server notices a moment later that the sessions are gone.
      const sessions = `select count(*)::int as left from pg_stat_activity where application_name like 'backlot:%'`
      await expect.poll(() => query(url, sessions), { timeout: 5000, interval: 5 }).toEqual([{ left: 0 }])
    },
  }
}

test('what a killed supervisor left, the next one drops; a living one is left alone', async () => {
  const dead = await startNeighbour()
  await dead.kill()
  const left = await ours()
  expect(left.map((line) => line.split(/ |_/)[0])).toEqual([
    'database',
    'database',
    'origin',
    'prepared',
    'role',
    'role',
  ])

  const living = await startNeighbour()
  const afterwards = await ours()
  expect(afterwards.filter((line) => left.includes(line) && !line.startsWith('prepared'))).toEqual([])

  const { stop } = await open(url)
  await stop()
  expect(await ours()).toEqual(afterwards)

  await living.kill()
  const last = await open(url)
  await last.stop()
  expect(await ours()).toEqual([])
})

test('after a supervisor was killed the next start works in a new clone, and the dead one is dropped', async () => {
  const dead = await startNeighbour()
  const clonesOf = async (): Promise<string[]> =>
    (await ours()).filter((line) => line.startsWith('database backlot_l_'))
  const [abandoned] = await clonesOf()
  await dead.kill()
  const { instance, stop } = await open(url)
  expect(await clonesOf()).toEqual([])
  const options = leaseOptions('rewind')
  expect(await build(instance, 'users', 'create table users (name text)', options)).toBe('built')
  const lease = await instance.lease('users', { ...options })
  expect(await clonesOf()).toEqual([`database ${infoOf(lease).database}`])
  expect(abandoned).not.toBe(`database ${infoOf(lease).database}`)
  // The log that the dead feed had read is gone with it: this one knows what happens from here on.
  await lease.push('test', 'nothing')
  await query(infoOf(lease).url, `insert into users values ('grace')`)
  expect(await lease.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
  expect(await query(infoOf(lease).url, 'select * from users')).toEqual([])
  await lease.end()
  await stop()
  expect(await ours()).toEqual([])
})

test('nothing that carries no scope is dropped, whatever its name', async () => {
  await query(url, 'create database backlot_production')
  await query(url, 'create role backlot_admin')
  const { stop } = await open(url)
  await stop()
  expect(await ours()).toEqual(['database backlot_production', 'role backlot_admin'])
  await query(url, 'drop database backlot_production')
  await query(url, 'drop role backlot_admin')
})

test('kept and development databases go with the supervisor', async () => {
  const { instance, stop } = await open(url)
  const options = leaseOptions('rewind')
  await build(instance, 'kept', 'create table users (name text)', options)
  const lease = await instance.lease('kept', { ...options })
  await lease.push('test', 'nothing')
  const kept = await lease.ask('keep', { label: 'one' })
  expect(await instance.ask('kept', null)).toMatchObject([{ name: kept }])
  await instance.ask('development', { baseline: 'kept', lease: options })
  await lease.end()
  await stop()
  expect(await ours()).toEqual([])
})

test('with CREATEDB and CREATEROLE the app has a role of its own', async () => {
  await query(url, `create role landlord login createdb createrole password 'landlord'`)
  const { instance, stop } = await open(url.replace(/\/\/[^@]*@/, '//landlord:landlord@'))
  const options = leaseOptions('rewind')
  await build(instance, 'users', 'create table users (name text)', options)
  const lease = await instance.lease('users', { ...options })
  expect(infoOf(lease).isolation).toBe('clone')
  await expect(query(infoOf(lease).url, 'drop table users')).rejects.toMatchObject({ code: '42501' })
  await lease.push('test', 'nothing')
  await query(infoOf(lease).url, `insert into users values ('ada')`)
  await lease.pop()
  expect(await query(infoOf(lease).url, 'select * from users')).toEqual([])
  await lease.end()
  await stop()
  expect(await ours()).toEqual([])
})
