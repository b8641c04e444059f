import { setTimeout as pause } from 'node:timers/promises'
import type { Leak } from '../../contracts/index.ts'
import type { AdvisoryLock, Beneath, OpenSession } from './beneath.ts'
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

/** What is under way that was not at the mark. */
interface Outstanding {
  readonly sessions: readonly OpenSession[]
  /** Of sessions that are in no transaction: those of others go with their transaction, or are in use. */
  readonly locks: readonly AdvisoryLock[]
  readonly prepared: Beneath['prepared']
}

/** @param watched transactions that matter; undefined: all */
function outstanding(mark: Beneath, now: Beneath, watched: readonly OpenSession[] | undefined): Outstanding {
  const locks = new Set(mark.locks.map(lockOf))
  const gids = new Set(mark.prepared.map(({ gid }) => gid))
  return {
    sessions: now.sessions.filter(
      (session) => !isAmong(mark.sessions, session) && (watched === undefined || isAmong(watched, session)),
    ),
    locks: now.locks.filter((lock) => !locks.has(lockOf(lock)) && lock.holder.state === 'idle'),
    prepared: now.prepared.filter(({ gid }) => !gids.has(gid)),
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
 * @param watched transactions that matter: what begins after the end of a test is not waited for; undefined: all that are
 *   open now
 */
export async function settleOutstanding(
  options: OutstandingOptions,
  mark: Beneath,
  now: Beneath,
  watched: readonly OpenSession[] | undefined,
): Promise<Dealt> {
  let left = outstanding(mark, now, watched)
  if (isEmpty(left)) return { leaks: [], moved: false, stuck: undefined }
  const ours = left.sessions
  const end = performance.now() + grace
  for (let wait = 1; !isForgotten(left) && performance.now() < end; wait = Math.min(wait * 2, 16)) {
    await pause(wait)
    left = outstanding(mark, await lookBeneath(options.client), ours)
    if (isEmpty(left)) return { leaks: [], moved: true, stuck: undefined }
  }
  return endOutstanding(options, left)
}

async function endOutstanding(options: OutstandingOptions, left: Outstanding): Promise<Dealt> {
  const leaks: Leak[] = []
  const ending = new Set<number>()
  for (const session of left.sessions) {
    ending.add(session.pid)
    leaks.push({ kind: 'open transaction', what: describeSession(session) })
  }
  for (const { key, holder } of left.locks) {
    // One that was in use a moment ago is taken and given back by someone at work.
    if (holder.still <= forgotten) continue
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
