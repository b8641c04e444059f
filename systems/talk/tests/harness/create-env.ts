import { asFunction, asValue } from 'awilix'
import type { Hono } from 'hono'
import { buildApp } from '../../src/app.ts'
import { loadSettings, type Variables } from '../../src/config/settings.ts'
import {
  buildContainer,
  type Container,
  type Cradle,
  type Layer,
  type Registrations,
  realLayers,
} from '../../src/container.ts'
import type { TalkVariables } from '../../src/http/context.ts'
import { createFakeOAuthClient } from './fake-oauth.ts'
import { keptPersistence } from './kept-persistence.ts'
import { createMemoryPersistence } from './memory/persistence.ts'

/** The stand-in for each layer. */
const fakeLayers: Readonly<Record<Layer, () => Registrations>> = {
  persistence: () => ({
    persistence: asFunction(createMemoryPersistence)
      .singleton()
      .disposer((persistence) => persistence.close()),
  }),
  bluesky: () => ({ blueskyClient: asValue(createFakeOAuthClient('bluesky')) }),
  twitter: () => ({ twitterClient: asValue(createFakeOAuthClient('twitter')) }),
}

/** The real thing for each layer; the database's connections are kept from env to env. */
const testLayers: typeof realLayers = {
  ...realLayers,
  persistence: () => ({
    persistence: asFunction(({ settings }: Cradle) => keptPersistence(settings.databaseUrl)).singleton(),
  }),
}

/** What a real layer cannot do without; the rest has a value good for tests. */
const needed: Readonly<Record<Layer, readonly string[]>> = {
  persistence: ['DATABASE__URL'],
  bluesky: ['ATPROTO_PDS_URL', 'ATPROTO_PLC_URL'],
  twitter: ['TWITTER_CLIENT_ID', 'TWITTER_CLIENT_SECRET', 'TWITTER_API_URL'],
}

const testVariables: Variables = {
  ENVIRONMENT: 'test',
  DATABASE__URL: 'postgresql://nobody@localhost/unused',
  PUBLIC_URL: 'http://127.0.0.1:8000',
  JWT_SECRET: 'a secret of the tests, worth nothing',
}

/** What {@link createEnv} takes. */
export interface EnvOptions {
  /** Layers to make real: `persistence`, `bluesky`, `twitter`. Default: none. */
  readonly unmock?: readonly Layer[]
  /** Variables of the environment, over those of the tests: `{ DATABASE__URL: db.url }`. Nothing is read from `process.env`. */
  readonly variables?: Variables
  /** Further registrations in the place of others: a clock, a repository that fails. */
  readonly replace?: Registrations
}

/** talk, wired for a test. `await using env = await createEnv()` clears it away. */
export interface Env extends AsyncDisposable {
  /** A request's scope of the container. */
  readonly container: Container
  /** The HTTP app on the same container: `env.app.request('/me')`. */
  readonly app: Hono<TalkVariables>
  /** What the container holds by this name: `env.get('loginService')`. */
  get<Name extends keyof Cradle>(name: Name): Cradle[Name]
  close(): Promise<void>
}

/**
 * Builds talk with each layer real or stand-in.
 *
 * @throws Error for a layer that is not known, or a real one whose variables are not given
 * @throws SettingsError when the variables are wrong
 *
 * @example
 * ```ts
 * await using env = await createEnv({ unmock: ['persistence'], variables: { DATABASE__URL: db.url } })
 * const login = await env.get('loginService').finish('bluesky', callback)
 * ```
 */
export async function createEnv({ unmock = [], variables = {}, replace = {} }: EnvOptions = {}): Promise<Env> {
  const known = Object.keys(fakeLayers)
  const unknown = unmock.filter((layer) => !known.includes(layer))
  if (unknown.length > 0)
    throw new Error(`unmock: ${unknown.join(', ')} is no layer. The layers are: ${known.join(', ')}.`)
  for (const layer of unmock) {
    const missing = needed[layer].filter((name) => !variables[name])
    if (missing.length > 0) throw new Error(`unmock: ${layer} needs ${missing.join(', ')} in variables.`)
  }

  const layer = (name: Layer): Registrations => (unmock.includes(name) ? testLayers : fakeLayers)[name]()
  const layers = { ...layer('persistence'), ...layer('bluesky'), ...layer('twitter') }
  const root = buildContainer(loadSettings({ ...testVariables, ...variables }), { ...layers, ...replace })
  const scope: Container = root.createScope<Cradle>()
  const close = async (): Promise<void> => {
    await scope.dispose()
    await root.dispose()
  }
  return {
    container: scope,
    app: buildApp(root),
    get: (name) => scope.cradle[name],
    close,
    [Symbol.asyncDispose]: close,
  }
}
