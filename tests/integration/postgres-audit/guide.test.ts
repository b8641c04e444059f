/** The examples of docs/audit.md. */
import { afterAll, beforeAll, test } from 'vitest'
import { appendOnly, hashChain } from '../../../src/postgres/index.ts'
import { createExpect } from '../../../src/vitest/expect.ts'
import { type Lab, openLab } from '../postgres-probes/lab.ts'
import { seated } from './lab.ts'

const expect = createExpect({})

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

/** The log chains itself; its guards stand in the way of nobody who may switch triggers off. */
const schema = `
  CREATE TABLE audit_log (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entity_id text NOT NULL, action text NOT NULL, reviewed boolean NOT NULL DEFAULT false,
    previous_hash text, hash text);
  CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    SELECT hash INTO NEW.previous_hash FROM audit_log WHERE entity_id = NEW.entity_id ORDER BY id DESC LIMIT 1;
    NEW.hash = encode(sha256(concat_ws('|', coalesce(NEW.previous_hash, ''), NEW.entity_id, NEW.action)::bytea), 'hex');
    RETURN NEW;
  END $$;
  CREATE TRIGGER chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain();
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the audit log only grows'; END $$;
  CREATE TRIGGER rows BEFORE DELETE OR UPDATE OF entity_id, action, previous_hash, hash ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER truncates BEFORE TRUNCATE ON audit_log EXECUTE FUNCTION refuse()`

test('a chain of hashes', () =>
  seated(lab, schema, async ({ db }) => {
    // #region chain
    const chain = hashChain({
      table: db.table('audit_log'),
      order: 'id',
      hash: 'hash',
      previous: 'previous_hash',
      per: 'entity_id',
      payload: (row) => `${row.previous_hash ?? ''}|${row.entity_id}|${row.action}`,
    })
    await db.sql`INSERT INTO audit_log (entity_id, action) VALUES ('a', 'created'), ('b', 'created'), ('a', 'closed')`
    await expect(chain).toBeIntact({ links: 3 })

    await db.sql`ALTER TABLE audit_log DISABLE TRIGGER rows`
    await db.sql`UPDATE audit_log SET action = 'forged' WHERE id = 1`
    await expect(chain).not.toBeIntact()
    expect((await chain.verify()).broken).toMatchObject({ kind: 'content', chain: 'a', position: 1 })
    // #endregion
  }))

test('a table that only grows', () =>
  seated(lab, schema, async ({ db }) => {
    // #region append-only
    await db.sql`INSERT INTO audit_log (entity_id, action) VALUES ('a', 'created')`
    await expect(appendOnly(db.table('audit_log'), { except: ['reviewed'] })).toRefuseChanges()
    await expect(appendOnly(db.table('audit_log'))).not.toRefuseChanges()
    // #endregion
  }))
