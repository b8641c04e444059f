import { assertType, describe, expectTypeOf, test } from 'vitest'
import type { Service } from '../../src/contracts/index.ts'
import { expectProbe, type Matchers } from '../../src/expect/index.ts'
import {
  type PostgresHandle,
  postgres,
  type QueryMatchers,
  type SchemaMatchers,
  type SqlRows,
} from '../../src/postgres/index.ts'

/** As Kysely has them. */
interface ColumnType<Select, Insert, Update> {
  readonly __select__: Select
  readonly __insert__: Insert
  readonly __update__: Update
}
type Generated<T> = ColumnType<T, T | undefined, T>

interface Database {
  users: {
    id: Generated<number>
    handle: string
    nickname: string | null
    joined: ColumnType<Date, string | undefined, never>
    state: 'active' | 'inactive'
    profile: ColumnType<{ plan: string; tags: string[] }, string, string>
    avatar: Buffer | null
    balance: bigint
  }
  'shop.orders': { id: string }
}

declare const db: PostgresHandle<Database>
declare const anyDb: PostgresHandle
const users = expectProbe(db.table('users'))
const anything = { asymmetricMatch: (value: unknown) => value !== null }

test('the service hands its handle on', () => {
  expectTypeOf(postgres<Database>()).toEqualTypeOf<Service<PostgresHandle<Database>, QueryMatchers>>()
  expectTypeOf(postgres()).toEqualTypeOf<Service<PostgresHandle, QueryMatchers>>()
})

describe('with an interface of the tables', () => {
  test('names of tables are checked', () => {
    db.table('shop.orders')
    // @ts-expect-error there is no such table
    db.table('user')
    // @ts-expect-error there is no such table
    db.table(['public', 'users'])
  })

  test('columns and their values are checked, as they are selected', async () => {
    await users.toHaveRow({ id: 1, handle: 'a', nickname: null, state: 'active', joined: new Date(), balance: 5 })
    await users.toHaveRow({
      id: '1',
      joined: '2026-01-01',
      profile: { plan: 'free', tags: ['a'] },
      avatar: new Uint8Array(),
    })
    await users.toHaveRow({ id: anything, joined: anything, profile: { plan: anything, tags: [anything] } })
    await users.toHaveRow({}, { timeout: '5 s', holdsFor: 100 })
    await users.toHaveRows([{ id: 1 }, { handle: 'b' }], { exact: true, order: 'joined desc', timeout: '1 min' })
    await users.toHaveRows([], { order: ['state', 'id desc'] })
    await users.toHaveCount(3, { state: 'active' }, { timeout: 5 })
    await users.not.toBeEmpty({ holdsFor: '1 s' })
    // @ts-expect-error there is no such column
    await users.toHaveRow({ handel: 'a' })
    // @ts-expect-error the column is text
    await users.toHaveRow({ handle: 5 })
    // @ts-expect-error the column is not nullable
    await users.toHaveRow({ handle: null })
    // @ts-expect-error there is no such label
    await users.toHaveRow({ state: 'banned' })
    // @ts-expect-error there is no such key in the json
    await users.toHaveRow({ profile: { plan: 'free', tags: [], size: 5 } })
    // @ts-expect-error there is no such column to sort by
    await users.toHaveRows([], { order: 'joined up' })
    // @ts-expect-error there is no such unit
    await users.toHaveRow({}, { timeout: '5 hours' })
    // @ts-expect-error a number comes first
    await users.toHaveCount({ state: 'active' })
    // @ts-expect-error .not stands once
    users.not.not.toBeEmpty()
  })
})

test('without an interface any table and column will do', async () => {
  await expectProbe(anyDb.table('anything')).toHaveRow({ whatever: 5, or: null, even: anything })
  await expectProbe(anyDb.table(['schema', 'table'])).toHaveRows([{ a: 1 }], { order: 'a desc' })
})

test('a probe offers its own matchers and .not', () => {
  type Names = keyof Matchers<ReturnType<typeof db.table<'users'>>>
  type Rows = 'toHaveRow' | 'toHaveRows' | 'toHaveCount' | 'toBeEmpty'
  expectTypeOf<Names>().toEqualTypeOf<Rows | keyof SchemaMatchers<object> | 'not'>()
})

test('sql gives rows of the type asked for', () => {
  expectTypeOf(db.sql<{ id: number }>`SELECT 1`).resolves.toEqualTypeOf<SqlRows<{ id: number }>>()
  assertType<Promise<string>>(db.sql.begin(async (sql) => String(await sql`SELECT ${sql.id('a')}`)))
})
