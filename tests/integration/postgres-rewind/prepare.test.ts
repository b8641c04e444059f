import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type Lot, openLab } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

async function lotOn(ddl: string): Promise<Lot> {
  const lot = await lab.lot(await lab.template(ddl))
  onTestFinished(() => lot.end())
  return lot
}

describe('unlogged tables', () => {
  test('are made logged in whatever order they refer to each other', async () => {
    const lot =
      await lotOn(`CREATE UNLOGGED TABLE first (id int); CREATE UNLOGGED TABLE second (id int PRIMARY KEY, up int);
      CREATE UNLOGGED TABLE third (id int PRIMARY KEY);
      ALTER TABLE first ADD FOREIGN KEY (id) REFERENCES second; ALTER TABLE second ADD FOREIGN KEY (up) REFERENCES third`)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO third VALUES (1); INSERT INTO second VALUES (1, 1); INSERT INTO first VALUES (1)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 3 })
  })

  test('that refer to each other in a circle cannot be, and are named', async () => {
    const circle = `CREATE UNLOGGED TABLE hen (id int PRIMARY KEY); CREATE UNLOGGED TABLE egg (id int PRIMARY KEY REFERENCES hen);
      ALTER TABLE hen ADD FOREIGN KEY (id) REFERENCES egg; CREATE UNLOGGED TABLE alone (id int)`
    await expect(lab.template(circle)).rejects.toThrow(
      /unlogged tables cannot be made logged: public\.(hen|egg), public\.(hen|egg) \[BACKLOT_BASELINE_FAILED\]/,
    )
  })
})

describe('publications of the app', () => {
  const parts = `CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY LIST (id); CREATE TABLE leaf PARTITION OF parts DEFAULT;
    INSERT INTO parts VALUES (1, 1)`
  const publish = 'CREATE PUBLICATION p FOR TABLE parts (id) WITH (publish_via_partition_root = true)'

  test('with a list of columns for a partitioned table do not stop updates of its leaves', async () => {
    const lot = await lotOn(`${parts}; ${publish}`)
    await lot.rewind.push('test', 'setup')
    await lot.app.query('UPDATE parts SET n = 2; DELETE FROM leaf')
  })

  test('the same where the app publishes it meanwhile', async () => {
    const lot = await lotOn(parts)
    await lot.rewind.push('test', 'setup')
    await lot.app.query(publish)
    await lot.app.query('UPDATE parts SET n = 2; DELETE FROM leaf')
  })

  test('that get another table do not stop its updates', async () => {
    const lot = await lotOn(
      `CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1); CREATE PUBLICATION p`,
    )
    await lot.rewind.push('test', 'setup')
    await lot.app.query('ALTER PUBLICATION p ADD TABLE t (id)')
    await lot.app.query('UPDATE t SET n = 2; DELETE FROM t')
    expect(await lot.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: expect.stringContaining('ALTER PUBLICATION'),
    })
  })
})

test('a change of the schema works, and is noted, though what there is to say of it cannot be had', async () => {
  const lot = await lotOn(`CREATE SCHEMA many; DO $$ BEGIN FOR i IN 1..300 LOOP
    EXECUTE format('CREATE TABLE many.t%s (id int)', i); END LOOP; END $$`)
  await lot.rewind.push('test', 'setup')
  const app = await lot.connect('superuser')
  // The list of all that is dropped fits into no memory, and may go to no file.
  await app.query("SET work_mem = '64kB'; SET temp_file_limit = 0")
  await app.query('DROP SCHEMA many CASCADE')
  expect(await lot.rewind.pop()).toMatchObject({ how: 'replace', reason: 'the schema changed: DROP SCHEMA' })
})

describe('tables that set-up makes', () => {
  const make = 'CREATE TABLE made (id int PRIMARY KEY, n int)'

  test("stay as they are where someone's lock is in the way, and call for a clone when they change", async () => {
    const lot = await lotOn('CREATE TABLE t (id int PRIMARY KEY)')
    await lot.app.query(make)
    const reader = await lot.connect()
    await reader.query('BEGIN; SELECT FROM made')
    await lot.rewind.push('test', 'setup')
    await lot.app.query('INSERT INTO t VALUES (1)')
    expect(await lot.rewind.pop()).toMatchObject({ how: 'undone', rows: 1 })
    await lot.rewind.push('test', 'nothing')
    await lot.app.query('INSERT INTO made VALUES (1, 1)')
    expect(await lot.rewind.pop()).toMatchObject({
      how: 'replace',
      reason: 'the log does not show the old rows of public.made',
    })
  })
})

test('a sequence that set-up leaves locked is waited for, and named with who has it', async () => {
  const lot = await lab.lot(await lab.template('CREATE SEQUENCE s'), { lockedWithin: 300 })
  onTestFinished(() => lot.end())
  const locker = await lot.connect('owner', 'locker')
  await locker.query('BEGIN; DROP SEQUENCE s')
  const error: unknown = await lot.rewind.push('test', 'setup').catch((error: unknown) => error)
  expect(error).toMatchInlineSnapshot(`
    [BacklotError: sequences stayed locked for 300 ms at a boundary between tests [BACKLOT_TIMEOUT]
      → commit or roll back what set-up has begun
    idle in transaction: BEGIN; DROP SEQUENCE s (locker)]
  `)
  expect(error).toMatchObject({ details: 'idle in transaction: BEGIN; DROP SEQUENCE s (locker)' })
  await locker.query('ROLLBACK')
  await lot.rewind.push('test', 'setup')
  expect(lot.rewind.depth()).toBe(1)
})
