import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Leak } from '../../contracts/index.ts'
import { ownApplicationName } from '../contract.ts'
import type { AdvisoryLock, Beneath, OpenSession } from './beneath.ts'
import { describeSession, lookAtOpen } from './beneath.ts'

export interface OutstandingOptions {
  readonly client: Client
  /** Awaited before sessions are ended: an in-process app must not crash of it. */
  readonly onSessionsEnding: () => Promise<void>
}

/** How long a transaction that is at work when its test ends may go on, in milliseconds. */
const grace = 500
/** A transaction that has been idle for this long will not end by itself, in milliseconds. */
const forgotten = 100
/** How long a session may take to go once it was told to, in milliseconds. */
const endWithin = 5000

function sameTransaction(a: OpenSession, b: OpenSession): boolean {
  return a.pid === b.pid && a.since === b.since
}

function newSessions(mark: Beneath, sessions: readonly OpenSession[]): OpenSession[] {
  return sessions.filter((session) => !mark.sessions.some((known) => sameTransaction(known, session)))
}

function newLocks(mark: Beneath, locks: readonly AdvisoryLock[]): AdvisoryLock[] {
  // A prepared transaction's locks (no pid) go with it.
  const held = locks.filter(({ pid }) => pid !== null)
  return held.filter((lock) => !mark.locks.some((known) => known.pid === lock.pid && known.key === lock.key))
}

/** Waits while transactions are at work, or between two statements; resolves to those that are still open. */
async function waitForOpen(client: Client, mark: Beneath, first: readonly OpenSession[]): Promise<OpenSession[]> {
  let open = newSessions(mark, first)
  const end = performance.now() + grace
  for (let wait = 1; open.length > 0 && performance.now() < end; wait = Math.min(wait * 2, 16)) {
    if (open.every(({ state, still }) => state !== 'active' && still > forgotten)) break
    await pause(wait)
    open = newSessions(mark, (await lookAtOpen(client)).sessions)
  }
  return open
}

/**
 * Ends sessions. Without `pg_terminate_backend`'s own waiting, which looks only every 100 ms.
 *
 * @returns pids that would not go
 */
async function endSessions(options: OutstandingOptions, pids: readonly number[]): Promise<readonly number[]> {
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
  const { rows } = await options.client.query<{ pid: number }>(foreignQuery)
  await endSessions(
    options,
    rows.map(({ pid }) => pid),
  )
}

const foreignQuery = `SELECT pid FROM pg_catalog.pg_stat_activity
  WHERE datname = pg_catalog.current_database() AND backend_type = 'client backend'
    AND NOT pg_catalog.starts_with(application_name, '${ownApplicationName}')`

/** Which of some sessions are not Backlot's own, with a line about each. */
async function foreign(client: Client, pids: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await client.query<{ pid: number; application: string; query: string }>(
    `SELECT pid, application_name AS application, pg_catalog."left"(query, 300) AS query
     FROM pg_catalog.pg_stat_get_activity(NULL)
     WHERE pid = ANY($1::int[]) AND NOT pg_catalog.starts_with(application_name, '${ownApplicationName}')`,
    [pids],
  )
  return new Map(rows.map((row) => [row.pid, describeSession({ ...row, state: 'held by', since: null, still: 0 })]))
}

/** What came of looking after transactions and locks that outlived their test. */
export interface Dealt {
  readonly leaks: readonly Leak[]
  /** Something was waited for or ended: what was read before no longer holds. */
  readonly moved: boolean
  /** What could not be ended, if anything. */
  readonly stuck: string | undefined
}

/** Sees to it that nothing that began since the mark is still under way: waits a little, then reports and ends it. */
export async function settleOutstanding(options: OutstandingOptions, mark: Beneath, now: Beneath): Promise<Dealt> {
  const { client } = options
  const leaks: Leak[] = []
  const ending = new Set<number>()
  const underway = newSessions(mark, now.sessions)
  const open = await waitForOpen(client, mark, underway)
  for (const session of open) {
    ending.add(session.pid)
    leaks.push({ kind: 'open transaction', what: describeSession(session) })
  }
  const locks = underway.length > 0 ? [] : newLocks(mark, now.locks)
  if (locks.length > 0) {
    const holders = await foreign(client, [...new Set(locks.map(({ pid }) => pid ?? 0))])
    for (const { pid, key } of locks) {
      const holder = holders.get(pid ?? 0)
      if (pid === null || holder === undefined) continue
      ending.add(pid)
      leaks.push({ kind: 'advisory lock', what: `${key}, ${holder}` })
    }
  }
  const left = await endSessions(options, [...ending])
  const prepared = now.prepared.filter((gid) => !mark.prepared.includes(gid))
  for (const gid of prepared) {
    leaks.push({ kind: 'prepared transaction', what: gid })
    await client.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`)
  }
  return {
    leaks,
    moved: underway.length > 0 || ending.size > 0 || prepared.length > 0,
    stuck: left.length > 0 ? `sessions would not end: ${left.join(', ')}` : undefined,
  }
}
