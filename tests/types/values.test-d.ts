import { expectTypeOf, test } from 'vitest'
import { defineBacklot, start } from '../../src/index.ts'
import { postgres } from '../../src/postgres/index.ts'
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
