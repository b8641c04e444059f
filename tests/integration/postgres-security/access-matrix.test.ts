import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { accessMatrix } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, type Seat } from '../postgres-probes/lab.ts'
import { notesSchema, seated } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const own = { agent: 'genesis', body: 'sample' }
const foreign = { agent: 'other', body: 'sample', published: true }
const genesis = { as: 'app', claims: { 'app.agent': 'genesis' } } as const

function onNotes(work: (seat: Seat) => Promise<void>): Promise<void> {
  return seated(lab, notesSchema, work)
}

describe('an access matrix', () => {
  test('tells what each role can do on its own row and on a foreign one, and how it is refused', () =>
    onNotes(async ({ db }) => {
      const matrix = await accessMatrix(db.table('notes'), {
        roles: { genesis, nobody: { as: 'app' }, anon: {}, owner: {} },
        own,
        foreign,
      })
      expect(String(matrix)).toMatchInlineSnapshot(`
        "role     row      select   insert             update             delete
        genesis  own      allowed  allowed            allowed            allowed
        genesis  foreign  no rows  violates policy    no rows            no rows
        nobody   own      no rows  violates policy    no rows            no rows
        nobody   foreign  no rows  violates policy    no rows            no rows
        anon     own      no rows  permission denied  permission denied  permission denied
        anon     foreign  allowed  permission denied  permission denied  permission denied
        owner    own      allowed  allowed            allowed            allowed
        owner    foreign  allowed  allowed            allowed            allowed"
      `)
      expect(matrix.access.genesis.foreign).toEqual({
        select: 'no rows',
        insert: 'violates policy',
        update: 'no rows',
        delete: 'no rows',
      })
      const everything = ['select', 'insert', 'update', 'delete'] as const
      await expectProbe(matrix).toGrant({
        genesis: { own: everything },
        anon: { foreign: ['select'] },
        owner: { own: everything, foreign: everything },
      })
    }))

  test('leaves nothing behind', () =>
    onNotes(async (seat) => {
      const { db } = seat
      await accessMatrix(db.table('notes'), { roles: { genesis }, own, foreign })
      expect(await db.sql`SELECT id FROM notes ORDER BY id`).toEqual([{ id: 1 }, { id: 2 }])
      expect(await db.changes()).toEqual([])
      // Numbers that sequences gave are back after the test.
      await seat.pop()
      await seat.push()
      expect(await db.sql`INSERT INTO notes (agent, body) VALUES ('a', 'b') RETURNING id`).toEqual([{ id: 3 }])
    }))

  test('tries on rows that are there, which refer to each other', () =>
    onNotes(async ({ db }) => {
      await db.sql`CREATE TABLE tags (note int NOT NULL REFERENCES notes, tag text)`
      await db.sql`INSERT INTO tags VALUES (1, 'a')`
      const rows = await db.sql`SELECT * FROM notes ORDER BY id`
      const [mine = {}, theirs = {}] = rows
      const matrix = await accessMatrix(db.table('notes'), { roles: { genesis }, own: mine, foreign: theirs })
      expect(matrix.access.genesis.own).toEqual({
        select: 'allowed',
        insert: 'allowed',
        update: 'allowed',
        delete: 'error 23503',
      })
      expect(await failureOf(async () => expectProbe(matrix).toGrant({}))).toMatchInlineSnapshot(`
        "Expected other access to notes, but
          genesis: delete of the own row ended in error 23503 (update or delete on table "notes" violates foreign key constraint "tags_note_fkey" on table "tags"), which proves nothing
          genesis can select the own row and should not
          genesis can insert the own row and should not
          genesis can update the own row and should not

        role     row      select   insert           update   delete
        genesis  own      allowed  allowed          allowed  error 23503
        genesis  foreign  no rows  violates policy  no rows  no rows"
      `)
      expect(await failureOf(async () => expectProbe(matrix).not.toGrant({}))).toContain('proves nothing')
    }))

  test('has rows made for each role', () =>
    onNotes(async ({ db }) => {
      const matrix = await accessMatrix(db.table('notes'), {
        roles: { genesis, other: { as: 'app', claims: { 'app.agent': 'other' } } },
        own: (role) => ({ agent: role, body: 'own' }),
        foreign: (role) => ({ agent: role === 'other' ? 'genesis' : 'other', body: 'foreign' }),
      })
      await expectProbe(matrix).toGrant({
        genesis: { own: ['select', 'insert', 'update', 'delete'] },
        other: { own: ['select', 'insert', 'update', 'delete'] },
      })
    }))

  test('knows rights on columns, and what an update is to write', () =>
    onNotes(async ({ db }) => {
      await db.sql`REVOKE UPDATE ON notes FROM backlot_app`
      await db.sql`GRANT UPDATE (body) ON notes TO backlot_app`
      const options = { roles: { genesis }, own, foreign }
      const body = await accessMatrix(db.table('notes'), options)
      expect(body.access.genesis.own.update).toBe('allowed')
      const moved = await accessMatrix(db.table('notes'), { ...options, update: { agent: 'other' } })
      expect(moved.access.genesis.own.update).toBe('permission denied')
      await db.sql`GRANT UPDATE (agent) ON notes TO backlot_app`
      const away = await accessMatrix(db.table('notes'), { ...options, update: { agent: 'other' } })
      expect(away.access.genesis.own.update).toBe('violates policy')
    }))

  test('works without a primary key, with generated columns and json', () =>
    seated(
      lab,
      `CREATE TABLE t (a int, twice int GENERATED ALWAYS AS (a * 2) STORED, j jsonb, l int[]); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
       CREATE POLICY p ON t USING (a = 1)`,
      async ({ db }) => {
        const matrix = await accessMatrix(db.table('t'), {
          roles: { app: {}, owner: {} },
          own: { a: 1, twice: 2, j: [1], l: [1, 2] },
          foreign: { a: 2, j: { b: 1 } },
        })
        const all = ['select', 'insert', 'update', 'delete'] as const
        await expectProbe(matrix).toGrant({ app: { own: all }, owner: { own: all, foreign: all } })
      },
    ))
})

describe('a matrix that is not as stated', () => {
  test('says who can do what and should not', () =>
    onNotes(async ({ db }) => {
      await db.sql`ALTER TABLE notes DISABLE ROW LEVEL SECURITY`
      const matrix = await accessMatrix(db.table('notes'), { roles: { genesis, anon: {} }, own, foreign })
      const stated = {
        genesis: { own: ['select', 'insert', 'update'] },
        anon: { own: ['update'], foreign: ['select'] },
      } as const
      expect(await failureOf(async () => expectProbe(matrix).toGrant(stated))).toMatchInlineSnapshot(`
        "Expected other access to notes, but
          genesis can delete the own row and should not
          genesis can select the foreign row and should not
          genesis can insert the foreign row and should not
          genesis can update the foreign row and should not
          genesis can delete the foreign row and should not
          anon can select the own row and should not
          anon cannot update the own row and should: permission denied

        role     row      select   insert             update             delete
        genesis  own      allowed  allowed            allowed            allowed
        genesis  foreign  allowed  allowed            allowed            allowed
        anon     own      allowed  permission denied  permission denied  permission denied
        anon     foreign  allowed  permission denied  permission denied  permission denied"
      `)
      await expectProbe(matrix).not.toGrant(stated)
    }))

  test('or that it is, and should not be', () =>
    onNotes(async ({ db }) => {
      const matrix = await accessMatrix(db.table('notes'), { roles: { anon: {} }, own, foreign })
      expect(
        await failureOf(async () => expectProbe(matrix).not.toGrant({ anon: { foreign: ['select'] } })),
      ).toMatchInlineSnapshot(`
        "Expected the roles not to have exactly this access to notes, but they have

        role  row      select   insert             update             delete
        anon  own      no rows  permission denied  permission denied  permission denied
        anon  foreign  allowed  permission denied  permission denied  permission denied"
      `)
    }))

  test('refuses names that it does not have', () =>
    onNotes(async ({ db }) => {
      const matrix = await accessMatrix(db.table('notes'), { roles: { genesis }, own, foreign })
      expect(await failureOf(async () => expectProbe(matrix).toGrant({ genisis: {} } as never))).toMatchInlineSnapshot(`
        "the matrix has no role genisis [BACKLOT_USAGE]
          → did you mean genesis?"
      `)
      expect(
        await failureOf(async () => expectProbe(matrix).toGrant({ genesis: { owned: [] } } as never)),
      ).toMatchInlineSnapshot(`
        "the matrix has no row owned [BACKLOT_USAGE]
          → did you mean own?"
      `)
      expect(
        await failureOf(async () => expectProbe(matrix).toGrant({ genesis: { own: ['upsert'] } } as never)),
      ).toMatchInlineSnapshot(`
        "the matrix has no operation upsert [BACKLOT_USAGE]
          → did you mean insert?"
      `)
      expect(await failureOf(async () => expectProbe(matrix).toGrant(5 as never))).toMatchInlineSnapshot(`
        "toGrant takes what each role can do, not 5 [BACKLOT_USAGE]
          → for example toGrant({ genesis: { own: ['select', 'update'], foreign: [] } })"
      `)
    }))
})

test('a matrix needs rows that the table takes, roles and a table', () =>
  onNotes(async ({ db }) => {
    const notes = db.table('notes')
    expect(
      await failureOf(accessMatrix(notes, { roles: { genesis }, own: { agent: 'x' }, foreign })),
    ).toMatchInlineSnapshot(`
      "notes does not take the sample row own: null value in column "body" of relation "notes" violates not-null constraint [BACKLOT_USAGE]
        → give own the values that an insert by a superuser needs"
    `)
    expect(await failureOf(accessMatrix(notes, { roles: { genesis }, own: {}, foreign }))).toMatchInlineSnapshot(`
      "own is a row to try things on, not {} [BACKLOT_USAGE]
        → give the columns that an insert needs, for example own: { owner: 'me', body: 'text' }"
    `)
    expect(
      await failureOf(accessMatrix(notes, { roles: { genesis }, own: { agnet: 'x' }, foreign })),
    ).toMatchInlineSnapshot(`
      "table notes has no column agnet [BACKLOT_COLUMN_NOT_FOUND]
        → did you mean agent?"
    `)
    expect(await failureOf(accessMatrix(notes, { roles: {}, own, foreign }))).toMatchInlineSnapshot(`
      "accessMatrix takes roles by their names, not {} [BACKLOT_USAGE]
        → for example { roles: { genesis: { as: 'app', claims: { 'app.agent': 'genesis' } } }, own: ..., foreign: ... }"
    `)
    expect(await failureOf(accessMatrix(notes, { roles: { nobody: {} }, own, foreign }))).toMatchInlineSnapshot(`
      "there is no role "nobody" on this server [BACKLOT_USAGE]
        → to have it made before the migrations: postgres({ roles: ['nobody'] })"
    `)
    expect(await failureOf(accessMatrix(db as never, { roles: { genesis }, own, foreign }))).toMatchInlineSnapshot(`
      "accessMatrix needs a table to look at [BACKLOT_USAGE]
        → for example accessMatrix(db.table('users'))"
    `)
  }))

test('a row that is there under another key is told', () =>
  seated(
    lab,
    'CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, code text UNIQUE); INSERT INTO t (code) VALUES (1)',
    async ({ db }) => {
      expect(
        await failureOf(
          accessMatrix(db.table('t'), { roles: { app: {} }, own: { code: '1' }, foreign: { code: '2' } }),
        ),
      ).toMatchInlineSnapshot(`
      "t does not take the sample row own: duplicate key value violates unique constraint "t_code_key" [BACKLOT_USAGE]
        → name its primary key to try things on the row that is there, or give values that no row has"
    `)
    },
  ))
