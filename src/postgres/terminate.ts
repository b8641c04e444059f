import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'

/** How long a backend may take to go once it was told to, in milliseconds. */
const endWithin = 5000

/**
 * Ends backends and waits until they have gone. Without `pg_terminate_backend`'s own waiting, which looks only every 100 ms.
 *
 * @param client a session of a superuser, or of the backends' own role
 * @returns pids that would not go
 */
export async function terminateBackends(client: Client, pids: readonly number[]): Promise<readonly number[]> {
  if (pids.length === 0) return []
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
