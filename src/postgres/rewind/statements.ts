import type { Catalog, Table } from './catalog.ts'
import { rowsLiteral, sqlString } from './image.ts'
import type { Net } from './net.ts'
import type { SequenceState } from './sequences.ts'

/** Stands in the message of the error by which a transaction of the undo ends itself: the rows are not as the log said. */
export const mismatch = 'backlot: rows differ'

/** The row of the table, and the row image it is held against, within every statement. */
const row = 'backlot_row'
const image = 'backlot_image'

/** Ends the transaction unless a statement touched as many rows as the log said. */
function expecting(count: number, table: Table, statement: string): string {
  const message = sqlString(`${mismatch}: ${table.name}: `)
  return `WITH backlot_done AS (${statement} RETURNING 1)
SELECT CASE pg_catalog.count(*) WHEN ${count} THEN 0
  ELSE (${message} || pg_catalog.count(*)::text || ' of ${count}')::pg_catalog.int4 END FROM backlot_done`
}

/** The stored columns of a row as one value. */
function stored(table: Table, of: string): string {
  return `ROW(${table.stored.map((column) => `${of}.${column}`).join(', ')})`
}

/**
 * Whether a row is the very image, value by value. Types need no equality for that. Most rows are the same bytes; where they
 * are not (a NaN with a sign, an array with an empty null bitmap), the printed text, all that the log gave, decides.
 */
function sameRow(table: Table): string {
  const [a, b] = [stored(table, row), stored(table, image)]
  return `(pg_catalog.record_image_eq(${a}, ${b}) OR ${a}::pg_catalog.text = ${b}::pg_catalog.text)`
}

function deleteByKey(table: Table, rows: readonly string[]): string {
  const key = table.key.map(({ column, operator }) => `${row}.${column} OPERATOR(${operator}) ${image}.${column}`)
  return expecting(
    rows.length,
    table,
    `DELETE FROM ONLY ${table.name} AS ${row} USING pg_catalog.unnest(${rowsLiteral(table, rows)}) AS ${image}
WHERE ${key.join(' AND ')} AND ${sameRow(table)}`,
  )
}

/**
 * Finds rows by their place, as many of each image as are wanted. Only rows written since the oldest transaction in
 * question can be among them, which keeps most of a large table from being compared.
 */
function deleteByPlace(table: Table, rows: readonly string[], oldest: string | undefined): string {
  const recent =
    oldest === undefined ? '' : ` AND pg_catalog.age(${row}.xmin) <= pg_catalog.age('${oldest}'::pg_catalog.xid)`
  return expecting(
    rows.length,
    table,
    `DELETE FROM ONLY ${table.name} AS backlot_target USING (
  SELECT found.at FROM (
    SELECT ${row}.ctid AS at, ${stored(table, row)}::pg_catalog.text AS whole,
      pg_catalog.row_number() OVER (PARTITION BY ${stored(table, row)}::pg_catalog.text) AS nth
    FROM ONLY ${table.name} AS ${row} WHERE true${recent}
  ) AS found
  JOIN (
    SELECT ${stored(table, image)}::pg_catalog.text AS whole, pg_catalog.count(*) AS wanted
    FROM pg_catalog.unnest(${rowsLiteral(table, rows)}) AS ${image} GROUP BY 1
  ) AS images ON images.whole = found.whole AND found.nth <= images.wanted
) AS places
WHERE backlot_target.ctid = places.at`,
  )
}

function insertAll(table: Table, rows: readonly string[]): string {
  // Every stored column is generated: there is nothing to name.
  if (table.writable.length === 0) return rows.map(() => `INSERT INTO ${table.name} DEFAULT VALUES`).join(';\n')
  const columns = table.writable.join(', ')
  const values = table.writable.map((column) => `${image}.${column}`).join(', ')
  const insert = `INSERT INTO ${table.name} AS ${row} (${columns}) OVERRIDING SYSTEM VALUE
SELECT ${values} FROM pg_catalog.unnest(${rowsLiteral(table, rows)}) AS ${image}`
  if (table.writable.length === table.stored.length) return expecting(rows.length, table, insert)
  return insertVerified(table, rows, insert)
}

/** A generated column is computed anew; what came out must be what was there. */
function insertVerified(table: Table, rows: readonly string[], insert: string): string {
  const message = sqlString(`${mismatch}: generated columns of ${table.name}: `)
  return `WITH backlot_done AS (${insert} RETURNING ${stored(table, row)}::pg_catalog.text AS whole)
SELECT CASE pg_catalog.count(*) WHEN 0 THEN 0 ELSE (${message} || pg_catalog.count(*)::text)::pg_catalog.int4 END
FROM (SELECT ${stored(table, image)}::pg_catalog.text AS whole FROM pg_catalog.unnest(${rowsLiteral(table, rows)}) AS ${image}
  EXCEPT ALL SELECT whole FROM backlot_done) AS backlot_lost`
}

function setSequences(sequences: readonly SequenceState[]): string[] {
  const statements = sequences
    .filter(({ sequence }) => sequence.cached)
    .map(({ sequence }) => `ALTER SEQUENCE ${sequence.name} RESTART`)
  const values = sequences.map(
    ({ sequence, last, called }) => `pg_catalog.setval('${sequence.oid}'::pg_catalog.regclass, ${last}, ${called})`,
  )
  if (values.length > 0) statements.push(`SELECT ${values.join(', ')}`)
  return statements
}

/** What is to be done to the rows of a database, and where its sequences are to stand afterwards. */
export interface Work {
  readonly net: Net
  /** `undo`: the net change is taken back. `redo`: it is made again. */
  readonly direction: 'undo' | 'redo'
  readonly sequences: readonly SequenceState[]
  /** The oldest transaction that the net change is made of; undefined: not known. */
  readonly oldest: string | undefined
}

interface TableWork {
  readonly table: Table
  readonly empty: boolean
  readonly gone: readonly string[]
  readonly back: readonly string[]
}

function tableWork(catalog: Catalog, work: Work): TableWork[] {
  const sign = work.direction === 'undo' ? 1 : -1
  const list: TableWork[] = []
  for (const [name, { truncated, images }] of work.net.tables) {
    if (images.size === 0 && !truncated) continue
    const table = catalog.tables.get(name)
    if (table === undefined) throw new Error(`${name} is not in the catalog`)
    const gone: string[] = []
    const back: string[] = []
    for (const [literal, count] of images) {
      const into = count * sign > 0 ? gone : back
      for (let left = Math.abs(count); left > 0; left -= 1) into.push(literal)
    }
    list.push({ table, empty: truncated && work.direction === 'redo', gone, back })
  }
  return list
}

/**
 * The statements of one verified transaction, to be sent as one simple query (which is one transaction by itself): triggers
 * that would fire although the session replays are put to sleep, all rows that must go are deleted, then all rows that
 * must be there are inserted (never updated, so that swapped unique values cannot collide), the triggers are put back
 * as they were, and the sequences set.
 */
export function statements(catalog: Catalog, work: Work): string {
  const tables = tableWork(catalog, work)
  const list: string[] = []
  const stubborn = tables.flatMap(({ table }) => table.triggers.map((trigger) => ({ table, ...trigger })))
  for (const { table, name } of stubborn) list.push(`ALTER TABLE ONLY ${table.name} DISABLE TRIGGER ${name}`)
  for (const { table, empty } of tables) if (empty) list.push(`DELETE FROM ONLY ${table.name}`)
  const [keyed, placed] = [tables.filter(hasKey), tables.filter((entry) => !hasKey(entry))]
  for (const { table, gone } of keyed) if (gone.length > 0) list.push(deleteByKey(table, gone))
  if (placed.some(({ gone }) => gone.length > 0)) {
    list.push('SET LOCAL enable_seqscan = on')
    for (const { table, gone } of placed) if (gone.length > 0) list.push(deleteByPlace(table, gone, work.oldest))
  }
  for (const { table, back } of tables) if (back.length > 0) list.push(insertAll(table, back))
  for (const { table, name, state } of stubborn)
    list.push(`ALTER TABLE ONLY ${table.name} ENABLE ${state} TRIGGER ${name}`)
  list.push(...setSequences(work.sequences))
  return list.join(';\n')
}

function hasKey({ table }: TableWork): boolean {
  return table.key.length > 0
}
