import type { Client } from 'pg'
import { BacklotError, nearest } from '../../errors/index.ts'
import { connect, printingOptions } from '../client.ts'
import { ownApplicationName } from '../contract.ts'
import type { TableParts } from '../parts.ts'
import type { Table } from '../probe/catalog.ts'
import type { RowText } from '../probe/rows.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import { serverError } from '../security/attempt.ts'
import { applySettings } from '../security/become.ts'
import type { Settings } from '../security/claims.ts'
import { shownVector, type VectorColumn, type WrittenVector } from './query-vector.ts'

/** A row near a vector. */
export interface Neighbour {
  readonly row: RowText
  readonly distance: number
}

/** How a search goes. */
export type SearchMode =
  /** Every row is looked at. */
  | 'exact'
  /** By an index, whatever the planner would choose for a table so small. */
  | 'by index'

/** What a search found, and the indexes that it went by. */
export interface Found {
  readonly neighbours: readonly Neighbour[]
  readonly indexes: readonly string[]
}

/** Searches a table; ends with `close`. */
export interface Searcher {
  search(mode: SearchMode, table: Table, column: VectorColumn, query: WrittenVector, most: number): Promise<Found>
  close(): Promise<void>
}

const planner: Readonly<Record<SearchMode, string>> = {
  exact: '-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off',
  // Only an index gives rows in the order of a distance without a sort.
  'by index': '-c enable_sort=off',
}

/** Parameters are text and rows come as text. */
const asText = { getTypeParser: () => (text: string) => text }

function indexesOf(plan: unknown): readonly string[] {
  if (Array.isArray(plan)) return plan.flatMap(indexesOf)
  if (typeof plan !== 'object' || plan === null) return []
  return Object.entries(plan).flatMap(([key, value]) =>
    key === 'Index Name' && typeof value === 'string' ? [value] : indexesOf(value),
  )
}

function refused(error: unknown, table: Table, { column }: VectorColumn, query: WrittenVector): unknown {
  const words = serverError(error)
  if (words === undefined || !words.code.startsWith('22')) return error
  return new BacklotError(
    'BACKLOT_VALUE_INVALID',
    `${table.shown}.${column.name} is ${column.declared} and cannot be searched by ${shownVector(query)}`,
    { hint: `PostgreSQL says: ${words.message}`, cause: error },
  )
}

/**
 * Opens sessions that search, one for each mode, when they are first needed.
 *
 * @param settings of the sessions: `hnsw.ef_search`
 */
export function openSearcher(parts: TableParts, settings: Settings): Searcher {
  const sessions = new Map<SearchMode, Promise<Client>>()

  function session(mode: SearchMode): Promise<Client> {
    const opening =
      sessions.get(mode) ??
      connect(parts.info().observer, {
        applicationName: `${ownApplicationName}vectors`,
        options: `${printingOptions} ${planner[mode]}`,
        prepare: (client) => applySettings(client, settings, false),
      })
    sessions.set(mode, opening)
    return opening
  }

  return {
    async search(mode, table, vector, query, most) {
      const client = await session(mode)
      const name = `t.${quoteIdentifier(vector.column.name)}`
      const distance = `${name} ${vector.operator} ${query.cast('$1')}`
      const columns = table.columns.map((column) => `t.${quoteIdentifier(column.name)}`).join(', ')
      const text = `SELECT ${distance}, ${columns} FROM ${table.sql} AS t WHERE ${name} IS NOT NULL ORDER BY ${distance} LIMIT ${most}`
      const ask = async (statement: string): Promise<readonly (string | null)[][]> => {
        const asked = { text: statement, values: [query.text], rowMode: 'array' as const, types: asText }
        return (await client.query<(string | null)[]>(asked)).rows
      }
      try {
        const rows = await ask(text)
        const plan = mode === 'exact' ? [] : await ask(`EXPLAIN (FORMAT JSON) ${text}`)
        const neighbours = rows.map(([far, ...cells]) => ({
          distance: Number(far),
          row: Object.fromEntries(table.columns.map((column, index) => [column.name, cells[index] ?? null])),
        }))
        return { neighbours, indexes: indexesOf(JSON.parse(plan[0]?.[0] ?? '[]')) }
      } catch (error) {
        throw refused(error, table, vector, query)
      }
    },
    async close() {
      const open = await Promise.allSettled(sessions.values())
      for (const result of open) if (result.status === 'fulfilled') await result.value.end().catch(() => {})
    },
  }
}

/**
 * Refuses the name of an index that the table does not have.
 *
 * @throws BacklotError `BACKLOT_USAGE` with the nearest name
 */
export async function requireIndex({ source, table }: TableParts, name: string): Promise<void> {
  const [known, shown] = await source.withTable(table, new AbortController().signal, async (found, run) => {
    const rows = await run(
      'SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass ORDER BY 1',
      [found.sql],
    )
    return [rows.map(([index]) => index ?? ''), found.shown] as const
  })
  if (known.includes(name)) return
  const near = nearest(name, known)
  throw new BacklotError('BACKLOT_USAGE', `${shown} has no index ${name}`, {
    hint:
      near !== undefined
        ? `did you mean ${near}?`
        : known.length === 0
          ? 'it has no index at all'
          : `it has: ${known.join(', ')}`,
  })
}
