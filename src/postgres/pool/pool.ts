import type { Pool } from 'pg'
import { type Probe, probeMatchers } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { connectionOf } from '../lease-info.ts'
import { partsOf } from '../parts.ts'
import { untilMark } from '../until-mark.ts'
import type { ConnectionUse, HeldConnection, KillReport, PoolSource } from './contract.ts'
import { type PoolMatchers, poolMatchers } from './matchers.ts'
import { watchNodePostgres } from './node-postgres.ts'
import { isPostgresJs, watchPostgresJs } from './postgres-js.ts'
import { watchServerPool } from './server-pool.ts'

/** Options of {@link pool} for an app that is seen from the server alone. */
export interface PoolOptions {
  /** The app's `application_name`. Default: every session in the app's role, whatever its name. */
  readonly application?: string
  /** Most connections that the app opens, for `toBeExhausted`. */
  readonly max?: number
}

/** A pool that is watched. */
export interface WatchedPool extends Probe<PoolMatchers>, AsyncDisposable {
  /** Connections that are checked out now, or have a transaction open, with the query that holds them. */
  held(): Promise<readonly HeldConnection[]>
  /** Connections of the pool and what they were used for since it is watched. Only for node-postgres: else empty. */
  uses(): readonly ConnectionUse[]
  /** Milliseconds that each caller waited for a connection since the pool is watched. Only for node-postgres: else empty. */
  waits(): readonly number[]
  /** Ends every backend of the pool, as a restart of the server would. The next query has to find a new connection. */
  killBackends(): Promise<KillReport>
  /** Stops watching. It stops by itself at the end of the test that began it. */
  stop(): Promise<void>
}

function isNodePostgres(value: unknown): value is Pool {
  return typeof value === 'object' && value !== null && 'totalCount' in value && 'connect' in value && 'on' in value
}

/** Sessions of the test itself: `db.sql`, `db.session`, `db.interleave a`. */
const ofTheTest = /^db\./

function sourceOf(given: unknown, options: PoolOptions): PoolSource {
  if (isNodePostgres(given)) return watchNodePostgres(given)
  if (isPostgresJs(given)) return watchPostgresJs(given)
  // Drizzle keeps the pool that it was given.
  const client: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, '$client') : undefined
  if (client !== undefined) return sourceOf(client, options)
  if (typeof given !== 'object' || given === null) {
    throw new BacklotError(
      'BACKLOT_USAGE',
      `pool needs a pool or a Postgres service of the config, not ${display(given)}`,
      {
        hint: 'hand it the app’s own pool: pool(app.pool), or pool(db, { max: 5 }) to look from the server',
      },
    )
  }
  const { info } = partsOf(given, 'pool')
  const { user } = connectionOf(info().url)
  const { application } = options
  return watchServerPool({
    name: application === undefined ? 'the app' : `the app ${application}`,
    connection: async () => info().observer,
    max: options.max,
    isOf: (session) =>
      session.user === user &&
      (application === undefined ? !ofTheTest.test(session.application) : session.application === application),
  })
}

/**
 * Watches the connection pool of the app under test: a `Pool` of node-postgres (Kysely and Drizzle stand on one), a `sql` of
 * postgres.js, a Drizzle database, or, from the server's side, whatever connects to a service of the config.
 *
 * A pool of node-postgres is given instruments that take notes of who asks for a connection and what is run on it; they hand
 * everything on as it is, and are taken off at the end of the test.
 *
 * @param given the pool, or a Postgres service of the config
 * @throws BacklotError `BACKLOT_USAGE` for anything else
 *
 * @example
 * ```ts
 * const watched = pool(app.pool)
 * await expect(watched).toBeExhausted()
 * await expect(watched).toHaveNoLeaks()
 * ```
 */
export function pool(given: unknown, options: PoolOptions = {}): WatchedPool {
  const source = sourceOf(given, options)
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    callOff()
    stopped ??= source.stop()
    return stopped
  }
  const callOff = untilMark(stop)
  return {
    [probeMatchers]: poolMatchers(source),
    held: () => source.held(),
    uses: () => source.uses?.() ?? [],
    waits: () => source.waits?.().done ?? [],
    killBackends: () => source.kill(),
    stop,
    [Symbol.asyncDispose]: stop,
    toString: () => source.name,
  }
}
