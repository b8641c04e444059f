import type { Client } from 'pg'
import { type Activity, oneLine, readActivity } from '../activity.ts'
import { connect } from '../client.ts'
import { type LeaseInfo, ownApplicationName } from '../contract.ts'

/** Looks at who waits for whom, on a connection of its own. */
export interface Watcher {
  /** Of these backends, those that wait for a lock, with the backends that they wait for. */
  blockers(pids: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>>
  /** What these backends are at. */
  activity(pids: readonly number[]): Promise<readonly Activity[]>
  close(): Promise<void>
}

/** A backend that is none of the test's sessions, in one line. */
export function describeForeign({ pid, application, state, query }: Activity): string {
  const name = application === '' ? 'no application_name' : application
  return `pid ${pid} (${name}, ${state}: ${oneLine(query)})`
}

/** Opens a {@link Watcher}; it connects when it is first asked. */
export function openWatcher(info: LeaseInfo): Watcher {
  let opening: Promise<Client> | undefined
  const get = (): Promise<Client> => {
    opening ??= connect(info.observer, { applicationName: `${ownApplicationName}interleave` })
    return opening
  }
  return {
    async blockers(pids) {
      const client = await get()
      const { rows } = await client.query<{ pid: number; blockers: number[] }>({
        name: 'blockers',
        text: `SELECT pid, blockers
          FROM unnest($1::int[]) AS pid, LATERAL (SELECT pg_blocking_pids(pid) || pg_safe_snapshot_blocking_pids(pid)) AS of (blockers)
          WHERE cardinality(blockers) > 0`,
        values: [pids],
      })
      // A parallel query waits as several processes, a prepared transaction blocks as process 0.
      return new Map(rows.map((row) => [row.pid, [...new Set(row.blockers)]]))
    },
    activity: async (pids) => readActivity(await get(), pids),
    async close() {
      const client = await opening?.catch(() => undefined)
      await client?.end().catch(() => {})
    },
  }
}
