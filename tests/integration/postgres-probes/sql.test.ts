import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import type { Sql } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from './lab.ts'

/** The line of this file that an error's first frame names. */
function lineOf(error: unknown): number {
  const [, first = ''] = error instanceof Error ? (error.stack ?? '').split(/\n {4}at /) : []
  const line = /sql\.test\.ts:(\d+)/.exec(first)?.[1]
  if (line === undefined) throw new Error(`not of this file: ${first}`)
  return Number(line)
}

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(
    lab,
    `CREATE TABLE users (id int PRIMARY KEY, handle text, data jsonb); CREATE TABLE "Odd ""one" (id int)`,
  )
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})
beforeEach(() => seat.push())
afterEach(() => seat.pop())

test('binds its values and gives rows', async () => {
  const { sql } = seat.db
  const evil = `'); DROP TABLE users; --`
  const inserted = await sql`INSERT INTO users VALUES (${1}, ${evil}, ${{ a: [1] }}), (2, NULL, NULL)`
  expect(inserted).toEqual([])
  expect(inserted.rowCount).toBe(2)
  const rows = await sql<{ id: number; handle: string }>`SELECT * FROM users WHERE id = ${1}`
  expect(rows).toEqual([{ id: 1, handle: evil, data: { a: [1] } }])
  expect(rows[0]?.handle).toBe(evil)
})

test('quotes names', async () => {
  const { sql } = seat.db
  await sql`INSERT INTO ${sql.id('public', 'Odd "one')} VALUES (${5})`
  expect(await sql`SELECT id AS ${sql.id('the id')} FROM ${sql.id('Odd "one')}`).toEqual([{ 'the id': 5 }])
})

test('what it writes is the test’s: seen by the feed, undone with it', async () => {
  const asserted = expectProbe(seat.db.table('users')).toHaveRow({ id: 1 })
  await seat.waitingBegun()
  await seat.db.sql`INSERT INTO users VALUES (1)`
  await asserted
  await seat.pop()
  await seat.push()
  expect(await seat.db.sql`SELECT * FROM users`).toEqual([])
})

test('a transaction of its own', async () => {
  const { sql } = seat.db
  await sql.begin(async (inside) => {
    await inside`INSERT INTO users VALUES (1)`
    expect(await sql`SELECT * FROM users`).toEqual([])
  })
  expect((await sql`SELECT * FROM users`).rowCount).toBe(1)
  const failing = sql.begin(async (inside) => {
    await inside`DELETE FROM users`
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect((await sql`SELECT * FROM users`).rowCount).toBe(1)
})

test('a transaction that is left open is refused, and gone', async () => {
  expect(await failureOf(seat.db.sql`BEGIN`)).toMatchInlineSnapshot(`
    "a statement of sql left a transaction open; it was rolled back [BACKLOT_USAGE]
      → write: await db.sql.begin(async (sql) => { ... })"
  `)
  await seat.db.sql`SELECT 1`
})

test('an error of Postgres comes with its SQLSTATE', async () => {
  await expect(seat.db.sql`SELECT * FROM nothing`).rejects.toMatchObject({ code: '42P01' })
})

test('an error leads to the line of its statement, also from a helper, a transaction or another role', async () => {
  const { sql } = seat.db
  async function nothing(using: Sql): Promise<unknown> {
    return using`SELECT * FROM nothing`
  }
  const at = lineOf(new Error('the line of the statement is two above')) - 2
  const ways = [
    () => nothing(sql),
    () => Promise.all([sql`SELECT 1`, nothing(sql)]),
    () => sql.begin((inside) => nothing(inside)),
    () => nothing(seat.db.as('app')),
  ]
  for (const way of ways) {
    const error = await way().catch((refused: unknown) => refused)
    expect(error).toBeInstanceOf(pg.DatabaseError)
    expect(error).toMatchObject({ code: '42P01', message: 'relation "nothing" does not exist' })
    expect(lineOf(error)).toBe(at)
  }
})

test('a misuse leads to its line too', async () => {
  const misused = await seat.db.sql`BEGIN`.catch((error: unknown) => error)
  expect(lineOf(misused)).toBe(lineOf(new Error('the line of the statement is one above')) - 1)
})
