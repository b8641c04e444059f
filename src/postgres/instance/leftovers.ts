import type { Pool } from 'pg'
import type { Leak } from '../../contracts/index.ts'
import { type Connection, ownApplicationName } from '../contract.ts'
import { describeSession } from '../rewind/index.ts'
import { quoteText, withSession } from './admin.ts'

interface Session {
  readonly pid: number
  readonly what: string
}

async function openTransactions(admin: Pool, database: string): Promise<readonly Session[]> {
  const { rows } = await admin.query<{ pid: number; application: string; state: string; query: string }>(
    `SELECT pid, application_name AS application, state, query FROM pg_stat_activity
     WHERE datname = $1 AND xact_start IS NOT NULL AND backend_type = 'client backend' AND NOT starts_with(application_name, $2)`,
    [database, ownApplicationName],
  )
  return rows.map((row) => ({ pid: row.pid, what: describeSession(row) }))
}

async function advisoryLocks(admin: Pool, database: string): Promise<readonly Session[]> {
  const { rows } = await admin.query<{ pid: number; application: string; state: string; query: string }>(
    `SELECT DISTINCT a.pid, application_name AS application, state, query
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND a.datname = $1 AND NOT starts_with(application_name, $2)`,
    [database, ownApplicationName],
  )
  return rows.map((row) => ({ pid: row.pid, what: describeSession(row) }))
}

async function preparedTransactions(admin: Pool, database: string): Promise<readonly string[]> {
  const { rows } = await admin.query<{ gid: string }>('SELECT gid FROM pg_prepared_xacts WHERE database = $1', [
    database,
  ])
  return rows.map(({ gid }) => gid)
}

/** What is under way in a database, one line each; Backlot's own sessions left out. */
export async function inFlight(admin: Pool, database: string): Promise<readonly string[]> {
  return (await openTransactions(admin, database)).map(({ what }) => what)
}

/** What outlived a test in a database that is about to be replaced or left as it is. Nothing is ended. */
export async function findLeftovers(admin: Pool, database: string): Promise<readonly Leak[]> {
  const transactions = await openTransactions(admin, database)
  const locks = await advisoryLocks(admin, database)
  const prepared = await preparedTransactions(admin, database)
  return [
    ...transactions.map(({ what }) => ({ kind: 'open transaction', what })),
    ...prepared.map((gid) => ({ kind: 'prepared transaction', what: gid })),
    ...locks.map(({ what }) => ({ kind: 'advisory lock', what })),
  ]
}

/**
 * Rolls back the prepared transactions of a database: they stand in the way of copying or dropping it, and hold up every
 * new slot of the server.
 *
 * @param connection Backlot's own, to that database: a prepared transaction is ended from where it was made
 */
export async function rollbackPrepared(admin: Pool, connection: Connection): Promise<void> {
  const prepared = await preparedTransactions(admin, connection.database)
  if (prepared.length === 0) return
  await withSession(connection, async (client) => {
    for (const gid of prepared) await client.query(`ROLLBACK PREPARED ${quoteText(gid)}`)
  })
}
