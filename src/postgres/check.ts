import type { ServiceContext } from '../contracts/index.ts'
import { BacklotError, nearest } from '../errors/index.ts'
import { display } from '../expect/index.ts'
import { checkExtensions } from './check-extensions.ts'
import { type Driver, loadDriver } from './driver.ts'
import { readInput, readSqlFiles } from './migrate/files.ts'
import { inputsOf, type MigrationSource } from './migrate/sources.ts'
import { givenUrl, type PostgresOptions, urlVariable } from './options.ts'
import { connectionFromUrl } from './server/url.ts'

function invalid(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_CONFIG_INVALID', summary, { hint })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
}

function isVariable(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value)
}

/** Names that PostgreSQL keeps for itself, or that are Backlot's own. */
const reservedRole = /^(pg_|backlot_)|^(public|none)$/

/** Postgres cuts a longer name, and would then know another one. */
const longestName = 63

function isRoleList(value: unknown): boolean {
  if (!isTextList(value) || !Array.isArray(value)) return false
  return value.every((name) => !reservedRole.test(name) && Buffer.byteLength(name) <= longestName)
}

function isSource(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  if (typeof value === 'function') return true
  if (!isRecord(value) || !isTextList(value.inputs)) return false
  if (typeof value.run === 'function') return true
  return isTextList(value.command) && Array.isArray(value.command) && value.command.length > 0
}

function isLimits(value: unknown): boolean {
  if (!isRecord(value)) return false
  return Object.entries(value).every(
    ([key, limit]) => (key === 'rows' || key === 'bytes') && typeof limit === 'number' && limit > 0,
  )
}

const sourceHint = (option: string): string =>
  `write ${option}: 'folder', ${option}: { command: ['npx', ...], inputs: ['folder'] }, or a function of { url, sql }`

/** What each option must be: a test, and how to write it. */
const rules: Readonly<Record<keyof PostgresOptions, readonly [fits: (value: unknown) => boolean, hint: string]>> = {
  migrate: [isSource, sourceHint('migrate')],
  seed: [isSource, sourceHint('seed')],
  extensions: [isTextList, "write extensions: ['uuid-ossp']"],
  roles: [
    isRoleList,
    "write roles: ['anon', 'authenticated']; names of up to 63 bytes, none that begins with pg_ or backlot_",
  ],
  version: [(value) => value === 16 || value === 17 || value === 18, 'choose 16, 17 or 18'],
  isolation: [
    (value) => typeof value === 'string' && ['rewind', 'clone', 'transaction', 'none'].includes(value),
    'choose rewind, clone, transaction or none',
  ],
  connectAs: [(value) => value === 'app' || value === 'owner', "choose 'app' or 'owner'"],
  durable: [(value) => typeof value === 'boolean', 'write durable: true, or leave it out'],
  limits: [isLimits, 'write limits: { rows: 100_000, bytes: 64 * 1024 * 1024 }, or one of the two'],
  url: [(value) => typeof value === 'string', "write url: 'postgresql://user@localhost:5432/postgres'"],
  urlEnv: [isTextList, "write urlEnv: ['TEST_DATABASE_URL']"],
  exportAs: [isVariable, "write exportAs: 'APP_DATABASE_URL': letters, digits and _, with no digit first"],
}

/**
 * Checks the options' names and types.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`
 */
export function checkShape(options: unknown): void {
  if (!isRecord(options)) throw invalid('postgres() takes an object of options', "postgres({ migrate: 'migrations' })")
  const known = Object.keys(rules)
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const near = nearest(key, known) ?? known.find((name) => key.startsWith(name.slice(0, 5)))
    throw invalid(
      `unknown option "${key}" in postgres()`,
      near === undefined ? `the options are: ${known.join(', ')}` : `did you mean "${near}"?`,
    )
  }
  for (const [key, [fits, hint]] of Object.entries(rules)) {
    const value = options[key]
    if (value === undefined || fits(value)) continue
    const shown = key === 'url' ? '' : `: ${display(value)}`
    throw invalid(`option ${key} of postgres() has the wrong type or value${shown}`, hint)
  }
}

async function checkSource(source: MigrationSource | undefined, option: string, projectRoot: string): Promise<void> {
  if (source === undefined) return
  if (typeof source === 'string') await readSqlFiles(projectRoot, source, option)
  else for (const path of inputsOf(source)) await readInput(projectRoot, path, `inputs of ${option}`)
}

/**
 * Fails at once on options that cannot work.
 *
 * @param load imports `pg`; only tests give another
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`, `BACKLOT_DRIVER_MISSING`
 */
export async function checkOptions(
  options: PostgresOptions,
  context: ServiceContext,
  load?: () => Promise<{ default: Driver }>,
): Promise<void> {
  checkShape(options)
  const given = givenUrl(options, context.name, context.env)
  if (given === undefined) checkExtensions(options.extensions ?? [], urlVariable(context.name))
  else connectionFromUrl(given.url, given.from)
  await loadDriver(load)
  await checkSource(options.migrate, 'migrate', context.projectRoot)
  await checkSource(options.seed, 'seed', context.projectRoot)
}
