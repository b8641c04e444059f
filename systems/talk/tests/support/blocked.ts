import { Client } from 'pg'
import { vi } from 'vitest'

/**
 * Holds a lock while other sessions queue up behind it, so that what happens at the same moment does so every time.
 *
 * @param url of the database
 * @param lock statement that takes it: `select ... for update`
 * @param waiting how many sessions have to stand in the queue before the lock is let go
 * @param work begins what has to wait; it is not awaited
 * @returns what `work` came to, settled
 */
export async function atTheSameMoment<Result>(
  url: string,
  lock: { readonly text: string; readonly values: readonly unknown[] },
  waiting: number,
  work: () => readonly Promise<Result>[],
): Promise<PromiseSettledResult<Result>[]> {
  const holder = new Client({ connectionString: url, application_name: 'holder of a lock' })
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query(lock.text, [...lock.values])
    const results = Promise.allSettled(work())
    try {
      await vi.waitFor(() => assertBlocked(holder, waiting), { timeout: 5_000, interval: 5 })
    } finally {
      await holder.query('commit')
      await results
    }
    return await results
  } finally {
    await holder.end()
  }
}

async function assertBlocked(holder: Client, waiting: number): Promise<void> {
  // Within a transaction Postgres would go on showing what it showed at first.
  await holder.query('select pg_stat_clear_snapshot()')
  const { rows } = await holder.query<{ blocked: number }>(
    `select count(*)::int as blocked from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and application_name = 'talk'`,
  )
  const blocked = rows[0]?.blocked ?? 0
  if (blocked < waiting) throw new Error(`${blocked} of ${waiting} sessions wait for the lock`)
}
