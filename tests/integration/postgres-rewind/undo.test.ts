import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

/** A lot on a template of its own, with a mark to return to. */
async function marked(ddl: string): Promise<Lot> {
  const lot = await lab.lot(await lab.template(ddl))
  onTestFinished(() => lot.end())
  await lot.rewind.push('test', 'setup')
  return lot
}

/** Runs statements after the mark, returns to it, and expects everything to be as it was. */
async function expectUndone(lot: Lot, statements: readonly string[], rows?: number): Promise<void> {
  const before = await lot.checksums()
  for (const statement of statements) await lot.app.query(statement)
  expect(await lot.checksums(), 'the statements change something').not.toEqual(before)
  const report = await lot.rewind.pop()
  expect(report).toMatchObject({ how: 'undone', leaks: [], ...(rows === undefined ? {} : { rows }) })
  expect(await lot.checksums()).toEqual(before)
  await lot.rewind.push('again', 'nothing')
}

describe('rows', () => {
  test('inserted, updated and deleted ones are put back, with the sequence', async () => {
    const lot = await marked(`
      CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
      INSERT INTO users (name) SELECT 'u' || g FROM generate_series(1, 10) g`)
    await expectUndone(
      lot,
      [
        "INSERT INTO users (name) VALUES ('new')",
        "UPDATE users SET name = name || '!' WHERE id <= 3",
        'DELETE FROM users WHERE id > 8',
      ],
      // Three updated, two deleted, one inserted.
      5,
    )
  })

  test('a test that only reads is clean', async () => {
    const lot = await marked('CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)')
    await lot.app.query('SELECT * FROM a FOR UPDATE')
    expect(await lot.rewind.pop()).toEqual({ how: 'clean', rows: 0, leaks: [] })
  })

  test('what is made and unmade within a test is clean', async () => {
    const lot = await marked('CREATE TABLE a (id int PRIMARY KEY, b int); INSERT INTO a VALUES (1, 1)')
    await lot.app.query('INSERT INTO a VALUES (2, 2)')
    await lot.app.query('UPDATE a SET b = 7')
    await lot.app.query('DELETE FROM a WHERE id = 2')
    await lot.app.query('UPDATE a SET b = 1')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'clean', rows: 0 })
  })

  test('swapped unique values, deferred ones too', async () => {
    const lot = await marked(`
      CREATE TABLE slots (id int PRIMARY KEY, a int UNIQUE, b int UNIQUE DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO slots VALUES (1, 10, 100), (2, 20, 200), (3, 30, 300)`)
    await expectUndone(lot, [
      'BEGIN; UPDATE slots SET a = -1 WHERE id = 1; UPDATE slots SET a = 10 WHERE id = 2; UPDATE slots SET a = 20 WHERE id = 1; COMMIT',
      'BEGIN; UPDATE slots SET b = 200 WHERE id = 1; UPDATE slots SET b = 100 WHERE id = 2; COMMIT',
      'BEGIN; UPDATE slots SET id = 9 WHERE id = 3; UPDATE slots SET id = 3 WHERE id = 2; UPDATE slots SET id = 2 WHERE id = 9; COMMIT',
    ])
  })

  test('exclusion constraints, self and cyclic references, cascades', async () => {
    const lot = await marked(`
      CREATE TABLE booked (during int4range, EXCLUDE USING gist (during WITH &&));
      INSERT INTO booked VALUES ('[1,5)'), ('[5,9)');
      CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE);
      INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2), (4, 3);
      CREATE TABLE a (id int PRIMARY KEY, b int);
      CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
      ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
      BEGIN; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); COMMIT`)
    await expectUndone(lot, [
      "UPDATE booked SET during = '[5,7)' WHERE during = '[5,9)'",
      "UPDATE booked SET during = '[7,9)' WHERE during = '[1,5)'",
      'DELETE FROM tree WHERE id = 1',
      'INSERT INTO tree VALUES (9, 9)',
      'BEGIN; DELETE FROM a; DELETE FROM b; INSERT INTO a VALUES (5, 6); INSERT INTO b VALUES (6, 5); COMMIT',
    ])
  })

  test('savepoints, MERGE and ON CONFLICT', async () => {
    const lot = await marked(
      'CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a SELECT g, g FROM generate_series(1, 5) g',
    )
    await expectUndone(lot, [
      'BEGIN; INSERT INTO a VALUES (6, 6); SAVEPOINT s; DELETE FROM a; ROLLBACK TO s; UPDATE a SET n = 0 WHERE id = 1; COMMIT',
      'INSERT INTO a VALUES (1, 1), (7, 7) ON CONFLICT (id) DO UPDATE SET n = a.n + 100',
      `MERGE INTO a USING generate_series(3, 9) AS s(id) ON a.id = s.id
       WHEN MATCHED AND s.id = 4 THEN DELETE WHEN MATCHED THEN UPDATE SET n = -1 WHEN NOT MATCHED THEN INSERT VALUES (s.id, 0)`,
    ])
  })

  test('no primary key: duplicates are counted, also among children of an inherited table', async () => {
    const lot = await marked(`
      CREATE TABLE log (line text, n int);
      INSERT INTO log VALUES ('same', 1), ('same', 1), ('same', 1), ('other', NULL);
      CREATE TABLE sublog (extra text) INHERITS (log);
      INSERT INTO sublog VALUES ('same', 1, 'x'), ('same', 1, 'x')`)
    await expectUndone(lot, [
      'DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM ONLY log)',
      "INSERT INTO log VALUES ('same', 1), ('same', 1), (NULL, NULL), (NULL, NULL)",
      "UPDATE log SET n = 2 WHERE line = 'other'",
      'UPDATE sublog SET extra = NULL WHERE ctid = (SELECT max(ctid) FROM sublog)',
      "INSERT INTO sublog VALUES ('same', 1, 'y')",
    ])
  })

  test('leaves of partitions, and rows that move between them', async () => {
    const lot = await marked(`
      CREATE TABLE events (id int, at date, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
      CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2040-01-01') PARTITION BY LIST (id);
      CREATE TABLE events_new_1 PARTITION OF events_new FOR VALUES IN (1);
      CREATE TABLE events_new_rest PARTITION OF events_new DEFAULT;
      INSERT INTO events VALUES (1, '2010-01-01', 'a'), (2, '2030-01-01', 'b'), (1, '2031-01-01', 'c')`)
    const commits: string[][] = []
    lot.rewind.onCommit(({ touched }) => commits.push([...touched]))
    await expectUndone(lot, [
      "UPDATE events SET at = '2035-01-01' WHERE body = 'a'",
      "UPDATE events SET id = 1, at = '2001-01-01' WHERE body = 'b'",
      "INSERT INTO events VALUES (7, '2012-12-12', 'd')",
    ])
    expect(commits).toEqual([['public.events'], ['public.events'], ['public.events']])
  })

  test('generated columns, stored and virtual, and identity columns', async () => {
    const lot = await marked(`
      CREATE TABLE g (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int,
        twice int GENERATED ALWAYS AS (a * 2) STORED, thrice int GENERATED ALWAYS AS (a * 3) VIRTUAL, last text);
      INSERT INTO g (a, last) SELECT g, 'x' FROM generate_series(1, 5) g;
      CREATE TABLE h (v int GENERATED ALWAYS AS (n + 1) VIRTUAL, n int);
      INSERT INTO h (n) VALUES (1), (1), (2)`)
    await expectUndone(lot, [
      'INSERT INTO g (a) VALUES (77)',
      'UPDATE g SET a = a + 1, last = NULL WHERE id < 3',
      'DELETE FROM g WHERE id = 4',
      'DELETE FROM h WHERE ctid = (SELECT min(ctid) FROM h)',
      'INSERT INTO h (n) VALUES (5)',
    ])
  })

  test('quoted names of any kind', async () => {
    const lot = await marked(`
      CREATE SCHEMA "My ""schema"": x, y";
      CREATE TYPE "My ""schema"": x, y"."ty]pe[" AS ENUM ('a', 'b c', 'd''e');
      CREATE TABLE "My ""schema"": x, y"."table: INSERT: ta""ble" (
        "the id" int PRIMARY KEY, "col]:[x" "My ""schema"": x, y"."ty]pe[", "new-tuple" text, "null" "My ""schema"": x, y"."ty]pe["[]);
      INSERT INTO "My ""schema"": x, y"."table: INSERT: ta""ble" VALUES (1, 'b c', ' new-tuple: x[int]:1', '{a,"b c"}')`)
    const name = '"My ""schema"": x, y"."table: INSERT: ta""ble"'
    const touched: (readonly string[])[] = []
    lot.rewind.onCommit((commit) => touched.push(commit.touched))
    await expectUndone(lot, [
      `INSERT INTO ${name} VALUES (2, 'd''e', 'it''s old-key: "new-tuple"[text]:''x''', NULL)`,
      `UPDATE ${name} SET "new-tuple" = E'line\\n\\\\ , ( ) "', "col]:[x" = NULL WHERE "the id" = 1`,
    ])
    expect(touched[0]).toEqual(['My "schema": x, y.table: INSERT: ta"ble'])
  })

  test('keys and columns of types that extensions made, outside of the search path', async () => {
    const lot = await lab.lot(await lab.template('CREATE SCHEMA ext'))
    onTestFinished(() => lot.end())
    const superuser = await lot.connect('superuser')
    await superuser.query(`CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;
      CREATE EXTENSION cube SCHEMA ext;
      CREATE TABLE mails (mail ext.citext PRIMARY KEY, n int); INSERT INTO mails VALUES ('Ada@x', 1), ('bob@x', 2);
      CREATE TABLE paths (path ext.ltree PRIMARY KEY, h ext.hstore, c ext.cube);
      INSERT INTO paths VALUES ('a.b', '"k k"=>"v, (x)", n=>NULL', '(1,2),(3,4)'), ('a', '', NULL);
      GRANT ALL ON ALL TABLES IN SCHEMA public TO lab_owner; GRANT USAGE ON SCHEMA ext TO lab_owner`)
    await superuser.end()
    await lot.rewind.push('set-up that made tables', 'setup')
    await expectUndone(lot, [
      "UPDATE mails SET mail = 'ADA@x' WHERE n = 1",
      'DELETE FROM mails WHERE n = 2',
      "UPDATE paths SET path = 'c.d.e', c = NULL WHERE h::text <> ''",
      "INSERT INTO paths VALUES ('z', 'a=>1', '(0)')",
    ])
  })

  test('a row that stands in a parent and in its child alike', async () => {
    const lot = await marked(`
      CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child () INHERITS (parent);
      INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (1, 'x')`)
    await expectUndone(lot, [
      "INSERT INTO parent VALUES (2, 'y')",
      "INSERT INTO child VALUES (2, 'y')",
      'DELETE FROM ONLY parent WHERE id = 1',
      "INSERT INTO child VALUES (1, 'x')",
    ])
  })

  test('COPY, and transactions that were prepared and then committed', async () => {
    const lot = await marked(
      'CREATE TABLE a (id int PRIMARY KEY, t text); CREATE TABLE b (id int); GRANT ALL ON b TO PUBLIC',
    )
    const before = await lot.checksums()
    const superuser = await lot.connect('superuser')
    await superuser.query("COPY b FROM PROGRAM 'seq 1 500'")
    await lot.app.query("BEGIN; INSERT INTO a VALUES (1, 'x'); PREPARE TRANSACTION 'p'")
    await lot.app.query("COMMIT PREPARED 'p'")
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 501, leaks: [] })
    expect(await lot.checksums()).toEqual(before)
  })

  test('without a primary key, a unique index may stand in for it, but only one that tells all rows apart', async () => {
    const lot = await marked(`
      CREATE TABLE a (x int NOT NULL, y text, UNIQUE (x)); CREATE TABLE b (x int, y text, UNIQUE (x));
      CREATE TABLE c (x int NOT NULL, y text); CREATE UNIQUE INDEX ON c (x) WHERE y = 'only';
      CREATE TABLE d (x int NOT NULL, y text); CREATE UNIQUE INDEX ON d ((x % 100), lower(y));
      CREATE TABLE e (x int NOT NULL, y text NOT NULL, z int, UNIQUE (x) INCLUDE (z));
      INSERT INTO a VALUES (1, 'a'); INSERT INTO b VALUES (NULL, 'b'), (NULL, 'b'); INSERT INTO c VALUES (1, 'c'), (1, 'c')`)
    await expectUndone(lot, [
      "UPDATE a SET x = 2; INSERT INTO a VALUES (1, 'z')",
      "DELETE FROM b WHERE ctid = (SELECT min(ctid) FROM b); INSERT INTO b VALUES (NULL, 'n'), (NULL, 'n')",
      "INSERT INTO c VALUES (1, 'c'), (1, 'only')",
      "INSERT INTO d VALUES (1, 'A'), (1, 'b'), (2, 'A')",
      "INSERT INTO e VALUES (1, 'e', 5), (2, 'e', NULL)",
    ])
  })

  test('an index that does not tell rows apart is no key: not unique, over expressions, or left invalid', async () => {
    const lot = await lab.lot(
      await lab.template(`
        CREATE TABLE a (x int NOT NULL, y text); CREATE INDEX ON a (x);
        CREATE TABLE b (x int NOT NULL, y text); CREATE UNIQUE INDEX ON b (x, lower(y));
        CREATE TABLE c (x int NOT NULL, y text);
        INSERT INTO a VALUES (1, 'a'), (1, 'a'); INSERT INTO b VALUES (1, NULL), (1, NULL); INSERT INTO c VALUES (1, 'c'), (1, 'c')`),
    )
    onTestFinished(() => lot.end())
    await expect(lot.app.query('CREATE UNIQUE INDEX CONCURRENTLY ON c (x)')).rejects.toThrow(
      /could not create unique index/,
    )
    // A statement that failed is no change of the schema: what it left is seen with the next one.
    await lot.app.query("COMMENT ON TABLE c IS 'known anew'")
    await lot.rewind.push('test', 'setup')
    // One of two equal rows more: by a key that it shares with them, all three would go.
    await expectUndone(lot, [
      "INSERT INTO a VALUES (1, 'a')",
      'INSERT INTO b VALUES (1, NULL)',
      "INSERT INTO c VALUES (1, 'c')",
    ])
  })

  test('tables whose every column is generated', async () => {
    const lot = await marked(`
      CREATE TABLE stored (k int GENERATED ALWAYS AS (7) STORED); INSERT INTO stored DEFAULT VALUES; INSERT INTO stored DEFAULT VALUES;
      CREATE TABLE virtual (k int GENERATED ALWAYS AS (7) VIRTUAL)`)
    await expectUndone(lot, ['DELETE FROM stored'], 2)
    await lot.app.query('INSERT INTO virtual DEFAULT VALUES')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: 'public.virtual has no stored column' })
  })
})
