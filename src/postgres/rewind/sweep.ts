import type { Client } from 'pg'
import type { Catalog } from './catalog.ts'
import type { Net } from './net.ts'

/**
 * Tables of a net change whose indexes show what is gone: a scan of an HNSW index looks at so many entries (`hnsw.ef_search`),
 * of rows that are there or not, so that an undo would leave later searches with less than they found before.
 */
export function tablesToSweep(catalog: Catalog, net: Net): readonly string[] {
  const changed = [...net.tables].filter(([, { images }]) => images.size > 0)
  return changed.map(([name]) => name).filter((name) => catalog.tables.get(name)?.showsGone === true)
}

/**
 * Takes the entries of rows that are gone out of the indexes of tables.
 *
 * @returns why some are left, if so: an older snapshot still sees them, or a lock was in the way
 */
export async function sweep(client: Client, tables: readonly string[]): Promise<string | undefined> {
  let said = ''
  const listen = ({ message = '' }: { readonly message: string | undefined }): void => {
    said += message
  }
  for (const table of tables) {
    said = ''
    client.on('notice', listen)
    try {
      await client.query(`VACUUM (VERBOSE, INDEX_CLEANUP ON, TRUNCATE OFF, PROCESS_TOAST OFF) ${table}`)
    } catch (error) {
      return `the index of ${table} still has what was undone: ${error instanceof Error ? error.message : String(error)}`
    } finally {
      client.off('notice', listen)
    }
    // A server that is asked for other messages than English ones is not understood, and the lease replaced.
    if (!/\b0 are dead but not yet removable/.test(said)) {
      return `the index of ${table} still has what was undone: a snapshot from before is open`
    }
  }
  return undefined
}
