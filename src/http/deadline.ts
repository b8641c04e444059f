import { BacklotError } from '../errors/index.ts'
import { formatDuration } from '../wait/index.ts'

// Taken when the module loads: a test that fakes timers must not stop a deadline from passing.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis

/**
 * Waits for work, at most for a while.
 *
 * @param work what is waited for; it goes on when the deadline passes
 * @param ms deadline in milliseconds
 * @param expired makes the error; called when the deadline passes
 * @throws what `work` rejects with, or what `expired` made
 */
export async function within<T>(work: Promise<T>, ms: number, expired: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = startTimer(() => reject(expired()), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    stopTimer(timer)
  }
}

/** What `close` fails with when the app takes too long. */
export function closeTimeout(ms: number, open: readonly string[]): BacklotError {
  return new BacklotError('BACKLOT_TIMEOUT', `the app was not closed after ${formatDuration(ms)}`, {
    hint:
      open.length > 0
        ? 'let the test wait for its requests, or give the app function’s result a `close` that ends them'
        : 'look for an onClose hook or a `close` function of the app that does not resolve',
    ...(open.length > 0 && { details: ['open requests:', ...open.map((line) => `  ${line}`)].join('\n') }),
  })
}

/** An app that failed to answer, as one line about the request. */
export function failedAnswer(request: { method: string; path: string }, cause: unknown): BacklotError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new BacklotError('BACKLOT_APP_FAILED', `${request.method} ${request.path}: the app threw: ${reason}`, {
    hint: 'answer errors with a response, as a server must; the cause below has the stack of the app',
    cause,
  })
}
