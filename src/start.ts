import type { Before, Isolation, RewindReport } from './contracts/index.ts'
import { type Backlot, clock, type Handles, openLot, processOptions, type Services } from './engine/index.ts'
import { BacklotError } from './errors/index.ts'
import { createExpect, type ServiceExpect, type ValueMatchersOf } from './expect/index.ts'
import { type Api, type AppHandle, createApi } from './http/index.ts'

/** A config that runs, outside of a test runner. */
export type RunningLot<S extends Services> = {
  /** The services' handles, by name. */
  readonly services: Handles<S>
  /** Requests to the app of the config. */
  readonly api: Api
  /**
   * Asserts on probes, and on values with the matchers that the services bring for them. Each matcher resolves when it stands and
   * rejects with an `AssertionError` when it does not: `await lot.expect(lot.services.db.table('users')).toBeEmpty()`.
   */
  readonly expect: ServiceExpect<ValueMatchersOf<S>>
  /**
   * Marks the state as it is now; `rewind` returns to the newest mark. Marks nest.
   *
   * @param label names the mark in messages. Default: `mark`
   * @param before `setup` (default): what was written since the last rewind is set-up and stays. `nothing`: nothing should
   * have been; what was, is undone, and the mark costs less.
   */
  mark(label?: string, before?: Before): Promise<void>
  /** Undoes everything since the newest mark and takes it off. Resolves to what was done, by service. */
  rewind(): Promise<Readonly<Record<string, RewindReport>>>
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a config for `node:test`, a script or a REPL: a lease on every service, and the app.
 *
 * @throws BacklotError of whatever part fails
 *
 * @example
 * ```ts
 * await using lot = await start(backlot)
 * await lot.mark()
 * await lot.api.post('/users', { name: 'Ada' })
 * await lot.rewind()
 * ```
 */
export async function start<S extends Services>(
  backlot: Backlot<S>,
  options: { readonly isolation?: Isolation } = {},
): Promise<RunningLot<S>> {
  const lot = await openLot(backlot, { ...processOptions(), ...options })
  const app = (): AppHandle => {
    const running = lot.app()
    if (running !== undefined) return running
    throw new BacklotError('BACKLOT_USAGE', 'this config has no app', { hint: 'add app to defineBacklot' })
  }
  const api = createApi(app, { now: clock })
  return {
    services: lot.services,
    api,
    expect: createExpect(backlot.services),
    async mark(label = 'mark', before = 'setup') {
      await lot.push(label, before)
    },
    rewind: async () => (await lot.pop()).services,
    stop: lot.close,
    [Symbol.asyncDispose]: lot.close,
  }
}
