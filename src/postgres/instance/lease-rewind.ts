import type { Leak, Lease, LeaseCommit, RewindReport } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { LeaseOptions } from '../contract.ts'
import { openRewind, type ReplaceOrder, type Rewind } from '../rewind/index.ts'
import { uniqueName } from './admin.ts'
import { answerLease, type LeaseParts } from './lease-parts.ts'
import { createListeners } from './listeners.ts'
import type { BringToNow } from './scratch.ts'

/** A database with the rewind that puts it back. */
interface Seat {
  readonly database: string
  readonly rewind: Rewind
}

/** A lease that is rewound, which can also make another database what its own is now. */
export interface RewindLease {
  readonly lease: Lease
  readonly bringToNow: BringToNow
}

/**
 * A lease that is rewound: its database stays, and what a test changed is undone. What cannot be undone moves the lease
 * to a fresh clone, on which the outer marks' rows are written again.
 */
export async function openRewindLease(parts: LeaseParts, limits: LeaseOptions['limits']): Promise<RewindLease> {
  const ending = createListeners<[], Promise<void>>()
  const commits = createListeners<[LeaseCommit], void>()
  let seat = await sit()
  /** Why the next return has to move, though the database could be rewound. */
  let leaving: string | undefined

  function rewindOf(database: string, onSessionsEnding: () => Promise<void>): Promise<Rewind> {
    const { superuser, scope } = parts.context
    return openRewind({ superuser, database, name: uniqueName('r', scope), limits, onSessionsEnding })
  }

  async function sit(): Promise<Seat> {
    const database = await parts.clones.take()
    try {
      const rewind = await rewindOf(database, async () => {
        await Promise.all(ending.call())
      })
      rewind.onCommit((commit) => {
        commits.call(commit)
      })
      return { database, rewind }
    } catch (error) {
      await parts.clones.drop(database).catch(() => {})
      throw error
    }
  }

  async function leave({ database, rewind }: Seat): Promise<void> {
    await rewind.end().catch(() => {})
    await parts.clones.drop(database)
  }

  /** Moves to a fresh clone and brings it to where the old database was at the mark. */
  async function move(order: ReplaceOrder): Promise<void> {
    const old = seat
    await Promise.all(ending.call())
    const next = await sit()
    try {
      await next.rewind.replay(order.frames)
    } catch (error) {
      await leave(next)
      throw error
    }
    seat = next
    leaving = undefined
    await leave(old)
  }

  async function bringToNow(database: string): Promise<void> {
    const frames = await seat.rewind.snapshot()
    if (frames.obstacle !== undefined) {
      throw new BacklotError('BACKLOT_REWIND_FAILED', `no copy can be made of the current state: ${frames.obstacle}`, {
        hint: "use { of: 'baseline' } and do there again what the copy needs",
      })
    }
    const scratch = await rewindOf(database, async () => {})
    try {
      await scratch.replay(frames)
    } finally {
      await scratch.end()
    }
  }

  async function keep(args: Parameters<typeof answerLease>[3]): ReturnType<typeof answerLease> {
    // A copy needs the database at rest, so its feed ends here and the next return moves the lease.
    const order = await seat.rewind.abandon('its database was copied as it is')
    leaving = order.reason
    await seat.rewind.end()
    await Promise.all(ending.call())
    return answerLease(parts, seat.database, 'keep', args)
  }

  async function pop(): Promise<RewindReport> {
    const began = performance.now()
    const report = leaving === undefined ? await seat.rewind.pop() : requireOrder(seat.rewind)
    if (report.how === 'replace') {
      const reason = leaving ?? report.reason
      await move(report)
      const { rows, leaks } = report
      return { how: 'replaced', rows, leaks, reason, ms: performance.now() - began, info: parts.infoFor(seat.database) }
    }
    return { how: report.how, rows: report.rows, leaks: report.leaks, ms: performance.now() - began }
  }

  const lease: Lease = {
    info: () => parts.infoFor(seat.database),
    async push(label, before): Promise<readonly Leak[]> {
      return seat.rewind.push(label, before)
    },
    pop,
    depth: () => seat.rewind.depth(),
    inFlight: () => seat.rewind.inFlight(),
    async ask(question, args) {
      if (question === 'changes') {
        if (leaving === undefined) await seat.rewind.caughtUp()
        return seat.rewind.changes()
      }
      return question === 'keep' ? keep(args) : answerLease(parts, seat.database, question, args)
    },
    onCommit: (listener) => commits.add(listener),
    onSessionsEnding: (listener) => ending.add(listener),
    async recycle() {
      if (leaving !== undefined) return false
      const report = await seat.rewind.recycle()
      return report.how !== 'replace'
    },
    async end() {
      await leave(seat)
      await parts.clones.end()
    },
  }
  return { lease, bringToNow }
}

function requireOrder(rewind: Rewind): ReplaceOrder {
  const order = rewind.replacement()
  if (order === undefined) throw new Error('a lease that is leaving has an order to move')
  return order
}
