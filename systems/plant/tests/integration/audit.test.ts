import { createHash } from 'node:crypto'
import { appendOnly, interleave } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { checkHistory } from '../../src/index.ts'
import { auditChain } from '../support/audit-chain.ts'
import { embeddingAt } from '../support/embedding.ts'
import { closeConnector, inNameOf } from '../support/in-name-of.ts'
import { agent } from '../support/policies.ts'
import { superuser } from '../support/superuser.ts'

const { test, expect } = backlotTest(backlot)
test.afterAll(closeConnector)

const everyEntity = ['base-entity', 'skill', 'job-role', 'team', 'agent', 'industry'] as const
const refused = { code: 'PL001' }

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

describe('audit', { tags: ['security'] }, () => {
  test('Audit table existence', { tags: [...everyEntity] }, async ({ db }) => {
    const log = db.table('audit_log')
    await expect(log).toHavePrimaryKey('sequence')
    await expect(log).toHaveColumn('sequence', { type: 'bigint', identity: 'always' })
    await expect(log).toHaveColumn('created_at', { type: 'timestamptz', nullable: false })
    await expect(log).toHaveColumn('data', { type: 'jsonb', nullable: false })
    await expect(log).toHaveColumn('previous_hash', { type: 'varchar(64)', nullable: true })
    await expect(log).toHaveColumn('hash', { type: 'varchar(64)', nullable: false })
    await expect(log).toHaveUnique(['entity_id', 'previous_hash'], { nullsNotDistinct: true })
    await expect(log).toHaveRowSecurity()
    for (const entity of everyEntity) {
      const table = `${entity === 'base-entity' ? 'base' : entity.replace('-', '_')}_entity`
      await expect(db.table(table)).toHaveTrigger(`${table}_audit`, {
        timing: 'after',
        level: 'row',
        events: ['insert', 'update', 'delete'],
        function: 'audit_entity',
      })
    }
  })

  test('Skill insertion audit record creation', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const fields = { name: 'SQL', description: 'Asking', category: 'technical' } as const
    const skill = await inNameOf('genesis', db, ({ skills }) =>
      skills.create({ ...fields, embedding384: embeddingAt(0) }),
    )
    const givenUp = inNameOf('genesis', db, async ({ make }) => {
      await make.skill()
      throw new Error('given up')
    })
    await expect(givenUp).rejects.toThrow('given up')
    const record = { entity_id: skill.id, action: 'insert', agent_id: 'genesis' }
    await expect(db.table('audit_log')).toHaveRows(
      [
        {
          ...record,
          table_name: 'base_entity',
          data: expect.objectContaining({ entity_type: 'Skill', version_hash: skill.versionHash, status: 'active' }),
        },
        {
          ...record,
          table_name: 'skill_entity',
          data: { id: skill.id, ...fields, embedding_384: `sha256:${sha256(`[1${',0'.repeat(383)}]`)}` },
        },
      ],
      { exact: true, order: 'sequence' },
    )
  })

  test('Timestamp immutability', { tags: ['agent', 'base-entity'] }, async ({ db }) => {
    const { id, createdAt, updatedAt } = await inNameOf('genesis', db, ({ make }) => make.agent())
    const genesis = db.as('app', agent('genesis'))
    const backdate = genesis`
      UPDATE base_entity SET created_at = '2000-01-01', hash_chain_sha256 = hash_chain_sha256 || 'link'::text WHERE id = ${id}`
    await expect(backdate).rejects.toMatchObject({ ...refused, column: 'created_at' })
    await genesis`UPDATE base_entity SET updated_at = '2000-01-01' WHERE id = ${id}`
    await expect(db.table('base_entity')).toHaveRow({ id, created_at: createdAt, updated_at: updatedAt })
    const [amended] = await genesis<{ forward: boolean }>`
      UPDATE base_entity SET updated_at = '2000-01-01', hash_chain_sha256 = hash_chain_sha256 || 'link'::text WHERE id = ${id}
      RETURNING updated_at = now() AS forward`
    expect(amended).toEqual({ forward: true })

    // The owner may add to the trail, but not say when.
    await db.sql`
      INSERT INTO audit_log (created_at, entity_id, table_name, action, data, hash)
      VALUES ('2000-01-01', ${id}, 'agent_entity', 'update', '{}', 'forged')`
    const dates =
      await db.sql`SELECT FROM audit_log WHERE created_at NOT BETWEEN ${createdAt}::timestamptz - interval '1 ms' AND now()`
    expect(dates).toHaveLength(0)
    await expect(db.sql`UPDATE audit_log SET created_at = created_at - interval '1 day'`).rejects.toMatchObject(refused)
  })

  test('Entity version tracking', { tags: ['team', 'base-entity'] }, async ({ db }) => {
    await inNameOf('genesis', db, async ({ make, teams, audit }) => {
      const made = await make.team()
      const tagged = await teams.evolve(made.id, { tags: ['data'] })
      const renamed = await teams.evolve(made.id, { name: 'Platform' }, 'rename')
      const versions = [made, tagged, renamed].map(({ versionHash }) => versionHash)
      expect(new Set(versions).size).toBe(3)
      expect(versions[2]).toBe(sha256('{"name":"Platform"}'))
      expect(checkHistory(renamed)).toMatchObject({ intact: true, links: 3 })

      const links = await audit.list(made.id)
      const kept = links.filter(({ tableName }) => tableName === 'base_entity').map(({ data }) => data.version_hash)
      expect(kept).toEqual(versions)
      // Of a change the trail has what changed and nothing else.
      const { amendmentHistory, hashChainSha256 } = renamed
      expect(links.slice(-2)).toMatchObject([
        { tableName: 'base_entity', action: 'update' },
        { tableName: 'team_entity', action: 'update' },
      ])
      expect(links.slice(-2).map(({ data }) => data)).toEqual([
        {
          version_hash: versions[2],
          amendment_history: amendmentHistory.slice(2),
          hash_chain_sha256: hashChainSha256.slice(2),
        },
        { name: 'Platform' },
      ])
    })
    const before = await db.sql`SELECT FROM audit_log`
    await db.as('app', agent('genesis'))`UPDATE base_entity SET status = status`
    await expect(db.table('audit_log')).toHaveCount(before.length)
  })

  test('Hash chain computation', { tags: ['industry', 'base-entity'] }, async ({ db }) => {
    const [industry, other] = await inNameOf('genesis', db, async ({ make, industries }) => {
      const [a, b] = [await make.industry(), await make.industry()]
      await industries.evolve(b.id, { tags: ['old'] })
      return [await industries.evolve(a.id, { agents: [b.id] }), b]
    })
    await expect(auditChain(db)).toBeIntact({ links: 7 })
    expect(await auditChain(db).verify()).toEqual({ links: 7, chains: 2 })
    await inNameOf('other', db, async ({ audit }) => {
      expect(await audit.verify(industry.id)).toMatchObject({ intact: true, links: 4 })
      expect(await audit.verify(other.id)).toMatchObject({ intact: true, links: 3 })
      const links = await audit.list(industry.id)
      expect(links.map(({ previousHash }) => previousHash)).toEqual([
        null,
        ...links.map(({ hash }) => hash).slice(0, 3),
      ])
    })
    // The entity's own chain: its keys in order, as RFC 8785 has them.
    const { amendmentHistory, hashChainSha256 } = industry
    const texts = amendmentHistory.map(({ change_type, data, signature_hash, timestamp }) => {
      const sorted = Object.fromEntries(Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      return JSON.stringify({ change_type, data: sorted, signature_hash, timestamp })
    })
    expect(hashChainSha256).toEqual([sha256(texts[0] ?? ''), sha256(`${hashChainSha256[0]}${texts[1]}`)])
  })

  test('Append-only pattern enforcement', { tags: ['agent', 'base-entity'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.agent())
    const log = db.table('audit_log')
    await expect(appendOnly(log)).toRefuseChanges()
    const genesis = db.as('app', agent('genesis'))
    const forged = genesis`
      INSERT INTO audit_log (created_at, entity_id, table_name, action, data, hash)
      VALUES (now(), ${id}, 'agent_entity', 'update', '{}', 'forged')`
    await expect(forged).rejects.toMatchObject({ code: '42501' })
    const nothing = db.sql`DELETE FROM audit_log WHERE sequence < 0`
    await expect(nothing).rejects.toThrow('audit_log is append-only: delete is refused')
    await expect(log).toHaveCount(2, { entity_id: id })
    // Appending itself is not refused, to a history that is empty neither.
    const [empty] = await genesis<{ id: string }>`
      INSERT INTO base_entity (entity_type, version_hash, governance_agent_id) VALUES ('Agent', 'v1', 'genesis') RETURNING id`
    await genesis`UPDATE base_entity SET hash_chain_sha256 = '{first}' WHERE id = ${empty?.id}`
    const appended = expect.objectContaining({ hash_chain_sha256: ['first'] })
    await expect(log).toHaveRow({ entity_id: empty?.id, action: 'update', data: appended })
  })

  test('Created_at indexing for audit queries', { tags: ['base-entity'] }, async ({ db }) => {
    await expect(db.table('audit_log')).toHaveIndex({ method: 'btree', columns: ['created_at'], predicate: null })
    await expect(db.table('audit_log')).toHaveIndex({ method: 'btree', columns: ['entity_id', 'sequence'] })
    await expect(db.table('base_entity')).toHaveIndex({ method: 'btree', columns: ['created_at'], predicate: null })
    // For a table so small the planner would read it through.
    const plan = await db.sql.begin(async (sql) => {
      await sql`SET LOCAL enable_seqscan = off`
      return await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN (COSTS OFF) SELECT * FROM audit_log WHERE created_at >= '2026-01-01' ORDER BY created_at DESC LIMIT 10`
    })
    const lines = plan.map((line) => line['QUERY PLAN'].trim())
    expect(lines).toContain('->  Index Scan Backward using audit_log_created_at_idx on audit_log')
    expect(lines.join()).not.toContain('Sort')
  })

  test('Audit log retention', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, async ({ make, skills }) => {
      const skill = await make.skill()
      await skills.softDelete(skill.id)
      return skill
    })
    const log = db.table('audit_log')
    await expect(log).toHaveCount(3, { entity_id: id })
    const before = await db.sql`SELECT * FROM audit_log ORDER BY sequence`
    // No policy lets anybody delete; who is bound by none leaves a trail that outlives the entity.
    const root = await superuser(db)
    await root`DELETE FROM base_entity WHERE id = ${id}`
    await expect(db.table('skill_entity')).not.toHaveRow({ id })
    await expect(log).toHaveRow({ entity_id: id, table_name: 'base_entity', action: 'delete' })
    await expect(log).toHaveRow({
      entity_id: id,
      table_name: 'skill_entity',
      action: 'delete',
      data: expect.objectContaining({ category: 'technical' }),
    })
    const after = await db.sql`SELECT * FROM audit_log ORDER BY sequence`
    expect(after.slice(0, before.length)).toEqual([...before])
    await expect(auditChain(db)).toBeIntact({ links: 5 })
    await expect(log).not.toHaveForeignKey('entity_id')
  })

  test('Tamper detection via hash verification', { tags: ['skill', 'base-entity'] }, async ({ db }) => {
    const [victim, bystander] = await inNameOf('genesis', db, async ({ make, skills }) => {
      const skill = await make.skill()
      for (const tag of ['x', 'y', 'z']) await skills.evolve(skill.id, { tags: [tag] })
      return [skill, await make.skill()]
    })
    await expect(auditChain(db)).toBeIntact({ links: 7 })
    const found = await inNameOf('genesis', db, ({ audit }) => audit.list(victim.id))
    const sequences = found.map(({ sequence }) => sequence)
    const root = await superuser(db, { pastTriggers: true })
    /** What the toolkit and what Plant say of the victim's chain; of the other entity's both say that it is whole. */
    const look = async () => {
      await expect(auditChain(db)).not.toBeIntact()
      const { broken } = await auditChain(db).verify()
      return await inNameOf('genesis', db, async ({ audit }) => {
        expect(await audit.verify(bystander.id)).toMatchObject({ intact: true, links: 2 })
        const { intact, brokenAt, reason } = await audit.verify(victim.id)
        return { chain: broken?.chain, kind: broken?.kind, position: broken?.position, intact, brokenAt, reason }
      })
    }
    const broken = { chain: victim.id, intact: false }

    await root`DELETE FROM audit_log WHERE sequence = ${sequences[3]}`
    const unfollowed = (link: number) => `link ${link}: it does not follow the link before it`
    expect(await look()).toEqual({ ...broken, kind: 'missing', position: 4, brokenAt: 3, reason: unfollowed(3) })

    // Even with a hash of its own a rewritten link is not the one that the next names.
    await root`UPDATE audit_log SET data = data || '{"name": "forged"}' WHERE sequence = ${sequences[1]}`
    await root`
      UPDATE audit_log AS link SET hash = encode(sha256(convert_to(audit_log_payload(link), 'UTF8')), 'hex')
      WHERE sequence = ${sequences[1]}`
    expect(await look()).toEqual({ ...broken, kind: 'rewritten', position: 3, brokenAt: 2, reason: unfollowed(2) })

    await root`UPDATE audit_log SET agent_id = 'somebody' WHERE sequence = ${sequences[0]}`
    const reason = 'link 0: its content is not what was hashed'
    expect(await look()).toEqual({ ...broken, kind: 'content', position: 1, brokenAt: 0, reason })

    await root`DELETE FROM audit_log WHERE entity_id = ${victim.id}`
    const nothing = await inNameOf('genesis', db, ({ audit }) => audit.verify(victim.id))
    expect(nothing).toEqual({ intact: false, links: 0, brokenAt: null, reason: 'the chain is empty' })
  })

  test('Sequential audit entry ordering', { tags: ['job-role', 'base-entity'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.jobRole())
    await interleave(db, async ({ a, b }) => {
      for (const session of [b, a]) {
        await session.begin()
        await session.sql`SELECT set_config('app.current_agent_id', 'genesis', true)`
      }
      await a.sql`
        UPDATE base_entity SET tags = '{first}', hash_chain_sha256 = hash_chain_sha256 || 'a'::text WHERE id = ${id}`
      const second = b.sql`
        UPDATE base_entity SET tags = '{second}', hash_chain_sha256 = hash_chain_sha256 || 'b'::text WHERE id = ${id}`
      await expect(second).toBeBlockedBy(a)
      await a.commit()
      await second
      await b.commit()
    })
    const links = await inNameOf('genesis', db, ({ audit }) => audit.list(id))
    expect(links.map(({ tableName, action, data }) => [tableName, action, data.tags])).toEqual([
      ['base_entity', 'insert', []],
      ['job_role_entity', 'insert', undefined],
      ['base_entity', 'update', ['first']],
      ['base_entity', 'update', ['second']],
    ])
    // The session that began first wrote last: the time is that of the entry, and not of its transaction.
    for (const key of ['sequence', 'createdAt'] as const) {
      const values = links.map((link) => Number(link[key]))
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
    await expect(auditChain(db)).toBeIntact()
  })
})
