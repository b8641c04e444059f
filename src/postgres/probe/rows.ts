import type { Table } from './catalog.ts'
import type { Condition } from './condition.ts'

/** A row as raw text, by column. */
export type RowText = Readonly<Record<string, string | null>>

/** Runs a query on the probe's connection: rows as arrays of raw text. */
export type RunRows = (
  text: string,
  values: readonly (string | null)[],
) => Promise<readonly (readonly (string | null)[])[]>

/** Collects parameters; each call gives the next placeholder. */
function parameters(): { readonly values: string[]; readonly next: (value: string) => string } {
  const values: string[] = []
  return {
    values,
    next(value) {
      values.push(value)
      return `$${values.length}::text`
    },
  }
}

function columnList(table: Table): string {
  if (table.columns.length === 0) return ''
  return table.columns.map(({ name }) => `t."${name.replaceAll('"', '""')}"`).join(', ')
}

function toRow(table: Table, cells: readonly (string | null)[]): RowText {
  return Object.fromEntries(table.columns.map(({ name }, index) => [name, cells[index] ?? null]))
}

function where(conditions: readonly Condition[], next: (value: string) => string): string {
  const texts = conditions.flatMap(({ sql }) => (sql === undefined ? [] : [sql.text(next)]))
  return texts.length === 0 ? '' : ` WHERE ${texts.join(' AND ')}`
}

/** Those conditions that Postgres cannot decide. */
function undecided(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.filter(({ sql }) => sql === undefined)
}

/** Whether a row meets the conditions that Postgres has not decided. */
function meets(row: RowText, conditions: readonly Condition[]): boolean {
  return conditions.every(({ column, matches }) => matches(row[column.name] ?? null))
}

/**
 * Rows that meet all conditions. Postgres decides what it can; the rest is decided here, on the rows that are left.
 *
 * @param most no more than this many
 */
export async function matchingRows(
  run: RunRows,
  table: Table,
  conditions: readonly Condition[],
  most: number,
): Promise<readonly RowText[]> {
  const { values, next } = parameters()
  const rest = undecided(conditions)
  const limit = rest.length === 0 ? ` LIMIT ${most}` : ''
  const cells = await run(
    `SELECT ${columnList(table)} FROM ${table.sql} AS t${where(conditions, next)}${limit}`,
    values,
  )
  const rows: RowText[] = []
  for (const cell of cells) {
    const row = toRow(table, cell)
    if (!meets(row, rest)) continue
    rows.push(row)
    if (rows.length >= most) break
  }
  return rows
}

/** How many rows meet all conditions. */
export async function countRows(run: RunRows, table: Table, conditions: readonly Condition[]): Promise<number> {
  if (undecided(conditions).length > 0) {
    return (await matchingRows(run, table, conditions, Number.MAX_SAFE_INTEGER)).length
  }
  const { values, next } = parameters()
  const [row] = await run(`SELECT pg_catalog.count(*) FROM ${table.sql} AS t${where(conditions, next)}`, values)
  return Number(row?.[0] ?? 0)
}

/** Rows, each with which of several expectations it meets in full. */
export interface JudgedRows {
  readonly rows: readonly { readonly row: RowText; readonly fits: readonly boolean[] }[]
}

/**
 * Judges rows by several expectations at once, in one query.
 *
 * @param order `ORDER BY ...` on alias `t`, or nothing
 * @param all true: also rows that meet none of them
 */
export async function judgedRows(
  run: RunRows,
  table: Table,
  expectations: readonly (readonly Condition[])[],
  order: string,
  all: boolean,
): Promise<JudgedRows> {
  const { values, next } = parameters()
  const flags = expectations.map((conditions) => where(conditions, next).replace(/^ WHERE /, '') || 'true')
  const list = [columnList(table), ...flags.map((flag) => `(${flag})::int`)].filter((text) => text !== '').join(', ')
  const some = all || flags.length === 0 ? '' : ` WHERE ${flags.map((flag) => `(${flag})`).join(' OR ')}`
  const cells = await run(`SELECT ${list} FROM ${table.sql} AS t${some}${order}`, values)
  const rows = cells.map((cell) => {
    const row = toRow(table, cell)
    const fits = expectations.map(
      (conditions, index) => cell[table.columns.length + index] === '1' && meets(row, undecided(conditions)),
    )
    return { row, fits }
  })
  return { rows: all ? rows : rows.filter(({ fits }) => fits.includes(true)) }
}

/** A row with which of the conditions it meets, in their order. */
export interface JudgedRow {
  readonly row: RowText
  readonly met: readonly boolean[]
}

/** So many rows are looked at for the closest one. */
const mostCandidates = 50

/**
 * Rows that meet most of the conditions, those first that meet more and, among equals, those written last.
 */
export async function closestRows(
  run: RunRows,
  table: Table,
  conditions: readonly Condition[],
): Promise<readonly JudgedRow[]> {
  const { values, next } = parameters()
  const flags = conditions.map(({ sql }) => (sql === undefined ? 'NULL::int' : `(${sql.text(next)})::int`))
  const score = flags.map((_, index) => `COALESCE("backlot:${index}", 0)`).join(' + ') || '0'
  const list = columnList(table)
  const named = [list, ...flags.map((flag, index) => `${flag} AS "backlot:${index}"`)]
    .filter((text) => text !== '')
    .join(', ')
  const age = table.hasAge ? ', pg_catalog.age(t.xmin) AS "backlot:age"' : ''
  const last = table.hasAge ? ', "backlot:age"' : ''
  const text = `SELECT * FROM (SELECT ${named}${age} FROM ${table.sql} AS t) AS judged ORDER BY ${score} DESC${last} LIMIT ${mostCandidates}`
  const cells = await run(text, values)
  const judged = cells.map((cell): JudgedRow => {
    const row = toRow(table, cell)
    const met = conditions.map(({ sql, column, matches }, index) =>
      sql === undefined ? matches(row[column.name] ?? null) : cell[table.columns.length + index] === '1',
    )
    return { row, met }
  })
  const points = ({ met }: JudgedRow): number => met.filter(Boolean).length
  return judged.toSorted((a, b) => points(b) - points(a))
}
