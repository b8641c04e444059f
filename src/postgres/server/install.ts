import type { HostContext } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { serverUser } from '../../process/index.ts'
import { obtain } from '../../provision/index.ts'
import type { InstanceOptions } from '../contract.ts'
import { urlVariable } from '../options.ts'
import { urlSource } from './chain.ts'
import { obtainCluster } from './cluster.ts'
import { extendedLinks, withExtensions } from './extended.ts'
import { binariesFor } from './packages.ts'

/**
 * Makes ready ahead what the first start of a server would take time for: binaries and a database cluster.
 *
 * @returns one line that says what is there now
 * @throws BACKLOT_DOWNLOAD_FAILED, BACKLOT_DISK_FULL, BACKLOT_CACHE_UNUSABLE, BACKLOT_PROVIDER_EXHAUSTED
 */
export async function installServer(context: HostContext, options: InstanceOptions): Promise<string> {
  if (options.url !== undefined) return `nothing to install: ${urlSource(options, context)} names a server`
  const platform = `${process.platform}-${process.arch}`
  const binaries = binariesFor(options.version, platform)
  if (binaries === undefined) {
    throw new BacklotError('BACKLOT_PROVIDER_EXHAUSTED', `there are no PostgreSQL binaries for ${platform}`, {
      hint: `set ${urlVariable(context.name)}, or start Docker: a container serves without an install`,
    })
  }
  const { extensions = [] } = options
  const product = withExtensions(binaries.product, extensions)
  const { value: native, link } = await obtain(product, extendedLinks(binaries, extensions, context))
  await obtainCluster(native, binaries.key, options.version, serverUser(context.env), context)
  const how = link === 'cache' ? 'was there already' : 'was installed'
  return `${product} ${how}, in ${context.directories.cache}`
}
