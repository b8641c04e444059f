import { placeOf } from '../migrate/failure.ts'
import type { StatementWatch } from '../migrate/run-files.ts'
import type { HandleParts } from '../parts.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import { type MakeRows, populate } from './populated.ts'
import type { Step } from './steps.ts'
import { type Track, withTrack } from './track.ts'
import { type Access, accessBeside, type Waiter } from './waiters.ts'

/** A lock on a table that was there before the migration. */
export interface TableLock {
  readonly table: string
  /** `ACCESS EXCLUSIVE`, `SHARE ROW EXCLUSIVE`, ... */
  readonly mode: string
}

/** Somebody who had to wait until the migration had committed. */
export interface HeldUp {
  readonly table: string
  /** What was held up: reading the table, or writing to it. */
  readonly access: Access
  /** How long, in milliseconds. */
  readonly ms: number
}

/** What one statement of a migration locked. */
export interface StatementLocks {
  readonly step: string
  readonly file: string
  /** Where it begins in the file, from 1. */
  readonly line: number
  /** Its first line. */
  readonly statement: string
  /** False for what can run in no transaction (`CREATE INDEX CONCURRENTLY`): its locks have gone before they can be looked at. */
  readonly transaction: boolean
  /** How long it ran, in milliseconds. */
  readonly ms: number
  /** From its begin to the commit of its migration, in milliseconds: so long its locks are held. */
  readonly heldMs: number
  /** The locks that it took, and no statement before it, on tables that were there before the migration. */
  readonly locks: readonly TableLock[]
  /** Who had to wait for these. */
  readonly heldUp: readonly HeldUp[]
}

/** Options of `walk.locks`. */
export interface LocksOptions {
  /** Makes rows once a migration has been applied, so that the times say something. Default: none. */
  readonly seed?: MakeRows
}

interface Table {
  readonly oid: string
  readonly sql: string
  readonly shown: string
}

/** What a statement has locked, while its migration is still under way. */
interface Noted extends Omit<StatementLocks, 'heldMs' | 'heldUp'> {
  readonly began: number
  readonly waiters: readonly Waiter[]
}

const tables = `
  SELECT c.oid::text, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

const locksOf = `
  SELECT relation::text, mode FROM pg_locks
  WHERE pid = $1::int AND locktype = 'relation' AND granted ORDER BY 1, 2`

/** Modes that let everybody read and write. */
export const harmlessModes: ReadonlySet<string> = new Set([
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
])

/** `AccessExclusiveLock` is `ACCESS EXCLUSIVE`. */
function modeName(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?!^)([A-Z])/g, ' $1')
    .toUpperCase()
}

async function tablesNow({ source }: Track): Promise<readonly Table[]> {
  return (await source.run(tables, [])).map(([oid, schema, name]) => ({
    oid: oid ?? '',
    sql: `${quoteIdentifier(schema ?? '')}.${quoteIdentifier(name ?? '')}`,
    shown: schema === 'public' ? (name ?? '') : `${schema}.${name}`,
  }))
}

async function pidOf({ client }: Track): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}

/** Looks at the locks of one script, statement by statement, and lets others at the tables meanwhile. */
async function lockWatch(
  track: Track,
  at: { readonly step: string; readonly file: string; readonly content: string },
): Promise<{ readonly watch: StatementWatch; readonly noted: Noted[] }> {
  const known = await tablesNow(track)
  const pid = await pidOf(track)
  const seen = new Set<string>()
  const noted: Noted[] = []
  const watch: StatementWatch = {
    async after({ text, start }, { ms, inTransaction }) {
      const began = performance.now() - ms
      const rows = inTransaction ? await track.source.run(locksOf, [String(pid)]) : []
      const taken = rows.flatMap(([oid, mode]) => {
        const table = known.find((each) => each.oid === oid)
        const key = `${oid} ${mode}`
        if (table === undefined || seen.has(key)) return []
        seen.add(key)
        return [{ table, mode: modeName(mode ?? '') }]
      })
      const waiters: Waiter[] = []
      for (const table of new Set(taken.filter(({ mode }) => !harmlessModes.has(mode)).map((lock) => lock.table))) {
        for (const access of ['reads', 'writes'] as const) {
          const waiter = await accessBeside(track, table, access, pid)
          if (waiter !== undefined) waiters.push(waiter)
        }
      }
      noted.push({
        step: at.step,
        file: at.file,
        line: placeOf(at.content, start).line,
        statement: text.split('\n')[0] ?? '',
        transaction: inTransaction,
        ms,
        began,
        locks: taken.map(({ table, mode }) => ({ table: table.shown, mode })),
        waiters,
      })
    },
  }
  return { watch, noted }
}

async function stepLocks(track: Track, step: Step): Promise<readonly StatementLocks[]> {
  if (!('scripts' in step.up)) {
    await track.up(step)
    return []
  }
  const found: StatementLocks[] = []
  for (const script of step.up.scripts) {
    const { watch, noted } = await lockWatch(track, { step: step.name, ...script })
    try {
      await track.up({ ...step, up: { scripts: [script] } }, watch)
    } finally {
      // Whether committed or rolled back, they are let through.
      await Promise.all(noted.flatMap(({ waiters }) => waiters.map(({ waitedMs }) => waitedMs)))
    }
    const over = performance.now()
    for (const { began, waiters, ...statement } of noted) {
      const heldUp = await Promise.all(
        waiters.map(async ({ table, access, waitedMs }) => ({ table, access, ms: await waitedMs })),
      )
      found.push({ ...statement, heldMs: statement.transaction ? over - began : statement.ms, heldUp })
    }
  }
  return found
}

/** Applies all migrations and tells what each statement locked, and who waited for it. Steps that are no SQL tell nothing. */
export function findLocks(
  parts: HandleParts,
  steps: readonly Step[],
  options: LocksOptions = {},
): Promise<readonly StatementLocks[]> {
  return withTrack(parts, async (track) => {
    const found: StatementLocks[] = []
    for (const step of steps) {
      found.push(...(await stepLocks(track, step)))
      if (options.seed !== undefined) await populate(track, step.name, options.seed)
    }
    return found
  })
}
