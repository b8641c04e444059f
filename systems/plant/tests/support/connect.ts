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
