import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type Connection, prefix } from '../contract.ts'
import { openSession } from '../feed/index.ts'
import { sessionConfig } from '../feed/session.ts'

/** Longest name that Postgres keeps (NAMEDATALEN - 1). */
const longestName = 63

/**
 * A name of Backlot's own that nobody else has: `backlot_l_3f9c2a7104d8`.
 *
 * @param scope see `TemplateContext.scope`
 */
export function uniqueName(kind: string, scope: string): string {
  return `${prefix}${kind}_${scope}${randomBytes(6).toString('hex')}`
}

/** A name of Backlot's own for something that is known by a text, cut to what Postgres keeps. */
export function namedAfter(kind: string, text: string): string {
  return `${prefix}${kind}_${text}`.slice(0, longestName)
}

/** An identifier for SQL text, in quotes: `a"b` becomes `"a""b"`. Whatever a user or a catalog named goes through here. */
export const quoteName = (name: string): string => pg.escapeIdentifier(name)

/** A literal for SQL text, for statements that take no parameters (`CREATE ROLE ... PASSWORD`). */
export const quoteText = (text: string): string => pg.escapeLiteral(text)

/** Sessions for the work of an instance: making a clone for one lease does not hold up another. */
const adminSessions = 4

/** Opens the sessions on which an instance works, as they are needed. */
export function openAdmin(connection: Connection): pg.Pool {
  const pool = new pg.Pool({
    ...sessionConfig(connection, { purpose: 'admin' }),
    max: adminSessions,
    idleTimeoutMillis: 60_000,
    allowExitOnIdle: true,
  })
  pool.on('error', () => {})
  return pool
}

/** Runs a task on a session of Backlot's own and ends the session. */
export async function withSession<T>(connection: Connection, task: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openSession(connection, { purpose: 'admin' })
  try {
    return await task(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** The same connection to another database. */
export function onDatabase(connection: Connection, database: string): Connection {
  return { ...connection, database }
}

/** `postgresql://` URL of a connection; a socket folder goes into the query, where clients expect it. */
export function connectionUrl({ host, port, user, password, database }: Connection): string {
  const socket = host.startsWith('/')
  const url = new URL(`postgresql://${socket ? 'localhost' : host}:${port}/${encodeURIComponent(database)}`)
  url.username = encodeURIComponent(user)
  url.password = encodeURIComponent(password)
  if (socket) url.searchParams.set('host', host)
  return url.href
}
