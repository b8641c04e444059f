import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostContext } from '../../contracts/index.ts'
import {
  removeSegment,
  type ServerProcess,
  type ServerUser,
  serverUser,
  startServerProcess,
} from '../../process/index.ts'
import { durableDirectory } from '../../provision/index.ts'
import type { Connection } from '../contract.ts'
import { type Cluster, copyCluster, obtainCluster } from './cluster.ts'
import { withConnection } from './connect.ts'
import type { PostgresServer } from './contract.ts'
import { onFreePort } from './free-port.ts'
import type { Binaries } from './packages.ts'
import { configFile, hostBasedAuthentication, serverSettings } from './settings.ts'

/** Milliseconds for a start, which takes some tens of them. */
const startMs = 30_000
/** Milliseconds for a fast shutdown before the group is killed. */
const stopMs = 5000

/** Lines of postmaster.pid, see miscadmin.h: the 7th holds key and id of the shared memory segment, the 8th the state. */
async function postmasterFile(data: string): Promise<readonly string[]> {
  return (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n').map((line) => line.trim())
}

async function segmentOf(data: string): Promise<number | undefined> {
  const id = Number((await postmasterFile(data).catch(() => []))[6]?.split(/\s+/)[1])
  return Number.isInteger(id) ? id : undefined
}

interface Place {
  readonly data: string
  readonly socket: string
  readonly log: string
}

/** Starts the postmaster on one port. */
function startPostmaster(
  native: string,
  product: string,
  place: Place,
  port: number,
  user: ServerUser | undefined,
  context: HostContext,
): Promise<ServerProcess> {
  return startServerProcess({
    product,
    command: join(native, 'bin', 'postgres'),
    args: ['-D', place.data, '-p', String(port)],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    log: place.log,
    folder: place.data,
    ...(user === undefined ? {} : { user }),
    onSpawn: (pid) => context.adopt({ pids: [pid] }),
    ready: async () => (await postmasterFile(place.data))[7] === 'ready',
    deadlineMs: startMs,
  })
}

/** Gives the superuser of a copied cluster a password of its own. */
async function setPassword(socket: Connection, cluster: Cluster, password: string): Promise<string> {
  return withConnection({ ...socket, password: cluster.password }, 'start', async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    await client.query(`ALTER ROLE ${client.escapeIdentifier(socket.user)} PASSWORD ${client.escapeLiteral(password)}`)
    return rows[0]?.server_version.split(' ')[0] ?? ''
  })
}

/**
 * Starts a server of our own: a copy of the cached cluster, on a Unix socket in a folder of the server's user and on a
 * free port of 127.0.0.1.
 *
 * @param native folder with `bin`
 * @throws BACKLOT_SERVER_START_FAILED, BACKLOT_DISK_FULL; nothing is left then
 */
export async function startEmbedded(
  native: string,
  binaries: Binaries,
  options: { readonly version: number; readonly durable: boolean; readonly provider: string },
  context: HostContext,
): Promise<PostgresServer> {
  const { directories } = context
  const { version: major, durable, provider } = options
  const user = serverUser(context.env)
  const cluster = await obtainCluster(native, binaries.key, major, user, context)
  const id = `pg-${randomBytes(4).toString('hex')}`
  const place: Place = {
    data: join(durable ? durableDirectory(directories) : directories.data, `${id}-data`),
    socket: join(directories.run, id),
    log: join(directories.logs, `${context.name}.log`),
  }
  const forget = [context.adopt({ paths: [place.data, place.socket] })]
  const adopting: HostContext = {
    ...context,
    adopt: (belongings) => {
      const undo = context.adopt(belongings)
      forget.push(undo)
      return undo
    },
  }
  async function clean(): Promise<void> {
    await Promise.all(
      [place.data, place.socket].map((path) =>
        rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }),
      ),
    )
    for (const undo of forget) undo()
  }

  let server: ServerProcess | undefined
  try {
    await Promise.all([copyCluster(cluster, place.data, user), makeSocketFolder(place.socket, user)])
    const settings = {
      ...serverSettings({ major, durable, cloneFiles: process.platform === 'linux' }),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: place.socket,
      unix_socket_permissions: '0700',
    }
    await writeFile(join(place.data, 'postgresql.conf'), configFile(settings))
    await writeFile(join(place.data, 'pg_hba.conf'), hostBasedAuthentication)
    const [started, port] = await onFreePort((candidate) =>
      startPostmaster(native, binaries.product, place, candidate, user, adopting),
    )
    server = started
    const segment = await segmentOf(place.data)
    if (segment !== undefined) adopting.adopt({ segments: [segment] })
    const password = randomBytes(24).toString('hex')
    const superuser: Connection = { host: place.socket, port, user: 'postgres', password, database: 'postgres' }
    const version = await setPassword(superuser, cluster, password)
    return {
      version,
      major,
      provider,
      guest: false,
      superuser,
      tcp: { host: '127.0.0.1', port },
      pid: started.pid,
      log: place.log,
      died: started.died.then(async (error) => {
        if (segment !== undefined) removeSegment(segment)
        await clean()
        return error
      }),
      async stop() {
        // SIGINT is a fast shutdown: sessions are ended, nobody is waited for.
        await started.stop('SIGINT', stopMs)
        if (segment !== undefined) removeSegment(segment)
        await clean()
      },
    }
  } catch (error) {
    await server?.stop('SIGQUIT', stopMs)
    await clean()
    throw error
  }
}

async function makeSocketFolder(path: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  if (user !== undefined) await chown(path, user.uid, user.gid)
}
