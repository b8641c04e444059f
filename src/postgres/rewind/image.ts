import type { Tuples } from '../feed/index.ts'
import type { Table } from './catalog.ts'

const needsQuotes = /[",()\\\s]/
const doubled = /["\\]/g

/** One field of a row literal: empty for null, quoted where Postgres would not read it back otherwise. */
function field(value: string | null): string {
  if (value === null) return ''
  if (value === '') return '""'
  return needsQuotes.test(value) ? `"${value.replace(doubled, '$&$&')}"` : value
}

/**
 * A whole row as a literal of its table's row type: `(1,"a b",)`. Two rows with one literal are the same to an undo.
 * Virtual generated columns stand as null: they are computed and not kept.
 *
 * @returns undefined where a value is missing in the log
 */
export function rowLiteral(values: NonNullable<Tuples['before']>): string | undefined {
  let literal = '('
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? null
    if (typeof value === 'symbol') return undefined
    literal += index === 0 ? field(value) : `,${field(value)}`
  }
  return `${literal})`
}

/** A SQL string; `standard_conforming_strings` is on. */
export function sqlString(text: string): string {
  return `'${text.includes("'") ? text.replaceAll("'", "''") : text}'`
}

const arraySpecial = /["\\]/g

/** Rows as one SQL literal: an array of the table's row type. */
export function rowsLiteral(table: Table, rows: readonly string[]): string {
  const elements = rows.map((row) => `"${row.replace(arraySpecial, '\\$&')}"`)
  return `${sqlString(`{${elements.join(',')}}`)}::${table.name}[]`
}
