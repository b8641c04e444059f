import { BacklotError } from '../../errors/index.ts'
import { connect } from '../client.ts'
import type { BaselineTarget } from '../contract.ts'
import { inTurn } from '../in-turn.ts'
import { connectionOf } from '../lease-info.ts'
import { createSql } from '../sql.ts'
import { type FailedFunction, functionFailure } from './failure.ts'
import { readSqlFiles } from './files.ts'
import { runMigrationCommand } from './run-command.ts'
import { runFiles } from './run-files.ts'
import { functionOf, isCommand, type MigrationDatabase, type MigrationSource } from './sources.ts'

/** Where and with what a source runs. */
export interface MigrationSetting {
  readonly projectRoot: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Names of environment variables that hold the URL, besides `DATABASE_URL`. */
  readonly urlNames: readonly string[]
}

async function withOwner<T>(
  target: BaselineTarget,
  work: (client: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  const client = await connect(target.owner, { applicationName: 'backlot:migrate' })
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Runs one source on a database.
 *
 * @throws BacklotError `BACKLOT_MIGRATION_FAILED`, `BACKLOT_SEED_FAILED`
 */
export async function runSource(
  source: MigrationSource,
  option: 'migrate' | 'seed',
  target: BaselineTarget,
  setting: MigrationSetting,
): Promise<void> {
  const code: FailedFunction['code'] = option === 'migrate' ? 'BACKLOT_MIGRATION_FAILED' : 'BACKLOT_SEED_FAILED'
  const { projectRoot } = setting
  if (typeof source === 'string') {
    const files = await readSqlFiles(projectRoot, source, option)
    return withOwner(target, (client) => runFiles(client, files, code))
  }
  const database: MigrationDatabase = { ...connectionOf(target.url), url: target.url }
  if (isCommand(source)) return runMigrationCommand(source, database, { ...setting, code })
  return withOwner(target, async (client) => {
    const turn = inTurn()
    const refused = new WeakMap<object, NonNullable<FailedFunction['statement']>>()
    const sql = createSql((statement) =>
      turn(() => client.query(statement)).catch((error: object) => {
        refused.set(error, statement)
        throw error
      }),
    )
    try {
      await functionOf(source)?.({ ...database, sql })
    } catch (error) {
      if (error instanceof BacklotError) throw error
      const statement = error instanceof Error ? refused.get(error) : undefined
      throw functionFailure({ code, option, projectRoot, statement }, error)
    }
  })
}

/**
 * Migrates a new baseline, then seeds it.
 *
 * @throws BacklotError `BACKLOT_MIGRATION_FAILED`, `BACKLOT_SEED_FAILED`
 */
export async function runMigrations(
  sources: { readonly migrate: MigrationSource | undefined; readonly seed: MigrationSource | undefined },
  target: BaselineTarget,
  setting: MigrationSetting,
): Promise<void> {
  if (sources.migrate !== undefined) await runSource(sources.migrate, 'migrate', target, setting)
  if (sources.seed !== undefined) await runSource(sources.seed, 'seed', target, setting)
}
