import type { Leak, LeaseCommit } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { openFeed } from '../feed/index.ts'
import { describeSession } from './beneath.ts'
import { readChanges } from './changes.ts'
import { endForeignSessions } from './end-sessions.ts'
import { untouchedFrame } from './frame.ts'
import { createLedger } from './ledger.ts'
import type { Mark } from './marks.ts'
import { acceptRoles, createMarks, foldAll, innermost, joinBetween, replayFrames } from './marks.ts'
import { describe } from './net.ts'
import type { PopReport, ReplaceOrder } from './order.ts'
import { settleOutstanding } from './outstanding.ts'
import { replayMarks } from './replay.ts'
import type { Rewind, RewindOptions } from './rewind.ts'
import type { SequenceStates } from './sequences.ts'
import { movesBack } from './sequences.ts'
import type { RewindSessions } from './sessions.ts'
import { openRewindSessions } from './sessions.ts'
import { slotBlockers, slotGone } from './slot.ts'
import { sweep, tablesToSweep } from './sweep.ts'
import type { TakeBackParts, TakenBack } from './take-back.ts'
import { takeBack } from './take-back.ts'
import { createUndoer } from './undo.ts'
import { openView } from './view.ts'
import { createWatch } from './watch.ts'

/**
 * Opens the change feed of a database and everything that puts it back to marks. What is there now is its baseline.
 *
 * @throws BacklotError BACKLOT_TIMEOUT when the feed does not start (its details name who is in the way);
 *   BACKLOT_ISOLATION_UNAVAILABLE when the server cannot do it
 */
export async function openRewind(options: RewindOptions): Promise<Rewind> {
  const connection = { ...options.superuser, database: options.database }
  const sessions = await openRewindSessions(connection, options.name)
  const listeners = new Set<(commit: LeaseCommit) => void>()
  const ledger = createLedger({
    limits: options.limits,
    onCommit: (touched) => {
      for (const listener of listeners) listener({ touched })
    },
  })
  try {
    const feed = await openFeed({
      connection,
      slot: options.name,
      onEvent: (event, lsn) => ledger.record(event, lsn),
      startWithin: options.startWithin ?? 15_000,
      blockers: () => slotBlockers(sessions.observer),
    })
    try {
      const within = options.catchUpWithin ?? 30_000
      const view = await openView({ sessions, feed, ledger, within, lockedWithin: options.lockedWithin ?? 10_000 })
      return await assemble({ options, sessions, listeners, ledger, feed, view })
    } catch (error) {
      await feed.end()
      throw error
    }
  } catch (error) {
    await sessions.end()
    throw error
  }
}

interface Parts {
  readonly options: RewindOptions
  readonly sessions: RewindSessions
  readonly listeners: Set<(commit: LeaseCommit) => void>
  readonly ledger: ReturnType<typeof createLedger>
  readonly feed: Awaited<ReturnType<typeof openFeed>>
  readonly view: Awaited<ReturnType<typeof openView>>
}

async function assemble({ options, sessions, listeners, ledger, feed, view }: Parts): Promise<Rewind> {
  const { observer } = sessions
  const marks = createMarks((await view.mark('baseline')).mark, ledger)
  const undoer = createUndoer(sessions.undoer)
  const watch = createWatch({ ...options.superuser, database: options.database })
  const outstanding = { client: observer, onSessionsEnding: options.onSessionsEnding }
  let order: ReplaceOrder | undefined
  /** Depth of the mark that could not be put where it belongs. */
  let orderedAt: number | undefined

  const parts: TakeBackParts = {
    ledger,
    look: view.look,
    settle: (mark, now, watched) => settleOutstanding(outstanding, mark, now, watched),
    seen: (beneath) => acceptRoles(marks, beneath),
    freeze: (tables) => undoer.freeze(tables),
    thaw: () => undoer.thaw(),
    async run(work) {
      const outcome = await undoer.run(ledger.catalog, work)
      // The feed leaves the undo out; that it has passed it is asked here, and not at the next boundary.
      feed.nudge()
      return outcome
    },
  }

  /** Puts the rows back, and the indexes that show which were there. */
  async function returnTo(mark: Mark, extent: 'everything' | 'writes'): Promise<TakenBack> {
    const taken = await takeBack(parts, mark, extent)
    if (taken.how === 'replace') return taken
    const { rows, leaks } = taken
    const left = await sweep(sessions.undoer, tablesToSweep(ledger.catalog, mark.frame.net))
    return left === undefined ? taken : { how: 'replace', rows, leaks, reason: left }
  }

  function replaceWith(reason: string, outer: readonly Mark[], at: SequenceStates): ReplaceOrder {
    order = { how: 'replace', rows: 0, leaks: [], reason, frames: replayFrames(outer, at) }
    return order
  }

  /** Answers for a state that was returned to, or not. */
  function answer(taken: TakenBack, mark: Mark, outer: readonly Mark[]): PopReport {
    if (taken.how === 'replace') {
      const { rows, leaks, reason } = taken
      order = { ...replaceWith(reason, outer, mark.sequences), rows, leaks }
      return order
    }
    marks.between = { ...mark, frame: taken.fresh }
    return { how: taken.how, rows: taken.rows, leaks: taken.leaks }
  }

  /** Undoes what was committed since the last return, which is a leak of the test before. */
  async function takeBackBetween(between: Mark, sequences: SequenceStates | undefined): Promise<readonly Leak[]> {
    const still = sequences !== undefined && movesBack(between.sequences, sequences, false).length === 0
    if (still && untouchedFrame(between.frame)) return []
    const lines = describe(between.frame.net)
    const taken = await returnTo(between, 'writes')
    const lost = between.frame.lost === undefined ? [] : [between.frame.lost]
    answer(taken, between, marks.stack)
    return [...[...lines, ...lost].map((what) => ({ kind: 'late write', what })), ...taken.leaks]
  }

  async function pushAfterNothing(label: string, last: Mark): Promise<readonly Leak[]> {
    const leaks = await takeBackBetween(last, await view.sequences())
    const { between } = marks
    if (order !== undefined) {
      // The mark stands all the same, for whoever goes on: its return is the order.
      marks.stack.push({ ...last, label })
      orderedAt = marks.stack.length
    } else if (between !== undefined) {
      marks.stack.push({ ...between, label })
    }
    marks.between = undefined
    return leaks
  }

  async function pushAfterSetup(label: string): Promise<readonly Leak[]> {
    const { frame } = joinBetween(marks, ledger)
    for (;;) {
      ledger.hold()
      try {
        const { mark, at } = await view.mark(label)
        if (!ledger.stale) {
          ledger.release(at, mark.frame)
          marks.stack.push(mark)
          return []
        }
      } catch (error) {
        ledger.release(0, frame)
        throw error
      }
      ledger.release(0, frame)
      await view.refresh()
    }
  }

  function requireUsable(): void {
    if (order === undefined) return
    throw new BacklotError('BACKLOT_REWIND_FAILED', `this database is to be replaced: ${order.reason}`, {
      hint: 'the lease moves to a fresh copy first',
    })
  }

  return {
    async push(label, before) {
      requireUsable()
      try {
        if (before === 'nothing' && marks.between !== undefined) return await pushAfterNothing(label, marks.between)
        return await pushAfterSetup(label)
      } catch (error) {
        const lost = feed.failure()
        if (lost === undefined) throw error
        replaceWith(lost.summary, marks.stack, innermost(marks).sequences)
        return []
      }
    },
    async pop() {
      if (order !== undefined && orderedAt === marks.stack.length) {
        marks.stack.pop()
        orderedAt = undefined
        return order
      }
      requireUsable()
      if (marks.stack.length < 2) throw new Error('there is no mark to return to')
      const mark = joinBetween(marks, ledger)
      const taken = await returnTo(mark, 'everything')
      marks.stack.pop()
      return answer(taken, mark, marks.stack)
    },
    replacement: () => order,
    replay: (frames) =>
      replayMarks({ marks, ledger, run: parts.run, freshMark: async (label) => (await view.mark(label)).mark }, frames),
    async snapshot() {
      requireUsable()
      const { sequences } = (await view.mark('now')).mark
      const between = marks.between === undefined ? [] : [marks.between]
      return replayFrames([...marks.stack, ...between], sequences)
    },
    async abandon(reason) {
      requireUsable()
      if (marks.stack.length < 2) throw new Error('there is no mark to return to')
      await view.sequences()
      const mark = joinBetween(marks, ledger)
      marks.stack.pop()
      return replaceWith(reason, marks.stack, mark.sequences)
    },
    async recycle() {
      requireUsable()
      const baseline = foldAll(marks, ledger)
      await endForeignSessions(outstanding)
      const report = answer(await returnTo(baseline, 'everything'), baseline, [])
      if (marks.between !== undefined) baseline.frame = marks.between.frame
      marks.between = undefined
      return report
    },
    async caughtUp() {
      await view.sequences()
    },
    changes() {
      const frames = [innermost(marks).frame, ...(marks.between === undefined ? [] : [marks.between.frame])]
      return readChanges(frames, ledger.catalog)
    },
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async inFlight() {
      const open = await watch()
      return [...open.sessions.map(describeSession), ...open.prepared.map(({ gid }) => `prepared transaction ${gid}`)]
    },
    depth: () => marks.stack.length - 1,
    async end() {
      await feed.end()
      await watch.end()
      await slotGone(observer, options.name)
      await sessions.end()
    },
  }
}
