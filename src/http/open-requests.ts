/** Requests that an app has taken and not yet answered to the end. */
export interface OpenRequests {
  /** Notes a request; the returned function ends it and may be called more than once. */
  begin(method: string, path: string): () => void
  count(): number
  /** One line each, oldest first. */
  list(): readonly string[]
}

/** Keeps account of requests for an app that is reached by `fetch`: a test is settled when none is open. */
export function trackRequests(): OpenRequests {
  const open = new Set<{ readonly what: string; readonly since: number }>()
  return {
    begin(method, path) {
      const entry = { what: `${method} ${path}`, since: performance.now() }
      open.add(entry)
      return () => open.delete(entry)
    },
    count: () => open.size,
    list: () => [...open].map(({ what, since }) => `${what}, open for ${Math.round(performance.now() - since)} ms`),
  }
}

/** Path and query of a request. */
export function pathOf(request: Request): string {
  const { pathname, search } = new URL(request.url)
  return pathname + search
}

/** Whether a content type announces a stream without an end, which is no sign of work under way. */
export function isEndless(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/event-stream')
}
