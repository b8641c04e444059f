import type { Connection } from '../contract.ts'

/** A running PostgreSQL server, wherever it came from. */
export interface PostgresServer {
  /** As the server tells it: `18.4`. */
  readonly version: string
  readonly major: number
  /** The link of the chain that provided it: `BACKLOT_DB_URL`, `cache`, `npm registry`, `container`. */
  readonly provider: string
  /** True for a server that the user gave: only what Backlot made itself is touched. */
  readonly guest: boolean
  /** Backlot's own way in, to the database `postgres` (or the one that the URL names). By URL it may be less than a superuser. */
  readonly superuser: Connection
  /** Where clients of the app reach it. */
  readonly tcp: { readonly host: string; readonly port: number }
  /** Leader of the server's process group; undefined when the server is not ours, or in a container. */
  readonly pid: number | undefined
  /** Absolute path of its log; undefined when the server is not ours. */
  readonly log: string | undefined
  /** Resolves when the server has ended by itself. */
  readonly died: Promise<Error>
  /** Ends the server and removes its data. A server that is not ours stays as it is. */
  stop(): Promise<void>
}
