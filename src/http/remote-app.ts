import type { AppHandle } from './app-handle.ts'
import { closeTimeout, within } from './deadline.ts'
import { networkFetch } from './network-fetch.ts'
import { pathOf, trackRequests } from './open-requests.ts'

/** An app known by its URL. `closeDeadlineMs`: milliseconds that `close` may take. */
export interface RemoteAppParts {
  readonly url: URL
  readonly close?: () => unknown
  readonly closeDeadlineMs: number
}

/** An app that runs elsewhere and is known by its URL. Only requests made here are seen. */
export function remoteApp(parts: RemoteAppParts): AppHandle {
  const open = trackRequests()
  return {
    url: parts.url.href.replace(/\/$/, ''),
    inFlight: open.count,
    openRequests: open.list,
    async fetch(request) {
      const done = open.begin(request.method, pathOf(request))
      try {
        return await networkFetch(parts.url.origin, request)
      } finally {
        done()
      }
    },
    async close() {
      const { closeDeadlineMs: ms } = parts
      await within(Promise.resolve(parts.close?.()), ms, () => closeTimeout(ms, open.list()))
    },
  }
}
