import { BacklotError } from '../errors/index.ts'
import type { AppHandle } from './app-handle.ts'
import { closeTimeout, failedAnswer, within } from './deadline.ts'
import { isEndless, pathOf, trackRequests } from './open-requests.ts'

/** How many bytes of an unread body are let through before the app has to wait for its reader. */
const readAheadBytes = 16 * 1024 * 1024

/** An app that is a function in this process. `closeDeadlineMs`: milliseconds that `close` may take. */
export interface FetchAppParts {
  /** Answers requests in this process. */
  readonly fetch: (request: Request) => unknown
  readonly url?: string
  readonly close?: () => unknown
  readonly closeDeadlineMs: number
}

function isResponse(value: unknown): value is Response {
  return (
    value instanceof Response ||
    (typeof value === 'object' && value !== null && 'status' in value && 'headers' in value)
  )
}

/** Lets a body through at the app's pace, as a network with a buffer would, and tells when it has ended. */
function whenSent(response: Response, sent: () => void): Response {
  if (response.body === null || isEndless(response.headers.get('content-type'))) {
    sent()
    return response
  }
  const ahead = new TransformStream<Uint8Array, Uint8Array>(
    {},
    undefined,
    new ByteLengthQueuingStrategy({ highWaterMark: readAheadBytes }),
  )
  void response.body.pipeTo(ahead.writable).then(sent, sent)
  const { status, statusText, headers } = response
  return new Response(ahead.readable, { status, statusText, headers })
}

/** An app that answers in this process: no port, no socket. */
export function fetchApp(parts: FetchAppParts): AppHandle {
  const open = trackRequests()
  return {
    url: parts.url,
    inFlight: open.count,
    openRequests: open.list,
    async fetch(request) {
      const path = pathOf(request)
      const done = open.begin(request.method, path)
      let answer: unknown
      try {
        answer = await parts.fetch(request)
      } catch (error) {
        done()
        throw failedAnswer({ method: request.method, path }, error)
      }
      if (isResponse(answer)) return whenSent(answer, done)
      done()
      const what = answer === undefined ? 'nothing' : `${typeof answer === 'object' ? 'an' : 'a'} ${typeof answer}`
      throw new BacklotError(
        'BACKLOT_APP_INVALID',
        `${request.method} ${path}: the app answered ${what}, not a Response`,
        {
          hint: 'return a Response from the fetch handler for every request',
        },
      )
    },
    async close() {
      const { closeDeadlineMs: ms } = parts
      await within(Promise.resolve(parts.close?.()), ms, () => closeTimeout(ms, open.list()))
    },
  }
}
