import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ReplaceOrder } from '../../../src/postgres/rewind/index.ts'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
let template: string
beforeAll(async () => {
  lab = await openLab()
  template = await lab.template(`
    CREATE TABLE a (id serial PRIMARY KEY, n int); INSERT INTO a (n) SELECT g FROM generate_series(1, 5) g;
    CREATE TABLE loose (t text); INSERT INTO loose VALUES ('x'), ('x'), ('y');
    CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (n * 2) STORED, n int);
    CREATE SEQUENCE cached CACHE 10;
    CREATE TABLE log (what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS
      $$ BEGIN INSERT INTO log VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION note();
    ALTER TABLE a ENABLE ALWAYS TRIGGER note`)
})
afterAll(() => lab.stop())

async function lot(): Promise<Lot> {
  const made = await lab.lot(template)
  onTestFinished(() => made.end())
  return made
}

function ordered(report: { how: string }): ReplaceOrder {
  expect(report.how).toBe('replace')
  return report as ReplaceOrder
}

describe('a fresh clone within outer marks', () => {
  test('has what set-up wrote, the sequences of the mark, and the marks themselves', async () => {
    const old = await lot()
    const baseline = await old.checksums()
    await old.app.query("INSERT INTO a (n) VALUES (100); SELECT nextval('cached')")
    await old.rewind.push('file', 'setup')
    const atFile = await old.checksums()
    await old.app.query(`UPDATE a SET n = n + 1 WHERE id <= 2; DELETE FROM a WHERE id = 3; DELETE FROM loose WHERE t = 'y';
      INSERT INTO loose VALUES ('x'); INSERT INTO made (n) VALUES (1), (2)`)
    await old.rewind.push('describe', 'setup')
    const atDescribe = await old.checksums()
    await old.app.query('DELETE FROM a; INSERT INTO made (n) VALUES (3)')
    await old.rewind.push('test', 'setup')
    const atTest = await old.checksums()
    await old.app.query("INSERT INTO a (n) VALUES (1); TRUNCATE made; SELECT nextval('cached')")
    const order = ordered(await old.rewind.pop())
    expect(order.frames.obstacle).toBeUndefined()

    const fresh = await lot()
    await fresh.rewind.replay(order.frames)
    expect(fresh.rewind.depth()).toBe(2)
    expect(await fresh.checksums()).toEqual(atTest)
    // It is a rewind like any other from here on.
    await fresh.rewind.push('test', 'nothing')
    await fresh.app.query('INSERT INTO a (n) VALUES (2); INSERT INTO made (n) VALUES (9)')
    expect(await fresh.rewind.pop()).toMatchObject({ how: 'undone', leaks: [] })
    expect(await fresh.checksums()).toEqual(atTest)
    expect(await fresh.rewind.pop()).toMatchObject({ how: 'undone' })
    expect(await fresh.checksums()).toEqual(atDescribe)
    expect(await fresh.rewind.pop()).toMatchObject({ how: 'undone' })
    expect(await fresh.checksums()).toEqual(atFile)
    expect(await fresh.rewind.recycle()).toMatchObject({ how: 'undone' })
    expect(await fresh.checksums()).toEqual(baseline)
  })

  test('set-up that emptied tables is made again', async () => {
    const old = await lot()
    await old.rewind.push('file', 'setup')
    await old.app.query(
      "INSERT INTO loose VALUES ('gone'); TRUNCATE loose, a RESTART IDENTITY; INSERT INTO loose VALUES ('z'); INSERT INTO a (n) VALUES (7)",
    )
    await old.rewind.push('test', 'setup')
    const atTest = await old.checksums()
    // Within, an ordinary undo does.
    await old.app.query('INSERT INTO a (n) VALUES (8)')
    expect(await old.rewind.pop()).toMatchObject({ how: 'undone', rows: 2 })
    expect(await old.checksums()).toEqual(atTest)
    await old.rewind.push('test', 'nothing')
    await old.app.query('TRUNCATE a')
    const order = ordered(await old.rewind.pop())
    const fresh = await lot()
    await fresh.rewind.replay(order.frames)
    expect(await fresh.checksums()).toEqual(atTest)
    expect(await fresh.rewind.pop()).toMatchObject({ how: 'replace' })
  })

  test('set-up that changed the schema works as long as nothing needs a clone, and says so then', async () => {
    const old = await lot()
    await old.rewind.push('file', 'setup')
    await old.app.query(
      "CREATE TABLE extra (id serial PRIMARY KEY, t text); CREATE UNLOGGED TABLE quick (j json); INSERT INTO extra (t) VALUES ('a')",
    )
    await old.rewind.push('test', 'setup')
    const inspector = await old.connect('superuser', 'backlot:inspector')
    const contents = async (): Promise<unknown> =>
      (
        await inspector.query(
          'SELECT (SELECT json_agg(e) FROM extra e) AS e, (SELECT json_agg(q) FROM quick q) AS q, (SELECT last_value FROM extra_id_seq)',
        )
      ).rows
    const before = await contents()
    await old.app.query("UPDATE extra SET t = 'b'; INSERT INTO extra (t) VALUES ('c'); INSERT INTO quick VALUES ('1')")
    expect(await old.rewind.pop()).toMatchObject({ how: 'undone', rows: 3 })
    expect(await contents()).toEqual(before)
    await old.rewind.push('test', 'nothing')
    await old.app.query('TRUNCATE a')
    const order = ordered(await old.rewind.pop())
    const fresh = await lot()
    await expect(fresh.rewind.replay(order.frames)).rejects.toThrow(
      /cannot be brought to where the test began: the schema changed: CREATE TABLE public.extra \[BACKLOT_REWIND_FAILED\]/,
    )
  })

  test('says so when a row cannot be written again', async () => {
    const old = await lot()
    await old.app.query('INSERT INTO a (n) VALUES (100)')
    await old.rewind.push('test', 'setup')
    const order = await old.rewind.abandon('the database is kept')
    const fresh = await lot()
    await fresh.app.query('INSERT INTO a (n) VALUES (1)')
    await expect(fresh.rewind.replay(order.frames)).rejects.toThrow(
      /cannot be brought to where the test began: the undo met 23505: duplicate key .* \[BACKLOT_REWIND_FAILED\]/,
    )
  })

  test('says so when a sequence cannot be set again', async () => {
    const old = await lot()
    await old.app.query("SELECT nextval('cached')")
    await old.rewind.push('test', 'setup')
    const order = await old.rewind.abandon('the database is kept')
    const fresh = await lot()
    const locker = await fresh.connect()
    await locker.query('BEGIN; ALTER SEQUENCE cached INCREMENT 2')
    await expect(fresh.rewind.replay(order.frames)).rejects.toThrow(
      /cannot be brought to where the test began: the undo met 55P03: .* \[BACKLOT_REWIND_FAILED\]/,
    )
    await locker.query('ROLLBACK')
  })

  test('a lease that gives its database away takes its marks along', async () => {
    const old = await lot()
    await old.rewind.push('file', 'setup')
    await old.app.query('INSERT INTO loose VALUES (NULL)')
    await old.rewind.push('test', 'setup')
    const atTest = await old.checksums()
    await old.app.query('DELETE FROM loose')
    const order = await old.rewind.abandon('the database is kept')
    expect(order.reason).toBe('the database is kept')
    expect((await old.app.query('SELECT FROM loose')).rowCount).toBe(0)
    const fresh = await lot()
    await fresh.rewind.replay(order.frames)
    expect(fresh.rewind.depth()).toBe(1)
    expect(await fresh.checksums()).toEqual(atTest)
  })
})
