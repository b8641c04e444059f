/** The examples of docs/vectors.md. */
import { afterAll, beforeAll, test } from 'vitest'
import { vectors } from '../../../src/postgres/index.ts'
import { createExpect } from '../../../src/vitest/expect.ts'
import { type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'

const expect = createExpect({})

let lab: Lab
beforeAll(async () => {
  lab = await openLab(['vector'])
})
afterAll(() => lab.stop())

const schema = `
  CREATE TABLE skills (id int PRIMARY KEY, name text NOT NULL, embedding vector(3));
  INSERT INTO skills VALUES (1, 'Python', '[1,0,0]'), (2, 'Ruby', '[0.9,0.1,0]'), (3, 'Cooking', '[0,0,1]');
  CREATE INDEX skills_embedding ON skills USING hnsw (embedding vector_cosine_ops)`

test('the nearest, and recall', async () => {
  const { db, close } = await openSeat(lab, schema, { extensions: ['vector'] })
  // #region vectors
  const skills = vectors(db.table('skills'), { column: 'embedding', distance: 'cosine' })
  await expect(skills).toBeNearest([1, 0, 0], [{ name: 'Python' }, { name: 'Ruby' }], {
    distances: [0, 0.006],
    within: 1e-3,
  })
  await expect(skills).toBeNearest(new Float32Array([0, 0, 1]), [{ name: 'Cooking' }], { using: 'skills_embedding' })
  await expect(skills).not.toBeNearest('[0,0,1]', [{ name: 'Ruby' }])
  await expect(skills).toHaveRecall(2, 0.95, [
    [1, 0, 0],
    [0, 1, 1],
  ])
  // #endregion
  await close()
})
