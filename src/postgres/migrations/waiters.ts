import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { connect } from '../client.ts'
import { ownApplicationName } from '../contract.ts'
import type { Track } from './track.ts'

/** Who has to wait for a lock: whoever reads the table, or whoever writes to it. */
export type Access = 'reads' | 'writes'

/** Somebody who was held up by a migration, while it was under way. */
export interface Waiter {
  readonly table: string
  readonly access: Access
  /** Resolves once it was let through, to the milliseconds that it waited. */
  readonly waitedMs: Promise<number>
}

/** The locks that reading and writing take. */
const modes: Readonly<Record<Access, string>> = { reads: 'ACCESS SHARE', writes: 'ROW EXCLUSIVE' }

/** Longest time to find out whether somebody waits, in milliseconds. */
const deadlineMs = 5000

/** Whether a session waits for another one. */
async function isHeldUp({ source }: Track, pid: number, by: number): Promise<boolean> {
  const [row] = await source.run('SELECT ($2::int = ANY (pg_blocking_pids($1::int)))::text', [String(pid), String(by)])
  return row?.[0] === 'true'
}

async function backendPid(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}

/**
 * Accesses a table beside a migration that is under way, and tells whether that has to wait for it.
 *
 * @param table quoted, and as a message shows it
 * @param by the session that migrates
 * @returns undefined for one that is let through at once
 */
export async function accessBeside(
  track: Track,
  table: { readonly sql: string; readonly shown: string },
  access: Access,
  by: number,
): Promise<Waiter | undefined> {
  const client = await connect(track.info.owner, { applicationName: `${ownApplicationName}beside` })
  const pid = await backendPid(client)
  await client.query('BEGIN')
  const began = performance.now()
  let through = false
  const waitedMs = client
    .query(`LOCK TABLE ONLY ${table.sql} IN ${modes[access]} MODE`)
    .then(() => performance.now() - began)
    .finally(() => {
      through = true
      return client.end().catch(() => {})
    })
  // A table that the migration drops is gone when the wait ends.
  const ended = waitedMs.catch(() => performance.now() - began)
  while (!through) {
    if (await isHeldUp(track, pid, by)) return { table: table.shown, access, waitedMs: ended }
    if (performance.now() - began < deadlineMs) continue
    throw new BacklotError('BACKLOT_TIMEOUT', `nobody can tell what holds up ${access} of ${table.shown}`, {
      hint: 'this is a defect of Backlot: please report it',
    })
  }
  // Its own lock has gone by then.
  await ended
  return undefined
}
