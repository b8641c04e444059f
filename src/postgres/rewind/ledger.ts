import type { FeedEvent, Lsn } from '../feed/index.ts'
import { readTuples, unquoteQualifiedName } from '../feed/index.ts'
import { type Catalog, rootOf } from './catalog.ts'
import type { Frame, RawChange } from './frame.ts'
import { absorb, emptyFrame, keepChange, lose } from './frame.ts'
import { rowLiteral } from './image.ts'
import { add, tableNet, truncate } from './net.ts'
import { ddlPrefix } from './prepare.ts'

/** How much of changes is kept for an undo, over all marks of a lease. */
export interface Limits {
  /** Distinct row images: an inserted or deleted row is one, an updated row two. */
  readonly rows: number
  readonly bytes: number
}

/** How much is kept for an undo, and who hears of commits. */
export interface LedgerOptions {
  readonly limits: Limits
  /** Called at each commit with the tables it touched, as they stand in the catalog; none: the schema changed. */
  readonly onCommit: (touched: readonly string[]) => void
}

/** Keeps account of what was committed, per frame: everything that the feed hands over lands in the current frame. */
export interface Ledger {
  /** Takes the next event of the feed. */
  record(event: FeedEvent, lsn: Lsn): void
  /** From here on commits wait for {@link Ledger.release} to say where they belong. */
  hold(): void
  /** Commits that ended up to a position belong to the current frame, later ones to the one that becomes current. */
  release(upTo: Lsn, next: Frame): void
  /** Where commits land. A transaction lands as a whole in the frame that is current at its commit. */
  current: Frame
  catalog: Catalog
  /** The schema changed since the catalog was read. */
  stale: boolean
  /** Images that frames other than the current one keep, towards the limits. */
  kept: () => { images: number; bytes: number }
}

/** A transaction on its way in: nothing of it counts before its commit. */
interface Transaction {
  readonly frame: Frame
  readonly touched: Set<string>
  schemaChanged: boolean
}

/** A ledger whose catalog is still to be read. */
export function createLedger(options: LedgerOptions): Ledger {
  let transaction: Transaction | undefined
  let held: { readonly frame: Frame; readonly lsn: Lsn }[] | undefined
  const { limits } = options

  function begin(xid: string | undefined): Transaction {
    const frame = emptyFrame()
    if (xid !== undefined) frame.oldest = Number(xid)
    // What lands in a frame that cannot be undone any more need not be kept.
    if (held === undefined && ledger.current.lost !== undefined) frame.lost = ledger.current.lost
    return { frame, touched: new Set(), schemaChanged: false }
  }

  /** Counts a change in; resolves to why it cannot be, if so. */
  function enter(frame: Frame, raw: RawChange): string | undefined {
    const table = ledger.catalog.tables.get(raw.table)
    if (table === undefined) return `${raw.table} was not there when its lease was opened`
    if (table.obstacle !== undefined) return table.obstacle
    const tuples = readTuples(raw.line, raw.start, raw.kind, table.shape)
    const before = tuples?.before && rowLiteral(tuples.before)
    const after = tuples?.after && rowLiteral(tuples.after)
    if ((before === undefined && raw.kind !== 'insert') || (after === undefined && raw.kind !== 'delete')) {
      return `the log does not show the rows of ${raw.table} in full`
    }
    const net = tableNet(frame.net, raw.table)
    if (before !== undefined) add(frame.net, net, before, -1)
    if (after !== undefined) add(frame.net, net, after, 1)
    return beyondLimits(frame)
  }

  function beyondLimits({ net }: Frame): string | undefined {
    const kept = ledger.kept()
    const { current } = ledger
    if (kept.images + current.net.images + net.images > limits.rows) {
      return `more than ${limits.rows} row images would have to be kept`
    }
    if (kept.bytes + current.net.bytes + net.bytes > limits.bytes) {
      return `more than ${limits.bytes} bytes of row images would have to be kept`
    }
    return undefined
  }

  function change({ frame, touched }: Transaction, raw: RawChange): void {
    touched.add(raw.table)
    keepChange(frame, raw)
    if (frame.lost !== undefined) return
    const obstacle = enter(frame, raw)
    if (obstacle !== undefined) lose(frame, obstacle)
  }

  function commit({ frame, touched, schemaChanged }: Transaction, lsn: Lsn): void {
    if (held === undefined) absorb(ledger.current, frame)
    else held.push({ frame, lsn })
    if (schemaChanged) options.onCommit([])
    else if (touched.size > 0) options.onCommit([...new Set([...touched].map(plainRoot))])
  }

  function plainRoot(name: string): string {
    return ledger.catalog.tables.get(name)?.root.plain ?? unquoteQualifiedName(name)
  }

  function apply(event: FeedEvent, into: Transaction): void {
    if (event.type === 'change') change(into, event)
    else if (event.type === 'truncate') {
      for (const name of event.tables) {
        into.touched.add(name)
        // A partitioned table is named beside its leaves and holds no rows itself.
        if (into.frame.lost === undefined && ledger.catalog.tables.has(name)) truncate(into.frame.net, name)
      }
      const emptied = new Set(event.tables.map((name) => rootOf(ledger.catalog, name)))
      for (const name of emptied) keepChange(into.frame, { kind: 'truncate', table: name })
    } else if (event.type === 'message' && event.prefix === ddlPrefix) {
      // That rows of an unknown table came before it only follows from it.
      if (!into.schemaChanged) into.frame.lost = undefined
      into.schemaChanged = true
      ledger.stale = true
      lose(into.frame, `the schema changed: ${event.content}`)
    } else if (event.type === 'unknown') {
      lose(into.frame, `the change feed printed a line of an unknown kind: ${event.line.slice(0, 40)}`)
    }
  }

  const ledger: Ledger = {
    current: emptyFrame(),
    catalog: { tables: new Map(), sequences: [], unprepared: [] },
    stale: true,
    kept: () => ({ images: 0, bytes: 0 }),
    hold() {
      held = []
    },
    release(upTo, next) {
      const waiting = held ?? []
      held = undefined
      for (const { frame, lsn } of waiting) absorb(lsn <= upTo ? ledger.current : next, frame)
      ledger.current = next
    },
    record(event, lsn) {
      if (event.type === 'begin') {
        transaction = begin(event.xid)
      } else if (event.type === 'commit') {
        if (transaction !== undefined) commit(transaction, lsn)
        transaction = undefined
      } else if (transaction !== undefined) {
        apply(event, transaction)
      } else {
        // A message may stand outside of any transaction.
        const alone = begin(undefined)
        apply(event, alone)
        commit(alone, lsn)
      }
    },
  }
  return ledger
}
