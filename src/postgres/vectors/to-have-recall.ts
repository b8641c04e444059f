import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { count, display, section } from '../../expect/index.ts'
import { ending, fails, stands } from '../matchers/failure.ts'
import { readWaiting, type WaitingOptions } from '../matchers/wait-options.ts'
import { watch } from '../matchers/watch.ts'
import type { Table } from '../probe/catalog.ts'
import { shownVector, vectorColumn, type WrittenVector, writeVector } from './query-vector.ts'
import { openSearcher, type Searcher } from './search.ts'
import type { VectorSearch } from './to-be-nearest.ts'

interface QueryRecall {
  readonly query: WrittenVector
  /** Share of the exact neighbours that the index found too; of those that are as near as the last, any will do. */
  readonly recall: number
}

interface Look {
  readonly queries: readonly QueryRecall[]
  readonly recall: number
  readonly indexes: readonly string[]
}

/** Distances are computed in single precision. */
const asNear = 1e-6

function readArguments(most: unknown, least: unknown, queries: unknown): readonly unknown[] {
  const invalid = (what: string): BacklotError =>
    new BacklotError('BACKLOT_USAGE', what, { hint: 'for example toHaveRecall(10, 0.95, [[0.1, 0.2], [0.3, 0.4]])' })
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1) {
    throw invalid(`toHaveRecall takes first how many are searched for, not ${display(most)}`)
  }
  if (typeof least !== 'number' || !(least > 0 && least <= 1)) {
    throw invalid(`toHaveRecall takes second the least share to be found, above 0 and up to 1, not ${display(least)}`)
  }
  if (!Array.isArray(queries) || queries.length === 0) {
    throw invalid(`toHaveRecall takes third the vectors to search by, not ${display(queries)}`)
  }
  return queries
}

async function lookAt(
  searcher: Searcher,
  table: Table,
  { column, distance }: VectorSearch,
  given: readonly unknown[],
  most: number,
): Promise<Look> {
  const vector = vectorColumn(table, column, distance)
  const indexes = new Set<string>()
  const queries: QueryRecall[] = []
  for (const one of given) {
    const query = writeVector(vector, one)
    const exact = await searcher.search('exact', table, vector, query, most)
    const byIndex = await searcher.search('by index', table, vector, query, most)
    for (const index of byIndex.indexes) indexes.add(index)
    const last = exact.neighbours.at(-1)?.distance ?? 0
    const hits = byIndex.neighbours.filter((found) => found.distance <= last + asNear * Math.max(1, Math.abs(last)))
    queries.push({ query, recall: exact.neighbours.length === 0 ? 0 : hits.length / exact.neighbours.length })
  }
  const recall = queries.reduce((sum, one) => sum + one.recall, 0) / queries.length
  return { queries, recall, indexes: [...indexes] }
}

const shown = (share: number): string => String(Number(share.toFixed(4)))

/** `toHaveRecall`: an index finds so much of what a search through all rows finds. */
export async function toHaveRecall(
  search: VectorSearch,
  context: MatcherContext,
  most: number,
  least: number,
  queries: unknown,
  options: WaitingOptions = {},
): Promise<Outcome> {
  const { not } = context
  const { parts } = search
  const waiting = readWaiting(context, 'toHaveRecall', options)
  const given = readArguments(most, least, queries)
  const searcher = openSearcher(parts, search.settings)
  try {
    const watched = await watch<Look>(parts.source, {
      table: parts.table,
      look: (table) => lookAt(searcher, table, search, given, most),
      holds: ({ recall, indexes }) => indexes.length > 0 && recall >= least !== not,
      prove: not,
      waiting,
    })
    if (watched.held) return stands(not)
    const { table, value } = watched
    const { recall, indexes } = value
    const over = `of the ${most} nearest in ${table.shown} by ${search.distance} of ${search.column}, over ${count(value.queries.length, 'query').replace('querys', 'queries')}`
    if (indexes.length === 0) {
      throw new BacklotError(
        'BACKLOT_USAGE',
        `no index serves a search in ${table.shown} by ${search.distance} of ${search.column}, so there is no recall to tell`,
        {
          hint: `CREATE INDEX ON ${table.sql} USING hnsw (${search.column} ...) with the operator class of ${search.distance}`,
        },
      )
    }
    const through = `by ${indexes.join(', ')}`
    const worst = value.queries
      .filter((one) => one.recall < 1)
      .toSorted((a, b) => a.recall - b.recall)
      .map((one) => `${shown(one.recall)} for ${shownVector(one.query)}`)
    const wanted = not ? `Expected a recall below ${least}` : `Expected a recall of at least ${least}`
    const hint = not
      ? []
      : [
          '',
          'Found more: a higher hnsw.ef_search or ivfflat.probes, as in vectors(table, { settings: { ... } }) and in the app.',
        ]
    return await fails(
      not,
      parts.source,
      watched,
      [],
      [
        `${wanted} ${over}`,
        ...ending(
          watched,
          waiting,
          `it is ${shown(recall)} ${through}`,
          `it was ${shown(watched.wanted?.recall ?? recall)}`,
        ),
        ...section('Least was found:', worst, 5),
        ...hint,
      ],
    )
  } finally {
    await searcher.close()
  }
}
