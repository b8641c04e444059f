import type { Isolation, Service } from '../contracts/index.ts'
import { callerDirectory } from './caller.ts'
import { validateConfig } from './validate.ts'

/** The services of a config, by name. */
export type Services = Readonly<Record<string, Service>>

/** What tests and the app see of each service: the handle types, taken from the config. */
export type Handles<S extends Services> = {
  readonly [Name in keyof S]: S[Name] extends Service<infer Handle> ? Handle : never
}

/** What {@link defineBacklot} takes. */
export interface BacklotConfig<S extends Services> {
  /** The real dependencies, by the name that tests use: `{ db: postgres() }`. Names are JavaScript identifiers. */
  readonly services: S
  /**
   * Starts the app under test on the services' handles. May return a fetch handler, a Hono or Fastify instance, a
   * `node:http` server, `{ fetch, close }`, a URL, or `{ url, close }`. Tests reach it by `api`. It is started once for each test file.
   */
  readonly app?: (services: Handles<S>) => unknown
  /** How a test's traces are undone. Default: `rewind`. Files and tests can have another: `backlotTest(backlot, { isolation })`. */
  readonly isolation?: Isolation
  /** What outlived its test (an open transaction, a late write): `report` prints it (default), `fail` fails the test. */
  readonly leaks?: 'report' | 'fail'
  /** Folder that relative paths start from. Default: the folder of the file that calls `defineBacklot`. */
  readonly root?: string
}

/** A checked config. Hand it to `backlotTest`, or `start` it in a script. */
export interface Backlot<S extends Services = Services> {
  readonly services: S
  /** Starts the app; undefined where the config has none. A method, so that a typed config is also a plain one. */
  app?(services: Handles<S>): unknown
  readonly isolation: Isolation
  readonly leaks: 'report' | 'fail'
  /** Absolute path of the project: its supervisor, leases and logs belong to this folder. */
  readonly root: string
}

/**
 * Names the services that a backend needs and how to start it on them.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID` for an unknown key, a service name that is no identifier or is taken by
 * a fixture, a value that is not a service, or services that depend on each other in a circle
 *
 * @example
 * ```ts
 * export default defineBacklot({
 *   services: { db: postgres({ migrate: 'migrations' }) },
 *   app: async ({ db }) => buildServer({ databaseUrl: db.url }),
 * })
 * ```
 */
export function defineBacklot<const S extends Services>(config: BacklotConfig<S>): Backlot<S> {
  validateConfig(config)
  return {
    services: config.services,
    ...(config.app && { app: config.app }),
    isolation: config.isolation ?? 'rewind',
    leaks: config.leaks ?? 'report',
    root: config.root ?? callerDirectory(defineBacklot),
  }
}
