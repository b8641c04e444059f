import type { Client } from 'pg'
import type { Leak } from '../../contracts/index.ts'
import { ownApplicationName } from '../contract.ts'

interface Session {
  readonly pid: number
  readonly what: string
}

/** One line for a person: `app (idle in transaction for 2 s): insert into ...`. */
function describe(row: { application: string; state: string; query: string }): string {
  const name = row.application === '' ? 'a session without application_name' : row.application
  return `${name}, ${row.state}: ${row.query.replace(/\s+/g, ' ').slice(0, 200)}`
}

async function openTransactions(client: Client, database: string): Promise<readonly Session[]> {
  const { rows } = await client.query<{ pid: number; application: string; state: string; query: string }>(
    `SELECT pid, application_name AS application, state, query FROM pg_stat_activity
     WHERE datname = $1 AND xact_start IS NOT NULL AND backend_type = 'client backend' AND NOT starts_with(application_name, $2)`,
    [database, ownApplicationName],
  )
  return rows.map((row) => ({ pid: row.pid, what: describe(row) }))
}

async function advisoryLocks(client: Client, database: string): Promise<readonly Session[]> {
  const { rows } = await client.query<{ pid: number; application: string; state: string; query: string }>(
    `SELECT DISTINCT a.pid, application_name AS application, state, query
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND a.datname = $1 AND NOT starts_with(application_name, $2)`,
    [database, ownApplicationName],
  )
  return rows.map((row) => ({ pid: row.pid, what: describe(row) }))
}

async function preparedTransactions(client: Client, database: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ gid: string }>('SELECT gid FROM pg_prepared_xacts WHERE database = $1', [
    database,
  ])
  return rows.map(({ gid }) => gid)
}

/** What is under way in a database, one line each; Backlot's own sessions left out. */
export async function inFlight(client: Client, database: string): Promise<readonly string[]> {
  return (await openTransactions(client, database)).map(({ what }) => `open transaction of ${what}`)
}

/** What outlived a test in a database that is about to be replaced or left as it is. Nothing is ended. */
export async function findLeftovers(client: Client, database: string): Promise<readonly Leak[]> {
  const transactions = await openTransactions(client, database)
  const locks = await advisoryLocks(client, database)
  const prepared = await preparedTransactions(client, database)
  return [
    ...transactions.map(({ what }) => ({ kind: 'open transaction', what })),
    ...prepared.map((gid) => ({ kind: 'prepared transaction', what: gid })),
    ...locks.map(({ what }) => ({ kind: 'advisory lock', what })),
  ]
}

/** Ends what `findLeftovers` finds in the sessions of others: needed before a database can be dropped. */
export async function rollbackPrepared(client: Client, database: string): Promise<void> {
  for (const gid of await preparedTransactions(client, database)) {
    await client.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`)
  }
}
