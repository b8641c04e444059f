import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../../src/postgres/feed/index.ts'
import { loadCatalog } from '../../../src/postgres/rewind/catalog.ts'
import type { Moment } from '../../../src/postgres/rewind/moment.ts'
import { add, emptyNet, type Net, tableNet } from '../../../src/postgres/rewind/net.ts'
import { type SequenceState, sequenceReader } from '../../../src/postgres/rewind/sequences.ts'
import { createUndoer, type UndoOutcome } from '../../../src/postgres/rewind/undo.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

async function marked(ddl: string): Promise<Lot> {
  const lot = await lab.lot(await lab.template(ddl))
  onTestFinished(() => lot.end())
  await lot.rewind.push('test', 'setup')
  return lot
}

/** Runs statements after the mark and expects the way back to leave no trace. */
async function expectUndone(lot: Lot, statements: readonly string[]): Promise<void> {
  const before = await lot.checksums()
  for (const statement of statements) await lot.app.query(statement)
  expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', leaks: [] })
  expect(await lot.checksums()).toEqual(before)
}

describe('triggers and rules that fire although a session replays', () => {
  const log = `
    CREATE TABLE log (id serial PRIMARY KEY, what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS
      $$ BEGIN INSERT INTO log (what) VALUES (TG_OP); RETURN NULL; END $$;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append only'; END $$;`

  test('ALWAYS and REPLICA triggers sleep during the undo and are put back as they were', async () => {
    const lot = await marked(`${log}
      CREATE TABLE audited (id int PRIMARY KEY, n int); INSERT INTO audited VALUES (1, 1);
      CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON audited FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TRIGGER b BEFORE DELETE ON audited FOR EACH ROW EXECUTE FUNCTION refuse();
      CREATE TRIGGER "C ""c" AFTER INSERT OR DELETE ON audited FOR EACH ROW EXECUTE FUNCTION note();
      CREATE TRIGGER d BEFORE DELETE ON audited FOR EACH ROW EXECUTE FUNCTION refuse();
      CREATE TRIGGER e BEFORE DELETE ON audited FOR EACH ROW EXECUTE FUNCTION refuse();
      ALTER TABLE audited ENABLE ALWAYS TRIGGER a; ALTER TABLE audited ENABLE ALWAYS TRIGGER b;
      ALTER TABLE audited ENABLE REPLICA TRIGGER "C ""c"; ALTER TABLE audited DISABLE TRIGGER d;
      CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
      CREATE TRIGGER p AFTER INSERT OR DELETE ON parts FOR EACH ROW EXECUTE FUNCTION note();
      ALTER TABLE parts ENABLE ALWAYS TRIGGER p`)
    const states = 'SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2'
    const before = await lot.app.query(states)
    expect(
      before.rows
        .map((row) => row.tgenabled)
        .toSorted()
        .join(''),
    ).toBe('AAAADOR'.split('').toSorted().join(''))
    await expectUndone(lot, [
      'INSERT INTO audited VALUES (2, 2)',
      'UPDATE audited SET n = 5',
      'INSERT INTO parts VALUES (1), (1)',
    ])
    expect((await lot.app.query(states)).rows).toEqual(before.rows)
    // They fire again for the app.
    await lot.rewind.push('next', 'nothing')
    await lot.app.query('INSERT INTO audited VALUES (3, 3)')
    expect((await lot.app.query('SELECT FROM log')).rowCount).toBe(1)
    await expect(lot.app.query('DELETE FROM audited')).rejects.toThrow('append only')
  })

  test('ordinary triggers do not fire: no row of theirs appears, no value is touched', async () => {
    const lot = await marked(`${log}
      CREATE TABLE touched (id int PRIMARY KEY, at timestamptz); INSERT INTO touched VALUES (1, '2000-01-01'), (2, '2000-01-01');
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := clock_timestamp(); RETURN NEW; END $$;
      CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON touched FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON touched FOR EACH ROW EXECUTE FUNCTION note()`)
    await expectUndone(lot, ['UPDATE touched SET id = 9 WHERE id = 1', 'DELETE FROM touched WHERE id = 2'])
  })

  test('a table with an ALWAYS rule is replaced, one with an ordinary rule undone', async () => {
    const ruled = (state: string): string => `${log}
      CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1);
      CREATE RULE keep AS ON DELETE TO kept DO INSTEAD NOTHING; ${state}`
    const always = await marked(ruled('ALTER TABLE kept ENABLE ALWAYS RULE keep'))
    await always.app.query('INSERT INTO kept VALUES (2)')
    expect(await always.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: expect.stringContaining('public.kept has rules'),
    })
    await expectUndone(await marked(ruled('')), ['INSERT INTO kept VALUES (2)'])
  })

  test('event triggers of the app do not fire, not even those that fire ALWAYS', async () => {
    const lot = await marked(`${log} CREATE TABLE audited (id int PRIMARY KEY);
      CREATE TRIGGER a AFTER INSERT OR DELETE ON audited FOR EACH ROW EXECUTE FUNCTION note();
      ALTER TABLE audited ENABLE ALWAYS TRIGGER a`)
    const superuser = await lot.connect('superuser', 'backlot:lab')
    await superuser.query(`CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no DDL'; END $$;
      CREATE EVENT TRIGGER forbid ON ddl_command_start EXECUTE FUNCTION forbid(); ALTER EVENT TRIGGER forbid ENABLE ALWAYS`)
    await lot.rewind.push('inner', 'setup')
    await expectUndone(lot, ['INSERT INTO audited VALUES (1)'])
  })

  test('constraint triggers of foreign keys that someone enabled ALWAYS', async () => {
    const lot = await lab.lot(
      await lab.template(`CREATE TABLE up (id int PRIMARY KEY); CREATE TABLE down (id int REFERENCES up ON DELETE CASCADE);
        INSERT INTO up VALUES (1), (2); INSERT INTO down VALUES (1), (2)`),
    )
    onTestFinished(() => lot.end())
    const superuser = await lot.connect('superuser')
    await superuser.query(`DO $$ DECLARE t record; BEGIN
      FOR t IN SELECT tgrelid::regclass AS rel, tgname FROM pg_trigger LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.rel, t.tgname);
      END LOOP; END $$`)
    await superuser.end()
    await lot.rewind.push('test', 'setup')
    await expectUndone(lot, [
      'UPDATE down SET id = 2 WHERE id = 1',
      'DELETE FROM up WHERE id = 1',
      'INSERT INTO up VALUES (3)',
    ])
  })

  test('views with INSTEAD OF triggers, forced row security', async () => {
    const lot = await marked(`
      CREATE TABLE base (id int PRIMARY KEY, owner text DEFAULT 'x'); INSERT INTO base VALUES (1), (2);
      ALTER TABLE base ENABLE ROW LEVEL SECURITY; ALTER TABLE base FORCE ROW LEVEL SECURITY;
      CREATE POLICY p ON base USING (id < 100) WITH CHECK (true);
      CREATE VIEW shown AS SELECT id FROM base;
      CREATE FUNCTION divert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO base VALUES (NEW.id + 1000); RETURN NEW; END $$;
      CREATE TRIGGER divert INSTEAD OF INSERT ON shown FOR EACH ROW EXECUTE FUNCTION divert()`)
    await expectUndone(lot, ['INSERT INTO shown VALUES (5)', 'DELETE FROM base WHERE id = 1'])
  })
})

describe('sequences', () => {
  const ddl = `
    CREATE SEQUENCE plain; CREATE SEQUENCE cached CACHE 20; CREATE SEQUENCE down INCREMENT -3 START 10 MAXVALUE 10;
    CREATE SEQUENCE "Odd ""one" START 7; CREATE TABLE t (id serial, n int)`
  const next = async (lot: Lot, name: string): Promise<number> =>
    Number((await lot.app.query('SELECT nextval($1) AS n', [name])).rows[0].n)

  test('start again where they stood, called or not, and after setval in a transaction that failed', async () => {
    const lot = await marked(ddl)
    const before = await lot.checksums()
    await lot.app.query(`SELECT nextval('plain'), nextval('down'), nextval('"Odd ""one"')`)
    await lot.app.query(`BEGIN; SELECT setval('plain', 500); ROLLBACK`)
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 0 })
    expect(await lot.checksums()).toEqual(before)
    expect([await next(lot, 'plain'), await next(lot, 'down'), await next(lot, '"Odd ""one"')]).toEqual([1, 10, 7])
  })

  test('nextval that writes nothing to the log is seen', async () => {
    const lot = await lab.lot(await lab.template(ddl))
    onTestFinished(() => lot.end())
    // One record in the log covers the next 32 values.
    await next(lot, 'plain')
    for (let round = 0; round < 3; round += 1) {
      await lot.rewind.push('test', round === 0 ? 'setup' : 'nothing')
      expect(await next(lot, 'plain')).toBe(2)
      expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 0 })
    }
  })

  test('sessions forget values that they have kept for themselves', async () => {
    const lot = await marked(ddl)
    for (let round = 0; round < 3; round += 1) {
      expect([await next(lot, 'cached'), await next(lot, 'cached')]).toEqual([1, 2])
      expect(await lot.rewind.pop()).toMatchObject({ how: 'undone' })
      await lot.rewind.push('test', 'nothing')
    }
  })

  test('sessions forget them also where the sequence itself does not show that any was used', async () => {
    const lot = await lab.lot(await lab.template(ddl))
    onTestFinished(() => lot.end())
    expect(await next(lot, 'cached')).toBe(1)
    const seen: number[] = []
    for (let round = 0; round < 3; round += 1) {
      await lot.rewind.push('test', round === 0 ? 'setup' : 'nothing')
      seen.push(await next(lot, 'cached'))
      await lot.app.query('INSERT INTO t (n) VALUES (1)')
      expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    }
    // The first test finds what the session had kept before; all others find the same.
    expect(seen).toEqual([2, 21, 21])
  })

  test('each mark has its own', async () => {
    const lot = await marked(ddl)
    await lot.app.query("SELECT setval('plain', 10)")
    await lot.rewind.push('inner', 'setup')
    await lot.app.query("SELECT setval('plain', 20)")
    await lot.rewind.pop()
    expect(await next(lot, 'plain')).toBe(11)
    await lot.rewind.pop()
    expect(await next(lot, 'plain')).toBe(1)
  })
})

describe('an undo is verified', () => {
  /** An undo session as a rewind has one, and the row images of a table. */
  async function session(
    lot: Lot,
  ): Promise<{ undo: (net: Net) => ReturnType<ReturnType<typeof createUndoer>['run']> }> {
    const client = await openSession(
      { ...lab.server.superuser, database: lot.database },
      {
        purpose: 'undo',
        settings: { session_replication_role: 'replica', lock_timeout: '100ms', deadlock_timeout: '10ms' },
      },
    )
    onTestFinished(() => client.end())
    const catalog = await loadCatalog(client, 0)
    const undoer = createUndoer(client)
    return {
      undo: (net) =>
        undoer.run(catalog, { net, direction: 'undo', sequences: [], known: undefined, oldest: undefined }),
    }
  }

  function netOf(name: string, images: Record<string, number>): Net {
    const net = emptyNet()
    for (const [image, count] of Object.entries(images)) add(net, tableNet(net, name), image, count)
    return net
  }

  const ddl = `
    CREATE TABLE keyed (id int PRIMARY KEY, v text); INSERT INTO keyed VALUES (1, 'B'), (2, 'C');
    CREATE TABLE loose (id int, v text); INSERT INTO loose VALUES (1, 'B'), (2, 'C'), (2, 'C');
    CREATE TABLE made (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)`

  test.each([
    ['a row that someone has changed since', 'public.keyed', { '(1,A)': 1 }],
    ['the same without a key', 'public.loose', { '(1,A)': 1 }],
    ['a row that is there less often than it should', 'public.loose', { '(2,C)': 3 }],
    ['a row whose place someone took', 'public.keyed', { '(1,A)': -1 }],
    ['a generated value that comes out differently', 'public.made', { '(4,9)': -1 }],
  ])('%s: nothing is done, and the feed is to be read again', async (_what, name, images) => {
    const lot = await marked(ddl)
    const { undo } = await session(lot)
    const before = await lot.checksums()
    // A part that could be done is not done either.
    const net = netOf(name, images)
    add(net, tableNet(net, 'public.keyed'), '(2,C)', 1)
    expect(await undo(net)).toMatchObject({ how: 'again' })
    expect(await lot.checksums()).toEqual(before)
  })

  test('only as many of equal rows go as were added', async () => {
    const lot = await marked(ddl)
    const { undo } = await session(lot)
    expect(await undo(netOf('public.loose', { '(2,C)': 1 }))).toEqual({ how: 'done' })
    expect((await lot.app.query('SELECT * FROM loose ORDER BY id')).rows).toEqual([
      { id: 1, v: 'B' },
      { id: 2, v: 'C' },
    ])
  })

  test.each(['keyed', 'loose'])(
    'a row of %s that is changed while the undo waits for it is not taken',
    async (table) => {
      const lot = await marked(ddl)
      const { undo } = await session(lot)
      await lot.app.query(`BEGIN; UPDATE ${table} SET v = 'straggler' WHERE id = 1`)
      const undoing = undo(netOf(`public.${table}`, { '(1,B)': 1 }))
      // The undo stands at the row's lock.
      const watcher = await lot.connect('superuser', 'backlot:watcher')
      for (;;) {
        const { rows } = await watcher.query(
          "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'backlot:undo'",
        )
        if (rows.length > 0) break
      }
      await lot.app.query('COMMIT')
      expect(await undoing).toMatchObject({ how: 'again' })
      expect((await lot.app.query(`SELECT v FROM ${table} WHERE id = 1`)).rows).toEqual([{ v: 'straggler' }])
    },
  )

  test('a lock that someone holds makes the undo give way, not the app', async () => {
    const lot = await marked(ddl)
    const { undo } = await session(lot)
    await lot.app.query('BEGIN; LOCK TABLE keyed IN SHARE MODE')
    expect(await undo(netOf('public.keyed', { '(1,B)': 1 }))).toMatchObject({
      how: 'again',
      reason: expect.stringContaining('55P03'),
    })
    await lot.app.query("UPDATE keyed SET v = 'fine'; COMMIT")
  })

  test('a deadlock has the undo as its victim', async () => {
    const lot = await marked(ddl)
    const { undo } = await session(lot)
    await lot.app.query("BEGIN; UPDATE loose SET v = 'mine' WHERE id = 1")
    const net = netOf('public.keyed', { '(1,B)': 1 })
    add(net, tableNet(net, 'public.loose'), '(1,B)', 1)
    const undoing = undo(net)
    // The app's statement waits for the undo, which waits for the app.
    await lot.app.query("UPDATE keyed SET v = 'mine' WHERE id = 1")
    expect(await undoing).toMatchObject({ how: 'again' })
    await lot.app.query('COMMIT')
  })
})

describe('a sequence goes back only when nobody can meet its numbers twice', () => {
  async function opened(): Promise<{
    lot: Lot
    moment: () => Promise<Moment>
    undo: (known: Moment | undefined, from: string) => Promise<UndoOutcome>
  }> {
    const lot = await marked(
      'CREATE TABLE t (id serial, n int); CREATE TABLE u (id int); INSERT INTO t (n) SELECT 1 FROM generate_series(1, 9)',
    )
    const settings = { session_replication_role: 'replica', lock_timeout: '100ms' }
    const client = await openSession({ ...lab.server.superuser, database: lot.database }, { purpose: 'undo', settings })
    onTestFinished(() => client.end())
    const catalog = await loadCatalog(client, 0)
    const undoer = createUndoer(client)
    const sequence = catalog.sequences[0]
    if (sequence === undefined) throw new Error('there is a sequence')
    const state = (last: string): SequenceState => ({ sequence, last, called: true })
    return {
      lot,
      moment: async () => (await sequenceReader(catalog.sequences, 0).read(client)).moment,
      undo: (known, from) =>
        undoer.run(catalog, {
          net: emptyNet(),
          direction: 'undo',
          sequences: [{ to: state('3'), from: state(from) }],
          known,
          oldest: undefined,
        }),
    }
  }
  const last = async (lot: Lot): Promise<string> =>
    (await lot.app.query('SELECT last_value FROM t_id_seq')).rows[0].last_value

  test('nobody has written since', async () => {
    const { lot, moment, undo } = await opened()
    expect(await undo(await moment(), '9')).toEqual({ how: 'done' })
    expect(await last(lot)).toBe('3')
  })

  test('someone has written since, to whatever table', async () => {
    const { lot, moment, undo } = await opened()
    const known = await moment()
    await lot.app.query('INSERT INTO u VALUES (1)')
    expect(await undo(known, '9')).toMatchObject({ how: 'again', blocked: false })
    expect(await last(lot)).toBe('9')
  })

  test('someone has written since, and is gone', async () => {
    const { lot, moment, undo } = await opened()
    const brief = await lot.connect()
    const known = await moment()
    await brief.query('INSERT INTO u VALUES (1)')
    await brief.end()
    expect(await undo(known, '9')).toMatchObject({ how: 'again' })
  })

  test('someone has written since, and another stands in its place', async () => {
    const { lot, moment, undo } = await opened()
    const brief = await lot.connect()
    const known = await moment()
    await brief.query('INSERT INTO u VALUES (1)')
    await brief.end()
    // As many as before, and this one has never said a word.
    await lot.connect()
    expect(await undo(known, '9')).toMatchObject({ how: 'again' })
  })

  test('someone is in the middle of something', async () => {
    const { lot, moment, undo } = await opened()
    await lot.app.query('BEGIN; INSERT INTO u VALUES (1)')
    const known = await moment()
    await lab.admin('SELECT pg_logical_emit_message(false, $$x$$, $$y$$)')
    expect(await undo(known, '9')).toMatchObject({ how: 'again' })
    await lot.app.query('ROLLBACK')
  })

  test('only other databases have written since', async () => {
    const { lot, moment, undo } = await opened()
    const other = await marked('CREATE TABLE x (id int)')
    const known = await moment()
    await other.app.query('INSERT INTO x VALUES (1)')
    expect(await undo(known, '9')).toEqual({ how: 'done' })
    expect(await last(lot)).toBe('3')
  })

  test('the sequence itself has moved since', async () => {
    const { lot, undo } = await opened()
    expect(await undo(undefined, '8')).toMatchObject({ how: 'again', blocked: false })
    expect(await last(lot)).toBe('9')
  })

  test('someone has rows of its table in an open transaction', async () => {
    const { lot, undo } = await opened()
    await lot.app.query('BEGIN; INSERT INTO t (id) VALUES (100)')
    expect(await undo(undefined, '9')).toMatchObject({ how: 'again', blocked: true })
    await lot.app.query('COMMIT')
    expect(await last(lot)).toBe('9')
  })
})

describe('writes after the end of a test', () => {
  const ddl = 'CREATE TABLE a (id serial PRIMARY KEY, n int); INSERT INTO a (n) VALUES (1); CREATE TABLE b (id int)'

  test('are undone at the next mark and reported with table and counts', async () => {
    const lot = await marked(ddl)
    const before = await lot.checksums()
    await lot.rewind.pop()
    await lot.app.query(
      'INSERT INTO a (n) VALUES (5), (6); UPDATE a SET n = 0 WHERE id = 1; INSERT INTO b VALUES (1); DELETE FROM b',
    )
    expect(await lot.rewind.push('next', 'nothing')).toEqual([
      { kind: 'late write', what: 'public.a: 2 inserted, 1 updated' },
    ])
    expect(await lot.checksums()).toEqual(before)
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
  })

  test('are undone where only a sequence has moved', async () => {
    const lot = await marked(ddl)
    const before = await lot.checksums()
    await lot.rewind.pop()
    await lot.app.query("SELECT nextval('a_id_seq')")
    expect(await lot.rewind.push('next', 'nothing')).toEqual([])
    expect(await lot.checksums()).toEqual(before)
  })

  test('that changed the schema are reported as that', async () => {
    const lot = await marked(ddl)
    await lot.rewind.pop()
    await lot.app.query('CREATE TABLE late (id int)')
    expect(await lot.rewind.push('next', 'nothing')).toEqual([
      { kind: 'late write', what: 'the schema changed: CREATE TABLE public.late' },
    ])
    expect(lot.rewind.replacement()).toMatchObject({ how: 'replace' })
  })

  test('are undone together with what is written while their undo waits for a lock', async () => {
    const lot = await marked(ddl)
    const before = await lot.checksums()
    await lot.rewind.pop()
    await lot.app.query('INSERT INTO a (n) VALUES (5)')
    const [holder, writer] = [await lot.connect(), await lot.connect()]
    await holder.query('BEGIN; LOCK TABLE a IN SHARE MODE')
    const pushing = lot.rewind.push('next', 'nothing')
    const watcher = await lot.connect('superuser', 'backlot:watcher')
    const waits =
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'backlot:undo' AND datname = current_database()"
    while ((await watcher.query(waits)).rowCount === 0);
    await writer.query('INSERT INTO b VALUES (1)')
    // On a slow machine the undo has given up on the lock and ended its holder by now, which comes to the same.
    await holder.query('COMMIT').catch(() => {})
    await pushing
    expect(await lot.checksums()).toEqual(before)
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
  })

  test('belong to the outer mark before set-up', async () => {
    const lot = await marked(ddl)
    const before = await lot.checksums()
    await lot.rewind.push('test', 'setup')
    await lot.rewind.pop()
    await lot.app.query('INSERT INTO a (n) VALUES (5)')
    expect(await lot.rewind.push('describe', 'setup')).toEqual([])
    await lot.app.query('INSERT INTO a (n) VALUES (6)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect((await lot.app.query('SELECT n FROM a ORDER BY n')).rows).toEqual([{ n: 1 }, { n: 5 }])
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    expect(await lot.checksums()).toEqual(before)
  })

  test('that cannot be undone call for a replacement', async () => {
    const lot = await marked(ddl)
    await lot.rewind.pop()
    await lot.app.query('TRUNCATE a')
    expect(await lot.rewind.push('next', 'nothing')).toEqual([
      { kind: 'late write', what: 'public.a: emptied by TRUNCATE' },
    ])
    const order = lot.rewind.replacement()
    expect(order).toMatchObject({ how: 'replace', reason: expect.stringContaining('TRUNCATE') })
    expect(lot.rewind.depth()).toBe(1)
    expect(await lot.rewind.pop()).toBe(order)
    expect(lot.rewind.depth()).toBe(0)
  })
})

describe('changes', () => {
  test('are listed in order with their rows, leaves under their root', async () => {
    const lot = await marked(`
      CREATE TABLE "T t" (id int PRIMARY KEY, big text, n int) PARTITION BY LIST (id); CREATE TABLE leaf PARTITION OF "T t" DEFAULT;
      INSERT INTO "T t" VALUES (1, (SELECT string_agg(md5(g::text), '') FROM generate_series(1, 500) g), NULL)`)
    await lot.app.query(`INSERT INTO "T t" VALUES (2, 'it''s', 5)`)
    await lot.app.query('UPDATE "T t" SET n = 7 WHERE id = 1')
    await lot.app.query('DELETE FROM "T t" WHERE id = 2')
    const big = expect.stringMatching(/^[0-9a-f]{16000}$/)
    const changes = [
      { table: 'public."T t"', kind: 'insert', after: { id: '2', big: "it's", n: '5' } },
      // What is null in an old row and what is large and unchanged in a new one is not in the log, and stands here all the same.
      { table: 'public."T t"', kind: 'update', before: { id: '1', big, n: null }, after: { id: '1', big, n: '7' } },
      { table: 'public."T t"', kind: 'delete', before: { id: '2', big: "it's", n: '5' } },
    ]
    await lot.rewind.push('inner', 'setup')
    expect(lot.rewind.changes()).toEqual({ listed: [], omitted: {} })
    await lot.app.query(`INSERT INTO "T t" VALUES (3, '', 1)`)
    await lot.rewind.pop()
    expect(lot.rewind.changes()).toEqual({ listed: changes, omitted: {} })
  })

  test('have every column in both rows', async () => {
    const lot = await marked(`
      CREATE TABLE t (id int PRIMARY KEY, "A b" text, kept int GENERATED ALWAYS AS (id + 1) STORED, seen int GENERATED ALWAYS AS (id + 2) VIRTUAL);
      CREATE TABLE loose (a int, b int); INSERT INTO loose VALUES (NULL, NULL)`)
    await lot.app.query('INSERT INTO t VALUES (1)')
    await lot.app.query(`UPDATE t SET "A b" = 'x'`)
    await lot.app.query('UPDATE t SET "A b" = NULL')
    await lot.app.query('DELETE FROM t')
    await lot.app.query('UPDATE loose SET a = 1 WHERE a IS NULL')
    await lot.app.query('UPDATE loose SET a = NULL')
    await lot.app.query('DELETE FROM loose')
    await lot.rewind.caughtUp()
    const row = (text: string | null) => ({ id: '1', 'A b': text, kept: '2', seen: null })
    expect(lot.rewind.changes().listed).toEqual([
      { table: 'public.t', kind: 'insert', after: row(null) },
      { table: 'public.t', kind: 'update', before: row(null), after: row('x') },
      { table: 'public.t', kind: 'update', before: row('x'), after: row(null) },
      { table: 'public.t', kind: 'delete', before: row(null) },
      { table: 'public.loose', kind: 'update', before: { a: null, b: null }, after: { a: '1', b: null } },
      { table: 'public.loose', kind: 'update', before: { a: '1', b: null }, after: { a: null, b: null } },
      { table: 'public.loose', kind: 'delete', before: { a: null, b: null } },
    ])
  })

  test('name a truncation where it happened, once for a table with its partitions', async () => {
    const lot = await marked(`
      CREATE TABLE t (id int); CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE one PARTITION OF parts FOR VALUES IN (1); CREATE TABLE others PARTITION OF parts DEFAULT`)
    await lot.app.query('INSERT INTO t VALUES (1)')
    await lot.app.query('TRUNCATE t')
    await lot.app.query('INSERT INTO t VALUES (2)')
    await lot.app.query('BEGIN; INSERT INTO parts VALUES (1); TRUNCATE t, parts; INSERT INTO parts VALUES (2); COMMIT')
    await lot.rewind.caughtUp()
    expect(lot.rewind.changes().listed.map(({ kind, table, after }) => [kind, table, after?.id])).toEqual([
      ['insert', 'public.t', '1'],
      ['truncate', 'public.t', undefined],
      ['insert', 'public.t', '2'],
      ['insert', 'public.parts', '1'],
      ['truncate', 'public.t', undefined],
      ['truncate', 'public.parts', undefined],
      ['insert', 'public.parts', '2'],
    ])
  })

  test('are the first without a gap, and those after them are counted by table', async () => {
    const lot = await marked(`
      CREATE TABLE t (id int, big text); CREATE TABLE parts (id int) PARTITION BY LIST (id);
      CREATE TABLE one PARTITION OF parts FOR VALUES IN (1); CREATE TABLE others PARTITION OF parts DEFAULT`)
    await lot.app.query('INSERT INTO parts VALUES (1), (2)')
    await lot.app.query(`INSERT INTO t VALUES (1, repeat('x', 1000000))`)
    await lot.app.query('INSERT INTO parts VALUES (1), (2)')
    await lot.rewind.push('inner', 'setup')
    await lot.rewind.pop()
    // What comes between two tests is of the test before, and behind the gap as well.
    await lot.app.query('INSERT INTO t VALUES (2)')
    await lot.rewind.caughtUp()
    const { listed, omitted } = lot.rewind.changes()
    expect(listed.map(({ table }) => table)).toEqual(['public.parts', 'public.parts'])
    expect(omitted).toEqual({ 'public.t': 2, 'public.parts': 2 })
  })
})
