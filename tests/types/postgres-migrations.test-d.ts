import { expectTypeOf, test } from 'vitest'
import { expectProbe } from '../../src/expect/index.ts'
import { type MigrationWalk, migrations, type PostgresHandle } from '../../src/postgres/index.ts'

declare const db: PostgresHandle<{ users: { id: number } }>
declare const walk: MigrationWalk

test('a walk is had of any handle, and takes steps', async () => {
  expectTypeOf(migrations(db)).resolves.toEqualTypeOf<MigrationWalk>()
  await migrations(db, { steps: [{ name: '1', up: 'x.sql', down: ({ sql }) => sql`DROP TABLE x` }] })
  // @ts-expect-error a step needs what it does
  await migrations(db, { steps: [{ name: '1' }] })
})

test('tables of a walk are those of its point, not of the interface', async () => {
  await expectProbe(walk.table('gone')).toHaveColumn('anything')
})

test('versions of the code keep their names', async () => {
  const report = await walk.sideBySide({ old: (sql) => sql`SELECT 1`, new: () => {} })
  expectTypeOf(report['001']).toEqualTypeOf<Readonly<Record<'old' | 'new', string>> | undefined>()
})

test('checks take their own options', async () => {
  const probe = expectProbe(walk)
  await probe.toApplyToPopulated({ seed: (sql, step) => sql`INSERT INTO log VALUES (${step})`, keepRows: true })
  await probe.not.toHoldUp('reads', { except: ['001'] })
  // @ts-expect-error nobody else waits
  await probe.toHoldUp('everything')
  // @ts-expect-error no rows are looked at
  await probe.toBeReversible({ keepRows: true })
})
