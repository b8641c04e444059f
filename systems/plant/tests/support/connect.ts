import { type Clock, type Connector, createConnector, type PoolSettings, poolDefaults } from '../../src/index.ts'

/** What of a connector a test wants otherwise than in the test environment. */
export interface ConnectOptions extends Partial<PoolSettings> {
  readonly readReplicaUrl?: string
  readonly clock?: Clock
}

/** A connector to a test's database: `await using connector = connect(db)`. */
export function connect({ url }: { readonly url: string }, options: ConnectOptions = {}): Connector {
  const { readReplicaUrl = null, clock, ...pool } = options
  return createConnector({ databaseUrl: url, readReplicaUrl, pool: { ...poolDefaults.test, ...pool } }, clock)
}

/** A connector that stays from test to test while they are in one database: a new connection costs ten times a warm one. */
export interface KeptConnector {
  /** The connector to a test's database. */
  to(db: { readonly url: string }): Promise<Connector>
  /** For `afterAll`. */
  close(): Promise<void>
}

/** Makes a {@link KeptConnector}; nothing is opened yet. */
export function keepConnector(options: ConnectOptions = {}): KeptConnector {
  let kept: { readonly url: string; readonly connector: Connector } | undefined
  async function close(): Promise<void> {
    const closing = kept
    kept = undefined
    await closing?.connector.close()
  }
  return {
    async to(db) {
      if (kept?.url !== db.url) {
        await close()
        kept = { url: db.url, connector: connect(db, options) }
      }
      return kept.connector
    },
    close,
  }
}
