import type { Leak } from '../../contracts/index.ts'
import type { Frame } from './frame.ts'

/** Where a sequence stood, by name: a clone of the same template has it under the same name. */
export interface SequencePosition {
  readonly name: string
  readonly last: string
  readonly called: boolean
}

/** A mark that stays when an inner one is returned to, with what was committed after it. */
export interface OuterMark {
  readonly label: string
  readonly sequences: readonly SequencePosition[]
  readonly frame: Frame
}

/**
 * What a fresh clone needs so that nothing of the outer marks is lost: hand it to `replay` of its rewind. It is opaque
 * otherwise.
 */
export interface ReplayFrames {
  /** The baseline first. */
  readonly marks: readonly OuterMark[]
  /** Where sequences stood at the mark that was returned to. */
  readonly sequences: readonly SequencePosition[]
  /** Why it cannot be made again, if so: `replay` refuses then. */
  readonly obstacle: string | undefined
}

/** The lease must move to a fresh clone; this database is of no more use. */
export interface ReplaceOrder {
  readonly how: 'replace'
  /** Why, in one line. */
  readonly reason: string
  readonly rows: number
  readonly leaks: readonly Leak[]
  readonly frames: ReplayFrames
}

/** The innermost mark's state is back. */
export interface RewoundReport {
  readonly how: 'clean' | 'undone'
  /** Rows that had changed, net; an update counts once. */
  readonly rows: number
  readonly leaks: readonly Leak[]
}

/** The answer of `pop` and `recycle`. */
export type PopReport = RewoundReport | ReplaceOrder
