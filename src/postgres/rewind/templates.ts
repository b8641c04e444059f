import type { Table } from './catalog.ts'
import { sqlString } from './image.ts'

/** A statement that the undo's session prepares once per table: planning costs more than running it. */
export interface Template {
  readonly name: string
  /** `PREPARE ...`. */
  readonly text: string
}

/** Stands in the message of the error by which a transaction of the undo ends itself: the rows are not as the log said. */
export const mismatch = 'backlot: rows differ'

/** The row of the table, and the row image it is held against, within every statement. */
const row = 'backlot_row'
const image = 'backlot_image'

/** Fails with a message of its own, which ends the transaction: an integer is not read from it. */
function failure(table: Table, counts: string): string {
  return `(${sqlString(`${mismatch}: ${table.name}: `)} || ${counts})::pg_catalog.int4`
}

/** Ends the transaction unless a statement touched as many rows as the log said. */
function expecting(table: Table, statement: string): string {
  const counts = `pg_catalog.count(*)::pg_catalog.text || ' of ' || $2::pg_catalog.text`
  return `WITH backlot_done AS (${statement} RETURNING 1)
SELECT CASE pg_catalog.count(*) WHEN $2 THEN 0 ELSE ${failure(table, counts)} END FROM backlot_done`
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

const images = `pg_catalog.unnest($1) AS ${image}`

function prepare(table: Table, action: string, parameters: string, text: string): Template {
  const name = `backlot_${action}_${table.statements}`
  return { name, text: `PREPARE ${name} (${table.name}[], pg_catalog.int8${parameters}) AS ${text}` }
}

function deleteByKey(table: Table): Template {
  const key = table.key.map(({ column, operator }) => `${row}.${column} OPERATOR(${operator}) ${image}.${column}`)
  const statement = `DELETE FROM ONLY ${table.name} AS ${row} USING ${images}
WHERE ${key.join(' AND ')} AND ${sameRow(table)}`
  return prepare(table, 'delete', '', expecting(table, statement))
}

/**
 * Finds rows by their place, as many of each image as are wanted. Only rows written since the oldest transaction in
 * question ($3 is its age) can be among them, which keeps most of a large table from being compared. Nobody can have put
 * another row into a place since it was found: the undo has the table locked.
 */
function deleteByPlace(table: Table): Template {
  const target = 'backlot_target'
  const whole = `${stored(table, row)}::pg_catalog.text`
  const statement = `DELETE FROM ONLY ${table.name} AS ${target} USING (
  SELECT found.at FROM (
    SELECT ${row}.ctid AS at, ${whole} AS whole, pg_catalog.row_number() OVER (PARTITION BY ${whole}) AS nth
    FROM ONLY ${table.name} AS ${row} WHERE pg_catalog.age(${row}.xmin) <= $3
  ) AS found
  JOIN (
    SELECT ${stored(table, image)}::pg_catalog.text AS whole, pg_catalog.count(*) AS wanted FROM ${images} GROUP BY 1
  ) AS wanted ON wanted.whole = found.whole AND found.nth <= wanted.wanted
) AS places
WHERE ${target}.ctid = places.at`
  return prepare(table, 'delete', ', pg_catalog.int4', expecting(table, statement))
}

/** Deletes the rows $1, of which there are $2. */
export function deleteTemplate(table: Table): Template {
  return table.key.length > 0 ? deleteByKey(table) : deleteByPlace(table)
}

/** Inserts the rows $1, of which there are $2. Generated columns are computed anew, and must come out as they were. */
export function insertTemplate(table: Table): Template {
  const columns = table.writable.join(', ')
  const values = table.writable.map((column) => `${image}.${column}`).join(', ')
  const statement = `INSERT INTO ${table.name} AS ${row} (${columns}) OVERRIDING SYSTEM VALUE
SELECT ${values} FROM ${images}`
  if (table.writable.length === table.stored.length) return prepare(table, 'insert', '', expecting(table, statement))
  const wanted = `SELECT ${stored(table, image)}::pg_catalog.text AS whole FROM ${images}`
  const counts = `pg_catalog.count(*)::pg_catalog.text || ' generated of ' || $2::pg_catalog.text`
  const verified = `WITH backlot_done AS (${statement} RETURNING ${stored(table, row)}::pg_catalog.text AS whole)
SELECT CASE pg_catalog.count(*) WHEN 0 THEN 0 ELSE ${failure(table, counts)} END
FROM (${wanted} EXCEPT ALL SELECT whole FROM backlot_done) AS backlot_lost`
  return prepare(table, 'insert', '', verified)
}
