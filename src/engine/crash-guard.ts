import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type EventEmitter, errorMonitor } from 'node:events'
import { Socket } from 'node:net'

/** Keeps this process alive while sessions of its lot are ended. */
export interface CrashGuard {
  /** Call it before sessions are ended, as often as that happens. */
  raise(): void
  /** Call it when they have been ended: what they say of it is still read under guard. */
  lower(): void
  /** Forgets the sockets of the lot. */
  end(): void
}

/** How long the last words of an ended session may be on their way, in milliseconds. */
const lastWords = 500

/** Rounds of the event loop in which a process that was busy meanwhile reads the words and the end, and closes. */
const rounds = 100

function afterRounds(left: number, task: () => void): void {
  if (left === 0) task()
  else setImmediate(afterRounds, left - 1, task)
}

/** Errors of sockets that led to a lot's servers. */
const lost = new WeakSet<Error>()

/** How a driver says that its session was ended by an administrator (SQLSTATE 57P01), or that a server of the lot hung up on it. */
function isEndedSession(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (lost.has(error)) return true
  if ('code' in error && error.code === '57P01') return true
  // node-postgres, when no word came before the end of the connection.
  return error.message === 'Connection terminated unexpectedly'
}

function portsIn(environment: Readonly<Record<string, string>>): number[] {
  return Object.values(environment).flatMap((value) => {
    const port = URL.canParse(value) ? Number(new URL(value).port) : 0
    return port > 0 ? [port] : []
  })
}

/** Notes the errors of sockets that lead to some ports. A driver throws the very error that its socket met. */
function watchSockets(ports: ReadonlySet<number>): () => void {
  function watch(message: unknown): void {
    const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined
    if (!(socket instanceof Socket)) return
    let ours = false
    // A socket that has failed no longer knows where it led.
    socket.once('connect', () => {
      ours = socket.remotePort !== undefined && ports.has(socket.remotePort)
    })
    const emitter: EventEmitter = socket
    emitter.on(errorMonitor, (error: Error) => {
      if (ours) lost.add(error)
    })
  }
  subscribe('net.client.socket', watch)
  return () => unsubscribe('net.client.socket', watch)
}

let raised = 0
let installed = false

function capture(error: Error): void {
  if (isEndedSession(error)) return
  // With a capture callback set, Node does not emit the event: hand on what is not ours.
  const emitter: EventEmitter = process
  if (!emitter.emit('uncaughtException', error, 'uncaughtException')) throw error
}

function install(): void {
  raised += 1
  if (raised > 1 || process.hasUncaughtExceptionCaptureCallback()) return
  process.setUncaughtExceptionCaptureCallback(capture)
  installed = true
}

function uninstall(): void {
  raised -= 1
  if (raised > 0 || !installed) return
  installed = false
  process.setUncaughtExceptionCaptureCallback(null)
}

/**
 * Makes the guard of a lot: while it is raised, a session that Backlot ends does not bring down this process. A driver's
 * client without an error listener would otherwise turn the end of its session into an uncaught exception.
 *
 * @param environments what the lot's services say of themselves: the URLs among it tell which sockets lead to them
 */
export function createCrashGuard(environments: readonly Readonly<Record<string, string>>[]): CrashGuard {
  const unwatch = watchSockets(new Set(environments.flatMap(portsIn)))
  let mine = 0
  return {
    raise() {
      mine += 1
      install()
    },
    lower() {
      const lowered = mine
      mine = 0
      if (lowered === 0) return
      const off = (): void => {
        for (let left = lowered; left > 0; left -= 1) uninstall()
      }
      setTimeout(() => afterRounds(rounds, off), lastWords).unref()
    },
    end: unwatch,
  }
}
