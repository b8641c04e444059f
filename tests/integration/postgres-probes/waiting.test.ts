import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from './lab.ts'

const schema = `
  CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, handle text);
  CREATE TABLE other (id int);
  CREATE TABLE "Odd one" (id int);
  CREATE VIEW handles AS SELECT handle FROM users;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
  CREATE TABLE events (day date, what text) PARTITION BY RANGE (day);
  CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
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
  seat.elsewhere.inFlight = []
  await seat.push()
})
afterEach(() => seat.pop())

const table = (name: string) => expectProbe(seat.db.table(name))

/** What a message says of the changes. */
const endOf = (message: string): string => message.split('\n\n').at(-1) ?? ''

describe('a commit wakes the matcher', () => {
  test.for([
    ['users', "INSERT INTO users (handle) VALUES ('bob')", { handle: 'bob' }],
    ['handles', "INSERT INTO users (handle) VALUES ('bob')", { handle: 'bob' }],
    ['counted', "INSERT INTO users (handle) VALUES ('bob'); REFRESH MATERIALIZED VIEW counted", { n: 1 }],
    ['events', "INSERT INTO events VALUES ('2026-05-05', 'x')", { what: 'x' }],
    ['events_2026', "INSERT INTO events VALUES ('2026-05-05', 'x')", { what: 'x' }],
    ['parent', 'INSERT INTO child VALUES (5)', { id: 5 }],
  ] as const)('of %s', async ([name, statement, columns]) => {
    const asserted = table(name).toHaveRow(columns)
    await seat.waitingBegun()
    await (name === 'counted'
      ? seat.db.sql.begin(async (sql) => {
          for (const text of statement.split(';')) await sql(Object.assign([text], { raw: [text] }))
        })
      : seat.app.query(statement))
    await asserted
  })
})

test('an open transaction is waited for before an absence is believed', async () => {
  await seat.app.query('BEGIN')
  await seat.app.query("INSERT INTO users (handle) VALUES ('late')")
  const asserted = failureOf(table('users').not.toHaveRow({ handle: 'late' }, { timeout: 600 }))
  const empty = failureOf(table('users').toBeEmpty({ timeout: 600 }))
  await seat.db.sql`SELECT 1`
  await seat.app.query('COMMIT')
  expect(await asserted).toMatch(/there is one/)
  expect(await empty).toMatch(/there is 1/)
})

test('a table made by the test is found, and one that it changed is known anew', async () => {
  await table('users').toHaveCount(0)
  await seat.db.sql`CREATE TABLE made (id int)`
  await table('made').toBeEmpty()
  await seat.db.sql`ALTER TABLE users ADD COLUMN age int`
  await seat.db.sql`INSERT INTO users (handle, age) VALUES ('bob', 7)`
  await table('users').toHaveRow({ age: 7 })
  await seat.db.sql`DROP TABLE made`
  expect(await failureOf(table('made').toBeEmpty())).toMatch(/BACKLOT_TABLE_NOT_FOUND/)
})

test('a table that is locked does not hang the assertion, nor the next one', async () => {
  await seat.db.sql.begin(async (sql) => {
    await sql`LOCK TABLE users IN ACCESS EXCLUSIVE MODE`
    expect(await failureOf(table('users').toHaveRow({ handle: 'x' }, { timeout: 50 }))).toMatch(
      /did not answer within 50 ms/,
    )
  })
  await table('users').toBeEmpty()
})

test('probes and sql survive the end of their connections, however often', async () => {
  for (let round = 0; round < 20; round += 1) {
    await table('users').toBeEmpty()
    await seat.db.sql`SELECT 1`
    await lab.admin(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('backlot:probe', 'db.sql')`,
    )
  }
})

test('several assertions side by side', async () => {
  const asserted = Promise.all([
    table('users').toHaveRow({ handle: 'a' }),
    table('users').toHaveCount(2),
    table('other').toHaveRow({ id: 1 }),
  ])
  await seat.waitingBegun()
  await seat.app.query("INSERT INTO users (handle) VALUES ('a')")
  await seat.app.query("INSERT INTO users (handle) VALUES ('b'); INSERT INTO other VALUES (1)")
  await asserted
})

test('changes tells what the test changed', async () => {
  await seat.write("INSERT INTO users (handle) VALUES ('a')")
  await seat.write("UPDATE users SET handle = 'b'")
  await seat.write('DELETE FROM users')
  const changes = await seat.db.changes()
  expect(changes.map(({ kind, table: name, before, after }) => [kind, name, before?.handle, after?.handle])).toEqual([
    ['insert', 'public.users', undefined, 'a'],
    ['update', 'public.users', 'a', 'b'],
    ['delete', 'public.users', 'b', undefined],
  ])
  expect(await seat.open.summary()).toEqual(['db: 3 rows changed in users'])
})

test('changes past what is kept fail with their number, or say how many they are', async () => {
  await seat.db.sql`INSERT INTO users (handle) SELECT 'user ' || n FROM generate_series(1, 1500) n`
  await seat.db.sql`INSERT INTO other VALUES (1)`
  expect(await failureOf(seat.db.changes())).toMatchInlineSnapshot(`
    "the test made 1501 changes, of which changes() can list the first 1000 [BACKLOT_USAGE]
      → assert on tables, as in expect(db.table(...)).toHaveCount(...), write large data in beforeAll, or take the first: changes({ partial: true })
      not listed: 500 in public.users, 1 in public.other"
  `)
  const changes = await seat.db.changes({ partial: true })
  expect([changes.length, changes.omitted]).toEqual([1000, 501])
  expect(await seat.open.summary()).toEqual(['db: 1501 rows changed in users, other'])
  expect(endOf(await failureOf(table('users').toBeEmpty({ timeout: 50 })))).toMatchInlineSnapshot(`
    "Nothing changed in users during the wait. Before it, the test changed:
      … 992 changes before these
      inserted id: 993, handle: 'user 993'
      inserted id: 994, handle: 'user 994'
      inserted id: 995, handle: 'user 995'
      inserted id: 996, handle: 'user 996'
      inserted id: 997, handle: 'user 997'
      inserted id: 998, handle: 'user 998'
      inserted id: 999, handle: 'user 999'
      inserted id: 1000, handle: 'user 1000'
      … and 500 more that are not listed"
  `)
  expect(endOf(await failureOf(table('other').toBeEmpty({ timeout: 50 })))).toMatchInlineSnapshot(`
    "Nothing changed in other during the wait. Before it, the test changed:
      … and 1 more that is not listed"
  `)

  const asserted = failureOf(table('other').toHaveCount(9, {}, { timeout: 300 }))
  await seat.waitingBegun()
  await seat.app.query('INSERT INTO other VALUES (2)')
  expect(endOf(await asserted)).toMatchInlineSnapshot(`
    "Changed in other during the wait:
      … and 1 more that is not listed"
  `)
})

test('all changes are listed: none is omitted', async () => {
  await seat.db.sql`INSERT INTO other VALUES (1)`
  const changes = await seat.db.changes()
  expect(changes).toEqual([{ table: 'public.other', kind: 'insert', after: { id: '1' } }])
  expect(changes.omitted).toBe(0)
})

test('a commit to a table whose name is quoted wakes the matcher', async () => {
  await seat.write('INSERT INTO "Odd one" VALUES (1)')
  // The first look and those that follow it soon anyway: after them a commit alone leads to another.
  const rested = Promise.withResolvers<void>()
  let looks = 0
  const two = {
    asymmetricMatch(value: unknown) {
      looks += 1
      if (looks === 8) setImmediate(rested.resolve)
      return value === 2
    },
  }
  const asserted = table('"Odd one"').toHaveRow({ id: two }, { timeout: '8 s' })
  await rested.promise
  const began = performance.now()
  await seat.app.query('UPDATE "Odd one" SET id = 2')
  await asserted
  expect(performance.now() - began).toBeLessThan(4000)
})

test('a large table is not read for plain values', async () => {
  await seat.db.sql`INSERT INTO users (handle) SELECT 'user ' || n FROM generate_series(1, 20000) n`
  await table('users').toHaveRow({ handle: 'user 19999' })
  await table('users').toHaveCount(20_000)
  const failure = await failureOf(table('users').toHaveRow({ handle: 'user 19999x' }, { timeout: 50 }))
  expect(failure).toMatch(/Closest of 20000 rows/)
})
