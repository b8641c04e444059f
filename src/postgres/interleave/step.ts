import { probeMatchers } from '../../contracts/index.ts'
import type { Step, StepMatchers } from './contract.ts'
import type { StepRecord } from './record.ts'

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
