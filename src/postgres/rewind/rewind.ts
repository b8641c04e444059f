import type { Before, Leak, LeaseCommit } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { Connection, LeaseChanges } from '../contract.ts'
import type { Limits } from './ledger.ts'
import type { PopReport, ReplaceOrder, ReplayFrames } from './order.ts'

/** What a rewind needs to know of its lease. */
export interface RewindOptions {
  /** Of a superuser; its database does not matter. */
  readonly superuser: Connection
  /** The lease's database: a clone of a template that went through `prepareTemplate`. */
  readonly database: string
  /** Name of the temporary slot and of the replication origin; unique on the server, at most 63 bytes. */
  readonly name: string
  readonly limits: Limits
  /** Awaited before sessions of others are ended, so that an in-process app can brace itself. */
  readonly onSessionsEnding: () => Promise<void>
  /** How long the change feed may take to start, in milliseconds; default 15,000. */
  readonly startWithin?: number
  /** How long the feed may take to catch up at a boundary, in milliseconds; default 30,000. */
  readonly catchUpWithin?: number
  /** How long a mark waits for a lock that someone holds on a sequence, in milliseconds; default 10,000. */
  readonly lockedWithin?: number
}

/** Puts one database back to marks. Calls of `push`, `pop`, `caughtUp`, `replay`, `recycle` and `abandon` come one at a time. */
export interface Rewind {
  /**
   * Puts a mark on the stack. Every commit acknowledged before the call belongs before it.
   *
   * With `nothing`, what was committed since the last `pop` is undone and returned as leaks of kind `late write`. When that
   * cannot be undone, {@link Rewind.replacement} is set: move at once, or the test begins with them in place and its `pop` is
   * the order to move.
   */
  push(label: string, before: Before): Promise<readonly Leak[]>
  /** Returns to the innermost mark and takes it off the stack. */
  pop(): Promise<PopReport>
  /** Set when the database can no longer be rewound: the lease must move, and `frames` be replayed there. */
  replacement(): ReplaceOrder | undefined
  /**
   * Makes a fresh clone look as the old database did at the mark that was returned to, marks included.
   *
   * @throws BacklotError BACKLOT_REWIND_FAILED when what outer set-up did cannot be made again (it changed the schema)
   */
  replay(frames: ReplayFrames): Promise<void>
  /** What a fresh clone needs to become what the database is now; nothing here changes. */
  snapshot(): Promise<ReplayFrames>
  /** Takes the innermost mark off the stack without undoing anything: the database is to be kept as it is, the lease to move. */
  abandon(reason: string): Promise<ReplaceOrder>
  /** Ends all sessions of others, returns to the state at `openRewind`, empties the stack. */
  recycle(): Promise<PopReport>
  /** Resolves when everything that was acknowledged before the call shows in `changes`. */
  caughtUp(): Promise<void>
  /** What was committed since the innermost mark, in order; past 1,000 changes or 1 MB they are counted. */
  changes(): LeaseChanges
  /** Calls back at every commit that the feed shows. Returns its unsubscribe. */
  onCommit(listener: (commit: LeaseCommit) => void): () => void
  /** Open transactions of others, one line each; empty: nothing is under way. */
  inFlight(): Promise<readonly string[]>
  /** Number of marks on the stack. */
  depth(): number
  /** Ends the stream and the connections, drops the origin. The database can be dropped afterwards. */
  end(): Promise<void>
}

/** The error for a lease that can be neither rewound nor replaced. */
export function unreplayable(reason: string): BacklotError {
  return new BacklotError(
    'BACKLOT_REWIND_FAILED',
    `a fresh copy cannot be brought to where the test began: ${reason}`,
    {
      hint: 'move schema changes and very large data from beforeAll to the migrations or the seed of the service',
    },
  )
}
