import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Instance } from '../../../src/contracts/index.ts'
import type { InstanceOptions } from '../../../src/postgres/contract.ts'
import { host } from '../../../src/postgres/host.ts'
import type { PostgresServer } from '../../../src/postgres/server/index.ts'
import { testContext, withServer } from '../support/postgres.ts'
import { build, infoOf, leaseOptions, query } from './support.ts'

let server: PostgresServer
let stop: () => Promise<void>
const schema = 'create table t (id int primary key)'

function urlOf(user: string, password: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${server.tcp.port}/postgres`
}

async function asSuperuser(sql: string): ReturnType<typeof query> {
  return query(urlOf(server.superuser.user, server.superuser.password), sql)
}

/** Names of databases and roles on the server, other than those of the server itself. */
async function foreign(): Promise<readonly unknown[]> {
  return asSuperuser(
    "select datname as name from pg_database where datname like 'backlot%' union select rolname from pg_roles where rolname like 'backlot%'",
  )
}

async function withInstance(url: string, use: (instance: Instance) => Promise<void>): Promise<void> {
  const { context, close } = await testContext()
  const options: InstanceOptions = { version: 18, durable: false, url }
  const instance = await host.start(context, options)
  try {
    await use(instance)
  } finally {
    await instance.stop()
    await close()
  }
}

beforeAll(async () => {
  const started = await withServer()
  server = started.server
  stop = started.stop
})
afterAll(async () => {
  await stop?.()
})

test('a superuser by URL is rewound, and nothing is left on the server', { timeout: 60_000 }, async () => {
  await withInstance(urlOf(server.superuser.user, server.superuser.password), async (instance) => {
    const options = leaseOptions('rewind')
    await build(instance, 'url', schema, options)
    const lease = await instance.lease('url', options)
    expect(infoOf(lease)).toMatchObject({ isolation: 'rewind' })
    await lease.push('test', 'nothing')
    await query(infoOf(lease).url, 'insert into t values (1)')
    expect(await lease.pop()).toMatchObject({ how: 'undone', rows: 1 })
    await lease.end()
  })
  expect(await foreign()).toEqual([])
})

test('with CREATEDB alone each test gets a clone, and the lease says why', { timeout: 60_000 }, async () => {
  await asSuperuser("create role maker login createdb password 'maker'")
  await withInstance(urlOf('maker', 'maker'), async (instance) => {
    const options = leaseOptions('rewind')
    await build(instance, 'url', schema, options)
    const lease = await instance.lease('url', options)
    expect(infoOf(lease)).toMatchObject({
      isolation: 'clone',
      reason: expect.stringContaining('maker is no superuser'),
    })
    await lease.push('test', 'nothing')
    await query(infoOf(lease).url, 'insert into t values (1)')
    expect(await lease.pop()).toMatchObject({ how: 'replaced' })
    expect(await query(infoOf(lease).url, 'select * from t')).toEqual([])
    await lease.end()
  })
  expect(await foreign()).toEqual([])
})

test('without CREATEDB the error says which grant is missing', async () => {
  await asSuperuser("create role nobody_much login password 'nobody'")
  await expect(withInstance(urlOf('nobody_much', 'nobody'), async () => {})).rejects.toMatchObject({
    code: 'BACKLOT_RIGHTS_MISSING',
    summary: 'nobody_much may not create databases on this server',
    hint: 'ALTER ROLE "nobody_much" CREATEDB; (with SUPERUSER, tests are rewound and not cloned)',
  })
})

test('two supervisors share a server without seeing each other', { timeout: 60_000 }, async () => {
  const url = urlOf(server.superuser.user, server.superuser.password)
  await withInstance(url, async (one) => {
    await withInstance(url, async (two) => {
      const options = leaseOptions('rewind')
      expect(await Promise.all([build(one, 'same', schema, options), build(two, 'same', schema, options)])).toEqual([
        'built',
        'built',
      ])
      const [a, b] = await Promise.all([one.lease('same', options), two.lease('same', options)])
      await query(infoOf(a).url, 'insert into t values (1)')
      expect(await query(infoOf(b).url, 'select * from t')).toEqual([])
      await Promise.all([a.end(), b.end()])
    })
  })
  expect(await foreign()).toEqual([])
})
