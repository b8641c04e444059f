import { BacklotError, nearest } from '../../errors/index.ts'
import {
  containsAsymmetric,
  type Difference,
  differences,
  display,
  isAsymmetric,
  matchesAnyForm,
} from '../../expect/index.ts'
import { type ArrayText, parseArray } from './array-literal.ts'
import { type Column, findColumn, type Table } from './catalog.ts'
import { writeLocal, writeUtc } from './date-text.ts'
import { sameScalar, valueForms } from './plain-value.ts'

/** What one column is expected to hold. */
export interface Condition {
  readonly column: Column
  readonly expected: unknown
  /** The same for Postgres: an expression on alias `t`, never null, with its parameters as text; undefined where only JavaScript can tell. */
  readonly sql: { text(next: (value: string) => string): string } | undefined
  /** Decides on the text that Postgres printed. Not asked where `sql` has decided. */
  matches(text: string | null): boolean
  /** Where inside a json value it differs; empty for other types. */
  differences(text: string | null): readonly Difference[]
}

function invalid(table: Table, column: Column, expected: unknown, hint: string): BacklotError {
  const summary = `column ${column.name} of ${table.shown} is ${column.declared} and cannot hold ${display(expected)}`
  return new BacklotError('BACKLOT_VALUE_INVALID', summary, { hint })
}

const readsDate = new Set(['date', 'timestamp', 'timestamptz'])

/** The kinds of value that a type can be written as, for the message; undefined: this value is one of them. */
function unfit(column: Column, expected: unknown): string | undefined {
  const kind = typeof expected
  if (kind === 'string') return undefined
  if (column.type === 'bool') return kind === 'boolean' ? undefined : 'write true, false or null'
  if (column.type === 'bytea')
    return expected instanceof Uint8Array ? undefined : "write a Buffer or text such as '\\\\x00ff'"
  if (column.category === 'N')
    return kind === 'number' || kind === 'bigint' ? undefined : 'write a number, a bigint or text'
  if (readsDate.has(column.type)) {
    if (expected instanceof Date) return Number.isNaN(expected.getTime()) ? 'this Date is invalid' : undefined
    return expected === Number.POSITIVE_INFINITY || expected === Number.NEGATIVE_INFINITY
      ? undefined
      : 'write a Date or text'
  }
  if (column.element !== undefined) return Array.isArray(expected) ? undefined : 'write an array'
  return kind === 'number' || kind === 'bigint' || kind === 'boolean'
    ? `write it as text: '${String(expected)}'`
    : 'write it as text'
}

function checkValue(table: Table, column: Column, expected: unknown): void {
  if (expected === undefined) {
    throw invalid(table, column, expected, 'write null for NULL, or leave the column out if it does not matter')
  }
  if (expected === null || isAsymmetric(expected) || column.type === 'json' || column.type === 'jsonb') return
  const hint = unfit(column, expected)
  if (hint !== undefined) throw invalid(table, column, expected, hint)
  if (column.category === 'E' && !column.labels.includes(String(expected))) {
    const near = nearest(String(expected), column.labels)
    const labels = `its labels are: ${column.labels.join(', ')}`
    throw invalid(table, column, expected, near === undefined ? labels : `did you mean '${near}'? ${labels}`)
  }
}

/** Milliseconds are all that a Date, or a time in JSON, keeps of a moment: what Postgres keeps beyond is cut off. */
function within(column: string, cast: string, moment: string): string {
  return `(${column} >= ${moment}::${cast} AND ${column} < ${moment}::${cast} + interval '1 millisecond')`
}

function sqlOf(column: Column, expected: unknown): Condition['sql'] {
  const { cast } = column
  const name = `t."${column.name.replaceAll('"', '""')}"`
  const isTrue = (expression: string): string => `(${expression}) IS TRUE`
  if (column.type === 'json' || column.type === 'jsonb') return undefined
  if (expected === null) return { text: () => `${name} IS NULL` }
  if (!column.comparable || containsAsymmetric(expected) || Array.isArray(expected)) return undefined
  if (expected instanceof Date) {
    if (column.type === 'timestamptz') {
      return { text: (next) => isTrue(within(name, cast, next(writeUtc(expected)))) }
    }
    const here = writeLocal(expected)
    const utc = writeUtc(expected).replace('+00', '')
    if (column.type === 'date')
      return { text: (next) => isTrue(`${name} IN (${next(here)}::${cast}, ${next(utc)}::${cast})`) }
    return { text: (next) => isTrue(`${within(name, cast, next(here))} OR ${within(name, cast, next(utc))}`) }
  }
  const cut = typeof expected === 'string' && column.type.startsWith('timestamp') && /:\d\d\.\d{3}(?!\d)/.test(expected)
  if (cut) return { text: (next) => isTrue(within(name, cast, next(expected))) }
  return { text: (next) => isTrue(`${name} = ${next(asText(expected))}::${cast}`) }
}

/** A scalar as Postgres reads it. */
function asText(value: unknown): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return String(value)
}

function sameArray(items: ArrayText, expected: readonly unknown[], element: string): boolean {
  if (items.length !== expected.length) return false
  return items.every((item, index) => {
    const wanted = expected[index]
    if (typeof item === 'string' || item === null) {
      return element === 'json' || element === 'jsonb' ? sameJson(item, wanted) : sameScalar(element, item, wanted)
    }
    return Array.isArray(wanted) && sameArray(item, wanted, element)
  })
}

function sameJson(text: string | null, expected: unknown): boolean {
  if (text === null) return expected === null
  return differences(JSON.parse(text), expected).length === 0
}

function matches(column: Column, expected: unknown, text: string | null): boolean {
  if (isAsymmetric(expected)) return matchesAnyForm(expected, valueForms(column.type, column.element, text))
  if (column.type === 'json' || column.type === 'jsonb') return sameJson(text, expected)
  if (column.element !== undefined && Array.isArray(expected)) {
    return text !== null && sameArray(parseArray(text), expected, column.element)
  }
  return sameScalar(column.type, text, expected)
}

/**
 * Turns some columns with what they should hold into conditions.
 *
 * @throws BacklotError `BACKLOT_COLUMN_NOT_FOUND`, `BACKLOT_VALUE_INVALID`
 */
export function readConditions(table: Table, pattern: Readonly<Record<string, unknown>>): readonly Condition[] {
  return Object.entries(pattern).map(([name, expected]): Condition => {
    const column = findColumn(table, name)
    checkValue(table, column, expected)
    const isJson = column.type === 'json' || column.type === 'jsonb'
    return {
      column,
      expected,
      sql: sqlOf(column, expected),
      matches: (text) => matches(column, expected, text),
      differences: (text) =>
        isJson && text !== null && !isAsymmetric(expected) ? differences(JSON.parse(text), expected) : [],
    }
  })
}

/** The error for a value that Postgres refused: which column it was for. */
export async function explainRefusal(
  table: Table,
  conditions: readonly Condition[],
  cast: (value: string, type: string) => Promise<string | undefined>,
): Promise<BacklotError | undefined> {
  for (const { column, expected, sql } of conditions) {
    const values: string[] = []
    sql?.text((value) => {
      values.push(value)
      return '$'
    })
    for (const value of values) {
      const refusal = await cast(value, column.cast)
      if (refusal !== undefined) return invalid(table, column, expected, `PostgreSQL says: ${refusal}`)
    }
  }
  return undefined
}
