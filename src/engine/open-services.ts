import type { Json, LeaseClient, LeaseCommit, Service, ServiceContext } from '../contracts/index.ts'
import type { SupervisorConnection } from './client/connect.ts'
import type { Backlot, Services } from './define.ts'
import type { LotOptions, LotService } from './lot-types.ts'
import type { ServiceSpec } from './rpc/protocol.ts'
import { startOrder } from './validate.ts'

/** What a service is told of the project. */
export function serviceContext(backlot: Backlot<Services>, name: string, options: LotOptions): ServiceContext {
  return {
    name,
    projectRoot: backlot.root,
    env: options.env,
    isolation: options.isolation ?? backlot.isolation,
    progress: options.progress,
  }
}

/** Checks a service's options and says what the supervisor must know of it. */
export async function specOf(service: Service, context: ServiceContext): Promise<ServiceSpec> {
  await service.check(context)
  return { name: context.name, kind: service.kind, host: service.host, plan: await service.plan(context) }
}

/** Makes sure that the instance runs and the baseline stands; builds it with the user's code where it does not. */
export async function prepareService(
  supervisor: SupervisorConnection['supervisor'],
  service: Service,
  spec: ServiceSpec,
  context: ServiceContext,
): Promise<void> {
  const preparation = await supervisor.prepare(spec)
  if (preparation.state === 'ready') return
  let built = false
  try {
    context.progress({ what: `building the baseline of ${spec.name}` })
    await service.build(preparation.target, context)
    built = true
  } finally {
    context.progress({ what: `building the baseline of ${spec.name}`, finished: true })
    await supervisor.built(preparation.ticket, built)
  }
}

function leaseClient(
  connection: SupervisorConnection,
  id: string,
  info: () => Json,
  inFlight: () => Promise<readonly string[]>,
  others: () => Promise<readonly string[]>,
): LeaseClient {
  return {
    id,
    get info() {
      return info()
    },
    onCommit: (listener: (commit: LeaseCommit) => void) =>
      connection.onCommit((lease, touched) => {
        if (lease === id) listener({ touched })
      }),
    ask: (question, args) => connection.supervisor.ask(id, question, args),
    inFlight,
    others,
  }
}

/**
 * Opens every service of a config, in the order of their dependencies and otherwise side by side.
 *
 * @param opened is filled in the config's order; on a failure it holds what had been opened
 */
export async function openServices<S extends Services>(
  backlot: Backlot<S>,
  connection: SupervisorConnection,
  options: LotOptions,
  inFlight: () => Promise<readonly string[]>,
  opened: LotService[],
): Promise<void> {
  const ready = new Map<string, Promise<LotService>>()

  async function openOne(name: string, service: Service): Promise<LotService> {
    const context = serviceContext(backlot, name, options)
    const spec = await specOf(service, context)
    await Promise.all((service.dependsOn ?? []).map((other) => ready.get(other)))
    await prepareService(connection.supervisor, service, spec, context)
    const grant = await connection.supervisor.acquire(spec)
    const others = async (): Promise<readonly string[]> => {
      const rest = opened.filter((other) => other.name !== name)
      return (await Promise.all(rest.map((other) => other.open.summary()))).flat()
    }
    const client = leaseClient(connection, grant.lease, () => grant.info, inFlight, others)
    const environment = service.environment(grant.info, context)
    return { name, lease: grant.lease, environment, open: await service.open(client, context) }
  }

  for (const name of startOrder(backlot.services)) {
    const service = backlot.services[name]
    if (service !== undefined) ready.set(name, openOne(name, service))
  }
  const results = await Promise.allSettled(ready.values())
  const failed = results.find((result) => result.status === 'rejected')
  opened.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
  if (failed !== undefined) {
    await Promise.allSettled(opened.map(({ open }) => open.close()))
    throw failed.reason
  }
}
