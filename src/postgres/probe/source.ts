import type { LeaseClient, LeaseCommit } from '../../contracts/index.ts'
import { BacklotError, isBacklotError } from '../../errors/index.ts'
import type { LazyClient } from '../client.ts'
import { type LeaseChanges, prefix } from '../contract.ts'
import { objectsQuery } from '../schema/objects-query.ts'
import { shapeQuery } from '../schema/shape-query.ts'
import { readTable, type Table } from './catalog.ts'
import { type Condition, explainRefusal } from './condition.ts'
import type { RunRows } from './rows.ts'
import { parseTableName, type WrittenTableName } from './table-name.ts'

/** What probes of one lease look at, and who tells them to look again. */
export interface ProbeSource {
  /** Gives a table that exists, with how to query it. */
  withTable<T>(name: WrittenTableName, signal: AbortSignal, use: (table: Table, run: RunRows) => Promise<T>): Promise<T>
  /** Runs a query that needs no table: on the catalog. */
  readonly run: RunRows
  /** Calls back at every commit (or statement of the session). */
  subscribe(listener: (commit: LeaseCommit) => void): () => void
  /** False where nobody tells of commits. */
  readonly hasFeed: boolean
  inFlight(): Promise<readonly string[]>
  /** What the test changed so far, as far as the feed keeps it. */
  changes(): Promise<LeaseChanges>
  /** What the other services did, one line each. */
  others(): Promise<readonly string[]>
  /** Forgets what it knows of tables: the database is another. */
  forget(): void
}

/** Parameters are text and rows come as text: nothing is lost to a driver's idea of a type. */
const asText = { getTypeParser: () => (text: string) => text }

/** Queries that are prepared, by their names: planning them takes longer than running them, and they are the same for every table. */
const prepared: ReadonlyMap<string, string> = new Map([
  [shapeQuery, `${prefix}shapes`],
  [objectsQuery, `${prefix}objects`],
])

function runOn(client: LazyClient): RunRows {
  return async (text, values) => {
    const name = prepared.get(text)
    const query = {
      text,
      values: [...values],
      rowMode: 'array' as const,
      types: asText,
      ...(name === undefined ? {} : { name }),
    }
    const result = await client.use((open) => open.query<(string | null)[]>(query))
    return result.rows
  }
}

/** A value that Postgres refuses (SQLSTATE class 22) is the reader's mistake in one column: says in which. */
export async function refusalOf(
  error: unknown,
  run: RunRows,
  table: Table,
  conditions: readonly Condition[],
): Promise<unknown> {
  if (!(error instanceof Error && 'code' in error && /^22/.test(String(error.code)))) return error
  const cast = async (value: string, type: string): Promise<string | undefined> => {
    try {
      await run(`SELECT $1::text::${type}`, [value])
      return undefined
    } catch (refusal) {
      return refusal instanceof Error ? refusal.message : String(refusal)
    }
  }
  return (await explainRefusal(table, conditions, cast)) ?? error
}

/** Passed on as they are: looking the table up again cannot change them. */
function isFinal(error: unknown): boolean {
  return isBacklotError(error, 'BACKLOT_VALUE_INVALID')
}

function isChanges(answer: unknown): answer is LeaseChanges {
  return typeof answer === 'object' && answer !== null && 'listed' in answer && 'omitted' in answer
}

/**
 * @param client the connection that looks: the observer's, or the session under `transaction`
 * @param lease who tells of commits; `hasFeed` says whether it does
 */
export function probeSource(client: LazyClient, lease: LeaseClient, hasFeed: boolean): ProbeSource {
  const known = new Map<string, Table>()
  const run = runOn(client)

  async function fresh<T>(
    name: WrittenTableName,
    key: string,
    use: (table: Table, run: RunRows) => Promise<T>,
  ): Promise<T> {
    const table = await readTable((text, values) => run(text, values ?? []), parseTableName(name))
    known.set(key, table)
    return use(table, run)
  }

  return {
    run,
    hasFeed,
    async withTable(name, signal, use) {
      const key = JSON.stringify(name)
      const giveUp = (): void => client.drop()
      signal.addEventListener('abort', giveUp, { once: true })
      try {
        const table = known.get(key)
        if (table === undefined) return await fresh(name, key, use)
        try {
          return await use(table, run)
        } catch (error) {
          // The table may have changed since, or the connection was lost: once more from the start.
          known.delete(key)
          if (signal.aborted || isFinal(error)) throw error
          return await fresh(name, key, use)
        }
      } finally {
        signal.removeEventListener('abort', giveUp)
      }
    },
    subscribe: (listener) => lease.onCommit(listener),
    inFlight: () => lease.inFlight(),
    others: () => lease.others(),
    async changes() {
      const answer = await lease.ask('changes', {})
      if (isChanges(answer)) return answer
      throw new BacklotError('BACKLOT_REWIND_FAILED', 'the lease did not say what changed', {
        hint: 'this is a defect of Backlot: please report it',
      })
    },
    forget: () => known.clear(),
  }
}
