import { once } from 'node:events'
import { connect, type PostgresServer } from '../../../src/postgres/server/index.ts'
import { identify, type ProcessIdentity } from '../../../src/process/index.ts'

/** The backend of a session that is busy with a statement without end, and notices nothing meanwhile. */
export async function busySession(server: PostgresServer): Promise<ProcessIdentity> {
  const client = await connect(server.superuser, 'endless')
  client.on('error', () => {})
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const busy = once(client, 'notice')
  client.query("DO $$ BEGIN RAISE NOTICE 'busy'; LOOP END LOOP; END $$").catch(() => {})
  await busy
  const backend = identify(rows[0]?.pid ?? 0)
  if (backend === undefined) throw new Error('the session has ended')
  return backend
}
