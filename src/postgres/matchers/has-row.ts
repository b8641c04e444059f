import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { count } from '../../expect/index.ts'
import type { Table } from '../probe/catalog.ts'
import { type Condition, readConditions } from '../probe/condition.ts'
import { closestRows, countRows, type JudgedRow, matchingRows, type RunRows } from '../probe/rows.ts'
import { type ProbeSource, refusalOf } from '../probe/source.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import { expectedColumns, judgedRow, wholeRow } from './describe.ts'
import { ending, fails, stands } from './failure.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { readWaiting, type WaitingOptions } from './wait-options.ts'
import { watch } from './watch.ts'

/** Reads the conditions and looks; a value that Postgres refuses is explained. */
export async function lookFor<T>(
  table: Table,
  run: RunRows,
  pattern: Pattern,
  use: (conditions: readonly Condition[]) => Promise<T>,
): Promise<T> {
  const conditions = readConditions(table, pattern)
  try {
    return await use(conditions)
  } catch (error) {
    throw await refusalOf(error, run, table, conditions)
  }
}

/** How alike two texts are, from 0 to 1: what they share at their start and end. */
function likeness(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a[start] === b[start]) start += 1
  let end = 0
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  return (start + end) / Math.max(a.length, b.length, 1)
}

/** What a met condition counts: an identity tells more than a column of few values, such as a status. */
function weight({ column }: Condition): number {
  if (column.inPrimaryKey) return 2
  return column.category === 'E' || column.type === 'bool' ? 0.5 : 1
}

/** The row that meets what tells most, or whose texts are most alike; the last written of those. */
export function closestOf(rows: readonly JudgedRow[], conditions: readonly Condition[]): JudgedRow | undefined {
  const points = ({ row, met }: JudgedRow): number =>
    conditions.reduce((sum, condition, index) => {
      if (met[index] === true) return sum + weight(condition)
      const text = row[condition.column.name]
      if (typeof text !== 'string' || typeof condition.expected !== 'string') return sum
      return sum + (likeness(text, condition.expected) * weight(condition)) / 2
    }, 0)
  let best: { readonly judged: JudgedRow; readonly points: number } | undefined
  for (const judged of rows) {
    const reached = points(judged)
    if (best === undefined || reached > best.points) best = { judged, points: reached }
  }
  return best?.judged
}

/** The closest row under its heading, or that there are no rows. */
export async function closestLines(
  table: Table,
  run: RunRows,
  conditions: readonly Condition[],
): Promise<readonly string[]> {
  const [rows, total] = await Promise.all([closestRows(run, table, conditions), countRows(run, table, [])])
  const closest = closestOf(rows, conditions)
  if (closest === undefined) return ['', `${table.shown} has no rows.`]
  const met = closest.met.filter(Boolean).length
  const among = total === 1 ? 'The only row' : `Closest of ${count(total, 'row')}`
  const share = `${met} of ${count(conditions.length, 'column')} as expected`
  return ['', `${among}, ${share}:`, ...judgedRow(table, conditions, closest)]
}

/** `toHaveRow`: some row has these columns. */
export async function hasRow(
  source: ProbeSource,
  name: WrittenTableName,
  context: MatcherContext,
  columns: unknown,
  options: WaitingOptions | undefined,
): Promise<Outcome> {
  const waiting = readWaiting(context, 'toHaveRow', options)
  const pattern = readPattern('toHaveRow', columns)
  const { not } = context
  const watched = await watch(source, {
    table: name,
    look: (table, run) =>
      lookFor(table, run, pattern, async (conditions) => ({
        conditions,
        rows: await matchingRows(run, table, conditions, 1),
      })),
    holds: ({ rows }) => (rows.length === 0) === not,
    prove: not,
    waiting,
  })
  if (watched.held) return stands(not)
  const { table } = watched
  const { conditions, rows } = watched.value
  const asserted = conditions.map(({ column }) => column.name)
  const [row] = rows
  if (not) {
    const expected = [`Expected no row in ${table.shown} with`, ...expectedColumns(conditions)]
    const end = ending(watched, waiting, 'there is one', 'there was none')
    const offending = row === undefined ? [] : ['', 'The row:', ...wholeRow(table, row)]
    return fails(not, source, watched, asserted, [...expected, ...end, ...offending])
  }
  const expected = [`Expected a row in ${table.shown} with`, ...expectedColumns(conditions)]
  const end = ending(watched, waiting, 'there is none', 'there was one')
  const closest = await source.withTable(name, new AbortController().signal, (known, run) =>
    closestLines(known, run, conditions),
  )
  return fails(not, source, watched, asserted, [...expected, ...end, ...closest])
}
