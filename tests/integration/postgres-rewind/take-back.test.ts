import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../../src/postgres/feed/index.ts'
import { lookBeneath } from '../../../src/postgres/rewind/beneath.ts'
import { settleOutstanding } from '../../../src/postgres/rewind/outstanding.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
let template: string
beforeAll(async () => {
  lab = await openLab()
  template = await lab.template(`
    CREATE TABLE a (id serial PRIMARY KEY, n int); INSERT INTO a (n) VALUES (1);
    CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE SEQUENCE other`)
})
afterAll(() => lab.stop())

async function lotHere(): Promise<Lot> {
  const lot = await lab.lot(template)
  onTestFinished(() => lot.end())
  return lot
}

/**
 * Returns while someone keeps the undo from a table for a moment, which gives others time to write behind its back. On a slow
 * machine it has given up on the lock by then and tries again, which comes to the same.
 */
async function popPast(lot: Lot, holder: Client, meanwhile: () => Promise<void>): ReturnType<Lot['rewind']['pop']> {
  const watcher = await lot.connect('superuser', 'backlot:watcher')
  const popping = lot.rewind.pop()
  await undoWaits(watcher)
  await meanwhile()
  await holder.query('COMMIT')
  return popping
}

async function undoWaits(watcher: Client): Promise<void> {
  const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'backlot:undo'
    AND datname = current_database()`
  while ((await watcher.query(waits)).rowCount === 0);
}

/** A session that was in a transaction at the mark, and so is let be. */
async function resident(lot: Lot): Promise<Client> {
  const session = await lot.connect('owner', 'resident')
  await session.query('BEGIN; SELECT 1')
  return session
}

describe('rows that are not known yet when a sequence goes back', () => {
  test('are found, whoever wrote them and wherever', async () => {
    const lot = await lotHere()
    const before = await lot.checksums()
    const holder = await resident(lot)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (2); INSERT INTO b VALUES (1)')
    await holder.query('LOCK TABLE b IN SHARE MODE')
    const report = await popPast(lot, holder, async () => {
      // It was handed out before the look, and its row is not in any table that changed.
      await lot.app.query('INSERT INTO c VALUES (2)')
    })
    expect(report).toMatchObject({ how: 'undone', leaks: [] })
    expect(await lot.checksums()).toEqual(before)
  })

  test('are found too by a second try, which has other tables to itself', async () => {
    const lot = await lotHere()
    const before = await lot.checksums()
    const [holder, next] = [await resident(lot), await resident(lot)]
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (2); INSERT INTO b VALUES (1)')
    await holder.query('LOCK TABLE b IN SHARE MODE')
    const watcher = await lot.connect('superuser', 'backlot:watcher')
    const popping = lot.rewind.pop()
    await undoWaits(watcher)
    await lot.app.query('INSERT INTO c VALUES (2)')
    await next.query('LOCK TABLE c IN SHARE MODE')
    await holder.query('COMMIT')
    const waits = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'c'::regclass`
    while ((await watcher.query(waits)).rowCount === 0);
    await lot.app.query('INSERT INTO d VALUES (2)')
    await next.query('COMMIT')
    expect(await popping).toMatchObject({ how: 'undone', leaks: [] })
    expect(await lot.checksums()).toEqual(before)
  })

  test('cannot be, where nobody could write to its tables since before the look', async () => {
    const lot = await lotHere()
    const before = await lot.checksums()
    await resident(lot)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (2)')
    // Something is always written, and somebody always in the middle of something, so that it might be by them.
    let going = true
    const writing = (async () => {
      while (going) await lab.admin("SELECT pg_logical_emit_message(false, 'x', 'y') FROM generate_series(1, 50)")
    })()
    try {
      expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
    } finally {
      going = false
      await writing
    }
    expect(await lot.checksums()).toEqual(before)
  })
})

test('late writes are undone although someone keeps a sequence locked, who is ended for it', async () => {
  const lot = await lotHere()
  const before = await lot.checksums()
  await lot.rewind.push('test', 'setup')
  await lot.rewind.pop()
  await lot.app.query('INSERT INTO b VALUES (1)')
  const locker = await lot.connect('owner', 'locker')
  await locker.query('BEGIN; DROP SEQUENCE other')
  expect(await lot.rewind.push('next', 'nothing')).toEqual([
    { kind: 'late write', what: 'public.b: 1 inserted' },
    { kind: 'open transaction', what: 'idle in transaction: BEGIN; DROP SEQUENCE other (locker)' },
  ])
  expect(lot.rewind.replacement()).toBeUndefined()
  expect(await lot.checksums()).toEqual(before)
})

describe('tables that are frozen for another try', () => {
  test('are free while it is seen to who keeps a sequence locked', async () => {
    const lot = await lotHere()
    const before = await lot.checksums()
    const holder = await resident(lot)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (2); INSERT INTO b VALUES (1)')
    await holder.query('LOCK TABLE b IN SHARE MODE')
    const locker = await lot.connect('owner', 'locker')
    const report = await popPast(lot, holder, async () => {
      await lot.app.query('INSERT INTO c VALUES (2)')
      await locker.query('BEGIN; DROP SEQUENCE other')
    })
    expect(report).toMatchObject({
      how: 'undone',
      leaks: [{ kind: 'open transaction', what: 'idle in transaction: BEGIN; DROP SEQUENCE other (locker)' }],
    })
    expect(await lot.checksums()).toEqual(before)
  })

  test('are free once the database is to be replaced', async () => {
    const lot = await lotHere()
    const holder = await resident(lot)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (2); INSERT INTO b VALUES (1)')
    await holder.query('LOCK TABLE b IN SHARE MODE')
    const report = await popPast(lot, holder, async () => {
      await lot.app.query('TRUNCATE c')
    })
    expect(report).toMatchObject({ how: 'replace', reason: expect.stringContaining('TRUNCATE') })
    await lot.app.query("SET lock_timeout = '5s'; INSERT INTO a (n) VALUES (3); INSERT INTO b VALUES (3)")
  })

  test('are free once there turns out to be nothing to undo', async () => {
    const lot = await lotHere()
    const holder = await resident(lot)
    await lot.rewind.push('test', 'setup')
    await lot.app.query("SELECT nextval('other'); INSERT INTO b VALUES (1)")
    await holder.query('LOCK TABLE b IN SHARE MODE')
    const report = await popPast(lot, holder, async () => {
      await holder.query('DELETE FROM b')
      await lot.app.query("SELECT setval('other', 1, false)")
    })
    expect(report).toEqual({ how: 'clean', rows: 0, leaks: [] })
    await lot.app.query("SET lock_timeout = '5s'; INSERT INTO b VALUES (3)")
  })
})

test('a lock that is given back and taken again by whoever is in use is not held against them', async () => {
  const lot = await lotHere()
  const client = await openSession({ ...lab.server.superuser, database: lot.database }, { purpose: 'settle' })
  onTestFinished(() => client.end())
  const mark = await lookBeneath(client)
  const [keeper, busy] = [await lot.connect(), await lot.connect()]
  const gate = await lot.connect('superuser', 'backlot:gate')
  await gate.query('SELECT pg_advisory_lock(99)')
  await keeper.query('SELECT pg_advisory_lock(42)')
  const working = busy.query('SELECT pg_advisory_xact_lock(99)')
  while ((await lot.rewind.inFlight()).length === 0) await new Promise(setImmediate)
  const now = await lookBeneath(client)
  await keeper.query('SELECT pg_advisory_unlock(42)')
  const { rows } = await gate.query('SELECT clock_timestamp() AS began')
  const settling = settleOutstanding({ client, onSessionsEnding: async () => {} }, mark, now, undefined)
  // It has looked, and found it free.
  const looked = `SELECT FROM pg_stat_activity WHERE application_name = 'backlot:settle' AND state = 'idle'
    AND query_start > $1 AND datname = current_database()`
  while ((await gate.query(looked, [rows[0].began])).rowCount === 0);
  await keeper.query('SELECT pg_advisory_lock(42)')
  await gate.query('SELECT pg_advisory_unlock(99)')
  expect((await settling).leaks.map(({ kind }) => kind)).not.toContain('advisory lock')
  await working.catch(() => {})
})

test('a lock of a transaction that is let be is let be too, also by a second look', async () => {
  const lot = await lotHere()
  const keeper = await resident(lot)
  await lot.rewind.push('test', 'setup')
  await keeper.query('SELECT pg_advisory_lock(5)')
  // Whose end calls for another look.
  const forgetful = await lot.connect('owner', 'forgetful')
  await forgetful.query('BEGIN; INSERT INTO b VALUES (1)')
  expect(await lot.rewind.pop()).toEqual({
    how: 'clean',
    rows: 0,
    leaks: [{ kind: 'open transaction', what: 'idle in transaction: BEGIN; INSERT INTO b VALUES (1) (forgetful)' }],
  })
  await keeper.query('COMMIT')
})
