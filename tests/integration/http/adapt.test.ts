import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import Fastify from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { isBacklotError } from '../../../src/errors/index.ts'
import { type AppHandle, adaptApp, createApi } from '../../../src/http/index.ts'

const get = (path = '/'): Request => new Request(`http://localhost${path}`)
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function adapted(value: unknown, closeDeadlineMs?: number): Promise<AppHandle> {
  const app = await adaptApp(value, closeDeadlineMs === undefined ? {} : { closeDeadlineMs })
  cleanups.push(() => app.close().catch(() => {}))
  return app
}

/** A server with a route for each thing that the handle must cope with. */
function build(): Server {
  return createServer(async (request, response) => {
    const { url = '' } = request
    if (url === '/never') return
    if (url === '/moved') return void response.writeHead(302, { location: '/x' }).end()
    if (url === '/events') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
    const body = await request.reduce((all, chunk) => all + chunk, '')
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method: request.method, url, body, host: request.headers.host }))
  })
}

describe('a node:http server', () => {
  test('is made to listen on a free loopback port, and closed', async () => {
    const server = build()
    const app = await adaptApp(server)
    const { address, port } = server.address() as AddressInfo
    expect(address).toBe('127.0.0.1')
    expect(app.url).toBe(`http://127.0.0.1:${port}`)
    const api = createApi(app)
    const answer = await api.post('/x?y=1', { a: 1 })
    expect(answer.body).toEqual({ method: 'POST', url: '/x?y=1', body: '{"a":1}', host: `127.0.0.1:${port}` })
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect((await api.get('/moved')).status).toBe(302)
    await app.close()
    expect(server.listening).toBe(false)
    expect(String(await failure(api.get('/x')))).toMatch(
      // Whichever comes first: a kept connection that was cut, or the refusal of a new one.
      new RegExp(
        `GET /x: no answer from http://127.0.0.1:${port} \\((ECONNREFUSED|UND_ERR_SOCKET)\\) \\[BACKLOT_APP_FAILED\\]`,
      ),
    )
  })

  test('that listens already, or is about to, keeps its address', async () => {
    const ready = build().listen(0, '127.0.0.1')
    await once(ready, 'listening')
    // The port is one that was free a moment ago: only so does its being kept show.
    const free = build().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as AddressInfo
    free.close()
    await once(free, 'close')
    const soon = build().listen(port, 'localhost')
    for (const server of [soon, ready]) {
      const app = await adapted(server)
      expect((await app.fetch(get('/x'))).status).toBe(200)
      expect(new URL(app.url ?? '').port).toBe(String((server.address() as AddressInfo).port))
    }
    expect(soon.address()).toMatchObject({ port })
  })

  test('that cannot listen says why', async () => {
    const first = await adapted(build())
    const second = build().listen(Number(new URL(first.url ?? '').port), '127.0.0.1')
    expect(await failure(adaptApp(second))).toMatchObject({ code: 'EADDRINUSE' })
  })

  test('counts requests of anyone, but no event streams', async () => {
    const app = await adapted(build(), 50)
    const abort = new AbortController()
    const open = fetch(`${app.url}/never`, { signal: abort.signal })
    await expect
      .poll(() => app.openRequests(), { interval: 2 })
      .toEqual([expect.stringMatching(/^GET \/never, open for/)])
    expect(app.inFlight()).toBe(1)
    abort.abort()
    await failure(open)
    await expect.poll(() => app.inFlight(), { interval: 2 }).toBe(0)
    const events = await fetch(`${app.url}/events`)
    expect(app.inFlight()).toBe(0)
    await events.body?.cancel()
  })

  test('closes at once over idle connections, event streams and upgraded sockets', async () => {
    const server = build()
    server.on('upgrade', (_request, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    )
    const app = await adaptApp(server)
    const { port } = server.address() as AddressInfo
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    const upgraded = connect(port, '127.0.0.1')
    upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    await once(upgraded, 'data')
    const events = await fetch(`${app.url}/events`)
    const ended = Promise.all([once(idle, 'close'), once(upgraded, 'close'), failure(events.text())])
    await app.close()
    await ended
  })

  test('that does not end is cut off at the deadline, and the request is named', async () => {
    const server = build()
    const app = await adaptApp(server, { closeDeadlineMs: 40 })
    const open = failure(fetch(`${app.url}/never`))
    await expect.poll(() => app.inFlight(), { interval: 2 }).toBe(1)
    const error = await failure(app.close())
    expect(isBacklotError(error, 'BACKLOT_TIMEOUT')).toBe(true)
    expect(String(error)).toContain('GET /never, open for')
    expect(await open).toBeInstanceOf(Error)
  })

  test('on a Unix socket is refused', async () => {
    const server = createServer()
    Object.defineProperty(server, 'address', { value: () => '/run/app.sock' })
    cleanups.push(() => server.close())
    expect(String(await failure(adaptApp(server)))).toContain(
      'the app’s http server listens on /run/app.sock, not on a TCP port [BACKLOT_APP_INVALID]',
    )
  })
})

describe('a URL', () => {
  test('as a string, a URL or { url, close }', async () => {
    const server = await adapted(build())
    const url = server.url ?? ''
    let closed = 0
    for (const value of [url, new URL(`${url}/`), { url, close: () => (closed += 1) }, { url: new URL(url) }]) {
      const app = await adaptApp(value)
      expect(app.url).toBe(url)
      expect((await createApi(app).get('/x')).body).toMatchObject({ url: '/x' })
      expect(app.inFlight()).toBe(0)
      await app.close()
    }
    expect(closed).toBe(1)
  })

  test('with a path is the base of all paths', async () => {
    const server = await adapted(build())
    const api = createApi(await adaptApp(`${server.url}/api/`))
    expect((await api.get('/x')).body.url).toBe('/api/x')
  })
})

describe('request listeners', () => {
  test('an app that is a function with `listen`, as Express’s', async () => {
    const app = await adapted(
      Object.assign((_request: unknown, response: { end(text: string): void }) => response.end('express'), {
        listen() {},
      }),
    )
    expect(await (await app.fetch(get())).text()).toBe('express')
  })

  test('an app with `callback` and `listen`, as Koa’s', async () => {
    const app = await adapted({
      listen() {},
      callback: () => (_request: unknown, response: { end(text: string): void }) => response.end('koa'),
    })
    expect(await (await app.fetch(get())).text()).toBe('koa')
  })
})

describe('a Fastify instance', () => {
  test('is made ready, asked without a port, and closed', async () => {
    const log: string[] = []
    const fastify = Fastify()
    fastify.addHook('onReady', async () => void log.push('ready'))
    fastify.addHook('onClose', async () => void log.push('close'))
    fastify.post('/echo', async (request, reply) => {
      reply.code(201).header('set-cookie', ['a=1', 'b=2']).header('x-number', 7)
      return { got: request.body, host: request.headers.host }
    })
    fastify.get('/empty', (_request, reply) => reply.code(204).send())
    const app = await adaptApp(fastify)
    expect(log).toEqual(['ready'])
    expect(app.url).toBeUndefined()
    const api = createApi(app)
    const created = await api.post('/echo', { a: 'ü' })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({ got: { a: 'ü' }, host: 'localhost' })
    expect(created.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(created.headers.get('x-number')).toBe('7')
    expect((await api.get('/empty')).body).toBeUndefined()
    expect(app.inFlight()).toBe(0)
    await app.close()
    expect(log).toEqual(['ready', 'close'])
  })

  test("whose plugin fails is refused with the plugin's own error", async () => {
    const own = new Error('plugin')
    const fastify = Fastify()
    fastify.register((_instance, _options, done) => done(own))
    expect(await failure(adaptApp(fastify))).toBe(own)
  })

  test('that listens shows its URL and counts requests from outside', async () => {
    const fastify = Fastify({ forceCloseConnections: true })
    fastify.get('/never', () => new Promise(() => {}))
    const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
    const app = await adapted(fastify)
    expect(app.url).toBe(url)
    const open = failure(fetch(`${url}/never`))
    await expect.poll(() => app.inFlight(), { interval: 2 }).toBe(1)
    fastify.server.closeAllConnections()
    await open
    await expect.poll(() => app.inFlight(), { interval: 2 }).toBe(0)
  })
})
