import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { isBacklotError } from '../errors/index.ts'
import { adaptApp } from './adapt.ts'

const get = (path = '/'): Request => new Request(`http://localhost${path}`)
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('apps without a port', () => {
  test('a fetch handler', async () => {
    const app = await adaptApp((request: Request) => new Response(new URL(request.url).pathname))
    expect(app.url).toBeUndefined()
    expect(await (await app.fetch(get('/a'))).text()).toBe('/a')
    await app.close()
  })

  test('a Hono instance', async () => {
    const app = await adaptApp(new Hono().get('/a', (c) => c.text('hono')))
    expect(await (await app.fetch(get('/a'))).text()).toBe('hono')
    await app.close()
  })

  test('{ fetch, close } keeps its `this` and is closed', async () => {
    const closed: string[] = []
    class Mine {
      private readonly name = 'mine'
      fetch(): Response {
        return new Response(this.name)
      }
      async close(): Promise<void> {
        closed.push(this.name)
      }
    }
    const app = await adaptApp(new Mine())
    expect(await (await app.fetch(get())).text()).toBe('mine')
    await app.close()
    expect(closed).toEqual(['mine'])
  })

  test('several Set-Cookie headers stay apart', async () => {
    const app = await adaptApp(
      () =>
        new Response('x', {
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        }),
    )
    expect((await app.fetch(get())).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })
})

describe('what cannot be driven', () => {
  test.each([
    [undefined, 'the app function returned undefined'],
    [null, 'the app function returned null'],
    [8080, 'the app function returned a number'],
    [{}, 'the app function returned an empty object'],
    [{ port: 1, start: () => 1 }, 'the app function returned an object with port, start'],
    [[], 'the app function returned an array'],
    [new Map(), 'the app function returned an instance of Map'],
    ['localhost', 'the app function returned the string "localhost", which is not a URL'],
    ['ftp://x', 'the app function returned the string "ftp://x", which is not an http URL'],
    [{ url: 'nowhere' }, 'the app function returned an object with url, which is not a URL'],
    [
      { listen() {}, address() {}, close() {} },
      'the app function returned an object with listen, address, close, and of the servers of Node only node:http ones are driven here',
    ],
  ])('%o', async (value, summary) => {
    const error = await failure(adaptApp(value))
    expect(String(error)).toContain(`${summary} [BACKLOT_APP_INVALID]`)
    expect(String(error)).toContain('→ return a fetch handler, an object with `fetch` (Hono), a Fastify instance')
  })

  test('an answer that is no Response', async () => {
    const app = await adaptApp(() => ({ status: 200 }))
    expect(String(await failure(app.fetch(get('/a'))))).toContain(
      'GET /a: the app answered an object, not a Response [BACKLOT_APP_INVALID]',
    )
    expect(app.inFlight()).toBe(0)
  })

  test('a handler that throws, with its error as the cause', async () => {
    const own = new Error('boom')
    const app = await adaptApp(() => Promise.reject(own))
    const error = await failure(app.fetch(get('/a')))
    expect(isBacklotError(error, 'BACKLOT_APP_FAILED') && error.cause).toBe(own)
    expect(String(error)).toContain('GET /a: the app threw: boom')
    expect(app.inFlight()).toBe(0)
  })
})

describe('in flight', () => {
  test('a request counts until it is answered', async () => {
    const answer = Promise.withResolvers<Response>()
    const app = await adaptApp(() => answer.promise)
    const response = app.fetch(get('/slow'))
    expect(app.inFlight()).toBe(1)
    expect(app.openRequests()).toEqual([expect.stringMatching(/^GET \/slow, open for \d+ ms$/)])
    answer.resolve(new Response(null, { status: 204 }))
    await response
    expect(app.inFlight()).toBe(0)
  })

  test('a streamed body counts until the app has written it, read or not', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const app = await adaptApp(() => new Response(readable))
    const response = await app.fetch(get('/stream'))
    const writer = writable.getWriter()
    await writer.write(new Uint8Array([1]))
    expect(app.inFlight()).toBe(1)
    await writer.write(new Uint8Array([2]))
    await writer.close()
    await expect.poll(() => app.inFlight(), { interval: 1 }).toBe(0)
    expect([...(await response.bytes())]).toEqual([1, 2])
  })

  test('an endless event stream counts until its headers', async () => {
    const app = await adaptApp(
      () => new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
    )
    const response = await app.fetch(get('/events'))
    expect(app.inFlight()).toBe(0)
    await response.body?.cancel()
  })

  test('a body whose reader goes away ends', async () => {
    const cancelled = Promise.withResolvers<void>()
    const app = await adaptApp(() => new Response(new ReadableStream({ cancel: () => cancelled.resolve() })))
    const response = await app.fetch(get('/stream'))
    expect(app.inFlight()).toBe(1)
    await response.body?.cancel()
    await cancelled.promise
    await expect.poll(() => app.inFlight(), { interval: 1 }).toBe(0)
  })
})

test('close is bounded, and names what was open', async () => {
  const app = await adaptApp(
    { fetch: () => new Promise(() => {}), close: () => new Promise(() => {}) },
    { closeDeadlineMs: 20 },
  )
  void app.fetch(get('/slow'))
  const error = await failure(app.close())
  expect(isBacklotError(error, 'BACKLOT_TIMEOUT')).toBe(true)
  expect(String(error)).toMatch(
    /the app was not closed after 20 ms \[BACKLOT_TIMEOUT\]\n.*\nopen requests:\n {2}GET \/slow, open for \d+ ms$/s,
  )
})
