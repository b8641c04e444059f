/** How a driver says that its session was ended by an administrator (SQLSTATE 57P01), or that the socket closed on it. */
function isEndedSession(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && (error.code === '57P01' || error.code === 'ECONNRESET' || error.code === 'EPIPE')) return true
  return /terminated unexpectedly|terminating connection/i.test(error.message)
}

let guards = 0
let installed = false

function capture(error: Error): void {
  if (isEndedSession(error)) return
  // With a capture callback set, Node does not emit the event: hand on what is not ours.
  if (!process.emit('uncaughtException', error)) throw error
}

/**
 * While a guard is on, a session that Backlot ends does not bring down this process: a driver's client without an error
 * listener would otherwise turn the end of its session into an uncaught exception.
 *
 * @returns takes the guard off again; call it when the ended sockets have been read
 */
export function guardEndedSessions(): () => void {
  guards += 1
  if (guards === 1 && !process.hasUncaughtExceptionCaptureCallback()) {
    process.setUncaughtExceptionCaptureCallback(capture)
    installed = true
  }
  let on = true
  return () => {
    if (!on) return
    on = false
    guards -= 1
    if (guards > 0 || !installed) return
    installed = false
    process.setUncaughtExceptionCaptureCallback(null)
  }
}
