import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOnNames } from '../../../src/postgres/server/add-ons.ts'
import { withConnection } from '../../../src/postgres/server/index.ts'
import { plainExtensions } from '../../../src/postgres/server/plain-extensions.ts'
import { withServer } from '../support/postgres.ts'

type Running = Awaited<ReturnType<typeof withServer>>

describe.each([18, 16] as const)('vector on PostgreSQL %i', (version) => {
  let running: Running
  beforeAll(async () => {
    running = await withServer({ version, extensions: ['vector'] })
  })
  afterAll(() => running.stop())
  const session = <T>(task: (client: Client) => Promise<T>): Promise<T> =>
    withConnection(running.server.superuser, 'test', task)

  test.each([
    ['<->', 'vector_l2_ops'],
    ['<=>', 'vector_cosine_ops'],
    ['<#>', 'vector_ip_ops'],
  ])('finds by %s with an HNSW and an IVFFlat index what a scan finds', async (operator, operators) => {
    await session(async (client) => {
      await client.query('CREATE EXTENSION IF NOT EXISTS vector')
      await client.query('CREATE TEMPORARY TABLE items (id int PRIMARY KEY, embedding vector(3))')
      await client.query(
        "INSERT INTO items SELECT g, format('[%s,%s,%s]', sin(g), cos(g * 3), g / 100.0)::vector FROM generate_series(1, 200) g",
      )
      const nearest = `SELECT id FROM items ORDER BY embedding ${operator} '[0.3,0.2,0.9]' LIMIT 5`
      const { rows: exact } = await client.query(nearest)
      await client.query('SET enable_seqscan = off; SET hnsw.ef_search = 200; SET ivfflat.probes = 5')
      for (const method of ['hnsw', 'ivfflat'] as const) {
        const parameters = method === 'ivfflat' ? 'WITH (lists = 5)' : ''
        await client.query(`CREATE INDEX by_distance ON items USING ${method} (embedding ${operators}) ${parameters}`)
        const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${nearest}`)
        expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Scan using by_distance')
        expect((await client.query(nearest)).rows).toEqual(exact)
        await client.query('DROP INDEX by_distance')
      }
    })
  })

  test('measures as it should', async () => {
    await session(async (client) => {
      await client.query('CREATE EXTENSION IF NOT EXISTS vector')
      const { rows } = await client.query(
        "SELECT a <-> b AS l2, a <=> b AS cosine, a <#> b AS inner_product FROM (VALUES ('[1,0]'::vector, '[0,2]'::vector)) v (a, b)",
      )
      expect(rows).toEqual([{ l2: Math.sqrt(5), cosine: 1, inner_product: -0 }])
    })
  })

  test('has what plain binaries have', async () => {
    await session(async (client) => {
      for (const extension of ['uuid-ossp', 'pgcrypto'])
        await client.query(`CREATE EXTENSION IF NOT EXISTS "${extension}"`)
      const { rows } = await client.query(
        "SELECT length(uuid_generate_v4()::text) AS uuid, encode(digest('a', 'sha256'), 'hex') AS hash",
      )
      expect(rows).toEqual([{ uuid: 36, hash: createHash('sha256').update('a').digest('hex') }])
    })
  })
})

test('the names that are known are those that the servers have', async () => {
  const known = new Set([...addOnNames, ...plainExtensions])
  const seen = new Set(addOnNames)
  for (const version of [16, 17, 18] as const) {
    const { server, stop } = await withServer({ version })
    try {
      await withConnection(server.superuser, 'test', async (client) => {
        const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_available_extensions')
        for (const { name } of rows) seen.add(name)
      })
    } finally {
      await stop()
    }
  }
  expect([...seen].filter((name) => !known.has(name))).toEqual([])
  // Elsewhere a few are not built.
  if (process.platform === 'linux') expect([...known].filter((name) => !seen.has(name))).toEqual([])
})
