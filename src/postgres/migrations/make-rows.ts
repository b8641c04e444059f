import type { Column } from '../probe/catalog.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import { type ColumnShape, type ConstraintShape, readShapes, type TableShape } from '../schema/shape.ts'
import { vectorDimensions } from '../schema/type-name.ts'
import type { Track } from './track.ts'

/** So many rows are made in each empty table: one full, one with every NULL that is allowed, one like the first. */
const variants = ['full', 'sparse', 'alike'] as const

/** Text constants in the checks of a column: what it allows may be among them. */
function allowedTexts(column: string, { constraints }: TableShape): readonly string[] {
  const checks = constraints.filter(({ kind, columns }) => kind === 'check' && columns.includes(column))
  return checks.flatMap(({ expression }) =>
    [...(expression ?? '').matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) => (text ?? '').replaceAll("''", "'")),
  )
}

function textFor(column: Column, allowed: readonly string[], number: number): string {
  const fitting = allowed.filter((text) => text !== '' && !/[%^$]/.test(text))
  if (fitting.length > 0) return fitting[number % fitting.length] ?? ''
  const longest = Number(/\((\d+)\)/.exec(column.declared)?.[1] ?? 200)
  const text = /mail/i.test(column.name) ? `person${number}@example.org` : `${column.name} ${number}`
  return text.length <= longest ? text : String(number).slice(0, longest)
}

/** A plausible value as text that Postgres reads; undefined for a type that nobody here knows. */
function valueFor(column: Column, allowed: readonly string[], number: number): string | undefined {
  const dimensions = vectorDimensions(column.declared)
  if (column.category === 'S') return textFor(column, allowed, number)
  if (column.category === 'E') return column.labels[number % Math.max(1, column.labels.length)]
  if (column.category === 'N') return String(number)
  if (column.category === 'B') return 'true'
  if (column.category === 'D')
    return column.type === 'time' || column.type === 'timetz' ? '12:00:00' : `2026-01-0${number}`
  if (column.category === 'T') return `${number} hours`
  if (column.category === 'A') return '{}'
  if (column.category === 'I') return `10.0.0.${number}`
  if (column.category === 'R') return 'empty'
  if (column.type === 'uuid') return `00000000-0000-4000-8000-00000000000${number}`
  if (column.type === 'json' || column.type === 'jsonb') return '{}'
  if (column.type === 'bytea') return `\\x0${number}`
  if (dimensions === undefined) return undefined
  if (column.type === 'sparsevec') return `{1:${number}}/${dimensions}`
  if (column.type === 'bit') return '1'.repeat(dimensions)
  return `[${Array.from({ length: dimensions }, (_, index) => (index + number) % 10).join(',')}]`
}

/** A table that has no row, and why none could be made. */
export interface Unfilled {
  readonly table: string
  readonly reason: string
}

interface Known {
  readonly shape: TableShape
  readonly shown: string
  readonly sql: string
}

/** Those that are referred to come first; in a cycle, as they come. */
function inOrder(tables: readonly Known[]): readonly Known[] {
  const done: Known[] = []
  const visit = (table: Known, above: readonly Known[]): void => {
    if (done.includes(table) || above.includes(table)) return
    for (const { references } of table.shape.constraints) {
      const target = tables.find(({ sql }) => sql === references?.sql)
      if (target !== undefined) visit(target, [...above, table])
    }
    done.push(table)
  }
  for (const table of tables) visit(table, [])
  return done
}

function foreignKeys({ constraints }: TableShape): readonly ConstraintShape[] {
  return constraints.filter(({ kind }) => kind === 'foreign key')
}

/** Columns that a row must differ in from the others. */
function uniqueColumns({ indexes }: TableShape): ReadonlySet<string> {
  return new Set(indexes.filter(({ unique }) => unique).flatMap(({ columns }) => columns.map(({ text }) => text)))
}

function isLeftOut({ generated, identity }: ColumnShape): boolean {
  return generated !== null || identity !== null
}

/** An expression for each column of a row, with its parameters. */
function rowOf(
  { shape }: Known,
  columns: readonly Column[],
  place: number,
): { readonly names: readonly string[]; readonly expressions: readonly string[]; readonly values: readonly string[] } {
  const unique = uniqueColumns(shape)
  const values: string[] = []
  const chosen = columns.flatMap((column): readonly (readonly [string, string])[] => {
    const declared = shape.columns.find(({ name }) => name === column.name)
    if (declared === undefined || isLeftOut(declared)) return []
    const key = foreignKeys(shape).find((each) => each.columns.includes(column.name))
    if (variants[place] === 'sparse' && declared.nullable && !unique.has(column.name)) return [[column.name, 'NULL']]
    if (key?.references != null) {
      const target = key.references.columns[key.columns.indexOf(column.name)] ?? ''
      const offset = unique.has(column.name) ? place : 0
      const name = quoteIdentifier(target)
      return [[column.name, `(SELECT ${name} FROM ${key.references.sql} ORDER BY 1 OFFSET ${offset} LIMIT 1)`]]
    }
    if (declared.default !== null) return []
    const number = (variants[place] === 'alike' && !unique.has(column.name) ? 0 : place) + 1
    const value = valueFor(column, allowedTexts(column.name, shape), number)
    if (value === undefined) return []
    return [[column.name, `$${values.push(value)}::text::${column.cast}`]]
  })
  return {
    names: chosen.map(([name]) => quoteIdentifier(name)),
    expressions: chosen.map(([, expression]) => expression),
    values,
  }
}

async function fill(track: Track, table: Known): Promise<Unfilled | undefined> {
  const { source } = track
  const [present] = await source.run(`SELECT EXISTS (SELECT FROM ${table.sql})::text`, [])
  if (present?.[0] === 'true') return undefined
  const columns = await source.withTable(
    [table.shape.schema, table.shape.name],
    new AbortController().signal,
    async (known) => known.columns,
  )
  let reason: string | undefined
  let made = 0
  for (const place of variants.keys()) {
    const { names, expressions, values } = rowOf(table, columns, place)
    const what = names.length === 0 ? 'DEFAULT VALUES' : `(${names.join(', ')}) VALUES (${expressions.join(', ')})`
    try {
      await source.run(`INSERT INTO ${table.sql} ${what}`, values)
      made += 1
    } catch (error) {
      reason ??= error instanceof Error ? error.message : String(error)
    }
  }
  return made > 0 ? undefined : { table: table.shown, reason: reason ?? 'no row could be made' }
}

/**
 * Puts plausible rows into every table that is empty, by what the catalog says of its columns.
 *
 * @returns the tables that no row could be made for
 */
export async function makeRows(track: Track): Promise<readonly Unfilled[]> {
  const schemas = (await track.source.run(schemasWithTables, [])).map(([name]) => name ?? '')
  const shapes = await readShapes(track.source.run, { schemas })
  const tables = shapes
    .filter(({ kind, bounds }) => kind === 'table' && bounds === null)
    .map((shape) => ({
      shape,
      shown: shape.schema === 'public' ? shape.name : `${shape.schema}.${shape.name}`,
      sql: `${quoteIdentifier(shape.schema)}.${quoteIdentifier(shape.name)}`,
    }))
  const unfilled: Unfilled[] = []
  for (const table of inOrder(tables)) {
    const failed = await fill(track, table)
    if (failed !== undefined) unfilled.push(failed)
  }
  return unfilled
}

const schemasWithTables = `
  SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`
