import type { MatcherContext, Outcome, Probe } from '../../contracts/index.ts'
import { probeMatchers } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { formatDuration } from '../../wait/index.ts'
import { stands } from '../matchers/failure.ts'
import type { TableProbe } from '../matchers/table.ts'
import { readWaiting, type WaitingOptions } from '../matchers/wait-options.ts'
import { watch } from '../matchers/watch.ts'
import { partsOfTable, type TableParts } from '../parts.ts'
import { findColumn } from '../probe/catalog.ts'
import { type Claims, readClaims, type Settings } from '../security/claims.ts'
import { requireOwnSessions } from '../security/rehearsal.ts'
import { type Tried, type Trier, tryChanges } from './try-changes.ts'

/** Options of {@link appendOnly}. */
export interface AppendOnlyOptions<Row> {
  /** Columns that may change. Default: none. */
  readonly except?: readonly (keyof Row & string)[]
  /** Settings of the sessions that try, where policies would hide every row from them. Default: none. */
  readonly claims?: Claims
}

/** What can be asserted on a table that only grows. */
export interface AppendOnlyMatchers {
  /**
   * Update of any column, delete and truncate are refused, for the app and for the owner of the schema. Each is tried on a row that is there, in a
   * transaction that is rolled back; a first row is waited for.
   */
  toRefuseChanges(context: MatcherContext, options?: WaitingOptions): Promise<Outcome>
}

/** A table that only grows, to assert on. */
export type AppendOnly = Probe<AppendOnlyMatchers>

interface Verdict {
  readonly who: Trier
  readonly tried: readonly Tried[]
}

function list(tried: readonly Tried[]): string {
  const updates = tried.filter(({ what }) => what.startsWith('update of ')).map(({ what }) => what.slice(10))
  const others = tried.filter(({ what }) => !what.startsWith('update of ')).map(({ what }) => what)
  return [...(updates.length === 0 ? [] : [`update ${updates.join(', ')}`]), ...others].join(', ')
}

function possibleLines({ who, tried }: Verdict): readonly string[] {
  const done = tried.filter(({ access }) => access === 'allowed')
  const unclear = tried.filter(({ refused, access }) => !refused && access !== 'allowed')
  return [
    ...(done.length === 0 ? [] : [`  the ${who.name} can ${list(done)}`]),
    ...unclear.map((one) => `  nothing but a constraint keeps the ${who.name} from ${list([one])}: ${one.message}`),
  ]
}

function refusedLines({ who, tried }: Verdict): readonly string[] {
  const refused = tried.filter((one) => one.refused)
  const ways = [
    ...new Set(refused.map(({ access, message }) => (access.startsWith('error ') ? `${access}: ${message}` : access))),
  ]
  return ways.map((way) => {
    const those = refused.filter(({ access, message }) => way === access || way === `${access}: ${message}`)
    return `  the ${who.name}: ${list(those)} (${way})`
  })
}

async function requireRow(
  { source, table }: TableParts,
  context: MatcherContext,
  options: WaitingOptions | undefined,
): Promise<void> {
  const waiting = readWaiting(context, 'toRefuseChanges', options)
  const watched = await watch(source, {
    table,
    look: async (known, run) => (await run(`SELECT FROM ${known.sql} LIMIT 1`, [])).length > 0,
    holds: (found) => found,
    prove: false,
    waiting,
  })
  if (watched.held) return
  throw new BacklotError(
    'BACKLOT_USAGE',
    `${watched.table.shown} has no row to try on, which proves nothing (waited ${formatDuration(watched.waitedMs)})`,
    {
      hint: 'write one before asserting',
    },
  )
}

async function toRefuseChanges(
  parts: TableParts,
  except: readonly string[],
  settings: Settings,
  context: MatcherContext,
  options: WaitingOptions | undefined,
): Promise<Outcome> {
  await requireRow(parts, context, options)
  const { app, owner } = parts.info()
  const triers: readonly Trier[] = [
    ...(app.user === owner.user ? [] : [{ name: 'app' as const, to: app, settings }]),
    { name: 'owner', to: owner, settings },
  ]
  const table = await parts.source.withTable(parts.table, new AbortController().signal, async (known) => known)
  const columns = except.map((name) => findColumn(table, name))
  const verdicts: Verdict[] = []
  for (const who of triers) verdicts.push({ who, tried: await tryChanges(who, table, columns) })
  const pass = verdicts.every(({ tried }) => tried.every(({ refused }) => refused))
  if (pass !== context.not) return stands(context.not)
  const refused = verdicts.flatMap(refusedLines)
  const lines = context.not
    ? [`Expected ${table.shown} not to refuse all changes, but it does`]
    : [`Expected ${table.shown} to refuse changes, but`, ...verdicts.flatMap(possibleLines)]
  const text = [...lines, ...(refused.length === 0 ? [] : ['', 'Refused:', ...refused])].join('\n')
  return { pass, message: () => text }
}

/**
 * A table that only grows: nobody changes or takes away what was written, not the app and not the owner of the schema.
 *
 * @throws BacklotError `BACKLOT_USAGE` under isolation `transaction`, and by the matcher for a table without rows or one whose rows
 *   policies hide; `BACKLOT_COLUMN_NOT_FOUND`; `BACKLOT_TIMEOUT` when a lock is in the way
 * @example
 * ```ts
 * await expect(appendOnly(db.table('audit_log'))).toRefuseChanges()
 * await expect(appendOnly(db.table('skill'), { except: ['status'] })).toRefuseChanges()
 * ```
 */
export function appendOnly<Row>(table: TableProbe<Row>, options: AppendOnlyOptions<Row> = {}): AppendOnly {
  const parts = partsOfTable(table, 'appendOnly')
  requireOwnSessions(parts, 'appendOnly')
  const settings = readClaims(options.claims)
  return {
    [probeMatchers]: {
      toRefuseChanges: (context, given) => toRefuseChanges(parts, options.except ?? [], settings, context, given),
    },
    toString: () => `appendOnly(${table})`,
  }
}
