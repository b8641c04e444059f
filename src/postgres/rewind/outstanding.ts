import { setTimeout as pause } from 'node:timers/promises'
import type { Leak } from '../../contracts/index.ts'
import type { AdvisoryLock, Beneath, OpenSession, PreparedTransaction } from './beneath.ts'
import { describeSession, lookBeneath } from './beneath.ts'
import { endSessions, type OutstandingOptions } from './end-sessions.ts'

/** How long a transaction that is at work when its test ends may go on, in milliseconds. */
const grace = 500
/** What has been idle for this long will not end by itself, in milliseconds. */
const forgotten = 100

/** Whether a session is still in one of some transactions. One that failed no longer says when it began. */
function isAmong(transactions: readonly OpenSession[], session: OpenSession): boolean {
  return transactions.some(
    ({ pid, since }) => pid === session.pid && (since === session.since || session.since === null),
  )
}

function lockOf({ key, holder }: AdvisoryLock): string {
  return `${holder.pid} ${key}`
}

function preparedOf({ gid, since }: PreparedTransaction): string {
  return `${since} ${gid}`
}

/** What is under way that was not at the mark. */
interface Outstanding {
  readonly sessions: readonly OpenSession[]
  /** Of sessions that are in no transaction: those of others go with their transaction, or are in use. */
  readonly locks: readonly AdvisoryLock[]
  readonly prepared: Beneath['prepared']
}

/** What matters of what is open; undefined: all. */
export type Watched = Pick<Beneath, 'sessions' | 'locks' | 'prepared'> | undefined

function outstanding(mark: Beneath, now: Beneath, watched: Watched): Outstanding {
  const locks = new Set(mark.locks.map(lockOf))
  const held = watched && new Set(watched.locks.map(lockOf))
  const prepared = new Set(mark.prepared.map(preparedOf))
  const watchedPrepared = watched && new Set(watched.prepared.map(preparedOf))
  return {
    sessions: now.sessions.filter(
      (session) => !isAmong(mark.sessions, session) && (watched === undefined || isAmong(watched.sessions, session)),
    ),
    locks: now.locks.filter(
      (lock) => !locks.has(lockOf(lock)) && (held?.has(lockOf(lock)) ?? lock.holder.state === 'idle'),
    ),
    prepared: now.prepared.filter(
      (one) => !prepared.has(preparedOf(one)) && (watchedPrepared?.has(preparedOf(one)) ?? true),
    ),
  }
}

function isEmpty({ sessions, locks, prepared }: Outstanding): boolean {
  return sessions.length + locks.length + prepared.length === 0
}

/** Whether waiting any longer is of no use. */
function isForgotten({ sessions, locks, prepared }: Outstanding): boolean {
  return (
    sessions.every(({ state, still }) => state !== 'active' && still > forgotten) &&
    locks.every(({ holder }) => holder.still > forgotten) &&
    prepared.every(({ still }) => still > forgotten)
  )
}

/** What came of looking after transactions and locks that outlived their test. */
export interface Dealt {
  readonly leaks: readonly Leak[]
  /** Something was waited for or ended: what was read before no longer holds. */
  readonly moved: boolean
  /** What could not be ended, if anything. */
  readonly stuck: string | undefined
}

/**
 * Sees to it that nothing that began since the mark is still under way: waits a little, then reports and ends it.
 *
 * @param watched what matters: what begins after the end of a test is not waited for
 */
export async function settleOutstanding(
  options: OutstandingOptions,
  mark: Beneath,
  now: Beneath,
  watched: Watched,
): Promise<Dealt> {
  const first = outstanding(mark, now, watched)
  // A lock that is given back has nothing to do with rows.
  const moved = first.sessions.length + first.prepared.length > 0
  let left = first
  const end = performance.now() + grace
  for (let wait = 1; ; wait = Math.min(wait * 2, 16)) {
    if (isEmpty(left)) return { leaks: [], moved, stuck: undefined }
    if (isForgotten(left) || performance.now() > end) return endOutstanding(options, left)
    await pause(wait)
    // A lock that is given back and taken again all the time is missed sooner or later.
    left = outstanding(mark, await lookBeneath(options.client), { ...first, locks: left.locks })
  }
}

async function endOutstanding(options: OutstandingOptions, left: Outstanding): Promise<Dealt> {
  const leaks: Leak[] = []
  const ending = new Set<number>()
  for (const session of left.sessions) {
    ending.add(session.pid)
    leaks.push({ kind: 'open transaction', what: describeSession(session) })
  }
  for (const { key, holder } of left.locks) {
    ending.add(holder.pid)
    leaks.push({ kind: 'advisory lock', what: `${key}, held by ${describeSession(holder)}` })
  }
  const alive = await endSessions(options, [...ending])
  for (const { gid } of left.prepared) {
    leaks.push({ kind: 'prepared transaction', what: gid })
    await options.client.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`)
  }
  return { leaks, moved: true, stuck: alive.length > 0 ? `sessions would not end: ${alive.join(', ')}` : undefined }
}
