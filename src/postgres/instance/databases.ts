import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { quoteName } from './admin.ts'

/** SQLSTATE 55006: another session is in the database. */
const objectInUse = '55006'
/** SQLSTATE 53100: the disk, or the tmpfs, is full. */
const diskFull = '53100'
const dropDeadlineMs = 10_000

function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * Copies a database.
 *
 * @param strategy `file_copy` makes two checkpoints and little log, `wal_log` the reverse; see ARCHITECTURE.md for what was measured
 * @throws BacklotError `BACKLOT_DISK_FULL` when the server has no room for it
 */
export async function cloneDatabase(
  admin: Pool,
  options: { from: string; to: string; owner: string; strategy: 'file_copy' | 'wal_log' },
): Promise<void> {
  const { from, to, owner, strategy } = options
  try {
    await admin.query(
      `CREATE DATABASE ${quoteName(to)} TEMPLATE ${quoteName(from)} OWNER ${quoteName(owner)} STRATEGY ${strategy}`,
    )
  } catch (error) {
    if (sqlState(error) !== diskFull) throw error
    throw new BacklotError('BACKLOT_DISK_FULL', 'the server has no room for a copy of the baseline', {
      hint: 'free space on the data folder (npx backlot status names it), or seed less',
      cause: error,
    })
  }
}

/**
 * Ends every session in a database and waits until they are gone: CREATE and DROP DATABASE look only every 100 ms whether
 * they are. Workers of autovacuum are ended by those commands themselves.
 */
export async function endSessions(admin: Pool, database: string): Promise<void> {
  const end = performance.now() + dropDeadlineMs
  for (let wait = 1; ; wait = Math.min(wait * 2, 16)) {
    const { rows } = await admin.query<{ told: boolean }>(
      `SELECT pg_terminate_backend(pid) AS told FROM pg_stat_activity
       WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'`,
      [database],
    )
    if (rows.length === 0 || performance.now() > end) return
    await pause(wait)
  }
}

/**
 * Runs what needs a database without sessions, ending those that there are until it works.
 *
 * @throws what `task` throws, if not "in use", or still in use at the deadline
 */
export async function whenUnused<T>(admin: Pool, database: string, task: () => Promise<T>): Promise<T> {
  const began = performance.now()
  for (;;) {
    await endSessions(admin, database)
    try {
      return await task()
    } catch (error) {
      if (sqlState(error) !== objectInUse || performance.now() - began > dropDeadlineMs) throw error
    }
  }
}

/** Drops a database of Backlot's own, with whoever is in it. */
export async function dropDatabase(admin: Pool, database: string): Promise<void> {
  const { rows } = await admin.query<{ template: boolean }>(
    'SELECT datistemplate AS template FROM pg_database WHERE datname = $1',
    [database],
  )
  const [found] = rows
  if (found === undefined) return
  if (found.template) await admin.query(`ALTER DATABASE ${quoteName(database)} IS_TEMPLATE false`)
  await whenUnused(admin, database, () => admin.query(`DROP DATABASE IF EXISTS ${quoteName(database)} WITH (FORCE)`))
}

/** A database of Backlot's own. One that is no template is a lease, a clone in store, or a kept copy. */
export interface DatabaseFacts {
  readonly name: string
  readonly isTemplate: boolean
}

/** Databases of Backlot's own on a server, oldest first. */
export async function ownDatabases(admin: Pool, namePrefix: string): Promise<readonly DatabaseFacts[]> {
  const { rows } = await admin.query<{ name: string; template: boolean }>(
    'SELECT datname AS name, datistemplate AS template FROM pg_database WHERE starts_with(datname, $1) ORDER BY oid',
    [namePrefix],
  )
  return rows.map(({ name, template }) => ({ name, isTemplate: template }))
}
