import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { count, display } from '../../expect/index.ts'
import { assign } from '../matchers/assign.ts'
import { columnsToShow, expectedInline, inline } from '../matchers/describe.ts'
import { ending, fails, stands } from '../matchers/failure.ts'
import { type Pattern, readPattern } from '../matchers/pattern.ts'
import { readWaiting, type WaitingOptions } from '../matchers/wait-options.ts'
import { watch } from '../matchers/watch.ts'
import type { TableParts } from '../parts.ts'
import type { Table } from '../probe/catalog.ts'
import { type Condition, readConditions } from '../probe/condition.ts'
import type { Settings } from '../security/claims.ts'
import {
  shownVector,
  type VectorColumn,
  type VectorDistance,
  vectorColumn,
  vectorTypes,
  type WrittenVector,
  writeVector,
} from './query-vector.ts'
import { type Neighbour, openSearcher, requireIndex } from './search.ts'

/** Options of `toBeNearest`. */
export interface NearestOptions extends WaitingOptions {
  /** How far each row is, in the order of the rows. Default: any distance. */
  readonly distances?: readonly number[]
  /** How much a distance may differ, also that of two rows that may change places. Default: 1e-6. */
  readonly within?: number
  /**
   * Name of an index by which the search is to go, whatever the planner would choose for a table so small. Default: every row
   * is looked at, so that the answer is exact.
   */
  readonly using?: string
}

/** What is searched, and how. */
export interface VectorSearch {
  readonly parts: TableParts
  readonly column: string
  readonly distance: VectorDistance
  readonly settings: Settings
}

/** So many rows beyond those that were asked for: some may be as near as the last. */
const furtherRows = 20
const mostShown = 3

interface Look {
  readonly vector: VectorColumn
  readonly query: WrittenVector
  readonly neighbours: readonly Neighbour[]
  readonly indexes: readonly string[]
  readonly conditions: readonly (readonly Condition[])[]
  /** For each expected row the neighbour that it got. */
  readonly got: readonly (number | undefined)[]
  /** Whether the row at each place is as far as was stated. */
  readonly asFar: readonly boolean[]
}

function judge(
  table: Table,
  patterns: readonly Pattern[],
  neighbours: readonly Neighbour[],
  { distances, within = 1e-6 }: NearestOptions,
): Pick<Look, 'conditions' | 'got' | 'asFar'> {
  const conditions = patterns.map((pattern) => readConditions(table, pattern))
  const near = (a: number | undefined, b: number | undefined): boolean =>
    a !== undefined && b !== undefined && (a === b || Math.abs(a - b) <= within)
  const got = assign(patterns.length, neighbours.length, (place, index) => {
    const found = neighbours[index]
    // Rows that are equally near come in any order.
    const there = near(found?.distance, neighbours[place]?.distance)
    return there && conditions[place]?.every(({ column, matches }) => matches(found?.row[column.name] ?? null)) === true
  })
  const asFar = patterns.map(
    (_, place) => distances === undefined || near(neighbours[place]?.distance, distances[place]),
  )
  return { conditions, got, asFar }
}

/** Vectors are long and say little to a reader. */
function isVector(table: Table, name: string): boolean {
  return table.columns.some((column) => column.name === name && vectorTypes.has(column.type))
}

function far(distance: number): string {
  return String(Number(distance.toPrecision(9)))
}

function report(
  table: Table,
  { neighbours, conditions, got, asFar }: Look,
  distances: readonly number[] | undefined,
): readonly string[] {
  const asserted = conditions.flat().map(({ column }) => column.name)
  const names = columnsToShow(table, asserted, 4).filter((name) => asserted.includes(name) || !isVector(table, name))
  const expected = conditions.map((wanted, place) => {
    const stated = distances === undefined ? '' : ` at ${far(distances[place] ?? Number.NaN)}`
    const right = got[place] !== undefined && asFar[place] === true
    return `  ${right ? ' ' : '✗'} ${place + 1}. ${expectedInline(wanted)}${stated}`
  })
  const found = neighbours
    .slice(0, conditions.length + mostShown)
    .map(({ row, distance }, place) => `    ${place + 1}. at ${far(distance)}: ${inline(table, row, names)}`)
  const nothing = [`No row of ${table.shown} has a vector.`]
  return ['', 'Expected:', ...expected, '', ...(found.length === 0 ? nothing : ['Nearest are:', ...found])]
}

function readArguments(rows: unknown, { distances, within }: NearestOptions): readonly Pattern[] {
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new BacklotError('BACKLOT_USAGE', `toBeNearest takes the rows that are nearest, not ${display(rows)}`, {
      hint: "for example toBeNearest([0.1, 0.2], [{ name: 'Python' }, { name: 'Go' }])",
    })
  }
  if (distances !== undefined && (!Array.isArray(distances) || distances.length !== rows.length)) {
    throw new BacklotError(
      'BACKLOT_USAGE',
      `toBeNearest takes a distance for each of the ${rows.length} rows, not ${display(distances)}`,
      {
        hint: 'for example { distances: [0, 0.25] } for two rows',
      },
    )
  }
  if (within !== undefined && !(typeof within === 'number' && within >= 0)) {
    throw new BacklotError('BACKLOT_USAGE', `within is a distance, not ${display(within)}`, {
      hint: 'for example { within: 1e-4 }',
    })
  }
  return rows.map((row) => readPattern('toBeNearest', row))
}

function whatIsWrong({ got, asFar, indexes }: Look, using: string | undefined, distance: VectorDistance): string {
  const places = count(got.length, 'place')
  const others = got.filter((row) => row === undefined).length
  const elsewhere = asFar.filter((right) => !right).length
  const goesBy = indexes.join(', ') || 'no index'
  return [
    ...(others > 0 ? [`at ${others} of ${places} there is another row`] : []),
    ...(elsewhere > 0 ? [`at ${elsewhere} of ${places} the distance is another`] : []),
    ...(using !== undefined && !indexes.includes(using)
      ? [`the search goes by ${goesBy}: has ${using} the operator class of ${distance}?`]
      : []),
  ].join(', and ')
}

/** `toBeNearest`: these rows are the nearest to a vector, in this order. */
export async function toBeNearest(
  { parts, column, distance, settings }: VectorSearch,
  context: MatcherContext,
  given: unknown,
  rows: unknown,
  options: NearestOptions = {},
): Promise<Outcome> {
  const { not } = context
  const waiting = readWaiting(context, 'toBeNearest', options, ['distances', 'within', 'using'])
  const patterns = readArguments(rows, options)
  const { using } = options
  if (using !== undefined) await requireIndex(parts, using)
  const searcher = openSearcher(parts, settings)
  try {
    const watched = await watch<Look>(parts.source, {
      table: parts.table,
      async look(table) {
        const vector = vectorColumn(table, column, distance)
        const query = writeVector(vector, given)
        const mode = using === undefined ? 'exact' : 'by index'
        const found = await searcher.search(mode, table, vector, query, patterns.length + furtherRows)
        return { vector, query, ...found, ...judge(table, patterns, found.neighbours, options) }
      },
      holds: (look) => isAsExpected(look, using) !== not,
      prove: not,
      waiting,
    })
    if (watched.held) return stands(not)
    const { table, value } = watched
    const asserted = value.conditions.flat().map(({ column: { name } }) => name)
    const by = using === undefined ? '' : ` using ${using}`
    const these = patterns.length === 1 ? 'this row' : `these ${patterns.length} rows`
    const to = `to be nearest to ${shownVector(value.query)} in ${table.shown}, by ${distance} of ${value.vector.column.name}${by}`
    const [are, were] = patterns.length === 1 ? ['it is', 'it was'] : ['they are', 'they were']
    const end = not
      ? ending(watched, waiting, are, `${were} not`)
      : ending(watched, waiting, whatIsWrong(value, using, distance), were)
    return await fails(not, parts.source, watched, asserted, [
      `Expected ${these} ${not ? 'not ' : ''}${to}`,
      ...end,
      ...report(table, value, options.distances),
    ])
  } finally {
    await searcher.close()
  }
}

function isAsExpected({ got, asFar, indexes }: Look, using: string | undefined): boolean {
  return !got.includes(undefined) && !asFar.includes(false) && (using === undefined || indexes.includes(using))
}
