import { Client, type ClientConfig, Pool, type PoolClient } from 'pg'
import type { PoolSettings } from '../config/pool-settings.ts'
import { PlantError } from '../domain/errors.ts'
import { createMeter, type PoolMetrics } from './metrics.ts'

/** A connection that is in use. */
export interface Connection {
  readonly client: PoolClient
  /** Gives it back. One beyond the pool's size is closed, unless somebody waits for it. */
  release(): void
  /** Closes it, whatever it is doing. */
  discard(): void
  /** {@link release}: `await using connection = await pool.acquire()` */
  [Symbol.asyncDispose](): Promise<void>
}

/** Connections to one server. */
export interface ConnectionPool {
  /**
   * Takes a connection, or waits for one.
   *
   * @throws PlantError `pool-exhausted` when none becomes free in time, `database-unavailable` when none can be opened
   */
  acquire(): Promise<Connection>
  metrics(): PoolMetrics
  /** Closes all connections, once they are given back. */
  close(): Promise<void>
}

/** What a pool is told. */
export interface PoolOptions {
  readonly url: string
  readonly settings: PoolSettings
  /** What the server calls these connections: `application_name`. */
  readonly name: string
}

/** pg's pool has one time limit for waiting and for connecting; this keeps them apart. */
function connectingWithin(connectTimeoutMs: number): typeof Client {
  return class extends Client {
    constructor(config?: string | ClientConfig) {
      super(typeof config === 'string' ? config : { ...config, connectionTimeoutMillis: connectTimeoutMs })
    }
  }
}

async function answers(client: PoolClient, withinMs: number): Promise<boolean> {
  try {
    // The driver knows a limit for one query; its types do not.
    const ping = { text: 'select 1', query_timeout: withinMs }
    await client.query(ping)
    return true
  } catch {
    return false
  }
}

/** Opens a pool. It connects when it is first used. */
export function createPool({ url, settings, name }: PoolOptions): ConnectionPool {
  const { size, maxOverflow, acquireTimeoutMs, prePing, connectTimeoutMs } = settings
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    max: size + maxOverflow,
    // What is within the size stays open.
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: acquireTimeoutMs,
    query_timeout: settings.commandTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    // A statement that Plant has given up on ends soon after its connection does, and its locks with it.
    options: '-c client_connection_check_interval=250',
    Client: connectingWithin(connectTimeoutMs),
  })
  // Without listeners a connection that the server ends would end the process: kept, in use, or while it is looked at. Who uses
  // it is told by its statement, and the pool replaces it by itself.
  const ignore = (): void => {}
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  const meter = createMeter()
  const used = new WeakSet<PoolClient>()

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect()
    } catch (cause) {
      if (cause instanceof Error && cause.message === 'timeout exceeded when trying to connect') {
        meter.timedOut()
        const summary = `All ${size + maxOverflow} connections were in use for ${acquireTimeoutMs} ms.`
        throw new PlantError('pool-exhausted', summary, { cause })
      }
      throw new PlantError('database-unavailable', 'The database cannot be reached.', { cause })
    }
  }

  /** A connection that was used before may have ended since, and not only one of them. */
  async function connectAlive(): Promise<PoolClient> {
    for (;;) {
      const client = await connect()
      if (!used.has(client)) {
        used.add(client)
        return client
      }
      if (!prePing || (await answers(client, connectTimeoutMs))) return client
      meter.replaced()
      client.release(true)
    }
  }

  function checkOut(client: PoolClient): Connection {
    let out = true
    const giveBack = (close: boolean): void => {
      if (!out) return
      out = false
      client.release(close)
    }
    const release = (): void => giveBack(pool.totalCount > size && pool.waitingCount === 0)
    return { client, release, discard: () => giveBack(true), [Symbol.asyncDispose]: async () => release() }
  }

  return {
    acquire: async () => {
      const began = performance.now()
      const client = await connectAlive()
      meter.acquired(performance.now() - began)
      return checkOut(client)
    },
    metrics: () => ({
      size,
      maxOverflow,
      checkedOut: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      overflow: Math.max(0, pool.totalCount - size),
      waiting: pool.waitingCount,
      ...meter.read(),
    }),
    close: () => pool.end(),
  }
}
