import { z } from 'zod'
import { type Environment, environments, type PoolSettings, poolDefaults } from './pool-settings.ts'

/** The environment, as `process.env` has it. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What Plant is told at its start. */
export interface Settings {
  readonly environment: Environment
  readonly databaseUrl: string
  /** A replica for what only reads. Null: the same database. */
  readonly readReplicaUrl: string | null
  readonly pool: PoolSettings
}

/** Thrown when variables are missing or wrong; the message names all of them, without their values. */
export class SettingsError extends Error {
  /** One line for each problem, led by the variable's name. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Plant cannot start, ${problems.length} of its variables need attention:\n  ${problems.join('\n  ')}`)
    this.name = 'SettingsError'
    this.problems = problems
  }
}

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], 'is true or false'))
  .transform((value) => value === 'true' || value === '1' || value === 'yes')
const count = (low: number, high: number) =>
  z.coerce
    .number(`is a number from ${low} to ${high}`)
    .int('is a whole number')
    .min(low, `is at least ${low}`)
    .max(high, `is at most ${high}`)
const milliseconds = count(1, 3_600_000)

// Both are about one host and one database; SQLAlchemy's names of the scheme carry the driver.
const databaseUrl = z.string('is missing').transform((value, context) => {
  const url = value.replace(/^postgres(ql)?(\+[a-z0-9]+)?:\/\//, 'postgresql://')
  if (url.startsWith('postgresql://') && URL.canParse(url) && new URL(url).pathname.length > 1) return url
  context.addIssue({ code: 'custom', message: 'reads postgresql://user:password@host:port/name' })
  return z.NEVER
})

const schema = z.object({
  ENVIRONMENT: z.enum(environments, `is one of ${environments.join(', ')}`).default('development'),
  DATABASE_URL: databaseUrl,
  DATABASE_READ_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: count(1, 1000).optional(),
  DATABASE_MAX_OVERFLOW: count(0, 1000).optional(),
  DATABASE_ACQUIRE_TIMEOUT_MS: milliseconds.optional(),
  DATABASE_PRE_PING: flag.optional(),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds.optional(),
  DATABASE_COMMAND_TIMEOUT_MS: milliseconds.optional(),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds.optional(),
})

/**
 * Reads the settings from the environment. A variable that is there and empty counts as not there.
 *
 * @throws SettingsError naming every variable that is missing or wrong, without its value
 */
export function loadSettings(variables: Variables): Settings {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    throw new SettingsError(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  }
  const read = parsed.data
  const usual = poolDefaults[read.ENVIRONMENT]
  return {
    environment: read.ENVIRONMENT,
    databaseUrl: read.DATABASE_URL,
    readReplicaUrl: read.DATABASE_READ_URL ?? null,
    pool: {
      size: read.DATABASE_POOL_SIZE ?? usual.size,
      maxOverflow: read.DATABASE_MAX_OVERFLOW ?? usual.maxOverflow,
      acquireTimeoutMs: read.DATABASE_ACQUIRE_TIMEOUT_MS ?? usual.acquireTimeoutMs,
      prePing: read.DATABASE_PRE_PING ?? usual.prePing,
      connectTimeoutMs: read.DATABASE_CONNECT_TIMEOUT_MS ?? usual.connectTimeoutMs,
      commandTimeoutMs: read.DATABASE_COMMAND_TIMEOUT_MS ?? usual.commandTimeoutMs,
      statementTimeoutMs: read.DATABASE_STATEMENT_TIMEOUT_MS ?? usual.statementTimeoutMs,
    },
  }
}
