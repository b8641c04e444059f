import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { vectors } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab(['vector'])
})
afterAll(() => lab.stop())

const schema = `
  CREATE TABLE skills (id int PRIMARY KEY, name text NOT NULL, embedding vector(2), half halfvec(2), sparse sparsevec(2));
  INSERT INTO skills VALUES (1, 'Python', '[1,0]', '[1,0]', '{1:1}/2'), (2, 'Go', '[1,1]', '[1,1]', '{1:1,2:1}/2'),
    (3, 'Rust', '[0,1]', '[0,1]', '{2:1}/2'), (4, 'None', NULL, NULL, NULL), (5, 'C', '[-1,0]', '[-1,0]', '{1:-1}/2');
  CREATE INDEX skills_cosine ON skills USING hnsw (embedding vector_cosine_ops);
  CREATE INDEX skills_name ON skills (name)`

async function seated(work: (seat: Seat) => Promise<void>, ddl: string = schema): Promise<void> {
  const seat = await openSeat(lab, ddl, { extensions: ['vector'] })
  await seat.push()
  try {
    await work(seat)
  } finally {
    await seat.close()
  }
}

const embedding = { column: 'embedding' }

describe('the nearest', () => {
  test('are told by every distance, with how far they are', () =>
    seated(async ({ db }) => {
      const skills = db.table('skills')
      const rows = [{ name: 'Python' }, { name: 'Go' }, { name: 'Rust' }]
      const near = (distance: 'cosine' | 'l2' | 'inner product' | 'l1') =>
        expectProbe(vectors(skills, { ...embedding, distance }))
      await near('cosine').toBeNearest([1, 0], rows, { distances: [0, 1 - Math.SQRT1_2, 1] })
      await near('l2').toBeNearest([2, 0], rows, { distances: [1, Math.SQRT2, Math.sqrt(5)] })
      await near('l1').toBeNearest([1, 0.1], rows, { distances: [0.1, 0.9, 1.9] })
      await near('inner product').toBeNearest([1, 0.5], [{ name: 'Go' }, { name: 'Python' }], { distances: [-1.5, -1] })
    }))

  test('are searched by numbers, typed arrays and text, in every type of vector', () =>
    seated(async ({ db }) => {
      for (const column of ['embedding', 'half', 'sparse']) {
        const near = expectProbe(vectors(db.table('skills'), { column }))
        for (const query of [[0, 1], new Float32Array([0, 1]), new Float64Array([0, 1])]) {
          await near.toBeNearest(query, [{ name: 'Rust' }, { name: 'Go' }])
        }
        await near.toBeNearest(column === 'sparse' ? '{2:1}/2' : '[0,1]', [{ name: 'Rust' }])
      }
    }))

  test('may change places where they are equally near', () =>
    seated(async ({ db }) => {
      await db.sql`INSERT INTO skills VALUES (6, 'Snake', '[2,0]')`
      const near = expectProbe(vectors(db.table('skills'), embedding))
      await near.toBeNearest([1, 0], [{ name: 'Python' }, { name: 'Snake' }])
      await near.toBeNearest([1, 0], [{ name: 'Snake' }, { name: 'Python' }])
      await near.toBeNearest([1, 0], [{ name: 'Snake' }])
      await near.not.toBeNearest([1, 0], [{ name: 'Snake' }, { name: 'Snake' }])
      await near.toBeNearest([1, 0], [{ name: 'Go' }, { name: 'Python' }, { name: 'Snake' }], { within: 0.5 })
    }))

  test('are waited for', () =>
    seated(async (seat) => {
      const near = expectProbe(vectors(seat.db.table('skills'), embedding))
      const nearest = near.toBeNearest([0, -1], [{ name: 'Fresh' }])
      await seat.waitingBegun()
      await seat.write(`INSERT INTO skills VALUES (7, 'Fresh', '[0,-2]')`)
      await nearest
    }))

  test('are searched by an index that was named', () =>
    seated(async ({ db }) => {
      const near = expectProbe(vectors(db.table('skills'), { ...embedding, settings: { 'hnsw.ef_search': 50 } }))
      await near.toBeNearest([1, 0], [{ name: 'Python' }, { name: 'Go' }], { using: 'skills_cosine' })
      await near.not.toBeNearest([1, 0], [{ name: 'Python' }, { name: 'Go' }], { using: 'skills_name' })
      const byL2 = expectProbe(vectors(db.table('skills'), { ...embedding, distance: 'l2' }))
      expect(
        await failureOf(byL2.toBeNearest([1, 0], [{ name: 'Python' }], { using: 'skills_cosine', timeout: 1 })),
      ).toMatchInlineSnapshot(`
        "Expected this row to be nearest to [1,0] in skills, by l2 of embedding using skills_cosine
        but the search goes by no index: has skills_cosine the operator class of l2? (waited …)

        Expected:
            1. { name: 'Python' }

        Nearest are:
            1. at 0: id: 1, name: 'Python'
            2. at 1: id: 2, name: 'Go'
            3. at 1.41421356: id: 3, name: 'Rust'
            4. at 2: id: 5, name: 'C'

        The test changed nothing in skills."
      `)
    }))
})

describe('the message of what is not nearest', () => {
  test('lists the neighbours with their distances', () =>
    seated(async ({ db }) => {
      const near = expectProbe(vectors(db.table('skills'), embedding))
      expect(
        await failureOf(near.toBeNearest([1, 0], [{ name: 'Python' }, { name: 'Rust' }], { timeout: 1 })),
      ).toMatchInlineSnapshot(`
        "Expected these 2 rows to be nearest to [1,0] in skills, by cosine of embedding
        but at 1 of 2 places there is another row (waited …)

        Expected:
            1. { name: 'Python' }
          ✗ 2. { name: 'Rust' }

        Nearest are:
            1. at 0: id: 1, name: 'Python'
            2. at 0.292893219: id: 2, name: 'Go'
            3. at 1: id: 3, name: 'Rust'
            4. at 2: id: 5, name: 'C'

        The test changed nothing in skills."
      `)
      expect(
        await failureOf(near.toBeNearest([1, 0], [{ name: 'Python' }], { distances: [0.5], timeout: 1 })),
      ).toMatchInlineSnapshot(`
        "Expected this row to be nearest to [1,0] in skills, by cosine of embedding
        but at 1 of 1 place the distance is another (waited …)

        Expected:
          ✗ 1. { name: 'Python' } at 0.5

        Nearest are:
            1. at 0: id: 1, name: 'Python'
            2. at 0.292893219: id: 2, name: 'Go'
            3. at 1: id: 3, name: 'Rust'
            4. at 2: id: 5, name: 'C'

        The test changed nothing in skills."
      `)
      expect(
        await failureOf(near.not.toBeNearest([1, 0], [{ name: 'Python' }], { timeout: 1 })),
      ).toMatchInlineSnapshot(`
        "Expected this row not to be nearest to [1,0] in skills, by cosine of embedding
        but it is (waited …)

        Expected:
            1. { name: 'Python' }

        Nearest are:
            1. at 0: id: 1, name: 'Python'
            2. at 0.292893219: id: 2, name: 'Go'
            3. at 1: id: 3, name: 'Rust'
            4. at 2: id: 5, name: 'C'

        The test changed nothing in skills."
      `)
      await db.sql`DELETE FROM skills`
      expect(await failureOf(near.toBeNearest([1, 0], [{ name: 'Python' }], { timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected this row to be nearest to [1,0] in skills, by cosine of embedding
        but at 1 of 1 place there is another row (waited …)

        Expected:
          ✗ 1. { name: 'Python' }

        No row of skills has a vector.

        Nothing changed in skills during the wait. Before it, the test changed:
          deleted id: 1, name: 'Python', embedding: '[1,0]', half: '[1,0]', sparse: '{1:1}/2'
          deleted id: 2, name: 'Go', embedding: '[1,1]', half: '[1,1]', sparse: '{1:1,2:1}/2'
          deleted id: 3, name: 'Rust', embedding: '[0,1]', half: '[0,1]', sparse: '{2:1}/2'
          deleted id: 4, name: 'None', embedding: null, half: null, sparse: null
          deleted id: 5, name: 'C', embedding: '[-1,0]', half: '[-1,0]', sparse: '{1:-1}/2'"
      `)
    }))

  test('refuses what cannot be searched', () =>
    seated(async ({ db }) => {
      const skills = db.table('skills')
      const near = expectProbe(vectors(skills, embedding))
      const python = [{ name: 'Python' }]
      expect(await failureOf(near.toBeNearest([1, 0, 0], python))).toMatchInlineSnapshot(`
        "skills.embedding is vector(2) and cannot be searched by [1,0,0] [BACKLOT_VALUE_INVALID]
          → PostgreSQL says: different vector dimensions 2 and 3"
      `)
      expect(await failureOf(near.toBeNearest('[1,', python))).toMatchInlineSnapshot(`
        "skills.embedding is vector(2) and cannot be searched by [1, [BACKLOT_VALUE_INVALID]
          → PostgreSQL says: invalid input syntax for type vector: "[1,""
      `)
      expect(await failureOf(near.toBeNearest([Number.NaN], python))).toMatchInlineSnapshot(`
        "[ NaN ] is no vector to search by [BACKLOT_USAGE]
          → write numbers or text: [0.1, 0.2], new Float32Array(...), '[0.1,0.2]'"
      `)
      expect(await failureOf(near.toBeNearest([1, 0], []))).toMatchInlineSnapshot(`
        "toBeNearest takes the rows that are nearest, not [] [BACKLOT_USAGE]
          → for example toBeNearest([0.1, 0.2], [{ name: 'Python' }, { name: 'Go' }])"
      `)
      expect(await failureOf(near.toBeNearest([1, 0], python, { distances: [1, 2] }))).toMatchInlineSnapshot(`
        "toBeNearest takes a distance for each of the 1 rows, not [ 1, 2 ] [BACKLOT_USAGE]
          → for example { distances: [0, 0.25] } for two rows"
      `)
      expect(await failureOf(near.toBeNearest([1, 0], python, { within: -1 }))).toMatchInlineSnapshot(`
        "within is a distance, not -1 [BACKLOT_USAGE]
          → for example { within: 1e-4 }"
      `)
      expect(await failureOf(near.toBeNearest([1, 0], python, { using: 'skills_cosin' }))).toMatchInlineSnapshot(`
        "skills has no index skills_cosin [BACKLOT_USAGE]
          → did you mean skills_cosine?"
      `)
      expect(await failureOf(near.toBeNearest([1, 0], [{ nam: 'Python' }]))).toMatchInlineSnapshot(`
        "table skills has no column nam [BACKLOT_COLUMN_NOT_FOUND]
          → did you mean name?"
      `)
      expect(
        await failureOf(expectProbe(vectors(skills, { column: 'name' })).toBeNearest([1, 0], python)),
      ).toMatchInlineSnapshot(`
        "column name of skills is text, no vector [BACKLOT_USAGE]
          → its vectors are: embedding, half, sparse"
      `)
      expect(
        await failureOf(expectProbe(vectors(skills, { column: 'embeding' })).toBeNearest([1, 0], python)),
      ).toMatchInlineSnapshot(`
        "table skills has no column embeding [BACKLOT_COLUMN_NOT_FOUND]
          → did you mean embedding?"
      `)
      expect(
        await failureOf(async () => vectors(skills, { ...embedding, distance: 'cosin' as never })),
      ).toMatchInlineSnapshot(`
        "there is no distance 'cosin' [BACKLOT_USAGE]
          → did you mean 'cosine'?"
      `)
      expect(await failureOf(async () => vectors(skills, {} as never))).toMatchInlineSnapshot(`
        "vectors needs a column, not undefined [BACKLOT_USAGE]
          → for example vectors(db.table('skills'), { column: 'embedding' })"
      `)
    }))
})

describe('the recall of an index', () => {
  /** Two lists, and a query between them: each has half of what is nearest. */
  const many = `
    CREATE TABLE points (id serial PRIMARY KEY, at vector(2));
    INSERT INTO points (at) SELECT ARRAY[side, n / 1000.0]::vector FROM generate_series(1, 100) AS n, unnest(ARRAY[-1, 1]) AS side;
    CREATE INDEX points_at ON points USING ivfflat (at vector_l2_ops) WITH (lists = 2)`
  const queries = [[0, 0]]

  test('is what it finds of the exact neighbours', () =>
    seated(async ({ db }) => {
      const points = (probes: number) =>
        expectProbe(
          vectors(db.table('points'), { column: 'at', distance: 'l2', settings: { 'ivfflat.probes': probes } }),
        )
      await points(2).toHaveRecall(10, 1, queries)
      await points(1).toHaveRecall(10, 0.5, queries)
      await points(1).toHaveRecall(10, 0.75, [...queries, [1, 0]])
      await points(1).not.toHaveRecall(10, 0.51, queries)
      expect(await failureOf(points(1).toHaveRecall(10, 0.95, queries, { timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected a recall of at least 0.95 of the 10 nearest in points by l2 of at, over 1 query
        but it is 0.5 by points_at (waited …)

        Least was found:
          0.5 for [0,0]

        Found more: a higher hnsw.ef_search or ivfflat.probes, as in vectors(table, { settings: { ... } }) and in the app.

        The test changed nothing in points."
      `)
      expect(await failureOf(points(2).not.toHaveRecall(10, 0.95, queries, { timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected a recall below 0.95 of the 10 nearest in points by l2 of at, over 1 query
        but it is 1 by points_at (waited …)

        The test changed nothing in points."
      `)
    }, many))

  test('needs an index, and queries', () =>
    seated(async ({ db }) => {
      const near = expectProbe(vectors(db.table('points'), { column: 'at', distance: 'cosine' }))
      expect(await failureOf(near.toHaveRecall(10, 0.9, [[1, 0.5]], { timeout: 1 }))).toMatchInlineSnapshot(`
        "no index serves a search in points by cosine of at, so there is no recall to tell [BACKLOT_USAGE]
          → CREATE INDEX ON "public"."points" USING hnsw (at ...) with the operator class of cosine"
      `)
      expect(await failureOf(near.toHaveRecall(0, 0.9, queries))).toMatchInlineSnapshot(`
        "toHaveRecall takes first how many are searched for, not 0 [BACKLOT_USAGE]
          → for example toHaveRecall(10, 0.95, [[0.1, 0.2], [0.3, 0.4]])"
      `)
      expect(await failureOf(near.toHaveRecall(10, 95, queries))).toMatchInlineSnapshot(`
        "toHaveRecall takes second the least share to be found, above 0 and up to 1, not 95 [BACKLOT_USAGE]
          → for example toHaveRecall(10, 0.95, [[0.1, 0.2], [0.3, 0.4]])"
      `)
      expect(await failureOf(near.toHaveRecall(10, 0.9, []))).toMatchInlineSnapshot(`
        "toHaveRecall takes third the vectors to search by, not [] [BACKLOT_USAGE]
          → for example toHaveRecall(10, 0.95, [[0.1, 0.2], [0.3, 0.4]])"
      `)
    }, many))
})
