import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Instance } from '../../../src/contracts/index.ts'
import { openInstance } from '../../../src/postgres/instance/index.ts'
import { withServer } from '../support/postgres.ts'
import { build, infoOf, leaseOptions, query, sqlState } from './support.ts'

const options = leaseOptions('rewind')
let instance: Instance
let stop: () => Promise<void>

beforeAll(async () => {
  const started = await withServer()
  stop = started.stop
  instance = await openInstance(started.server, { version: 18, durable: false })
})
afterAll(async () => {
  await instance?.stop()
  await stop?.()
})

describe('a baseline', () => {
  test('is built once for each key', async () => {
    expect(await build(instance, 'once', 'create table t (id int)', options)).toBe('built')
    expect(await build(instance, 'once', 'create table t (id int)', options)).toBe('ready')
    expect(await build(instance, 'other', 'create table t (id int)', options)).toBe('built')
  })

  test('that was given up is built again from nothing', async () => {
    const request = await instance.baseline('given-up', options)
    expect(request.state).toBe('build')
    if (request.state === 'build') {
      await query((request.target as { url: string }).url, 'create table half_done (id int)')
      await request.discard()
    }
    expect(await build(instance, 'given-up', 'create table half_done (id int)', options)).toBe('built')
  })

  test('has the extensions that were asked for', async () => {
    const withExtension = leaseOptions('rewind', { extensions: ['uuid-ossp', 'pgcrypto'] })
    await build(instance, 'extensions', 'select uuid_generate_v4()', withExtension)
    const lease = await instance.lease('extensions', withExtension)
    expect(await query(infoOf(lease).url, 'select length(uuid_generate_v4()::text) as n')).toEqual([{ n: 36 }])
    await lease.end()
  })

  test('with an extension that is not there names those that are', async () => {
    const missing = leaseOptions('rewind', { extensions: ['no_such_thing'] })
    await expect(instance.baseline('missing-extension', missing)).rejects.toMatchObject({
      code: 'BACKLOT_BASELINE_FAILED',
      summary: 'the extension "no_such_thing" cannot be created',
      hint: expect.stringContaining('uuid-ossp'),
    })
  })
})

describe('the roles', () => {
  test('the app has rights on the data alone', async () => {
    const schema =
      'create table t (id int generated always as identity primary key, name text); create schema s; create table s.u (id serial)'
    await build(instance, 'rights', schema, options)
    const lease = await instance.lease('rights', options)
    const { url } = infoOf(lease)
    expect(
      await sqlState(url, "insert into t (name) values ('x'); update t set name = 'y'; delete from t"),
    ).toBeUndefined()
    expect(await sqlState(url, 'insert into s.u default values; select * from s.u')).toBeUndefined()
    expect(await sqlState(url, 'drop table t')).toBe('42501')
    expect(await sqlState(url, 'create table more (id int)')).toBe('42501')
    expect(await sqlState(url, "set session_replication_role = 'replica'")).toBe('42501')
    expect(await sqlState(url, 'drop event trigger backlot_ddl')).toBe('42501')
    await lease.end()
  })

  test('what a migration takes from the app stays taken', async () => {
    const schema = 'create table log (id int); revoke update, delete on log from backlot_app'
    await build(instance, 'revoked', schema, options)
    const lease = await instance.lease('revoked', options)
    expect(await sqlState(infoOf(lease).url, 'insert into log values (1)')).toBeUndefined()
    expect(await sqlState(infoOf(lease).url, 'delete from log')).toBe('42501')
    await lease.end()
  })

  test('row-level security binds the app and not the observer', async () => {
    const schema = `create table secret (owner text); alter table secret enable row level security;
      create policy own on secret using (owner = current_user); insert into secret values ('somebody')`
    await build(instance, 'rls', schema, options)
    const lease = await instance.lease('rls', options)
    expect(await query(infoOf(lease).url, 'select * from secret')).toEqual([])
    const { observer } = infoOf(lease)
    const asObserver = `postgresql://${observer.user}:${observer.password}@localhost:${observer.port}/${observer.database}?host=${observer.host}`
    expect(await query(asObserver, 'select * from secret')).toEqual([{ owner: 'somebody' }])
    await lease.end()
  })

  test('connectAs owner gives the app the schema', async () => {
    const asOwner = leaseOptions('rewind', { connectAs: 'owner' })
    await build(instance, 'as-owner', 'create table t (id int)', asOwner)
    const lease = await instance.lease('as-owner', asOwner)
    expect(await sqlState(infoOf(lease).url, 'alter table t add column name text')).toBeUndefined()
    await lease.end()
  })

  test('no password gets into what status shows', async () => {
    const status = JSON.stringify(await instance.status())
    const lease = await instance.lease('once', options).catch(() => undefined)
    expect(status).not.toMatch(/password|postgresql:\/\//)
    await lease?.end()
  })
})

test('the database of a finished test can be kept and found again', async () => {
  await build(instance, 'kept', 'create table t (id int)', options)
  const lease = await instance.lease('kept', options)
  await lease.push('a test', 'nothing')
  await query(infoOf(lease).url, 'insert into t values (42)')
  const name = await lease.ask('keep', { label: 'a failed: Test', failed: true })
  const report = await lease.pop()
  expect(report).toMatchObject({ how: 'replaced', reason: 'its database was copied as it is' })
  expect(await query(infoOf(lease).url, 'select * from t')).toEqual([])
  const kept = (await instance.ask('kept', null)) as { name: string; failed: boolean; url: string }[]
  const found = kept.find((database) => database.name === name)
  expect(name).toMatch(/^backlot_kept_\d{3}f_a_failed_test$/)
  expect(found?.failed).toBe(true)
  expect(await query(found?.url ?? '', 'select * from t')).toEqual([{ id: 42 }])
  await lease.end()
})

test('databases of several leases that are kept at the same moment get numbers of their own', async () => {
  await build(instance, 'kept', 'create table t (id int)', options)
  const leases = await Promise.all(Array.from({ length: 4 }, () => instance.lease('kept', options)))
  await Promise.all(leases.map((lease) => lease.push('a test', 'nothing')))
  // One label in all, so that nothing but the number tells the names apart.
  const names = await Promise.all(leases.map((lease) => lease.ask('keep', { label: 'at once', failed: true })))
  const numbers = names.map((name) => /^backlot_kept_(\d{3})f_at_once$/.exec(String(name))?.[1])
  expect(new Set(numbers).size).toBe(4)
  expect(numbers).not.toContain(undefined)
  const kept = (await instance.ask('kept', null)) as { name: string }[]
  expect(kept.map(({ name }) => name)).toEqual(expect.arrayContaining(names.map(String)))
  await Promise.all(leases.map((lease) => lease.end()))
})

test('a development database that is asked for several times at once is made once', async () => {
  await build(instance, 'developed', 'create table t (id int)', options)
  const asked = await Promise.all(
    Array.from({ length: 3 }, () => instance.ask('development', { baseline: 'developed', lease: options })),
  )
  expect(new Set(asked.map((info) => JSON.stringify(info))).size).toBe(1)
})
