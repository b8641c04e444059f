import type { Isolation, RewindReport } from './contracts/index.ts'
import { type Backlot, clock, type Handles, openLot, processOptions, type Services } from './engine/index.ts'
import { BacklotError } from './errors/index.ts'
import { type Api, type AppHandle, createApi } from './http/index.ts'

/** A config that runs, outside of a test runner. */
export type RunningLot<S extends Services> = {
  /** The services' handles, by name. */
  readonly services: Handles<S>
  /** Requests to the app of the config. */
  readonly api: Api
  /** Marks the state as it is now; `rewind` returns to the newest mark. Marks nest. */
  mark(label?: string): Promise<void>
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
    async mark(label = 'mark') {
      await lot.push(label, 'setup')
    },
    rewind: async () => (await lot.pop()).services,
    stop: lot.close,
    [Symbol.asyncDispose]: lot.close,
  }
}
