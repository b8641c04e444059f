import { generateKeyPairSync } from 'node:crypto'
import { backlotTest } from 'backlot/vitest'
import { sql } from 'drizzle-orm'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { checkHistory, createRepositories, unsignedAmendments, validateL0 } from '../../src/index.ts'
import { connect } from '../support/connect.ts'
import { embeddingAt } from '../support/embedding.ts'
import { createFactories } from '../support/factories.ts'

const { test, expect } = backlotTest(backlot)
const genesis = { agentId: 'genesis' }

describe('repositories', () => {
  test('the factories make an entity of each type, which passes L0', async ({ db }) => {
    await using connector = connect(db)
    const made = await connector.session(genesis, async (session) => {
      const { team, agent, industry } = createFactories(createRepositories(session))
      return [await team(), await agent(), await industry({ name: 'Farming' })]
    })
    for (const entity of made) expect(validateL0(entity)).toEqual({ valid: true, findings: [] })
    await expect(db.table('industry_entity')).toHaveRow({ name: 'Farming' })
    await expect(db.table('base_entity')).toHaveRow({ entity_type: 'Team', governance_agent_id: 'genesis' })
  })

  test('an entity evolves by amendments, whose chain passes', async ({ db }) => {
    await using connector = connect(db)
    const skill = await connector.session(genesis, async (session) => {
      const { skills } = createRepositories(session)
      const { id } = await createFactories(createRepositories(session)).skill({ embedding384: embeddingAt(0) })
      await skills.evolve(id, { description: 'Asking many databases', tags: ['sql'] })
      return await skills.evolve(id, { status: 'inactive', embedding384: embeddingAt(1) }, 'retire')
    })
    expect(skill).toMatchObject({ description: 'Asking many databases', tags: ['sql'], status: 'inactive' })
    expect(skill.amendmentHistory.map(({ change_type }) => change_type)).toEqual(['create', 'update', 'retire'])
    expect(checkHistory(skill)).toMatchObject({ intact: true, links: 3 })
    expect(JSON.stringify(skill.amendmentHistory)).toMatch(/"embedding384":"sha256:[0-9a-f]{64}"/)
  })

  test('amendments are signed where there is a key', async ({ db }) => {
    await using connector = connect(db)
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const skill = await connector.session(genesis, async (session) => {
      const { skill } = createFactories(createRepositories(session))
      const { id } = await skill()
      return await createRepositories(session, { signingKey: privateKey }).skills.evolve(id, { tags: ['signed'] })
    })
    expect(unsignedAmendments(skill, publicKey)).toEqual([0])
  })

  test('evolve and delete are refused for what is not there, not theirs, not valid or nothing', async ({ db }) => {
    await using connector = connect(db)
    const skill = await connector.session(genesis, (session) => createFactories(createRepositories(session)).skill())
    await connector.session({ agentId: 'other' }, async (session) => {
      const { skills, industries } = createRepositories(session)
      await expect(skills.evolve(skill.id, { tags: ['mine'] })).rejects.toMatchObject({ code: 'policy-denied' })
      await expect(skills.softDelete(skill.id)).rejects.toMatchObject({ code: 'policy-denied' })
      await expect(industries.evolve(skill.id, { tags: [] })).rejects.toMatchObject({ code: 'entity-not-found' })
      await expect(skills.evolve(skill.id, {})).rejects.toMatchObject({ code: 'validation' })
      await expect(skills.evolve(skill.id, { name: ' ' })).rejects.toThrow('The entity is not valid: name is empty.')
    })
    await expect(
      connector.session({}, (session) => createFactories(createRepositories(session)).skill()),
    ).rejects.toMatchObject({ code: 'policy-denied' })
    await expect(connector.session({ agentId: '' }, async () => {})).rejects.toMatchObject({ code: 'validation' })
  })

  test('a history that was tampered with is not built upon', async ({ db }) => {
    await using connector = connect(db)
    const skill = await connector.session(genesis, (session) => createFactories(createRepositories(session)).skill())
    await connector.session(genesis, (session) =>
      session.db.execute(sql`
        update base_entity set hash_chain_sha256 = hash_chain_sha256 || array['forged'] where id = ${skill.id}`),
    )
    await expect(
      connector.session(genesis, (session) => createRepositories(session).skills.evolve(skill.id, { tags: [] })),
    ).rejects.toMatchObject({ code: 'hash-chain-broken', status: 500 })
  })

  test('what is deleted stays, with its history and trail, and does not count as taken', async ({ db }) => {
    await using connector = connect(db)
    await connector.session(genesis, async (session) => {
      const { skills, audit } = createRepositories(session)
      const { skill } = createFactories(createRepositories(session))
      const [gone, kept] = [await skill({ externalId: 'gone' }), await skill({ externalId: 'kept' })]
      await skills.softDelete(gone.id)
      expect(await skills.find(gone.id)).toBeNull()
      expect((await skills.list()).map(({ id }) => id)).toEqual([kept.id])
      expect(await skills.list({ deleted: true, status: 'deleted' })).toMatchObject([{ id: gone.id }])
      expect(await skills.validateUnique(gone)).toEqual({ valid: true, findings: [] })
      expect(await skills.validateUnique(kept)).toEqual({
        valid: false,
        findings: [
          { field: 'name', message: 'is taken' },
          { field: 'externalId', message: 'is taken' },
        ],
      })
      expect(await audit.verify(gone.id)).toMatchObject({ intact: true, links: 3 })
    })
  })

  test('the nearest come first, without those that are deleted, hidden or have no embedding', async ({ db }) => {
    await using connector = connect(db)
    await connector.session({ agentId: 'other' }, async (session) => {
      const { industry } = createFactories(createRepositories(session))
      await industry({ embedding384: embeddingAt(0), status: 'inactive' })
    })
    await connector.session(genesis, async (session) => {
      const { industries } = createRepositories(session)
      const { industry } = createFactories(createRepositories(session))
      const far = await industry({ embedding384: embeddingAt(60) })
      const near = await industry({ embedding384: embeddingAt(10) })
      const gone = await industry({ embedding384: embeddingAt(1) })
      await industry()
      await industries.softDelete(gone.id)
      const found = await industries.nearest(embeddingAt(0))
      expect(found.map(({ entity }) => entity.id)).toEqual([near.id, far.id])
      expect(found[1]?.distance).toBeCloseTo(0.5, 5)
      expect(await industries.nearest(embeddingAt(0), 1)).toHaveLength(1)
      await expect(industries.nearest([1])).rejects.toMatchObject({ code: 'validation' })
    })
  })

  test('the trail of an entity that is not seen, or not there, does not pass', async ({ db }) => {
    await using connector = connect(db)
    const skill = await connector.session(genesis, (session) =>
      createFactories(createRepositories(session)).skill({ status: 'inactive' }),
    )
    await connector.session({ agentId: 'other' }, async (session) => {
      const { audit } = createRepositories(session)
      expect(await audit.verify(skill.id)).toMatchObject({ intact: false, reason: 'the chain is empty' })
    })
  })
})
