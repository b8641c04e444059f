import { BacklotError } from '../errors/index.ts'
import { pathOf } from './open-requests.ts'

/** Code of a failed connection (`ECONNREFUSED`), which undici hides below its own error. */
function causeCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError && error.errors.length > 0) return causeCode(error.errors[0])
  return error.cause === undefined ? error.message : causeCode(error.cause)
}

/**
 * Sends a request over the network to the app at `origin`, whatever origin it names.
 *
 * @param origin `http://127.0.0.1:41234`
 * @throws BacklotError `BACKLOT_APP_FAILED` when nobody answers; an abort passes as it is
 */
export async function networkFetch(origin: string, request: Request): Promise<Response> {
  const path = pathOf(request)
  try {
    return await fetch(new Request(new URL(path, origin), request), { redirect: 'manual' })
  } catch (error) {
    if (request.signal.aborted) throw error
    throw new BacklotError(
      'BACKLOT_APP_FAILED',
      `${request.method} ${path}: no answer from ${origin} (${causeCode(error)})`,
      {
        hint: 'is the app still running, and does it listen there? See what it printed, and `npx backlot logs`',
        cause: error,
      },
    )
  }
}
