import { connect as connectSocket, type Socket } from 'node:net'
import type { Progress } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { withLock } from '../../provision/index.ts'
import { fingerprint } from '../fingerprint.ts'
import { type ProjectPaths, projectPaths } from '../paths.ts'
import { type Channel, openChannel } from '../rpc/channel.ts'
import type { ClientFunctions, ClientKind, SupervisorFunctions } from '../rpc/protocol.ts'
import { launchSupervisor } from './launch.ts'

/** A client's end of the connection to the supervisor. */
export interface SupervisorConnection {
  readonly supervisor: Channel<SupervisorFunctions>['remote']
  /** Registers what to do when the supervisor calls; returns the undo. */
  onCommit(listener: (lease: string, touched: readonly string[]) => void): () => void
  onSessionsEnding(listener: (lease: string) => Promise<void>): () => void
  readonly closed: Promise<void>
  close(): void
}

export interface ConnectOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly purpose: ClientKind['purpose']
  readonly progress: Progress
}

/** A connected socket, or undefined where nobody listens. */
function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connectSocket(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

async function open(socket: Socket, options: ConnectOptions): Promise<SupervisorConnection & { fingerprint: string }> {
  const commitListeners = new Set<(lease: string, touched: readonly string[]) => void>()
  const endingListeners = new Set<(lease: string) => Promise<void>>()
  const local: ClientFunctions = {
    commit: (lease, { touched }) => {
      for (const listener of commitListeners) listener(lease, touched)
    },
    sessionsEnding: async (lease) => {
      await Promise.all([...endingListeners].map((listener) => listener(lease)))
    },
    progress: options.progress,
  }
  const channel = openChannel<SupervisorFunctions>(socket, local)
  const greeting = await channel.remote.hello({ purpose: options.purpose, pid: process.pid })
  const subscribe =
    <T>(set: Set<T>) =>
    (listener: T): (() => void) => {
      set.add(listener)
      return () => set.delete(listener)
    }
  return {
    supervisor: channel.remote,
    fingerprint: greeting.fingerprint,
    onCommit: subscribe(commitListeners),
    onSessionsEnding: subscribe(endingListeners),
    closed: channel.closed,
    close: channel.close,
  }
}

/** The supervisor that runs for this project and this code, if any; one of other code is asked to stop. */
async function existing(paths: ProjectPaths, options: ConnectOptions): Promise<SupervisorConnection | undefined> {
  const socket = await tryConnect(paths.socket)
  if (socket === undefined) return undefined
  const connection = await open(socket, options)
  if (connection.fingerprint === (await fingerprint())) return connection
  await connection.supervisor.stop().catch(() => {})
  await connection.closed
  return undefined
}

/** The running supervisor of a project, or undefined: for commands that must not start one. */
export async function connectIfRunning(options: ConnectOptions): Promise<SupervisorConnection | undefined> {
  const socket = await tryConnect((await projectPaths(options.root, options.env)).socket)
  return socket === undefined ? undefined : open(socket, options)
}

/**
 * Connects to the project's supervisor and starts it if there is none. However many processes do so at once, one is started.
 *
 * @throws BacklotError `BACKLOT_SUPERVISOR_UNREACHABLE` with the last lines of its log when it does not start
 */
export async function connectSupervisor(options: ConnectOptions): Promise<SupervisorConnection> {
  const paths = await projectPaths(options.root, options.env)
  const running = await existing(paths, options)
  if (running !== undefined) return running
  return withLock(paths.startLock, { deadlineMs: 60_000, waitingFor: 'the start of the supervisor' }, async () => {
    const started = await existing(paths, options)
    if (started !== undefined) return started
    await launchSupervisor(options.root, paths, options.env)
    const socket = await tryConnect(paths.socket)
    if (socket === undefined) {
      throw new BacklotError('BACKLOT_SUPERVISOR_UNREACHABLE', 'the supervisor started and does not answer', {
        hint: `look at its log: ${paths.log}`,
      })
    }
    return open(socket, options)
  })
}
