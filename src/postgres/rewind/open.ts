import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Leak, LeaseCommit } from '../../contracts/index.ts'
import { BacklotError, isBacklotError } from '../../errors/index.ts'
import { catchUp, openFeed } from '../feed/index.ts'
import { describeSession, lookAtOpen, lookBeneath } from './beneath.ts'
import { loadCatalog } from './catalog.ts'
import { readChanges } from './changes.ts'
import { emptyFrame, unchangedFrame } from './frame.ts'
import { createLedger } from './ledger.ts'
import type { Mark } from './marks.ts'
import { acceptRoles, createMarks, foldAll, innermost, joinBetween, replayFrames } from './marks.ts'
import { describe } from './net.ts'
import type { PopReport, ReplaceOrder, ReplayFrames } from './order.ts'
import { endSessions, settleOutstanding } from './outstanding.ts'
import { prepareTables } from './prepare.ts'
import { replayMarks } from './replay.ts'
import type { Rewind, RewindOptions } from './rewind.ts'
import type { SequenceReader, SequenceStates } from './sequences.ts'
import { movedSequences, sequenceReader } from './sequences.ts'
import { openRewindSessions } from './sessions.ts'
import type { Sight, TakeBackParts, TakenBack } from './take-back.ts'
import { takeBack } from './take-back.ts'
import { createUndoer } from './undo.ts'
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
  try {
    return await openOn(options, sessions)
  } catch (error) {
    await sessions.end()
    throw error
  }
}

async function openOn(
  options: RewindOptions,
  sessions: Awaited<ReturnType<typeof openRewindSessions>>,
): Promise<Rewind> {
  const { observer, undoer, version } = sessions
  const listeners = new Set<(commit: LeaseCommit) => void>()
  const within = options.catchUpWithin ?? 30_000
  let generation = 0
  let order: ReplaceOrder | undefined
  let reader: SequenceReader
  const undo = createUndoer(undoer)
  const connection = { ...options.superuser, database: options.database }
  const watch = createWatch(connection)

  const ledger = createLedger(await loadCatalog(observer, 0), {
    limits: options.limits,
    onCommit: (touched) => {
      for (const listener of listeners) listener({ touched })
    },
  })
  const feed = await openFeed({
    connection,
    slot: options.name,
    onEvent: (event) => ledger.record(event),
    startWithin: options.startWithin ?? 15_000,
    blockers: async () => {
      const { rows } = await observer.query<{ line: string }>(blockersQuery)
      return rows.map(({ line }) => line)
    },
  })
  try {
    await refreshCatalog()
    await catchUp(observer, feed, version, within)
  } catch (error) {
    await feed.end()
    throw error
  }
  const marks = createMarks(await freshMark('baseline'), ledger)

  async function refreshCatalog(): Promise<void> {
    ledger.stale = false
    generation += 1
    ledger.catalog = await loadCatalog(observer, generation)
    if (ledger.catalog.unprepared.length > 0) {
      // Tables that set-up made. Where someone's lock is in the way, they stay as they are and say so in their obstacle.
      await prepareTables(undoer).catch(() => {})
      generation += 1
      ledger.catalog = await loadCatalog(observer, generation)
    }
    reader = sequenceReader(ledger.catalog.sequences, generation)
  }

  async function readSequences(): Promise<SequenceStates | undefined> {
    try {
      return await reader.read(observer)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '55P03') return undefined
      throw error
    }
  }

  async function look(): Promise<Sight> {
    const behind = catchUp(observer, feed, version, within)
    const sequences = behind.then(readSequences)
    const [beneath, read] = await Promise.all([lookBeneath(undoer), sequences])
    return { beneath, sequences: read }
  }

  /** The sequences as they are now; someone who holds a lock on one for too long is named. */
  async function insistOnSequences(): Promise<SequenceStates> {
    const end = performance.now() + lockedWithin
    for (;;) {
      const read = await readSequences()
      if (read !== undefined) return read
      if (performance.now() > end) throw locked((await lookAtOpen(observer)).sessions.map(describeSession))
    }
  }

  async function freshMark(label: string): Promise<Mark> {
    const beneath = await lookBeneath(undoer)
    return { label, sequences: await insistOnSequences(), beneath, frame: emptyFrame() }
  }

  const parts: TakeBackParts = {
    ledger,
    look,
    settle: (mark, now) =>
      settleOutstanding({ client: observer, onSessionsEnding: options.onSessionsEnding }, mark, now),
    seen: (beneath) => acceptRoles(marks, beneath),
    run: (work) => undo(ledger.catalog, work),
  }

  /** Answers for a state that was returned to, or not. */
  function answer(taken: TakenBack, mark: Mark, outer: readonly Mark[]): PopReport {
    if (taken.how === 'replace') {
      const { how, rows, leaks, reason } = taken
      order = { how, rows, leaks, reason, frames: replayFrames(outer, mark.sequences) }
      return order
    }
    marks.between = { ...mark, frame: taken.fresh }
    return { how: taken.how, rows: taken.rows, leaks: taken.leaks }
  }

  /** Undoes what was committed since the last return, which is a leak of the test before. */
  async function takeBackBetween(between: Mark): Promise<readonly Leak[]> {
    const sequences = await readSequences()
    const still = sequences !== undefined && movedSequences(between.sequences, sequences).length === 0
    if (still && unchangedFrame(between.frame)) return []
    const lines = describe(between.frame.net)
    const taken = await takeBack(parts, between)
    const lost = between.frame.lost === undefined ? [] : [between.frame.lost]
    const leaks = [...lines, ...lost].map((what) => ({ kind: 'late write', what }))
    answer(taken, between, marks.stack)
    return [...leaks, ...taken.leaks]
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
        await catchUp(observer, feed, version, within)
        if (before === 'nothing' && marks.between !== undefined) {
          const leaks = await takeBackBetween(marks.between)
          const { between } = marks
          if (order !== undefined || between === undefined) return leaks
          marks.stack.push({ ...between, label })
          marks.between = undefined
          return leaks
        }
        joinBetween(marks, ledger)
        while (ledger.stale) {
          await refreshCatalog()
          await catchUp(observer, feed, version, within)
        }
        const mark = await freshMark(label)
        marks.stack.push(mark)
        ledger.current = mark.frame
        return []
      } catch (error) {
        if (feed.failure() === undefined) throw error
        const reason = isBacklotError(error) ? error.summary : String(error)
        const { sequences } = innermost(marks)
        order = { how: 'replace', rows: 0, leaks: [], reason, frames: replayFrames(marks.stack, sequences) }
        return []
      }
    },
    async pop() {
      requireUsable()
      if (marks.stack.length < 2) throw new Error('there is no mark to return to')
      const mark = joinBetween(marks, ledger)
      const taken = await takeBack(parts, mark)
      marks.stack.pop()
      return answer(taken, mark, marks.stack)
    },
    replacement: () => order,
    async replay(frames: ReplayFrames) {
      await replayMarks({ marks, ledger, run: parts.run, freshMark }, frames)
    },
    async abandon(reason) {
      requireUsable()
      await catchUp(observer, feed, version, within)
      const mark = joinBetween(marks, ledger)
      marks.stack.pop()
      order = { how: 'replace', rows: 0, leaks: [], reason, frames: replayFrames(marks.stack, mark.sequences) }
      return order
    },
    async recycle() {
      requireUsable()
      const baseline = foldAll(marks, ledger)
      await endSessions({ client: observer, onSessionsEnding: options.onSessionsEnding }, await foreignSessions())
      const report = answer(await takeBack(parts, baseline), baseline, [])
      if (marks.between !== undefined) {
        baseline.frame = marks.between.frame
        marks.between = undefined
      }
      return report
    },
    changes() {
      const frames = [innermost(marks).frame, ...(marks.between === undefined ? [] : [marks.between.frame])]
      return frames.flatMap((frame) => readChanges(frame, ledger.catalog))
    },
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async inFlight() {
      const open = await watch()
      return [...open.sessions.map(describeSession), ...open.prepared.map((gid) => `prepared transaction ${gid}`)]
    },
    depth: () => marks.stack.length - 1,
    async end() {
      await feed.end()
      await watch.end()
      await slotGone(observer, options.name)
      await sessions.end()
    },
  }

  async function foreignSessions(): Promise<number[]> {
    const { rows } = await observer.query<{ pid: number }>(foreignQuery)
    return rows.map(({ pid }) => pid)
  }
}

/** How long a boundary waits for a lock that someone holds on a sequence, in milliseconds. */
const lockedWithin = 10_000

function locked(holders: readonly string[]): BacklotError {
  return new BacklotError(
    'BACKLOT_TIMEOUT',
    `sequences stayed locked for ${lockedWithin} ms at a boundary between tests`,
    {
      hint: 'commit or roll back what set-up has begun',
      ...(holders.length > 0 ? { details: holders.join('\n') } : {}),
    },
  )
}

/** A walsender takes a moment to go, and a database with a slot in use can be neither dropped nor cloned. */
async function slotGone(client: Client, slot: string): Promise<void> {
  const end = performance.now() + slotGoneWithin
  for (let wait = 1; performance.now() < end; wait = Math.min(wait * 2, 16)) {
    const query = 'SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1'
    // Where the server is gone, so is the slot.
    const left = await client.query(query, [slot]).then(
      ({ rowCount }) => rowCount,
      () => 0,
    )
    if (left === 0) return
    await pause(wait)
  }
}

const slotGoneWithin = 5000

const foreignQuery = `SELECT pid FROM pg_catalog.pg_stat_activity
  WHERE datname = pg_catalog.current_database() AND backend_type = 'client backend'
    AND NOT pg_catalog.starts_with(application_name, 'backlot:')`

const blockersQuery = `
  SELECT 'transaction in ' || datname || ': ' || pg_catalog."left"(query, 200) || ' (' || application_name || ', pid ' || pid || ')' AS line
  FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL
  UNION ALL
  SELECT 'prepared transaction in ' || database || ': ' || gid FROM pg_catalog.pg_prepared_xacts`
