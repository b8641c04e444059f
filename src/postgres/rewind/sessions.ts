import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'
import { openSession } from '../feed/index.ts'

/** The two sessions of a rewind besides the feed's. */
export interface RewindSessions {
  /** Major version of the server. */
  readonly version: number
  /** Reads positions and sequences, writes markers, ends sessions. */
  readonly observer: Client
  /** Writes the undo: triggers and foreign keys asleep, its writes marked by an origin that the feed leaves out. */
  readonly undoer: Client
  end(): Promise<void>
}

/**
 * The undo waits for nobody's lock for longer than this, so that it is the undo that gives way and never a statement of
 * the app; under the server's `deadlock_timeout` (300 ms on servers of Backlot's own, 1 s by default).
 */
const lockTimeout = '200ms'

const observerSettings: Readonly<Record<string, string>> = { lock_timeout: lockTimeout }

const undoSettings: Readonly<Record<string, string>> = {
  lock_timeout: lockTimeout,
  // The undo finds a deadlock first, and is its victim; it also makes an autovacuum in its way give up early.
  deadlock_timeout: '10ms',
  // Whatever takes longer than this is replaced.
  statement_timeout: '60s',
  // What VACUUM says is read.
  lc_messages: 'C',
  session_replication_role: 'replica',
  // Rows are found by their key, however small the planner believes the table to be.
  enable_seqscan: 'off',
  // A prepared statement is planned once, not five times first.
  plan_cache_mode: 'force_generic_plan',
}

/** Opens the sessions and sets the origin up. */
export async function openRewindSessions(connection: Connection, origin: string): Promise<RewindSessions> {
  const observer = await openSession(connection, { purpose: 'rewind', settings: observerSettings })
  try {
    const version = await readVersion(observer)
    const undoer = await openSession(connection, {
      purpose: 'undo',
      settings: {
        ...undoSettings,
        ...(version >= 17 ? { event_triggers: 'off', transaction_timeout: '0' } : {}),
      },
    })
    try {
      await setUpOrigin(undoer, origin)
    } catch (error) {
      await undoer.end()
      throw error
    }
    return {
      version,
      observer,
      undoer,
      async end() {
        await dropOrigin(undoer, origin)
        await Promise.allSettled([observer.end(), undoer.end()])
      },
    }
  } catch (error) {
    await observer.end()
    throw error
  }
}

async function readVersion(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number; encoding: string }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int4 / 10000 AS version,
      pg_catalog.current_setting('server_encoding') AS encoding`,
  )
  const { version = 0, encoding = '' } = rows[0] ?? {}
  if (encoding === 'UTF8') return version
  throw new BacklotError('BACKLOT_ISOLATION_UNAVAILABLE', `a database in ${encoding} cannot be rewound`, {
    hint: "the change feed is read as UTF-8: use a server whose template databases are UTF8, or isolation: 'clone'",
  })
}

async function setUpOrigin(client: Client, origin: string): Promise<void> {
  try {
    await client.query(
      `SELECT pg_catalog.pg_replication_origin_create($1) WHERE pg_catalog.pg_replication_origin_oid($1) IS NULL`,
      [origin],
    )
    await client.query('SELECT pg_catalog.pg_replication_origin_session_setup($1)', [origin])
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new BacklotError('BACKLOT_ISOLATION_UNAVAILABLE', `no replication origin for an undo: ${message}`, {
      hint: 'raise max_active_replication_origins (before PostgreSQL 18: max_replication_slots) to the number of test workers and more',
      cause,
    })
  }
}

async function dropOrigin(client: Client, origin: string): Promise<void> {
  await client
    .query('SELECT pg_catalog.pg_replication_origin_session_reset()')
    .then(() => client.query('SELECT pg_catalog.pg_replication_origin_drop($1)', [origin]))
    // The server may be gone, and its origins with it.
    .catch(() => {})
}
