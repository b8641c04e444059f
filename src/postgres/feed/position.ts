import type { Client } from 'pg'
import type { Feed } from './feed.ts'
import type { Lsn } from './lsn.ts'
import { parseLsn } from './lsn.ts'

/** Prefix of the logical messages by which a place in the feed is marked. */
export const markerPrefix = 'backlot.mark'

/** Where the log ended at some moment. */
export interface Standing {
  /** All that was written; what was committed until then ends before it. */
  readonly written: Lsn
  /** All that the feed can show. */
  readonly flushed: Lsn
}

/** A position as a number in SQL. */
export function lsnNumber(position: string): string {
  return `(${position} - '0/0'::pg_catalog.pg_lsn)::pg_catalog.int8`
}

/** SQL for a {@link Standing}: two columns, in this order. */
export const standingColumns: readonly [written: string, flushed: string] = [
  lsnNumber('pg_catalog.pg_current_wal_insert_lsn()'),
  lsnNumber('pg_catalog.pg_current_wal_flush_lsn()'),
]

const standingQuery = {
  name: 'backlot_standing',
  text: `SELECT ${standingColumns.join(', ')}`,
  rowMode: 'array' as const,
}

/** A message that is flushed at once and needs no transaction, so that it stands behind every commit before it. */
const flushedMarker = {
  name: 'backlot_marker',
  text: `SELECT pg_catalog.pg_logical_emit_message(false, '${markerPrefix}', '', true) AS at`,
}

/** PostgreSQL 16 cannot flush such a message; the commit of a transactional one is flushed instead. */
const committedMarker = {
  name: 'backlot_marker',
  text: `SELECT pg_catalog.pg_logical_emit_message(true, '${markerPrefix}', '') AS at`,
}

const flushed = {
  name: 'backlot_flushed',
  text: 'SELECT pg_catalog.pg_current_wal_flush_lsn() AS flushed',
}

/**
 * Waits until the feed has handed over every commit that was acknowledged to anyone before this call.
 *
 * Mostly nothing is written for that: the log's end is asked for, and the stream pinged until it says that it has passed it.
 * Where something was written but not flushed yet (a session with `synchronous_commit` off, another lease in the
 * middle of a transaction), a flushed marker pushes it out first.
 *
 * @param client a session of Backlot's own; not one with a replication origin
 * @param version the server's major version
 * @param within milliseconds
 * @param standing where the log ends, if that was asked already
 * @throws BacklotError as `Feed.reach`
 */
export async function catchUp(
  client: Client,
  feed: Feed,
  version: number,
  within: number,
  standing?: Standing,
): Promise<void> {
  const { written, flushed } = standing ?? (await ask(client))
  await feed.reach(flushed < written ? await mark(client, version) : flushed, within)
}

async function ask(client: Client): Promise<Standing> {
  const { rows } = await client.query<[string, string]>(standingQuery)
  const [written, flushed] = rows[0] ?? ['1', '0']
  return { written: Number(written), flushed: Number(flushed) }
}

async function mark(client: Client, version: number): Promise<Lsn> {
  if (version >= 17) {
    const { rows } = await client.query<{ at: string }>(flushedMarker)
    return parseLsn(rows[0]?.at ?? '0/0')
  }
  await client.query(committedMarker)
  const { rows } = await client.query<{ flushed: string }>(flushed)
  return parseLsn(rows[0]?.flushed ?? '0/0')
}
