/** How a step stands. */
export type StepState =
  /** Waits for its turn. */
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  /** Still waited for a lock at the end, and was ended. */
  | 'unfinished'

/** What is known of a step. */
export interface StepRecord {
  readonly session: string
  /** The statement's text, its values left out. */
  statement: string
  values: readonly unknown[]
  state: StepState
  rows: readonly object[]
  rowCount: number
  error: unknown
  /** Whom it waited for, at any time: names of sessions, or one line for a backend that is none. */
  readonly waitedFor: Set<string>
  /** Counts the transactions of the session: statements with equal numbers ran in one. */
  transaction: number
  /** Whether anyone has asked how it ended. */
  observed: boolean
}

/** Whom a step waits for at this moment. */
export interface Waiting {
  /** Names of sessions. */
  readonly sessions: readonly string[]
  /** One line for each session, or backend that is none, with what it is at. */
  readonly lines: readonly string[]
}
