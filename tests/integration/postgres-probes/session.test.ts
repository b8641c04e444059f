import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { type Lab, openLab, openSeat, type Seat } from './lab.ts'

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, 'CREATE TABLE users (id int PRIMARY KEY, handle text)', { isolation: 'transaction' })
  await seat.push()
  await seat.db.sql`INSERT INTO users VALUES (100, 'of the file')`
})
afterAll(async () => {
  await seat?.pop()
  await seat?.close()
  await lab?.stop()
})
beforeEach(() => seat.push())
afterEach(async () => {
  await seat.pop()
  expect(await ids()).toEqual([100])
})

async function ids(): Promise<readonly number[]> {
  const rows = await seat.db.sql<{ id: number }>`SELECT id FROM users ORDER BY id`
  return rows.map(({ id }) => id)
}

test('all of it happens in one transaction that nobody else sees', async () => {
  await seat.db.session.query('INSERT INTO users VALUES ($1, $2)', [1, 'a'])
  await seat.db.session.query({ text: 'INSERT INTO users VALUES ($1, $2)', values: [2, 'b'] })
  await expectProbe(seat.db.table('users')).toHaveRows([{ id: 1 }, { id: 2 }])
  expect((await seat.app.query('SELECT * FROM users')).rows).toEqual([])
})

test('a statement wakes the matchers', async () => {
  const asserted = expectProbe(seat.db.table('users')).toHaveRow({ id: 1 })
  await seat.waitingBegun()
  await seat.db.session.query('INSERT INTO users VALUES (1)')
  await asserted
})

test('BEGIN, COMMIT and ROLLBACK are savepoints', async () => {
  const client = await seat.db.session.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO users VALUES (1)')
  expect((await client.query('COMMIT')).command).toBe('COMMIT')
  await client.query('/* a */ -- b\n start transaction isolation level serializable')
  await client.query('SET TRANSACTION READ WRITE')
  await client.query('INSERT INTO users VALUES (2)')
  expect((await client.query('ROLLBACK')).command).toBe('ROLLBACK')
  client.release()
  expect(await ids()).toEqual([1, 100])
})

test('a statement that fails outside of a transaction leaves what was before', async () => {
  await seat.db.session.query('INSERT INTO users VALUES (1)')
  await expect(seat.db.session.query('INSERT INTO users VALUES (1)')).rejects.toMatchObject({ code: '23505' })
  await seat.db.session.query('INSERT INTO users VALUES (2)')
  expect(await ids()).toEqual([1, 2, 100])
})

test('a statement that fails in a transaction fails the transaction', async () => {
  const client = await seat.db.session.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO users VALUES (1)')
  await expect(client.query('INSERT INTO users VALUES (1)')).rejects.toMatchObject({ code: '23505' })
  await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' })
  expect((await client.query('COMMIT')).command).toBe('ROLLBACK')
  expect(await ids()).toEqual([100])
})

test('savepoints of the code under test work', async () => {
  const client = await seat.db.session.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO users VALUES (1)')
  await client.query('SAVEPOINT a')
  await expect(client.query('INSERT INTO users VALUES (1)')).rejects.toThrow()
  await client.query('ROLLBACK TO SAVEPOINT a')
  await client.query('INSERT INTO users VALUES (2)')
  expect((await client.query('COMMIT')).command).toBe('COMMIT')
  expect(await ids()).toEqual([1, 2, 100])
})

test('two users take turns in transactions', async () => {
  const [one, two] = await Promise.all([seat.db.session.connect(), seat.db.session.connect()])
  await one.query('BEGIN')
  const begun = two.query('BEGIN')
  await one.query('INSERT INTO users VALUES (1)')
  await one.query('ROLLBACK')
  await begun
  await two.query('INSERT INTO users VALUES (2)')
  await two.query('COMMIT')
  expect(await ids()).toEqual([2, 100])
})

test('a transaction that a test leaves open goes with it', async () => {
  const client = await seat.db.session.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO users VALUES (1)')
})
