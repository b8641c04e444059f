import type { PostgresHandle } from 'backlot/postgres'
import { vi } from 'vitest'

/** Resolves once so many of Plant's sessions wait for a lock, which Postgres tells nobody by itself. */
export async function untilBlocked({ sql }: Pick<PostgresHandle, 'sql'>, sessions: number): Promise<void> {
  const look = async (): Promise<void> => {
    const [row] = await sql<{ blocked: number }>`
      select count(*)::int as blocked from pg_stat_activity
      where datname = current_database() and application_name = 'plant' and cardinality(pg_blocking_pids(pid)) > 0`
    if (row?.blocked !== sessions) throw new Error(`${row?.blocked} of ${sessions} sessions wait for a lock`)
  }
  await vi.waitFor(look, { timeout: 5_000, interval: 2 })
}
