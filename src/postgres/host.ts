/**
 * The server side of `postgres()`: what the supervisor imports.
 *
 * @module
 */
import type { Json, ServiceHost } from '../contracts/index.ts'
import { inspect } from '../provision/index.ts'
import type { InstanceOptions } from './contract.ts'
import { openInstance } from './instance/index.ts'
import { installServer, serverLinks, startServer } from './server/index.ts'

/** The plan comes from the service's own client side, in this very package. */
const optionsOf = (instance: Json): InstanceOptions => instance as InstanceOptions

/** Starts servers and makes leases on them. */
export const host: ServiceHost = {
  async start(context, instance) {
    const options = optionsOf(instance)
    const server = await startServer(context, options)
    try {
      return await openInstance(server, options)
    } catch (error) {
      await server.stop()
      throw error
    }
  },
  install: (context, instance) => installServer(context, optionsOf(instance)),
  doctor: (context, instance) => inspect(serverLinks(optionsOf(instance), context)),
}
