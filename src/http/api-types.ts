import type { MatcherContext, Outcome, Probe } from '../contracts/index.ts'
import type { Duration } from '../wait/index.ts'
import type { AppHandle } from './app-handle.ts'

/** What a response body is without a type given: what `JSON.parse` returns. Name it to have it checked: `api.get<User>(...)`. */
export type ParsedBody = ReturnType<typeof JSON.parse>

/** A value of a query parameter. A list repeats the parameter; undefined leaves it out. */
export type QueryValue = string | number | boolean | null | undefined | readonly (string | number | boolean)[]

/** Options of one request. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly query?: Readonly<Record<string, QueryValue>>
  /** How long the whole response may take: milliseconds, or `'5 s'`. Default: that of the client, 10 s. */
  readonly timeout?: Duration
}

/** What a response holds. */
export interface Answer<Body = ParsedBody> {
  readonly status: number
  /** True for 200 to 299. */
  readonly ok: boolean
  readonly headers: Headers
  /** Parsed where the content type is JSON; else the text. Undefined where the response has no body. */
  readonly body: Body
  readonly text: string
  readonly bytes: Uint8Array
  /** What was asked; `path` has the query. */
  readonly request: { readonly method: string; readonly path: string }
  /** Milliseconds from the request to the end of the response. */
  readonly ms: number
}

/** What `expect(response)` offers. Nothing is waited for: the response is there. */
export type ResponseMatchers = {
  /** The status; a failure shows what was asked and what came back, secrets masked. */
  toHaveStatus(context: MatcherContext, status: number): Outcome
  /**
   * A header by its name in any case. Without a value it is enough that it is there; a value is the whole string, a RegExp or
   * an asymmetric matcher. Of several `Set-Cookie` headers one has to match.
   */
  toHaveHeader(context: MatcherContext, name: string, value?: unknown): Outcome
  /** The body: objects may have more keys than expected, lists have exactly the items expected, asymmetric matchers anywhere. */
  toHaveBody(context: MatcherContext, body: unknown): Outcome
}

/**
 * An answer of the app, read to its end; `expect` takes it.
 *
 * @example
 * ```ts
 * const created = await api.post('/orders', { item: 'tea' })
 * expect(created).toHaveStatus(201)
 * expect(created).toHaveBody({ id: expect.any(String), item: 'tea' })
 * ```
 */
export interface ApiResponse<Body = ParsedBody> extends Answer<Body>, Probe<ResponseMatchers> {}

/** Who a client speaks as. */
export type Identity =
  /** Sent as `Authorization: Bearer <token>`. */
  | { readonly token: string }
  | { readonly headers: Readonly<Record<string, string>> }
  /** Sent as the `Cookie` header: `sid=abc`. */
  | { readonly cookie: string }

/**
 * A client of the app under test. Objects and arrays are sent as JSON; strings, `FormData`, `URLSearchParams`, bytes and
 * blobs as they are. Redirects are handed back, not followed. Cookies are not kept, except by `session()`.
 *
 * Every request rejects with a BacklotError: `BACKLOT_TIMEOUT` past its deadline, `BACKLOT_APP_FAILED` when the app
 * cannot be reached or throws instead of answering, `BACKLOT_USAGE` for a URL of another host.
 *
 * @example
 * ```ts
 * const created = await api.as({ token }).post<{ id: string }>('/orders', { item: 'tea' })
 * expect(created).toHaveStatus(201)
 * const listed = await api.get('/orders', { query: { item: 'tea' } })
 * ```
 */
export interface Api {
  get<Body = ParsedBody>(path: string, options?: RequestOptions): Promise<ApiResponse<Body>>
  head(path: string, options?: RequestOptions): Promise<ApiResponse<undefined>>
  options<Body = ParsedBody>(path: string, options?: RequestOptions): Promise<ApiResponse<Body>>
  post<Body = ParsedBody>(path: string, body?: unknown, options?: RequestOptions): Promise<ApiResponse<Body>>
  put<Body = ParsedBody>(path: string, body?: unknown, options?: RequestOptions): Promise<ApiResponse<Body>>
  patch<Body = ParsedBody>(path: string, body?: unknown, options?: RequestOptions): Promise<ApiResponse<Body>>
  delete<Body = ParsedBody>(path: string, body?: unknown, options?: RequestOptions): Promise<ApiResponse<Body>>
  /** Any method. */
  request<Body = ParsedBody>(
    method: string,
    path: string,
    body?: unknown,
    options?: RequestOptions,
  ): Promise<ApiResponse<Body>>
  /** The same client, speaking as someone. */
  as(identity: Identity): Api
  /** The same client with headers of its own on every request. */
  with(defaults: { readonly headers: Readonly<Record<string, string>> }): Api
  /** A client with a cookie jar of its own, as a browser has: it sends back what `Set-Cookie` set. */
  session(): Api
  /** URL that a path is put after. `http://localhost` for an app without a port. */
  readonly url: string
}

/** Options of {@link createApi}. */
export interface ApiOptions {
  /** Milliseconds since 1970, by which a session's cookies expire. Default: a clock that fake timers do not move. */
  readonly now?: () => number
  /** Path that every path is put after: `/api/v1`. Default: that of the app's URL. */
  readonly basePath?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long a response may take: milliseconds, or `'5 s'`. Default: 10 s. */
  readonly timeout?: Duration
}

/** The app a client speaks to, or how to get the one that runs now. */
export type AppSource = AppHandle | (() => AppHandle)
