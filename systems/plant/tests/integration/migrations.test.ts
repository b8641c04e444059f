import { migrations, type Sql } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

const children = ['skill_entity', 'job_role_entity', 'team_entity', 'agent_entity', 'industry_entity'] as const

/** A row for every table that a migration has just made. */
async function populate(sql: Sql, step: string): Promise<void> {
  const entity = async (type: string): Promise<string | undefined> => {
    const [base] = await sql<{
      id: string
    }>`INSERT INTO base_entity (entity_type, version_hash) VALUES (${type}, 'v1') RETURNING id`
    return base?.id
  }
  if (step.startsWith('002')) {
    await sql`INSERT INTO skill_entity VALUES (${await entity('Skill')}, 'SQL', 'Asking', 'technical')`
  }
  if (step.startsWith('003')) {
    const industry = await entity('Industry')
    const role = await entity('JobRole')
    await sql`INSERT INTO industry_entity VALUES (${industry}, 'Software', 'Making it')`
    await sql`INSERT INTO job_role_entity VALUES (${role}, 'Engineer', 'Builds', '{}', 'mid', ${industry})`
    await sql`INSERT INTO team_entity VALUES (${await entity('Team')}, 'Platform', 'Keeps it up', '{}', ${role}, ${industry})`
    await sql`INSERT INTO agent_entity SELECT ${await entity('Agent')}, 'Ada', id, ${role}, NULL, ${industry} FROM skill_entity`
  }
}

describe('migrations', { tags: ['database', 'migrations'] }, () => {
  test('Migration 001: base_entity table creation', { tags: ['base-entity'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await walk.upTo('001')
    const base = walk.table('base_entity')
    await expect(base).toHaveColumn('id', { type: 'uuid', nullable: false, default: 'uuid_generate_v4()' })
    await expect(base).toHaveColumn('entity_type', { type: 'varchar(50)', nullable: false })
    await expect(base).toHaveColumn('governance_agent_id', { type: 'varchar(100)', default: "'genesis'" })
    await expect(base).toHaveColumn('hash_chain_sha256', { type: 'text[]', nullable: false })
    await expect(base).toHaveTrigger('base_entity_keep_history', { timing: 'before', events: ['update'] })
    expect(Object.keys((await walk.schema()).tables ?? {})).toEqual(['base_entity'])
  })

  test('Migration 002: skill_entity table with inheritance', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await walk.upTo('002')
    const skills = walk.table('skill_entity')
    await expect(skills).toHaveColumn('name', { type: 'varchar(255)', nullable: false })
    await expect(skills).toHaveColumn('category', { type: 'varchar(50)', nullable: false })
    await expect(skills).toHaveForeignKey('id', { references: 'base_entity', onDelete: 'cascade' })
    await walk.sql`INSERT INTO base_entity (entity_type, version_hash) VALUES ('Team', 'v1')`
    const misplaced = walk.sql`INSERT INTO skill_entity SELECT id, 'SQL', 'Asking', 'technical' FROM base_entity`
    await expect(misplaced).rejects.toMatchObject({ code: 'PL002' })
  })

  test('Embedding column (pgvector) presence', { tags: ['skill', 'industry'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await walk.upTo('003')
    await expect(walk.table('skill_entity')).not.toHaveColumn('embedding_384')
    await walk.upTo('004')
    for (const table of ['skill_entity', 'industry_entity']) {
      await expect(walk.table(table)).toHaveColumn('embedding_384', { type: 'vector', dimension: 384, nullable: true })
    }
  })

  test('Index creation validation', { tags: ['base-entity', 'skill'] }, async ({ db }) => {
    const base = db.table('base_entity')
    for (const column of ['entity_type', 'created_at', 'status', 'governance_agent_id']) {
      await expect(base).toHaveIndex({ name: `base_entity_${column}_idx`, method: 'btree', columns: [column] })
    }
    const byCosine = { method: 'hnsw', columns: ['embedding_384'], operatorClass: 'vector_cosine_ops' }
    await expect(db.table('skill_entity')).toHaveIndex(byCosine)
    await expect(db.table('industry_entity')).toHaveIndex(byCosine)
  })

  test('Primary key constraint existence', { tags: ['base-entity'] }, async ({ db }) => {
    for (const table of ['base_entity', ...children]) await expect(db.table(table)).toHavePrimaryKey('id')
  })

  test('Foreign key relationship validation', { tags: ['agent', 'team', 'job-role', 'industry'] }, async ({ db }) => {
    const agents = db.table('agent_entity')
    await expect(agents).toHaveForeignKey('skill_id', { references: 'skill_entity' })
    await expect(agents).toHaveForeignKey('job_role_id', { references: 'job_role_entity' })
    await expect(agents).toHaveForeignKey('team_id', { references: 'team_entity' })
    await expect(agents).toHaveForeignKey('industry_id', { references: 'industry_entity' })
    await expect(db.table('team_entity')).toHaveForeignKey('job_role_id', { references: 'job_role_entity' })
    await expect(db.table('team_entity')).toHaveForeignKey('industry_id', { references: 'industry_entity' })
    await expect(db.table('job_role_entity')).toHaveForeignKey('industry_id', { references: 'industry_entity' })
    await expect(db.table('base_entity')).toHaveForeignKey('parent_id', { references: 'base_entity' })
  })

  test('Entity inheritance pattern verification', { tags: ['base-entity'] }, async ({ db }) => {
    for (const table of children) {
      await expect(db.table(table)).toHaveForeignKey('id', { references: 'base_entity', onDelete: 'cascade' })
      await expect(db.table(table)).toHaveUnique('name')
      await expect(db.table(table)).toHaveTrigger(`${table}_keep_history`, { timing: 'before' })
    }
  })

  test('Migration idempotency (re-running safe)', { tags: ['base-entity'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await expect(walk).toBeRepeatable()
    await expect(walk).toBeReversible()
  })

  test('All entity tables created (6 tables)', { tags: ['base-entity', 'skill', 'team'] }, async ({ db }) => {
    const { tables } = await db.schema()
    const entities = Object.keys(tables ?? {}).filter((name) => name.endsWith('_entity'))
    expect(entities.toSorted()).toEqual(['base_entity', ...children].toSorted())
  })

  test('Data integrity after schema operations', { tags: ['base-entity', 'skill'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await expect(walk).toApplyToPopulated({ keepRows: true, seed: populate })
    for (const step of walk.steps.slice(0, 3)) {
      await walk.upTo(step)
      await populate(walk.sql, step)
    }
    const before = await walk.sql`SELECT * FROM agent_entity JOIN base_entity USING (id)`
    await walk.all()
    await expect(walk.table('skill_entity')).toHaveRow({ name: 'SQL', category: 'technical', embedding_384: null })
    await walk.downTo('003')
    expect(await walk.sql`SELECT * FROM agent_entity JOIN base_entity USING (id)`).toEqual(before)
    await expect(walk.table('base_entity')).toHaveCount(5)
  })

  test('NULL and UNIQUE constraint enforcement', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    await using walk = await migrations(db)
    await walk.upTo('004')
    const { sql } = walk
    await sql`INSERT INTO base_entity (entity_type, version_hash, external_id) VALUES ('Skill', 'v1', 'x'), ('Skill', 'v1', 'y')`
    const again = sql`INSERT INTO base_entity (entity_type, version_hash, external_id) VALUES ('Skill', 'v1', 'x')`
    await expect(again).toViolate('unique', { constraint: 'base_entity_external_id_key' })
    const unversioned = sql`INSERT INTO base_entity (entity_type) VALUES ('Skill')`
    await expect(unversioned).toViolate('not null', { column: 'version_hash' })
    await expect(sql`INSERT INTO skill_entity SELECT id, 'SQL', 'Asking', 'technical' FROM base_entity`).toViolate(
      'unique',
      { constraint: 'skill_entity_name_key' },
    )
    await expect(sql`INSERT INTO skill_entity SELECT id, NULL, 'Asking', 'technical' FROM base_entity`).toViolate(
      'not null',
      { table: 'skill_entity', column: 'name' },
    )
  })
})
