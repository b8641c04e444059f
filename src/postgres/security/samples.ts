import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import { type Column, findColumn, type Table } from '../probe/catalog.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import { serverError } from './attempt.ts'

/** A row to try things on: columns with what they hold. */
export type Sample = Readonly<Record<string, unknown>>

/** A sample row's columns, each with its value as Postgres reads it. */
export type SampleValues = readonly (readonly [column: Column, value: unknown])[]

/** Columns that nobody writes: generated ones, and identities GENERATED ALWAYS. */
export async function unwritable(client: Client, table: Table): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_catalog.pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND (attgenerated <> '' OR attidentity = 'a')`,
    [table.sql],
  )
  return new Set(rows.map(({ name }) => name))
}

/** Objects and arrays for a column that is no array are JSON (and so is a vector). */
function written(column: Column, value: unknown): unknown {
  const plain = typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array
  return plain || (column.element !== undefined && Array.isArray(value)) ? value : JSON.stringify(value)
}

/**
 * Reads a sample row.
 *
 * @param name how the user calls it, for the message: `own`
 * @throws BacklotError `BACKLOT_USAGE`, `BACKLOT_COLUMN_NOT_FOUND`
 */
export function readSample(table: Table, name: string, sample: unknown): SampleValues {
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample) && Object.keys(sample).length > 0) {
    return Object.entries(sample).map(([key, value]) => {
      const column = findColumn(table, key)
      return [column, written(column, value)]
    })
  }
  throw new BacklotError('BACKLOT_USAGE', `${name} is a row to try things on, not ${display(sample)}`, {
    hint: `give the columns that an insert needs, for example ${name}: { owner: 'me', body: 'text' }`,
  })
}

/** Where a row is: a condition with its parameters. */
export interface Place {
  readonly where: string
  readonly values: readonly string[]
}

/** By its primary key, as an app finds it: a condition on `ctid` would need rights on the whole table. */
export function placeOf(key: readonly Column[], cells: Readonly<Record<string, string>>): Place {
  if (key.length === 0) return { where: 'ctid = $1::text::tid', values: [cells.ctid ?? ''] }
  const where = key.map(({ name, cast }, index) => `${quoteIdentifier(name)} = $${index + 1}::text::${cast}`)
  return { where: where.join(' AND '), values: key.map((_, index) => cells[`key${index}`] ?? '') }
}

/** The columns of the primary key. */
export function keyOf(table: Table): readonly Column[] {
  return table.columns.filter(({ inPrimaryKey }) => inPrimaryKey)
}

/** What a query gives of a row so that it can be found again. */
export function keyList(key: readonly Column[]): string {
  if (key.length === 0) return 'ctid::text AS ctid'
  return key.map(({ name }, index) => `${quoteIdentifier(name)}::text AS key${index}`).join(', ')
}

/** `INSERT` of a sample row. */
export function insertion(
  table: Table,
  sample: SampleValues,
  locked: ReadonlySet<string>,
): { readonly text: string; readonly values: unknown[] } {
  const columns = sample.filter(([{ name }]) => !locked.has(name))
  const names = columns.map(([{ name }]) => quoteIdentifier(name)).join(', ')
  const values = columns.map(([, value]) => value)
  if (columns.length === 0) return { text: `INSERT INTO ${table.sql} DEFAULT VALUES`, values: [] }
  return {
    text: `INSERT INTO ${table.sql} (${names}) VALUES (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
    values,
  }
}

/**
 * The place of a sample row: of the one that is there with its primary key, if it is there.
 *
 * @param client a superuser's
 */
export async function findSample(client: Client, table: Table, sample: SampleValues): Promise<Place | undefined> {
  const key = keyOf(table)
  const given = key.flatMap(({ name }) => sample.filter(([column]) => column.name === name))
  if (key.length === 0 || given.length < key.length) return undefined
  const where = given.map(([{ name }], index) => `${quoteIdentifier(name)} = $${index + 1}`).join(' AND ')
  const { rows } = await client.query<Record<string, string>>(
    `SELECT ${keyList(key)} FROM ${table.sql} WHERE ${where}`,
    given.map(([, value]) => value),
  )
  return rows[0] === undefined ? undefined : placeOf(key, rows[0])
}

/**
 * Puts a sample row into its table, past policies.
 *
 * @param client a superuser's, in a transaction
 * @throws BacklotError `BACKLOT_USAGE` when the table does not take it
 */
export async function putSample(
  client: Client,
  table: Table,
  name: string,
  sample: SampleValues,
  locked: ReadonlySet<string>,
): Promise<Place> {
  const key = keyOf(table)
  const { text, values } = insertion(table, sample, locked)
  try {
    const { rows } = await client.query<Record<string, string>>(`${text} RETURNING ${keyList(key)}`, values)
    return placeOf(key, rows[0] ?? {})
  } catch (error) {
    const refused = serverError(error)
    if (refused === undefined) throw error
    throw new BacklotError('BACKLOT_USAGE', `${table.shown} does not take the sample row ${name}: ${refused.message}`, {
      hint:
        refused.code === '23505'
          ? `name its primary key to try things on the row that is there, or give values that no row has`
          : `give ${name} the values that an insert by a superuser needs`,
      cause: error,
    })
  }
}

/** Takes a sample row away, past triggers and foreign keys, so that a role can try to insert it. */
export async function takeSampleAway(client: Client, table: Table, { where, values }: Place): Promise<void> {
  await client.query('SET LOCAL session_replication_role = replica')
  await client.query(`DELETE FROM ${table.sql} WHERE ${where}`, [...values])
  await client.query('SET LOCAL session_replication_role = origin')
}
