import { connect as connectSocket, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { withLock } from '../../provision/index.ts'
import { fingerprint } from '../fingerprint.ts'
import { type ProjectPaths, projectPaths } from '../paths.ts'
import { type Channel, openChannel } from '../rpc/channel.ts'
import type { ClientFunctions, ClientKind, Greeting, SupervisorFunctions } from '../rpc/protocol.ts'
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

/** Which supervisor is meant, who asks, and where to tell what takes time. */
export interface ConnectOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly purpose: ClientKind['purpose']
  readonly progress: Progress
}

interface Greeted extends SupervisorConnection, Pick<Greeting, 'pid' | 'fingerprint'> {}

/** Milliseconds for a supervisor to stop: Postgres takes 0.2 s, one that hangs is killed after 5 s. */
const stopMs = 20_000

/** A connected socket, or undefined where nobody listens. */
function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connectSocket(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

/** Waits for the end of a supervisor that stops. */
async function gone(closed: Promise<void>, pid: number): Promise<void> {
  const over = new AbortController()
  const late = delay(stopMs, 'late', { signal: over.signal }).catch(() => undefined)
  const outcome = await Promise.race([closed, late])
  over.abort()
  if (outcome === undefined) return
  throw new BacklotError(
    'BACKLOT_SUPERVISOR_UNREACHABLE',
    `the supervisor (pid ${pid}) stops since ${stopMs / 1000} s`,
    {
      hint: `end it, what it holds goes with it: kill -9 ${pid}`,
    },
  )
}

/** A connection, or undefined where the supervisor was about to stop and is gone now. */
async function open(socket: Socket, options: ConnectOptions): Promise<Greeted | undefined> {
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
  const greeting = await channel.remote
    .hello({ purpose: options.purpose, pid: process.pid })
    .catch((error: unknown) => {
      // It ended between the connection and the greeting.
      if (socket.destroyed) return undefined
      throw error
    })
  if (greeting === undefined) return undefined
  if (greeting.stopping) {
    await gone(channel.closed, greeting.pid)
    return undefined
  }
  const subscribe =
    <T>(set: Set<T>) =>
    (listener: T): (() => void) => {
      set.add(listener)
      return () => set.delete(listener)
    }
  return {
    supervisor: channel.remote,
    pid: greeting.pid,
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
  if (connection === undefined || connection.fingerprint === (await fingerprint())) return connection
  const stopped = connection.supervisor.stop().catch(() => {})
  await gone(
    Promise.all([stopped, connection.closed]).then(() => {}),
    connection.pid,
  )
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
    const connection = socket === undefined ? undefined : await open(socket, options)
    if (connection === undefined) {
      throw new BacklotError('BACKLOT_SUPERVISOR_UNREACHABLE', 'the supervisor started and does not answer', {
        hint: `look at its log: ${paths.log}`,
      })
    }
    return connection
  })
}
