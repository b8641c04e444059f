import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { queryProbe } from '../../../src/postgres/violation/to-violate.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const schema = `
  CREATE TABLE users (
    id int PRIMARY KEY, email text NOT NULL CONSTRAINT users_email_key UNIQUE,
    age int CONSTRAINT users_age_check CHECK (age >= 0)
  );
  INSERT INTO users VALUES (1, 'ada@example.org');
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
beforeEach(() => seat.push())
afterEach(() => seat.pop())

const run = (statement: string) => expectProbe(queryProbe(() => seat.app.query(statement)))
const twice = "INSERT INTO users VALUES (2, 'ada@example.org')"

test('nothing was violated', async () => {
  const failure = failureOf(run('SELECT 1').toViolate('unique', { constraint: 'users_email_key' }))
  expect(await failure).toMatchInlineSnapshot(`
    "Expected a violation of a unique constraint with
      constraint: 'users_email_key'
    but the query succeeded: no constraint was violated"
  `)
})

test('another kind was violated', async () => {
  const failure = failureOf(run("INSERT INTO users VALUES (2, 'b', -1)").toViolate('exclusion'))
  expect(await failure).toMatchInlineSnapshot(`
    "Expected a violation of an exclusion constraint
    but it violated the check constraint users_age_check of public.users
      new row for relation "users" violates check constraint "users_age_check"
      Failing row contains (2, b, -1).

    What differs:
      ✗ kind: 'check', expected 'exclusion'"
  `)
})

test('another constraint was violated, with a name that is near', async () => {
  const failure = failureOf(
    run(twice).toViolate('unique', { constraint: 'user_email_key', table: 'users', column: 'handle', detail: 'bob' }),
  )
  expect(await failure).toMatchInlineSnapshot(`
    "Expected a violation of a unique constraint with
      constraint: 'user_email_key'
      table: 'users'
      column: 'handle'
      detail: 'bob'
    but it violated the unique constraint users_email_key of public.users
      duplicate key value violates unique constraint "users_email_key"
      Key (email)=(ada@example.org) already exists.

    What differs:
      ✗ constraint: 'users_email_key', expected 'user_email_key' (did you mean 'users_email_key'?)
      ✗ column: 'email', expected 'handle'
      ✗ detail: 'Key (email)=(ada@example.org) already exists.', expected 'bob'"
  `)
})

test('what the server does not tell', async () => {
  const failure = failureOf(run("INSERT INTO users VALUES (2, 'b', -1)").toViolate('check', { column: 'age' }))
  expect(await failure).toMatchInlineSnapshot(`
    "Expected a violation of a check constraint with
      column: 'age'
    but it violated the check constraint users_age_check of public.users
      new row for relation "users" violates check constraint "users_age_check"
      Failing row contains (2, b, -1).

    What differs:
      ✗ column: not told by the server or the driver, expected 'age'"
  `)
})

test('not to violate, and it did', async () => {
  expect(await failureOf(run(twice).not.toViolate('unique', { table: 'users' }))).toMatchInlineSnapshot(`
    "Expected no violation of a unique constraint with
      table: 'users'
    but it violated the unique constraint users_email_key of public.users
      duplicate key value violates unique constraint "users_email_key"
      Key (email)=(ada@example.org) already exists."
  `)
})

test('not to violate, but it violated something else', async () => {
  expect(await failureOf(run(twice).not.toViolate('check'))).toMatchInlineSnapshot(`
    "Expected no violation of a check constraint
    but it violated the unique constraint users_email_key of public.users
      duplicate key value violates unique constraint "users_email_key"
      Key (email)=(ada@example.org) already exists.

    That is another one, but the query did not succeed either."
  `)
})

test('another error is shown in full, with what it wraps', async () => {
  const cause = Object.assign(new Error('the socket closed'), {
    code: 'ECONNRESET',
    errno: -104,
    connection: { password: 'x' },
  })
  const query = () => Promise.reject(new Error('Failed query: INSERT', { cause }))
  const failure = await failureOf(expectProbe(queryProbe(query)).toViolate('unique'))
  expect(failure.replaceAll(/\n +at .*/g, '')).toMatchInlineSnapshot(`
    "Expected a violation of a unique constraint
    but the query failed otherwise:

      Error: Failed query: INSERT
      caused by
      Error: the socket closed
      code: 'ECONNRESET'
      errno: -104"
  `)
  expect(failure).toMatch(/\n {6}at .*messages\.test\.ts/)
  expect(
    await failureOf(expectProbe(queryProbe(() => Promise.reject('text'))).toViolate('check')),
  ).toMatchInlineSnapshot(`
    "Expected a violation of a check constraint
    but the query failed otherwise:

      'text'"
  `)
})

test('a query that waits for a lock comes to an end', async () => {
  await seat.db.sql.begin(async (sql) => {
    await sql`LOCK TABLE users`
    const query = seat.app.query('INSERT INTO users VALUES (2)')
    const failure = failureOf(expectProbe(queryProbe(query)).toViolate('not null', { timeout: 60 }))
    expect(await failure).toMatchInlineSnapshot(`
      "the query did not end within 60 ms [BACKLOT_TIMEOUT]
        → it may wait for a lock: end open transactions first, or give it longer: { timeout: ... }"
    `)
  })
})

test('what makes no sense is refused', async () => {
  const refusal = (query: unknown, ...args: readonly unknown[]) =>
    failureOf(Reflect.apply(expectProbe(queryProbe(query)).toViolate, undefined, args))
  const done = Promise.resolve()
  expect(await refusal(done, 'foreign_keys')).toMatchInlineSnapshot(`
    "toViolate knows no constraint of kind 'foreign_keys' [BACKLOT_USAGE]
      → did you mean 'foreign key'?"
  `)
  expect(await refusal(done, 'primary')).toMatchInlineSnapshot(`
    "toViolate knows no constraint of kind 'primary' [BACKLOT_USAGE]
      → the kinds are: 'unique', 'foreign key', 'not null', 'check', 'exclusion'"
  `)
  expect(await refusal(done, 'unique', { constrain: 'a' })).toMatchInlineSnapshot(`
    "toViolate has no option constrain [BACKLOT_USAGE]
      → did you mean constraint?"
  `)
  expect(await refusal(done, 'unique', { name: 'a' })).toMatchInlineSnapshot(`
    "toViolate has no option name [BACKLOT_USAGE]
      → its options are: constraint, table, column, detail, timeout"
  `)
  expect(await refusal(done, 'unique', 'users_email_key')).toMatchInlineSnapshot(`
    "the options of toViolate are not an object [BACKLOT_USAGE]
      → for example toViolate('unique', { table: 'users' })"
  `)
  expect(await refusal(done, 'unique', { table: 5 })).toMatchInlineSnapshot(`
    "table of toViolate is neither text nor a pattern: 5 [BACKLOT_USAGE]
      → write table: 'name'"
  `)
  expect(await refusal(() => 5, 'unique')).toMatchInlineSnapshot(`
    "toViolate needs a query, not 5 [BACKLOT_USAGE]
      → hand it the promise: await expect(db.sql\`INSERT ...\`).toViolate('unique'), or a function that returns one"
  `)
})
