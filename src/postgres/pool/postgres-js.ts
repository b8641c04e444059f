import type { Connection } from '../contract.ts'
import type { PoolSource } from './contract.ts'
import { watchServerPool } from './server-pool.ts'

/** What is used of a `sql` of postgres.js. */
interface PostgresJs {
  readonly options: {
    readonly host: readonly string[]
    readonly port: readonly number[]
    readonly user: string
    readonly pass: unknown
    readonly database: string
    readonly max: number
    readonly connection: { readonly application_name?: unknown }
  }
}

/** Whether a value is a `sql` of postgres.js. */
export function isPostgresJs(value: unknown): value is PostgresJs {
  if (typeof value !== 'function' || !('options' in value) || !('unsafe' in value)) return false
  const { options } = value
  return typeof options === 'object' && options !== null && 'max' in options && 'database' in options
}

async function connectionOf({ options }: PostgresJs): Promise<Connection> {
  const { host, port, user, pass, database } = options
  const secret: unknown = typeof pass === 'function' ? await Reflect.apply(pass, undefined, []) : pass
  return {
    host: host[0] ?? 'localhost',
    port: port[0] ?? 5432,
    user,
    password: typeof secret === 'string' ? secret : '',
    database,
  }
}

/**
 * Watches postgres.js from the server's side: it has no events, and its queue cannot be seen. Sessions are told by role and
 * `application_name` (`postgres.js`, unless the options name another).
 */
export function watchPostgresJs(sql: PostgresJs): PoolSource {
  const { user, max, connection } = sql.options
  const application = String(connection.application_name ?? 'postgres.js')
  return watchServerPool({
    name: 'the pool of postgres.js',
    connection: () => connectionOf(sql),
    max,
    isOf: (session) => session.user === user && session.application === application,
  })
}
