import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Isolation } from '../../../src/contracts/index.ts'
import { host } from '../../../src/postgres/host.ts'
import { accessMatrix } from '../../../src/postgres/index.ts'
import type { PostgresServer } from '../../../src/postgres/server/index.ts'
import { query } from '../postgres-instance/support.ts'
import { failureOf, openSeat, type Seat } from '../postgres-probes/lab.ts'
import { testContext, withServer } from '../support/postgres.ts'

let server: PostgresServer
let stop: () => Promise<void>
beforeAll(async () => {
  const started = await withServer()
  server = started.server
  stop = started.stop
  await asSuperuser(
    "CREATE ROLE maker LOGIN CREATEDB PASSWORD 'maker'; CREATE ROLE guest; CREATE ROLE stranger; GRANT guest TO maker",
  )
})
afterAll(() => stop?.())

function urlOf(user: string, password: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${server.tcp.port}/postgres`
}

function asSuperuser(sql: string): ReturnType<typeof query> {
  return query(urlOf(server.superuser.user, server.superuser.password), sql)
}

async function seatedBy(
  url: string,
  options: { readonly roles: readonly string[]; readonly isolation?: Isolation },
  work: (seat: Seat) => Promise<void>,
): Promise<void> {
  const { context, close } = await testContext()
  const instance = await host.start(context, { version: 18, durable: false, url })
  try {
    const seat = await openSeat({ instance, projectRoot: context.projectRoot }, 'CREATE TABLE t (a int)', options)
    await work(seat).finally(() => seat.close())
  } finally {
    await instance.stop()
    await close()
  }
}

async function whoIs({ db }: Seat, role: string): Promise<unknown> {
  const [row] = await db.as(role)<{
    now: string
    session: string
  }>`SELECT current_user::text AS now, session_user::text AS session`
  return [row?.now, row?.session.replace(/_[0-9a-f]{8}_[0-9a-f]{12}$/, '')]
}

test('on a server of others, roles are granted to the app and never made', async () => {
  const url = urlOf(server.superuser.user, server.superuser.password)
  await seatedBy(url, { roles: ['guest'] }, async (seat) => {
    expect(await whoIs(seat, 'guest')).toEqual(['guest', 'backlot_app'])
    expect(await whoIs(seat, 'stranger')).toEqual(['stranger', 'stranger'])
  })
  expect(await failureOf(seatedBy(url, { roles: ['guest', 'absent'] }, async () => {}))).toMatchInlineSnapshot(`
    "the role "absent" of option roles does not exist on this server [BACKLOT_BASELINE_FAILED]
      → CREATE ROLE "absent" NOLOGIN;"
  `)
  const left = await asSuperuser(
    "SELECT rolname FROM pg_roles WHERE rolname IN ('guest', 'absent') OR rolname LIKE 'backlot%'",
  )
  expect(left).toEqual([{ rolname: 'guest' }])
})

test('who is no superuser becomes the roles that it is a member of', async () => {
  await seatedBy(urlOf('maker', 'maker'), { roles: ['guest'], isolation: 'clone' }, async (seat) => {
    expect(await whoIs(seat, 'guest')).toEqual(['guest', 'maker'])
    expect(await failureOf(seat.db.as('stranger')`SELECT 1`)).toMatchInlineSnapshot(`
      "maker may not become "stranger" on this server [BACKLOT_RIGHTS_MISSING]
        → GRANT "stranger" TO "maker";"
    `)
    const tried = accessMatrix(seat.db.table('t'), { roles: { guest: {} }, own: { a: 1 }, foreign: { a: 2 } })
    expect(await failureOf(tried)).toMatchInlineSnapshot(`
      "accessMatrix puts rows in their place past the policies, as a superuser [BACKLOT_RIGHTS_MISSING]
        → ALTER ROLE "maker" SUPERUSER; or use a server of Backlot's own"
    `)
  })
})
