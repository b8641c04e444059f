import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Feed, openFeed, parseLsn } from '../../../src/postgres/feed/index.ts'
import { withServer } from '../support/postgres.ts'
import { openRelay, type Relay } from './relay.ts'

let running: Awaited<ReturnType<typeof withServer>>
let app: pg.Client
beforeAll(async () => {
  running = await withServer()
  app = new pg.Client({ ...running.server.superuser, database: 'postgres' })
  app.on('error', () => {})
  await app.connect()
  await app.query('CREATE TABLE t (n int)')
})
afterAll(async () => {
  await app?.end()
  await running?.stop()
})

let count = 0
const endless = 20_000
/** Beyond anything that the server writes here. */
const never = 2 ** 48

async function opened(): Promise<{ feed: Feed; relay: Relay; slot: string }> {
  const relay = await openRelay(running.server.tcp)
  count += 1
  const slot = `stream_${count}`
  const { superuser } = running.server
  const feed = await openFeed({
    connection: { ...superuser, host: '127.0.0.1', port: relay.port, database: 'postgres' },
    slot,
    onEvent: () => {},
    startWithin: endless,
    blockers: async () => [],
  })
  onTestFinished(async () => {
    await feed.end()
    relay.close()
  })
  return { feed, relay, slot }
}

async function flushed(): Promise<number> {
  const { rows } = await app.query('SELECT pg_current_wal_flush_lsn() AS at')
  return parseLsn(rows[0].at)
}

/** What has been written to a socket of this machine arrives within a few rounds of the event loop, and no timer runs out. */
async function fewRounds(): Promise<void> {
  for (let round = 0; round < 300; round += 1) await new Promise(setImmediate)
}

describe('whoever waits', () => {
  test('asks the server at once', async () => {
    const { feed, relay } = await opened()
    relay.silence()
    const before = relay.asked()
    const reaching = feed.reach(never, endless)
    reaching.catch(() => {})
    await fewRounds()
    expect(relay.asked()).toBeGreaterThan(before)
  })

  test('asks again and again, whatever became of the first question', async () => {
    const { feed, relay } = await opened()
    relay.silence()
    const target = await flushed()
    const reaching = feed.reach(target + 1, endless)
    const began = performance.now()
    for (let round = 0; round < 10; round += 1) await relay.nextAsked()
    // Every 20 ms. Who waits for nothing tells its position once a second.
    expect(performance.now() - began).toBeLessThan(3000)
    await app.query('INSERT INTO t VALUES (1)')
    relay.speak()
    await reaching
  })

  test('asks again when the server is not there yet', async () => {
    const { feed, relay } = await opened()
    relay.silence()
    const reaching = feed.reach(never, endless)
    reaching.catch(() => {})
    await fewRounds()
    const before = relay.asked()
    relay.tell(BigInt(await flushed()), false)
    await fewRounds()
    expect(relay.asked()).toBeGreaterThan(before)
  })

  test('is told by a commit alone', async () => {
    const { feed, relay } = await opened()
    relay.silence()
    await app.query('INSERT INTO t VALUES (1)')
    const { rows } = await app.query('SELECT pg_current_wal_insert_lsn() AS before')
    await app.query('INSERT INTO t VALUES (2)')
    await feed.reach(parseLsn(rows[0].before), endless)
  })

  test('gives up at its deadline and says how far the server was', async () => {
    const { feed } = await opened()
    await feed.reach(await flushed(), endless)
    await expect(feed.reach(never, 50)).rejects.toThrow(
      /^the change feed of postgres did not reach 10000\/0 within 50 ms; it stands at 0\/[0-9A-F]+ \[BACKLOT_TIMEOUT\]\n.*a very large transaction/,
    )
    // Others wait on.
    await app.query('INSERT INTO t VALUES (3)')
    await feed.reach(await flushed(), endless)
  })

  test('hears of the loss of the stream', async () => {
    const { feed, slot } = await opened()
    const reaching = feed.reach(never, endless)
    await app.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1', [slot])
    await expect(reaching).rejects.toThrow(/^the change feed of postgres was lost: .*\[BACKLOT_SERVER_DIED\]/)
    expect(feed.failure()).toMatchObject({ code: 'BACKLOT_SERVER_DIED' })
    await expect(feed.reach(0, endless)).rejects.toBe(feed.failure())
  })

  test('hears of its end', async () => {
    const { feed } = await opened()
    const reaching = feed.reach(never, endless)
    const heard = expect(reaching).rejects.toThrowErrorMatchingInlineSnapshot(`
      [BacklotError: the change feed of postgres was closed [BACKLOT_SERVER_DIED]
        → its lease has ended; ask for a new one]
    `)
    await feed.end()
    await heard
    // That was asked for, and is no failure.
    expect(feed.failure()).toBeUndefined()
  })
})

test('a feed that cannot be heard for a while keeps its stream, whatever the database says of that', async () => {
  await app.query("ALTER DATABASE postgres SET wal_sender_timeout = '50ms'")
  onTestFinished(async () => {
    await app.query('ALTER DATABASE postgres RESET wal_sender_timeout')
  })
  const { feed, relay } = await opened()
  relay.silence()
  const reaching = feed.reach((await flushed()) + 1, endless)
  // It asks every 20 ms, and is not heard.
  for (let round = 0; round < 15; round += 1) await relay.nextAsked()
  relay.speak()
  await app.query('INSERT INTO t VALUES (4)')
  await reaching
  expect(feed.failure()).toBeUndefined()
})

test('a server that wants an answer gets one', async () => {
  const { relay } = await opened()
  await fewRounds()
  const before = relay.asked()
  relay.tell(BigInt(await flushed()), true)
  await fewRounds()
  expect(relay.asked()).toBeGreaterThan(before)
})
