import type { RowChange } from '../contract.ts'
import { readNamedTuples } from '../feed/index.ts'
import type { Catalog } from './catalog.ts'
import type { Frame } from './frame.ts'

/** The first changes of a frame for a reader, with leaves of partitions under their root's name. */
export function readChanges(frame: Frame, catalog: Catalog): RowChange[] {
  const truncated = [...frame.net.tables].filter(([, table]) => table.truncated)
  const quotedRoot = (name: string): string => catalog.tables.get(name)?.root.quoted ?? name
  return [
    ...truncated.map(([name]): RowChange => ({ table: quotedRoot(name), kind: 'truncate' })),
    ...frame.changes.map(
      ({ kind, table, line, start }): RowChange => ({
        table: quotedRoot(table),
        kind,
        ...readNamedTuples(line, start, kind),
      }),
    ),
  ]
}
