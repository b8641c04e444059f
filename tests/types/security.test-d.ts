import { expectTypeOf, test } from 'vitest'
import { expectProbe } from '../../src/expect/index.ts'
import {
  type Access,
  accessMatrix,
  appendOnly,
  hashChain,
  mutatePolicies,
  type PostgresHandle,
  type RoleSession,
  vectors,
} from '../../src/postgres/index.ts'

interface Database {
  notes: { id: number; agent: string; body: string | null; hash: string; previous: string | null; embedding: string }
}

declare const db: PostgresHandle<Database>
declare const anyDb: PostgresHandle
const notes = db.table('notes')

test('a session under a role is SQL', () => {
  expectTypeOf(
    db.as('app', { claims: { 'app.agent': 'genesis', 'request.jwt.claims': { sub: 7 } } }),
  ).toEqualTypeOf<RoleSession>()
  expectTypeOf(db.as('anon')<{ id: number }>`SELECT 1 AS id`).resolves.toExtend<readonly { id: number }[]>()
  // @ts-expect-error a setting has a value
  db.as('app', { claims: { 'app.agent': undefined } })
})

test('an access matrix knows its roles and columns', async () => {
  const matrix = await accessMatrix(notes, {
    roles: { genesis: { as: 'app' }, anon: {} },
    own: (role) => {
      expectTypeOf(role).toEqualTypeOf<'genesis' | 'anon'>()
      return { agent: role }
    },
    foreign: { agent: 'other', body: null },
    update: { body: 'x' },
  })
  expectTypeOf(matrix.access.genesis.own.select).toEqualTypeOf<Access>()
  await expectProbe(matrix).toGrant({ genesis: { own: ['select', 'delete'] } })
  // @ts-expect-error there is no such role
  await expectProbe(matrix).toGrant({ nobody: {} })
  // @ts-expect-error there is no such operation
  await expectProbe(matrix).toGrant({ anon: { own: ['truncate'] } })
  // @ts-expect-error there is no such column
  await accessMatrix(notes, { roles: { anon: {} }, own: { agnet: 'x' }, foreign: {} })
  await accessMatrix(anyDb.table('whatever'), { roles: { anon: {} }, own: { a: 1 }, foreign: { b: 2 } })
})

test('mutated policies come with a typed copy', async () => {
  const mutation = await mutatePolicies(db, async (copy) => {
    await expectProbe(copy.table('notes')).toHaveRow({ agent: 'x' })
    // @ts-expect-error there is no such table
    copy.table('note')
    await copy.as('anon')`SELECT 1`
  })
  expectTypeOf(mutation.survived[0]?.policy).toEqualTypeOf<string | undefined>()
  await expectProbe(mutation).toHaveNoSurvivors({ except: ['a'] })
})

test('a chain knows its columns, and gives rows as text', () => {
  hashChain({
    table: notes,
    order: 'id',
    hash: 'hash',
    previous: 'previous',
    payload: (row) => {
      expectTypeOf(row.id).toEqualTypeOf<string | null>()
      return `${row.agent}`
    },
  })
  // @ts-expect-error there is no such column
  hashChain({ table: notes, order: 'ids', hash: 'hash', previous: 'previous', payload: () => '' })
  // @ts-expect-error a payload is text or bytes
  hashChain({ table: notes, order: 'id', hash: 'hash', previous: 'previous', payload: () => 5 })
  hashChain({ table: anyDb.table('x'), order: 'a', hash: 'b', previous: 'c', payload: ({ d }) => d ?? '' })
})

test('append-only and vectors know their columns', async () => {
  await expectProbe(appendOnly(notes, { except: ['body'] })).toRefuseChanges({ timeout: '1 s' })
  // @ts-expect-error there is no such column
  appendOnly(notes, { except: ['status'] })
  const near = expectProbe(vectors(notes, { column: 'embedding', distance: 'inner product' }))
  await near.toBeNearest(new Float32Array(3), [{ agent: 'x' }], { distances: [1], within: 0.1, using: 'i', timeout: 5 })
  await near.toHaveRecall(10, 0.9, [[1, 2], '[1,2]'])
  // @ts-expect-error there is no such column
  await near.toBeNearest([1], [{ agnet: 'x' }])
  // @ts-expect-error there is no such distance
  vectors(notes, { column: 'embedding', distance: 'euclidean' })
})
