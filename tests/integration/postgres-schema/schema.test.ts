import { afterAll, beforeAll, expect, test } from 'vitest'
import { schemaDifference } from '../../../src/postgres/schema/difference.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const everything = `
  CREATE TYPE status AS ENUM ('draft', 'it''s');
  CREATE TYPE nothing AS ENUM ();
  CREATE DOMAIN email AS text NOT NULL DEFAULT '' CHECK (VALUE LIKE '%@%');
  CREATE TYPE point3 AS (x int, y int);
  CREATE TYPE span AS RANGE (subtype = float8);
  CREATE SEQUENCE numbers START 5 INCREMENT 2 CYCLE;
  CREATE TABLE teams (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Odd" text);
  CREATE TABLE skills (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    team_id int NOT NULL REFERENCES teams ON DELETE CASCADE,
    title text NOT NULL CHECK (title <> ''),
    number bigserial,
    state status DEFAULT 'draft');
  CREATE INDEX by_title ON skills (lower(title)) WHERE state = 'draft';
  CREATE TABLE events (day date) PARTITION BY RANGE (day);
  CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE VIEW titles AS SELECT title FROM skills;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM skills;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch();
  ALTER TABLE skills ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON skills FOR SELECT USING (team_id > 0);
  REVOKE UPDATE ON skills FROM backlot_app;
  GRANT UPDATE (title) ON skills TO backlot_app;
  CREATE SCHEMA shop;
  CREATE UNLOGGED TABLE shop.orders (id int, state public.status);
`

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

async function seated<T>(schema: string, work: (seat: Seat) => Promise<T>): Promise<T> {
  const seat = await openSeat(lab, schema, { extensions: ['uuid-ossp'] })
  try {
    return await work(seat)
  } finally {
    await seat.close()
  }
}

test('is readable as a snapshot, without a trace of Backlot', () =>
  seated(everything, async ({ db }) => {
    expect(await db.schema()).toMatchInlineSnapshot(`
      {
        "extensions": [
          "uuid-ossp",
        ],
        "functions": {
          "touch()": "CREATE OR REPLACE FUNCTION public.touch()
       RETURNS trigger
       LANGUAGE plpgsql
      AS $function$BEGIN RETURN NEW; END$function$",
        },
        "sequences": {
          "numbers": "bigint start 5 increment 2 from 1 to 9223372036854775807 cycle",
          "skills_number_seq": "bigint start 1 increment 1 from 1 to 9223372036854775807",
        },
        "tables": {
          "events": {
            "columns": {
              "day": "date",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
            "kind": "partitioned by RANGE (day)",
          },
          "events_2026": {
            "columns": {
              "day": "date",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
            "kind": "partition of events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
          },
          "shop.orders": {
            "columns": {
              "id": "integer",
              "state": "status",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
          },
          "skills": {
            "columns": {
              "id": "uuid not null default gen_random_uuid()",
              "number": "bigint not null default nextval('skills_number_seq'::regclass)",
              "state": "status default 'draft'::status",
              "team_id": "integer not null",
              "title": "text not null",
            },
            "constraints": {
              "skills_pkey": "PRIMARY KEY (id)",
              "skills_team_id_fkey": "FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE",
              "skills_title_check": "CHECK (title <> ''::text)",
            },
            "grants": {
              "app": "delete, insert, select, update (title)",
            },
            "indexes": {
              "by_title": "btree (lower(title)) WHERE state = 'draft'::status",
            },
            "policies": {
              "own": "permissive select to public using (team_id > 0)",
            },
            "rowSecurity": "forced",
            "triggers": {
              "touched": "BEFORE UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch()",
            },
          },
          "teams": {
            "columns": {
              "Odd": "text",
              "id": "integer not null generated always as identity",
            },
            "constraints": {
              "teams_pkey": "PRIMARY KEY (id)",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
          },
        },
        "types": {
          "email": "domain text not null default ''::text CHECK (VALUE ~~ '%@%'::text)",
          "nothing": "enum ()",
          "point3": "(x integer, y integer)",
          "span": "range of double precision",
          "status": "enum ('draft', 'it''s')",
        },
        "views": {
          "counted": {
            "columns": {
              "n": "bigint",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
            "kind": "materialized",
            "query": "SELECT count(*) AS n
         FROM skills",
          },
          "titles": {
            "columns": {
              "title": "text",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
            "query": "SELECT title
         FROM skills",
          },
        },
      }
    `)
  }))

test('can be of some schemas alone', () =>
  seated(everything, async ({ db }) => {
    expect(await db.schema({ schemas: ['shop'] })).toMatchInlineSnapshot(`
      {
        "extensions": [
          "uuid-ossp",
        ],
        "tables": {
          "shop.orders": {
            "columns": {
              "id": "integer",
              "state": "status",
            },
            "grants": {
              "app": "delete, insert, select, update",
            },
          },
        },
      }
    `)
    expect(await failureOf(db.schema({ schemas: ['shpo'] }))).toMatchInlineSnapshot(`
      "there is no schema shpo in the database [BACKLOT_TABLE_NOT_FOUND]
        → did you mean shop?"
    `)
    expect(await failureOf(db.schema({ schemas: ['elsewhere'] }))).toMatchInlineSnapshot(`
      "there is no schema elsewhere in the database [BACKLOT_TABLE_NOT_FOUND]
        → the schemas are: public, shop"
    `)
  }))

test('of a database without tables is empty but for extensions', () =>
  seated('SELECT 1', async ({ db }) => {
    expect(await db.schema()).toEqual({ extensions: ['uuid-ossp'] })
  }))

test('is equal for two databases that came to it in different ways', async () => {
  const straight = await seated('CREATE TABLE a (id int PRIMARY KEY, name text, age int)', ({ db }) => db.schema())
  const around = await seated(
    `CREATE TABLE a (age int, gone text); ALTER TABLE a DROP gone, ADD name text, ADD id int PRIMARY KEY;
     CREATE TABLE b (); DROP TABLE b`,
    ({ db }) => db.schema(),
  )
  expect(around).toEqual(straight)
  expect(schemaDifference(straight, around)).toEqual([])
})

test('is the same on a clone of the same baseline', () =>
  seated(everything, async ({ db }) => {
    const first = await db.schema()
    expect(await db.schema()).toEqual(first)
    expect(await seated(everything, (other) => other.db.schema())).toEqual(first)
  }))

test.for<[string, string, readonly string[]]>([
  ['a column', 'ALTER TABLE skills ALTER title DROP NOT NULL', ['~ table skills column title: text not null → text']],
  [
    'an index',
    'DROP INDEX by_title',
    [`- table skills index by_title: btree (lower(title)) WHERE state = 'draft'::status`],
  ],
  [
    'row-level security',
    'ALTER TABLE skills NO FORCE ROW LEVEL SECURITY',
    ['~ table skills rowSecurity: forced → enabled'],
  ],
  [
    'a policy',
    'DROP POLICY own ON skills',
    ['- table skills policy own: permissive select to public using (team_id > 0)'],
  ],
  [
    'a right',
    'REVOKE DELETE ON skills FROM backlot_app',
    ['~ table skills grant to app: delete, insert, select, update (title) → insert, select, update (title)'],
  ],
  [
    'a label',
    `ALTER TYPE status ADD VALUE 'new'`,
    [`~ type status: enum ('draft', 'it''s') → enum ('draft', 'it''s', 'new')`],
  ],
  [
    'a table',
    'DROP TABLE shop.orders',
    ['- table shop.orders column id: integer', '- table shop.orders column state: status'],
  ],
])('shows that %s has changed', ([, change, expected]) =>
  seated(everything, async ({ db }) => {
    const before = await db.schema()
    await db.sql(Object.assign([change], { raw: [change] }))
    const lines = schemaDifference(before, await db.schema())
    expect(lines.filter((line) => !line.includes('shop.orders grant'))).toEqual(expected)
  }),
)
