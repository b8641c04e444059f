import { afterAll, beforeAll, expect, test } from 'vitest'
import { failureOf, type Lab, openLab } from '../postgres-probes/lab.ts'
import { walking } from './support.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

test('old and new code run on every state, in the role of the app, and leave nothing', () =>
  walking(
    lab,
    {
      '1_users.sql': 'CREATE TABLE users (id int, name text)',
      '2_add.sql': 'ALTER TABLE users ADD full_name text',
      '3_drop.sql': 'ALTER TABLE users DROP name',
    },
    async (walk) => {
      const report = await walk.sideBySide(
        {
          old: (sql) => sql`INSERT INTO users (id, name) VALUES (1, 'a')`,
          new: async (sql) => {
            const [row] = await sql<{ count: number }>`SELECT count(*)::int, min(full_name) FROM users`
            expect(row?.count).toBe(0)
          },
          owner: (sql) => sql`CREATE TABLE x ()`,
        },
        { seed: () => {} },
      )
      expect(report).toMatchInlineSnapshot(`
        {
          "1_users": {
            "new": "column "full_name" does not exist",
            "old": "works",
            "owner": "permission denied for schema public",
          },
          "2_add": {
            "new": "works",
            "old": "works",
            "owner": "permission denied for schema public",
          },
          "3_drop": {
            "new": "works",
            "old": "column "name" of relation "users" does not exist",
            "owner": "permission denied for schema public",
          },
        }
      `)
    },
  ))

test('deferred constraints count', () =>
  walking(
    lab,
    {
      '1.sql': 'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)',
    },
    async (walk) => {
      expect(await walk.sideBySide({ code: (sql) => sql`INSERT INTO b VALUES (1)` })).toEqual({
        '1': { code: 'insert or update on table "b" violates foreign key constraint "b_a_fkey"' },
      })
    },
  ))

test('versions must be functions', () =>
  walking(lab, { '1.sql': 'SELECT 1' }, async (walk) => {
    expect(await failureOf(walk.sideBySide({}))).toMatchInlineSnapshot(`
      "sideBySide takes versions of the code as functions [BACKLOT_USAGE]
        → for example walk.sideBySide({ old: (sql) => sql\`SELECT name FROM users\`, new: (sql) => sql\`SELECT full_name FROM users\` })"
    `)
  }))
