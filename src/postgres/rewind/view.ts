import { BacklotError } from '../../errors/index.ts'
import type { Feed } from '../feed/index.ts'
import { catchUp, type Lsn } from '../feed/index.ts'
import { describeSession, lookAtOpen, lookBeneath } from './beneath.ts'
import { loadCatalog } from './catalog.ts'
import { emptyFrame } from './frame.ts'
import type { Ledger } from './ledger.ts'
import type { Mark } from './marks.ts'
import { prepareTables } from './prepare.ts'
import type { Readings, SequenceReader, SequenceStates } from './sequences.ts'
import { sequenceReader } from './sequences.ts'
import type { RewindSessions } from './sessions.ts'
import type { Sight } from './take-back.ts'

/** What a view looks through. */
export interface ViewOptions {
  readonly sessions: RewindSessions
  readonly feed: Feed
  readonly ledger: Ledger
  /** How long the feed may take to catch up, in milliseconds. */
  readonly within: number
  /** How long a mark waits for a lock that someone holds on a sequence, in milliseconds. */
  readonly lockedWithin: number
}

/** Everything that a boundary looks at. */
export interface View {
  /** Waits until the feed has handed over all there is. Resolves to the sequences; undefined where someone's lock hides one. */
  sequences(): Promise<SequenceStates | undefined>
  /** The same, and what lies beneath the log, side by side. */
  look(): Promise<Sight>
  /**
   * A mark at the state of now. Commits that ended up to `at` belong before it.
   *
   * @throws BacklotError BACKLOT_TIMEOUT when someone holds a lock on a sequence for too long
   */
  mark(label: string): Promise<{ readonly mark: Mark; readonly at: Lsn }>
  /** Reads the catalog again, and prepares tables that are new. */
  refresh(): Promise<void>
}

/** Opens a view, with the catalog read. Tables that are new are made ready for an undo. */
export async function openView(options: ViewOptions): Promise<View> {
  const { sessions, feed, ledger, within, lockedWithin } = options
  const { observer, undoer, version } = sessions
  let generation = 0
  let reader: SequenceReader = sequenceReader([], generation)

  async function refresh(): Promise<void> {
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

  async function read(): Promise<Readings | undefined> {
    try {
      return await reader.read(observer)
    } catch (error) {
      if (isLockTimeout(error)) return undefined
      throw error
    }
  }

  async function readings(): Promise<Readings | undefined> {
    const found = await read()
    await catchUp(observer, feed, version, within, found?.moment)
    return found
  }

  async function look(): Promise<Sight> {
    const [beneath, found] = await Promise.all([lookBeneath(undoer), readings()])
    return { beneath, readings: found }
  }

  async function mark(label: string): Promise<{ mark: Mark; at: Lsn }> {
    const end = performance.now() + lockedWithin
    for (;;) {
      const { beneath, readings: found } = await look()
      if (found !== undefined) {
        return { mark: { label, sequences: found.states, beneath, frame: emptyFrame() }, at: found.moment.written }
      }
      if (performance.now() > end)
        throw locked(lockedWithin, (await lookAtOpen(observer)).sessions.map(describeSession))
    }
  }

  await refresh()
  return { sequences: async () => (await readings())?.states, look, mark, refresh }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

function locked(within: number, holders: readonly string[]): BacklotError {
  const summary = `sequences stayed locked for ${within} ms at a boundary between tests`
  return new BacklotError('BACKLOT_TIMEOUT', summary, {
    hint: 'commit or roll back what set-up has begun',
    ...(holders.length > 0 ? { details: holders.join('\n') } : {}),
  })
}
