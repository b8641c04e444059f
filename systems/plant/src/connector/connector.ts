import type { Settings } from '../config/settings.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { PlantError } from '../domain/errors.ts'
import type { PoolMetrics } from './metrics.ts'
import { type Connection, createPool } from './pool.ts'
import { runSession, type Session, type SessionOptions } from './session.ts'

/** How often the database is asked at the start, and how long Plant waits in between. */
export const startUp = { attempts: 4, pauseMs: 5_000 } as const

/** The way to the database. */
export interface Connector {
  /**
   * Resolves once the database answers, and the replica if there is one; asks 4 times, 5 seconds apart.
   *
   * @throws PlantError `database-unavailable` with the last reason as its cause
   */
  start(): Promise<void>
  /**
   * Runs `work` in one transaction in the name of an agent: committed when it resolves, rolled back when it throws.
   *
   * @throws PlantError what an error of the driver means; `pool-exhausted`, `database-unavailable`
   * @example
   * ```ts
   * await connector.session({ agentId: 'genesis' }, async (session) => {
   *   const { skills } = createRepositories(session)
   *   return await skills.create({ name: 'SQL', description: 'Asking a database', category: 'technical' })
   * })
   * ```
   */
  session<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T>
  /** Takes a bare connection, without a transaction or an agent. Give it back. */
  acquire(mode?: 'read' | 'write'): Promise<Connection>
  /** How the pools do. `read` is null where there is no replica. */
  metrics(): { readonly write: PoolMetrics; readonly read: PoolMetrics | null }
  /** Closes all connections, once they are given back. */
  close(): Promise<void>
  /** {@link close} */
  [Symbol.asyncDispose](): Promise<void>
}

/** Connects when it is first used. */
export function createConnector(settings: Omit<Settings, 'environment'>, clock: Clock = systemClock): Connector {
  const { databaseUrl, readReplicaUrl, pool } = settings
  const write = createPool({ url: databaseUrl, settings: pool, name: 'plant' })
  const read =
    readReplicaUrl === null ? null : createPool({ url: readReplicaUrl, settings: pool, name: 'plant (read)' })
  const poolOf = (mode: 'read' | 'write' = 'write') => (mode === 'read' ? (read ?? write) : write)

  async function ping(): Promise<void> {
    for (const each of read === null ? [write] : [write, read]) {
      await using connection = await each.acquire()
      await connection.client.query('select 1')
    }
  }

  async function close(): Promise<void> {
    await Promise.all([write.close(), read?.close()])
  }

  return {
    start: async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await ping()
        } catch (cause) {
          if (attempt === startUp.attempts) {
            throw new PlantError('database-unavailable', `The database did not answer ${attempt} times.`, { cause })
          }
          await clock.sleep(startUp.pauseMs)
        }
      }
    },
    session: (options, work) => runSession(() => poolOf(options.mode).acquire(), options, work),
    acquire: (mode) => poolOf(mode).acquire(),
    metrics: () => ({ write: write.metrics(), read: read?.metrics() ?? null }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
