import { createServer, type RequestListener, Server } from 'node:http'
import { BacklotError } from '../errors/index.ts'
import type { AdaptOptions, AppHandle } from './app-handle.ts'
import { type FastifyLike, fastifyApp } from './fastify-app.ts'
import { fetchApp } from './fetch-app.ts'
import { remoteApp } from './remote-app.ts'
import { serverApp } from './server-app.ts'

const accepted =
  'return a fetch handler, an object with `fetch` (Hono), a Fastify instance, an Express or Koa app, a node:http server, a URL, or { fetch, close } or { url, close }'

type Func = (...args: unknown[]) => unknown

function has<Name extends string>(value: object, ...names: Name[]): value is Record<Name, Func> {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

function isFastify(value: object): value is FastifyLike {
  return has(value, 'inject', 'ready', 'close')
}

/** Express and Connect apps are functions of a request and a response; what tells them from a fetch handler is `listen`. */
function isRequestListener(value: object): value is RequestListener {
  return typeof value === 'function' && has(value, 'listen')
}

/** A Koa app makes its request listener by `callback()`. */
function koaListener(value: object): RequestListener | undefined {
  if (!has(value, 'callback', 'listen')) return undefined
  const listener = value.callback()
  return typeof listener === 'function' ? (request, response) => void listener(request, response) : undefined
}

/** What was returned, for a person. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 80))}`
  if (typeof value !== 'object') return `a ${typeof value}`
  if (Array.isArray(value)) return 'an array'
  const name = value.constructor?.name ?? 'Object'
  if (name !== 'Object') return `an instance of ${name}`
  const keys = Object.keys(value)
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 8).join(', ')}`
}

function invalid(value: unknown, why = ''): BacklotError {
  return new BacklotError('BACKLOT_APP_INVALID', `the app function returned ${describe(value)}${why}`, {
    hint: accepted,
  })
}

function parseUrl(given: string | URL, value: unknown): URL {
  if (!URL.canParse(String(given))) throw invalid(value, ', which is not a URL')
  const url = new URL(given)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(value, ', which is not an http URL')
  return url
}

function isUrl(value: unknown): value is string | URL {
  return typeof value === 'string' || value instanceof URL
}

function closeOf(value: object): { close?: () => unknown } {
  return has(value, 'close') ? { close: () => value.close() } : {}
}

async function adaptObject(value: object, ms: number): Promise<AppHandle> {
  if (value instanceof Server) return serverApp(value, ms)
  if (isFastify(value)) return fastifyApp(value, ms)
  if (has(value, 'fetch')) {
    const url = Reflect.get(value, 'url')
    return fetchApp({
      fetch: (request) => value.fetch(request),
      ...(isUrl(url) && { url: parseUrl(url, value).href.replace(/\/$/, '') }),
      ...closeOf(value),
      closeDeadlineMs: ms,
    })
  }
  const listener = isRequestListener(value) ? value : koaListener(value)
  if (listener !== undefined) return serverApp(createServer(listener), ms)
  if (typeof value === 'function') return fetchApp({ fetch: (request) => value(request), closeDeadlineMs: ms })
  const url = Reflect.get(value, 'url')
  if (isUrl(url)) return remoteApp({ url: parseUrl(url, value), ...closeOf(value), closeDeadlineMs: ms })
  if (has(value, 'listen', 'address', 'close')) {
    throw invalid(value, ', and of the servers of Node only node:http ones are driven here')
  }
  throw invalid(value)
}

/**
 * Takes what a user's `app` function returned and makes one handle of it.
 *
 * A `node:http` server that does not listen yet is made to, on 127.0.0.1 and a free port; a Fastify instance is asked by
 * `inject` and a fetch handler is called, both without a port.
 *
 * @param value a fetch handler, an object with `fetch`, a Fastify instance, an Express or Koa app, a `node:http` server, a URL
 * (string or object), `{ fetch, close }` or `{ url, close }`
 * @throws BacklotError `BACKLOT_APP_INVALID` for anything else; what Fastify's `ready` or `listen` failed with passes as it is
 */
export async function adaptApp(value: unknown, options: AdaptOptions = {}): Promise<AppHandle> {
  const ms = options.closeDeadlineMs ?? 5_000
  if (isUrl(value)) return remoteApp({ url: parseUrl(value, value), closeDeadlineMs: ms })
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) throw invalid(value)
  return adaptObject(value, ms)
}
