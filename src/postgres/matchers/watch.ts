import type { LeaseCommit } from '../../contracts/index.ts'
import { recheckWithoutFeedMs, type Waited, waitUntil } from '../../wait/index.ts'
import { omittedChanges } from '../changes.ts'
import type { LeaseChanges, RowChange } from '../contract.ts'
import { unquoteQualifiedName } from '../feed/scan.ts'
import type { Table } from '../probe/catalog.ts'
import type { RunRows } from '../probe/rows.ts'
import type { ProbeSource } from '../probe/source.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import type { Waiting } from './wait-options.ts'

/** One look at a table. */
export interface Watch<Value> {
  readonly table: WrittenTableName
  readonly look: (table: Table, run: RunRows) => Promise<Value>
  readonly holds: (value: Value) => boolean
  /** True: an absence is to be proven, so nothing may be in flight. */
  readonly prove: boolean
  readonly waiting: Waiting
}

/** Changes of one table, in order. */
export interface TableChanges {
  readonly beforeTheWait: readonly RowChange[]
  readonly duringTheWait: readonly RowChange[]
  /** How many came after those and are not listed: of all, and during the wait. */
  readonly omitted: number
  readonly omittedInTheWait: number
}

/** How watching a table ended, and what to say if it ended badly. */
export interface Watched<Value> extends Waited<Value, LeaseCommit> {
  readonly table: Table
  /** Whether the last look was as wanted; proven and for long enough says `held`. */
  readonly asWanted: boolean
  /** The latest look that was as wanted, if any was: where that ceased, what was there at first. */
  readonly wanted: Value | undefined
  /** What the test changed in the table. Asks the lease: only for messages. */
  changed(): Promise<TableChanges>
}

/**
 * Tells what came after a first answer of the lease from what came before it. The first answer is asked for as soon as a look
 * fails: what is committed in the moment before it counts as before.
 */
function divide(first: LeaseChanges, all: LeaseChanges, feedName: string | undefined): TableChanges {
  const here = ({ table }: RowChange): boolean => feedName === undefined || table === feedName
  const omittedHere = ({ omitted }: LeaseChanges): number =>
    feedName === undefined ? omittedChanges(omitted) : (omitted[feedName] ?? 0)
  return {
    beforeTheWait: all.listed.slice(0, first.listed.length).filter(here),
    duringTheWait: all.listed.slice(first.listed.length).filter(here),
    omitted: omittedHere(all),
    omittedInTheWait: omittedHere(all) - omittedHere(first),
  }
}

/**
 * The feed shows a commit when its record is flushed, which is a moment before other sessions see its rows: PostgreSQL takes a
 * transaction off the list of running ones (`ProcArrayEndTransaction`) only after that. Measured: in 4 of 500 commits the look
 * came first. So a look that finds nothing is repeated, soon and then more seldom.
 */
const echoesMs = [1, 2, 5, 15, 50, 150, 500]

/** Looks at a table until what is wanted is there, after every commit that touched it. */
export async function watch<Value>(source: ProbeSource, options: Watch<Value>): Promise<Watched<Value>> {
  const { waiting, look, prove } = options
  let table: Table | undefined
  let before: Promise<LeaseChanges> | undefined
  let wanted: Value | undefined

  /** Commits name their tables as they stand in the catalog, the feed as Postgres quotes them. */
  const concerns = ({ touched }: LeaseCommit): boolean =>
    touched.length === 0 || table?.feedName === undefined || touched.includes(unquoteQualifiedName(table.feedName))

  const found = await source.withTable(options.table, new AbortController().signal, async (known) => known)
  table = found
  const recheck = source.hasFeed && found.inFeed ? {} : { recheckMs: recheckWithoutFeedMs }
  const waited = await waitUntil<Value, LeaseCommit>({
    what: `table ${found.shown}`,
    evaluate: async (signal) => {
      const value = await source.withTable(options.table, signal, (known, run) => {
        table = known
        return look(known, run)
      })
      const holds = options.holds(value)
      if (holds) wanted = value
      if (!holds || waiting.holdsForMs > 0) {
        before ??= source.changes()
        before.catch(() => {})
      }
      return value
    },
    holds: options.holds,
    subscribe: (listener) =>
      source.subscribe((commit) => {
        if (concerns(commit)) listener(commit)
      }),
    ...(prove ? { inFlight: () => source.inFlight() } : {}),
    deadlineMs: waiting.deadlineMs,
    holdsForMs: waiting.holdsForMs,
    echoesMs,
    ...recheck,
  })
  const last = table
  return {
    ...waited,
    table: last,
    asWanted: options.holds(waited.value),
    wanted,
    async changed() {
      const now = await source.changes()
      // Where every look but the last was as wanted, nobody has asked: then nothing came that matters.
      return divide((await before) ?? now, now, last.feedName)
    },
  }
}
