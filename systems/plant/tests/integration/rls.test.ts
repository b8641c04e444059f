import { randomUUID } from 'node:crypto'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createRepositories } from '../../src/index.ts'
import { createFactories } from '../support/factories.ts'
import { closeConnector, inNameOf } from '../support/in-name-of.ts'
import { agent, baseAccess, childAccess, granted } from '../support/policies.ts'

const { test, expect } = backlotTest(backlot)
test.afterAll(closeConnector)

const tables = [
  'base_entity',
  'skill_entity',
  'job_role_entity',
  'team_entity',
  'agent_entity',
  'industry_entity',
] as const

describe('row-level security', { tags: ['rls', 'security'] }, () => {
  test('RLS policies enabled on base_entity', { tags: ['base-entity'] }, async ({ db }) => {
    for (const table of tables) {
      await expect(db.table(table)).toHaveRowSecurity({ forced: true })
      await expect(db.table(table)).toHavePolicy(`${table}_select`, { command: 'select' })
      await expect(db.table(table)).toHavePolicy(`${table}_insert`, { command: 'insert' })
      await expect(db.table(table)).toHavePolicy(`${table}_update`, { command: 'update' })
    }
  })

  test('Valid skill insertion', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.skill({ name: 'SQL', category: 'technical' }))
    await expect(db.table('skill_entity')).toHaveRow({ id, name: 'SQL', category: 'technical' })
    await expect(db.table('base_entity')).toHaveRow({ id, entity_type: 'Skill', governance_agent_id: 'genesis' })
  })

  test('Append-only pattern enforcement', { tags: ['base-entity', 'skill'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.skill())
    const genesis = db.as('app', agent('genesis'))
    const refused = { code: 'PL001' }
    await expect(genesis`UPDATE base_entity SET created_at = now()`).rejects.toMatchObject(refused)
    await expect(genesis`UPDATE base_entity SET governance_notes = 'x'`).rejects.toMatchObject(refused)
    await expect(genesis`UPDATE base_entity SET hash_chain_sha256 = '{}'`).rejects.toMatchObject(refused)
    await expect(
      genesis`UPDATE base_entity SET hash_chain_sha256 = array['rewritten', 'longer']`,
    ).rejects.toMatchObject(refused)
    await expect(genesis`UPDATE skill_entity SET name = 'renamed'`).rejects.toMatchObject(refused)
    expect(await genesis`DELETE FROM base_entity WHERE id = ${id} RETURNING id`).toEqual([])
    await expect(db.table('skill_entity')).toHaveCount(1, { id })
  })

  test('Skill entity insertion allowed', { tags: ['skill'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.skill({ status: 'inactive' }))
    const seen = (who: string) => db.as('app', agent(who))`SELECT id FROM skill_entity WHERE id = ${id}`
    expect(await seen('genesis')).toEqual([{ id }])
    expect(await seen('other')).toEqual([])
    const foreign = db.as('app', agent('other'))
    await expect(
      foreign`INSERT INTO skill_entity (id, name, description, category) VALUES (${id}, 'x', 'x', 'technical')`,
    ).rejects.toMatchObject({ code: '42501' })
  })

  test('NOT NULL constraint enforcement', { tags: ['skill', 'agent', 'team'] }, async ({ db }) => {
    await inNameOf('genesis', db, ({ make }) => make.team())
    const genesis = db.as('app', agent('genesis'))
    const missing = (table: string, column: string) =>
      expect(
        genesis.begin(async (sql) => {
          await sql`UPDATE base_entity SET hash_chain_sha256 = array_append(hash_chain_sha256, 'further'), amendment_history = amendment_history || '{}'::jsonb`
          await sql`UPDATE ${sql.id(table)} SET ${sql.id(column)} = NULL`
        }),
      ).toViolate('not null', { table, column })
    await missing('skill_entity', 'name')
    await missing('skill_entity', 'category')
    await missing('agent_entity', 'skill_id')
    await missing('team_entity', 'job_role_id')
  })

  test('UNIQUE constraint on external_id', { tags: ['base-entity', 'industry'] }, async ({ db }) => {
    await inNameOf('genesis', db, ({ make }) => make.industry({ externalId: 'naics-11' }))
    const again = inNameOf('genesis', db, ({ make }) => make.industry({ externalId: 'naics-11' }))
    await expect(again).toViolate('unique', { constraint: 'base_entity_external_id_key' })
    await inNameOf('genesis', db, ({ make }) => make.industry({ externalId: null }))
    await inNameOf('genesis', db, ({ make }) => make.industry({ externalId: null }))
    await expect(db.table('industry_entity')).toHaveCount(3)
  })

  test('Primary key constraint enforcement', { tags: ['base-entity', 'skill'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.skill())
    const genesis = db.as('app', agent('genesis'))
    await expect(
      genesis`INSERT INTO base_entity (id, entity_type, version_hash) VALUES (${id}, 'Skill', 'v1')`,
    ).toViolate('unique', { constraint: 'base_entity_pkey' })
    await expect(
      genesis`INSERT INTO skill_entity (id, name, description, category) VALUES (${id}, 'x', 'x', 'technical')`,
    ).toViolate('unique', { constraint: 'skill_entity_pkey' })
  })

  test('Foreign key constraint validation', { tags: ['agent', 'job-role', 'team'] }, async ({ db }) => {
    const nobody = randomUUID()
    const references = (constraint: string) => ['foreign key', { constraint }] as const
    await expect(inNameOf('genesis', db, ({ make }) => make.agent({ skillId: nobody }))).toViolate(
      ...references('agent_entity_skill_id_fkey'),
    )
    await expect(inNameOf('genesis', db, ({ make }) => make.agent({ jobRoleId: nobody }))).toViolate(
      ...references('agent_entity_job_role_id_fkey'),
    )
    await expect(inNameOf('genesis', db, ({ make }) => make.jobRole({ industryId: nobody }))).toViolate(
      ...references('job_role_entity_industry_id_fkey'),
    )
    const team = inNameOf('genesis', db, ({ make }) => make.team({ jobRoleId: nobody, agents: [nobody] }))
    await expect(team).toViolate(...references('team_entity_job_role_id_fkey'))
    await expect(db.table('base_entity')).toBeEmpty()
  })

  test('Status field check constraint', { tags: ['base-entity'] }, async ({ db }) => {
    const genesis = db.as('app', agent('genesis'))
    const withStatus = (status: string) =>
      genesis`INSERT INTO base_entity (entity_type, version_hash, status) VALUES ('Skill', 'v1', ${status})`
    for (const status of ['active', 'inactive', 'archived', 'deleted']) await withStatus(status)
    await expect(withStatus('pending')).toViolate('check', { constraint: 'base_entity_status_check' })
    await expect(db.table('base_entity')).toHaveCount(4)
  })

  test('Row-level security policy verification', { tags: ['base-entity', 'skill'] }, async ({ db }) => {
    expect(await baseAccess(db, 'inactive')).toGrant(granted.inactive)
    expect(await baseAccess(db, 'active')).toGrant(granted.active)
    const rowOf = async (agentId: string): Promise<object> => {
      const { id } = await inNameOf(agentId, db, ({ make }) => make.skill({ status: 'inactive' }))
      const [row = {}] = await db.as('app', agent(agentId))`SELECT * FROM skill_entity WHERE id = ${id}`
      return row
    }
    const [own, foreign] = [await rowOf('genesis'), await rowOf('other')]
    expect(await childAccess(db, 'skill_entity', { own, foreign })).toGrant(granted.inactive)
  })

  test('Constraint violation handling', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const refused = await inNameOf('genesis', db, async ({ make, session }) => {
      await make.skill({ name: 'SQL' })
      const error: unknown = await session
        .savepoint((inner) => createFactories(createRepositories(inner)).skill({ name: 'SQL' }))
        .catch((caught: unknown) => caught)
      await make.skill({ name: 'Go' })
      return error
    })
    expect(refused).toMatchObject({
      code: 'duplicate-entity',
      status: 409,
      details: { constraint: 'skill_entity_name_key' },
    })
    await expect(db.table('skill_entity')).toHaveRows([{ name: 'SQL' }, { name: 'Go' }], { exact: true })
    await expect(db.table('base_entity')).toHaveCount(2)
  })
})
