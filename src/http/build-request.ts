import { BacklotError } from '../errors/index.ts'
import type { QueryValue, RequestOptions } from './api-types.ts'

/** What a client adds to each of its requests. */
export interface Defaults {
  /** `http://localhost`, or the app's own. */
  readonly origin: string
  /** `/api`, without a slash at the end; may be empty. */
  readonly basePath: string
  readonly headers: Headers
}

function withQuery(url: URL, query: Readonly<Record<string, QueryValue>>): URL {
  for (const [name, value] of Object.entries(query)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const each of values) if (each !== undefined) url.searchParams.append(name, String(each))
  }
  return url
}

function resolveUrl(path: string, defaults: Defaults, query: Readonly<Record<string, QueryValue>>): URL {
  if (path.startsWith('/') && !path.startsWith('//'))
    return withQuery(new URL(defaults.origin + defaults.basePath + path), query)
  // The `Location` of a redirect may be a whole URL.
  if (URL.canParse(path) && new URL(path).origin === defaults.origin) return withQuery(new URL(path), query)
  const summary = URL.canParse(path)
    ? `api reaches the app at ${defaults.origin}, not ${new URL(path).origin}`
    : `api paths start with a slash, ${JSON.stringify(path)} does not`
  throw new BacklotError('BACKLOT_USAGE', summary, {
    hint: URL.canParse(path) ? 'use fetch() for other hosts' : `write ${JSON.stringify(`/${path}`)}`,
  })
}

type PassedThrough = string | FormData | URLSearchParams | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob

function isPassedThrough(body: unknown): body is PassedThrough {
  return (
    typeof body === 'string' ||
    body instanceof FormData ||
    body instanceof URLSearchParams ||
    body instanceof Uint8Array ||
    body instanceof ArrayBuffer ||
    body instanceof Blob
  )
}

/** A body as it is sent, and the content type that goes with it where `Request` does not know it. */
function encode(body: unknown): { body?: PassedThrough; contentType?: string } {
  if (body === undefined) return {}
  if (isPassedThrough(body)) return { body }
  const json = JSON.stringify(body)
  if (json === undefined) {
    throw new BacklotError('BACKLOT_USAGE', `a request body cannot be a ${typeof body}`, {
      hint: 'send an object, an array, a string, FormData, URLSearchParams, bytes or a Blob',
    })
  }
  return { body: json, contentType: 'application/json' }
}

/**
 * Makes the request that a call of the client stands for. Headers of the call win over those of the client.
 *
 * @throws BacklotError `BACKLOT_USAGE` for a path without a slash, a URL of another host, a body that cannot be sent
 */
export function buildRequest(
  call: { method: string; path: string; body: unknown; options: RequestOptions },
  defaults: Defaults,
  signal: AbortSignal,
): Request {
  const headers = new Headers(defaults.headers)
  const { body, contentType } = encode(call.body)
  if (!headers.has('accept')) headers.set('accept', 'application/json, */*;q=0.8')
  if (contentType !== undefined && !headers.has('content-type')) headers.set('content-type', contentType)
  for (const [name, value] of Object.entries(call.options.headers ?? {})) {
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
  const url = resolveUrl(call.path, defaults, call.options.query ?? {})
  return new Request(url, {
    method: call.method,
    headers,
    redirect: 'manual',
    signal,
    ...(body !== undefined && { body }),
  })
}
