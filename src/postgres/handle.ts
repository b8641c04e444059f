import type { Isolation, Json, LeaseClient, OpenService, ServiceContext } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import { type ChangesOptions, type RowChanges, readRowChanges } from './changes.ts'
import { type LazyClient, lazyClient, printingOptions } from './client.ts'
import { type LeaseInfo, ownApplicationName } from './contract.ts'
import { connectionOf, readLeaseInfo } from './lease-info.ts'
import { type TableProbe, tableProbe } from './matchers/table.ts'
import type { PostgresOptions } from './options.ts'
import { attachParts, type HandleParts } from './parts.ts'
import { type ProbeSource, probeSource } from './probe/source.ts'
import type { AnyDatabase, RowOf, TableName } from './row-types.ts'
import { readSchema, type Schema, type SchemaOptions } from './schema/snapshot.ts'
import { type AsOptions, createRoleSessions, type RoleName, type RoleSession } from './security/role-sessions.ts'
import { openSession, type Session, type SessionControl } from './session/session.ts'
import { createSql, type DatabaseSql, openSql, type SqlConnection } from './sql.ts'
import { summarise } from './summary.ts'
import { enterMark, leaveMark } from './until-mark.ts'

/**
 * What tests and the app function see of a Postgres service.
 *
 * @typeParam Database a Kysely-style interface of the tables; without it any table and column is allowed
 */
export interface PostgresHandle<Database = AnyDatabase> {
  /** `postgresql://` URL for the app, in the role of `connectAs`. */
  readonly url: string
  /** The same for the role that owns the schema. */
  readonly ownerUrl: string
  /** The isolation in force. */
  readonly isolation: Isolation
  /** Runs SQL as the owner of the schema. What it writes belongs to the test and is undone with it. */
  readonly sql: DatabaseSql
  /**
   * SQL under a role with settings, as row-level security sees it: `'app'` and `'owner'` are Backlot's roles, any other is a role of
   * the server. Where the app is a member of that role, the session is the app's, switched to it (`SET ROLE`, as PostgREST does);
   * otherwise it is as if the role had logged in. It connects when it is first used.
   *
   * @throws BacklotError `BACKLOT_USAGE` under isolation `transaction`, for claims that are no settings, and (by the first statement)
   *   for a role that does not exist; `BACKLOT_RIGHTS_MISSING` on a server that does not let Backlot become it
   * @example
   * ```ts
   * const genesis = db.as('app', { claims: { 'app.current_agent_id': 'genesis' } })
   * expect(await genesis`SELECT id FROM agent_entity`).toEqual([{ id: 'genesis' }])
   * const user = db.as('authenticated', { claims: { 'request.jwt.claims': { sub: '7' } } })
   * ```
   */
  as(role: RoleName, options?: AsOptions): RoleSession
  /** A table to assert on: `'users'`, `'schema.users'`, `'"Quoted Name"'`, `['schema', 'table']`; views too. */
  table<const Name extends TableName<Database>>(name: Name): TableProbe<RowOf<Database, Name>>
  /**
   * The schema as a plain value, for snapshots and to compare two databases: tables, constraints, indexes, views, types,
   * functions, triggers, policies, extensions, rights.
   *
   * @throws BacklotError `BACKLOT_TABLE_NOT_FOUND` for a schema that is not there
   */
  schema(options?: SchemaOptions): Promise<Schema>
  /**
   * What the test changed so far, in order; values are the text that Postgres printed, and `before` and `after` have every column.
   * The first 1,000 changes are kept, up to 1 MB of them. Empty where there is no feed: under another isolation than `rewind`.
   *
   * @throws BacklotError `BACKLOT_USAGE` where the test made more than are kept, unless `partial` says that the first will do: then
   *   `omitted` of the array says how many came after them
   * @example
   * ```ts
   * const [placed] = await db.changes()
   * expect(placed).toMatchObject({ table: 'public.orders', kind: 'insert', after: { status: 'new' } })
   * ```
   */
  changes(options?: ChangesOptions): Promise<RowChanges>
  /**
   * The session of isolation `transaction`, to hand to the code under test in place of its pool.
   *
   * @throws BacklotError `BACKLOT_USAGE` under another isolation
   */
  readonly session: Session
}

/** A connection that goes to the session: what it sees is what the test has written so far, uncommitted. */
function sessionClient(session: SessionControl): LazyClient {
  return {
    use: (work) => session.run(work),
    move: async () => {},
    drop: () => {},
    close: async () => {},
  }
}

function noTransactions(): Promise<never> {
  return Promise.reject(
    new BacklotError(
      'BACKLOT_USAGE',
      'sql.begin needs a connection of its own; under isolation transaction there is one session',
      {
        hint: "use isolation 'rewind' for this file, or BEGIN on db.session",
      },
    ),
  )
}

/** How the parts of a handle reach the database under one kind of isolation. */
interface Access {
  readonly source: ProbeSource
  readonly sql: DatabaseSql
  readonly session: SessionControl | undefined
  move(info: LeaseInfo): Promise<void>
  close(): Promise<void>
}

function sharedAccess(info: LeaseInfo, lease: LeaseClient): Access {
  const observer = lazyClient(info.observer, {
    applicationName: `${ownApplicationName}probe`,
    options: printingOptions,
  })
  const own: SqlConnection = openSql(info.owner)
  const source = probeSource(observer, lease, info.isolation === 'rewind')
  return {
    source,
    sql: own.sql,
    session: undefined,
    async move(next) {
      source.forget()
      await Promise.all([observer.move(next.observer), own.move(next.owner)])
    },
    async close() {
      await Promise.all([observer.close(), own.close()])
    },
  }
}

function sessionAccess(info: LeaseInfo, lease: LeaseClient): Access {
  const session = openSession(connectionOf(info.url))
  const told = probeSource(sessionClient(session), lease, true)
  return {
    source: { ...told, subscribe: (listener) => session.onStatement(() => listener({ touched: [] })) },
    sql: Object.assign(
      createSql((statement) => session.session.query(statement)),
      { begin: noTransactions },
    ),
    session,
    move: async () => {},
    close: () => session.close(),
  }
}

/** Opens the client side of a lease. */
export async function openHandle<Database>(
  lease: LeaseClient,
  context: ServiceContext,
  options: PostgresOptions,
): Promise<OpenService<PostgresHandle<Database>>> {
  let info = readLeaseInfo(lease.info)
  const access = info.isolation === 'transaction' ? sessionAccess(info, lease) : sharedAccess(info, lease)
  const { source, session } = access
  const parts: HandleParts = { info: () => info, lease, source, options, context }
  const roleSessions = createRoleSessions(parts)
  const handle = attachParts<PostgresHandle<Database>>(
    {
      get url() {
        return info.url
      },
      get ownerUrl() {
        return info.ownerUrl
      },
      get isolation() {
        return info.isolation
      },
      sql: access.sql,
      as: (role, asOptions) => roleSessions.as(role, asOptions),
      table: (name) => attachParts(tableProbe(source, name), { ...parts, table: name }),
      schema: (of) => readSchema(source.run, of),
      changes: async (how) => readRowChanges(await source.changes(), how),
      get session() {
        if (session !== undefined) return session.session
        throw new BacklotError('BACKLOT_USAGE', `${context.name}.session exists under isolation transaction alone`, {
          hint: `this lease has isolation ${info.isolation}: hand ${context.name}.url to the app, or choose isolation: 'transaction'`,
        })
      },
    },
    parts,
  )
  return {
    handle,
    async moved(next: Json) {
      info = readLeaseInfo(next)
      await Promise.all([access.move(info), roleSessions.move()])
    },
    notices: info.reason === undefined ? [] : [`${context.name}: ${info.reason}`],
    summary: async () => summarise(context.name, await source.changes()),
    async push() {
      enterMark()
      roleSessions.push()
      await session?.push()
    },
    async pop() {
      await leaveMark()
      await roleSessions.pop()
      await session?.pop()
    },
    async close() {
      await Promise.all([access.close(), roleSessions.close()])
    },
  }
}
