/** Where Plant runs. */
export const environments = ['development', 'local', 'demo', 'uat', 'test', 'production'] as const
/** One of {@link environments}. */
export type Environment = (typeof environments)[number]

/** How connections are kept. Times in milliseconds. */
export interface PoolSettings {
  /** Connections that are kept when they are not in use. */
  readonly size: number
  /** Connections beyond those, closed as soon as they are given back and nobody waits. */
  readonly maxOverflow: number
  /** How long a caller waits for a connection. */
  readonly acquireTimeoutMs: number
  /** Whether a kept connection has to answer before it is handed out. */
  readonly prePing: boolean
  /** How long a new connection may take. */
  readonly connectTimeoutMs: number
  /** How long Plant waits for a statement's answer. */
  readonly commandTimeoutMs: number
  /** How long the server lets a statement run: `statement_timeout`. */
  readonly statementTimeoutMs: number
}

const usual: PoolSettings = {
  size: 20,
  maxOverflow: 40,
  acquireTimeoutMs: 30_000,
  prePing: true,
  connectTimeoutMs: 10_000,
  commandTimeoutMs: 30_000,
  statementTimeoutMs: 60_000,
}

/** What holds in each environment, unless a variable says otherwise. */
export const poolDefaults: Readonly<Record<Environment, PoolSettings>> = {
  development: { ...usual, size: 10, maxOverflow: 5 },
  local: { ...usual, size: 10, maxOverflow: 5 },
  demo: { ...usual, size: 10, maxOverflow: 5 },
  uat: { ...usual, size: 15, maxOverflow: 10 },
  test: usual,
  production: { ...usual, size: 20, maxOverflow: 10 },
}
