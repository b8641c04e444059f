import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { isBacklotError } from '../errors/index.ts'
import { adaptApp } from './adapt.ts'
import { createApi } from './api.ts'
import type { Api, ApiOptions } from './api-types.ts'

/** An app that answers with what it was sent. */
const echo = new Hono()
  .all('/echo', async (c) =>
    c.json({
      method: c.req.method,
      query: c.req.queries(),
      headers: Object.fromEntries(c.req.raw.headers),
      text: await c.req.text(),
    }),
  )
  .get('/text', (c) => c.text('plain'))
  .get('/broken', () => new Response('{oops', { headers: { 'content-type': 'application/json' } }))
  .get('/problem', () =>
    Response.json(
      { title: 'no' },
      { status: 422, headers: { 'content-type': 'application/problem+json; charset=utf-8' } },
    ),
  )
  .get('/empty', (c) => c.body(null, 204))
  .get('/bytes', () => new Response(new Uint8Array([0, 1, 255])))
  .get('/moved', (c) => c.redirect('/text'))
  .post('/upload', async (c) => {
    const form = await c.req.parseBody()
    return c.json({ name: form.name, file: form.file instanceof File ? await form.file.text() : null })
  })
  .get('/never', () => new Promise<Response>(() => {}))
  .get('/stalls', () => new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([1])) })))

async function apiOf(app: unknown, options: Partial<ApiOptions> = {}): Promise<Api> {
  return createApi(await adaptApp(app), options)
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('bodies', () => {
  test('objects and lists go as JSON and come back parsed', async () => {
    const api = await apiOf(echo)
    const answer = await api.post<{ text: string; headers: Record<string, string> }>('/echo', { a: [1, null] })
    expect(answer.status).toBe(200)
    expect(answer.ok).toBe(true)
    expect(JSON.parse(answer.body.text)).toEqual({ a: [1, null] })
    expect(answer.body.headers['content-type']).toBe('application/json')
    expect(answer.body.headers.accept).toContain('application/json')
    expect(answer.request).toEqual({ method: 'POST', path: '/echo' })
    expect(answer.ms).toBeGreaterThan(0)
    expect((await api.put('/echo', [1])).body.text).toBe('[1]')
    expect((await api.patch('/echo', null)).body.text).toBe('null')
  })

  test('a content type given by the call stays', async () => {
    const api = await apiOf(echo)
    const { body } = await api.post('/echo', { a: 1 }, { headers: { 'Content-Type': 'application/vnd.x+json' } })
    expect(body.headers['content-type']).toBe('application/vnd.x+json')
  })

  test('strings, parameters, bytes and blobs pass through as they are', async () => {
    const api = await apiOf(echo)
    const text = await api.post('/echo', 'as is')
    expect(text.body.text).toBe('as is')
    expect(text.body.headers['content-type']).toContain('text/plain')
    const params = await api.post('/echo', new URLSearchParams({ a: 'b c' }))
    expect(params.body.text).toBe('a=b+c')
    expect(params.body.headers['content-type']).toContain('application/x-www-form-urlencoded')
    expect((await api.post('/echo', Buffer.from('bytes'))).body.text).toBe('bytes')
    expect((await api.post('/echo', new Blob(['blob'], { type: 'x/y' }))).body.headers['content-type']).toBe('x/y')
  })

  test('a form with a file arrives as one', async () => {
    const form = new FormData()
    form.set('name', 'a')
    form.set('file', new File(['content'], 'a.txt'))
    expect((await (await apiOf(echo)).post('/upload', form)).body).toEqual({ name: 'a', file: 'content' })
  })

  test('only what calls itself JSON is parsed, and only if it is', async () => {
    const api = await apiOf(echo)
    expect((await api.get('/text')).body).toBe('plain')
    expect((await api.get('/broken')).body).toBe('{oops')
    expect((await api.get('/problem')).body).toEqual({ title: 'no' })
    expect((await api.get('/empty')).body).toBeUndefined()
    expect([...(await api.get('/bytes')).bytes]).toEqual([0, 1, 255])
    expect((await api.head('/text')).text).toBe('')
  })

  test('a body that cannot be sent is refused', async () => {
    const error = await failure((await apiOf(echo)).post('/echo', () => 1))
    expect(isBacklotError(error, 'BACKLOT_USAGE')).toBe(true)
  })
})

describe('requests', () => {
  test('every method reaches the app', async () => {
    const api = await apiOf(echo)
    const methods = await Promise.all([
      api.get('/echo'),
      api.post('/echo'),
      api.put('/echo'),
      api.patch('/echo'),
      api.delete('/echo'),
      api.options('/echo'),
      api.request('propfind', '/echo'),
    ])
    expect(methods.map(({ body }) => body.method)).toEqual([
      'GET',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'PROPFIND',
    ])
  })

  test('query values are encoded, lists repeat, undefined is left out', async () => {
    const { body, request } = await (await apiOf(echo)).get('/echo?z=0', {
      query: { a: 'x y&', n: 1, yes: true, none: undefined, list: ['1', '2'] },
    })
    expect(body.query).toEqual({ z: ['0'], a: ['x y&'], n: ['1'], yes: ['true'], list: ['1', '2'] })
    expect(request.path).toBe('/echo?z=0&a=x+y%26&n=1&yes=true&list=1&list=2')
  })

  test('as and with make new clients, and headers of the call win', async () => {
    const api = await apiOf(echo, { headers: { 'x-a': 'options' } })
    const ann = api.as({ token: 't1' }).with({ headers: { 'x-a': 'with', 'x-b': 'with' } })
    const headersOf = async (client: Api, headers = {}): Promise<Record<string, string>> =>
      (await client.get('/echo', { headers })).body.headers
    expect(await headersOf(ann, { 'x-b': 'call' })).toMatchObject({
      authorization: 'Bearer t1',
      'x-a': 'with',
      'x-b': 'call',
    })
    expect(await headersOf(ann, { 'x-b': undefined })).not.toHaveProperty('x-b')
    expect(await headersOf(ann.as({ cookie: 'sid=1' }))).toMatchObject({ cookie: 'sid=1', authorization: 'Bearer t1' })
    expect(await headersOf(api.as({ headers: { 'x-user': '7' } }))).toMatchObject({ 'x-user': '7' })
    const plain = await headersOf(api)
    expect(plain).not.toHaveProperty('authorization')
    expect(plain['x-a']).toBe('options')
  })

  test('a redirect is handed back', async () => {
    const moved = await (await apiOf(echo)).get('/moved')
    expect([moved.status, moved.headers.get('location')]).toEqual([302, '/text'])
  })

  test('a whole URL is taken for the app’s own host alone', async () => {
    const api = await apiOf(echo)
    expect(api.url).toBe('http://localhost')
    expect((await api.get('http://localhost/text')).body).toBe('plain')
    const elsewhere = await failure(api.get('http://example.org/text'))
    expect(String(elsewhere)).toContain(
      'api reaches the app at http://localhost, not http://example.org [BACKLOT_USAGE]',
    )
    for (const path of ['text', '//example.org/text']) {
      expect(String(await failure(api.get(path)))).toContain('[BACKLOT_USAGE]')
    }
  })

  test('a base path goes before every path', async () => {
    const api = await apiOf(
      new Hono().basePath('/api').get('/x', (c) => c.text('here')),
      { basePath: '/api' },
    )
    expect((await api.get('/x')).body).toBe('here')
    expect(api.url).toBe('http://localhost/api')
  })

  test('follows the app that runs now', async () => {
    const first = await adaptApp(() => new Response('first'))
    const second = await adaptApp(() => new Response('second'))
    let running = first
    const api = createApi(() => running)
    expect((await api.get('/')).text).toBe('first')
    running = second
    expect((await api.get('/')).text).toBe('second')
  })
})

describe('deadline', () => {
  test.each(['/never', '/stalls'])('%s: names the request and stops waiting', async (path) => {
    const app = await adaptApp(echo)
    const error = await failure(createApi(app).get(path, { query: { token: 'hunter2' }, timeout: 30 }))
    expect(String(error)).toContain(`GET ${path}?token=•••: no complete response after 30 ms`)
    expect(isBacklotError(error, 'BACKLOT_TIMEOUT')).toBe(true)
  })

  test('the app sees the abort', async () => {
    const aborted = Promise.withResolvers<void>()
    const app = (request: Request): Promise<Response> => {
      request.signal.addEventListener('abort', () => aborted.resolve())
      return new Promise(() => {})
    }
    const error = await failure((await apiOf(app, { timeout: 20 })).get('/'))
    expect(isBacklotError(error, 'BACKLOT_TIMEOUT')).toBe(true)
    await aborted.promise
  })
})

describe('session', () => {
  const login = new Hono()
    .post('/login', (c) => {
      c.header('set-cookie', 'sid=s1; Path=/; HttpOnly; Secure', { append: true })
      c.header('set-cookie', 'theme=dark; Max-Age=60', { append: true })
      return c.body(null, 204)
    })
    .post('/logout', (c) => {
      c.header('set-cookie', 'sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
      return c.body(null, 204)
    })
    .get('/me', (c) => c.text(c.req.header('cookie') ?? 'nobody'))

  test('keeps cookies, also over a redirect’s response, until they are deleted', async () => {
    const api = await apiOf(login)
    const browser = api.session()
    await browser.post('/login')
    expect((await browser.get('/me')).text).toBe('sid=s1; theme=dark')
    expect((await browser.as({ cookie: 'own=1' }).get('/me')).text).toBe('own=1; sid=s1; theme=dark')
    await browser.post('/logout')
    expect((await browser.get('/me')).text).toBe('theme=dark')
  })

  test('sessions share nothing, and the client itself keeps nothing', async () => {
    const api = await apiOf(login)
    const [ann, ben] = [api.session(), api.session()]
    await ann.post('/login')
    await api.post('/login')
    expect((await ben.get('/me')).text).toBe('nobody')
    expect((await api.get('/me')).text).toBe('nobody')
  })
})
