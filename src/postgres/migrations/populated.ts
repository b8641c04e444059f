import { BacklotError } from '../../errors/index.ts'
import type { HandleParts } from '../parts.ts'
import type { Sql } from '../sql.ts'
import { type Finding, failureLines } from './findings.ts'
import { makeRows } from './make-rows.ts'
import { readState, type State, tablesOf } from './state.ts'
import type { Step } from './steps.ts'
import { type Track, withTrack } from './track.ts'

/** Makes rows once a migration has been applied, as the owner of the schema. */
export type MakeRows = (sql: Sql, step: string) => Promise<unknown> | unknown

/** What is asked of migrations on a populated database. */
export interface PopulatedCheck {
  readonly chosen: ReadonlySet<string>
  /** Default: a few rows in each empty table, by the catalog. */
  readonly seed: MakeRows | undefined
  /** True: a table that is there before and after has no fewer rows. */
  readonly keepRows: boolean
}

/** Makes rows for the state after a migration. */
export async function populate(track: Track, step: string, seed: MakeRows | undefined): Promise<void> {
  if (seed !== undefined) {
    await seed(track.sql, step)
    return
  }
  const [unfilled] = await makeRows(track)
  if (unfilled === undefined) return
  throw new BacklotError(
    'BACKLOT_USAGE',
    `no rows can be made up for ${unfilled.table} after ${step}: ${unfilled.reason}`,
    {
      hint: 'make them yourself: { seed: async (sql, step) => { await sql`INSERT ...` } }',
    },
  )
}

/** `users: 3 rows` */
function rowLines({ rows }: State): readonly string[] {
  const filled = [...rows].filter(([, { count }]) => count > 0)
  return filled.map(([table, { count }]) => `${table}: ${count} ${count === 1 ? 'row' : 'rows'}`)
}

function lostLines(before: State, after: State): readonly string[] {
  return [...after.rows].flatMap(([table, { count }]) => {
    const was = before.rows.get(table)?.count ?? 0
    return was > count ? [`${table} had ${was} rows, and has ${count}`] : []
  })
}

async function empty(track: Track): Promise<void> {
  const tables = (await tablesOf(track)).map(({ sql }) => sql)
  if (tables.length > 0) await track.source.run(`TRUNCATE ${tables.join(', ')} CASCADE`, [])
}

async function findingsOf(track: Track, step: Step, keepRows: boolean): Promise<readonly string[]> {
  const before = await readState(track)
  const failure = await track.up(step).then(() => undefined, failureLines)
  if (failure === undefined) return keepRows ? lostLines(before, await readState(track)) : []
  // What comes after can still be judged: without the rows it applies.
  await empty(track)
  await track.up(step)
  return [...failure, 'with these rows', ...rowLines(before).map((line) => `  ${line}`)]
}

/** Applies each migration to a database with rows in it; one that fails, or loses rows that it should not, is a finding. */
export function findUnfitForRows(
  parts: HandleParts,
  steps: readonly Step[],
  check: PopulatedCheck,
): Promise<readonly Finding[]> {
  return withTrack(parts, async (track) => {
    const findings: Finding[] = []
    for (const step of steps) {
      const lines = await findingsOf(track, step, check.keepRows)
      if (lines.length > 0 && check.chosen.has(step.name)) findings.push({ step: step.name, lines })
      await populate(track, step.name, check.seed)
    }
    return findings
  })
}
