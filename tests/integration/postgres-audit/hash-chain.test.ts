import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { hashChain } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, type Seat } from '../postgres-probes/lab.ts'
import { logChain, logSchema, seated, writeLinks } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const onLog = (work: (seat: Seat) => Promise<void>): Promise<void> => seated(lab, logSchema, work)

describe('a chain of hashes', () => {
  test('is intact as it was written, whatever other chains are between its links', () =>
    onLog(async ({ db }) => {
      await writeLinks(db, 'a', ['made', 'named'])
      await writeLinks(db, 'b', ['made'])
      await writeLinks(db, 'a', ['closed'])
      await expectProbe(logChain(db)).toBeIntact()
      await expectProbe(logChain(db)).toBeIntact({ links: 4 })
      expect(await logChain(db).verify()).toEqual({ links: 4, chains: 2 })
    }))

  test('is waited for', () =>
    onLog(async (seat) => {
      const intact = expectProbe(logChain(seat.db)).toBeIntact({ links: 2 })
      await seat.waitingBegun()
      await writeLinks(seat.db, 'a', ['made', 'named'])
      await intact
      const broken = expectProbe(logChain(seat.db)).not.toBeIntact()
      await seat.waitingBegun()
      await seat.write(`UPDATE log SET action = 'forged' WHERE id = 1`)
      await broken
    }))

  test('without links is not intact', () =>
    onLog(async ({ db }) => {
      await expectProbe(logChain(db)).not.toBeIntact()
      expect(await failureOf(expectProbe(logChain(db)).toBeIntact({ timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected the chain in log to be intact
        but it has no links, which proves nothing (waited …)

        The test changed nothing in log."
      `)
    }))

  test('is read by its bytes, in base64, and by another algorithm', () =>
    seated(
      lab,
      `CREATE TABLE bytes (n int, body text, prev bytea, own bytea);
       INSERT INTO bytes VALUES (1, 'a', '\\x00', sha512('a')), (2, 'b', sha512('a'), sha512('b'));
       CREATE TABLE base (n int, body bytea, prev text, own text);
       INSERT INTO base SELECT n, body::bytea, encode(nullif(prev, '\\x00'), 'base64'), encode(sha256(body::bytea), 'base64') FROM bytes;
       UPDATE base SET prev = encode(sha256('a'), 'base64') WHERE n = 2`,
      async ({ db }) => {
        const columns = { order: 'n', hash: 'own', previous: 'prev' }
        await expectProbe(
          hashChain({
            table: db.table('bytes'),
            ...columns,
            algorithm: 'sha512',
            first: '00',
            payload: ({ body }) => body ?? '',
          }),
        ).toBeIntact()
        const ofBytes = hashChain({
          table: db.table('base'),
          ...columns,
          encoding: 'base64',
          payload: ({ body }) => Buffer.from((body ?? '').slice(2), 'hex'),
        })
        await expectProbe(ofBytes).toBeIntact()
      },
    ))

  test('of 100,000 links is read in pages', () =>
    seated(
      lab,
      `CREATE TABLE long (n int PRIMARY KEY, prev text, own text);
       INSERT INTO long SELECT n, CASE WHEN n > 1 THEN encode(sha256((n - 1)::text::bytea), 'hex') END, encode(sha256(n::text::bytea), 'hex')
       FROM generate_series(1, 100000) AS n`,
      async ({ db }) => {
        let [reading, most] = [0, 0]
        const chain = hashChain({
          table: db.table('long'),
          order: 'n',
          hash: 'own',
          previous: 'prev',
          payload: (row) => {
            reading += 1
            if (reading === 1)
              setImmediate(() => {
                most = Math.max(most, reading)
                reading = 0
              })
            return row.n ?? ''
          },
        })
        expect(await chain.verify()).toEqual({ links: 100_000, chains: 1 })
        expect(most).toBeGreaterThan(0)
        expect(most).toBeLessThanOrEqual(1000)
      },
    ))

  test('is looked at inside the session of isolation transaction', () =>
    seated(
      lab,
      logSchema,
      async ({ db }) => {
        await writeLinks(db, 'a', ['made', 'named'])
        await expectProbe(logChain(db)).toBeIntact({ links: 2 })
      },
      'transaction',
    ))
})

describe('its first broken link is found', () => {
  async function broken(tamper: (seat: Seat) => Promise<unknown>): Promise<unknown> {
    let found: unknown
    await onLog(async (seat) => {
      await writeLinks(seat.db, 'b', ['made', 'named'])
      await writeLinks(seat.db, 'a', ['made', 'named', 'moved', 'closed'])
      await tamper(seat)
      const report = await logChain(seat.db).verify()
      await expectProbe(logChain(seat.db)).not.toBeIntact()
      found = report.broken === undefined ? report : [report.broken.kind, report.broken.position, report.broken.order]
    })
    return found
  }

  test.for([
    ['content', 2, '4', 'a row was changed', `UPDATE log SET action = 'forged' WHERE id = 4`],
    ['content', 2, '4', 'a hash was changed', `UPDATE log SET hash = repeat('0', 64) WHERE id = 4`],
    ['content', 3, '5', 'a previous hash was changed', `UPDATE log SET previous = repeat('0', 64) WHERE id = 5`],
    ['missing', 2, '5', 'a row was deleted', 'DELETE FROM log WHERE id = 4'],
    ['start', 1, '4', 'the first row was deleted', 'DELETE FROM log WHERE id = 3'],
    [
      'rewritten',
      3,
      '5',
      'a row was changed with its hash',
      `UPDATE log SET action = 'forged', hash = encode(sha256((previous || '|a|forged|2026-01-02 03:04:05+00')::bytea), 'hex') WHERE id = 4`,
    ],
    [
      'unlinked',
      3,
      '5',
      'the chain was begun anew',
      `UPDATE log SET previous = NULL, hash = encode(sha256('|a|moved|2026-01-02 03:04:05+00'::bytea), 'hex') WHERE id = 5`,
    ],
    ['order', 2, '5', 'rows changed places', 'UPDATE log SET id = 50 WHERE id = 4'],
  ] as const)('%s at link %i (%s): %s', async ([kind, position, order, , tamper]) => {
    const run = ({ db }: Seat): Promise<unknown> => db.sql(Object.assign([tamper], { raw: [tamper] }))
    expect(await broken(run)).toEqual([kind, position, order])
  })

  test('a rewritten row is told from a missing one where links of other chains stand in between', () =>
    onLog(async ({ db }) => {
      await writeLinks(db, 'a', ['made'])
      await writeLinks(db, 'b', ['made', 'named'])
      await writeLinks(db, 'a', ['closed'])
      await db.sql`UPDATE log SET action = 'forged',
        hash = encode(sha256((coalesce(previous, '') || '|a|forged|2026-01-02 03:04:05+00')::bytea), 'hex') WHERE id = 1`
      expect((await logChain(db).verify()).broken).toMatchObject({ kind: 'rewritten', chain: 'a', position: 2 })
      await db.sql`DELETE FROM log WHERE id = 2`
      expect((await logChain(db).verify()).broken).toMatchObject({ kind: 'missing', chain: 'a', position: 2 })
    }))

  test('also when the first row should name something', () =>
    onLog(async ({ db }) => {
      await writeLinks(db, 'a', ['made'])
      const chain = hashChain({
        table: db.table('log'),
        order: 'id',
        hash: 'hash',
        previous: 'previous',
        first: 'GENESIS',
        payload: (row) => `|${row.entity}|${row.action}|${row.at}`,
      })
      expect((await chain.verify()).broken).toMatchObject({ position: 1, expected: 'genesis', found: null })
    }))
})

describe('its messages', () => {
  test('say what is broken, where, and what the test did', () =>
    onLog(async (seat) => {
      await writeLinks(seat.db, 'a', ['made', 'named', 'closed'])
      await seat.db.sql`UPDATE log SET action = 'forged' WHERE id = 2`
      expect(await failureOf(expectProbe(logChain(seat.db)).toBeIntact({ timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected the chain in log to be intact
        but it is broken (waited …)

        The first broken link is number 2 of the chain entity = 'a' (id: 2):
          its content or its hash was changed: the hash of what stands there is another
          hash should be d291061a035208b64260ca3f3b272c46a7f56f01e4fd64105cb404397d54fdf5
            and is dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f

        Nothing changed in log during the wait. Before it, the test changed:
          inserted id: 1, entity: 'a', action: 'made', at: '2026-01-02 03:04:05+00', previous: null, hash: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458'
          inserted id: 2, entity: 'a', action: 'named', at: '2026-01-02 03:04:05+00', previous: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458', hash: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f'
          inserted id: 3, entity: 'a', action: 'closed', at: '2026-01-02 03:04:05+00', previous: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f', hash: '619e7168f0b9db230e421f85026e1bc50fa73aa13e4933f9fee5a91d73a8286c'
          updated id: 2: action 'named' → 'forged'"
      `)
      await seat.db.sql`UPDATE log SET action = 'named' WHERE id = 2`
      await seat.db.sql`DELETE FROM log WHERE id = 2`
      expect(await failureOf(expectProbe(logChain(seat.db)).toBeIntact({ timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected the chain in log to be intact
        but it is broken (waited …)

        The first broken link is number 2 of the chain entity = 'a' (id: 3):
          it names a previous link that no row has, and numbers are left out before it: rows were deleted in between
          previous should be 85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458
                and is dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f

        Nothing changed in log during the wait. Before it, the test changed:
          inserted id: 1, entity: 'a', action: 'made', at: '2026-01-02 03:04:05+00', previous: null, hash: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458'
          inserted id: 2, entity: 'a', action: 'named', at: '2026-01-02 03:04:05+00', previous: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458', hash: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f'
          inserted id: 3, entity: 'a', action: 'closed', at: '2026-01-02 03:04:05+00', previous: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f', hash: '619e7168f0b9db230e421f85026e1bc50fa73aa13e4933f9fee5a91d73a8286c'
          updated id: 2: action 'named' → 'forged'
          updated id: 2: action 'forged' → 'named'
          deleted id: 2, entity: 'a', action: 'named', at: '2026-01-02 03:04:05+00', previous: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458', hash: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f'"
      `)
      expect(await failureOf(expectProbe(logChain(seat.db)).toBeIntact({ links: 3, timeout: 1 }))).toContain(
        'with 3 links',
      )
    }))

  test('say that it is intact, or has another number of links', () =>
    onLog(async (seat) => {
      await writeLinks(seat.db, 'a', ['made', 'named'])
      expect(await failureOf(expectProbe(logChain(seat.db)).not.toBeIntact({ timeout: 1 }))).toMatchInlineSnapshot(`
        "Expected the chain in log not to be intact
        but it is (waited …)

        It has 2 links.

        Nothing changed in log during the wait. Before it, the test changed:
          inserted id: 1, entity: 'a', action: 'made', at: '2026-01-02 03:04:05+00', previous: null, hash: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458'
          inserted id: 2, entity: 'a', action: 'named', at: '2026-01-02 03:04:05+00', previous: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458', hash: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f'"
      `)
      expect(
        await failureOf(expectProbe(logChain(seat.db)).toBeIntact({ links: 3, timeout: 1 })),
      ).toMatchInlineSnapshot(`
        "Expected the chain in log to be intact with 3 links
        but it has 2 links (waited …)

        Nothing changed in log during the wait. Before it, the test changed:
          inserted id: 1, entity: 'a', action: 'made', at: '2026-01-02 03:04:05+00', previous: null, hash: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458'
          inserted id: 2, entity: 'a', action: 'named', at: '2026-01-02 03:04:05+00', previous: '85d55ce6d76dfc011c6eba86081f33e3757d23a288ba5d68bbedf13c8130b458', hash: 'dcd7be653fa599748fd458cf708aee55f3109421d251b2d9ebd8d1ef6828eb3f'"
      `)
    }))

  test('refuse what is no chain', () =>
    onLog(async ({ db }) => {
      await writeLinks(db, 'a', ['made'])
      const table = db.table('log')
      const good = { table, order: 'id', hash: 'hash', previous: 'previous', payload: () => '' }
      expect(await failureOf(async () => hashChain({ ...good, payload: undefined as never }))).toMatchInlineSnapshot(`
        "hashChain needs payload, a function of a row [BACKLOT_USAGE]
          → for example hashChain({ table: db.table('audit_log'), order: 'id', hash: 'hash', previous: 'previous_hash', payload: (row) => ... })"
      `)
      expect(await failureOf(async () => hashChain({ ...good, order: '' }))).toMatchInlineSnapshot(`
        "hashChain needs the column order [BACKLOT_USAGE]
          → for example hashChain({ table: db.table('audit_log'), order: 'id', hash: 'hash', previous: 'previous_hash', payload: (row) => ... })"
      `)
      expect(await failureOf(async () => hashChain({ ...good, algorithm: 'sha265' }))).toMatchInlineSnapshot(`
        "Node has no hash algorithm sha265 [BACKLOT_USAGE]
          → the usual one is 'sha256'; all: require('node:crypto').getHashes()"
      `)
      expect(await failureOf(async () => hashChain({ ...good, encoding: 'utf8' as never }))).toMatchInlineSnapshot(`
        "hashes are not written in utf8 [BACKLOT_USAGE]
          → write encoding: 'hex' or 'base64'"
      `)
      expect(await failureOf(async () => hashChain<unknown>({ ...good, table: db } as never))).toMatchInlineSnapshot(`
        "hashChain needs a table to look at [BACKLOT_USAGE]
          → for example hashChain(db.table('users'))"
      `)
      expect(await failureOf(hashChain({ ...good, hash: 'hahs' }).verify())).toMatchInlineSnapshot(`
        "table log has no column hahs [BACKLOT_COLUMN_NOT_FOUND]
          → did you mean hash?"
      `)
      expect(await failureOf(hashChain({ ...good, payload: () => 5 as never }).verify())).toMatchInlineSnapshot(`
        "payload gave 5, which cannot be hashed [BACKLOT_USAGE]
          → return text or a Buffer"
      `)
      expect(await failureOf(expectProbe(hashChain(good)).toBeIntact({ links: 0 }))).toMatchInlineSnapshot(`
        "links is a number of links, not 0 [BACKLOT_USAGE]
          → for example toBeIntact({ links: 3 })"
      `)
      expect(await failureOf(expectProbe(hashChain(good)).toBeIntact({ link: 3 } as never))).toMatchInlineSnapshot(`
        "toBeIntact has no option link [BACKLOT_CONFIG_INVALID]
          → did you mean links?"
      `)
    }))
})
