import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'

/** How long a walsender may take to go, in milliseconds. */
const goneWithin = 5000

/** Waits until a slot is gone: a walsender takes a moment, and a database with a slot in use can be neither dropped nor cloned. */
export async function slotGone(client: Client, slot: string): Promise<void> {
  const end = performance.now() + goneWithin
  const query = 'SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1'
  for (let wait = 1; performance.now() < end; wait = Math.min(wait * 2, 16)) {
    // Where the server is gone, so is the slot.
    const left = await client.query(query, [slot]).then(
      ({ rowCount }) => rowCount,
      () => 0,
    )
    if (left === 0) return
    await pause(wait)
  }
}

const blockersQuery = `
  SELECT 'transaction in ' || datname || ': ' || pg_catalog."left"(query, 200) || ' (' || application_name || ', pid ' || pid || ')' AS line
  FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL
  UNION ALL
  SELECT 'prepared transaction in ' || database || ': ' || gid FROM pg_catalog.pg_prepared_xacts`

/** Who may keep a slot from being made: write transactions that are open in any database, one line each. */
export async function slotBlockers(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ line: string }>(blockersQuery)
  return rows.map(({ line }) => line)
}
