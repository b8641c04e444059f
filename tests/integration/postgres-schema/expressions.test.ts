import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

let lab: Lab
let seat: Seat
beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(
    lab,
    `CREATE TYPE status AS ENUM ('draft', 'live');
     CREATE TABLE t (a int, b bigint, price numeric(10, 2), title varchar(20), body text, state status, ok bool, day date, at timestamptz,
       tags text[], data jsonb, "Odd" int)`,
  )
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})

// As one writes them in a migration: whatever Postgres makes of them, they are found again.
test.for<[string]>([
  ['a > 0'],
  ['a >= -1 AND b < 10'],
  ['price > 0.5'],
  ['price * 2 - 1 >= a / 3 % 2'],
  ['a BETWEEN 1 AND 10'],
  ['ok AND a NOT BETWEEN 1 AND 10'],
  ["title IN ('x', 'y')"],
  ["title NOT IN ('x', 'y')"],
  ["body IN ('only')"],
  ["state = 'draft'"],
  ["state IN ('draft', 'live')"],
  ["title LIKE 'a%' OR body ILIKE '%b'"],
  ["body NOT LIKE '%''%'"],
  ["body ~* '^[a-z]+$'"],
  ['a IS NULL OR b IS NOT NULL'],
  ['ok IS TRUE'],
  ['NOT ok OR a = 1'],
  ['NOT (ok OR a = 1)'],
  ['a IS DISTINCT FROM b'],
  ['(ok OR false) = ok'],
  ['length(trim(body)) > 0'],
  ['char_length(title) <= 20'],
  ["day >= DATE '2026-01-01'"],
  ["at < now() + INTERVAL '1 day'"],
  ["(at AT TIME ZONE 'UTC')::date = day"],
  ['cardinality(tags) < 5'],
  ["tags @> ARRAY['x']"],
  ["tags[1] = 'x'"],
  ["data ->> 'kind' = 'x'"],
  ["data ? 'kind'"],
  ['CASE WHEN ok THEN a > 0 ELSE b > 0 END'],
  ['coalesce(a, 0) + coalesce(b, 0) = 1'],
  ['num_nonnulls(a, b) = 1'],
  ['"Odd" % 2 = 1'],
  ['a::text <> body'],
  ['body COLLATE "C" < \'x\''],
  ['a ^ 2 < 100'],
  ['a = ANY (ARRAY[1, 2, 3])'],
])('%s', async ([expression]) => {
  const name = 'under_test'
  const run = (text: string) => seat.db.sql(Object.assign([text], { raw: [text] }))
  await run(`ALTER TABLE t ADD CONSTRAINT ${name} CHECK (${expression})`)
  try {
    const table = expectProbe(seat.db.table('t'))
    await table.toHaveCheck({ name, expression })
    expect(await failureOf(table.toHaveCheck({ name, expression: `NOT (${expression})` }))).toContain('✗ expression')
  } finally {
    await run(`ALTER TABLE t DROP CONSTRAINT ${name}`)
  }
})
