import type { LeaseCommit, MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError, isBacklotError, nearest } from '../../errors/index.ts'
import { display, section } from '../../expect/index.ts'
import { type Duration, formatDuration, parseDuration, recheckWithoutFeedMs, waitUntil } from '../../wait/index.ts'
import { readTable, type Table } from '../probe/catalog.ts'
import type { ProbeSource } from '../probe/source.ts'
import { parseTableName, type WrittenTableName } from '../probe/table-name.ts'
import { type Demand, findClosest, findMeeting } from './demand.ts'
import { readShapes, type TableShape } from './shape.ts'

/** The last argument of every matcher of a schema. */
export interface SchemaWaiting {
  /**
   * How long to wait for a migration that is under way: milliseconds, or text such as `'5 s'`. Default: 0, since a schema does not
   * change while a test runs, and what is wrong is told at once.
   */
  readonly timeout?: Duration
}

/** What a matcher looks for among the parts of a table. */
export interface Sought<Item> {
  /** In the singular: `foreign key`. */
  readonly noun: string
  /** What stands before it: `a `. */
  readonly article: '' | 'a ' | 'an '
  readonly plural: string
  readonly items: readonly Item[]
  readonly demands: readonly Demand<Item>[]
  /** `users_email_key: UNIQUE (email)` */
  line(item: Item): string
  /** A remark under what there is. */
  readonly remark?: string
}

/** Looks another table up. */
export type TableOf = (name: WrittenTableName) => Promise<Pick<Table, 'sql' | 'shown'>>

/** One look at a table: the table, and what is sought there. */
export interface SchemaLook<Item> {
  readonly source: ProbeSource
  readonly table: WrittenTableName
  readonly context: MatcherContext
  readonly waiting: SchemaWaiting | undefined
  /** Reads what is sought in the table as it is now. */
  seek(shape: TableShape, table: Table, tableOf: TableOf): Sought<Item> | Promise<Sought<Item>>
}

interface Seen<Item> {
  readonly table: Table
  readonly sought: Sought<Item>
  readonly met: Item | undefined
}

/** A name that is not there yet can come with the migration that is waited for. */
function isAbsent(error: unknown): error is BacklotError {
  return isBacklotError(error, 'BACKLOT_TABLE_NOT_FOUND') || isBacklotError(error, 'BACKLOT_COLUMN_NOT_FOUND')
}

/**
 * Checks that columns are there.
 *
 * @throws BacklotError `BACKLOT_COLUMN_NOT_FOUND` with the nearest name
 */
export function checkColumns(shape: TableShape, table: Table, columns: readonly string[]): void {
  const names = shape.columns.map(({ name }) => name)
  const unknown = columns.find((column) => !names.includes(column) && !column.includes('('))
  if (unknown === undefined) return
  const near = nearest(unknown, names)
  throw new BacklotError('BACKLOT_COLUMN_NOT_FOUND', `table ${table.shown} has no column ${unknown}`, {
    hint: near === undefined ? `its columns are: ${names.join(', ')}` : `did you mean ${near}?`,
  })
}

async function lookOnce<Item>(look: SchemaLook<Item>, signal: AbortSignal): Promise<Seen<Item>> {
  return look.source.withTable(look.table, signal, async (table, run) => {
    const [shape] = await readShapes(run, { table: table.sql })
    // The name was kept from an earlier look: it is looked up again.
    if (shape === undefined) throw new Error(`table ${table.shown} has gone`)
    const tableOf: TableOf = (name) => readTable((text, values) => run(text, values ?? []), parseTableName(name))
    const sought = await look.seek(shape, table, tableOf)
    return { table, sought, met: findMeeting(sought.items, sought.demands) }
  })
}

function described<Item>(demands: readonly Demand<Item>[]): readonly string[] {
  return demands.flatMap(({ name, wanted, unspoken }) => (unspoken === true ? [] : [`  ${name}: ${wanted}`]))
}

function failure<Item>({ table, sought, met }: Seen<Item>, not: boolean, waited: string): Outcome {
  const { noun, demands, items, line } = sought
  const asked = described(demands)
  const wanted = `${not && asked.length === 0 ? 'any ' : sought.article}${noun}${asked.length === 0 ? '' : ' with'}`
  const lines = [`Expected ${table.shown} ${not ? 'not ' : ''}to have ${wanted}`, ...asked]
  if (met !== undefined) {
    const text = [...lines, `but there is${waited}`, `  ${line(met)}`].join('\n')
    return { pass: not, message: () => text }
  }
  const closest = findClosest(items, demands)
  const differing = closest === undefined ? [] : demands.filter((demand) => !demand.met(closest))
  const found =
    closest === undefined
      ? [`but it has ${items.length === 0 ? `no ${sought.plural}` : 'no such one'}${waited}`]
      : [
          `but the closest is${waited}`,
          `  ${line(closest)}`,
          ...differing.map((demand) => `  ✗ ${demand.name}: ${demand.found(closest)}, expected ${demand.wanted}`),
        ]
  const others = items.filter((item) => item !== closest)
  const heads = `${closest === undefined ? 'The' : 'Other'} ${sought.plural} of ${table.shown}:`
  const remark = sought.remark === undefined ? [] : ['', sought.remark]
  const text = [...lines, ...found, ...section(heads, others.map(line)), ...remark].join('\n')
  return { pass: not, message: () => text }
}

function timeoutOf(waiting: SchemaWaiting | undefined): number {
  return waiting?.timeout === undefined ? 0 : parseDuration(waiting.timeout, 'timeout')
}

/** Looks once, or until the deadline that was given: again after every commit, since DDL shows in the feed as well. */
async function lookUntil<Item>(look: SchemaLook<Item>, deadlineMs: number): Promise<Seen<Item>> {
  const { source, context } = look
  const waited = await waitUntil<Seen<Item> | BacklotError, LeaseCommit>({
    what: `table ${display(look.table)}`,
    evaluate: async (signal) => {
      try {
        return await lookOnce(look, signal)
      } catch (error) {
        if (isAbsent(error)) return error
        throw error
      }
    },
    holds: (seen) => !(seen instanceof BacklotError) && (seen.met !== undefined) !== context.not,
    subscribe: (listener) => source.subscribe(listener),
    deadlineMs,
    ...(source.hasFeed ? { echoesMs: [1, 5, 50, 500] } : { recheckMs: recheckWithoutFeedMs }),
  })
  if (waited.value instanceof BacklotError) throw waited.value
  return waited.value
}

/**
 * The answer of a schema matcher: whether something meets all demands.
 *
 * @throws BacklotError `BACKLOT_TABLE_NOT_FOUND`, `BACKLOT_COLUMN_NOT_FOUND` for names that are not there
 */
export async function lookForPart<Item>(look: SchemaLook<Item>): Promise<Outcome> {
  const deadlineMs = timeoutOf(look.waiting)
  const { not } = look.context
  const seen = deadlineMs === 0 ? await lookOnce(look, new AbortController().signal) : await lookUntil(look, deadlineMs)
  if ((seen.met !== undefined) !== not) return { pass: !not, message: () => '' }
  return failure(seen, not, deadlineMs === 0 ? '' : ` (waited ${formatDuration(deadlineMs)})`)
}
