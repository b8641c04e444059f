import type { Server } from 'node:http'
import type { AppHandle } from './app-handle.ts'
import { fetchApp } from './fetch-app.ts'
import { originOf } from './server-app.ts'
import { watchServer } from './server-watch.ts'

/** The parts of a Fastify instance (4 and 5) that are used here. */
export interface FastifyLike {
  ready(): PromiseLike<unknown>
  close(): PromiseLike<unknown>
  inject(request: InjectRequest): PromiseLike<InjectAnswer>
  readonly server?: Server
}

/** What `inject` takes; see light-my-request. */
export interface InjectRequest {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly payload?: Buffer
}

/** What `inject` resolves to. */
export interface InjectAnswer {
  readonly statusCode: number
  readonly statusMessage: string
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>
  readonly rawPayload: Buffer
}

function toHeaders(from: InjectAnswer['headers']): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(from)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) headers.append(name, String(each))
  }
  return headers
}

/** Statuses that never have a body; `Response` refuses one for them (Fetch standard, "null body status"). */
const withoutBody = new Set([101, 103, 204, 205, 304])

async function inject(app: FastifyLike, request: Request): Promise<Response> {
  const { pathname, search, host } = new URL(request.url)
  const answer = await app.inject({
    method: request.method,
    url: pathname + search,
    headers: { host, ...Object.fromEntries(request.headers) },
    ...(request.body !== null && { payload: Buffer.from(await request.arrayBuffer()) }),
  })
  const body = withoutBody.has(answer.statusCode) ? null : new Uint8Array(answer.rawPayload)
  return new Response(body, {
    status: answer.statusCode,
    statusText: answer.statusMessage,
    headers: toHeaders(answer.headers),
  })
}

/** A Fastify app, asked by `inject`: no port. One that listens already counts its network requests too. */
export async function fastifyApp(app: FastifyLike, closeDeadlineMs: number): Promise<AppHandle> {
  const watch = app.server === undefined ? undefined : watchServer(app.server)
  await app.ready()
  const address = app.server?.listening ? app.server.address() : null
  const url = address === null || typeof address === 'string' ? undefined : originOf(address)
  const injected = fetchApp({
    fetch: (request) => inject(app, request),
    ...(url !== undefined && { url }),
    close: () => {
      const closed = app.close()
      watch?.endIdle()
      return closed
    },
    closeDeadlineMs,
  })
  return {
    ...injected,
    inFlight: () => injected.inFlight() + (watch?.count() ?? 0),
    openRequests: () => [...injected.openRequests(), ...(watch?.list() ?? [])],
    async close() {
      try {
        await injected.close()
      } catch (error) {
        watch?.endAll()
        throw error
      }
    },
  }
}
