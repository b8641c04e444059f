import { randomUUID } from 'node:crypto'
import { scratch } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import {
  type Connector,
  checkHistory,
  createRepositories,
  type Repositories,
  type Session,
  type SessionOptions,
} from '../../src/index.ts'
import { baseEntity } from '../../src/persistence/schema/base-entity.ts'
import { backendOf } from '../support/backend.ts'
import { connect, keepConnector } from '../support/connect.ts'
import { createFactories, type Factories } from '../support/factories.ts'
import { untilBlocked } from '../support/until-blocked.ts'

const { test, expect } = backlotTest(backlot)

/** What a transaction works with. */
interface Work extends Repositories {
  readonly make: Factories
  readonly session: Session
}

describe('transactions', { tags: ['transactions'] }, () => {
  // One that waits for another for good is told so before the test is over.
  const kept = keepConnector({ size: 2, maxOverflow: 2, commandTimeoutMs: 3_000 })
  let connector: Connector
  test.beforeEach(async ({ db }) => {
    connector = await kept.to(db)
  })
  test.afterAll(kept.close)

  /** One transaction, of `genesis` unless the options say otherwise. */
  function transaction<T>(work: (given: Work) => Promise<T>, options: SessionOptions = {}): Promise<T> {
    return connector.session({ agentId: 'genesis', ...options }, (session) => {
      const repositories = createRepositories(session)
      return work({ ...repositories, make: createFactories(repositories), session })
    })
  }

  test('Transaction commit atomicity', { tags: ['team', 'agent', 'base-entity'] }, async ({ db }) => {
    const seen = () => db.sql`SELECT entity_type FROM base_entity ORDER BY entity_type`
    await transaction(async ({ make }) => {
      await make.team()
      expect(await seen()).toEqual([])
    })
    const whole = ['Agent', 'Industry', 'JobRole', 'Skill', 'Skill', 'Team'].map((entity_type) => ({ entity_type }))
    expect(await seen()).toEqual(whole)
    for (const table of ['team_entity', 'agent_entity', 'job_role_entity']) await expect(db.table(table)).toHaveCount(1)
  })

  test('Rollback on constraint violation', { tags: ['skill'] }, async ({ db }) => {
    await transaction(({ make }) => make.skill({ name: 'SQL' }))
    const twice = transaction(async ({ make }) => {
      await make.skill({ name: 'Pruning' })
      await make.skill({ name: 'SQL' })
    })
    await expect(twice).toViolate('unique', { constraint: 'skill_entity_name_key' })
    await expect(twice).rejects.toMatchObject({ code: 'duplicate-entity', status: 409 })
    await expect(db.table('skill_entity')).toHaveRows([{ name: 'SQL' }], { exact: true })
    await expect(db.table('base_entity')).toHaveCount(1)
    await expect(db.table('audit_log')).toHaveCount(2)
  })

  test('Transaction isolation level verification', async () => {
    const isolationOf = async (options: SessionOptions) => (await connector.session(options, backendOf))?.isolation
    expect(await isolationOf({})).toBe('read committed')
    for (const isolation of ['read committed', 'repeatable read', 'serializable'] as const) {
      expect(await isolationOf({ isolation })).toBe(isolation)
      expect(await isolationOf({ isolation, mode: 'read' })).toBe(isolation)
    }
  })

  test('Dirty read prevention', { tags: ['skill'] }, async () => {
    const { id } = await transaction(({ make }) => make.skill({ description: 'as it was' }))
    const read = () => transaction(async ({ skills }) => (await skills.list()).map(({ description }) => description))
    const undone = new Error('undone')
    const writer = transaction(async ({ skills, make }) => {
      await make.skill({ description: 'dirty' })
      expect(await read()).toEqual(['as it was'])
      await skills.evolve(id, { description: 'dirty too' })
      expect(await read()).toEqual(['as it was'])
      throw undone
    })
    await expect(writer).rejects.toBe(undone)
    expect(await read()).toEqual(['as it was'])
  })

  test('Repeatable read consistency', { tags: ['skill', 'base-entity'] }, async () => {
    const { id } = await transaction(({ make }) => make.skill({ description: 'first' }))
    const readTwice = (isolation: NonNullable<SessionOptions['isolation']>, meanwhile: string) =>
      transaction(
        async ({ skills }) => {
          const before = await skills.get(id)
          await transaction((other) => other.skills.evolve(id, { description: meanwhile }))
          const after = await skills.get(id)
          return [before.description, after.description, after.amendmentHistory.length - before.amendmentHistory.length]
        },
        { isolation },
      )
    expect(await readTwice('read committed', 'second')).toEqual(['first', 'second', 1])
    expect(await readTwice('repeatable read', 'third')).toEqual(['second', 'second', 0])

    // What it has read is no longer so: to write by it would undo what the other did.
    const late = transaction(
      async ({ skills }) => {
        await skills.get(id)
        await transaction((other) => other.skills.evolve(id, { description: 'fourth' }))
        await skills.evolve(id, { description: 'fifth' })
      },
      { isolation: 'repeatable read' },
    )
    await expect(late).rejects.toMatchObject({ code: 'conflict', status: 409 })
    expect(await transaction(({ skills }) => skills.get(id))).toMatchObject({ description: 'fourth' })
  })

  test('Phantom read handling', { tags: ['industry'] }, async () => {
    const countTwice = (isolation: NonNullable<SessionOptions['isolation']>) =>
      transaction(
        async ({ industries }) => {
          const before = await industries.list()
          await transaction(({ make }) => make.industry())
          return [before.length, (await industries.list()).length]
        },
        { isolation },
      )
    expect(await countTwice('read committed')).toEqual([0, 1])
    expect(await countTwice('repeatable read')).toEqual([1, 1])
    expect(await countTwice('serializable')).toEqual([2, 2])
  })

  test('Serialization consistency', { tags: ['skill'] }, async () => {
    // Of two skills one has to stay active. Each transaction retires one of them, since the other is there.
    const retireBoth = async (
      isolation: NonNullable<SessionOptions['isolation']>,
      names: readonly [string, string],
    ) => {
      const [one, other] = await transaction(async ({ make }) => [
        await make.skill({ name: names[0] }),
        await make.skill({ name: names[1] }),
      ])
      const spare = async ({ skills }: Work) =>
        (await skills.list({ status: 'active' })).filter(({ id }) => id === one.id || id === other.id).length > 1
      await transaction(
        async (work) => {
          expect(await spare(work)).toBe(true)
          await transaction(
            async (second) => {
              if (await spare(second)) await second.skills.evolve(other.id, { status: 'inactive' })
            },
            { isolation },
          )
          await work.skills.evolve(one.id, { status: 'inactive' })
        },
        { isolation },
      )
    }
    await retireBoth('repeatable read', ['SQL', 'COBOL'])
    const conflict = { code: 'conflict', status: 409 }
    await expect(retireBoth('serializable', ['Pruning', 'Grafting'])).rejects.toMatchObject(conflict)
    const active = await transaction(({ skills }) => skills.list({ status: 'active' }))
    expect(active.map(({ name }) => name)).toEqual(['Pruning'])
  })

  test('Concurrent transaction non-interference', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const { id: ofAda } = await transaction(({ make }) => make.skill(), { agentId: 'ada' })
    const { id: ofBob } = await transaction(({ make }) => make.skill(), { agentId: 'bob' })
    await transaction(
      async ({ skills }) => {
        await skills.evolve(ofAda, { description: 'by ada' })
        // Begins and commits while the other is under way: neither waits for the other, in the audit trail either.
        await transaction((bob) => bob.skills.evolve(ofBob, { description: 'by bob' }), { agentId: 'bob' })
        await skills.evolve(ofAda, { tags: ['ada'] })
      },
      { agentId: 'ada' },
    )
    await expect(db.table('skill_entity')).toHaveRow({ id: ofAda, description: 'by ada' })
    await expect(db.table('skill_entity')).toHaveRow({ id: ofBob, description: 'by bob' })
    const trails = await transaction(async ({ audit }) => [await audit.verify(ofAda), await audit.verify(ofBob)])
    expect(trails).toMatchObject([
      { intact: true, links: 5 },
      { intact: true, links: 4 },
    ])
  })

  test('Deadlock prevention', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const { id } = await transaction(({ make }) => make.skill())
    // Whoever amends an entity locks its base row first: so the second waits before it holds anything that the first needs.
    const { second } = await transaction(async ({ skills }) => {
      await skills.evolve(id, { tags: ['first'] })
      const second = transaction((other) => other.skills.evolve(id, { description: 'by the second' })).then(
        () => 'committed',
        (error: unknown) => error,
      )
      await untilBlocked(db, 1)
      await skills.evolve(id, { description: 'by the first' })
      return { second }
    })
    expect(await second).toBe('committed')
    const skill = await transaction(({ skills }) => skills.get(id))
    expect(skill).toMatchObject({ description: 'by the second', tags: ['first'] })
    expect(checkHistory(skill)).toMatchObject({ intact: true, links: 4 })
  })

  test('Savepoint support', { tags: ['skill', 'job-role'] }, async ({ db }) => {
    await transaction(async ({ make, session, skills }) => {
      await make.skill({ name: 'kept' })
      const undone = session.savepoint(async (inner) => {
        const nested = createRepositories(inner)
        expect(inner.agentId).toBe('genesis')
        await createFactories(nested).jobRole({ name: 'undone' })
        await inner.savepoint((innermost) =>
          createFactories(createRepositories(innermost)).skill({ name: 'undone too' }),
        )
        await createFactories(nested).skill({ name: 'kept' })
      })
      await expect(undone).rejects.toMatchObject({ code: 'duplicate-entity' })
      await session.savepoint((inner) => createFactories(createRepositories(inner)).skill({ name: 'kept as well' }))
      expect(await skills.list()).toHaveLength(2)
    })
    await expect(db.table('skill_entity')).toHaveRows([{ name: 'kept' }, { name: 'kept as well' }], { exact: true })
    await expect(db.table('job_role_entity')).toHaveCount(0)
    await expect(db.table('base_entity')).toHaveCount(2)
  })

  test('Foreign key integrity in transactions', { tags: ['agent', 'skill'] }, async ({ db }) => {
    const nobody = transaction(({ make }) => make.agent({ skillId: randomUUID(), jobRoleId: randomUUID() }))
    await expect(nobody).toViolate('foreign key', { table: 'agent_entity', constraint: 'agent_entity_skill_id_fkey' })
    await expect(nobody).rejects.toMatchObject({ code: 'reference-missing', status: 422 })
    for (const table of ['agent_entity', 'industry_entity', 'base_entity']) await expect(db.table(table)).toHaveCount(0)

    const { id } = await transaction(async ({ make }) => {
      const skill = await make.skill()
      // To others it is not there before it is committed.
      const early = transaction((other) => other.make.agent({ skillId: skill.id }))
      await expect(early).toViolate('foreign key', { constraint: 'agent_entity_skill_id_fkey' })
      return await make.agent({ skillId: skill.id })
    })
    await expect(db.table('agent_entity')).toHaveRow({ id })
  })

  test('Cascading delete behavior', { tags: ['skill', 'agent', 'base-entity'] }, async ({ db }) => {
    await transaction(({ make }) => make.agent())
    const { rowCount } = await transaction(({ session }) => session.db.delete(baseEntity))
    expect(rowCount).toBe(0)
    const owner = db.as('owner', { claims: { 'app.current_agent_id': 'genesis' } })
    expect(await owner`DELETE FROM base_entity RETURNING id`).toEqual([])
    await expect(db.table('base_entity')).toHaveCount(4)

    // What an owner does who has lifted the policies, in a database of his own.
    await using copy = await scratch(db)
    await using ofCopy = connect(copy, { size: 1, maxOverflow: 0 })
    const { agent, skill } = await ofCopy.session({ agentId: 'genesis' }, async (session) => {
      const make = createFactories(createRepositories(session))
      return { agent: await make.agent(), skill: await make.skill() }
    })
    for (const table of ['base_entity', 'skill_entity', 'agent_entity']) {
      await copy.sql`ALTER TABLE ${copy.sql.id(table)} NO FORCE ROW LEVEL SECURITY`
    }
    const used = copy.sql`DELETE FROM base_entity WHERE id = ${agent.skillId}`
    await expect(used).toViolate('foreign key', { constraint: 'agent_entity_skill_id_fkey' })
    await copy.sql`DELETE FROM base_entity WHERE id IN (${skill.id}, ${agent.id})`
    expect(await copy.sql`SELECT id FROM skill_entity`).toEqual([{ id: agent.skillId }])
    expect(await copy.sql`SELECT id FROM agent_entity`).toEqual([])
    const traces = await copy.sql`
      SELECT table_name, action FROM audit_log WHERE entity_id = ${skill.id} AND action = 'delete' ORDER BY table_name`
    expect(traces).toEqual([
      { table_name: 'base_entity', action: 'delete' },
      { table_name: 'skill_entity', action: 'delete' },
    ])
  })
})
