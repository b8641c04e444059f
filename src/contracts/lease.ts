import type { Json } from './json.ts'

/** How a lease gets back to its baseline. See ARCHITECTURE.md. */
export type Isolation = 'rewind' | 'clone' | 'transaction' | 'none'

/** What may have happened between the last boundary and a new mark. */
export type Before =
  /** Set-up code ran (`beforeAll`): what it wrote belongs to the outer mark and stays. */
  | 'setup'
  /** Nothing should have: what was written since the last rewind is a leak of the test before, undone and reported. */
  | 'nothing'

/** Something that outlived the test that made it. */
export interface Leak {
  /** `late write`, `open transaction`, `prepared transaction`, `advisory lock`. */
  readonly kind: string
  /** One line for a person: query, application name, table. */
  readonly what: string
}

/** What a return to a mark did. */
export interface RewindReport {
  /** `clean`: nothing had changed; `undone`: rows were put back; `replaced`: the lease moved to a fresh copy; `kept`: isolation `none`. */
  readonly how: 'clean' | 'undone' | 'replaced' | 'kept'
  /** Rows that the test had changed (net), and the time the whole reset took in milliseconds. */
  readonly rows: number
  readonly ms: number
  readonly leaks: readonly Leak[]
  /** Why the lease was replaced or less was done than usual, in one line. */
  readonly reason?: string
  /** New coordinates, if the lease was replaced. */
  readonly info?: Json
}

/** Something was committed on the lease. */
export interface LeaseCommit {
  /** What was touched, as the service names it: qualified tables, topics. Empty: unknown, anything may have changed. */
  readonly touched: readonly string[]
}

/** A lease as the test process sees it. Everything goes to the supervisor. */
export interface LeaseClient {
  readonly id: string
  /** Coordinates and credentials, as the lease's host made them. */
  readonly info: Json
  /** Calls back at every commit that the feed shows, in order. Returns its unsubscribe. */
  onCommit(listener: (commit: LeaseCommit) => void): () => void
  /** A service-specific question, see `Lease.ask`. */
  ask(question: string, args: Json): Promise<Json>
  /** What is in flight now on any service of the lot or in its app, one line each; empty means settled. */
  inFlight(): Promise<readonly string[]>
  /** What the other services did since the innermost mark, one line each: for the message of a failed assertion. */
  others(): Promise<readonly string[]>
}
