import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { phenomena } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const schema = `
  CREATE TABLE accounts (id int PRIMARY KEY, owner text, balance int);
  CREATE TABLE doctors (name text PRIMARY KEY, on_call bool);
`

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})
beforeEach(async () => {
  await seat.push()
  await seat.write(`
    INSERT INTO accounts VALUES (1, 'ada', 100), (2, 'ada', 100);
    INSERT INTO doctors VALUES ('alice', true), ('bob', true)`)
})
afterEach(() => seat.pop())

test('what each isolation level shows of the classic phenomena', { timeout: 60_000 }, async () => {
  const found = await phenomena(seat.db, {
    'dirty read': {
      read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
      write: (sql) => sql`UPDATE accounts SET balance = 5 WHERE id = 1`,
    },
    'non-repeatable read': {
      read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
      write: (sql) => sql`UPDATE accounts SET balance = 5 WHERE id = 1`,
    },
    'phantom read': {
      read: (sql) => sql`SELECT id FROM accounts WHERE owner = 'ada'`,
      write: (sql) => sql`INSERT INTO accounts VALUES (3, 'ada', 100)`,
    },
    'lost update': {
      read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
      write: (sql, [row]) => sql`UPDATE accounts SET balance = ${Number(row?.balance) + 10} WHERE id = 1`,
      check: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
    },
    // Each goes off call if another one is on call.
    'write skew': {
      read: (sql) => sql`SELECT name FROM doctors WHERE on_call`,
      write: (sql, { length }) => sql`UPDATE doctors SET on_call = false WHERE name = 'alice' AND ${length > 1}`,
      second: {
        read: (sql) => sql`SELECT name FROM doctors WHERE on_call`,
        write: (sql, { length }) => sql`UPDATE doctors SET on_call = false WHERE name = 'bob' AND ${length > 1}`,
      },
      check: (sql) => sql`SELECT name FROM doctors WHERE on_call`,
    },
  })
  expect(found).toEqual({
    'read committed': {
      'dirty read': 'prevented',
      'non-repeatable read': 'happens',
      'phantom read': 'happens',
      'lost update': 'happens',
      'write skew': 'happens',
    },
    'repeatable read': {
      'dirty read': 'prevented',
      'non-repeatable read': 'prevented',
      'phantom read': 'prevented',
      'lost update': 'error 40001',
      'write skew': 'happens',
    },
    serializable: {
      'dirty read': 'prevented',
      'non-repeatable read': 'prevented',
      'phantom read': 'prevented',
      'lost update': 'error 40001',
      'write skew': 'error 40001',
    },
  })
  expect(await seat.db.sql`SELECT balance FROM accounts WHERE id = 1`).toEqual([{ balance: 100 }])
})

test('locks prevent what the level does not', { timeout: 60_000 }, async () => {
  const found = await phenomena(
    seat.db,
    {
      'non-repeatable read': {
        read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1 FOR SHARE`,
        write: (sql) => sql`UPDATE accounts SET balance = 5 WHERE id = 1`,
      },
      'dirty read': {
        read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1 FOR SHARE`,
        write: (sql) => sql`UPDATE accounts SET balance = 5 WHERE id = 1`,
      },
      'lost update': {
        read: (sql) => sql`SELECT balance FROM accounts WHERE id = 1 FOR UPDATE`,
        write: (sql, [row]) => sql`UPDATE accounts SET balance = ${Number(row?.balance) + 10} WHERE id = 1`,
        check: (sql) => sql`SELECT balance FROM accounts WHERE id = 1`,
      },
      // Both may read at once, and then neither may write.
      'write skew': {
        read: (sql) => sql`SELECT name FROM doctors WHERE on_call FOR SHARE`,
        write: (sql) => sql`UPDATE doctors SET on_call = NOT on_call`,
        check: (sql) => sql`SELECT name, on_call FROM doctors`,
      },
    },
    { levels: ['read committed'] },
  )
  expect(found).toEqual({
    'read committed': {
      'dirty read': 'prevented',
      'non-repeatable read': 'prevented',
      'lost update': 'prevented',
      'write skew': 'error 40P01',
    },
  })
})

test('a statement that cannot work is told as what it is', async () => {
  const trial = { read: () => Promise.resolve([]), write: () => Promise.resolve([]) }
  const failing = phenomena(seat.db, {
    'lost update': { ...trial, write: (sql) => sql`SELECT nothing`, check: trial.read },
  })
  await expect(failing).rejects.toMatchObject({ code: '42703' })
  expect(await failureOf(phenomena(seat.db, Object.fromEntries([['lost updates', trial]])))).toMatchInlineSnapshot(`
    "phenomena knows no "lost updates" [BACKLOT_USAGE]
      → did you mean 'lost update'?"
  `)
  expect(await failureOf(phenomena(seat.db, Object.fromEntries([['serialization', trial]])))).toMatchInlineSnapshot(`
    "phenomena knows no "serialization" [BACKLOT_USAGE]
      → it tries: dirty read, non-repeatable read, phantom read, lost update, write skew"
  `)
})
