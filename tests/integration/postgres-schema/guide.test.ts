/** The examples of docs/schema.md. */
import { afterAll, beforeAll, test } from 'vitest'
import { createExpect } from '../../../src/vitest/expect.ts'
import { type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'

const expect = createExpect({})

let lab: Lab
beforeAll(async () => {
  lab = await openLab(['vector'])
})
afterAll(() => lab?.stop())

const schema = `
  CREATE TABLE teams (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
  CREATE TABLE skills (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    team_id bigint NOT NULL REFERENCES teams ON DELETE CASCADE,
    email varchar(255),
    price numeric(10, 2) NOT NULL DEFAULT 0 CHECK (price >= 0),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'live')),
    embedding vector(384),
    deleted_at timestamptz);
  CREATE UNIQUE INDEX skills_email ON skills (lower(email)) WHERE deleted_at IS NULL;
  CREATE INDEX skills_embedding ON skills USING hnsw (embedding vector_cosine_ops) WITH (m = 16);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch();
  ALTER TABLE skills ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY own_rows ON skills FOR SELECT USING (team_id = current_setting('app.team')::bigint)`

test('a table', async () => {
  const { db, close } = await openSeat(lab, schema, { extensions: ['vector'] })
  // #region matchers
  const skills = db.table('skills')
  await expect(skills).toHaveColumn('email', { type: 'varchar(255)', nullable: true, default: null })
  await expect(skills).toHaveColumn('state', { type: 'text', nullable: false, default: "'draft'" })
  await expect(skills).toHaveColumn('embedding', { type: 'vector', dimension: 384 })
  await expect(skills).not.toHaveColumn('password')

  await expect(skills).toHavePrimaryKey('id')
  await expect(skills).toHaveForeignKey('team_id', { references: 'teams', onDelete: 'cascade' })
  await expect(skills).toHaveUnique('lower(email)', { predicate: 'deleted_at IS NULL' })
  await expect(skills).toHaveCheck("state IN ('draft', 'live')")
  await expect(skills).toHaveIndex({
    method: 'hnsw',
    columns: ['embedding'],
    operatorClass: 'vector_cosine_ops',
    with: { m: 16 },
  })

  await expect(skills).toHaveTrigger('touched', { timing: 'before', events: ['update'], function: 'touch' })
  await expect(skills).toHaveRowSecurity({ forced: true })
  await expect(skills).toHavePolicy('own_rows', { command: 'select', roles: ['public'] })
  // #endregion
  await close()
})

test('a whole schema', async () => {
  const { db, close } = await openSeat(lab, schema, { extensions: ['vector'] })
  // #region schema
  const { tables } = await db.schema({ schemas: ['public'] })
  expect(tables?.teams).toEqual({
    columns: { id: 'bigint not null generated always as identity' },
    constraints: { teams_pkey: 'PRIMARY KEY (id)' },
    grants: { app: 'delete, insert, select, update' },
  })
  // #endregion
  await close()
})
