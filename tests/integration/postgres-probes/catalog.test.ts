import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../../src/postgres/client.ts'
import type { LeaseInfo } from '../../../src/postgres/contract.ts'
import { readTable, type Table } from '../../../src/postgres/probe/catalog.ts'
import { parseTableName } from '../../../src/postgres/probe/table-name.ts'
import { type Lab, openLab, openSeat, type Seat } from './lab.ts'

const schema = `
  CREATE SCHEMA shop;
  CREATE TABLE shop."Odd name" (id int);
  CREATE TABLE users (id int PRIMARY KEY, name varchar(5));
  CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE DOMAIN smaller AS small;
  CREATE TABLE typed (a smaller, b numeric(10, 2)[], c json, d varchar(5), e point);
  CREATE VIEW seen AS SELECT * FROM users;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
  CREATE TABLE events (day date) PARTITION BY RANGE (day);
  CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (day);
  CREATE TABLE events_may PARTITION OF events_2026 FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
  CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
`

let lab: Lab
let seat: Seat
let client: Client

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
  client = await connect((seat.info() as LeaseInfo).observer, { applicationName: 'backlot:test' })
})
afterAll(async () => {
  await client?.end()
  await seat?.close()
  await lab?.stop()
})

async function read(name: string): Promise<Table> {
  const asText = { getTypeParser: () => (text: string) => text }
  return readTable(async (text, values = []) => {
    const result = await client.query({ text, values: [...values], rowMode: 'array', types: asText })
    return result.rows
  }, parseTableName(name))
}

test.for<[string, string | undefined, boolean]>([
  ['users', 'public.users', true],
  ['shop."Odd name"', 'shop."Odd name"', true],
  ['events', 'public.events', true],
  ['events_2026', 'public.events', true],
  ['events_may', 'public.events', true],
  ['child', 'public.child', true],
  // Commits to other tables change what these show: every commit counts.
  ['parent', undefined, true],
  ['seen', undefined, true],
  ['counted', undefined, false],
])('%s is called %s in the feed', async ([name, feedName, inFeed]) => {
  expect(await read(name)).toMatchObject({ feedName, inFeed })
})

// Which names stand in quotes depends on the version's keywords.
test('columns have the types beneath their domains', async () => {
  const { columns } = await read('typed')
  expect(
    columns.map(({ name, declared, cast, element, comparable }) => [
      name,
      declared,
      cast.replaceAll('"', ''),
      element,
      comparable,
    ]),
  ).toEqual([
    ['a', 'smaller', 'pg_catalog.int4', undefined, true],
    ['b', 'numeric(10,2)[]', 'pg_catalog._numeric', 'numeric', false],
    ['c', 'json', 'pg_catalog.json', undefined, false],
    ['d', 'character varying(5)', 'pg_catalog.varchar', undefined, true],
    ['e', 'point', 'pg_catalog.point', undefined, false],
  ])
})
