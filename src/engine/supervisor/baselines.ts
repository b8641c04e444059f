import { randomUUID } from 'node:crypto'
import { BacklotError } from '../../errors/index.ts'
import type { Preparation, ServiceSpec } from '../rpc/protocol.ts'
import type { RunningInstance } from './instances.ts'

/** Baselines are built by clients (they have the user's code), one client at a time for each key. */
export interface Baselines {
  /** Waits while another client builds the same baseline. A `build` answer must end with `built`, or with the client's end. */
  prepare(running: RunningInstance, spec: ServiceSpec, client: object): Promise<Preparation>
  built(ticket: string, ok: boolean): Promise<void>
  /** Discards what a client that has gone was building. */
  abandon(client: object): Promise<void>
}

interface Build {
  readonly client: object
  finish(ok: boolean): Promise<void>
}

/** Keeps the builds under way: who asks for a baseline that is being built waits for its end. */
export function createBaselines(): Baselines {
  const builds = new Map<string, Build>()

  return {
    async prepare(running, spec, client) {
      const key = spec.plan.baseline
      for (let other = running.building.get(key); other !== undefined; other = running.building.get(key)) await other
      const { promise, resolve } = Promise.withResolvers<void>()
      const release = (): void => {
        running.building.delete(key)
        resolve()
      }
      running.building.set(key, promise)
      try {
        const request = await running.instance.baseline(key, spec.plan.lease)
        if (request.state === 'ready') {
          release()
          return { state: 'ready' }
        }
        const ticket = randomUUID()
        builds.set(ticket, {
          client,
          finish: async (ok) => {
            builds.delete(ticket)
            try {
              await (ok ? request.keep() : request.discard())
            } finally {
              release()
            }
          },
        })
        return { state: 'build', ticket, target: request.target }
      } catch (error) {
        release()
        throw error
      }
    },
    async built(ticket, ok) {
      const build = builds.get(ticket)
      if (build === undefined) {
        throw new BacklotError('BACKLOT_BASELINE_FAILED', 'this baseline is not being built', { hint: 'run again' })
      }
      await build.finish(ok)
    },
    async abandon(client) {
      const abandoned = [...builds.values()].filter((build) => build.client === client)
      await Promise.allSettled(abandoned.map((build) => build.finish(false)))
    },
  }
}
