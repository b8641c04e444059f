import type { HostContext } from '../../contracts/index.ts'
import type { Link } from '../../provision/index.ts'
import type { InstanceOptions } from '../contract.ts'
import { urlVariable } from '../options.ts'
import { noUrl, openByUrl } from './by-url.ts'
import type { PostgresServer } from './contract.ts'
import { startEmbedded } from './embedded.ts'
import { extendedLinks } from './extended.ts'
import { containerLink } from './in-container.ts'
import { binariesFor } from './packages.ts'

/** Where the URL of a service's server comes from, or could. */
export function urlSource(options: InstanceOptions, context: Pick<HostContext, 'name'>): string {
  return options.urlFrom ?? urlVariable(context.name)
}

function urlLink(options: InstanceOptions, source: string): Link<PostgresServer> {
  const { url } = options
  return {
    name: source,
    async look() {
      if (url === undefined) return noUrl(source)
      const server = await openByUrl(url, source)
      return { serves: `PostgreSQL ${server.version} at ${server.tcp.host}:${server.tcp.port}` }
    },
    async tryObtain() {
      return url === undefined ? noUrl(source) : { value: await openByUrl(url, source) }
    },
  }
}

function embeddedLinks(options: InstanceOptions, context: HostContext): readonly Link<PostgresServer>[] {
  const platform = `${process.platform}-${process.arch}`
  const binaries = binariesFor(options.version, platform)
  if (binaries === undefined) {
    const missing = { missing: `there are no binaries for ${platform}`, hint: 'use a URL or a container' }
    return [{ name: 'npm registry', look: async () => missing, tryObtain: async () => missing }]
  }
  return extendedLinks(binaries, options.extensions ?? [], context).map((link) => ({
    name: link.name,
    look: () => link.look(),
    async tryObtain() {
      const native = await link.tryObtain()
      if (!('value' in native)) return native
      const { version, durable } = options
      return { value: await startEmbedded(native.value, binaries, { version, durable, provider: link.name }, context) }
    },
  }))
}

/** Every way to a server, in the order in which they are tried. With a URL there is no other way: the user meant that one. */
export function serverLinks(options: InstanceOptions, context: HostContext): readonly Link<PostgresServer>[] {
  const byUrl = urlLink(options, urlSource(options, context))
  if (options.url !== undefined) return [byUrl]
  return [byUrl, ...embeddedLinks(options, context), containerLink(options, context)]
}
