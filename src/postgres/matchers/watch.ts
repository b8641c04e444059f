import type { LeaseCommit } from '../../contracts/index.ts'
import { recheckWithoutFeedMs, type Waited, waitUntil } from '../../wait/index.ts'
import type { RowChange } from '../contract.ts'
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

/** How watching a table ended, and what to say if it ended badly. */
export interface Watched<Value> extends Waited<Value, LeaseCommit> {
  readonly table: Table
  /** What was changed in the table since the first look failed. Asks the lease: only for messages. */
  changed(): Promise<readonly RowChange[]>
}

function isTruncate({ kind }: RowChange): boolean {
  return kind === 'truncate'
}

/** Changes of the second list that the first does not have; truncations stand in front of each. */
function since(before: readonly RowChange[], after: readonly RowChange[]): readonly RowChange[] {
  const later = (pick: (change: RowChange) => boolean): readonly RowChange[] =>
    after.filter(pick).slice(before.filter(pick).length)
  return [...later(isTruncate), ...later((change) => !isTruncate(change))]
}

/** Looks at a table until what is wanted is there, after every commit that touched it. */
export async function watch<Value>(source: ProbeSource, options: Watch<Value>): Promise<Watched<Value>> {
  const { waiting, look, prove } = options
  let table: Table | undefined
  let before: Promise<readonly RowChange[]> | undefined

  const concerns = ({ touched }: LeaseCommit): boolean =>
    touched.length === 0 || table?.feedName === undefined || touched.includes(table.feedName)

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
      if (!options.holds(value)) {
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
    ...recheck,
  })
  const last = table
  return {
    ...waited,
    table: last,
    async changed() {
      const [first = [], now] = await Promise.all([before, source.changes()])
      return since(first, now).filter((change) => last.feedName === undefined || change.table === last.feedName)
    },
  }
}
