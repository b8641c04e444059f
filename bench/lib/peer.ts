import type { Query } from './work.ts'

/** The server that peers work on, with a role that may do everything. */
export interface Server {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/** One way to give every test a clean database. */
export interface Peer {
  /** Before a test. */
  begin(): Promise<void>
  /** What the test sends its statements through. */
  readonly query: Query
  /** Runs statements as an app runs a request: all in one transaction, committed (or what stands for it) at the end. */
  transaction(work: (query: Query) => Promise<void>): Promise<void>
  /** After a test. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Makes a peer ready: a database with the schema, connections that are open. `schema` is its SQL. */
export type OpenPeer = (server: Server, schema: string) => Promise<Peer>
