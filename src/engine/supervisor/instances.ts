import type { HostContext, Instance, InstanceStatus, Json, ServiceHost } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { ServiceSpec } from '../rpc/protocol.ts'

/** An instance that runs, with the names under which configs know it. */
export interface RunningInstance {
  readonly key: string
  readonly instance: Instance
  readonly names: Set<string>
  /** Set when the server has ended by itself; every call on it fails with this. */
  death: Error | undefined
  /** Baselines that some client is building now. */
  readonly building: Map<string, Promise<void>>
}

/** All servers of this supervisor: started on demand, once each. */
export interface Instances {
  /** The running instance for a spec; starts it if there is none, or the one there was has died. */
  ensure(spec: ServiceSpec): Promise<RunningInstance>
  byService(name: string): RunningInstance
  statuses(): Promise<readonly { service: string; status: InstanceStatus }[]>
  stopAll(): Promise<readonly Error[]>
}

/** Two specs of one kind whose instance options are equal share a server. */
export function instanceKey(spec: ServiceSpec): string {
  return `${spec.kind} ${JSON.stringify(spec.plan.instance)}`
}

async function loadHost(spec: ServiceSpec): Promise<ServiceHost> {
  const module: { host?: ServiceHost } = await import(spec.host)
  if (module.host === undefined) {
    throw new BacklotError(
      'BACKLOT_CONFIG_INVALID',
      `service ${spec.name} (${spec.kind}) has no host at ${spec.host}`,
      {
        hint: 'a service module must export `host: ServiceHost`',
      },
    )
  }
  return module.host
}

/**
 * @param contextFor what a host is given; progress goes to whoever waits for the start
 * @param onDeath called once when a server ends by itself
 */
export function createInstances(
  contextFor: (service: string) => HostContext,
  onDeath: (running: RunningInstance) => void,
): Instances {
  const instances = new Map<string, Promise<RunningInstance>>()

  async function start(key: string, spec: ServiceSpec): Promise<RunningInstance> {
    const host = await loadHost(spec)
    const instance = await host.start(contextFor(spec.name), spec.plan.instance as Json)
    const running: RunningInstance = { key, instance, names: new Set(), death: undefined, building: new Map() }
    void instance.died.then((error) => {
      running.death = error
      instances.delete(key)
      onDeath(running)
    })
    return running
  }

  async function settled(): Promise<RunningInstance[]> {
    const results = await Promise.allSettled(instances.values())
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }

  let live: RunningInstance[] = []
  return {
    async ensure(spec) {
      const key = instanceKey(spec)
      let starting = instances.get(key)
      if (starting === undefined) {
        starting = start(key, spec)
        instances.set(key, starting)
        starting.catch(() => instances.delete(key))
      }
      const running = await starting
      running.names.add(spec.name)
      live = await settled()
      return running
    },
    byService(name) {
      const running = live.find((candidate) => candidate.names.has(name) && candidate.death === undefined)
      if (running === undefined) {
        throw new BacklotError('BACKLOT_USAGE', `service ${name} is not running`, { hint: 'npx backlot up' })
      }
      return running
    },
    async statuses() {
      const all = await settled()
      const lists = await Promise.all(
        all.map(async (running) => {
          const status = await running.instance.status()
          return [...running.names].map((service) => ({ service, status }))
        }),
      )
      return lists.flat().sort((a, b) => a.service.localeCompare(b.service))
    },
    async stopAll() {
      const all = await settled()
      const results = await Promise.allSettled(all.map((running) => running.instance.stop()))
      return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    },
  }
}
