import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../../src/postgres/feed/index.ts'
import { openRewindSessions } from '../../../src/postgres/rewind/sessions.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
let plain: string
beforeAll(async () => {
  lab = await openLab()
  plain = await lab.template(`
    CREATE TABLE a (id serial PRIMARY KEY, n int, t text); INSERT INTO a (n) VALUES (1), (2);
    CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE)`)
})
afterAll(() => lab.stop())

async function lotOn(template: string): Promise<Lot> {
  const lot = await lab.lot(template)
  onTestFinished(() => lot.end())
  return lot
}

/** Waits until something is so that no event tells of. */
async function until(holds: () => Promise<boolean>, within: number): Promise<void> {
  const end = performance.now() + within
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not so within ${within} ms`)
    await pause(20)
  }
}

describe('the app notices nothing', () => {
  test('its statements work on any table: no publication, whole rows in the log', async () => {
    const lot = await lotOn(
      await lab.template(`
        CREATE TABLE v (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2)); INSERT INTO v VALUES (1, 1), (2, 2);
        CREATE TABLE no_key (j json, p point, x xml, c circle); INSERT INTO no_key VALUES ('{}', '(1,2)', '<a/>', NULL)`),
    )
    await lot.rewind.push('test', 'setup')
    const before = await lot.checksums()
    await lot.app.query("UPDATE no_key SET j = '[]', c = '<(0,0),1>'")
    await lot.app.query('UPDATE v SET n = 7 WHERE id = 1')
    await lot.app.query('DELETE FROM v WHERE id = 2')
    await lot.app.query('DELETE FROM no_key')
    expect((await lot.app.query('SELECT FROM pg_publication')).rowCount).toBe(0)
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone' })
    expect(await lot.checksums()).toEqual(before)

    await lot.rewind.push('test', 'nothing')
    await lot.app.query('CREATE TABLE fresh (j json)')
    await lot.app.query("INSERT INTO fresh VALUES ('1'), ('2')")
    await lot.app.query("UPDATE fresh SET j = '3'")
    await lot.app.query('DELETE FROM fresh')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace' })
  })

  test('publications of its own go on working, with generated columns and column lists too', async () => {
    const ddl = `CREATE TABLE s (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED); INSERT INTO s VALUES (1, 1);
      CREATE TABLE l (id int PRIMARY KEY, n int); INSERT INTO l VALUES (1, 1);
      CREATE TABLE w (id int PRIMARY KEY, n int); INSERT INTO w VALUES (1, 1)`
    const statements = [
      'UPDATE s SET n = 5',
      'UPDATE l SET n = 5',
      'UPDATE w SET n = 5',
      'DELETE FROM s',
      'DELETE FROM l',
      'DELETE FROM w',
    ]
    const publish = 'CREATE PUBLICATION p FOR TABLE s, l (id), w'
    const before = await lotOn(await lab.template(`${ddl}; ${publish}`))
    for (const statement of statements) await before.app.query(statement)
    await before.rewind.push('test', 'setup')
    await before.app.query('INSERT INTO w VALUES (2, 2)')
    expect(await before.rewind.pop()).toMatchObject({ how: 'undone' })
    await before.rewind.push('test', 'nothing')
    await before.app.query('INSERT INTO l VALUES (2, 2)')
    expect(await before.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: 'the log does not show the old rows of public.l',
    })

    const during = await lotOn(await lab.template(ddl))
    await during.rewind.push('test', 'setup')
    await during.app.query(publish)
    for (const statement of statements) await during.app.query(statement)
    expect(await during.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: expect.stringContaining('CREATE PUBLICATION'),
    })
  })

  test('settings of the database cannot change what is put back', async () => {
    const template = await lab.template(`
      CREATE TABLE f (id int PRIMARY KEY, a float8, b float4, at timestamptz, i interval, d date, y bytea, x xml, m money, c regclass, n int[]);
      INSERT INTO f VALUES (1, 0.1::float8 + 0.2::float8, 0.1, '2024-03-10 01:02:03.456789+00', '1 mon 2 days 03:04:05', '2024-01-02',
        '\\x00ff', 'just text', '1.5', 'pg_class', '{1,NULL}')`)
    const again = await lab.lot(template, {}, (database) =>
      [
        'extra_float_digits = -3',
        "DateStyle = 'German'",
        "IntervalStyle = 'sql_standard'",
        "bytea_output = 'escape'",
        "TimeZone = 'America/New_York'",
        "xmloption = 'document'",
        'array_nulls = off',
        'standard_conforming_strings = off',
        'quote_all_identifiers = on',
        'default_transaction_read_only = on',
        'statement_timeout = 1',
        "default_transaction_isolation = 'serializable'",
      ].map((setting) => `ALTER DATABASE ${database} SET ${setting}`),
    )
    onTestFinished(() => again.end())
    await again.rewind.push('test', 'setup')
    const before = await again.checksums()
    await again.app.query('SET default_transaction_read_only = off; SET statement_timeout = 0')
    await again.app.query(
      "UPDATE f SET a = 1, b = 2, at = now(), i = '0', d = now(), y = '', x = NULL, m = 0, c = NULL, n = '{}'",
    )
    expect(await again.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect(await again.checksums()).toEqual(before)
  })
})

/** A setting that would change what a session of Backlot's does, and what the session has it at all the same. */
const hostile: readonly (readonly [name: string, hostile: string, pinned: string])[] = [
  ['DateStyle', 'SQL, DMY', 'ISO, MDY'],
  ['IntervalStyle', 'sql_standard', 'postgres'],
  ['TimeZone', 'Asia/Kolkata', 'UTC'],
  ['extra_float_digits', '-3', '1'],
  ['bytea_output', 'escape', 'hex'],
  ['xmloption', 'document', 'content'],
  ['lc_monetary', 'POSIX', 'C'],
  ['array_nulls', 'off', 'on'],
  ['quote_all_identifiers', 'on', 'off'],
  ['standard_conforming_strings', 'off', 'on'],
  ['client_encoding', 'LATIN1', 'UTF8'],
  ['statement_timeout', '1h', '0'],
  ['idle_in_transaction_session_timeout', '1h', '0'],
  ['idle_session_timeout', '1h', '0'],
  ['synchronous_commit', 'off', 'on'],
  ['default_transaction_isolation', 'serializable', 'read committed'],
  ['default_transaction_read_only', 'on', 'off'],
  ['row_security', 'off', 'on'],
  ['jit', 'on', 'off'],
  ['max_parallel_workers_per_gather', '4', '0'],
]

test("no setting of the database reaches a session of Backlot's", async () => {
  const lot = await lotOn(plain)
  for (const [name, value] of hostile) await lab.admin(`ALTER DATABASE ${lot.database} SET ${name} = '${value}'`)
  const session = await openSession(
    { ...lab.server.superuser, database: lot.database },
    { purpose: 'test', settings: { lock_timeout: '7ms' } },
  )
  onTestFinished(() => session.end())
  const shown: Record<string, string> = {}
  for (const name of [...hostile.map(([name]) => name), 'lock_timeout']) {
    const { rows } = await session.query<[string]>({ text: `SHOW ${name}`, rowMode: 'array' })
    shown[name] = rows[0]?.[0] ?? ''
  }
  expect(shown).toEqual({
    ...Object.fromEntries(hostile.map(([name, , pinned]) => [name, pinned])),
    lock_timeout: '7ms',
  })
})

test('the session that undoes gives way early, ends in time and hears English, whatever the database says', async () => {
  const lot = await lotOn(plain)
  for (const setting of ['transaction_timeout', 'lock_timeout', 'deadlock_timeout', 'statement_timeout'])
    await lab.admin(`ALTER DATABASE ${lot.database} SET ${setting} = '1h'`)
  for (const setting of ["lc_messages = 'C.UTF-8'", 'session_replication_role = origin'])
    await lab.admin(`ALTER DATABASE ${lot.database} SET ${setting}`)
  const sessions = await openRewindSessions(
    { ...lab.server.superuser, database: lot.database },
    `${lot.database}_again`,
  )
  onTestFinished(() => sessions.end())
  const shown: unknown[] = []
  const names =
    'transaction_timeout lock_timeout deadlock_timeout statement_timeout lc_messages session_replication_role'
  for (const name of names.split(' ')) {
    shown.push((await sessions.undoer.query({ text: `SHOW ${name}`, rowMode: 'array' })).rows[0]?.[0])
  }
  expect(shown).toEqual(['0', '200ms', '10ms', '1min', 'C', 'replica'])
})

describe('exact boundaries', () => {
  test('what a session with synchronous_commit off has committed is in time', async () => {
    const lot = await lotOn(plain)
    await lot.app.query('SET synchronous_commit = off')
    const baseline = await lot.checksums()
    for (let round = 0; round < 30; round += 1) {
      await lot.rewind.push('test', 'nothing')
      await lot.app.query('INSERT INTO a (n) VALUES (5)')
      expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
    }
    expect(await lot.checksums()).toEqual(baseline)
  })

  test('a commit just before a mark belongs before it, one just after behind it, 300 times in a row', async () => {
    const lot = await lotOn(plain)
    let slowest = 0
    for (let round = 0; round < 300; round += 1) {
      await lot.app.query('INSERT INTO a (n) VALUES (1)')
      const began = performance.now()
      await lot.rewind.push('mark', 'setup')
      await lot.app.query('INSERT INTO a (n) VALUES (2)')
      expect(await lot.rewind.pop()).toMatchObject({ rows: 1 })
      slowest = Math.max(slowest, performance.now() - began)
    }
    // A walsender that sleeps although there is something to send would show as 50 ms to 10 s.
    expect(slowest).toBeLessThan(1000)
    const { rows } = await lot.app.query('SELECT count(*)::int AS count, max(n) AS most FROM a')
    expect(rows).toEqual([{ count: 302, most: 2 }])
  })

  test('a transaction that began before a mark and commits behind it belongs behind it, as a whole', async () => {
    const lot = await lotOn(plain)
    const before = await lot.checksums()
    const other = await lot.connect()
    await other.query('BEGIN; INSERT INTO a (n) VALUES (7)')
    await lot.rewind.push('test', 'setup')
    await other.query('INSERT INTO a (n) VALUES (8); COMMIT')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 2, leaks: [] })
    expect([...(await lot.checksums())].filter(([name]) => !name.includes('seq'))).toEqual(
      [...before].filter(([name]) => !name.includes('seq')),
    )
  })

  test('a transaction that was open at the mark and still is does not end with the test', async () => {
    const lot = await lotOn(plain)
    const other = await lot.connect()
    await other.query('BEGIN; INSERT INTO a (n) VALUES (7); SELECT pg_advisory_lock(5)')
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO b DEFAULT VALUES')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
    await other.query('COMMIT')
    expect((await lot.app.query('SELECT FROM a WHERE n = 7')).rowCount).toBe(1)
  })

  test('a read-only test is recognised without writing to the log', async () => {
    const lot = await lotOn(plain)
    await lot.rewind.push('file', 'setup')
    const position = async (): Promise<bigint> => {
      const { rows } = await lot.app.query('SELECT pg_current_wal_insert_lsn() - $1::pg_lsn AS at', ['0/0'])
      return BigInt(rows[0].at)
    }
    const began = await position()
    for (let round = 0; round < 50; round += 1) {
      await lot.rewind.push('test', 'nothing')
      await lot.app.query('SELECT * FROM a')
      expect(await lot.rewind.pop()).toMatchObject({ how: 'clean' })
    }
    // The server itself may log a snapshot of running transactions now and then; 50 markers would be 3 kB and more.
    expect((await position()) - began).toBeLessThan(1500n)
  })
})

describe('the stream', () => {
  test('tells each commit with the tables it touched, at once and in order', async () => {
    const lot = await lotOn(plain)
    const seen: string[] = []
    let arrived: () => void = () => {}
    lot.rewind.onCommit(({ touched }) => {
      seen.push(touched.toSorted().join(' '))
      arrived()
    })
    const next = (): Promise<void> => new Promise((resolve) => (arrived = resolve))
    for (const statement of [
      'INSERT INTO a (n) VALUES (1)',
      'BEGIN; INSERT INTO b (a) VALUES (1); UPDATE a SET n = 2; COMMIT',
      'DELETE FROM a WHERE id = 1',
      'TRUNCATE b',
    ]) {
      const commit = next()
      await lot.app.query(statement)
      await commit
    }
    expect(seen).toEqual(['public.a', 'public.a public.b', 'public.a public.b', 'public.b'])
  })

  test('leaves out the undo', async () => {
    const lot = await lotOn(plain)
    const seen: (readonly string[])[] = []
    lot.rewind.onCommit(({ touched }) => seen.push(touched))
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO a (n) VALUES (1)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone' })
    await lot.rewind.push('test', 'nothing')
    await lot.app.query('INSERT INTO b DEFAULT VALUES')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect(seen).toEqual([['public.a'], ['public.b']])
  })

  test('lets the server forget what other databases write', async () => {
    const lot = await lotOn(plain)
    const other = await lotOn(plain)
    await other.app.query('INSERT INTO a (t) SELECT repeat(md5(g::text), 300) FROM generate_series(1, 2000) g')
    const { rows } = await lab.admin('SELECT pg_current_wal_flush_lsn() AS at')
    // The lease itself is idle: no boundary, no commit.
    await until(async () => {
      const query = `SELECT confirmed_flush_lsn >= '${rows[0].at}' AS on FROM pg_replication_slots WHERE slot_name = 'backlot_${lot.database}'`
      return (await lab.admin(query)).rows[0].on
    }, 5000)
  })

  test('does not start while a write transaction is open anywhere, and says whose it is', async () => {
    const blocker = await lotOn(plain)
    await blocker.app.query('BEGIN; INSERT INTO a (n) VALUES (1) /* who is it */')
    await expect(lab.lot(plain, { startWithin: 300 })).rejects.toThrow(
      /did not start within 300 ms[\s\S]*BACKLOT_TIMEOUT[\s\S]*who is it.*the app/,
    )
    await blocker.app.query('ROLLBACK')
    await lotOn(plain)
  })

  test('does not start while a transaction is prepared anywhere, and names it', async () => {
    const blocker = await lotOn(plain)
    await blocker.app.query("BEGIN; INSERT INTO a (n) VALUES (1); PREPARE TRANSACTION 'forgotten'")
    await expect(lab.lot(plain, { startWithin: 300 })).rejects.toThrow(
      new RegExp(`prepared transaction in ${blocker.database}: forgotten`),
    )
    await blocker.app.query("ROLLBACK PREPARED 'forgotten'")
  })

  test('is had in UTF-8 only', async () => {
    await lab.admin("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")
    await expect(lab.lot('latin')).rejects.toThrowErrorMatchingInlineSnapshot(`
      [BacklotError: a database in LATIN1 cannot be rewound [BACKLOT_ISOLATION_UNAVAILABLE]
        → the change feed is read as UTF-8: use a server whose template databases are UTF8, or isolation: 'clone']
    `)
  })

  test('when it is lost, the next mark asks for a replacement', async () => {
    const lot = await lotOn(plain)
    await lot.rewind.push('test', 'setup')
    await lot.rewind.pop()
    await lab.admin(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'backlot_${lot.database}'`,
    )
    await lot.app.query('INSERT INTO a (n) VALUES (1)')
    expect(await lot.rewind.push('next', 'setup')).toEqual([])
    expect(lot.rewind.replacement()).toMatchObject({ reason: expect.stringContaining('change feed') })
  })

  test('when it is lost, the next return replaces the database', async () => {
    const lot = await lotOn(plain)
    await lot.rewind.push('test', 'setup')
    await lab.admin(
      "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'backlot_" +
        lot.database +
        "'",
    )
    await lot.app.query('INSERT INTO a (n) VALUES (1)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: expect.stringContaining('change feed') })
  })

  test('leaves nothing on the server, so that the database can be dropped at once', async () => {
    const lot = await lab.lot(plain)
    await lot.rewind.push('test', 'setup')
    await lot.end()
    const left =
      await lab.admin(`SELECT slot_name AS name FROM pg_replication_slots WHERE slot_name = 'backlot_${lot.database}'
      UNION ALL SELECT roname FROM pg_replication_origin WHERE roname = 'backlot_${lot.database}'`)
    expect(left.rows).toEqual([])
  })

  test('two rewinds cannot share an origin', async () => {
    const lot = await lotOn(plain)
    await expect(lab.lot(plain, { name: `backlot_${lot.database}` })).rejects.toMatchObject({
      code: 'BACKLOT_ISOLATION_UNAVAILABLE',
    })
  })

  test('a boundary does not wait for a server that has nothing to send', async () => {
    const [lot, other] = [await lotOn(plain), await lotOn(plain)]
    const times: number[] = []
    for (let round = 0; round < 60; round += 1) {
      // What another database writes moves the end of the log, and never shows in this feed.
      await other.app.query('INSERT INTO a (n) VALUES (1)')
      const began = performance.now()
      await lot.rewind.push('test', 'setup')
      times.push(performance.now() - began)
      await lot.rewind.pop()
    }
    times.sort((a, b) => a - b)
    // The server is asked at once, and not first after 20 ms.
    expect(times[30]).toBeLessThan(15)
  })

  test('twenty leases at once', async () => {
    const lots = await Promise.all(Array.from({ length: 20 }, () => lotOn(plain)))
    await Promise.all(
      lots.map(async (lot, index) => {
        await lot.rewind.push('test', 'setup')
        await lot.app.query(`INSERT INTO a (n) SELECT g FROM generate_series(1, ${index + 1}) g`)
        expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: index + 1, leaks: [] })
      }),
    )
  })
})
