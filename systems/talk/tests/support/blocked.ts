import type { Sql } from 'backlot/postgres'
import { vi } from 'vitest'

/** What holds the lock: `db` of a test. */
export interface LockHolder {
  readonly sql: { begin<T>(work: (sql: Sql) => Promise<T>): Promise<T> }
}

/**
 * Holds a lock while talk's sessions queue up behind it, so that what happens at the same moment does so every time.
 *
 * @param lock takes it in a transaction: `select ... for update`. The transaction is committed once the queue stands
 * @param waiting how many sessions have to stand in the queue
 * @param work begins what has to wait
 * @returns what `work` came to, settled
 */
export async function atTheSameMoment<Result>(
  { sql: { begin } }: LockHolder,
  lock: (sql: Sql) => Promise<unknown>,
  waiting: number,
  work: () => readonly Promise<Result>[],
): Promise<PromiseSettledResult<Result>[]> {
  let results: Promise<PromiseSettledResult<Result>[]> = Promise.resolve([])
  try {
    await begin(async (sql) => {
      await lock(sql)
      results = Promise.allSettled(work())
      await vi.waitFor(() => assertBlocked(sql, waiting), { timeout: 5_000, interval: 5 })
    })
  } finally {
    // Also when the queue never stood: nothing of it goes on after the test.
    await results
  }
  return await results
}

async function assertBlocked(sql: Sql, waiting: number): Promise<void> {
  // Within a transaction Postgres would go on showing the sessions that it showed at first.
  await sql`select pg_stat_clear_snapshot()`
  const [row] = await sql<{ blocked: number }>`
    select count(distinct lock.pid)::int as blocked
    from pg_locks lock join pg_stat_activity session on session.pid = lock.pid
    where not lock.granted and session.datname = current_database() and session.application_name = 'talk'`
  const blocked = row?.blocked ?? 0
  if (blocked < waiting) throw new Error(`${blocked} of ${waiting} sessions wait for the lock`)
}
