import type { Client } from 'pg'
import type { Catalog, Table } from './catalog.ts'
import type { Net } from './net.ts'

/**
 * Tables of a net change whose indexes show what is gone: a scan of an HNSW index looks at so many entries (`hnsw.ef_search`),
 * of rows that are there or not, so that later searches would find less than they found before. Also where the rows of a
 * test are gone already when it ends.
 */
export function tablesToSweep(catalog: Catalog, net: Net): readonly Table[] {
  return [...net.tables.keys()].flatMap((name) => catalog.tables.get(name) ?? []).filter(({ showsGone }) => showsGone)
}

/**
 * Bytes of such indexes up to which a table is swept. Measured on PostgreSQL 18: VACUUM takes about 8 ms for each MB of an
 * HNSW index; a fresh clone about 150 ms, and 2 ms for each MB of the database.
 */
const worthwhile = 32_000_000

/**
 * Takes the entries of rows that are gone out of the indexes of tables.
 *
 * @param client a session with `lock_timeout`, `statement_timeout` and English messages
 * @param most bytes of HNSW indexes beyond which a fresh clone is quicker
 * @returns why some are left, if so: an older snapshot still sees them, or a lock was in the way
 */
export async function sweep(
  client: Client,
  tables: readonly Table[],
  most: number = worthwhile,
): Promise<string | undefined> {
  if (tables.length === 0) return undefined
  const names = tables.map(({ name }) => name).join(', ')
  try {
    const bytes = await indexBytes(client, tables)
    if (bytes > most) return `the HNSW indexes of ${names} are so large (${bytes} bytes) that a fresh clone is quicker`
    for (const { name } of tables) {
      const left = readLeft(await vacuum(client, name))
      if (left !== undefined) return `the index of ${name} still has what was undone: ${left}`
    }
    return undefined
  } catch (error) {
    return `the indexes of ${names} still have what was undone: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function indexBytes(client: Client, tables: readonly Table[]): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `SELECT coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(i.indexrelid)), 0) AS bytes
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am am ON am.oid = c.relam
    WHERE am.amname = 'hnsw' AND i.indrelid = ANY($1::pg_catalog.oid[])`,
    [tables.map(({ oid }) => oid)],
  )
  return Number(rows[0]?.bytes)
}

/** What VACUUM says of a table; from PostgreSQL 18 on also of its children. */
async function vacuum(client: Client, table: string): Promise<string> {
  let said = ''
  const listen = ({ message = '' }: { readonly message: string | undefined }): void => {
    said += message
  }
  client.on('notice', listen)
  try {
    await client.query(`VACUUM (VERBOSE, INDEX_CLEANUP ON, TRUNCATE OFF, PROCESS_TOAST OFF) ${table}`)
    return said
  } finally {
    client.off('notice', listen)
  }
}

/** Why VACUUM left something, if it did. */
function readLeft(said: string): string | undefined {
  const kept = [...said.matchAll(/\b(\d+) are dead but not yet removable/g)]
  if (kept.length === 0 || kept.some(([, count]) => count !== '0')) return 'a snapshot from before is open'
  if (said.includes('tuples missed')) return 'someone was reading it'
  return undefined
}
