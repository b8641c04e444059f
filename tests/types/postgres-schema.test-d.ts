import { test } from 'vitest'
import { expectProbe } from '../../src/expect/index.ts'
import type { PostgresHandle } from '../../src/postgres/index.ts'

interface Database {
  users: { id: number; email: string; team_id: number }
}

declare const db: PostgresHandle<Database>
declare const anyDb: PostgresHandle
const users = expectProbe(db.table('users'))

test('columns of the interface are checked', async () => {
  await users.toHaveColumn('email', { type: 'text', nullable: false, default: null, timeout: '5 s' })
  await users.not.toHavePrimaryKey('id')
  await users.toHaveForeignKey(['team_id'], { references: 'teams', onDelete: 'cascade' })
  await users.toHaveUnique(['email', 'lower(email)'])
  await users.toHaveIndex({ columns: ['email desc', 'team_id', 'lower(email)'], include: ['id'] })
  // @ts-expect-error there is no such column
  await users.toHaveColumn('mail')
  // @ts-expect-error there is no such column
  await users.toHavePrimaryKey(['nr'])
  // @ts-expect-error there is no such column
  await users.toHaveUnique('mail')
  // @ts-expect-error there is no such column
  await users.toHaveIndex({ columns: ['mail desc'] })
  // @ts-expect-error there is no such action
  await users.toHaveForeignKey('team_id', { onDelete: 'delete' })
  // @ts-expect-error there is no such option
  await users.toHaveColumn('email', { typ: 'text' })
})

test('without an interface any column will do', async () => {
  await expectProbe(anyDb.table('anything')).toHaveColumn('whatever', { dimension: 384 })
  await expectProbe(anyDb.table('anything')).toHaveIndex({ columns: ['a', 'b desc'], operatorClass: 'vector_l2_ops' })
})
