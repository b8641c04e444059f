import type { Client } from 'pg'
import { ownApplicationName } from './contract.ts'

/** A session of the server, as it shows itself at one moment. */
export interface Activity {
  readonly pid: number
  readonly user: string
  readonly application: string
  /** `active`, `idle`, `idle in transaction`, `idle in transaction (aborted)`. */
  readonly state: string
  /** What it runs, or ran last. */
  readonly query: string
  /** Milliseconds since it is in this state. */
  readonly sinceMs: number
  /** Processes that it waits for. */
  readonly waitsFor: readonly number[]
}

/**
 * Sessions of the connection's own database, oldest first; Backlot's own and server processes are left out.
 *
 * @param pids only these. Default: all
 */
export async function readActivity(client: Client, pids?: readonly number[]): Promise<readonly Activity[]> {
  const { rows } = await client.query<Activity>({
    text: `SELECT pid, coalesce(usename, '') AS user, application_name AS application, coalesce(state, 'unknown') AS state,
        coalesce(query, '') AS query, pg_blocking_pids(pid) AS "waitsFor",
        coalesce(extract(epoch FROM clock_timestamp() - state_change) * 1000, 0)::float8 AS "sinceMs"
      FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND NOT starts_with(application_name, $1) AND ($2::int[] IS NULL OR pid = ANY ($2))
      ORDER BY backend_start, pid`,
    values: [ownApplicationName, pids ?? null],
  })
  return rows
}

/** A statement on one line, cut if it is long. */
export function oneLine(statement: string, most = 120): string {
  const text = statement.replaceAll(/\s+/g, ' ').trim()
  if (text === '') return '(no statement yet)'
  return text.length > most ? `${text.slice(0, most)}…` : text
}
