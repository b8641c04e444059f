import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { BacklotError } from '../errors/index.ts'
import type { AppHandle } from './app-handle.ts'
import { closeTimeout, within } from './deadline.ts'
import { networkFetch } from './network-fetch.ts'
import { watchServer } from './server-watch.ts'

/** Milliseconds that a server may take to listen. */
const listenDeadlineMs = 10_000

/** A `listen` that the user has called with a host looks it up first: settles when such a look-up would have. */
async function pendingListen(): Promise<void> {
  await lookup('localhost').catch(() => {})
  await setImmediate()
}

/** Waits for a `listen` that the user has called, or calls it: loopback, a free port. */
async function listening(server: Server): Promise<void> {
  if (server.listening) return
  const ready = once(server, 'listening')
  await Promise.race([ready, pendingListen()])
  if (server.listening) return
  server.listen(0, '127.0.0.1')
  await within(
    ready,
    listenDeadlineMs,
    () =>
      new BacklotError('BACKLOT_TIMEOUT', `the app’s http server was not listening after ${listenDeadlineMs} ms`, {
        hint: 'return the server before or after `listen`, and let nothing hold the event loop',
      }),
  )
}

/** Where to reach a server from this machine. */
export function originOf(address: AddressInfo): string {
  const everywhere = address.address === '::' || address.address === '0.0.0.0'
  const host = everywhere ? '127.0.0.1' : address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

/** Closes a server within a deadline; connections that nothing is done on do not hold it up. */
export async function closeServer(server: Server, watch: ReturnType<typeof watchServer>, ms: number): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  watch.endIdle()
  await within(closed, ms, () => {
    const failure = closeTimeout(ms, watch.list())
    watch.endAll()
    return failure
  })
}

/** An app that is a `node:http` server. It is reached over a real loopback connection. */
export async function serverApp(server: Server, closeDeadlineMs: number): Promise<AppHandle> {
  const watch = watchServer(server)
  await listening(server)
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new BacklotError(
      'BACKLOT_APP_INVALID',
      `the app’s http server listens on ${address ?? 'nothing'}, not on a TCP port`,
      {
        hint: 'return the server without calling `listen`: Backlot listens on 127.0.0.1 and a free port',
      },
    )
  }
  const url = originOf(address)
  return {
    url,
    inFlight: watch.count,
    openRequests: watch.list,
    fetch: (request) => networkFetch(url, request),
    close: () => closeServer(server, watch, closeDeadlineMs),
  }
}
