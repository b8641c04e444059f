import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoleSession } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, type Seat } from '../postgres-probes/lab.ts'
import { notesSchema, seated } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const onNotes = (work: (seat: Seat) => Promise<void>): Promise<void> => seated(lab, notesSchema, work)

async function bodies(sql: RoleSession): Promise<readonly string[]> {
  return (await sql<{ body: string }>`SELECT body FROM notes ORDER BY id`).map(({ body }) => body)
}

async function whoIs(sql: RoleSession): Promise<unknown> {
  const [row] = await sql`SELECT current_user::text AS current, session_user::text AS session`
  return row
}

describe('a session under a role', () => {
  test('sees what the policies let its claims see', () =>
    onNotes(async ({ db }) => {
      expect(await bodies(db.as('app', { claims: { 'app.agent': 'genesis' } }))).toEqual(['mine'])
      expect(await bodies(db.as('app', { claims: { 'app.agent': 'other' } }))).toEqual(['theirs'])
      expect(await bodies(db.as('app'))).toEqual([])
      expect(await bodies(db.as('anon'))).toEqual(['theirs'])
      expect(await bodies(db.as('owner'))).toEqual(['mine', 'theirs'])
    }))

  test('is who it says', () =>
    onNotes(async ({ db }) => {
      expect(await whoIs(db.as('app'))).toEqual({ current: 'backlot_app', session: 'backlot_app' })
      expect(await whoIs(db.as('owner'))).toEqual({ current: 'backlot_owner', session: 'backlot_owner' })
      expect(await whoIs(db.as('anon'))).toEqual({ current: 'anon', session: 'backlot_app' })
    }))

  test('of which the app is no member is as if that role had logged in', () =>
    onNotes(async ({ db }) => {
      await lab.admin('CREATE ROLE auditor LOGIN')
      expect(await whoIs(db.as('auditor'))).toEqual({ current: 'auditor', session: 'auditor' })
      const denied = db.as('auditor')`SELECT FROM notes`
      await expect(denied).rejects.toMatchObject({ code: '42501' })
    }))

  test('gives the app no rights of that role before it becomes it', () =>
    onNotes(async (seat) => {
      await seat.db.sql`CREATE TABLE for_anon AS SELECT 1 AS one`
      await seat.db.sql`REVOKE ALL ON for_anon FROM backlot_app`
      await seat.db.sql`GRANT SELECT ON for_anon TO anon`
      await expect(seat.app.query('SELECT * FROM for_anon')).rejects.toMatchObject({ code: '42501' })
      await seat.app.query('SET ROLE anon')
      expect((await seat.app.query('SELECT * FROM for_anon')).rows).toEqual([{ one: 1 }])
    }))

  test('keeps its settings from statement to statement, objects as JSON', () =>
    onNotes(async ({ db }) => {
      const sql = db.as('anon', {
        claims: { 'request.jwt.claims': { sub: 7, tags: ['a'] }, 'app.level': 3, 'app.on': true },
      })
      await sql`SELECT 1`
      const [row] = await sql`SELECT current_setting('request.jwt.claims')::jsonb AS claims,
        current_setting('app.level') AS level, current_setting('app.on') AS on`
      expect(row).toEqual({ claims: { sub: 7, tags: ['a'] }, level: '3', on: 'true' })
    }))

  test('has transactions, under the same role and settings', () =>
    onNotes(async ({ db }) => {
      const sql = db.as('app', { claims: { 'app.agent': 'genesis' } })
      await sql.begin(async (inside) => {
        await inside`INSERT INTO notes (agent, body) VALUES ('genesis', 'new')`
        expect(await inside`SELECT body FROM notes`).toHaveLength(2)
        expect(await bodies(sql)).toEqual(['mine'])
      })
      expect(await bodies(sql)).toEqual(['mine', 'new'])
    }))

  test('writes what belongs to the test', () =>
    onNotes(async (seat) => {
      await seat.db.as('app', {
        claims: { 'app.agent': 'genesis' },
      })`INSERT INTO notes (agent, body) VALUES ('genesis', 'new')`
      expect((await seat.db.changes()).map(({ kind, table }) => [kind, table])).toEqual([['insert', 'public.notes']])
      await seat.pop()
      await seat.push()
      expect(await bodies(seat.db.as('owner'))).toEqual(['mine', 'theirs'])
    }))

  test('ends with its test, and not before', () =>
    onNotes(async (seat) => {
      const sessions = async (): Promise<readonly unknown[]> =>
        (
          await seat.db.sql<{ name: string }>`SELECT application_name AS name FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE 'db.as %' ORDER BY 1`
        ).map(({ name }) => name)
      await seat.db.as('anon')`SELECT 1`
      await seat.push()
      await seat.db.as('app')`SELECT 1`
      const closed = seat.db.as('owner')
      await closed`SELECT 1`
      expect(await sessions()).toEqual(['db.as anon', 'db.as app', 'db.as owner'])
      await closed.close()
      await expect.poll(sessions).toEqual(['db.as anon', 'db.as app'])
      await seat.pop()
      await expect.poll(sessions).toEqual(['db.as anon'])
    }))

  test('follows a lease that has moved', () =>
    onNotes(async (seat) => {
      const [outer, app] = [seat.db.as('anon'), seat.db.as('app', { claims: { 'app.agent': 'genesis' } })]
      expect(await bodies(outer)).toEqual(['theirs'])
      expect(await bodies(app)).toEqual(['mine'])
      await seat.push()
      await seat.db.sql`ALTER TABLE notes ADD COLUMN title text`
      await seat.pop()
      expect(await bodies(outer)).toEqual(['theirs'])
      expect(await bodies(app)).toEqual(['mine'])
    }))

  test('is another when a role of the config is called app', () =>
    seated(
      lab,
      'CREATE TABLE t (); GRANT SELECT ON t TO app',
      async ({ db }) => {
        expect(await whoIs(db.as('app'))).toEqual({ current: 'app', session: 'backlot_app' })
      },
      { roles: ['app'] },
    ))
})

describe('refused are', () => {
  test('roles that do not exist', () =>
    onNotes(async ({ db }) => {
      expect(await failureOf(db.as('annon')`SELECT 1`)).toMatchInlineSnapshot(`
        "there is no role "annon" on this server [BACKLOT_USAGE]
          → did you mean 'anon'? Or to have it made before the migrations: postgres({ roles: ['annon'] })"
      `)
      expect(await failureOf(db.as('somebody')`SELECT 1`)).toMatchInlineSnapshot(`
        "there is no role "somebody" on this server [BACKLOT_USAGE]
          → to have it made before the migrations: postgres({ roles: ['somebody'] })"
      `)
    }))

  test('what is no role and no settings', () =>
    onNotes(async ({ db }) => {
      expect(await failureOf(async () => db.as(''))).toMatchInlineSnapshot(`
        "as takes the name of a role, not '' [BACKLOT_USAGE]
          → for example db.as('app', { claims: { 'app.user_id': 7 } })"
      `)
      expect(await failureOf(async () => db.as('app', { claims: [] as never }))).toMatchInlineSnapshot(`
        "claims are settings with their values, not [] [BACKLOT_USAGE]
          → for example { claims: { 'app.user_id': 7 } }"
      `)
      expect(
        await failureOf(async () => db.as('app', { claims: { 'app.agent': undefined as never } })),
      ).toMatchInlineSnapshot(`
        "the claim app.agent cannot be undefined [BACKLOT_USAGE]
          → write text, a number, a boolean or an object; '' for a setting that is empty"
      `)
      await expect(db.as('app', { claims: { 'no such': 'x' } })`SELECT 1`).rejects.toMatchObject({ code: '42704' })
    }))

  test('sessions under isolation transaction', () =>
    seated(
      lab,
      notesSchema,
      async ({ db }) => {
        expect(await failureOf(async () => db.as('app'))).toMatchInlineSnapshot(`
          "as opens a session of its own; under isolation transaction there is one session [BACKLOT_USAGE]
            → use isolation 'rewind' for this file"
        `)
      },
      { isolation: 'transaction' },
    ))
})
