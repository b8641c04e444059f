import { type Probe, probeMatchers } from '../../contracts/index.ts'
import type { StepMatchers } from './matchers.ts'

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

/**
 * A statement of one session, under way or done. Await it for its rows, or leave it running and assert on it:
 * `await expect(step).toBeBlockedBy(a)`.
 */
export interface Step<Value> extends Promise<Value>, Probe<StepMatchers> {
  toString(): string
}

/** A promise that knows whether somebody waits for it. */
class Watched<Value> extends Promise<Value> {
  readonly #record: StepRecord

  constructor(result: Promise<Value>, record: StepRecord) {
    super((resolve, reject) => {
      result.then(resolve, reject)
    })
    this.#record = record
    // How it ended stands in the record too: nobody needs to await a step that is expected to fail.
    super.then(undefined, () => {})
  }

  /** What follows a step is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise.
  override then<A = Value, B = never>(
    resolved?: ((value: Value) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#record.observed = true
    return super.then(resolved, rejected)
  }

  override toString(): string {
    return `the step of ${this.#record.session}`
  }
}

/** Makes a step of what is under way. */
export function createStep<Value>(result: Promise<Value>, record: StepRecord, matchers: StepMatchers): Step<Value> {
  return Object.assign(new Watched(result, record), { [probeMatchers]: matchers })
}
