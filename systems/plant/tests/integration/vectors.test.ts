import { vectors } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { measureDrift } from '../../src/index.ts'
import { embeddingAt } from '../support/embedding.ts'
import { closeConnector, inNameOf } from '../support/in-name-of.ts'
import { runMigration } from '../support/run-migration.ts'
import { superuser } from '../support/superuser.ts'

const { test, expect } = backlotTest(backlot)
test.afterAll(closeConnector)

const byIndex = { using: 'skill_entity_embedding_384_idx' }
const undone = new Error('rolled back on purpose')

/** An embedding with a number in every place, of which no two are alike. */
const mixed = Array.from({ length: 384 }, (_, place) => Math.sin(place + 1))

/** As Postgres keeps it: four bytes for each number. */
function kept(embedding: readonly number[] | null | undefined): readonly number[] | undefined {
  return embedding?.map(Math.fround)
}

function scaled(embedding: readonly number[], factor: number): number[] {
  return embedding.map((value) => value * factor)
}

function text(embedding: readonly number[]): string {
  return `[${embedding.join(',')}]`
}

describe('vectors', { tags: ['vectors'] }, () => {
  test('pgvector extension availability', async ({ db }) => {
    const { begin } = await superuser(db)
    // Backlot makes the extensions before the migrations, as a server does whose owner may not. Without them, 001 does.
    const again = begin(async (sql) => {
      await sql`DROP EXTENSION vector CASCADE`
      await runMigration(sql, '001_base_entity')
      expect(await sql`SELECT '[3,4]'::vector <-> '[0,0]' AS distance`).toEqual([{ distance: 5 }])
      throw undone
    })
    await expect(again).rejects.toBe(undone)
    // The search needs iterative scans, which came with 0.8.
    const app = db.as('app')
    expect(await app`SELECT extversion FROM pg_extension WHERE extname = 'vector'`).toEqual([
      { extversion: expect.stringMatching(/^(0\.([89]|\d{2,})|[1-9]\d*)\./) },
    ])
    expect(await app`SELECT '[3,4]'::vector <-> '[0,0]' AS distance`).toEqual([{ distance: 5 }])
  })

  test('Embedding column (embedding_384) exists', { tags: ['skill', 'industry'] }, async ({ db }) => {
    const embedding = { type: 'vector', dimension: 384, nullable: true, default: null }
    await expect(db.table('skill_entity')).toHaveColumn('embedding_384', embedding)
    await expect(db.table('industry_entity')).toHaveColumn('embedding_384', embedding)
    for (const table of ['base_entity', 'job_role_entity', 'team_entity', 'agent_entity']) {
      await expect(db.table(table)).not.toHaveColumn('embedding_384')
    }
  })

  test('Vector storage and retrieval', { tags: ['skill', 'industry'] }, async ({ db }) => {
    const made = await inNameOf('genesis', db, async ({ make }) => ({
      skill: await make.skill({ embedding384: mixed }),
      industry: await make.industry({ embedding384: mixed }),
    }))
    await inNameOf('genesis', db, async ({ skills, industries }) => {
      expect(kept((await skills.get(made.skill.id)).embedding384)).toEqual(kept(mixed))
      expect(kept((await industries.get(made.industry.id)).embedding384)).toEqual(kept(mixed))
      await skills.evolve(made.skill.id, { embedding384: embeddingAt(30) })
      expect(kept((await skills.get(made.skill.id)).embedding384)).toEqual(kept(embeddingAt(30)))
    })
  })

  test('Distance calculation (L2, cosine)', { tags: ['skill'] }, async ({ db }) => {
    const { far, near, found } = await inNameOf('genesis', db, async ({ make, skills }) => ({
      far: { id: (await make.skill({ embedding384: scaled(embeddingAt(0), 3) })).id },
      near: { id: (await make.skill({ embedding384: embeddingAt(60) })).id },
      found: await skills.nearest(embeddingAt(0)),
    }))
    const table = db.table('skill_entity')
    await expect(vectors(table, { column: 'embedding_384', distance: 'cosine' })).toBeNearest(
      embeddingAt(0),
      [far, near],
      { distances: [0, 0.5] },
    )
    await expect(vectors(table, { column: 'embedding_384', distance: 'l2' })).toBeNearest(embeddingAt(0), [near, far], {
      distances: [1, 2],
    })
    expect(found.map(({ entity }) => entity.id)).toEqual([far.id, near.id])
  })

  test('Vector index creation on embeddings', { tags: ['skill', 'industry'] }, async ({ db }) => {
    for (const table of ['skill_entity', 'industry_entity']) {
      await expect(db.table(table)).toHaveIndex({
        name: `${table}_embedding_384_idx`,
        method: 'hnsw',
        columns: ['embedding_384'],
        operatorClass: 'vector_cosine_ops',
        predicate: null,
      })
    }
    const [a, b] = await inNameOf('genesis', db, async ({ make }) => [
      { id: (await make.skill({ embedding384: embeddingAt(10) })).id },
      { id: (await make.skill({ embedding384: embeddingAt(50) })).id },
    ])
    const skills = vectors(db.table('skill_entity'), { column: 'embedding_384' })
    await expect(skills).toBeNearest(embeddingAt(0), [a, b], byIndex)
    await expect(skills).toBeNearest(embeddingAt(60), [b, a], byIndex)
  })

  test('NULL embedding handling', { tags: ['skill'] }, async ({ db }) => {
    await inNameOf('genesis', db, async ({ make, skills }) => {
      const without = await make.skill()
      const cleared = await make.skill({ embedding384: embeddingAt(0) })
      const withOne = await make.skill({ embedding384: embeddingAt(90) })
      expect(without.embedding384).toBeNull()
      expect((await skills.evolve(cleared.id, { embedding384: null })).embedding384).toBeNull()
      expect((await skills.nearest(embeddingAt(0))).map(({ entity }) => entity.id)).toEqual([withOne.id])
    })
    await expect(db.table('skill_entity')).toHaveCount(2, { embedding_384: null })
  })

  test('Multiple vectors stored in same table', { tags: ['skill'] }, async ({ db }) => {
    await inNameOf('other', db, async ({ make }) => {
      for (const angle of [1, 2, 3]) await make.skill({ status: 'inactive', embedding384: embeddingAt(angle) })
    })
    // Its searches go by the index, which looks at one row at a time: those that are hidden must not end them.
    const url = new URL(db.url)
    url.searchParams.set('options', '-c enable_seqscan=off -c enable_sort=off -c hnsw.ef_search=1')
    await inNameOf('genesis', { url: url.href }, async ({ make, skills }) => {
      const [c, a, b] = [
        await make.skill({ embedding384: embeddingAt(40) }),
        await make.skill({ embedding384: embeddingAt(20) }),
        await make.skill({ embedding384: embeddingAt(20) }),
      ]
      const found = await skills.nearest(embeddingAt(0), 3)
      expect(found.slice(0, 2).map(({ entity }) => entity.id)).toEqual(expect.arrayContaining([a.id, b.id]))
      expect(found.map(({ entity }) => entity.id)[2]).toBe(c.id)
      expect(await skills.nearest(embeddingAt(0), 2)).toHaveLength(2)
    })
    await expect(db.table('skill_entity')).toHaveCount(6)
  })

  test('Vector type compatibility', { tags: ['skill'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, ({ make }) => make.skill({ embedding384: mixed }))
    const casts = await db.as('app')`
      SELECT embedding_384::real[] = ${mixed}::real[] AS numbers, embedding_384 = ${text(mixed)} AS text,
        embedding_384 = ${mixed}::double precision[]::vector AS doubles
      FROM skill_entity WHERE id = ${id}`
    expect(casts).toEqual([{ numbers: true, text: true, doubles: true }])
    const broken = [Number.NaN, ...mixed.slice(1)]
    for (const wrong of [text(broken), '[1,two,3]']) {
      await expect(db.as('app')`SELECT ${wrong}::vector(384)`).rejects.toMatchObject({ code: /^22/ })
    }
    const otherwise = db.sql.begin(async (sql) => {
      await sql`ALTER TABLE skill_entity DROP COLUMN embedding_384`
      await sql`ALTER TABLE skill_entity ADD COLUMN embedding_384 real[]`
      await runMigration(sql, '004_embeddings')
    })
    await expect(otherwise).rejects.toThrow('embedding_384 must be vector(384): of skill_entity is real[]')
  })

  test('384-dimensional vector support', { tags: ['skill', 'industry'] }, async ({ db }) => {
    const { id } = await inNameOf('genesis', db, async ({ make, skills, industries }) => {
      for (const wrong of [mixed.slice(1), [...mixed, 0]]) {
        const refused = { code: 'validation', status: 422 }
        await expect(make.skill({ embedding384: wrong })).rejects.toMatchObject(refused)
        await expect(make.industry({ embedding384: wrong })).rejects.toMatchObject(refused)
        await expect(skills.nearest(wrong)).rejects.toMatchObject(refused)
        await expect(industries.nearest(wrong)).rejects.toMatchObject(refused)
      }
      return await make.skill()
    })
    await inNameOf('genesis', db, ({ skills }) => skills.evolve(id, { embedding384: mixed }))
    const measured = db.as('app')`SELECT vector_dims(embedding_384) AS dimensions FROM skill_entity`
    expect(await measured).toEqual([{ dimensions: 384 }])
    await expect(db.sql`SELECT ${text(mixed.slice(1))}::vector(384)`).rejects.toThrow(
      'expected 384 dimensions, not 383',
    )
  })

  test('Cosine similarity operator', { tags: ['skill'] }, async ({ db }) => {
    const angles = [0, 60, 90, 180]
    const query = scaled(embeddingAt(0), 2)
    const found = await inNameOf('genesis', db, async ({ make, skills }) => {
      for (const angle of angles) await make.skill({ embedding384: scaled(embeddingAt(angle), angle + 1) })
      return await skills.nearest(query)
    })
    const rows = await db.as('app')<{ similarity: number }>`
      SELECT 1 - (embedding_384 <=> ${text(query)}) AS similarity FROM skill_entity ORDER BY embedding_384 <=> ${text(query)}`
    for (const [place, expected] of [1, 0.5, 0, -1].entries()) {
      expect(rows[place]?.similarity).toBeCloseTo(expected, 6)
      expect(measureDrift(query, found[place]?.entity.embedding384 ?? []).stability).toBeCloseTo(expected, 6)
      expect(found[place]?.distance).toBeCloseTo(1 - expected, 6)
    }
  })
})
