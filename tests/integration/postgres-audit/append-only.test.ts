import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { appendOnly } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab } from '../postgres-probes/lab.ts'
import { seated } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const table = `
  CREATE TYPE state AS ENUM ('new', 'done');
  CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body varchar(4), state state NOT NULL DEFAULT 'new',
    at timestamptz NOT NULL DEFAULT now(), day date, ok boolean, bytes bytea, doc jsonb, tags text[], uid uuid, code char(2) NOT NULL CHECK (code = 'ab'));
  INSERT INTO log (body, code) VALUES ('four', 'ab');`

const refuse = `
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;`
const triggers = `${refuse}
  CREATE TRIGGER rows BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER truncates BEFORE TRUNCATE ON log EXECUTE FUNCTION refuse();`

describe('a table that only grows', () => {
  test('refuses changes by triggers, for the app and the owner', () =>
    seated(lab, table + triggers, async ({ db }) => {
      await expectProbe(appendOnly(db.table('log'))).toRefuseChanges()
      expect(await failureOf(expectProbe(appendOnly(db.table('log'))).not.toRefuseChanges())).toMatchInlineSnapshot(`
        "Expected log not to refuse all changes, but it does

        Refused:
          the app: update body, state, at, day, ok, bytes, doc, tags, uid, code, delete (error P0001: append only)
          the app: truncate (permission denied)
          the owner: update body, state, at, day, ok, bytes, doc, tags, uid, code, delete, truncate (error P0001: append only)"
      `)
      expect(await db.changes()).toEqual([])
    }))

  test('may leave updates to a trigger that looks at what is changed', () =>
    seated(
      lab,
      `${table}${refuse}
       CREATE TRIGGER rows BEFORE UPDATE ON log FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION refuse();
       CREATE TRIGGER others BEFORE TRUNCATE OR DELETE ON log EXECUTE FUNCTION refuse();`,
      ({ db }) => expectProbe(appendOnly(db.table('log'))).toRefuseChanges(),
    ))

  test('may let named columns change', () =>
    seated(
      lab,
      `${table}${refuse}
       CREATE TRIGGER rows BEFORE UPDATE ON log FOR EACH ROW
         WHEN (to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state') EXECUTE FUNCTION refuse();
       CREATE TRIGGER others BEFORE TRUNCATE OR DELETE ON log EXECUTE FUNCTION refuse();`,
      async ({ db }) => {
        await expectProbe(appendOnly(db.table('log'), { except: ['state'] })).toRefuseChanges()
        await expectProbe(appendOnly(db.table('log'))).not.toRefuseChanges()
        expect(await failureOf(expectProbe(appendOnly(db.table('log'))).toRefuseChanges())).toMatchInlineSnapshot(`
          "Expected log to refuse changes, but
            the app can update state
            the owner can update state

          Refused:
            the app: update body, at, day, ok, bytes, doc, tags, uid, code, delete (error P0001: append only)
            the app: truncate (permission denied)
            the owner: update body, at, day, ok, bytes, doc, tags, uid, code, delete, truncate (error P0001: append only)"
        `)
      },
    ))

  test('says who can do what', () =>
    seated(
      lab,
      `${table} REVOKE UPDATE, DELETE ON log FROM backlot_app; GRANT UPDATE (body) ON log TO backlot_app`,
      async ({ db }) => {
        expect(await failureOf(expectProbe(appendOnly(db.table('log'))).toRefuseChanges())).toMatchInlineSnapshot(`
          "Expected log to refuse changes, but
            the app can update body
            the owner can update body, state, at, day, ok, bytes, doc, tags, uid, code, delete, truncate

          Refused:
            the app: update state, at, day, ok, bytes, doc, tags, uid, code, delete, truncate (permission denied)"
        `)
      },
    ))

  test('is not refused by a constraint or by another table that refers to it', () =>
    seated(
      lab,
      `CREATE TABLE log (id int PRIMARY KEY, body text); INSERT INTO log VALUES (1, 'a');
       CREATE TABLE remarks (log int REFERENCES log); INSERT INTO remarks VALUES (1);
       REVOKE ALL ON log FROM backlot_app; GRANT DELETE, UPDATE ON log TO backlot_app`,
      async ({ db }) => {
        expect(await failureOf(expectProbe(appendOnly(db.table('log'))).toRefuseChanges())).toMatchInlineSnapshot(`
          "Expected log to refuse changes, but
            the app can update body
            nothing but a constraint keeps the app from update id: null value in column "id" of relation "log" violates not-null constraint
            nothing but a constraint keeps the app from delete: update or delete on table "log" violates foreign key constraint "remarks_log_fkey" on table "remarks"
            the owner can update id, body, truncate
            nothing but a constraint keeps the owner from delete: update or delete on table "log" violates foreign key constraint "remarks_log_fkey" on table "remarks"

          Refused:
            the app: truncate (permission denied)"
        `)
      },
    ))

  test('may be so by policies, seen with the settings under which its rows are seen', () =>
    seated(
      lab,
      `CREATE TABLE log (id int PRIMARY KEY, agent text); INSERT INTO log VALUES (1, 'genesis');
       REVOKE TRUNCATE ON log FROM backlot_owner;
       ALTER TABLE log ENABLE ROW LEVEL SECURITY; ALTER TABLE log FORCE ROW LEVEL SECURITY;
       CREATE POLICY reading ON log FOR SELECT USING (agent = current_setting('app.agent', true))`,
      async ({ db }) => {
        await expectProbe(appendOnly(db.table('log'), { claims: { 'app.agent': 'genesis' } })).toRefuseChanges()
        expect(await failureOf(expectProbe(appendOnly(db.table('log'))).toRefuseChanges())).toMatchInlineSnapshot(`
          "policies hide every row of log from the app, so that trying proves nothing [BACKLOT_USAGE]
            → give its session the settings under which it sees some: appendOnly(table, { claims: { 'app.agent': 'genesis' } })"
        `)
      },
    ))

  test('waits for its first row', () =>
    seated(
      lab,
      `CREATE TABLE log (id int); REVOKE ALL ON log FROM backlot_owner; REVOKE UPDATE, DELETE ON log FROM backlot_app`,
      async (seat) => {
        const refused = expectProbe(appendOnly(seat.db.table('log'))).toRefuseChanges()
        await seat.waitingBegun()
        await seat.write('INSERT INTO log VALUES (1)')
        await refused
      },
    ))

  test('without rows proves nothing', () =>
    seated(lab, 'CREATE TABLE log (id int)', async ({ db }) => {
      const log = appendOnly(db.table('log'))
      expect(await failureOf(expectProbe(log).toRefuseChanges({ timeout: 1 }))).toMatchInlineSnapshot(`
        "log has no row to try on, which proves nothing (waited …) [BACKLOT_USAGE]
          → write one before asserting"
      `)
      await expect(expectProbe(log).not.toRefuseChanges({ timeout: 1 })).rejects.toThrow('proves nothing')
      expect(await failureOf(async () => appendOnly(db as never))).toMatchInlineSnapshot(`
        "appendOnly needs a table to look at [BACKLOT_USAGE]
          → for example appendOnly(db.table('users'))"
      `)
    }))

  test('needs columns that exist', () =>
    seated(lab, table + triggers, async ({ db }) => {
      expect(
        await failureOf(expectProbe(appendOnly(db.table('log'), { except: ['boddy'] })).toRefuseChanges()),
      ).toMatchInlineSnapshot(`
        "table log has no column boddy [BACKLOT_COLUMN_NOT_FOUND]
          → did you mean body?"
      `)
    }))
})
