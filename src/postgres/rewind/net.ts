/** The net change of one table: how many more (or fewer) rows with a given image there are than before. */
export interface TableNet {
  /** The table was emptied by TRUNCATE before these: what was in it then is not known. */
  truncated: boolean
  /** Row literal to count; never zero. */
  readonly images: Map<string, number>
}

/** The net change of a database: a multiset of whole rows per table, by the name that the feed prints. */
export interface Net {
  readonly tables: Map<string, TableNet>
  /** Distinct images kept, and about how much memory they take. */
  images: number
  bytes: number
}

/** What a map entry costs besides its text, about. */
const entryBytes = 100

/** The net change of nothing. */
export function emptyNet(): Net {
  return { tables: new Map(), images: 0, bytes: 0 }
}

/** Whether there is nothing to undo: no row differs and no table was truncated. */
export function isEmpty(net: Net): boolean {
  for (const table of net.tables.values()) if (table.truncated || table.images.size > 0) return false
  return true
}

/** The net change of one table, to be added to. `name` as Postgres quotes it. */
export function tableNet(net: Net, name: string): TableNet {
  let table = net.tables.get(name)
  if (table === undefined) {
    table = { truncated: false, images: new Map() }
    net.tables.set(name, table)
  }
  return table
}

/** Counts `by` more rows with this image. */
export function add(net: Net, table: TableNet, image: string, by: number): void {
  const before = table.images.get(image)
  const count = (before ?? 0) + by
  if (count === 0) {
    table.images.delete(image)
    net.images -= 1
    net.bytes -= image.length + entryBytes
    return
  }
  table.images.set(image, count)
  if (before === undefined) {
    net.images += 1
    net.bytes += image.length + entryBytes
  }
}

/** Notes that a table was emptied. */
export function truncate(net: Net, name: string): void {
  const table = tableNet(net, name)
  for (const [image, count] of [...table.images]) add(net, table, image, -count)
  table.truncated = true
}

/** Adds what came later to what came before. */
export function merge(earlier: Net, later: Net): void {
  for (const [name, { truncated, images }] of later.tables) {
    if (truncated) truncate(earlier, name)
    const table = tableNet(earlier, name)
    for (const [image, count] of images) add(earlier, table, image, count)
  }
}

/** Rows that a table lost and gained. */
export function lostAndGained(table: TableNet): { lost: number; gained: number } {
  let lost = 0
  let gained = 0
  for (const count of table.images.values()) {
    if (count < 0) lost -= count
    else gained += count
  }
  return { lost, gained }
}

/** Rows changed in all: an update counts once. */
export function changedRows(net: Net): number {
  let rows = 0
  for (const table of net.tables.values()) {
    const { lost, gained } = lostAndGained(table)
    rows += Math.max(lost, gained)
  }
  return rows
}

/** One line per changed table for a person: `public.users: 2 rows added, 1 gone`. */
export function describe(net: Net): string[] {
  const lines: string[] = []
  for (const [name, table] of net.tables) {
    const { lost, gained } = lostAndGained(table)
    const updated = Math.min(lost, gained)
    const parts = [
      table.truncated ? 'emptied by TRUNCATE' : '',
      gained > updated ? `${gained - updated} inserted` : '',
      updated > 0 ? `${updated} updated` : '',
      lost > updated ? `${lost - updated} deleted` : '',
    ].filter((part) => part !== '')
    if (parts.length > 0) lines.push(`${name}: ${parts.join(', ')}`)
  }
  return lines
}
