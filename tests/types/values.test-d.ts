import { expectTypeOf, test } from 'vitest'
import { defineBacklot, start } from '../../src/index.ts'
import {
  interleave,
  type PostgresHandle,
  phenomena,
  pool,
  postgres,
  type SqlRows,
  type Statement,
  type Verdict,
} from '../../src/postgres/index.ts'
import { backlotTest } from '../../src/vitest/index.ts'

const { expect } = backlotTest(defineBacklot({ services: { db: postgres() } }))
const two = backlotTest(defineBacklot({ services: { db: postgres(), other: postgres() } })).expect
const none = backlotTest(defineBacklot({ services: {} })).expect
declare const query: Promise<string>
const anything = JSON.parse('5')

test('the matchers for values come from the services of the config', async () => {
  await expect(query).toViolate('unique')
  await expect(() => query).toViolate('foreign key', { constraint: /_fkey$/, table: 'users', timeout: '10 s' })
  await expect(query).not.toViolate('check')
  await expect(anything).toViolate('exclusion')
  await two(query).toViolate('not null', { column: 'email', detail: 'null' })
  expectTypeOf(expect(query).toViolate).returns.toEqualTypeOf<Promise<void>>()
  // @ts-expect-error there is no such kind
  await expect(query).toViolate('primary key')
  // @ts-expect-error there is no such option
  await expect(query).toViolate('unique', { name: 'users_email_key' })
  // @ts-expect-error no service of this config brings it
  await none(query).toViolate('unique')
})

test('what Vitest can stays', async () => {
  expect(5).toBe(5)
  expect(5, 'a message').not.toBe(6)
  await expect(query).resolves.toBe('a')
  await expect(query).rejects.toThrow()
  expect({ a: 1 }).toEqual({ a: expect.any(Number) })
})

test('without a runner', async () => {
  const lot = await start(defineBacklot({ services: { db: postgres() } }))
  await lot.expect(query).toViolate('unique', { constraint: 'users_email_key' })
  await lot.expect(lot.services.db.table('users')).not.toBeEmpty()
  // @ts-expect-error a table has no such matcher
  lot.expect(lot.services.db.table('users')).toViolate('unique')
  // @ts-expect-error .not stands once
  lot.expect(query).not.not.toViolate('unique')
})

declare const db: PostgresHandle

test('sessions have the names that they are given', async () => {
  await interleave(db, async ({ a, d }) => {
    expectTypeOf(await a.sql<{ id: number }>`SELECT 1`).toEqualTypeOf<SqlRows<{ id: number }>>()
    expectTypeOf(await a.commit()).toEqualTypeOf<'committed' | 'rolled back'>()
    await a.begin('serializable', { readOnly: true, deferrable: true })
    await expect(d.sql`SELECT 1`).toBeBlockedBy(a)
    await expect(d.sql`SELECT 1`).not.toFailWith('serialization failure')
    await expect(d.sql`SELECT 1`).toFailWith('23505', { timeout: '1 s' })
    // @ts-expect-error Postgres has no such level
    await a.begin('snapshot')
  })
  await interleave(db, async ({ reader }) => reader.rollback(), { sessions: ['reader', 'writer'], as: 'owner' })
  // @ts-expect-error there is no such session
  await interleave(db, async ({ e }) => e.rollback())
  // @ts-expect-error there is no such session
  await interleave(db, async ({ a }) => a.rollback(), { sessions: ['reader', 'writer'] })
})

test('phenomena take the trial that fits', async () => {
  const read: Statement = (sql) => sql`SELECT 1`
  const found = await phenomena(db, {
    'dirty read': { read, write: read },
    'lost update': { read, write: (sql, [row]) => sql`UPDATE a SET b = ${row?.b}`, check: read },
  })
  expectTypeOf(found.serializable?.['lost update']).toEqualTypeOf<Verdict | undefined>()
  // @ts-expect-error a lost update is judged by a state
  await phenomena(db, { 'lost update': { read, write: read } })
  // @ts-expect-error there is no such phenomenon
  await phenomena(db, { 'lost read': { read, write: read } })
})

test('a pool has matchers of its own', async () => {
  const watched = pool(db, { application: 'app', max: 5 })
  await expect(watched).toHaveConnections({ total: expect.any(Number) }, { timeout: 5 })
  await expect(watched).toAcquireWithin('50 ms')
  await expect(watched).not.toHaveNoLeaks()
  // @ts-expect-error there is no such number
  await expect(watched).toHaveConnections({ active: 5 })
})
