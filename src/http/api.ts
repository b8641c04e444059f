import { BacklotError } from '../errors/index.ts'
import { formatDuration, parseDuration } from '../wait/index.ts'
import type { Api, ApiOptions, ApiResponse, AppSource, Identity, RequestOptions } from './api-types.ts'
import type { AppHandle } from './app-handle.ts'
import { buildRequest } from './build-request.ts'
import { type CookieJar, createCookieJar } from './cookie-jar.ts'
import { within } from './deadline.ts'
import { maskPath } from './mask.ts'
import { readResponse } from './read-response.ts'

const defaultTimeoutMs = 10_000

/** Base of URLs for an app without a port. Apps look at it: cookies, redirects, CORS. */
const inProcessOrigin = 'http://localhost'

const steadyNow = (): number => performance.timeOrigin + performance.now()

interface Client {
  readonly app: () => AppHandle
  readonly options: ApiOptions
  readonly headers: Headers
  readonly jar: CookieJar | undefined
}

function merged(base: Headers, more: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(base)
  for (const [name, value] of Object.entries(more)) headers.set(name, value)
  return headers
}

function identityHeaders(identity: Identity): Readonly<Record<string, string>> {
  if ('token' in identity) return { authorization: `Bearer ${identity.token}` }
  if ('cookie' in identity) return { cookie: identity.cookie }
  return identity.headers
}

function baseOf(client: Client): { origin: string; basePath: string } {
  const url = new URL(client.app().url ?? inProcessOrigin)
  return { origin: url.origin, basePath: (client.options.basePath ?? url.pathname).replace(/\/$/, '') }
}

function timedOut(method: string, path: string, ms: number): BacklotError {
  return new BacklotError(
    'BACKLOT_TIMEOUT',
    `${method} ${maskPath(path)}: no complete response after ${formatDuration(ms)}`,
    {
      hint: "look for a promise in the app that never settles, or give this request more time: { timeout: '30 s' }",
    },
  )
}

/** What the client itself has to say in cookies comes first; the jar's follow. */
function addCookies(request: Request, jar: CookieJar, path: string): void {
  const kept = jar.header(path)
  if (kept === undefined) return
  const own = request.headers.get('cookie')
  request.headers.set('cookie', own === null ? kept : `${own}; ${kept}`)
}

async function send<Body>(
  client: Client,
  method: string,
  path: string,
  body: unknown,
  options: RequestOptions = {},
): Promise<ApiResponse<Body>> {
  const app = client.app()
  const abort = new AbortController()
  const request = buildRequest(
    { method, path, body, options },
    { ...baseOf(client), headers: client.headers },
    abort.signal,
  )
  const { pathname, search } = new URL(request.url)
  if (client.jar !== undefined) addCookies(request, client.jar, pathname)
  const ms = parseDuration(options.timeout ?? client.options.timeout ?? defaultTimeoutMs, 'timeout')
  const asked = { method, path: pathname + search }
  const began = performance.now()
  const exchange = app.fetch(request).then((response) => {
    client.jar?.store(response.headers.getSetCookie(), pathname)
    return readResponse<Body>(response, asked, began)
  })
  try {
    return await within(exchange, ms, () => timedOut(method, asked.path, ms))
  } catch (error) {
    exchange.catch(() => {})
    abort.abort(error)
    throw error
  }
}

function createClient(client: Client): Api {
  return {
    get: (path, options) => send(client, 'GET', path, undefined, options),
    head: (path, options) => send(client, 'HEAD', path, undefined, options),
    options: (path, options) => send(client, 'OPTIONS', path, undefined, options),
    post: (path, body, options) => send(client, 'POST', path, body, options),
    put: (path, body, options) => send(client, 'PUT', path, body, options),
    patch: (path, body, options) => send(client, 'PATCH', path, body, options),
    delete: (path, body, options) => send(client, 'DELETE', path, body, options),
    request: (method, path, body, options) => send(client, method.toUpperCase(), path, body, options),
    as: (identity) => createClient({ ...client, headers: merged(client.headers, identityHeaders(identity)) }),
    with: ({ headers }) => createClient({ ...client, headers: merged(client.headers, headers) }),
    session: () => createClient({ ...client, jar: createCookieJar(client.options.now ?? steadyNow) }),
    get url() {
      const { origin, basePath } = baseOf(client)
      return origin + basePath
    },
  }
}

/**
 * Makes a client of the app under test.
 *
 * @param app the app, or a function that gives the one that runs now (an app may be started anew between tests)
 */
export function createApi(app: AppSource, options: ApiOptions = {}): Api {
  return createClient({
    app: typeof app === 'function' ? app : () => app,
    options,
    headers: merged(new Headers(), options.headers ?? {}),
    jar: undefined,
  })
}
