import type { Client } from 'pg'
import type { Shape } from '../feed/index.ts'
import { shapeOf } from '../feed/index.ts'
import { sequencesQuery, tablesQuery } from './catalog-query.ts'

/** A column of a key, with the operator of its index that says whether two values are the same. */
export interface KeyColumn {
  /** Quoted. */
  readonly column: string
  /** Schema-qualified, for `OPERATOR(...)`. */
  readonly operator: string
}

/** A trigger that fires although the session replays (`ENABLE ALWAYS`, `ENABLE REPLICA`). */
export interface StubbornTrigger {
  /** Quoted. */
  readonly name: string
  readonly state: 'ALWAYS' | 'REPLICA'
}

/** A table that holds rows: ordinary, child or leaf. */
export interface Table {
  readonly oid: number
  /** `schema.table` as Postgres quotes it. */
  readonly name: string
  /** `schema.table` of its partition root (or itself) as it stands in the catalog, and as Postgres quotes it. */
  readonly root: { readonly plain: string; readonly quoted: string }
  /** All columns, as the feed prints them. */
  readonly shape: Shape
  /** Quoted names of the columns that are stored, generated ones among them: a row image is made of these. */
  readonly stored: readonly string[]
  /** Which of `shape.columns` they are. */
  readonly storedAt: readonly number[]
  /** Quoted names of the columns that an INSERT may name. */
  readonly writable: readonly string[]
  /** Columns of a unique index over columns that cannot be null; empty: rows are found by their place. */
  readonly key: readonly KeyColumn[]
  readonly triggers: readonly StubbornTrigger[]
  /** Tells its prepared statements from those of other tables and earlier catalogs. */
  readonly statements: string
  /** It has an index whose scans depend on entries of rows that are gone, see `sweep`. */
  readonly showsGone: boolean
  /** Why its changes cannot be undone, if so. */
  readonly obstacle: string | undefined
}

/** A sequence as an undo needs to know it. */
export interface Sequence {
  readonly oid: number
  /** `schema.sequence` as Postgres quotes it. */
  readonly name: string
  /** More than one value is handed to a session at a time: only RESTART makes sessions forget theirs. */
  readonly cached: boolean
  /** Tables with columns that take their numbers from it, as Postgres quotes them. */
  readonly users: readonly string[]
}

/** What is known of a database's tables and sequences. */
export interface Catalog {
  /** By the name that the feed prints. */
  readonly tables: ReadonlyMap<string, Table>
  readonly sequences: readonly Sequence[]
  /** Quoted names of tables whose old rows the log does not show in full. */
  readonly unprepared: readonly string[]
}

/** The name of a table's partition root (or its own), as Postgres quotes it. */
export function rootOf({ tables }: Catalog, name: string): string {
  return tables.get(name)?.root.quoted ?? name
}

interface TableRow {
  readonly oid: number
  readonly name: string
  readonly root_plain: string
  readonly root_quoted: string
  readonly kind: string
  readonly full_identity: boolean
  readonly logged: boolean
  readonly columns: readonly string[]
  readonly quoted: readonly string[]
  readonly generated: readonly string[]
  readonly key: readonly { readonly column: string; readonly operator: string }[] | null
  readonly triggers: readonly { readonly name: string; readonly state: string }[] | null
  readonly shows_gone: boolean
  readonly rules: boolean
}

function obstacleOf(row: TableRow): string | undefined {
  if (row.kind === 'm') return `the materialized view ${row.name} was refreshed`
  if (row.rules) return `${row.name} has rules that cannot be kept from rewriting an undo`
  if (!row.full_identity) return `the log does not show the old rows of ${row.name}`
  if (row.quoted.every((_, index) => row.generated[index] === 'v')) return `${row.name} has no stored column`
  return undefined
}

function tableOf(row: TableRow, generation: number): Table {
  const at = row.quoted.map((_, index) => index)
  const storedAt = at.filter((index) => row.generated[index] !== 'v')
  const names = (indexes: readonly number[]): string[] => indexes.map((index) => row.quoted[index] ?? '')
  return {
    oid: row.oid,
    name: row.name,
    root: { plain: row.root_plain, quoted: row.root_quoted },
    shape: shapeOf(row.columns, row.quoted),
    stored: names(storedAt),
    storedAt,
    writable: names(storedAt.filter((index) => row.generated[index] === '')),
    key: row.key ?? [],
    triggers: (row.triggers ?? []).map(({ name, state }) => ({ name, state: state === 'A' ? 'ALWAYS' : 'REPLICA' })),
    statements: `${row.oid}_${generation}`,
    showsGone: row.shows_gone,
    obstacle: obstacleOf(row),
  }
}

/**
 * Reads the tables and sequences of a database that users made.
 *
 * @param generation how many catalogs of this database were read before
 */
export async function loadCatalog(client: Client, generation: number): Promise<Catalog> {
  const tables = await client.query<TableRow>(tablesQuery)
  const sequences = await client.query<Sequence>(sequencesQuery)
  return {
    tables: new Map(tables.rows.map((row) => [row.name, tableOf(row, generation)])),
    sequences: sequences.rows,
    unprepared: tables.rows
      .filter((row) => row.kind === 'r' && !(row.full_identity && row.logged))
      .map((row) => row.name),
  }
}
