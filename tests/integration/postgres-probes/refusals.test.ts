import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from './lab.ts'

const schema = `
  CREATE TYPE state AS ENUM ('active', 'inactive');
  CREATE TABLE users (id int PRIMARY KEY, handle text, state state, born date, paid numeric, key uuid, yes boolean, tags text[]);
  CREATE TABLE "Weird ""Name" (id int);
  CREATE TABLE "Users2" (id int);
  CREATE SCHEMA shop; CREATE TABLE shop.orders (id int);
  CREATE SCHEMA old; CREATE TABLE old.parts (id int); CREATE TABLE shop.parts (id int);
  CREATE VIEW adults AS SELECT * FROM users;
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

const row = (name: string | readonly [string, string], columns: Record<string, unknown>) =>
  expectProbe(seat.db.table(name)).not.toHaveRow(columns, { timeout: '20 s' })
const refused = (columns: Record<string, unknown>) => failureOf(row('users', columns))

test.for([
  ['users'],
  ['USERS'],
  ['public.users'],
  ['"public"."users"'],
  ['"Weird ""Name"'],
  ['Users2'],
  ['orders'],
  ['shop.orders'],
  ['adults'],
  ['pg_catalog.pg_class'],
])('finds %s', async ([name]) => {
  await expectProbe(seat.db.table(name ?? '')).not.toHaveCount(1_000_000)
})

test('finds a table by schema and name', async () => {
  await row(['shop', 'orders'], { id: 1 })
  await row(['public', 'Weird "Name'], { id: 1 })
})

test('a table that does not exist fails at once, with the nearest names', async () => {
  const began = performance.now()
  expect(await failureOf(row('user', { id: 1 }))).toMatchInlineSnapshot(`
    "there is no table user in the database [BACKLOT_TABLE_NOT_FOUND]
      → did you mean users?"
  `)
  expect(await failureOf(row('public.orders', { id: 1 }))).toMatchInlineSnapshot(`
    "there is no table public.orders in the database [BACKLOT_TABLE_NOT_FOUND]
      → did you mean shop.orders?"
  `)
  expect(await failureOf(row('somethingelse', { id: 1 }))).toMatchInlineSnapshot(`
    "there is no table somethingelse in the database [BACKLOT_TABLE_NOT_FOUND]
      → the tables are: old.parts, Users2, Weird "Name, adults, users, shop.orders, shop.parts"
  `)
  expect(await failureOf(row('parts', { id: 1 }))).toMatchInlineSnapshot(`
    "several schemas have a table parts [BACKLOT_TABLE_NOT_FOUND]
      → name the one you mean: old.parts or shop.parts"
  `)
  expect(await failureOf(row('"users2"', { id: 1 }))).toMatchInlineSnapshot(`
    "there is no table "users2" in the database [BACKLOT_TABLE_NOT_FOUND]
      → did you mean Users2?"
  `)
  expect(await failureOf(row('a.b.c', { id: 1 }))).toMatchInlineSnapshot(`
    "not the name of a table: a.b.c [BACKLOT_TABLE_NOT_FOUND]
      → write 'users', 'schema.users', '"Quoted Name"' or ['schema', 'table']"
  `)
  expect(await failureOf(row('', { id: 1 }))).toMatchInlineSnapshot(`
    "not the name of a table: '' [BACKLOT_TABLE_NOT_FOUND]
      → write 'users', 'schema.users', '"Quoted Name"' or ['schema', 'table']"
  `)
  expect(performance.now() - began).toBeLessThan(4000)
})

test('a column that does not exist', async () => {
  expect(await refused({ handel: 'x' })).toMatchInlineSnapshot(`
    "table users has no column handel [BACKLOT_COLUMN_NOT_FOUND]
      → did you mean handle?"
  `)
  expect(await refused({ somethingelse: 'x' })).toMatchInlineSnapshot(`
    "table users has no column somethingelse [BACKLOT_COLUMN_NOT_FOUND]
      → its columns are: id, handle, state, born, paid, key, yes, tags"
  `)
  expect(
    await failureOf(expectProbe(seat.db.table('users')).toHaveRows([], { order: 'handel' })),
  ).toMatchInlineSnapshot(`
    "table users has no column handel [BACKLOT_COLUMN_NOT_FOUND]
      → did you mean handle?"
  `)
})

test('a value that cannot be of the column’s type', async () => {
  expect(await refused({ id: undefined })).toMatchInlineSnapshot(`
    "column id of users is integer and cannot hold undefined [BACKLOT_VALUE_INVALID]
      → write null for NULL, or leave the column out if it does not matter"
  `)
  expect(await refused({ id: 1.5 })).toMatchInlineSnapshot(`
    "column id of users is integer and cannot hold 1.5 [BACKLOT_VALUE_INVALID]
      → PostgreSQL says: invalid input syntax for type integer: "1.5""
  `)
  expect(await refused({ id: 3_000_000_000 })).toMatchInlineSnapshot(`
    "column id of users is integer and cannot hold 3000000000 [BACKLOT_VALUE_INVALID]
      → PostgreSQL says: value "3000000000" is out of range for type integer"
  `)
  expect(await refused({ id: true })).toMatchInlineSnapshot(`
    "column id of users is integer and cannot hold true [BACKLOT_VALUE_INVALID]
      → write a number, a bigint or text"
  `)
  expect(await refused({ handle: 5 })).toMatchInlineSnapshot(`
    "column handle of users is text and cannot hold 5 [BACKLOT_VALUE_INVALID]
      → write it as text: '5'"
  `)
  expect(await refused({ state: 'activ' })).toMatchInlineSnapshot(`
    "column state of users is state and cannot hold 'activ' [BACKLOT_VALUE_INVALID]
      → did you mean 'active'? its labels are: active, inactive"
  `)
  expect(await refused({ state: 'somethingelse' })).toMatchInlineSnapshot(`
    "column state of users is state and cannot hold 'somethingelse' [BACKLOT_VALUE_INVALID]
      → its labels are: active, inactive"
  `)
  expect(await refused({ born: '2026-13-01' })).toMatchInlineSnapshot(`
    "column born of users is date and cannot hold '2026-13-01' [BACKLOT_VALUE_INVALID]
      → PostgreSQL says: date/time field value out of range: "2026-13-01""
  `)
  expect(await refused({ born: new Date('nonsense') })).toMatchInlineSnapshot(`
    "column born of users is date and cannot hold Invalid Date [BACKLOT_VALUE_INVALID]
      → this Date is invalid"
  `)
  expect(await refused({ paid: 'ten' })).toMatchInlineSnapshot(`
    "column paid of users is numeric and cannot hold 'ten' [BACKLOT_VALUE_INVALID]
      → PostgreSQL says: invalid input syntax for type numeric: "ten""
  `)
  expect(await refused({ key: 'not-a-uuid', id: 1 })).toMatchInlineSnapshot(`
    "column key of users is uuid and cannot hold 'not-a-uuid' [BACKLOT_VALUE_INVALID]
      → PostgreSQL says: invalid input syntax for type uuid: "not-a-uuid""
  `)
  expect(await refused({ yes: 1 })).toMatchInlineSnapshot(`
    "column yes of users is boolean and cannot hold 1 [BACKLOT_VALUE_INVALID]
      → write true, false or null"
  `)
  expect(await refused({ tags: 5 })).toMatchInlineSnapshot(`
    "column tags of users is text[] and cannot hold 5 [BACKLOT_VALUE_INVALID]
      → write an array"
  `)
})

test('arguments that are not what the matcher takes', async () => {
  const users = expectProbe(seat.db.table('users'))
  const misspelt: object = { timeOut: 5 }
  expect(await failureOf(users.toHaveRow(JSON.parse('["x"]')))).toMatchInlineSnapshot(`
    "toHaveRow takes columns and what they hold, not [ 'x' ] [BACKLOT_USAGE]
      → for example toHaveRow({ id: 1 })"
  `)
  expect(await failureOf(users.toHaveRow({ id: 1 }, misspelt))).toMatchInlineSnapshot(`
    "toHaveRow has no option timeOut [BACKLOT_CONFIG_INVALID]
      → did you mean timeout?"
  `)
  expect(await failureOf(users.toHaveCount(-1))).toMatchInlineSnapshot(`
    "toHaveCount takes a number of rows, not -1 [BACKLOT_USAGE]
      → for example toHaveCount(3)"
  `)
  expect(await failureOf(users.toHaveRow({ id: 1 }, JSON.parse('{"timeout":"5 sec"}')))).toMatchInlineSnapshot(`
    "timeout is not a span of time: '5 sec' [BACKLOT_CONFIG_INVALID]
      → write milliseconds as a number, or '500 ms', '5 s', '2 min'"
  `)
  expect(await failureOf(users.toHaveRows(JSON.parse('{"id":1}')))).toMatchInlineSnapshot(`
    "toHaveRows takes an array of rows [BACKLOT_USAGE]
      → for example toHaveRows([{ id: 1 }, { id: 2 }]); for one row there is toHaveRow({ id: 1 })"
  `)
})

test('db.session exists under isolation transaction alone', async () => {
  expect(await failureOf(async () => seat.db.session)).toMatchInlineSnapshot(`
    "db.session exists under isolation transaction alone [BACKLOT_USAGE]
      → this lease has isolation rewind: hand db.url to the app, or choose isolation: 'transaction'"
  `)
})
