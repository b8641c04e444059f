import type { ChangeKind } from '../feed/index.ts'
import type { Net } from './net.ts'
import { emptyNet, merge } from './net.ts'

/** A changed row as the feed printed it. */
export interface RawChange {
  readonly kind: ChangeKind
  /** `schema.table` as Postgres quotes it. */
  readonly table: string
  readonly line: string
  readonly start: number
}

/** A table, or a partitioned one as a whole, that was emptied. */
interface RawTruncate {
  readonly kind: 'truncate'
  /** `schema.table` as Postgres quotes it. */
  readonly table: string
}

/** What a reader is shown. */
export type ListedChange = RawChange | RawTruncate

/** What was committed between two boundaries. */
export interface Frame {
  net: Net
  /** Why there is no net change any more, if so: it cannot be undone, nor made again. */
  lost: string | undefined
  /** The oldest transaction in it. */
  oldest: number | undefined
  /** The first changes in order, for a reader, and by table how many came after them. */
  changes: ListedChange[]
  changesBytes: number
  readonly omitted: Map<string, number>
}

/** What a reader is shown of a test's changes at most. */
const mostChanges = 1000
const mostChangesBytes = 1_000_000

/** A frame in which nothing has been committed yet. */
export function emptyFrame(): Frame {
  return { net: emptyNet(), lost: undefined, oldest: undefined, changes: [], changesBytes: 0, omitted: new Map() }
}

/** Keeps a change for `db.changes()`: the first 1,000 of a frame, up to 1 MB of them; the others are counted. An undo does not need it. */
export function keepChange(frame: Frame, change: ListedChange): void {
  const bytes = change.kind === 'truncate' ? 0 : change.line.length
  const full = frame.changes.length >= mostChanges || frame.changesBytes + bytes > mostChangesBytes
  // Behind the first gap nothing is listed: what is listed is all that happened up to there.
  if (full || frame.omitted.size > 0) {
    omit(frame, change.table, 1)
    return
  }
  frame.changes.push(change)
  frame.changesBytes += bytes
}

function omit({ omitted }: Frame, table: string, changes: number): void {
  omitted.set(table, (omitted.get(table) ?? 0) + changes)
}

/** Adds what a reader is shown of what came later. */
export function keepChanges(earlier: Frame, later: Frame): void {
  for (const change of later.changes) keepChange(earlier, change)
  for (const [table, changes] of later.omitted) omit(earlier, table, changes)
}

/** Gives up on the net change of a frame, and its memory. The first reason stays. */
export function lose(frame: Frame, reason: string): void {
  frame.lost ??= reason
  frame.net = emptyNet()
}

/** Whether nothing is known to have been written, not even what is gone again. */
export function untouchedFrame({ lost, net }: Frame): boolean {
  return lost === undefined && net.tables.size === 0
}

/** The older of two transaction numbers, which wrap around at 2^32. */
function older(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return ((a - b) | 0) < 0 ? a : b
}

/** Adds what came later to what came before. */
export function absorb(earlier: Frame, later: Frame): void {
  keepChanges(earlier, later)
  earlier.oldest = older(earlier.oldest, later.oldest)
  if (earlier.lost !== undefined) return
  if (later.lost !== undefined) lose(earlier, later.lost)
  else if (earlier.net.tables.size === 0) earlier.net = later.net
  else merge(earlier.net, later.net)
}
