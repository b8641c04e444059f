/** A connection that somebody holds, or held last. */
export interface HeldConnection {
  /** Process of the server behind it. */
  readonly pid: number
  /**
   * `checked out`: not yet given back. `open transaction`: given back, or idle, with a transaction still open.
   */
  readonly kind: 'checked out' | 'open transaction'
  /** What the server says of it: `active`, `idle`, `idle in transaction`. */
  readonly state: string
  /** The statement that it runs, or ran last. */
  readonly query: string
  /** Milliseconds since it was checked out; where that is not known, since it is in its state. */
  readonly sinceMs: number
  /** Where it was asked for: lines of a stack, the caller first. Empty where the pool does not tell. */
  readonly askedAt: readonly string[]
}

/** A connection and what it was used for since the pool is watched. */
export interface ConnectionUse {
  readonly pid: number
  /** How often it was checked out. */
  readonly times: number
  readonly queries: number
}

/** A pool at one moment. */
export interface PoolLook {
  readonly total: number
  readonly idle: number
  /** How many callers wait for a connection; undefined where it cannot be seen. */
  readonly waiting: number | undefined
}

/** What {@link WatchedPool.killBackends} did. */
export interface KillReport {
  /** How many backends were ended. */
  readonly killed: number
  /** What the pool reported on its idle connections. */
  readonly errors: readonly Error[]
  /**
   * True: the pool has no listener for `error`, so that in production the same would end the process (node-postgres emits it for
   * idle connections).
   */
  readonly wouldCrash: boolean
}

/** How one kind of pool is watched. */
export interface PoolSource {
  /** How messages name it. */
  readonly name: string
  /** Most connections that it opens, where known. */
  readonly max: number | undefined
  /** Calls back whenever something may have changed. Undefined: nothing is pushed, so it is looked at again and again. */
  readonly subscribe: ((listener: () => void) => () => void) | undefined
  look(): Promise<PoolLook>
  held(): Promise<readonly HeldConnection[]>
  /** Undefined where the pool does not tell. */
  readonly uses: (() => readonly ConnectionUse[]) | undefined
  /** Milliseconds that each caller waited or waits for a connection. Undefined where the pool does not tell. */
  readonly waits: (() => { readonly done: readonly number[]; readonly under: readonly number[] }) | undefined
  kill(): Promise<KillReport>
  stop(): Promise<void>
}
