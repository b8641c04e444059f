import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { foreignSessions } from './beneath.ts'

/** With which session others are ended, and who is asked before. */
export interface OutstandingOptions {
  readonly client: Client
  /** Awaited before sessions are ended: an in-process app must not crash of it. */
  readonly onSessionsEnding: () => Promise<void>
}

/** How long a session may take to go once it was told to, in milliseconds. */
const endWithin = 5000

/**
 * Ends sessions. Without `pg_terminate_backend`'s own waiting, which looks only every 100 ms.
 *
 * @returns pids that would not go
 */
export async function endSessions(options: OutstandingOptions, pids: readonly number[]): Promise<readonly number[]> {
  if (pids.length === 0) return []
  await options.onSessionsEnding()
  const { client } = options
  await client.query('SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.unnest($1::int[]) AS pid', [pids])
  const end = performance.now() + endWithin
  for (let wait = 1; ; wait = Math.min(wait * 2, 16)) {
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_catalog.pg_stat_get_activity(NULL) WHERE pid = ANY($1::int[])',
      [pids],
    )
    if (rows.length === 0) return []
    if (performance.now() > end) return rows.map(({ pid }) => pid)
    await pause(wait)
  }
}

/** Ends all sessions of others on the database, whatever they are at. */
export async function endForeignSessions(options: OutstandingOptions): Promise<void> {
  const { rows } = await options.client.query<{ pid: number }>(`SELECT pid FROM ${foreignSessions}`)
  const pids = rows.map(({ pid }) => pid)
  await endSessions(options, pids)
}
