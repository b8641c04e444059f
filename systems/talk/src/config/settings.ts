import { z } from 'zod'
import { parseDid } from '../domain/values.ts'
import { composeDatabaseUrl, normalizeDatabaseUrl } from './database-url.ts'

/** The environment, as `process.env` has it. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What talk is told at its start. */
export interface Settings {
  readonly environment: 'development' | 'test' | 'production'
  readonly debug: boolean
  readonly databaseUrl: string
  readonly atproto: { readonly pdsUrl: string; readonly plcUrl: string }
  /** Null: people cannot sign in with Twitter. */
  readonly twitter: {
    readonly clientId: string
    readonly clientSecret: string
    readonly apiUrl: string | undefined
  } | null
  readonly host: string
  readonly port: number
  /** Where people reach talk. */
  readonly publicUrl: string
  /** Where a login ends in the browser; null: the callback answers with JSON. */
  readonly frontendUrl: string | null
  /** Null: a secret of this process, so that tokens end with it. Never null in production. */
  readonly jwtSecret: string | null
  readonly sessionDays: number
  readonly invites: {
    readonly quotaEnforced: boolean
    readonly lifetimeDays: number
    /** Provider ids of the users who may invite without a limit. */
    readonly seedIds: ReadonlySet<string>
  }
}

/** Thrown when variables are missing or wrong; the message names all of them. */
export class SettingsError extends Error {
  /** One line for each problem, led by the variable's name. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`talk cannot start, ${problems.length} of its variables need attention:\n  ${problems.join('\n  ')}`)
    this.name = 'SettingsError'
    this.problems = problems
  }
}

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], 'is true or false'))
  .transform((value) => value === 'true' || value === '1' || value === 'yes')
const webUrl = z.url({ protocol: /^https?$/, error: 'is an http or https URL' })
const count = (low: number, high: number) =>
  z.coerce
    .number(`is a number from ${low} to ${high}`)
    .int('is a whole number')
    .min(low, `is at least ${low}`)
    .max(high, `is at most ${high}`)
const seedIds = z.string().transform((value, context) =>
  value
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
    .map((id) => {
      if (/^[0-9]+$/.test(id)) return id
      try {
        return parseDid(id)
      } catch {
        context.addIssue({ code: 'custom', message: `lists DIDs or Twitter ids, and "${id}" is neither` })
        return z.NEVER
      }
    }),
)

const schema = z.object({
  ENVIRONMENT: z
    .enum(['development', 'test', 'production'], 'is development, test or production')
    .default('development'),
  DEBUG: flag.default(false),
  DATABASE__URL: z
    .string()
    .transform((value, context) => {
      const url = normalizeDatabaseUrl(value)
      if (url !== null) return url
      context.addIssue({ code: 'custom', message: 'reads postgresql://user:password@host:port/name' })
      return z.NEVER
    })
    .optional(),
  DATABASE_HOST: z.string().min(1).optional(),
  DATABASE_PORT: count(1, 65_535).default(5432),
  DATABASE_USER: z.string().min(1).default('talk'),
  DATABASE_PASSWORD: z.string().default(''),
  DATABASE_NAME: z.string().min(1).default('talk'),
  ATPROTO_PDS_URL: webUrl.default('https://bsky.social'),
  ATPROTO_PLC_URL: webUrl.default('https://plc.directory'),
  TWITTER_CLIENT_ID: z.string().min(1).optional(),
  TWITTER_CLIENT_SECRET: z.string().min(1).optional(),
  TWITTER_API_URL: webUrl.optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: count(0, 65_535).default(8000),
  PUBLIC_URL: webUrl.optional(),
  FRONTEND_URL: webUrl.optional(),
  JWT_SECRET: z.string().min(32, 'has at least 32 characters').optional(),
  SESSION_DAYS: count(1, 365).default(30),
  INVITE_QUOTA_ENFORCED: flag.default(true),
  INVITE_LIFETIME_DAYS: count(1, 365).default(30),
  INVITE_SEED_IDS: seedIds.default([]),
})

/**
 * Reads the settings from the environment. A variable that is there and empty counts as not there.
 *
 * @throws SettingsError naming every variable that is missing or wrong, without its value
 */
export function loadSettings(variables: Variables): Settings {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(given)
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  if (!given.DATABASE__URL && !given.DATABASE_HOST) {
    problems.push('DATABASE__URL is missing (or DATABASE_HOST with DATABASE_PORT, _USER, _PASSWORD and _NAME)')
  }
  if (Boolean(given.TWITTER_CLIENT_ID) !== Boolean(given.TWITTER_CLIENT_SECRET)) {
    const missing = given.TWITTER_CLIENT_ID ? 'TWITTER_CLIENT_SECRET' : 'TWITTER_CLIENT_ID'
    problems.push(`${missing} is missing: Twitter needs both, or neither`)
  }
  if (given.ENVIRONMENT === 'production') {
    if (!given.JWT_SECRET) problems.push('JWT_SECRET is missing: production needs one that outlives the process')
    if (!given.PUBLIC_URL?.startsWith('https://')) problems.push('PUBLIC_URL is an https URL in production')
  }
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems)
  return toSettings(parsed.data)
}

function toSettings(read: z.infer<typeof schema>): Settings {
  return {
    environment: read.ENVIRONMENT,
    debug: read.DEBUG,
    databaseUrl:
      read.DATABASE__URL ??
      composeDatabaseUrl({
        host: read.DATABASE_HOST ?? '127.0.0.1',
        port: read.DATABASE_PORT,
        user: read.DATABASE_USER,
        password: read.DATABASE_PASSWORD,
        name: read.DATABASE_NAME,
      }),
    atproto: { pdsUrl: read.ATPROTO_PDS_URL, plcUrl: read.ATPROTO_PLC_URL },
    twitter:
      read.TWITTER_CLIENT_ID && read.TWITTER_CLIENT_SECRET
        ? { clientId: read.TWITTER_CLIENT_ID, clientSecret: read.TWITTER_CLIENT_SECRET, apiUrl: read.TWITTER_API_URL }
        : null,
    host: read.HOST,
    port: read.PORT,
    publicUrl: read.PUBLIC_URL ?? `http://127.0.0.1:${read.PORT}`,
    frontendUrl: read.FRONTEND_URL ?? null,
    jwtSecret: read.JWT_SECRET ?? null,
    sessionDays: read.SESSION_DAYS,
    invites: {
      quotaEnforced: read.INVITE_QUOTA_ENFORCED,
      lifetimeDays: read.INVITE_LIFETIME_DAYS,
      seedIds: new Set<string>(read.INVITE_SEED_IDS),
    },
  }
}
