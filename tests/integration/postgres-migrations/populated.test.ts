import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { makeRows } from '../../../src/postgres/migrations/make-rows.ts'
import { openTrack } from '../../../src/postgres/migrations/track.ts'
import { partsOf } from '../../../src/postgres/parts.ts'
import { failureOf, type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'
import { walking } from './support.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

const plain = (message: string): string => message.replaceAll(/m\d+\//g, 'm/')

describe('toApplyToPopulated', () => {
  test('stands where rows are no hindrance', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE a (id int PRIMARY KEY, name text)',
        '2.sql': "ALTER TABLE a ADD mail text NOT NULL DEFAULT ''",
        '3.sql': 'UPDATE a SET name = id WHERE name IS NULL; ALTER TABLE a ALTER name SET NOT NULL',
      },
      async (walk) => {
        await expectProbe(walk).toApplyToPopulated()
        await expectProbe(walk).toApplyToPopulated({ keepRows: true })
        expect(await failureOf(expectProbe(walk).not.toApplyToPopulated())).toMatchInlineSnapshot(`
          "Expected the migrations of db not to apply to a populated database
          but all do"
        `)
      },
    ))

  test('says which migrations fail on rows that the schema allows, and goes on', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE a (id int PRIMARY KEY, name text, mail text)',
        '2.sql': 'ALTER TABLE a ALTER name SET NOT NULL',
        '3.sql': 'ALTER TABLE a ADD UNIQUE (mail)',
        '4.sql': 'ALTER TABLE a ADD age int NOT NULL',
      },
      async (walk) => {
        expect(plain(await failureOf(expectProbe(walk).toApplyToPopulated()))).toMatchInlineSnapshot(`
          "Expected the migrations of db to apply to a populated database
          but these do not:

            2
              m/2.sql:1: column "name" of relation "a" contains null values [BACKLOT_MIGRATION_FAILED]
                → mend m/2.sql:1
                1 | ALTER TABLE a ALTER name SET NOT NULL
              with these rows
                a: 3 rows

            3
              m/3.sql:1: could not create unique index "a_mail_key" [BACKLOT_MIGRATION_FAILED]
                → mend m/3.sql:1
                1 | ALTER TABLE a ADD UNIQUE (mail)
                DETAIL: Key (mail)=(person1@example.org) is duplicated.
              with these rows
                a: 3 rows

            4
              m/4.sql:1: column "age" of relation "a" contains null values [BACKLOT_MIGRATION_FAILED]
                → mend m/4.sql:1
                1 | ALTER TABLE a ADD age int NOT NULL
              with these rows
                a: 3 rows"
        `)
        await expectProbe(walk).not.toApplyToPopulated({ only: ['3'] })
        await expectProbe(walk).toApplyToPopulated({ except: ['2', '3', '4'] })
      },
    ))

  test('takes rows of its own, and knows which are lost', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE a (id int NOT NULL CHECK (id % 7 = 5))',
        '2.sql': 'DELETE FROM a WHERE id > 5',
        '3.sql': 'SELECT 1',
      },
      async (walk) => {
        expect(await failureOf(expectProbe(walk).toApplyToPopulated())).toMatchInlineSnapshot(`
          "no rows can be made up for a after 1: new row for relation "a" violates check constraint "a_id_check" [BACKLOT_USAGE]
            → make them yourself: { seed: async (sql, step) => { await sql\`INSERT ...\` } }"
        `)
        const steps: string[] = []
        await expectProbe(walk).toApplyToPopulated({
          seed: async (sql, step) => {
            steps.push(step)
            if (step === '1') await sql`INSERT INTO a VALUES (5), (12)`
          },
        })
        expect(steps).toEqual(['1', '2', '3'])
        const losing = expectProbe(walk).toApplyToPopulated({
          keepRows: true,
          seed: (sql, step) => step === '1' && sql`INSERT INTO a VALUES (5), (12)`,
        })
        expect(await failureOf(losing)).toMatchInlineSnapshot(`
          "Expected the migrations of db to apply to a populated database
          but these do not:

            2
              a had 2 rows, and has 1"
        `)
      },
    ))
})

test('rows are made up for every kind of column', async () => {
  const seat = await openSeat(lab, '', { extensions: ['uuid-ossp'] })
  const track = await openTrack(partsOf(seat.db, 'test'))
  await track.sql`CREATE TYPE status AS ENUM ('draft', 'live')`
  await track.sql`CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')`
  await track.sql`CREATE TABLE skills (
    id uuid PRIMARY KEY, team_id int, region text, parent uuid REFERENCES skills, mail email, state status NOT NULL,
    kind text NOT NULL CHECK (kind IN ('it''s', 'other')), short varchar(3) UNIQUE, code char(2) NOT NULL, price numeric(5, 2), ok bool,
    day date, at timestamptz NOT NULL, took interval, clock time, tags text[] NOT NULL, data jsonb, bytes bytea, net inet, span int4range,
    number int GENERATED ALWAYS AS IDENTITY, twice numeric GENERATED ALWAYS AS (price * 2) STORED, made timestamptz DEFAULT now())`
  await track.sql`CREATE TABLE teams (id int, region text, PRIMARY KEY (id, region))`
  await track.sql`ALTER TABLE skills ADD FOREIGN KEY (team_id, region) REFERENCES teams`
  await track.sql`CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day)`
  await track.sql`CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`
  await track.sql`CREATE TABLE plain ()`
  await track.sql`CREATE TABLE there (id int)`
  await track.sql`INSERT INTO there VALUES (7)`
  expect(await makeRows(track)).toEqual([])
  const rows =
    await track.sql`SELECT id, team_id, region, mail, state, kind, short, code, price, tags FROM skills ORDER BY id`
  expect(rows).toMatchInlineSnapshot(`
    [
      {
        "code": "1 ",
        "id": "00000000-0000-4000-8000-000000000001",
        "kind": "other",
        "mail": "person1@example.org",
        "price": "1.00",
        "region": "region 1",
        "short": "1",
        "state": "live",
        "tags": [],
        "team_id": 1,
      },
      {
        "code": "2 ",
        "id": "00000000-0000-4000-8000-000000000002",
        "kind": "it's",
        "mail": null,
        "price": null,
        "region": null,
        "short": "2",
        "state": "draft",
        "tags": [],
        "team_id": null,
      },
      {
        "code": "1 ",
        "id": "00000000-0000-4000-8000-000000000003",
        "kind": "other",
        "mail": "person1@example.org",
        "price": "1.00",
        "region": "region 1",
        "short": "3",
        "state": "live",
        "tags": [],
        "team_id": 1,
      },
    ]
  `)
  const counts =
    await track.sql`SELECT (SELECT count(*)::int FROM teams) AS teams, (SELECT count(*)::int FROM events) AS events,
    (SELECT count(*)::int FROM plain) AS plain, (SELECT count(*)::int FROM there) AS there`
  expect(counts).toEqual([{ teams: 3, events: 3, plain: 3, there: 1 }])
  await track.close()
  await seat.close()
})
