import { sql } from 'drizzle-orm'
import type { Session } from '../../src/index.ts'

/** The server's side of a session. */
export interface Backend {
  readonly pid: number
  /** `application_name`. */
  readonly name: string
  /** Whom the policies take it for. */
  readonly agent: string | null
  readonly readOnly: boolean
  readonly isolation: string
}

/** What the server says of a session. */
export async function backendOf({ db }: Session): Promise<Backend | undefined> {
  const { rows } = await db.execute<Backend & Record<string, unknown>>(sql`
    select pg_backend_pid() as pid, current_setting('application_name') as name, current_agent_id() as agent,
      current_setting('transaction_read_only') = 'on' as "readOnly", current_setting('transaction_isolation') as isolation`)
  return rows[0]
}
