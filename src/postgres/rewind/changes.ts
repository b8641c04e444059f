import type { LeaseChanges, RowChange } from '../contract.ts'
import { type NamedValues, readNamedTuples } from '../feed/index.ts'
import { type Catalog, rootOf, type Table } from './catalog.ts'
import { emptyFrame, type Frame, keepChanges, type ListedChange } from './frame.ts'

/** An old row with its nulls, which test_decoding leaves out; not where the log shows less than whole rows. */
function withNulls(table: Table | undefined, before: NamedValues, after: NamedValues | undefined): NamedValues {
  if (table === undefined || table.obstacle !== undefined) return before
  // The new row has the columns as they were then, whatever the catalog says since.
  const columns = after === undefined ? table.shape.columns : Object.keys(after)
  return { ...Object.fromEntries(columns.map((name) => [name, null])), ...before }
}

function rowChange(change: ListedChange, catalog: Catalog): RowChange {
  const table = rootOf(catalog, change.table)
  const { kind } = change
  if (kind === 'truncate') return { table, kind }
  const { before, after } = readNamedTuples(change.line, change.start, kind)
  return {
    table,
    kind,
    ...(before === undefined ? {} : { before: withNulls(catalog.tables.get(change.table), before, after) }),
    ...(after === undefined ? {} : { after }),
  }
}

/** The first changes of frames for a reader, in order, with leaves of partitions under their root's name. */
export function readChanges(frames: readonly Frame[], catalog: Catalog): LeaseChanges {
  const all = emptyFrame()
  for (const frame of frames) keepChanges(all, frame)
  const omitted: Record<string, number> = {}
  for (const [name, changes] of all.omitted) {
    const table = rootOf(catalog, name)
    omitted[table] = (omitted[table] ?? 0) + changes
  }
  return { listed: all.changes.map((change) => rowChange(change, catalog)), omitted }
}
