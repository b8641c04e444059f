/** The examples of docs/migrations.md. */
import { afterAll, beforeAll, test } from 'vitest'
import { migrations } from '../../../src/postgres/index.ts'
import { createExpect } from '../../../src/vitest/expect.ts'
import { type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'
import { filesIn } from './support.ts'

const expect = createExpect({})

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

const files = {
  '001_users.up.sql': 'CREATE TABLE users (id int PRIMARY KEY, name text)',
  '001_users.down.sql': 'DROP TABLE users',
  '002_full_name.up.sql': 'ALTER TABLE users ADD full_name text; UPDATE users SET full_name = name',
  '002_full_name.down.sql': 'ALTER TABLE users DROP full_name',
  '003_drop_name.up.sql': 'ALTER TABLE users DROP name',
  '003_drop_name.down.sql': 'ALTER TABLE users ADD name text',
}

test('a walk', async () => {
  const { db, close } = await openSeat(lab, '', { migrate: await filesIn(lab, files) })
  // #region walk
  await using walk = await migrations(db)
  await walk.upTo('001')
  await walk.sql`INSERT INTO users VALUES (1, 'Ada')`

  await walk.upTo('002_full_name')
  await expect(walk.table('users')).toHaveColumn('full_name', { type: 'text' })
  await expect(walk.table('users')).toHaveRow({ id: 1, full_name: 'Ada' })

  await walk.down()
  await expect(walk.table('users')).not.toHaveColumn('full_name')
  // #endregion
  await close()
})

test('the end of a walk is the schema of the tests', async () => {
  const { db, close } = await openSeat(lab, '', { migrate: await filesIn(lab, files) })
  // #region schema
  await using walk = await migrations(db)
  await walk.all()
  expect(await walk.schema()).toEqual(await db.schema())
  // #endregion
  await close()
})

test('checks', async () => {
  const { db, close } = await openSeat(lab, '', { migrate: await filesIn(lab, files) })
  // #region checks
  await using walk = await migrations(db)
  await expect(walk).toBeReversible()
  await expect(walk).toApplyToPopulated({ keepRows: true })
  await expect(walk).toBeRepeatable({ except: ['001', '002', '003'] })
  // #endregion

  // #region locks
  await expect(walk).not.toHoldUp('reads', { except: ['002', '003'] })
  const [first] = (await walk.locks()).filter(({ step }) => step === '003_drop_name')
  expect(first).toMatchObject({
    statement: 'ALTER TABLE users DROP name',
    locks: [{ table: 'users', mode: 'ACCESS EXCLUSIVE' }],
    heldUp: [
      { table: 'users', access: 'reads' },
      { table: 'users', access: 'writes' },
    ],
  })
  // #endregion

  // #region side-by-side
  const report = await walk.sideBySide({
    old: (sql) => sql`SELECT name FROM users`,
    new: (sql) => sql`SELECT full_name FROM users`,
  })
  expect(report).toEqual({
    '001_users': { old: 'works', new: 'column "full_name" does not exist' },
    '002_full_name': { old: 'works', new: 'works' },
    '003_drop_name': { old: 'column "name" does not exist', new: 'works' },
  })
  // #endregion
  await close()
})

test('steps', async () => {
  const { db, close } = await openSeat(lab, 'CREATE TABLE users (id int)')
  // #region steps
  await using walk = await migrations(db, {
    steps: [
      {
        name: '001_users',
        up: ({ sql }) => sql`CREATE TABLE users (id int)`,
        down: ({ sql }) => sql`DROP TABLE users`,
      },
      { name: '002_names', up: ({ sql }) => sql`ALTER TABLE users ADD name text` },
    ],
  })
  await expect(walk).toBeReversible({ only: ['001'] })
  // #endregion
  await close()
})
