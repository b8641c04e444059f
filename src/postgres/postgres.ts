import type { Service } from '../contracts/index.ts'
import { checkOptions } from './check.ts'
import type { InstanceOptions, LeaseOptions } from './contract.ts'
import { openHandle, type PostgresHandle } from './handle.ts'
import { readLeaseInfo, readTarget } from './lease-info.ts'
import { baselineKey } from './migrate/key.ts'
import { runMigrations } from './migrate/run.ts'
import { defaultLimits, givenUrl, type PostgresOptions, urlNames } from './options.ts'
import { psqlCommand } from './psql/command.ts'
import type { AnyDatabase } from './row-types.ts'
import { addOnNames } from './server/add-ons.ts'
import { type QueryMatchers, queryProbe } from './violation/to-violate.ts'

const host = new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href

/** Extensions that the server's binaries need beside what they have; a project without them downloads nothing. */
function laidOver(extensions: readonly string[]): Pick<InstanceOptions, 'extensions'> {
  const lacking = addOnNames.filter((name) => extensions.includes(name)).sort()
  return lacking.length === 0 ? {} : { extensions: lacking }
}

/**
 * A real PostgreSQL server: each test worker gets a database of its own on it, migrated and seeded, and put back after
 * every test.
 *
 * @typeParam Database a Kysely-style interface (`{ users: { id: Generated<number>, ... } }`), so that the compiler checks
 * tables and columns in `db.table('users')`; without it any name is allowed
 *
 * @throws BacklotError (when it is first used) `BACKLOT_CONFIG_INVALID` for an option that cannot work, `BACKLOT_DRIVER_MISSING`
 * without `pg`, `BACKLOT_MIGRATION_FAILED` and `BACKLOT_SEED_FAILED` with file and line, `BACKLOT_RIGHTS_MISSING` on a server by URL
 * on which no database can be made
 *
 * @example
 * ```ts
 * defineBacklot({ services: { db: postgres<Database>({ migrate: 'migrations', extensions: ['uuid-ossp'] }) } })
 * ```
 */
export function postgres<Database = AnyDatabase>(
  options: PostgresOptions = {},
): Service<PostgresHandle<Database>, QueryMatchers> {
  return {
    kind: 'postgres',
    host,
    check: (context) => checkOptions(options, context),
    async plan(context) {
      const version = options.version ?? 18
      const extensions = options.extensions ?? []
      const roles = options.roles ?? []
      const given = givenUrl(options, context.name, context.env)
      const instance: InstanceOptions = {
        version,
        durable: options.durable ?? false,
        ...(given === undefined ? laidOver(extensions) : { url: given.url, urlFrom: given.from }),
      }
      const lease: LeaseOptions = {
        isolation: options.isolation ?? context.isolation,
        connectAs: options.connectAs ?? 'app',
        extensions,
        ...(roles.length === 0 ? {} : { roles }),
        limits: { ...defaultLimits, ...options.limits },
      }
      const { migrate, seed } = options
      const { projectRoot } = context
      return {
        instance,
        lease,
        baseline: await baselineKey({ projectRoot, version, extensions, roles, migrate, seed }),
      }
    },
    build: (target, { projectRoot, env, name }) =>
      runMigrations({ migrate: options.migrate, seed: options.seed }, readTarget(target), {
        projectRoot,
        env,
        urlNames: urlNames(options, name),
      }),
    open: (lease, context) => openHandle<Database>(lease, context, options),
    environment: (info) => ({ [options.exportAs ?? 'DATABASE_URL']: readLeaseInfo(info).url }),
    commands: [psqlCommand(options)],
    probeOf: queryProbe,
  }
}
