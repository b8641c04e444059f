import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { migrations } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat } from '../postgres-probes/lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

test.for(['rewind', 'clone', 'transaction', 'none'] as const)(
  'the schema is seen under isolation %s',
  async (isolation) => {
    const seat = await openSeat(lab, 'CREATE TABLE users (id int PRIMARY KEY, name text)', { isolation })
    try {
      await seat.push()
      const users = expectProbe(seat.db.table('users'))
      await users.toHaveColumn('name', { type: 'text' })
      await users.toHavePrimaryKey('id', { timeout: 50 })
      expect(await failureOf(users.toHaveColumn('nam', { timeout: 50 }))).toContain('Did you mean name?')
      expect((await seat.db.schema()).tables?.users?.columns).toEqual({ id: 'integer not null', name: 'text' })
      const walk = await migrations(seat.db, { steps: [{ name: '1', up: ({ sql }) => sql`CREATE TABLE a ()` }] })
      await walk.all()
      expect(Object.keys((await walk.schema()).tables ?? {})).toEqual(['a'])
      await walk.close()
    } finally {
      await seat.close()
    }
  },
)

test('what a test changed is seen, and is gone with it', async () => {
  const seat = await openSeat(lab, 'CREATE TABLE users (id int)')
  try {
    const before = await seat.db.schema()
    await seat.push()
    await seat.db.sql`ALTER TABLE users ADD name text`
    await expectProbe(seat.db.table('users')).toHaveColumn('name')
    await seat.pop()
    await expectProbe(seat.db.table('users')).not.toHaveColumn('name')
    expect(await seat.db.schema()).toEqual(before)
  } finally {
    await seat.close()
  }
})

test('a walk that nobody closes goes with its test', async () => {
  const seat = await openSeat(lab, '')
  try {
    await seat.push()
    const walk = await migrations(seat.db, { steps: [] })
    const [row] = await walk.sql<{ name: string }>`SELECT current_database() AS name`
    const there = async () => (await seat.db.sql`SELECT FROM pg_database WHERE datname = ${row?.name}`).length
    expect(await there()).toBe(1)
    await seat.pop()
    expect(await there()).toBe(0)
    await walk.close()
  } finally {
    await seat.close()
  }
})
