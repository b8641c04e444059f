import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Lab, type Lot, openLab } from '../postgres-rewind/lab.ts'

const rows = 40
let lab: Lab
let lot: Lot
let template: string
beforeAll(async () => {
  lab = await openLab(18, ['vector'])
  template = await lab.template(`
    RESET ROLE; CREATE EXTENSION vector; SET ROLE lab_owner;
    CREATE TABLE items (
      id serial PRIMARY KEY, embedding vector(3), half halfvec(3), sparse sparsevec(5), bits bit(4), label text
    );
    INSERT INTO items (embedding, half, sparse, bits, label)
      SELECT format('[%s,%s,%s]', sin(g), cos(g * 3), g / 7.0)::vector, '[1,2,3]', '{1:0.5,4:2}/5', '1010', 'row ' || g
      FROM generate_series(1, ${rows}) g;
    CREATE INDEX by_cosine ON items USING hnsw (embedding vector_cosine_ops);
    CREATE INDEX by_distance ON items USING hnsw (half halfvec_l2_ops);
    CREATE INDEX by_list ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 2)`)
  lot = await lab.lot(template)
})
afterAll(async () => {
  await lot.end()
  await lab.stop()
})

const number = fc.float({ min: -1000, max: 1000, noNaN: true })
const vector = fc.option(
  fc.tuple(number, number, number).map((parts) => `[${parts.join(',')}]`),
  { freq: 6 },
)
const id = fc.integer({ min: 1, max: rows + 5 })
/** A statement with its values. */
const statement = fc.oneof(
  fc.tuple(vector, vector).map((values) => ['INSERT INTO items (embedding, half) VALUES ($1, $2)', values] as const),
  fc.tuple(id, vector).map((values) => ['UPDATE items SET embedding = $2 WHERE id = $1', values] as const),
  fc
    .tuple(id, vector)
    .map((values) => ["UPDATE items SET half = $2, sparse = '{2:1}/5' WHERE id >= $1", values] as const),
  fc.tuple(id).map((values) => ['UPDATE items SET embedding = embedding * embedding WHERE id < $1', values] as const),
  fc.tuple(id).map((values) => ['DELETE FROM items WHERE id = $1', values] as const),
  fc.tuple(id).map((values) => ['DELETE FROM items WHERE id % 7 = $1 % 7', values] as const),
)

/** Every row's distance from a point, nearest first, as one of the indexes gives them. */
async function nearest(operator: '<=>' | '<->'): Promise<readonly string[]> {
  const { rows: found } = await lot.app.query<{ line: string }>(
    `SELECT id || ' ' || (embedding ${operator} '[0.3,0.2,0.9]') AS line FROM items ORDER BY embedding ${operator} '[0.3,0.2,0.9]' LIMIT ${rows}`,
  )
  return found.map(({ line }) => line)
}

test('whatever a test does to vectors, their rows and indexes are as before', async () => {
  await lot.app.query('SET enable_seqscan = off; SET hnsw.ef_search = 80; SET ivfflat.probes = 2')
  const { rows: plan } = await lot.app.query("EXPLAIN SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 3")
  expect(JSON.stringify(plan)).toContain('Index Scan using by_cosine')
  const before = await lot.checksums()
  const [byCosine, byDistance] = [await nearest('<=>'), await nearest('<->')]
  expect(byCosine).toHaveLength(rows)
  expect(byDistance).toHaveLength(rows)
  let undone = 0
  const program = fc.array(statement, { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(program, async (statements) => {
      await lot.rewind.push('test', 'nothing')
      for (const [text, values] of statements) await lot.app.query(text, [...values]).catch(refused)
      const report = await lot.rewind.pop()
      expect(report).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
      undone += report.rows
      expect(await lot.checksums()).toEqual(before)
      expect(await nearest('<=>')).toEqual(byCosine)
      expect(await nearest('<->')).toEqual(byDistance)
    }),
    { numRuns: 60 },
  )
  expect(undone).toBeGreaterThan(60)
})

/** Rows that are nearer to a point than any other, as a test would insert them. */
const near =
  "INSERT INTO items (embedding) SELECT format('[100,100,%s]', 100 + g)::vector FROM generate_series(1, 60) g"
const found = async (): Promise<number> => {
  await lot.app.query('SET enable_seqscan = off; SET hnsw.ef_search = 40')
  const { rows } = await lot.app.query("SELECT id FROM items ORDER BY embedding <=> '[100,100,130]' LIMIT 10")
  return rows.length
}

test('a search finds as many as before, although an HNSW scan counts entries of rows that are gone', async () => {
  expect(await found()).toBe(10)
  await lot.rewind.push('test', 'nothing')
  await lot.app.query(near)
  expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 60 })
  expect(await found()).toBe(10)
})

test('where such entries must stay, since an old snapshot sees them, the database is replaced', async () => {
  const other = await lab.lot(template)
  onTestFinished(() => other.end())
  await other.rewind.push('test', 'nothing')
  await other.app.query(near)
  const witness = await other.connect('superuser', 'backlot:witness')
  await witness.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
  expect(await other.rewind.pop()).toMatchObject({
    how: 'replace',
    reason: 'the index of public.items still has what was undone: a snapshot from before is open',
  })
})

/** A value that the type refuses (an overflow of its elements) is a part of the program. */
function refused(error: unknown): void {
  expect(error).toMatchObject({ code: expect.stringMatching(/^22/) })
}
