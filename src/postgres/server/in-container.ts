import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { HostContext } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { findContainerEngine, type Link, startContainer } from '../../provision/index.ts'
import type { Connection, InstanceOptions } from '../contract.ts'
import { imageWith } from './add-ons.ts'
import { withConnection } from './connect.ts'
import type { PostgresServer } from './contract.ts'
import { serverSettings } from './settings.ts'

/** Milliseconds for one call of the engine: a pull is in it. */
const callMs = 5 * 60_000
const readyMs = 60_000
const askAgainMs = 50

async function versionWhenReady(superuser: Connection, logs: () => Promise<string>): Promise<string> {
  const until = performance.now() + readyMs
  for (;;) {
    try {
      return await withConnection(superuser, 'start', async (client) => {
        const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
        return rows[0]?.server_version.split(' ')[0] ?? ''
      })
    } catch (error) {
      if (performance.now() > until) {
        throw new BacklotError(
          'BACKLOT_SERVER_START_FAILED',
          `PostgreSQL in its container was not ready after ${readyMs} ms`,
          {
            hint: 'its log is below',
            details: await logs(),
            cause: error,
          },
        )
      }
      await delay(askAgainMs)
    }
  }
}

/** The last link: the official image, or one that has the extensions too, on a free loopback port, its data in memory. */
export function containerLink(options: InstanceOptions, context: HostContext): Link<PostgresServer> {
  const { version, extensions = [] } = options
  const image = imageWith(extensions, version)
  const { env } = context
  if (image === undefined) {
    const missing = {
      missing: `no image has all of ${extensions.join(', ')}`,
      hint: 'use a server by URL that has them',
    }
    return { name: 'container', look: async () => missing, tryObtain: async () => missing }
  }
  return {
    name: 'container',
    async look() {
      const found = await findContainerEngine(env)
      return 'engine' in found ? { serves: `${image} by ${found.engine}` } : found
    },
    async tryObtain() {
      const found = await findContainerEngine(env)
      if (!('engine' in found)) return found
      const phrase = `starting ${image} by ${found.engine}`
      context.progress({ what: phrase })
      const password = randomBytes(24).toString('hex')
      const { dynamic_shared_memory_type, shared_memory_type, ...settings } = serverSettings({
        major: options.version,
        durable: options.durable,
      })
      const data = options.version >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data'
      const container = await startContainer(found.engine, {
        env,
        image,
        port: 5432,
        variables: { POSTGRES_PASSWORD: password },
        args: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ...(options.durable ? {} : { tmpfs: [data] }),
        deadlineMs: callMs,
      })
      const { port } = container
      const superuser: Connection = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' }
      try {
        const version = await versionWhenReady(superuser, () => container.logs(15))
        context.progress({ what: phrase, finished: true })
        const value: PostgresServer = {
          version,
          major: options.version,
          provider: 'container',
          guest: false,
          superuser,
          tcp: { host: '127.0.0.1', port },
          pid: undefined,
          log: undefined,
          died: new Promise<Error>(() => {}),
          stop: () => container.remove(),
        }
        return { value }
      } catch (error) {
        await container.remove()
        throw error
      }
    },
  }
}
