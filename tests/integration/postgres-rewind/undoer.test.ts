import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { lookBeneath } from '../../../src/postgres/rewind/beneath.ts'
import { loadCatalog } from '../../../src/postgres/rewind/catalog.ts'
import type { Moment } from '../../../src/postgres/rewind/moment.ts'
import { add, emptyNet, type Net, tableNet } from '../../../src/postgres/rewind/net.ts'
import { type SequenceMove, sequenceReader } from '../../../src/postgres/rewind/sequences.ts'
import { openRewindSessions } from '../../../src/postgres/rewind/sessions.ts'
import { createUndoer, type Undoer, type UndoOutcome } from '../../../src/postgres/rewind/undo.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

interface Work {
  readonly sequences?: readonly SequenceMove[]
  readonly known?: Moment
  readonly oldest?: number
}

interface Bench {
  readonly lot: Lot
  readonly client: Client
  readonly undoer: Undoer
  /** What the server remarks on the undoer's statements: that there is no transaction to end. */
  readonly warnings: readonly unknown[]
  undo(images: Readonly<Record<string, Readonly<Record<string, number>>>>, work?: Work): Promise<UndoOutcome>
}

/** A database, and an undoer on the very session that a rewind would give it. */
async function bench(ddl: string): Promise<Bench> {
  const lot = await lab.lot(await lab.template(ddl))
  onTestFinished(() => lot.end())
  const connection = { ...lab.server.superuser, database: lot.database }
  const sessions = await openRewindSessions(connection, `${lot.database}_bench`)
  onTestFinished(() => sessions.end())
  const catalog = await loadCatalog(sessions.observer, 0)
  const undoer = createUndoer(sessions.undoer)
  const warnings: unknown[] = []
  sessions.undoer.on('notice', ({ message }) => warnings.push(message))
  return {
    warnings,
    lot,
    client: sessions.undoer,
    undoer,
    undo: (images, { sequences = [], known, oldest } = {}) =>
      undoer.run(catalog, { net: netOf(images), direction: 'undo', sequences, known, oldest }),
  }
}

function netOf(tables: Readonly<Record<string, Readonly<Record<string, number>>>>): Net {
  const net = emptyNet()
  for (const [name, images] of Object.entries(tables)) {
    for (const [image, count] of Object.entries(images)) add(net, tableNet(net, name), image, count)
  }
  return net
}

/** Resolves when a session waits for a lock. */
async function waitsForLock(lot: Lot, application: string): Promise<void> {
  const watcher = await lot.connect('superuser', 'backlot:watcher')
  const query = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = $1
    AND datname = current_database()`
  while ((await watcher.query(query, [application])).rowCount === 0);
}

const ddl = `
  CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a VALUES (1, 'x'), (2, 'x');
  CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b VALUES (1, 'x');
  CREATE TABLE c (id int PRIMARY KEY, v text); INSERT INTO c VALUES (1, 'x');
  CREATE TABLE booked (during int4range, EXCLUDE USING gist (during WITH &&)); INSERT INTO booked VALUES ('[1,5)')`

describe('an undo that fails says whether it is worth another try', () => {
  test('a deadlock: yes, once those in the way are gone', async () => {
    const { lot, client, undo } = await bench(ddl)
    // Not the time that it waits for a lock ends it, but the deadlock.
    await client.query("SET lock_timeout = '30s'")
    const each = (image: string): Promise<UndoOutcome> =>
      undo({ 'public.a': { [image]: 1 }, 'public.b': { [image]: 1 }, 'public.c': { [image]: 1 } })
    // What it prepares once would wait for a lock too, and hold none itself.
    expect(await each('(0,never there)')).toMatchObject({ how: 'again', blocked: false })
    const holder = await lot.connect()
    await holder.query('BEGIN; LOCK TABLE b IN SHARE MODE')
    await lot.app.query("BEGIN; UPDATE c SET v = 'mine'")
    const undoing = each('(1,x)')
    await waitsForLock(lot, 'backlot:undo')
    const updating = lot.app.query("UPDATE a SET v = 'mine' WHERE id = 2")
    await waitsForLock(lot, 'the app')
    await holder.query('COMMIT')
    expect(await undoing).toMatchObject({ how: 'again', blocked: true, reason: expect.stringContaining('40P01') })
    await updating
    await lot.app.query('COMMIT')
  })

  test('a place that an exclusion constraint keeps: yes', async () => {
    const { undo } = await bench(ddl)
    expect(await undo({ 'public.booked': { '("[2,9)")': -1 } })).toMatchObject({
      how: 'again',
      blocked: false,
      reason: expect.stringContaining('23P01'),
    })
  })

  test('a table that is gone: no', async () => {
    const { lot, undo } = await bench(ddl)
    const before = await lot.checksums()
    expect(await undo({ 'public.a': { '(1,x)': 1 }, 'public.gone': { '(1)': 1 } })).toEqual({
      how: 'impossible',
      reason: 'the undo failed: public.gone is not in the catalog',
    })
    expect(await lot.checksums()).toEqual(before)
  })
})

describe('frozen tables', () => {
  const insert = "INSERT INTO a VALUES (3, 'new')"

  test('can be read and not written to, until they are thawed', async () => {
    const { lot, undoer, undo, warnings } = await bench(ddl)
    expect(await undoer.freeze(['public.a', 'public.b'])).toBe(true)
    expect((await lot.app.query('SELECT FROM a')).rowCount).toBe(2)
    const inserting = lot.app.query(insert)
    await waitsForLock(lot, 'the app')
    await undoer.thaw()
    await inserting
    expect(await undo({ 'public.a': { '(3,new)': 1 } })).toEqual({ how: 'done' })
    expect(warnings).toEqual([])
  })

  test('can be written to once the undo is done', async () => {
    const { lot, undoer, undo, warnings } = await bench(ddl)
    expect(await undoer.freeze(['public.a'])).toBe(true)
    expect(await undo({ 'public.a': { '(1,x)': 1 } })).toEqual({ how: 'done' })
    await lot.app.query(insert)
    expect((await lot.app.query('SELECT id FROM a ORDER BY id')).rows).toEqual([{ id: 2 }, { id: 3 }])
    // The next undo is a transaction of its own.
    expect(await undo({ 'public.a': { '(3,new)': 1 } })).toEqual({ how: 'done' })
    expect((await lot.app.query('SELECT id FROM a')).rows).toEqual([{ id: 2 }])
    await undoer.thaw()
    expect(warnings).toEqual([])
  })

  test('can be written to where there was nothing to undo', async () => {
    const { lot, undoer, undo } = await bench(ddl)
    expect(await undoer.freeze(['public.a'])).toBe(true)
    expect(await undo({})).toEqual({ how: 'done' })
    await lot.app.query(insert)
  })

  test('can be written to after an undo that failed, which has done nothing', async () => {
    const { lot, undoer, undo } = await bench(ddl)
    const before = await lot.checksums()
    expect(await undoer.freeze(['public.a'])).toBe(true)
    expect(await undo({ 'public.a': { '(1,x)': 1, '(2,y)': 1 } })).toMatchObject({ how: 'again', blocked: false })
    expect(await lot.checksums()).toEqual(before)
    await lot.app.query(insert)
    expect(await undo({ 'public.a': { '(3,new)': 1 } })).toEqual({ how: 'done' })
    expect(await lot.checksums()).toEqual(before)
  })

  test("are not had where someone's lock is in the way, and none of them stays locked", async () => {
    const { lot, undoer, undo } = await bench(ddl)
    await lot.app.query('BEGIN; LOCK TABLE b IN SHARE MODE')
    expect(await undoer.freeze(['public.a', 'public.b'])).toBe(false)
    const writer = await lot.connect()
    await writer.query(insert)
    expect(await undo({ 'public.a': { '(3,new)': 1 } })).toEqual({ how: 'done' })
    expect(await undoer.freeze(['public.a'])).toBe(true)
    await undoer.thaw()
  })

  test('do not hide who wrote to others since', async () => {
    const { lot, client, undoer, undo } = await bench(`${ddl}; CREATE SEQUENCE s; SELECT nextval('s')`)
    const { sequences } = await loadCatalog(client, 0)
    const [sequence] = sequences
    if (sequence === undefined) throw new Error('there is a sequence')
    const to = { sequence, last: '1', called: false }
    expect(await undoer.freeze(['public.a'])).toBe(true)
    // A boundary looks around on this very session. A transaction sees other sessions as they were when it first looked.
    await lookBeneath(client)
    const { moment, states } = await sequenceReader(sequences, 0).read(client)
    const from = states.get(sequence.oid)
    if (from === undefined) throw new Error('it was read')
    await lot.app.query("INSERT INTO b VALUES (7, 'unknown')")
    expect(await undo({ 'public.a': { '(1,x)': 1 } }, { sequences: [{ to, from }], known: moment })).toMatchObject({
      how: 'again',
      reason: expect.stringContaining('someone wrote'),
    })
    expect((await lot.app.query('SELECT last_value FROM s')).rows).toEqual([{ last_value: '1' }])
  })
})

describe('a table with children', () => {
  const family = `
    CREATE TABLE parent (v text, n int); CREATE TABLE child () INHERITS (parent); CREATE TABLE keyed (id int PRIMARY KEY);
    CREATE TABLE keyed_child () INHERITS (keyed); INSERT INTO keyed VALUES (1); INSERT INTO keyed_child VALUES (1);`

  test('is undone although someone keeps a lock on a child', async () => {
    const { lot, undo } = await bench(family)
    await lot.app.query('BEGIN; LOCK TABLE keyed_child IN SHARE MODE')
    expect(await undo({ 'public.keyed': { '(1)': 1 } })).toEqual({ how: 'done' })
    expect((await lot.app.query('SELECT FROM keyed')).rowCount).toBe(1)
    await lot.app.query('COMMIT')
  })

  test('and no key: a row at the same place of a child is another one', async () => {
    const { lot, undo } = await bench(
      `${family} INSERT INTO parent VALUES ('same', 1); INSERT INTO child VALUES ('same', 1)`,
    )
    expect(await undo({ 'public.parent': { '(same,1)': 1 } })).toEqual({ how: 'done' })
    expect((await lot.app.query('SELECT tableoid::regclass::text AS of FROM parent')).rows).toEqual([{ of: 'child' }])
  })

  test('and no key: an equal row of a child is not looked for at its place', async () => {
    // Enough of them that one would come before the only one of the parent.
    const { lot, undo } = await bench(`${family}
      INSERT INTO parent VALUES ('zzz', 0), ('same', 1); INSERT INTO child SELECT 'same', 1 FROM generate_series(1, 500)`)
    expect(await undo({ 'public.parent': { '(same,1)': 1 } })).toEqual({ how: 'done' })
    expect((await lot.app.query('SELECT * FROM ONLY parent')).rows).toEqual([{ v: 'zzz', n: 0 }])
    expect((await lot.app.query('SELECT FROM child')).rowCount).toBe(500)
  })
})

test('of equal rows without a key, those go that were written since', async () => {
  const { lot, undo } = await bench("CREATE TABLE loose (v text); INSERT INTO loose VALUES ('same'), ('same')")
  const places = 'SELECT ctid::text, xmin::text FROM loose ORDER BY ctid'
  const before = (await lot.app.query(places)).rows
  await lot.app.query("INSERT INTO loose VALUES ('same')")
  const { rows } = await lot.app.query('SELECT max(xmin::text::int8)::int8 AS oldest FROM loose')
  expect(await undo({ 'public.loose': { '(same)': 1 } }, { oldest: Number(rows[0].oldest) })).toEqual({ how: 'done' })
  expect((await lot.app.query(places)).rows).toEqual(before)
})
