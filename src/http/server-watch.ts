import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isEndless } from './open-requests.ts'

/** A `node:http` server seen from outside: its open requests and its connections, whoever made them. */
export interface ServerWatch {
  count(): number
  list(): readonly string[]
  /** Ends connections without an open request: idle ones, and upgraded ones such as WebSockets. */
  endIdle(): void
  endAll(): void
}

interface Exchange {
  readonly what: string
  readonly since: number
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Whether a response has begun to be an endless stream. What `writeHead` was given stands in the sent block alone, which Node keeps in `_header`. */
function streamsEndlessly(response: ServerResponse): boolean {
  if (!response.headersSent) return false
  const sent: unknown = Reflect.get(response, '_header')
  const contentType = typeof sent === 'string' ? /^content-type: *(.*)$/im.exec(sent)?.[1] : undefined
  return isEndless(contentType ?? response.getHeader('content-type'))
}

/** Watches a server from now on: call it before the first request. Nothing that the app sees changes. */
export function watchServer(server: Server): ServerWatch {
  const exchanges = new Set<Exchange>()
  const sockets = new Set<Socket>()

  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // Before the app's own listener, so that a request it never answers is seen too.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const what = `${request.method ?? '?'} ${request.url ?? ''}`
    const exchange: Exchange = { what, since: performance.now(), response, socket: request.socket }
    exchanges.add(exchange)
    response.once('close', () => exchanges.delete(exchange))
  })

  const working = (): Exchange[] => [...exchanges].filter(({ response }) => !streamsEndlessly(response))

  return {
    count: () => working().length,
    list: () => working().map(({ what, since }) => `${what}, open for ${Math.round(performance.now() - since)} ms`),
    endIdle() {
      const busy = new Set(working().map(({ socket }) => socket))
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy()
    },
    endAll() {
      server.closeAllConnections()
      for (const socket of sockets) socket.destroy()
    },
  }
}
