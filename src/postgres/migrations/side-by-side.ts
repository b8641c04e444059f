import { BacklotError } from '../../errors/index.ts'
import { connect } from '../client.ts'
import { inTurn } from '../in-turn.ts'
import { connectionOf } from '../lease-info.ts'
import type { HandleParts } from '../parts.ts'
import { createSql, type Sql } from '../sql.ts'
import { type MakeRows, populate } from './populated.ts'
import type { Step } from './steps.ts'
import { type Track, withTrack } from './track.ts'

/** What a version of the code does with the database, in the app's role. Whatever it writes is rolled back. */
export type CodeVersion = (sql: Sql) => Promise<unknown> | unknown

/** For each migration, whether each version works on the state after it: `works`, or what broke. */
export type SideBySide<Version extends string = string> = Readonly<Record<string, Readonly<Record<Version, string>>>>

/** Options of {@link SideBySide}. */
export interface SideBySideOptions {
  /** Makes rows once a migration has been applied. Default: none. */
  readonly seed?: MakeRows
}

async function attempt({ info }: Track, code: CodeVersion): Promise<string> {
  const client = await connect(connectionOf(info.url), { applicationName: 'backlot:side-by-side' })
  const turn = inTurn()
  try {
    await client.query('BEGIN')
    await code(createSql((statement) => turn(() => client.query(statement))))
    // Deferred constraints would fail at the commit.
    await client.query('SET CONSTRAINTS ALL IMMEDIATE')
    return 'works'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await client.query('ROLLBACK').catch(() => {})
    await client.end().catch(() => {})
  }
}

/**
 * Runs versions of the code on the state after each migration.
 *
 * @throws BacklotError `BACKLOT_USAGE` where a version is no function
 */
export async function runSideBySide<Version extends string>(
  parts: HandleParts,
  steps: readonly Step[],
  versions: Readonly<Record<Version, CodeVersion>>,
  options: SideBySideOptions = {},
): Promise<SideBySide<Version>> {
  const entries = Object.entries<CodeVersion>(versions)
  const wrong = entries.find(([, code]) => typeof code !== 'function')
  if (wrong !== undefined || entries.length === 0) {
    throw new BacklotError('BACKLOT_USAGE', 'sideBySide takes versions of the code as functions', {
      hint: 'for example walk.sideBySide({ old: (sql) => sql`SELECT name FROM users`, new: (sql) => sql`SELECT full_name FROM users` })',
    })
  }
  return withTrack(parts, async (track) => {
    const report: [string, Record<Version, string>][] = []
    for (const step of steps) {
      await track.up(step)
      if (options.seed !== undefined) await populate(track, step.name, options.seed)
      const results: [string, string][] = []
      for (const [version, code] of entries) results.push([version, await attempt(track, code)])
      report.push([step.name, Object.fromEntries(results) as Record<Version, string>])
    }
    return Object.fromEntries(report)
  })
}
