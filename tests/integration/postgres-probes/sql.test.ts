import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from './lab.ts'

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
