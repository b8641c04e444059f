import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { migrations } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'
import { filesIn, walking, walkingSteps } from './support.ts'

const three = {
  '001_users.up.sql': 'CREATE TABLE users (id int PRIMARY KEY)',
  '001_users.down.sql': 'DROP TABLE users',
  '002_names.sql': "ALTER TABLE users ADD name text DEFAULT 'x';\n-- migrate:down\nALTER TABLE users DROP name",
  '003_teams/up.sql': 'CREATE TABLE teams (id int)',
  '003_teams/down.sql': 'DROP TABLE teams',
}

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

describe('a walk', () => {
  test('starts at nothing, goes up one by one, and back', () =>
    walking(lab, three, async (walk) => {
      expect(walk.steps).toEqual(['001_users', '002_names', '003_teams'])
      expect([walk.applied, await walk.schema()]).toEqual([[], {}])

      await walk.upTo('001')
      await expectProbe(walk.table('users')).not.toHaveColumn('name')
      await walk.sql`INSERT INTO users VALUES (1)`

      await walk.upTo('002_names')
      await expectProbe(walk.table('users')).toHaveColumn('name', { type: 'text', default: "'x'" })
      await expectProbe(walk.table('users')).toHaveRow({ id: 1, name: 'x' })
      expect(walk.applied).toEqual(['001_users', '002_names'])

      await walk.all()
      await expectProbe(walk.table('teams')).toHaveColumn('id')
      await walk.down()
      expect(await failureOf(expectProbe(walk.table('teams')).toBeEmpty())).toContain('BACKLOT_TABLE_NOT_FOUND')

      await walk.downTo('001')
      await expectProbe(walk.table('users')).not.toHaveColumn('name')
      await walk.down(1)
      expect([walk.applied, await walk.schema()]).toEqual([[], {}])
    }))

  test('ends at the schema of the baseline', () =>
    walking(lab, three, async (walk) => {
      await walk.all()
      const { tables } = await walk.schema()
      expect(Object.keys(tables ?? {})).toEqual(['teams', 'users'])
    }))

  test('a column is looked at as it is at each point', () =>
    walking(
      lab,
      { '1.sql': 'CREATE TABLE a (data text)', '2.sql': 'ALTER TABLE a ALTER data TYPE jsonb USING data::jsonb' },
      async (walk) => {
        await walk.upTo('1')
        await walk.sql`INSERT INTO a VALUES ('{"b": 1}')`
        await expectProbe(walk.table('a')).toHaveRow({ data: '{"b": 1}' })
        await walk.upTo('2')
        await expectProbe(walk.table('a')).toHaveRow({ data: { b: 1 } })
      },
    ))

  test('says where a migration failed', async () => {
    const folder = await filesIn(lab, { '1.sql': 'CREATE TABLE a ();\nCREATE TABEL b ()' })
    await walkingSteps(lab, { steps: [{ name: 'one', up: `${folder}/1.sql` }] }, async (walk) => {
      const message = await failureOf(walk.all())
      expect(message.replaceAll(folder, 'm')).toMatchInlineSnapshot(`
        "m/1.sql:2:8: syntax error at or near "TABEL" [BACKLOT_MIGRATION_FAILED]
          → mend m/1.sql:2:8
          2 | CREATE TABEL b ()
            |        ^"
      `)
      expect(walk.applied).toEqual([])
    })
  })

  test('goes down with the lines of the file that has both ways', () =>
    walking(lab, { '1.sql': 'SELECT 1;\n\n-- migrate:down\n\nDROP TABLE x' }, async (walk) => {
      await walk.all()
      expect((await failureOf(walk.down())).replaceAll(/m\d+\//g, 'm/')).toMatchInlineSnapshot(`
        "m/1.sql:5: table "x" does not exist [BACKLOT_MIGRATION_FAILED]
          → mend m/1.sql:5
          5 | DROP TABLE x"
      `)
    }))

  test('takes functions, commands and files as steps', () =>
    walkingSteps(
      lab,
      {
        steps: [
          { name: 'function', up: ({ sql }) => sql`CREATE TABLE a ()`, down: ({ sql }) => sql`DROP TABLE a` },
          { name: 'command', up: { command: [process.execPath, '-e', ''], inputs: [] } },
        ],
      },
      async (walk) => {
        await walk.all()
        expect(walk.applied).toEqual(['function', 'command'])
        expect(await failureOf(walk.down())).toMatchInlineSnapshot(`
          "the migration command has no way back [BACKLOT_USAGE]
            → give its step what leads back: { name, up, down }"
        `)
        expect(Object.keys((await walk.schema()).tables ?? {})).toEqual(['a'])
      },
    ))

  test('refuses names and numbers that are none', () =>
    walking(lab, { ...three, '003_terms.sql': 'SELECT 1' }, async (walk) => {
      expect(await failureOf(walk.upTo('002_nams'))).toMatchInlineSnapshot(`
        "there is no migration 002_nams [BACKLOT_USAGE]
          → did you mean 002_names?"
      `)
      expect(await failureOf(walk.upTo('zzzzzzzz'))).toMatchInlineSnapshot(`
        "there is no migration zzzzzzzz [BACKLOT_USAGE]
          → the migrations are: 001_users, 002_names, 003_teams, 003_terms"
      `)
      expect(await failureOf(walk.upTo('003'))).toMatchInlineSnapshot(`
        "several migrations begin with 003 [BACKLOT_USAGE]
          → write which: 003_teams, 003_terms"
      `)
      await walk.upTo('002')
      expect(await failureOf(walk.upTo('001'))).toMatchInlineSnapshot(`
        "the migration 001_users is applied already [BACKLOT_USAGE]
          → to go back to it: walk.downTo('001')"
      `)
      expect(await failureOf(walk.downTo('003_teams'))).toMatchInlineSnapshot(`
        "the migration 003_teams is not applied [BACKLOT_USAGE]
          → to go up to it: walk.upTo('003_teams')"
      `)
      expect(await failureOf(walk.down(3))).toMatchInlineSnapshot(`
        "walk.down cannot take back 3 of 2 applied migrations [BACKLOT_USAGE]
          → go up first: walk.upTo(...)"
      `)
    }))

  test('needs steps where the service has none to see', async () => {
    const seat = await openSeat(lab, 'SELECT 1')
    try {
      expect(await failureOf(migrations(seat.db))).toMatchInlineSnapshot(`
        "migrations(db) cannot tell the steps: the service migrates by a function [BACKLOT_USAGE]
          → name them: migrations(db, { steps: [{ name: '001_users', up: ({ sql }) => ..., down: ({ sql }) => ... }] })"
      `)
      expect(await failureOf(migrations({}))).toMatchInlineSnapshot(`
        "migrations needs a Postgres service of the config [BACKLOT_USAGE]
          → hand it the fixture: test('...', async ({ db }) => { migrations(db) })"
      `)
      const twice = { name: 'a', up: () => {} }
      expect(await failureOf(migrations(seat.db, { steps: [twice, twice] }))).toMatchInlineSnapshot(`
        "two steps of migrations are called a [BACKLOT_USAGE]
          → give each step a name of its own"
      `)
      expect(await failureOf(migrations(seat.db, { steps: [{ name: '', up: 'x.sql' }] }))).toMatchInlineSnapshot(`
        "a step of migrations needs a name and what it does [BACKLOT_USAGE]
          → for example { name: '001', up: '001.sql' }"
      `)
    } finally {
      await seat.close()
    }
  })

  test('is gone when it is closed', () =>
    walking(lab, three, async (walk) => {
      await walk.close()
      expect(await failureOf(walk.sql`SELECT 1`)).toMatch(/does not exist/)
    }))
})

describe('toBeRepeatable', () => {
  test('stands where a second time changes nothing', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY)',
        '2.sql': 'INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING',
      },
      async (walk) => {
        await expectProbe(walk).toBeRepeatable()
        expect(await failureOf(expectProbe(walk).not.toBeRepeatable())).toMatchInlineSnapshot(`
          "Expected the migrations of db not to be repeatable
          but all are"
        `)
        expect(walk.applied).toEqual([])
      },
    ))

  test('says what the second time failed or changed', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE a (id int)',
        '2.sql': 'INSERT INTO a VALUES (1)',
        '3.sql': 'UPDATE a SET id = id + 1',
        '4.sql': 'ALTER TABLE a DROP COLUMN IF EXISTS x, ADD CHECK (id > 0)',
      },
      async (walk) => {
        const message = await failureOf(expectProbe(walk).toBeRepeatable())
        expect(message.replaceAll(/m\d+\//g, 'm/')).toMatchInlineSnapshot(`
          "Expected the migrations of db to be repeatable
          but running these once more is not harmless:

            1
              m/1.sql:1: relation "a" already exists [BACKLOT_MIGRATION_FAILED]
                → mend m/1.sql:1
                1 | CREATE TABLE a (id int)

            2
              ~ rows of a: 1 → 2

            3
              ~ rows of a: 2, with other values

            4
              + table a constraint a_id_check1: CHECK (id > 0)"
        `)
        await expectProbe(walk).not.toBeRepeatable({ only: ['2', '3'] })
        await expectProbe(walk).toBeRepeatable({ except: ['1', '2', '3', '4'] })
      },
    ))
})

describe('toBeReversible', () => {
  test('stands where every way leads back', () =>
    walking(lab, three, async (walk) => {
      await expectProbe(walk).toBeReversible()
      expect(await failureOf(expectProbe(walk).not.toBeReversible())).toMatchInlineSnapshot(`
        "Expected the migrations of db not to be reversible
        but all are"
      `)
    }))

  test('says what is left, lost or missing', () =>
    walking(
      lab,
      {
        '1_kept.sql': 'CREATE TABLE a (id int); CREATE TYPE t AS ENUM (); \n-- migrate:down\nDROP TABLE a',
        '2_none.sql': 'CREATE TABLE b (id int)',
        '3_more.sql': 'CREATE TABLE c (id int); ALTER TABLE b ADD x int DEFAULT 1',
        '3_more.down.sql': 'DROP TABLE c; ALTER TABLE b DROP x, ALTER id TYPE bigint',
      },
      async (walk) => {
        const message = await failureOf(expectProbe(walk).toBeReversible({ only: ['2', '3'] }))
        expect(message).toMatchInlineSnapshot(`
          "Expected the migrations of db to be reversible
          but these do not return to the same schema:

            2_none
              it has no way back

            3_more
              going back leaves
                ~ table b column id: integer → bigint
              going up again makes
                ~ table b column id: integer → bigint"
        `)
        const first = await failureOf(expectProbe(walk).toBeReversible({ only: ['1'] }))
        expect(first.replaceAll(/m\d+\//g, 'm/')).toMatchInlineSnapshot(`
          "Expected the migrations of db to be reversible
          but these do not return to the same schema:

            1_kept
              going back leaves
                + type t: enum ()
              going up again fails
              m/1_kept.sql:1: type "t" already exists [BACKLOT_MIGRATION_FAILED]
                → mend m/1_kept.sql:1
                1 |                          CREATE TYPE t AS ENUM ()"
        `)
      },
    ))

  test('says how a way back failed', () =>
    walking(lab, { '1.sql': 'SELECT 1;\n-- migrate:down\nDROP TABLE x' }, async (walk) => {
      const message = await failureOf(expectProbe(walk).toBeReversible())
      expect(message.replaceAll(/m\d+\//g, 'm/')).toMatchInlineSnapshot(`
        "Expected the migrations of db to be reversible
        but these do not return to the same schema:

          1
            going back fails
            m/1.sql:3: table "x" does not exist [BACKLOT_MIGRATION_FAILED]
              → mend m/1.sql:3
              3 | DROP TABLE x"
      `)
    }))
})
