import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { count } from '../../expect/index.ts'
import { findColumn, type Table } from '../probe/catalog.ts'
import { type Condition, readConditions } from '../probe/condition.ts'
import { type JudgedRows, judgedRows, type RowText, type RunRows } from '../probe/rows.ts'
import { type ProbeSource, refusalOf } from '../probe/source.ts'
import { quoteIdentifier, type WrittenTableName } from '../probe/table-name.ts'
import { assign, assignInOrder } from './assign.ts'
import { columnsToShow, expectedInline, inline, judgedRow } from './describe.ts'
import { ending, fails, stands } from './failure.ts'
import { closestOf } from './has-row.ts'
import { type Pattern, readPattern } from './pattern.ts'
import { readWaiting, type WaitingOptions } from './wait-options.ts'
import { watch } from './watch.ts'

/** Options of `toHaveRows` besides those of waiting. */
export interface RowsOptions extends WaitingOptions {
  /** True: the table has these rows and no others. Default: false. */
  readonly exact?: boolean
  /** The rows come in this order when the table is sorted by these columns. Default: any order. */
  readonly order?: string | readonly string[]
}

interface Look {
  readonly conditions: readonly (readonly Condition[])[]
  readonly judged: JudgedRows
  /** For each expected row the index of the one that it got. */
  readonly got: readonly (number | undefined)[]
}

function readOrder(table: Table, order: string | readonly string[] | undefined): string {
  if (order === undefined) return ''
  const parts = (typeof order === 'string' ? [order] : order).map((written) => {
    const [, name = '', descending] = /^(.*?)( desc)?$/i.exec(written) ?? []
    return `t.${quoteIdentifier(findColumn(table, name).name)}${descending === undefined ? '' : ' DESC'}`
  })
  return ` ORDER BY ${parts.join(', ')}`
}

async function look(table: Table, run: RunRows, patterns: readonly Pattern[], options: RowsOptions): Promise<Look> {
  const conditions = patterns.map((pattern) => readConditions(table, pattern))
  try {
    // Rows that meet none of the expectations matter only where there must be no others.
    const judged = await judgedRows(run, table, conditions, readOrder(table, options.order), options.exact === true)
    const fits = (index: number, row: number): boolean => judged.rows[row]?.fits[index] === true
    const pair = options.order === undefined ? assign : assignInOrder
    return { conditions, judged, got: pair(patterns.length, judged.rows.length, fits) }
  } catch (error) {
    throw await refusalOf(error, run, table, conditions.flat())
  }
}

function isThere({ got, judged }: Look, exact: boolean): boolean {
  return got.every((row) => row !== undefined) && (!exact || judged.rows.length === got.length)
}

/** Which of the expected rows are there, the closest row for each that is not, and the rows nobody asked for. */
async function report(table: Table, run: RunRows, found: Look, exact: boolean): Promise<readonly string[]> {
  const { conditions, got } = found
  // Everything is needed now, to tell what is closest.
  const all = await judgedRows(run, table, conditions, '', true)
  const taken = new Set(got.flatMap((row) => (row === undefined ? [] : [key(found.judged.rows[row]?.row)])))
  const lines = conditions.flatMap((wanted, index) => {
    if (got[index] !== undefined) return [`  there:   ${expectedInline(wanted)}`]
    const free = all.rows
      .filter(({ row }) => !taken.has(key(row)))
      .map(({ row }) => ({ row, met: wanted.map(({ column, matches }) => matches(row[column.name] ?? null)) }))
    const closest = closestOf(free, wanted)
    const missing = `  missing: ${expectedInline(wanted)}`
    if (closest === undefined) return [missing]
    if (!closest.met.includes(false)) return [`${missing}, which is there, but not in this order`]
    return [missing, '    closest:', ...judgedRow(table, wanted, closest).map((line) => `  ${line}`)]
  })
  const used = new Set(got)
  const others = exact ? found.judged.rows.filter((_, index) => !used.has(index)) : []
  const asserted = [...new Set(conditions.flat().map(({ column }) => column.name))]
  const unexpected = others
    .slice(0, 8)
    .map(({ row }) => `  unexpected: ${inline(table, row, columnsToShow(table, asserted, 6))}`)
  const rest = others.length > unexpected.length ? [`  … and ${others.length - unexpected.length} more unexpected`] : []
  return ['', ...lines, ...unexpected, ...rest, '', `${table.shown} has ${count(all.rows.length, 'row')}.`]
}

function key(row: RowText | undefined): string {
  return JSON.stringify(row)
}

function readPatterns(rows: unknown): readonly Pattern[] {
  if (Array.isArray(rows)) return rows.map((row) => readPattern('toHaveRows', row))
  throw new BacklotError('BACKLOT_USAGE', 'toHaveRows takes an array of rows', {
    hint: 'for example toHaveRows([{ id: 1 }, { id: 2 }]); for one row there is toHaveRow({ id: 1 })',
  })
}

/** `toHaveRows`: each of these has a row of its own; with `exact` there are no others. */
export async function hasRows(
  source: ProbeSource,
  name: WrittenTableName,
  context: MatcherContext,
  rows: unknown,
  options: RowsOptions = {},
): Promise<Outcome> {
  const waiting = readWaiting(context, 'toHaveRows', options, ['exact', 'order'])
  const patterns = readPatterns(rows)
  const { not } = context
  const exact = options.exact === true
  const watched = await watch(source, {
    table: name,
    look: (table, run) => look(table, run, patterns, options),
    holds: (found) => isThere(found, exact) !== not,
    prove: not || (exact && patterns.length === 0),
    waiting,
  })
  if (watched.held) return stands(not)
  const { table, value } = watched
  const sorted = options.order === undefined ? '' : `, sorted by ${[options.order].flat().join(', ')}`
  const wanted = `${exact ? 'exactly ' : ''}${count(patterns.length, 'row')}`
  const asserted = [...new Set(value.conditions.flat().map(({ column }) => column.name))]
  if (not) {
    const these = value.conditions.map((conditions) => `  ${expectedInline(conditions)}`)
    const end = ending(watched, waiting, 'they all are', 'not all were there')
    const heading = `Expected ${table.shown} not to have ${exact ? 'exactly ' : ''}all of these${sorted}`
    return fails(not, source, watched, asserted, [heading, ...these, ...end])
  }
  const missing = value.got.filter((row) => row === undefined).length
  const surplus = exact ? value.judged.rows.length - (value.got.length - missing) : 0
  const what = [
    ...(missing > 0 ? [`${missing} ${missing === 1 ? 'is' : 'are'} missing`] : []),
    ...(surplus > 0 ? [`${surplus} ${surplus === 1 ? 'is' : 'are'} unexpected`] : []),
  ].join(' and ')
  const end = ending(watched, waiting, what, 'they were there')
  const lines = await source.withTable(name, new AbortController().signal, (known, run) =>
    report(known, run, value, exact),
  )
  return fails(not, source, watched, asserted, [`Expected ${wanted} in ${table.shown}${sorted}`, ...end, ...lines])
}
