import type { Leak } from '../../contracts/index.ts'
import { isBacklotError } from '../../errors/index.ts'
import type { Beneath, OpenSession } from './beneath.ts'
import { changedBeneath, changedRoles } from './beneath.ts'
import type { Frame } from './frame.ts'
import type { Ledger } from './ledger.ts'
import type { Mark } from './marks.ts'
import { detach, reattach } from './marks.ts'
import { changedRows, isEmpty } from './net.ts'
import type { Dealt } from './outstanding.ts'
import type { SequenceState, SequenceStates } from './sequences.ts'
import { cachedSequences, movedSequences } from './sequences.ts'
import type { Work } from './statements.ts'
import type { UndoOutcome } from './undo.ts'

/** What a boundary finds. `sequences` is undefined where someone's lock kept them from being read. */
export interface Sight {
  readonly beneath: Beneath
  readonly sequences: SequenceStates | undefined
}

export interface TakeBackParts {
  readonly ledger: Ledger
  /** Waits until the feed has handed over all there is, and looks at the rest. */
  readonly look: () => Promise<Sight>
  readonly settle: (mark: Beneath, now: Beneath, watched: readonly OpenSession[] | undefined) => Promise<Dealt>
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

function obstacle(mark: Mark, now: Beneath, ledger: Ledger): string | undefined {
  const { frame } = mark
  if (frame.lost !== undefined) return frame.lost
  for (const [name, table] of frame.net.tables) {
    if (table.truncated) return `${name} was emptied by TRUNCATE, whose rows the log does not show`
    if (table.images.size > 0 && !ledger.catalog.tables.has(name)) return `${name} is gone`
  }
  return changedBeneath(mark.beneath, now)
}

function sequencesToSet(mark: Mark, now: SequenceStates, rows: boolean): SequenceState[] {
  const moved = movedSequences(mark.sequences, now)
  // Where anything was written, sessions may have used values of a cached sequence without moving it.
  const cached = rows ? cachedSequences(mark.sequences).filter((state) => !moved.includes(state)) : []
  return [...moved, ...cached]
}

function report(into: Leak[], dealt: Dealt, mark: Mark, now: Beneath): void {
  into.push(...dealt.leaks)
  for (const what of changedRoles(mark.beneath, now)) {
    const leak = { kind: 'role change', what: `${what}; roles belong to the whole server and are not put back` }
    if (!into.some((known) => known.what === leak.what)) into.push(leak)
  }
}

/** How far the search for what is under way goes. */
type Watch =
  /** All that is open now. */
  | 'all'
  /** What was open at the first look: what has begun since belongs to nobody's test. */
  | readonly OpenSession[]
  | 'none'

/**
 * Puts a database back to a mark, whose frame must be the ledger's current one: reads the feed to its end, ends what is
 * still under way, undoes the net change in one verified transaction. When someone wrote in between, it reads and tries again,
 * and from the third time on keeps everybody from writing meanwhile.
 *
 * @param extent `writes`: what is under way is ended only where it is in the way
 */
export async function takeBack(parts: TakeBackParts, mark: Mark, extent: 'everything' | 'writes'): Promise<TakenBack> {
  const { ledger } = parts
  const leaks: Leak[] = []
  let watch: Watch = extent === 'everything' ? 'all' : 'none'
  let missed = 'it did not come to rest'
  try {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const frozen = attempt >= 2 && (await parts.freeze(writtenTables(mark, ledger)))
      const sight = await parts.look()
      if (!frozen && watch !== 'none') {
        const dealt = await parts.settle(mark.beneath, sight.beneath, watch === 'all' ? undefined : watch)
        report(leaks, dealt, mark, sight.beneath)
        parts.seen(sight.beneath)
        if (dealt.stuck !== undefined) return { how: 'replace', rows: 0, leaks, reason: dealt.stuck }
        watch = sight.beneath.sessions
        if (dealt.moved) continue
      }
      if (sight.sequences === undefined) {
        watch = 'all'
        await parts.thaw()
        continue
      }
      const rows = changedRows(mark.frame.net)
      const reason = obstacle(mark, sight.beneath, ledger)
      if (reason !== undefined) {
        await parts.thaw()
        return { how: 'replace', rows, leaks, reason }
      }
      const empty = isEmpty(mark.frame.net)
      const sequences = sequencesToSet(mark, sight.sequences, !empty)
      const fresh = detach(ledger)
      if (empty && sequences.length === 0) {
        await parts.thaw()
        return { how: 'clean', rows: 0, leaks, fresh }
      }
      const { net, oldest } = mark.frame
      const outcome = await parts.run({ net, direction: 'undo', sequences, oldest })
      if (outcome.how === 'done') return { how: 'undone', rows, leaks, fresh }
      reattach(mark, fresh, ledger)
      if (outcome.how === 'impossible') return { how: 'replace', rows, leaks, reason: outcome.reason }
      if (outcome.blocked) watch = 'all'
      missed = outcome.reason
    }
  } catch (error) {
    await parts.thaw().catch(() => {})
    const reason = isBacklotError(error) ? error.summary : error instanceof Error ? error.message : String(error)
    return { how: 'replace', rows: 0, leaks, reason }
  }
  return { how: 'replace', rows: changedRows(mark.frame.net), leaks, reason: `after ${tries} tries: ${missed}` }
}

function writtenTables({ frame }: Mark, { catalog }: Ledger): string[] {
  return [...frame.net.tables.keys()].filter((name) => catalog.tables.has(name))
}
