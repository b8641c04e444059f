import { BacklotError } from '../errors/index.ts'
import { createBell } from './bell.ts'
import { formatDuration } from './duration.ts'
import { settle } from './settle.ts'
import { realTimers, type Timers } from './timers.ts'

/** How long an assertion waits if nobody says otherwise, in milliseconds. */
export const defaultDeadlineMs = 5000

/** Where a source pushes nothing, it is looked at again after so many milliseconds. */
export const recheckWithoutFeedMs = 250

/** An evaluation that was under way at the deadline gets so many milliseconds more. */
const graceMs = 1000

/** Where an absence is to be proven and a commit comes during the last look, it is looked again so many times. */
const mostLateLooks = 3

/** What {@link waitUntil} is told. */
export interface WaitOptions<Value, Event> {
  /** Looks once. Never called while a look is under way. A rejection ends the wait with it. The signal fires if the look is given up. */
  readonly evaluate: (signal: AbortSignal) => Promise<Value>
  /** Whether a look found what is wanted. */
  readonly holds: (value: Value) => boolean
  /** Calls back at every event that may change the answer. Returns its unsubscribe. */
  readonly subscribe: (listener: (event: Event) => void) => () => void
  /** If given, a look counts only if nothing was in flight when it began: resolves to what is in flight now, one line each. */
  readonly inFlight?: () => Promise<readonly string[]>
  /** Milliseconds. Default: {@link defaultDeadlineMs}. */
  readonly deadlineMs?: number
  /** Once it holds it must go on holding for so many milliseconds, also past the deadline. Default: 0. */
  readonly holdsForMs?: number
  /** Only for a source without a feed: looks again after so many milliseconds. Default: never. */
  readonly recheckMs?: number
  /**
   * For a source whose events can run ahead of what a look sees: looks again so many milliseconds after an event (and after the
   * first look), each counted from the one before. Default: none.
   */
  readonly echoesMs?: readonly number[]
  /** What is looked at, for the error when no look comes back: `table users`. */
  readonly what: string
  /** Default: the real ones. */
  readonly timers?: Timers
}

/** How a wait ended. */
export interface Waited<Value, Event> {
  /** True: found what was wanted, settled and held where that was asked for. */
  readonly held: boolean
  /** The last look. */
  readonly value: Value
  /** Every event during the wait, in order. */
  readonly events: readonly Event[]
  readonly waitedMs: number
  /** What was in flight at the last look. Not empty: the deadline passed before all was settled. */
  readonly inFlight: readonly string[]
  /** Set if it held and then ceased to, within `holdsForMs`: after how many milliseconds. */
  readonly brokenAfterMs?: number
}

/**
 * Looks at once, then again whenever an event says that the answer may have changed, and not in between. It subscribes
 * before the first look, so that no event falls between the two; events during a look lead to one more look after it.
 *
 * @returns the last look and the events seen; it does not throw when the deadline passes
 * @throws BacklotError `BACKLOT_TIMEOUT` if not even one look came back in time, and whatever `evaluate` rejects with
 */
export async function waitUntil<Value, Event>(options: WaitOptions<Value, Event>): Promise<Waited<Value, Event>> {
  const { evaluate, holds, subscribe, timers = realTimers, recheckMs = Number.POSITIVE_INFINITY } = options
  const { deadlineMs = defaultDeadlineMs, holdsForMs = 0, echoesMs = [] } = options
  const began = timers.now()
  const events: Event[] = []
  const bell = createBell(timers)
  const giveUp = new AbortController()
  let heldSince: number | undefined
  let lateLooks = 0
  let echoes = [...echoesMs]
  let last: { readonly value: Value } | undefined

  const left = (): number => Math.max(began + deadlineMs, (heldSince ?? 0) + holdsForMs) - timers.now()
  const ended = (held: boolean, inFlight: readonly string[], value: Value): Waited<Value, Event> => {
    const now = timers.now()
    const broken = heldSince !== undefined && !holds(value) ? { brokenAfterMs: now - heldSince } : {}
    return { held, value, events, waitedMs: now - began, inFlight, ...broken }
  }

  /** One look, or undefined if it does not come back in time. */
  async function look(): Promise<{ readonly value: Value } | undefined> {
    let callOff = (): void => {}
    const late = new Promise<undefined>((resolve) => {
      callOff = timers.after(Math.max(0, left()) + graceMs, () => resolve(undefined))
    })
    try {
      return await Promise.race([evaluate(giveUp.signal).then((value) => ({ value })), late])
    } finally {
      callOff()
    }
  }

  const pause = (ms: number): Promise<void> => bell.wait(Math.min(ms, recheckMs, echoes.shift() ?? ms))

  const unsubscribe = subscribe((event) => {
    events.push(event)
    echoes = [...echoesMs]
    bell.ring()
  })
  try {
    for (;;) {
      bell.quiet()
      const inFlight = options.inFlight === undefined ? [] : await settle(options.inFlight, bell, left)
      const found = await look()
      if (found === undefined) {
        if (last !== undefined) return ended(false, inFlight, last.value)
        throw new BacklotError(
          'BACKLOT_TIMEOUT',
          `${options.what} did not answer within ${formatDuration(deadlineMs)}`,
          {
            hint: 'something may hold a lock on it: end open transactions before asserting',
          },
        )
      }
      last = found
      const good = holds(found.value)
      if (heldSince !== undefined && !good) return ended(false, inFlight, found.value)
      // Where an absence is to be proven, a commit during the look may have brought what it did not see.
      const sure = inFlight.length === 0 && (options.inFlight === undefined || !bell.isRinging())
      if (good && sure) {
        heldSince ??= timers.now()
        const holdLeft = heldSince + holdsForMs - timers.now()
        if (holdLeft <= 0) return ended(true, inFlight, found.value)
        await pause(holdLeft)
      } else {
        if (left() <= 0) {
          if (!good || inFlight.length > 0) return ended(false, inFlight, found.value)
          if (lateLooks === mostLateLooks) return ended(false, ['commits, one after the other'], found.value)
          lateLooks += 1
        }
        await pause(left())
      }
    }
  } finally {
    unsubscribe()
    giveUp.abort()
  }
}
