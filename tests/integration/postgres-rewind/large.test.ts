import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RewindOptions } from '../../../src/postgres/rewind/index.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
let template: string
beforeAll(async () => {
  lab = await openLab()
  template = await lab.template(`
    CREATE TABLE a (id serial PRIMARY KEY, n int, t text); INSERT INTO a (n) SELECT g FROM generate_series(1, 100) g;
    CREATE TABLE loose (n int, t text); INSERT INTO loose SELECT g % 1000, 'x' FROM generate_series(1, 20000) g`)
})
afterAll(() => lab.stop())

async function marked(limits: RewindOptions['limits']): Promise<Lot> {
  const lot = await lab.lot(template, { limits })
  onTestFinished(() => lot.end())
  await lot.rewind.push('test', 'setup')
  return lot
}

const megabyte = 1_000_000
const defaults = { rows: 20_000, bytes: 16 * megabyte }

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes in use on the heap and beside it, now that everything unused is gone. */
async function used(): Promise<number> {
  for (let pass = 0; pass < 3; pass += 1) {
    await new Promise(setImmediate)
    collect()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('a great deal', () => {
  test('100,000 changed rows within the limits are undone', async () => {
    const lot = await marked({ rows: 300_000, bytes: 200 * megabyte })
    const before = await lot.checksums()
    await lot.app.query("INSERT INTO a (n, t) SELECT g, 'row ' || g FROM generate_series(1, 80000) g")
    await lot.app.query('UPDATE loose SET n = n + 1 WHERE ctid IN (SELECT ctid FROM loose LIMIT 10000)')
    await lot.app.query('DELETE FROM loose WHERE n % 2 = 0')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', leaks: [] })
    expect(await lot.checksums()).toEqual(before)
  })

  test('100,000 changed rows past the limit are let go of, and the database is replaced', async () => {
    const lot = await marked(defaults)
    const before = await used()
    await lot.app.query("INSERT INTO a (n, t) SELECT g, repeat('x', 100) FROM generate_series(1, 100000) g")
    await lot.rewind.caughtUp()
    const { listed, omitted } = lot.rewind.changes()
    expect([listed.length, omitted]).toEqual([1000, { 'public.a': 99_000 }])
    const report = await lot.rewind.pop()
    expect(report).toMatchObject({ how: 'replace', reason: 'more than 20000 row images would have to be kept' })
    expect((await used()) - before).toBeLessThan(30 * megabyte)
  })

  test('a transaction of 50 MB is let go of, and the feed goes on', async () => {
    const lot = await marked(defaults)
    const before = await used()
    await lot.app.query('INSERT INTO a (t) SELECT repeat(md5(g::text), 320) FROM generate_series(1, 5000) g')
    const report = await lot.rewind.pop()
    expect(report).toMatchObject({
      how: 'replace',
      reason: 'more than 16000000 bytes of row images would have to be kept',
    })
    expect((await used()) - before).toBeLessThan(30 * megabyte)
    const commit = new Promise<readonly string[]>((resolve) => lot.rewind.onCommit(({ touched }) => resolve(touched)))
    await lot.app.query('INSERT INTO a (n) VALUES (1)')
    expect(await commit).toEqual(['public.a'])
  })

  test('one value of 10 MB', async () => {
    const lot = await marked({ rows: 1000, bytes: 100 * megabyte })
    const before = await lot.checksums()
    await lot.app.query("INSERT INTO a (t) SELECT string_agg(md5(g::text), '') FROM generate_series(1, 320000) g")
    await lot.app.query('UPDATE a SET n = 1 WHERE n IS NULL')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect(await lot.checksums()).toEqual(before)
  })

  test('a long transaction with many savepoints counts at its commit, and only what it kept', async () => {
    const lot = await marked(defaults)
    const before = await lot.checksums()
    const commits: (readonly string[])[] = []
    lot.rewind.onCommit(({ touched }) => commits.push(touched))
    await lot.app.query('BEGIN')
    for (let part = 0; part < 200; part += 1) {
      await lot.app.query(`SAVEPOINT s; INSERT INTO a (n) SELECT g FROM generate_series(1, 20) g`)
      await lot.app.query(part % 2 === 0 ? 'ROLLBACK TO s' : 'RELEASE s')
    }
    const other = await lot.connect()
    await other.query('INSERT INTO loose VALUES (1, NULL)')
    await lot.app.query('COMMIT')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 2001 })
    expect(commits).toEqual([['public.loose'], ['public.a']])
    expect(await lot.checksums()).toEqual(before)
  })

  test('outer marks count towards the limit, and stay whole when an inner one is past it', async () => {
    const lot = await marked({ rows: 100, bytes: megabyte })
    await lot.app.query('INSERT INTO a (n) SELECT g FROM generate_series(1, 60) g')
    await lot.rewind.push('inner', 'setup')
    await lot.app.query('INSERT INTO a (n) SELECT g FROM generate_series(1, 60) g')
    const report = await lot.rewind.pop()
    expect(report).toMatchObject({ how: 'replace' })
    if (report.how !== 'replace') return
    expect(report.frames.obstacle).toBeUndefined()
    const fresh = await lab.lot(template, { limits: { rows: 100, bytes: megabyte } })
    onTestFinished(() => fresh.end())
    await fresh.rewind.replay(report.frames)
    expect((await fresh.app.query('SELECT FROM a')).rowCount).toBe(160)
  })

  test('a table of 200,000 rows without a key costs one look, however many rows are put back', async () => {
    const big = await lab.template(
      "CREATE TABLE wide (n int, t text); INSERT INTO wide SELECT g, 'row ' || g FROM generate_series(1, 200000) g",
    )
    const lot = await lab.lot(big)
    onTestFinished(() => lot.end())
    await lot.rewind.push('test', 'setup')
    const before = await lot.checksums()
    await lot.app.query('UPDATE wide SET n = -n WHERE n <= 2000')
    const began = performance.now()
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 2000 })
    // One comparison of each image with each row would be 400 million of them.
    expect(performance.now() - began).toBeLessThan(3000)
    expect(await lot.checksums()).toEqual(before)
  })
})
