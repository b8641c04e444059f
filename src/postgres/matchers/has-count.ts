import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { count, display } from '../../expect/index.ts'
import { countRows, matchingRows } from '../probe/rows.ts'
import type { ProbeSource } from '../probe/source.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import { columnsToShow, expectedInline, inline } from './describe.ts'
import { ending, fails, stands } from './failure.ts'
import { lookFor } from './has-row.ts'
import { type Pattern, readPattern } from './pattern.ts'
import type { Waiting } from './wait-options.ts'
import { watch } from './watch.ts'

/** So many rows are shown in a message. */
const mostShown = 5

/** What is counted. */
export interface Counting {
  readonly table: WrittenTableName
  readonly expected: number
  readonly where: Pattern
  readonly waiting: Waiting
}

/** Checks the first two arguments of `toHaveCount`. */
export function readCounting(
  expected: unknown,
  where: unknown,
): { readonly expected: number; readonly where: Pattern } {
  if (typeof expected !== 'number' || !Number.isInteger(expected) || expected < 0) {
    throw new BacklotError('BACKLOT_USAGE', `toHaveCount takes a number of rows, not ${display(expected)}`, {
      hint: 'for example toHaveCount(3)',
    })
  }
  return { expected, where: readPattern('toHaveCount', where ?? {}) }
}

function numberOrNone(number: number): string {
  return number === 0 ? 'none' : String(number)
}

/** `toHaveCount` and `toBeEmpty`: so many rows, of all or of those with these columns. */
export async function hasCount(source: ProbeSource, context: MatcherContext, counting: Counting): Promise<Outcome> {
  const { expected, where, waiting } = counting
  const { not } = context
  const watched = await watch(source, {
    table: counting.table,
    look: (table, run) =>
      lookFor(table, run, where, async (conditions) => ({
        conditions,
        number: await countRows(run, table, conditions),
      })),
    holds: ({ number }) => (number === expected) !== not,
    // "None" is an absence; so is "not so many", unless it says that there is at least one.
    prove: expected === 0 ? !not : not,
    waiting,
  })
  if (watched.held) return stands(not)
  const { table } = watched
  const { conditions, number } = watched.value
  const such = conditions.length === 0 ? '' : ` with ${expectedInline(conditions)}`
  const wanted = not
    ? expected === 0
      ? `any row in ${table.shown}${such}`
      : `another number of rows in ${table.shown}${such} than ${expected}`
    : `${count(expected, 'row')} in ${table.shown}${such}`
  const first = watched.wanted?.number ?? number
  const end = ending(
    watched,
    waiting,
    `there ${number === 1 ? 'is' : 'are'} ${numberOrNone(number)}`,
    `there ${first === 1 ? 'was' : 'were'} ${numberOrNone(first)}`,
  )
  const asserted = conditions.map(({ column }) => column.name)
  const shown = await source.withTable(counting.table, new AbortController().signal, async (known, run) => {
    const rows = await matchingRows(run, known, conditions, mostShown)
    return rows.map((row) => `  ${inline(known, row, columnsToShow(known, asserted, 6))}`)
  })
  const heading =
    number > shown.length ? `The first ${shown.length} of ${number}:` : `${shown.length === 1 ? 'It is' : 'They are'}:`
  const rows = shown.length === 0 ? [] : ['', heading, ...shown]
  return fails(not, source, watched, asserted, [`Expected ${wanted}`, ...end, ...rows])
}
