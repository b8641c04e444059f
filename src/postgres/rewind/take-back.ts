import type { Leak } from '../../contracts/index.ts'
import { isBacklotError } from '../../errors/index.ts'
import type { Beneath } from './beneath.ts'
import { changedBeneath, changedRoles } from './beneath.ts'
import type { Frame } from './frame.ts'
import type { Ledger } from './ledger.ts'
import type { Mark } from './marks.ts'
import { detach, reattach } from './marks.ts'
import { changedRows, isEmpty } from './net.ts'
import type { Dealt, Watched } from './outstanding.ts'
import { movesBack, type Readings } from './sequences.ts'
import { tablesToLock, type Work } from './statements.ts'
import type { UndoOutcome } from './undo.ts'

/** What a boundary finds. `readings` is undefined where someone's lock kept them from being read. */
export interface Sight {
  readonly beneath: Beneath
  readonly readings: Readings | undefined
}

/** The steps of a return that {@link takeBack} puts into order. */
export interface TakeBackParts {
  readonly ledger: Ledger
  /** Waits until the feed has handed over all there is, and looks at the rest. */
  readonly look: () => Promise<Sight>
  readonly settle: (mark: Beneath, now: Beneath, watched: Watched) => Promise<Dealt>
  /** Keeps everybody from writing to tables until `run` or `thaw`; false where that cannot be had. */
  readonly freeze: (tables: readonly string[]) => Promise<boolean>
  readonly thaw: () => Promise<void>
  /** What was beneath the log was reported as far as it is to be reported. */
  readonly seen: (beneath: Beneath) => void
  readonly run: (work: Work) => Promise<UndoOutcome>
}

/** How it ended. `fresh` receives what is committed from now on. */
export type TakenBack =
  | { readonly how: 'clean' | 'undone'; readonly rows: number; readonly leaks: Leak[]; readonly fresh: Frame }
  | { readonly how: 'replace'; readonly rows: number; readonly leaks: Leak[]; readonly reason: string }

/** After so many tries a clone is quicker. */
const tries = 6

function obstacle(mark: Mark, now: Beneath): string | undefined {
  const { frame } = mark
  if (frame.lost !== undefined) return frame.lost
  for (const [name, table] of frame.net.tables) {
    if (table.truncated) return `${name} was emptied by TRUNCATE, whose rows the log does not show`
  }
  return changedBeneath(mark.beneath, now)
}

function report(into: Leak[], dealt: Dealt, mark: Mark, now: Beneath): void {
  into.push(...dealt.leaks)
  for (const what of changedRoles(mark.beneath, now)) {
    const leak = { kind: 'role change', what: `${what}; roles belong to the whole server and are not put back` }
    if (!into.some((known) => known.what === leak.what)) into.push(leak)
  }
}

/**
 * Puts a database back to a mark, whose frame must be the ledger's current one: reads the feed to its end, ends what is
 * still under way, undoes the net change in one verified transaction. When someone wrote in between, it reads and tries again,
 * and keeps everybody from writing meanwhile.
 *
 * @param extent `writes`: what is under way is ended only where it is in the way
 */
export async function takeBack(parts: TakeBackParts, mark: Mark, extent: 'everything' | 'writes'): Promise<TakenBack> {
  const leaks: Leak[] = []
  try {
    return await attempts(parts, mark, extent, leaks)
  } catch (error) {
    const reason = isBacklotError(error) ? error.summary : error instanceof Error ? error.message : String(error)
    return { how: 'replace', rows: 0, leaks, reason }
  } finally {
    await parts.thaw().catch(() => {})
  }
}

async function attempts(
  parts: TakeBackParts,
  mark: Mark,
  extent: 'everything' | 'writes',
  leaks: Leak[],
): Promise<TakenBack> {
  const { ledger } = parts
  // What has begun since the first look belongs to nobody's test.
  let watched: Watched | 'nothing' = extent === 'everything' ? undefined : 'nothing'
  let toFreeze: readonly string[] = []
  let missed = 'it did not come to rest'
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const frozen = toFreeze.length > 0 && (await parts.freeze(toFreeze))
    const sight = await parts.look()
    if (!frozen && watched !== 'nothing') {
      const dealt = await parts.settle(mark.beneath, sight.beneath, watched)
      report(leaks, dealt, mark, sight.beneath)
      parts.seen(sight.beneath)
      if (dealt.stuck !== undefined) return { how: 'replace', rows: 0, leaks, reason: dealt.stuck }
      watched = { ...sight.beneath, locks: [] }
      if (dealt.moved) continue
    }
    if (sight.readings === undefined) {
      // Who it is shows only while nobody waits for the undo.
      watched = undefined
      toFreeze = []
      await parts.thaw()
      continue
    }
    const rows = changedRows(mark.frame.net)
    const reason = obstacle(mark, sight.beneath)
    if (reason !== undefined) return { how: 'replace', rows, leaks, reason }
    const empty = isEmpty(mark.frame.net)
    const sequences = movesBack(mark.sequences, sight.readings.states, !empty)
    const fresh = detach(ledger)
    if (empty && sequences.length === 0) return { how: 'clean', rows: 0, leaks, fresh }
    const { net, oldest } = mark.frame
    const locking = tablesToLock({ net, sequences })
    // All that was committed to tables that nobody could write to since before the look is known.
    const known = frozen && locking.every((name) => toFreeze.includes(name)) ? undefined : sight.readings.moment
    const outcome = await parts.run({ net, direction: 'undo', sequences, known, oldest })
    if (outcome.how === 'done') return { how: 'undone', rows, leaks, fresh }
    reattach(mark, fresh, ledger)
    if (outcome.how === 'impossible') return { how: 'replace', rows, leaks, reason: outcome.reason }
    if (outcome.blocked) watched = undefined
    else toFreeze = [...new Set([...toFreeze, ...locking])]
    missed = outcome.reason
  }
  return { how: 'replace', rows: changedRows(mark.frame.net), leaks, reason: `after ${tries} tries: ${missed}` }
}
