import { describe, expect, test } from 'vitest'
import { type Outcome, probeMatchers } from '../contracts/index.ts'
import { expectProbe } from '../expect/index.ts'
import type { ApiResponse } from './api-types.ts'
import { readResponse } from './read-response.ts'

function answered(response: Response, path = '/automations', method = 'POST'): Promise<ApiResponse<unknown>> {
  return readResponse(response, { method, path }, performance.now())
}

const context = { not: false }
const toHaveStatus = (response: ApiResponse<unknown>, status: number): Outcome =>
  response[probeMatchers].toHaveStatus(context, status)
const toHaveHeader = (response: ApiResponse<unknown>, name: string, value?: unknown): Outcome =>
  response[probeMatchers].toHaveHeader(context, name, value)
const toHaveBody = (response: ApiResponse<unknown>, body: unknown): Outcome =>
  response[probeMatchers].toHaveBody(context, body)

const rejected = (): Promise<ApiResponse<unknown>> =>
  answered(
    Response.json(
      { error: 'name is required', fields: [{ name: 'symbol', received: null }], csrfToken: 'hunter2' },
      {
        status: 400,
        headers: [
          ['set-cookie', 'sid=hunter2; Path=/'],
          ['set-cookie', 'b=hunter2'],
        ],
      },
    ),
    '/automations?token=hunter2&dry=1',
  )

describe('toHaveStatus', () => {
  test('passes on the status alone', async () => {
    expect(toHaveStatus(await rejected(), 400).pass).toBe(true)
    expect(toHaveStatus(await rejected(), 401).pass).toBe(false)
  })

  test('shows what was asked and what came back, without secrets', async () => {
    const message = toHaveStatus(await rejected(), 201).message()
    expect(message).not.toContain('hunter2')
    expect(message).toMatchInlineSnapshot(`
      "expected status 201, got 400

      POST /automations?token=•••&dry=1 → 400 Bad Request
      content-type: application/json
      set-cookie: sid=•••; Path=/
      set-cookie: b=•••

      {
        "error": "name is required",
        "fields": [
          {
            "name": "symbol",
            "received": null
          }
        ],
        "csrfToken": "•••"
      }"
    `)
    expect(toHaveStatus(await rejected(), 400).message()).toMatch(/^expected any status but 400\n/)
  })

  test('shows text, the lack of a body, and what is not text', async () => {
    expect(
      toHaveStatus(await answered(new Response('Not here', { status: 404 }), '/x', 'GET'), 200).message(),
    ).toMatchInlineSnapshot(`
      "expected status 200, got 404

      GET /x → 404 Not Found
      content-type: text/plain;charset=UTF-8

      Not here"
    `)
    expect(
      toHaveStatus(await answered(new Response(null, { status: 204 }), '/x', 'DELETE'), 200).message(),
    ).toMatchInlineSnapshot(`
      "expected status 200, got 204

      DELETE /x → 204 No Content

      (no body)"
    `)
    expect(toHaveStatus(await answered(new Response(new Uint8Array(4096))), 201).message()).toContain(
      '(4,096 bytes that are not text)',
    )
    const broken = new Response('<html>', { headers: { 'content-type': 'application/json' } })
    expect(toHaveStatus(await answered(broken), 201).message()).toContain(
      '<html>\n(the content type says JSON, and this is not)',
    )
    expect(toHaveStatus(await answered(new Response('?', { status: 599 })), 201).message()).toContain('→ 599\n')
  })

  test('cuts long bodies and says by how much', async () => {
    const lines = toHaveStatus(await answered(new Response('line\n'.repeat(100))), 201)
      .message()
      .split('\n')
    expect(lines).toHaveLength(46)
    expect(lines.at(-1)).toBe('… 301 more characters')
    expect(toHaveStatus(await answered(new Response('x'.repeat(5_000))), 201).message()).toMatch(
      /x{2000}\n… 3,000 more characters$/,
    )
  })
})

describe('a response is a probe', () => {
  test('that asserts by itself, with .not', async () => {
    const response = await rejected()
    await expectProbe(response).toHaveStatus(400)
    await expectProbe(response).not.toHaveStatus(201)
    await expect(expectProbe(response).toHaveStatus(201)).rejects.toThrow('expected status 201, got 400')
    await expect(expectProbe(response).not.toHaveStatus(400)).rejects.toThrow('expected any status but 400')
    expect(String(response)).toBe('POST /automations?token=•••&dry=1 → 400 Bad Request')
  })

  test('and shows nothing of that to whoever compares or lists it', async () => {
    const response = await answered(new Response('x'))
    expect(Reflect.ownKeys(response).sort()).toEqual([
      'body',
      'bytes',
      'headers',
      'ms',
      'ok',
      'request',
      'status',
      'text',
    ])
  })
})

describe('toHaveHeader', () => {
  const moved = (): Promise<ApiResponse<unknown>> =>
    answered(
      new Response(null, {
        status: 302,
        headers: [
          ['location', '/orders/7'],
          ['set-cookie', 'sid=hunter2'],
          ['set-cookie', 'b=2'],
        ],
      }),
    )

  test('compares the whole value, a pattern, a matcher, and any of several cookies', async () => {
    const response = await moved()
    expect(toHaveHeader(response, 'Location').pass).toBe(true)
    expect(toHaveHeader(response, 'location', '/orders/7').pass).toBe(true)
    expect(toHaveHeader(response, 'location', '/orders').pass).toBe(false)
    expect(toHaveHeader(response, 'location', /^\/orders\/\d+$/).pass).toBe(true)
    expect(toHaveHeader(response, 'location', expect.stringContaining('orders')).pass).toBe(true)
    expect(toHaveHeader(response, 'set-cookie', 'b=2').pass).toBe(true)
    expect(toHaveHeader(response, 'etag').pass).toBe(false)
  })

  test('shows the headers that are there, without secrets', async () => {
    const response = await moved()
    expect(toHaveHeader(response, 'locatoin').message()).toMatchInlineSnapshot(`
      "expected the header locatoin, it is not there; did you mean location?

      POST /automations → 302 Found
      location: /orders/7
      set-cookie: sid=•••
      set-cookie: b=•••"
    `)
    expect(toHaveHeader(response, 'location', /^https:/).message()).toMatchInlineSnapshot(`
      "expected the header location to match /^https:/

      POST /automations → 302 Found
      location: /orders/7
      set-cookie: sid=•••
      set-cookie: b=•••"
    `)
    expect(toHaveHeader(response, 'location', '/orders/7').message()).toMatch(
      /^expected the header location not to be \/orders\/7\n/,
    )
    expect(toHaveHeader(response, 'location').message()).toMatch(/^expected the header location not to be there\n/)
    expect(toHaveHeader(response, 'set-cookie', 'sid=hunter3').message()).not.toMatch(/hunter/)
  })
})

describe('toHaveBody', () => {
  const order = (): Promise<ApiResponse<unknown>> =>
    answered(
      Response.json({
        id: 'a1',
        total: 12.5,
        at: '2030-01-01T00:00:00.000Z',
        token: 'hunter2',
        items: [{ sku: 'tea', count: 2, note: null }],
      }),
      '/orders/a1',
      'GET',
    )

  test('objects may have more, lists may not', async () => {
    const response = await order()
    expect(toHaveBody(response, { id: 'a1' }).pass).toBe(true)
    expect(toHaveBody(response, { id: expect.any(String), items: [{ sku: 'tea' }] }).pass).toBe(true)
    expect(toHaveBody(response, { items: [] }).pass).toBe(false)
    expect(toHaveBody(response, { at: new Date('2030-01-01') }).pass).toBe(true)
    expect(toHaveBody(response, { items: expect.arrayContaining([expect.objectContaining({ count: 2 })]) }).pass).toBe(
      true,
    )
    expect(toHaveBody(response, { items: [{ note: undefined }] }).pass).toBe(false)
    expect(toHaveBody(response, { missing: undefined }).pass).toBe(true)
    expect(toHaveBody(await answered(new Response('plain')), 'plain').pass).toBe(true)
    expect(toHaveBody(await answered(new Response(null)), undefined).pass).toBe(true)
  })

  test('names each place that differs, without secrets', async () => {
    const message = toHaveBody(await order(), {
      id: 'a2',
      token: 'hunter3',
      customer: { name: 'Ann' },
      total: expect.any(String),
      items: [{ sku: 'tea', count: 3 }, { sku: 'milk' }],
      'odd key': 1,
    }).message()
    expect(message).not.toMatch(/hunter/)
    expect(message).toMatchInlineSnapshot(`
      "the body is not as expected

      body.id: expected 'a2', got 'a1'
      body.token: has another value than expected (not shown)
      body.customer: is missing, expected { name: 'Ann' }
      body.total: expected Any<String>, got 12.5
      body.items: expected 2 items, got 1
      body.items[0].count: expected 3, got 2
      body.items[1]: is missing, expected { sku: 'milk' }
      body["odd key"]: is missing, expected 1

      GET /orders/a1 → 200 OK
      content-type: application/json

      {
        "id": "a1",
        "total": 12.5,
        "at": "2030-01-01T00:00:00.000Z",
        "token": "•••",
        "items": [
          {
            "sku": "tea",
            "count": 2,
            "note": null
          }
        ]
      }"
    `)
    expect(toHaveBody(await order(), { id: 'a1' }).message()).toMatch(
      /^expected a body that does not match \{ id: 'a1' \}\n/,
    )
  })

  test('lists a dozen differences at most', async () => {
    const expected = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`k${index}`, index]))
    expect(toHaveBody(await order(), expected).message()).toContain('… and 18 more')
  })
})
