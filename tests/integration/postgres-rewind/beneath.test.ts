import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
let plain: string
beforeAll(async () => {
  lab = await openLab()
  plain = await lab.template(`
    CREATE TABLE a (id serial PRIMARY KEY, n int); INSERT INTO a (n) VALUES (1), (2);
    CREATE UNLOGGED TABLE fast (id int PRIMARY KEY); CREATE UNLOGGED TABLE faster (id int REFERENCES fast);
    CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM a;
    INSERT INTO fast VALUES (1)`)
})
afterAll(() => lab.stop())

/** A lot with a mark to return to. */
async function marked(): Promise<Lot> {
  const lot = await lab.lot(plain)
  onTestFinished(() => lot.end())
  await lot.rewind.push('test', 'setup')
  return lot
}

describe('what the log shows once the template is prepared', () => {
  test('unlogged tables', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    await lot.app.query('INSERT INTO fast VALUES (2); INSERT INTO faster VALUES (1), (2)')
    await lot.app.query('DELETE FROM faster WHERE id = 1; DELETE FROM fast WHERE id = 1')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 2 })
    expect(await lot.checksums()).toEqual(before)
  })

  test.each([
    ['CREATE TABLE x (id int)', 'CREATE TABLE public.x'],
    ['CREATE TABLE x AS SELECT 1 AS n', 'CREATE TABLE AS public.x'],
    ['SELECT 1 AS n INTO x', 'SELECT INTO public.x'],
    ['ALTER TABLE a ADD COLUMN m int', 'ALTER TABLE public.a'],
    ['ALTER TABLE a REPLICA IDENTITY DEFAULT', 'ALTER TABLE public.a'],
    ['DROP TABLE faster', 'DROP TABLE public.faster'],
    ['CREATE INDEX on a (n)', 'CREATE INDEX public.a_n_idx'],
    ['CREATE INDEX CONCURRENTLY i ON a (n)', 'CREATE INDEX public.i'],
    ["COMMENT ON TABLE a IS 'x'", 'COMMENT public.a'],
    ['GRANT SELECT ON a TO PUBLIC', 'GRANT'],
    ['CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1', 'CREATE FUNCTION public.f()'],
    ["CREATE TYPE e AS ENUM ('a')", 'CREATE TYPE public.e'],
    ['CREATE SCHEMA s', 'CREATE SCHEMA s'],
    ['CREATE VIEW w AS SELECT 1 AS n', 'CREATE VIEW public.w'],
    ['REFRESH MATERIALIZED VIEW seen', 'REFRESH MATERIALIZED VIEW public.seen'],
    ['ALTER SEQUENCE a_id_seq INCREMENT 5', 'ALTER SEQUENCE public.a_id_seq'],
    ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC', 'ALTER DEFAULT PRIVILEGES'],
    ['DO $$ BEGIN CREATE TABLE y (id int); END $$', 'CREATE TABLE public.y'],
  ])('a change of the schema: %s', async (statement, what) => {
    const lot = await marked()
    const touched: (readonly string[])[] = []
    lot.rewind.onCommit((commit) => touched.push(commit.touched))
    await lot.app.query(statement)
    expect(await lot.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: expect.stringContaining(`the schema changed: ${what}`),
    })
    // Anything may have changed.
    expect(touched).toContainEqual([])
    expect(lot.rewind.replacement()).toMatchObject({ how: 'replace' })
    await expect(lot.rewind.push('next', 'nothing')).rejects.toMatchObject({ code: 'BACKLOT_REWIND_FAILED' })
  })

  test('TRUNCATE, whose rows the log does not show', async () => {
    const lot = await marked()
    await lot.app.query('TRUNCATE a')
    expect(await lot.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: expect.stringContaining('public.a was emptied by TRUNCATE'),
    })
  })

  test('what only looks like a change of the schema is none', async () => {
    const lot = await marked()
    await lot.app.query('CREATE TABLE IF NOT EXISTS a (id int)')
    await lot.app.query('DROP TABLE IF EXISTS nothing_of_the_kind')
    await lot.app.query('CREATE TEMP TABLE t (id serial PRIMARY KEY, n int)')
    await lot.app.query(
      'CREATE INDEX ON t (n); ALTER TABLE t ADD COLUMN m text; CREATE TEMP VIEW tv AS SELECT * FROM t',
    )
    await lot.app.query(`CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
      CREATE POLICY p ON t; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING; ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);
      COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.n IS 'y'; CREATE STATISTICS pg_temp.st ON id, n FROM t`)
    await lot.app.query('DROP TRIGGER tr ON t; DROP POLICY p ON t; DROP RULE r ON t; ALTER TABLE t DROP CONSTRAINT c')
    await lot.app.query('INSERT INTO t (n) VALUES (1); DROP VIEW tv; DROP TABLE t')
    await lot.app.query('BEGIN; CREATE TABLE undone (id int); ROLLBACK')
    await lot.app.query('ANALYZE a')
    await lot.app.query('VACUUM FULL a')
    await lot.app.query('CLUSTER a USING a_pkey')
    await lot.app.query('REINDEX TABLE a')
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
  })

  test('rows are put back after VACUUM FULL and CLUSTER have moved them', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    await lot.app.query('INSERT INTO a (n) SELECT g FROM generate_series(1, 50) g; DELETE FROM a WHERE id = 1')
    await lot.app.query('VACUUM FULL a')
    await lot.app.query('CLUSTER a USING a_pkey')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone' })
    expect(await lot.checksums()).toEqual(before)
  })

  test('the app cannot keep a change of the schema from being noted', async () => {
    const lot = await marked()
    const superuser = await lot.connect('superuser')
    await superuser.query('REVOKE ALL ON FUNCTION pg_logical_emit_message(boolean, text, text, boolean) FROM PUBLIC')
    await expect(lot.app.query('ALTER EVENT TRIGGER backlot_ddl DISABLE')).rejects.toThrow(/must be owner/)
    await expect(lot.app.query('SET session_replication_role = replica')).rejects.toThrow(/permission denied/)
    await expect(lot.app.query('DROP SCHEMA backlot CASCADE')).rejects.toThrow(/must be owner/)
    // Names of its own in front of the server's own do not lead the trigger astray.
    await lot.app.query(`CREATE SCHEMA trap; CREATE FUNCTION trap.pg_logical_emit_message(boolean, text, text) RETURNS pg_lsn
      LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END'; SET search_path = trap, pg_catalog, public`)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('CREATE TABLE public.x (id int)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace' })
  })
})

describe('what the log does not show', () => {
  test('large objects', async () => {
    const lot = await marked()
    await lot.app.query("SELECT lo_from_bytea(0, 'x')")
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: 'large objects changed' })
  })

  test('what is in a large object', async () => {
    const lot = await lab.lot(plain)
    onTestFinished(() => lot.end())
    const { rows } = await lot.app.query("SELECT lo_from_bytea(0, 'x') AS oid")
    await lot.rewind.push('test', 'setup')
    await lot.app.query("SELECT lo_put($1, 0, 'y')", [rows[0].oid])
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: 'large objects changed' })
  })

  test('an empty large object', async () => {
    const lot = await marked()
    await lot.app.query('SELECT lo_create(0)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: 'large objects changed' })
  })

  test.each(["ALTER DATABASE %s SET work_mem = '8MB'", "ALTER ROLE lab_owner IN DATABASE %s SET work_mem = '9MB'"])(
    'settings of the database: %s',
    async (statement) => {
      const lot = await marked()
      await lab.admin(statement.replace('%s', lot.database))
      expect(await lot.rewind.pop()).toMatchObject({
        how: 'replace',
        reason: expect.stringContaining('settings of the database'),
      })
    },
  )

  test('roles are reported, once', async () => {
    const lot = await marked()
    await lot.rewind.push('inner', 'setup')
    await lab.admin('CREATE ROLE made_by_a_test')
    onTestFinished(async () => {
      await lab.admin('DROP ROLE IF EXISTS made_by_a_test')
    })
    const { leaks } = await lot.rewind.pop()
    expect(leaks).toEqual([{ kind: 'role change', what: expect.stringContaining('role made_by_a_test was created') }])
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
  })

  test('a role that was altered is reported, one of Backlot is not', async () => {
    await lab.admin('CREATE ROLE there_before')
    const lot = await marked()
    await lab.admin('CREATE ROLE backlot_of_a_neighbour; ALTER ROLE there_before LOGIN')
    onTestFinished(async () => {
      await lab.admin('DROP ROLE backlot_of_a_neighbour, there_before')
    })
    const { leaks } = await lot.rewind.pop()
    expect(leaks.map(({ what }) => what)).toEqual([expect.stringContaining('role there_before was altered')])
  })

  test('other databases are none of its business: settings, transactions, locks', async () => {
    const [lot, other] = [await marked(), await marked()]
    await lab.admin(`ALTER DATABASE ${other.database} SET work_mem = '8MB'`)
    await other.app.query('SELECT pg_advisory_lock(42)')
    const preparing = await other.connect()
    await preparing.query("BEGIN; INSERT INTO a (n) VALUES (1); PREPARE TRANSACTION 'elsewhere'")
    const open = await other.connect()
    await open.query('BEGIN; INSERT INTO a (n) VALUES (1)')
    expect(await lot.rewind.inFlight()).toEqual([])
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    await open.query('COMMIT')
    await open.query("ROLLBACK PREPARED 'elsewhere'")
    expect((await other.app.query('SELECT FROM a')).rowCount).toBe(3)
  })

  test('prepared transactions are reported and rolled back', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    await lot.app.query("BEGIN; INSERT INTO a (n) VALUES (7); PREPARE TRANSACTION 'it''s mine'")
    expect(await lot.rewind.inFlight()).toEqual(["prepared transaction it's mine"])
    expect(await lot.rewind.pop()).toMatchObject({
      how: 'undone',
      leaks: [{ kind: 'prepared transaction', what: "it's mine" }],
    })
    expect(await lot.checksums()).toEqual(before)
    expect(await lot.rewind.inFlight()).toEqual([])
  })

  test('session advisory locks are reported, and released by ending their session', async () => {
    const lot = await marked()
    const keeper = await lot.connect('owner', 'lock keeper')
    await keeper.query('SELECT pg_advisory_lock(42)')
    const report = await lot.rewind.pop()
    expect(report.leaks).toEqual([{ kind: 'advisory lock', what: expect.stringMatching(/42.*lock keeper/) }])
    expect(lot.announced()).toBe(1)
    expect((await lot.app.query('SELECT pg_try_advisory_lock(42) AS free')).rows).toEqual([{ free: true }])
    await expect(keeper.query('SELECT 1')).rejects.toThrow()
  })

  test('a lock that is held by someone who keeps asking is held all the same', async () => {
    const lot = await marked()
    const keeper = await lot.connect('owner', 'lock keeper')
    await keeper.query('SELECT pg_advisory_lock(42)')
    let asked = 0
    const asking = setInterval(() => {
      asked += 1
      keeper.query('SELECT 1').catch(() => {})
    }, 20)
    try {
      expect((await lot.rewind.pop()).leaks).toEqual([
        { kind: 'advisory lock', what: expect.stringContaining('lock keeper') },
      ])
    } finally {
      clearInterval(asking)
    }
    expect(asked).toBeGreaterThan(5)
  })

  test('a lock that was only waited for at the mark is reported once it is held', async () => {
    const lot = await lab.lot(plain)
    onTestFinished(() => lot.end())
    const [holder, waiter] = [await lot.connect(), await lot.connect('owner', 'waiter')]
    await holder.query('SELECT pg_advisory_lock(1)')
    const waiting = waiter.query('SELECT pg_advisory_lock(1)')
    while ((await lot.rewind.inFlight()).length === 0) await new Promise(setImmediate)
    await lot.rewind.push('test', 'setup')
    await holder.query('SELECT pg_advisory_unlock(1)')
    await waiting
    const { leaks } = await lot.rewind.pop()
    expect(leaks).toEqual([{ kind: 'advisory lock', what: expect.stringContaining('waiter') }])
  })

  test('the locks of a prepared transaction, which has no session, are laid to no other', async () => {
    const lot = await lab.lot(plain)
    onTestFinished(() => lot.end())
    await lot.app.query(
      "BEGIN; SELECT pg_advisory_xact_lock(7); INSERT INTO a (n) VALUES (1); PREPARE TRANSACTION 'stays'",
    )
    await lot.rewind.push('test', 'setup')
    const newcomer = await lot.connect()
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    await newcomer.query("ROLLBACK PREPARED 'stays'")
  })

  test('a lock that was held at the mark stays', async () => {
    const lot = await lab.lot(plain)
    onTestFinished(() => lot.end())
    const keeper = await lot.connect()
    await keeper.query('SELECT pg_advisory_lock(1), pg_advisory_lock_shared(2)')
    await lot.rewind.push('test', 'setup')
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    await keeper.query('SELECT 1')
  })
})

describe('open transactions', () => {
  /** Resolves when the server knows of a statement that was sent without waiting for it. */
  async function underway(lot: Lot): Promise<void> {
    while ((await lot.rewind.inFlight()).length === 0) await new Promise(setImmediate)
  }

  test('one left behind is reported with its query and application, and ended', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    const forgetful = await lot.connect('owner', 'forgetful worker')
    await forgetful.query('BEGIN')
    await forgetful.query('UPDATE a SET n = 99')
    expect(await lot.rewind.inFlight()).toEqual(['idle in transaction: UPDATE a SET n = 99 (forgetful worker)'])
    const report = await lot.rewind.pop()
    expect(report.leaks).toEqual([
      { kind: 'open transaction', what: 'idle in transaction: UPDATE a SET n = 99 (forgetful worker)' },
    ])
    expect(lot.announced()).toBe(1)
    expect(await lot.checksums()).toEqual(before)
    await expect(forgetful.query('SELECT 1')).rejects.toThrow()
    await lot.app.query('SELECT 1')
  })

  test('one that cannot be ended is named, and the database replaced', async () => {
    const lot = await marked()
    const stuck = await lot.connect()
    const { rows } = await stuck.query('SELECT pg_backend_pid() AS pid')
    await stuck.query('BEGIN; INSERT INTO a (n) VALUES (1)')
    process.kill(rows[0].pid, 'SIGSTOP')
    try {
      expect(await lot.rewind.pop()).toMatchObject({
        how: 'replace',
        reason: `sessions would not end: ${rows[0].pid}`,
        leaks: [{ kind: 'open transaction' }],
      })
    } finally {
      process.kill(rows[0].pid, 'SIGCONT')
    }
  })

  test('one that only reads, or has failed, counts too', async () => {
    const lot = await marked()
    const [reader, failed] = [await lot.connect('owner', 'reader'), await lot.connect('owner', 'failed')]
    await reader.query('BEGIN; SELECT * FROM a')
    await failed.query('BEGIN')
    await failed.query('SELECT 1/0').catch(() => {})
    const { leaks } = await lot.rewind.pop()
    expect(leaks.map(({ what }) => what).toSorted()).toEqual([
      'idle in transaction (aborted): SELECT 1/0 (failed)',
      'idle in transaction: BEGIN; SELECT * FROM a (reader)',
    ])
  })

  test('one that fails while it is waited for is still open', async () => {
    const lot = await marked()
    const failing = await lot.connect('owner', 'failing')
    await failing.query('BEGIN')
    const working = failing.query('SELECT 1 / (pg_sleep(0.1) IS NULL)::int').catch(() => {})
    await underway(lot)
    const { leaks } = await lot.rewind.pop()
    expect(leaks).toEqual([
      { kind: 'open transaction', what: expect.stringContaining('idle in transaction (aborted)') },
    ])
    await working
  })

  test('one that is at work may finish: its rows are undone, nothing is reported', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    const busy = await lot.connect()
    const working = busy.query('INSERT INTO a (n) SELECT 5 FROM pg_sleep(0.15)')
    await underway(lot)
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1, leaks: [] })
    await working
    expect(await lot.checksums()).toEqual(before)
  })

  test('one that does not finish is ended after half a second', async () => {
    const lot = await marked()
    const busy = await lot.connect('owner', 'endless')
    const working = expect(busy.query('SELECT pg_sleep(60)')).rejects.toThrow(/terminat/)
    await underway(lot)
    const began = performance.now()
    const { leaks } = await lot.rewind.pop()
    expect(performance.now() - began).toBeLessThan(5000)
    expect(leaks).toEqual([{ kind: 'open transaction', what: 'active: SELECT pg_sleep(60) (endless)' }])
    await working
  })

  test('one that holds locks on everything: tables, sequences', async () => {
    const lot = await marked()
    const before = await lot.checksums()
    await lot.app.query('INSERT INTO a (n) VALUES (3)')
    const other = await lot.connect('owner', 'locker')
    await other.query('BEGIN; LOCK TABLE a; DROP TABLE a CASCADE')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', leaks: [{ kind: 'open transaction' }] })
    expect(await lot.checksums()).toEqual(before)
  })

  test('an app that never rests is neither waited for nor ended, and nothing of it stays', async () => {
    const lot = await marked()
    await lot.rewind.pop()
    const before = await lot.checksums()
    let going = true
    const errors: unknown[] = []
    const busy = async (...statements: string[]): Promise<void> => {
      const session = await lot.connect()
      while (going)
        for (const statement of statements) await session.query(statement).catch((error) => errors.push(error))
    }
    const writes: number[] = []
    const heartbeat = async (): Promise<void> => {
      const session = await lot.connect()
      while (going) writes.push((await session.query('UPDATE a SET n = n + 1 WHERE id = 2')).rowCount ?? 0)
    }
    const working = [
      busy('BEGIN', 'SELECT * FROM a FOR UPDATE SKIP LOCKED', 'COMMIT'),
      ...Array.from({ length: 3 }, () => busy('BEGIN', 'SELECT pg_sleep(0.01)', 'COMMIT')),
      busy('SELECT pg_advisory_lock(5)', 'SELECT 1', 'SELECT pg_advisory_unlock(5)'),
      busy(
        "BEGIN; INSERT INTO fast VALUES (7) ON CONFLICT DO NOTHING; PREPARE TRANSACTION 'two phases'",
        "ROLLBACK PREPARED 'two phases'",
      ),
      heartbeat(),
    ]
    try {
      for (let round = 0; round < 40; round += 1) {
        await lot.rewind.push('test', 'nothing')
        expect(lot.rewind.replacement()?.reason).toBeUndefined()
        await lot.app.query('INSERT INTO a (n) VALUES (1)')
        const report = await lot.rewind.pop()
        expect(report, 'reason' in report ? report.reason : '').toMatchObject({ how: 'undone', leaks: [] })
      }
    } finally {
      going = false
      await Promise.all(working)
    }
    await lot.rewind.push('last', 'nothing')
    expect(await lot.checksums()).toEqual(before)
    expect(errors).toEqual([])
    // Every UPDATE found its row: none came out empty because the row was being put back.
    expect(writes.length).toBeGreaterThan(40)
    expect(new Set(writes)).toEqual(new Set([1]))
  })

  test('an app that inserts all the time never meets a number twice', async () => {
    const lot = await marked()
    let going = true
    const errors: unknown[] = []
    let inserted = 0
    const inserting = async (): Promise<void> => {
      const session = await lot.connect()
      while (going) {
        await session.query('INSERT INTO a (n) VALUES (0)').catch((error) => errors.push(error))
        inserted += 1
      }
    }
    const working = [inserting(), inserting()]
    try {
      for (let round = 0; round < 100; round += 1) {
        await lot.rewind.push('inner', round % 3 === 0 ? 'nothing' : 'setup')
        expect(lot.rewind.replacement()?.reason).toBeUndefined()
        const report = await lot.rewind.pop()
        expect(report).toMatchObject({ how: expect.stringMatching(/clean|undone/), leaks: [] })
      }
    } finally {
      going = false
      await Promise.all(working)
    }
    expect(errors).toEqual([])
    expect(inserted).toBeGreaterThan(100)
  })

  test('what an app begins between two tests is not ended when late writes are undone', async () => {
    const lot = await marked()
    await lot.rewind.pop()
    const [early, late] = [await lot.connect('owner', 'early'), await lot.connect('owner', 'late')]
    await early.query('BEGIN; SELECT * FROM fast; SELECT pg_sleep(0.15)')
    await late.query('INSERT INTO a (n) VALUES (1)')
    expect(await lot.rewind.push('next', 'nothing')).toEqual([{ kind: 'late write', what: 'public.a: 1 inserted' }])
    await early.query('COMMIT')
    expect(lot.announced()).toBe(0)
    // Where it is in the way, it is.
    await lot.rewind.pop()
    await late.query('INSERT INTO a (n) VALUES (2)')
    await early.query('BEGIN; LOCK TABLE a IN SHARE MODE; SELECT pg_sleep(0.15)')
    expect((await lot.rewind.push('next', 'nothing')).map(({ kind }) => kind)).toEqual([
      'late write',
      'open transaction',
    ])
    expect(lot.announced()).toBe(1)
  })

  test("an app's own stream of changes is no open transaction", async () => {
    const lot = await marked()
    const stream = new pg.Client({
      ...lab.server.superuser,
      database: lot.database,
      application_name: 'streaming',
      ...{ replication: 'database' },
    })
    stream.on('error', () => {})
    await stream.connect()
    await stream.query("CREATE_REPLICATION_SLOT streaming TEMPORARY LOGICAL test_decoding (SNAPSHOT 'nothing')")
    const streaming = stream.query('START_REPLICATION SLOT streaming LOGICAL 0/0').catch(() => {})
    const walsenders = "SELECT FROM pg_stat_activity WHERE application_name = 'streaming' AND query LIKE 'START%'"
    while ((await lab.admin(walsenders)).rowCount === 0);
    expect(await lot.rewind.inFlight()).toEqual([])
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    expect((await lab.admin(walsenders)).rowCount).toBe(1)
    await lab.admin(
      "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = 'streaming'",
    )
    await streaming
    await stream.end()
  })

  test("Backlot's own sessions are none of the app's", async () => {
    const lot = await marked()
    const probe = await lot.connect('superuser', 'backlot:probe')
    await probe.query('BEGIN; SELECT pg_advisory_lock(9)')
    const keeper = await lot.connect('superuser', 'backlot:keeper')
    await keeper.query('SELECT pg_advisory_lock(10)')
    expect(await lot.rewind.inFlight()).toEqual([])
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
    await probe.query('COMMIT')
  })

  test('recycling ends the sessions of others and returns to the baseline', async () => {
    const lot = await lab.lot(plain)
    onTestFinished(() => lot.end())
    const before = await lot.checksums()
    await lot.app.query('INSERT INTO a (n) VALUES (3)')
    await lot.rewind.push('file', 'setup')
    await lot.app.query('UPDATE a SET n = 0')
    await lot.rewind.push('test', 'setup')
    await lot.app.query('DELETE FROM a WHERE id = 1')
    await lot.app.query('BEGIN; DELETE FROM a')
    expect(await lot.rewind.recycle()).toMatchObject({ how: 'undone' })
    expect(lot.rewind.depth()).toBe(0)
    expect(await lot.checksums()).toEqual(before)
    await expect(lot.app.query('SELECT 1')).rejects.toThrow()
    const next = await lot.connect()
    await lot.rewind.push('file', 'setup')
    await next.query('DELETE FROM a')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 2 })
    expect(await lot.checksums()).toEqual(before)
  })
})
