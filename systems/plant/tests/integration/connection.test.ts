import { pool } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { sql } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { type Connector, createRepositories } from '../../src/index.ts'
import { auditLog } from '../../src/persistence/schema/audit-log.ts'
import { baseEntity } from '../../src/persistence/schema/base-entity.ts'
import { entityTables } from '../../src/persistence/schema/entities.ts'
import { backendOf } from '../support/backend.ts'
import { connect, keepConnector } from '../support/connect.ts'
import { embeddingAt } from '../support/embedding.ts'
import { createFactories } from '../support/factories.ts'
import { hold } from '../support/hold.ts'
import { openSilentServer } from '../support/silent-server.ts'
import { stopTimers } from '../support/stopped-timers.ts'

const { test, expect } = backlotTest(backlot)

const genesis = { agentId: 'genesis' }
const asGenesis = { claims: { 'app.current_agent_id': 'genesis' } }
/** Plant's tables as its code knows them: for each column what Postgres would print of it, without its default. */
const known = Object.fromEntries(
  [baseEntity, ...Object.values(entityTables), auditLog]
    .map(getTableConfig)
    .map(({ name, columns }) => [
      name,
      Object.fromEntries(
        columns.map((column) => [
          column.name,
          column.getSQLType().replace('varchar', 'character varying') + (column.notNull ? ' not null' : ''),
        ]),
      ),
    ]),
)

describe('connection', { tags: ['database'] }, () => {
  /** For tests that count no connections. */
  const kept = keepConnector()
  let connector: Connector
  test.beforeEach(async ({ db }) => {
    connector = await kept.to(db)
  })
  test.afterAll(kept.close)

  test('Async engine initialization and properties', async ({ db }) => {
    const pauses: number[] = []
    const clock = { now: () => new Date(), sleep: async (milliseconds: number) => void pauses.push(milliseconds) }
    await using engine = connect(db, { clock, statementTimeoutMs: 1_234 })
    expect(engine.metrics().write).toMatchObject({ checkedOut: 0, idle: 0, acquired: 0 })
    await engine.start()
    expect(engine.metrics()).toMatchObject({ read: null, write: { checkedOut: 0, idle: 1, acquired: 1 } })
    const properties = sql`select current_setting('application_name') as name, current_setting('statement_timeout') as timeout`
    const { rows } = await engine.session({}, (session) => session.db.execute(properties))
    expect(rows).toEqual([{ name: 'plant', timeout: '1234ms' }])

    await using nobody = connect({ url: 'postgresql://plant@127.0.0.1:1/plant' }, { clock })
    await expect(nobody.start()).rejects.toMatchObject({ code: 'database-unavailable', status: 503 })
    expect(pauses).toEqual([5_000, 5_000, 5_000])
  })

  test('pgvector extension loading', { tags: ['skill'] }, async ({ db }) => {
    expect((await db.schema()).extensions).toContain('vector')
    const quarterTurn = await connector.session({}, (session) =>
      session.db.execute(sql`select '[1, 0]'::vector <=> '[0, 1]'::vector as cosine`),
    )
    expect(quarterTurn.rows).toEqual([{ cosine: 1 }])
    const skill = await connector.session(genesis, (session) =>
      createFactories(createRepositories(session)).skill({ embedding384: embeddingAt(0) }),
    )
    expect(skill.embedding384).toEqual(embeddingAt(0))
  })

  test('uuid-ossp extension loading', { tags: ['base-entity'] }, async ({ db }) => {
    expect((await db.schema()).extensions).toContain('uuid-ossp')
    await expect(db.table('base_entity')).toHaveColumn('id', { default: 'uuid_generate_v4()' })
    const made = await db.as('app', asGenesis)<{ id: string }>`
      INSERT INTO base_entity (entity_type, version_hash) VALUES ('Skill', 'v1'), ('Team', 'v1') RETURNING id`
    const random = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
    expect(made).toEqual([{ id: expect.stringMatching(random) }, { id: expect.stringMatching(random) }])
    expect(made[0]?.id).not.toBe(made[1]?.id)
  })

  test('Base entity table creation', { tags: ['base-entity'] }, async ({ db }) => {
    const base = db.table('base_entity')
    await expect(base).toHavePrimaryKey('id')
    await expect(base).toHaveUnique('external_id')
    await expect(base).toHaveForeignKey('parent_id', { references: 'base_entity', column: 'id' })
    await expect(base).toHaveCheck("status in ('active', 'inactive', 'archived', 'deleted')")
    await expect(base).toHaveCheck("entity_type in ('Skill', 'JobRole', 'Team', 'Agent', 'Industry')")
    await expect(base).toHaveTrigger('base_entity_keep_history', { timing: 'before', events: ['update'] })
    const genesisBase = db.as('app', asGenesis)
    await genesisBase`INSERT INTO base_entity (entity_type, version_hash) VALUES ('Skill', 'v1')`
    await expect(base).toHaveRow({
      status: 'active',
      amendment_alignment: 'aligned',
      governance_agent_id: 'genesis',
      amendment_history: [],
      hash_chain_sha256: [],
      append_only: true,
      deleted_at: null,
    })
  })

  test('Session lifecycle management', async ({ db }) => {
    await using single = connect(db, { size: 1, maxOverflow: 0 })
    const during = await single.session(genesis, async (session) => {
      expect(session.agentId).toBe('genesis')
      expect(single.metrics().write).toMatchObject({ checkedOut: 1, idle: 0 })
      return await backendOf(session)
    })
    expect(during).toMatchObject({ agent: 'genesis', readOnly: false, isolation: 'read committed' })
    expect(single.metrics().write).toMatchObject({ checkedOut: 0, idle: 1 })
    // On the same connection nobody is named any more.
    await using bare = await single.acquire()
    const { rows } = await bare.client.query('select pg_backend_pid() as pid, current_agent_id() as agent')
    expect(rows).toEqual([{ pid: during?.pid, agent: null }])
    bare.release()
    await expect(pool(db, { application: 'plant' })).toHaveNoLeaks()
  })

  test('Connection timeout handling', async ({ db }) => {
    await using silent = await openSilentServer()
    await using unreachable = connect(silent, { connectTimeoutMs: 10_000 })
    await using patient = connect(db, { statementTimeoutMs: 20 })
    using timers = stopTimers()
    const late = expect(unreachable.acquire()).rejects.toMatchObject({
      code: 'database-unavailable',
      cause: { message: 'timeout expired' },
    })
    await timers.pass(9_999)
    expect(unreachable.metrics().write).toMatchObject({ checkedOut: 1 })
    await timers.pass(1)
    await late
    expect(unreachable.metrics().write).toMatchObject({ checkedOut: 0 })

    const slow = patient.session({}, (session) => session.db.execute(sql`select pg_sleep(1)`))
    await expect(slow).rejects.toMatchObject({ code: 'command-timeout', status: 504 })
    expect(patient.metrics().write).toMatchObject({ checkedOut: 0, idle: 1 })
  })

  const everyTable = { tags: ['base-entity', 'skill', 'job-role', 'team', 'agent', 'industry'] }
  test('Schema validation (columns, types)', everyTable, async ({ db }) => {
    const { tables: found = {} } = await db.schema({ schemas: ['public'] })
    const types = Object.entries(found).map(([name, { columns }]) => [
      name,
      Object.fromEntries(
        Object.entries(columns).map(([column, text]) => [column, text.replace(/ (default|generated) .*$/, '')]),
      ),
    ])
    expect(Object.fromEntries(types)).toEqual(known)
    await expect(db.table('skill_entity')).toHaveColumn('embedding_384', { type: 'vector', dimension: 384 })
  })

  test('Database CRUD operations', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const skills = db.table('skill_entity')
    const { id } = await connector.session(genesis, (session) =>
      createRepositories(session).skills.create({ name: 'SQL', description: 'Asking', category: 'technical' }),
    )
    await expect(skills).toHaveRows([{ id, name: 'SQL', description: 'Asking', category: 'technical' }], {
      exact: true,
    })
    const read = await connector.session({ mode: 'read' }, async (session) => {
      const repository = createRepositories(session).skills
      return [await repository.get(id), ...(await repository.list())]
    })
    expect(read).toEqual([read[0], read[0]])
    expect(read[0]).toMatchObject({ id, name: 'SQL', entityType: 'Skill', status: 'active' })
    await connector.session(genesis, (session) =>
      createRepositories(session).skills.evolve(id, { description: 'Asking a database', tags: ['data'] }),
    )
    await expect(skills).toHaveRow({ id, name: 'SQL', description: 'Asking a database' })
    await expect(db.table('base_entity')).toHaveRow({ id, tags: ['data'], status: 'active' })
    const found = await connector.session(genesis, async (session) => {
      const repository = createRepositories(session).skills
      await repository.softDelete(id)
      return [await repository.find(id), ...(await repository.list())]
    })
    expect(found).toEqual([null])
    await expect(db.table('base_entity')).toHaveRow({ id, status: 'deleted', deleted_at: expect.any(Date) })
  })

  test('Connection pool properties', async ({ db }) => {
    await using pooled = connect(db, { size: 2, maxOverflow: 1 })
    expect(pooled.metrics().write).toMatchObject({ size: 2, maxOverflow: 1 })
    await using held = await hold(pooled, 3)
    expect(pooled.metrics().write).toMatchObject({ checkedOut: 3, idle: 0, overflow: 1, acquired: 3 })
    held.release()
    expect(pooled.metrics().write).toMatchObject({ checkedOut: 0, idle: 2, overflow: 0, acquired: 3 })
  })

  test('Concurrent connection management (5 concurrent)', { tags: ['skill'] }, async ({ db }) => {
    const names = ['ada', 'bob', 'cyd', 'dee', 'eve']
    const backends = await Promise.all(
      names.map((agentId) =>
        connector.session({ agentId }, async (session) => {
          await createFactories(createRepositories(session)).skill({ name: agentId })
          return await backendOf(session)
        }),
      ),
    )
    expect(new Set(backends.map((backend) => backend?.pid)).size).toBe(5)
    expect(backends.map((backend) => backend?.agent)).toEqual(names)
    expect(connector.metrics().write).toMatchObject({ checkedOut: 0, waiting: 0 })
    const governed = await db.sql<{ name: string; governor: string }>`
      SELECT name, governance_agent_id AS governor FROM skill_entity JOIN base_entity USING (id) ORDER BY name`
    expect(governed).toEqual(names.map((name) => ({ name, governor: name })))
  })

  test('Transaction rollback behavior', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const changedItsMind = new Error('not after all')
    const session = connector.session(genesis, async (session) => {
      const { skills } = createRepositories(session)
      const { id } = await createFactories(createRepositories(session)).skill()
      expect(await skills.find(id)).toMatchObject({ id })
      throw changedItsMind
    })
    await expect(session).rejects.toBe(changedItsMind)
    for (const table of ['base_entity', 'skill_entity', 'audit_log']) await expect(db.table(table)).toHaveCount(0)
  })

  test('Async context manager patterns', async ({ db }) => {
    const opened = connect(db, { size: 1, maxOverflow: 0 })
    {
      await using single = opened
      const pids: number[] = []
      for (const fails of [true, false]) {
        const scope = async (): Promise<void> => {
          await using held = await single.acquire()
          const { rows } = await held.client.query<{ pid: number }>('select pg_backend_pid() as pid')
          pids.push(rows[0]?.pid ?? Number.NaN)
          expect(single.metrics().write).toMatchObject({ checkedOut: 1 })
          if (fails) throw new Error('left by an error')
          // What is given back early is not given back again.
          held.release()
        }
        await (fails ? expect(scope()).rejects.toThrow('left by an error') : scope())
        expect(single.metrics().write).toMatchObject({ checkedOut: 0, idle: 1 })
      }
      expect(pids[1]).toBe(pids[0])
    }
    await expect(opened.acquire()).rejects.toMatchObject({ code: 'database-unavailable' })
  })
})
