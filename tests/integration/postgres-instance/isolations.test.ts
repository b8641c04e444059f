import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Instance } from '../../../src/contracts/index.ts'
import { openInstance } from '../../../src/postgres/instance/index.ts'
import { withServer } from '../support/postgres.ts'
import { build, infoOf, leaseOptions, query } from './support.ts'

const schema = 'create table t (id int generated always as identity primary key, name text)'
const names = 'select name from t order by id'
const insert = (name: string): string => `insert into t (name) values ('${name}')`
let instance: Instance
let stop: () => Promise<void>

beforeAll(async () => {
  const started = await withServer()
  stop = started.stop
  instance = await openInstance(started.server, { version: 18, durable: false })
  await build(instance, 'b', schema, leaseOptions('rewind'))
})
afterAll(async () => {
  await instance?.stop()
  await stop?.()
})

describe.for(['rewind', 'clone'] as const)('%s', (isolation) => {
  test('returns to nested marks', async () => {
    const lease = await instance.lease('b', leaseOptions(isolation))
    const run = (sql: string): ReturnType<typeof query> => query(infoOf(lease).url, sql)
    await lease.push('file', 'setup')
    await run(insert('of the file'))
    await lease.push('describe', 'setup')
    await run(insert('of the describe'))
    await lease.push('test', 'setup')
    await run('delete from t')
    await run(insert('of the test'))
    await lease.pop()
    expect(await run(names)).toEqual([{ name: 'of the file' }, { name: 'of the describe' }])
    await lease.push('next test', 'nothing')
    await run(insert('of the next test'))
    await lease.pop()
    expect(await run(names)).toEqual([{ name: 'of the file' }, { name: 'of the describe' }])
    await lease.pop()
    expect(await run(names)).toEqual([{ name: 'of the file' }])
    await lease.pop()
    expect(await run(names)).toEqual([])
    expect(lease.depth()).toBe(0)
    await lease.end()
  })

  test('reports an open transaction with its query, and ends it', async () => {
    const lease = await instance.lease('b', leaseOptions(isolation))
    await lease.push('test', 'nothing')
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: infoOf(lease).url, application_name: 'the-app' })
    const ended = new Promise<void>((resolve) => client.on('error', () => resolve()))
    await client.connect()
    await client.query('begin')
    await client.query(insert('never committed'))
    const { leaks } = await lease.pop()
    expect(leaks).toHaveLength(1)
    expect(leaks[0]).toMatchObject({
      kind: 'open transaction',
      what: expect.stringMatching(/never committed.*the-app/),
    })
    await ended
    await lease.end()
  })

  test('hands a clean lease to the next worker', async () => {
    const lease = await instance.lease('b', leaseOptions(isolation))
    await lease.push('file', 'setup')
    await lease.push('test', 'setup')
    await query(infoOf(lease).url, insert('of a worker that was killed'))
    expect(await lease.recycle()).toBe(true)
    expect(await query(infoOf(lease).url, names)).toEqual([])
    expect(lease.depth()).toBe(0)
    await lease.end()
  })
})

test('transaction and none leave the server as it is until the next worker', async () => {
  for (const isolation of ['transaction', 'none'] as const) {
    const lease = await instance.lease('b', leaseOptions(isolation))
    await lease.push('test', 'nothing')
    await query(infoOf(lease).url, insert('stays'))
    expect(await lease.pop()).toMatchObject({ how: 'kept' })
    expect(await query(infoOf(lease).url, names)).toEqual([{ name: 'stays' }])
    expect(await lease.recycle()).toBe(true)
    expect(await query(infoOf(lease).url, names)).toEqual([])
    await lease.end()
  }
})

test('nothing is kept under isolation transaction, whose session goes on', async () => {
  const lease = await instance.lease('b', leaseOptions('transaction'))
  await lease.push('test', 'nothing')
  await expect(lease.ask('keep', { label: 'test', failed: true })).rejects.toMatchObject({
    code: 'BACKLOT_USAGE',
    hint: "use isolation 'rewind' for this file to keep what a test left",
  })
  await lease.pop()
  await lease.end()
})

test('the outer set-up is written again on the fresh clone when a test changes the schema', async () => {
  const lease = await instance.lease('b', leaseOptions('rewind'))
  await lease.push('file', 'setup')
  await query(infoOf(lease).url, insert('of the file'))
  await lease.push('test', 'setup')
  const before = infoOf(lease).database
  await query(infoOf(lease).ownerUrl, 'create table more (id int)')
  expect(await lease.pop()).toMatchObject({ how: 'replaced', reason: expect.stringContaining('CREATE TABLE') })
  expect(infoOf(lease).database).not.toBe(before)
  expect(await query(infoOf(lease).url, names)).toEqual([{ name: 'of the file' }])
  expect(await query(infoOf(lease).url, `${insert('next')}; ${names}`)).toHaveLength(2)
  await lease.end()
})
