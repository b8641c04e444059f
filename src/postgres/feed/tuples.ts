import type { Cursor, Value } from './scan.ts'
import { readLabel, readValue } from './scan.ts'

/** The columns of a table in their order, and what test_decoding prints before each value: ` name[type]:`. */
export interface Shape {
  readonly columns: readonly string[]
  /** ` name[` per column. */
  readonly starts: readonly string[]
  /** The whole label per column, learnt from the first line that has it: types are printed in many ways. */
  readonly labels: (string | undefined)[]
}

/**
 * @param columns names of all columns in the order of their numbers, dropped ones left out
 * @param quoted the same, as Postgres quotes them
 */
export function shapeOf(columns: readonly string[], quoted: readonly string[]): Shape {
  return { columns, starts: quoted.map((name) => ` ${name}[`), labels: columns.map(() => undefined) }
}

const newTuple = ' new-tuple:'

/** Reads one tuple by its shape. A column that is not printed is null. Undefined: the line has another shape. */
function readTuple(cursor: Cursor, shape: Shape): Value[] | undefined {
  const values: Value[] = []
  const { text } = cursor
  for (let index = 0; index < shape.starts.length; index += 1) {
    const label = shape.labels[index]
    if (label !== undefined && text.startsWith(label, cursor.at)) {
      cursor.at += label.length
      values.push(readValue(cursor))
    } else if (text.startsWith(shape.starts[index] ?? '', cursor.at)) {
      const start = cursor.at
      readLabel(cursor)
      shape.labels[index] = text.slice(start, cursor.at)
      values.push(readValue(cursor))
    } else {
      values.push(null)
    }
  }
  return cursor.at === text.length || text.startsWith(newTuple, cursor.at) ? values : undefined
}

/** Both images of a change, as far as the line has them. */
export interface Tuples {
  readonly before?: readonly Value[]
  readonly after?: readonly Value[]
}

/** What was done to a row. */
export type ChangeKind = 'insert' | 'update' | 'delete'

const oldKey = ' old-key:'
const noTuple = ' (no-tuple-data)'

/**
 * Reads the images of a changed row.
 *
 * @param text a whole line of test_decoding
 * @param start where its first tuple starts: behind `INSERT:`, `UPDATE:` or `DELETE:`
 * @returns undefined where the line has other columns than the shape, or lacks an image that an undo needs
 */
export function readTuples(text: string, start: number, kind: ChangeKind, shape: Shape): Tuples | undefined {
  const cursor: Cursor = { text, at: start }
  if (kind === 'insert') {
    const after = readTuple(cursor, shape)
    return after === undefined ? undefined : { after }
  }
  if (kind === 'delete') {
    const before = readTuple(cursor, shape)
    return before === undefined ? undefined : { before }
  }
  if (!text.startsWith(oldKey, cursor.at)) return undefined
  cursor.at += oldKey.length
  const before = readTuple(cursor, shape)
  if (before === undefined || !text.startsWith(newTuple, cursor.at)) return undefined
  cursor.at += newTuple.length
  const after = readTuple(cursor, shape)
  if (after === undefined) return undefined
  return { before, after: after.map((value, index) => (typeof value === 'symbol' ? (before[index] ?? null) : value)) }
}

/** A row by column names, for a reader: what the line has, without knowing the table. */
export type NamedValues = Record<string, string | null>

function readNamed(cursor: Cursor, known: NamedValues): NamedValues {
  const values: NamedValues = {}
  for (let name = readLabel(cursor); name !== undefined; name = readLabel(cursor)) {
    const value = readValue(cursor)
    values[name] = typeof value === 'symbol' ? (known[name] ?? null) : value
  }
  return values
}

/** The same as {@link readTuples} for a table of which nothing is known: only what the line itself names. */
export function readNamedTuples(
  text: string,
  start: number,
  kind: ChangeKind,
): { before?: NamedValues; after?: NamedValues } {
  const cursor: Cursor = { text, at: start }
  if (kind === 'insert') return { after: readNamed(cursor, {}) }
  if (kind === 'delete') return text.startsWith(noTuple, cursor.at) ? {} : { before: readNamed(cursor, {}) }
  if (!text.startsWith(oldKey, cursor.at)) return { after: readNamed(cursor, {}) }
  cursor.at += oldKey.length
  const before = readNamed(cursor, {})
  cursor.at += newTuple.length
  return { before, after: readNamed(cursor, before) }
}
