import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { connect, printingOptions } from '../client.ts'
import { type Connection, ownApplicationName } from '../contract.ts'
import type { HandleParts } from '../parts.ts'

/** An attempt waits no longer for a lock, or for itself. */
const deadlines = '-c lock_timeout=5s -c statement_timeout=30s'

/** Refuses what cannot be tried beside an open transaction that others do not see. */
export function requireOwnSessions({ info }: HandleParts, caller: string): void {
  if (info().isolation !== 'transaction') return
  throw new BacklotError(
    'BACKLOT_USAGE',
    `${caller} needs sessions of its own; under isolation transaction there is one session`,
    { hint: "use isolation 'rewind' for this file" },
  )
}

/** Opens a session on which things are tried and rolled back: Backlot's own, so that nobody waits for it to settle. */
export async function withRehearsal<T>(
  to: Connection,
  prepare: ((client: Client) => Promise<void>) | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(to, {
    applicationName: `${ownApplicationName}rehearsal`,
    options: `${printingOptions} ${deadlines}`,
    ...(prepare === undefined ? {} : { prepare }),
  })
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Runs something in a transaction that is rolled back, whatever comes of it. */
export async function rolledBack<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    return await work()
  } finally {
    await client.query('ROLLBACK')
  }
}
