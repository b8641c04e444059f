import { Client } from 'pg'
import { withServer } from '../../tests/integration/support/postgres.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, quantile, table } from '../lib/table.ts'

const [rows, dimensions, perInsert, searches] = [2_000, 384, 100, 200]

/** Numbers that look random and are the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5
  }
}

function vectorsFrom(seed: number, count: number): readonly string[] {
  const next = numbers(seed)
  return Array.from({ length: count }, () => `[${Array.from({ length: dimensions }, next).join(',')}]`)
}

async function insertAll(client: Client, table: string): Promise<number> {
  const all = vectorsFrom(1, rows)
  const began = performance.now()
  for (let at = 0; at < rows; at += perInsert) {
    await client.query(`INSERT INTO ${table} (embedding) SELECT unnest($1::text[])::vector`, [
      all.slice(at, at + perInsert),
    ])
  }
  return performance.now() - began
}

async function searchTimes(client: Client, table: string): Promise<readonly number[]> {
  const times: number[] = []
  for (const query of vectorsFrom(2, searches)) {
    const began = performance.now()
    await client.query(`SELECT id FROM ${table} ORDER BY embedding <=> $1::vector LIMIT 10`, [query])
    times.push(performance.now() - began)
  }
  return times
}

export const vectors: Section = {
  name: 'vectors',
  title: `${rows.toLocaleString('en')} vectors of ${dimensions} dimensions: insert, and the 10 nearest by cosine`,
  async run() {
    const { server, stop } = await withServer({ extensions: ['vector'] })
    const client = new Client({ ...server.superuser, host: server.tcp.host, port: server.tcp.port })
    await client.connect()
    try {
      await client.query(`CREATE EXTENSION vector;
        CREATE TABLE plain (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, embedding vector(${dimensions}));
        CREATE TABLE indexed (LIKE plain INCLUDING ALL);
        CREATE INDEX ON indexed USING hnsw (embedding vector_cosine_ops)`)
      const lines: string[][] = []
      for (const [name, shown] of [
        ['plain', 'without an index'],
        ['indexed', 'HNSW'],
      ] as const) {
        const inserted = await insertAll(client, name)
        await client.query(`ANALYZE ${name}`)
        const found = await searchTimes(client, name)
        lines.push([shown, ms(inserted), ms(median(found)), ms(quantile(found, 0.95))])
      }
      return table(['index', `insert all, ${perInsert} at a time`, 'search, median', '95%'], lines)
    } finally {
      await client.end()
      await stop()
    }
  },
}
