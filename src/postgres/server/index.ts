/**
 * A PostgreSQL server: the user's own, one that runs from cached or downloaded binaries, or one in a container.
 *
 * @module
 */
import type { HostContext } from '../../contracts/index.ts'
import { obtain } from '../../provision/index.ts'
import type { InstanceOptions } from '../contract.ts'
import { serverLinks } from './chain.ts'
import type { PostgresServer } from './contract.ts'
import { withExtensions } from './extended.ts'

export { serverLinks } from './chain.ts'
export { type ConnectOptions, connect, withConnection } from './connect.ts'
export type { PostgresServer } from './contract.ts'
export { installServer } from './install.ts'

/**
 * Obtains and starts a server by the chain `BACKLOT_<NAME>_URL`, cache, npm registry (and the Python index, for
 * extensions that are laid over its binaries), container.
 *
 * @throws BACKLOT_PROVIDER_EXHAUSTED, BACKLOT_SERVER_START_FAILED, BACKLOT_DOWNLOAD_FAILED, BACKLOT_DISK_FULL,
 * BACKLOT_CACHE_UNUSABLE
 */
export async function startServer(context: HostContext, options: InstanceOptions): Promise<PostgresServer> {
  const { url, version, extensions = [] } = options
  const what = url === undefined ? withExtensions(`PostgreSQL ${version}`, extensions) : 'a PostgreSQL server'
  const { value } = await obtain(what, serverLinks(options, context))
  return value
}
