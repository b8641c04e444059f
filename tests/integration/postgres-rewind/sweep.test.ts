import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadCatalog, type Table } from '../../../src/postgres/rewind/catalog.ts'
import { openRewindSessions } from '../../../src/postgres/rewind/sessions.ts'
import { sweep } from '../../../src/postgres/rewind/sweep.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
/** So many rows that VACUUM would not think of their index for the sake of a few that are gone. */
let template: string
beforeAll(async () => {
  lab = await openLab(18, ['vector'])
  template = await lab.template(`
    RESET ROLE; CREATE EXTENSION vector; SET ROLE lab_owner;
    CREATE TABLE items (id serial PRIMARY KEY, embedding vector(3), pad text); CREATE TABLE children () INHERITS (items);
    INSERT INTO items (embedding, pad) SELECT format('[%s,%s,1]', sin(g), cos(g * 3))::vector, repeat('x', 1570) FROM generate_series(1, 600) g;
    CREATE INDEX ON items USING hnsw (embedding vector_l2_ops)`)
})
afterAll(() => lab.stop())

async function marked(): Promise<Lot> {
  const lot = await lab.lot(template)
  onTestFinished(() => lot.end())
  await lot.rewind.push('test', 'setup')
  return lot
}

/** Rows that are nearer to a point than any other, as a test would insert them. */
const near =
  "INSERT INTO items (embedding) SELECT format('[100,100,%s]', 100 + g)::vector FROM generate_series(1, 60) g"
const gone = 'DELETE FROM items WHERE id > 600'

async function found(lot: Lot): Promise<number> {
  await lot.app.query('SET enable_seqscan = off; SET enable_sort = off')
  const { rows } = await lot.app.query("SELECT id FROM ONLY items ORDER BY embedding <-> '[100,100,130]' LIMIT 10")
  return rows.length
}

describe('a search finds as many rows as before', () => {
  test('where a test deleted itself what it had inserted', async () => {
    const lot = await marked()
    expect(await found(lot)).toBe(10)
    await lot.app.query('BEGIN; INSERT INTO children (id) VALUES (1); COMMIT')
    await lot.app.query(`BEGIN; ${near}; ${gone}; COMMIT`)
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect(await found(lot)).toBe(10)
  })

  test('where that is all that the test did', async () => {
    const lot = await marked()
    await lot.app.query(`SELECT setval('items_id_seq', 1000); ${near}; DELETE FROM items WHERE id > 1000`)
    await lot.rewind.pop()
    await lot.rewind.push('test', 'nothing')
    await lot.app.query(
      "INSERT INTO items (id, embedding) SELECT 1000 + g, format('[100,100,%s]', 100 + g)::vector FROM generate_series(1, 60) g",
    )
    await lot.app.query(gone)
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    expect(await found(lot)).toBe(10)
  })

  test('where someone did so after the test', async () => {
    const lot = await marked()
    await lot.rewind.pop()
    await lot.app.query(
      "INSERT INTO items (id, embedding) SELECT 1000 + g, format('[100,100,%s]', 100 + g)::vector FROM generate_series(1, 60) g",
    )
    await lot.app.query(gone)
    expect(await lot.rewind.push('next', 'nothing')).toEqual([])
    expect(await found(lot)).toBe(10)
  })
})

test('a table without such an index is left alone, whoever still sees what was undone', async () => {
  const lot = await lab.lot(template)
  onTestFinished(() => lot.end())
  const witness = await lot.connect()
  await witness.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
  await lot.rewind.push('test', 'setup')
  await lot.app.query('INSERT INTO children (id) VALUES (1)')
  expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
})

describe('what cannot be taken out is named', () => {
  async function swept(): Promise<{ lot: Lot; client: Client; items: Table; run: () => Promise<string | undefined> }> {
    const lot = await lab.lot(template)
    onTestFinished(() => lot.end())
    const sessions = await openRewindSessions({ ...lab.server.superuser, database: lot.database }, `${lot.database}_s`)
    onTestFinished(() => sessions.end())
    const items = (await loadCatalog(sessions.observer, 0)).tables.get('public.items')
    if (items === undefined) throw new Error('it is in the template')
    return { lot, client: sessions.undoer, items, run: () => sweep(sessions.undoer, [items]) }
  }

  test('a lock that someone holds', async () => {
    const { lot, run } = await swept()
    await lot.app.query('BEGIN; LOCK TABLE items IN SHARE UPDATE EXCLUSIVE MODE')
    expect(await run()).toMatchInlineSnapshot(
      `"the indexes of public.items still have what was undone: canceling statement due to lock timeout"`,
    )
    await lot.app.query('COMMIT')
    expect(await run()).toBeUndefined()
  })

  test('a table that is gone', async () => {
    const { lot, run } = await swept()
    await lot.app.query('DROP TABLE items CASCADE')
    expect(await run()).toMatchInlineSnapshot(
      `"the indexes of public.items still have what was undone: relation "public.items" does not exist"`,
    )
  })

  test('a snapshot from before, whatever there is to say of its children', async () => {
    const { lot, run } = await swept()
    const witness = await lot.connect()
    await witness.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    await lot.app.query(near)
    await lot.app.query(gone)
    expect(await run()).toMatchInlineSnapshot(
      `"the index of public.items still has what was undone: a snapshot from before is open"`,
    )
    await witness.query('COMMIT')
    expect(await run()).toBeUndefined()
  })

  test('someone who is reading, and saw nothing of it', async () => {
    const { lot, run } = await swept()
    await lot.app.query(near)
    await lot.app.query('DELETE FROM items WHERE id > 601')
    const reader = await lot.connect()
    // A cursor stands on the page where they were and holds it; the snapshot is from after the deletion.
    await reader.query('BEGIN; DECLARE c CURSOR FOR SELECT * FROM ONLY items; FETCH 601 FROM c')
    expect(await run()).toMatchInlineSnapshot(
      `"the index of public.items still has what was undone: someone was reading it"`,
    )
    await reader.query('COMMIT')
    expect(await run()).toBeUndefined()
  })

  test('an index so large that a fresh clone is quicker', async () => {
    const { client, items, run } = await swept()
    expect(await sweep(client, [items], 20_000)).toMatch(
      /^the HNSW indexes of public\.items are so large \([0-9]{5,6} bytes\) that a fresh clone is quicker$/,
    )
    expect(await run()).toBeUndefined()
  })

  test('whatever language the server speaks', async () => {
    const { client } = await swept()
    expect((await client.query('SHOW lc_messages')).rows).toEqual([{ lc_messages: 'C' }])
  })
})
