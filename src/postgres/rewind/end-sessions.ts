import type { Client } from 'pg'
import { terminateBackends } from '../terminate.ts'
import { foreignSessions } from './beneath.ts'

/** With which session others are ended, and who is asked before. */
export interface OutstandingOptions {
  readonly client: Client
  /** Awaited before sessions are ended: an in-process app must not crash of it. */
  readonly onSessionsEnding: () => Promise<void>
}

/**
 * Ends sessions.
 *
 * @returns pids that would not go
 */
export async function endSessions(options: OutstandingOptions, pids: readonly number[]): Promise<readonly number[]> {
  if (pids.length === 0) return []
  await options.onSessionsEnding()
  return terminateBackends(options.client, pids)
}

/** Ends all sessions of others on the database, whatever they are at. */
export async function endForeignSessions(options: OutstandingOptions): Promise<void> {
  const { rows } = await options.client.query<{ pid: number }>(`SELECT pid FROM ${foreignSessions}`)
  const pids = rows.map(({ pid }) => pid)
  await endSessions(options, pids)
}
