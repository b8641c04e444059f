import { display } from '../../expect/index.ts'
import type { RowChange } from '../contract.ts'
import type { Column, Table } from '../probe/catalog.ts'
import type { Condition } from '../probe/condition.ts'
import { shownValue } from '../probe/plain-value.ts'
import type { JudgedRow, RowText } from '../probe/rows.ts'

/** A column's value as a message shows it. */
export function cell(column: Column | undefined, text: string | null): string {
  if (text === null) return 'null'
  return column === undefined || column.element !== undefined ? display(text) : display(shownValue(column.type, text))
}

/** `id: 7, handle: 'bob.test'` */
export function inline(table: Table, row: RowText, names: readonly string[]): string {
  return names.map((name) => `${name}: ${cell(columnOf(table, name), row[name] ?? null)}`).join(', ')
}

function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name)
}

/** The columns that a reader wants to see: the primary key, those that are asserted on, then others up to `least`. */
export function columnsToShow(table: Table, asserted: readonly string[], least: number): readonly string[] {
  const key = table.columns.filter(({ inPrimaryKey }) => inPrimaryKey).map(({ name }) => name)
  const wanted = new Set([...key, ...asserted])
  for (const { name } of table.columns) {
    if (wanted.size >= least) break
    wanted.add(name)
  }
  return table.columns.map(({ name }) => name).filter((name) => wanted.has(name))
}

/** What was expected, one line for each column. */
export function expectedColumns(conditions: readonly Condition[]): readonly string[] {
  return conditions.map(({ column, expected }) => `  ${column.name}: ${display(expected)}`)
}

/** `{ id: 7, handle: 'bob.test' }` as it was expected. */
export function expectedInline(conditions: readonly Condition[]): string {
  return `{ ${conditions.map(({ column, expected }) => `${column.name}: ${display(expected)}`).join(', ')} }`
}

function differing(condition: Condition, text: string | null): readonly string[] {
  const { column, expected } = condition
  const places = condition.differences(text).filter(({ path }) => path !== '')
  if (places.length === 0) return [`✗ ${column.name}: ${cell(column, text)}, expected ${display(expected)}`]
  return places
    .slice(0, 8)
    .map((place) => `✗ ${column.name}${place.path}: ${display(place.actual)}, expected ${display(place.expected)}`)
}

/** A row beside what was expected of it: what differs is marked, the rest is not. */
export function judgedRow(table: Table, conditions: readonly Condition[], { row, met }: JudgedRow): readonly string[] {
  const asserted = conditions.map(({ column }) => column.name)
  return columnsToShow(table, asserted, 0).flatMap((name) => {
    const index = asserted.indexOf(name)
    const condition = conditions[index]
    const text = row[name] ?? null
    if (condition === undefined || met[index] === true) return [`    ${name}: ${cell(columnOf(table, name), text)}`]
    return differing(condition, text).map((line) => `  ${line}`)
  })
}

/** A whole row, one line for each column. */
export function wholeRow(table: Table, row: RowText): readonly string[] {
  return table.columns.map((column) => `  ${column.name}: ${cell(column, row[column.name] ?? null)}`)
}

/** A change in one line: `updated id: 7: status 'new' → 'pending'`. */
export function changeLine(table: Table, change: RowChange, asserted: readonly string[]): string {
  if (change.kind === 'truncate') return 'truncated'
  const before = change.before ?? {}
  const after = change.after ?? {}
  if (change.kind === 'insert') return `inserted ${inline(table, after, columnsToShow(table, asserted, 6))}`
  if (change.kind === 'delete') return `deleted ${inline(table, before, columnsToShow(table, asserted, 6))}`
  const key = columnsToShow(table, [], 1)
  const changed = table.columns
    .filter(({ name }) => change.before !== undefined && (before[name] ?? null) !== (after[name] ?? null))
    .map(
      (column) =>
        `${column.name} ${cell(column, before[column.name] ?? null)} → ${cell(column, after[column.name] ?? null)}`,
    )
  return `updated ${inline(table, after, key)}${changed.length === 0 ? '' : `: ${changed.join(', ')}`}`
}
