import type { Json, ServiceCommand, ServiceCommandContext } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'
import { readLeaseInfo } from '../lease-info.ts'
import { baselineKey } from '../migrate/key.ts'
import { defaultLimits, type PostgresOptions } from '../options.ts'
import { runPrompt } from './prompt.ts'
import { hasPsql, runPsql } from './run-psql.ts'

function isKept(
  value: unknown,
): value is { readonly name: string; readonly failed: boolean; readonly connection: Connection } {
  return typeof value === 'object' && value !== null && 'name' in value && 'failed' in value && 'connection' in value
}

async function lastKept(context: ServiceCommandContext): Promise<Connection> {
  const kept = await context.ask('kept', {})
  const last = Array.isArray(kept) ? kept.findLast((one) => isKept(one) && one.failed) : undefined
  if (isKept(last)) {
    context.print(`${last.name}: the database as the last failed test left it`)
    return last.connection
  }
  throw new BacklotError('BACKLOT_USAGE', 'no database of a failed test was kept', {
    hint: 'npx backlot test --keep-on-failure',
  })
}

/** The database that `backlot up` made: a copy of the baseline to work in by hand. */
async function development(options: PostgresOptions, context: ServiceCommandContext): Promise<Connection> {
  const { projectRoot, isolation } = context.service
  const { version = 18, extensions = [], roles = [], migrate, seed } = options
  const baseline = await baselineKey({ projectRoot, version, extensions, roles, migrate, seed })
  const lease: Json = {
    isolation: options.isolation ?? isolation,
    connectAs: options.connectAs ?? 'app',
    extensions,
    limits: { ...defaultLimits, ...options.limits },
  }
  return readLeaseInfo(await context.ask('development', { service: context.service.name, baseline, lease })).owner
}

/** `backlot psql`: a SQL prompt on the service's database. */
export function psqlCommand(options: PostgresOptions): ServiceCommand {
  return {
    name: 'psql',
    summary: "open a SQL prompt on the service's database (psql if it is on PATH, else a small one of Backlot's own)",
    options: [{ flags: '--failed', summary: 'on the kept database of the last failed test' }],
    opensFailed: '--failed',
    async run(context) {
      const to = context.options.failed === true ? await lastKept(context) : await development(options, context)
      const { env } = context.service
      if (await hasPsql(env)) return runPsql(to, context.args, env)
      return runPrompt(to, context.args, context)
    },
  }
}
