import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../../contracts/index.ts'
import { BacklotError, nearest } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import type { TableProbe } from '../matchers/table.ts'
import type { WaitingOptions } from '../matchers/wait-options.ts'
import { partsOfTable } from '../parts.ts'
import type { RowPattern } from '../row-types.ts'
import { type Claims, readClaims } from '../security/claims.ts'
import { requireOwnSessions } from '../security/rehearsal.ts'
import { distances, type QueryVector, type VectorDistance } from './query-vector.ts'
import { type NearestOptions, toBeNearest, type VectorSearch } from './to-be-nearest.ts'
import { toHaveRecall } from './to-have-recall.ts'

/** What is searched. */
export interface VectorsOptions<Row> {
  /** The column with the vectors. */
  readonly column: keyof Row & string
  /** What is near. Default: `cosine`. */
  readonly distance?: VectorDistance
  /** Settings of the session that searches: `{ 'hnsw.ef_search': 100 }`. Default: none. */
  readonly settings?: Claims
}

/** What can be asserted on a column of vectors. */
export interface VectorMatchers<Row> {
  /** These rows are the nearest to a vector, in this order; rows that are equally near may change places. */
  toBeNearest(
    context: MatcherContext,
    query: QueryVector,
    rows: readonly RowPattern<Row>[],
    options?: NearestOptions,
  ): Promise<Outcome>
  /**
   * A search by an index finds at least this share of the nearest that a search through all rows finds, on average.
   *
   * @param most how many are searched for
   * @param least the share, above 0 and up to 1
   */
  toHaveRecall(
    context: MatcherContext,
    most: number,
    least: number,
    queries: readonly QueryVector[],
    options?: WaitingOptions,
  ): Promise<Outcome>
}

/** A column of vectors to assert on. */
export type Vectors<Row = Readonly<Record<string, unknown>>> = Probe<VectorMatchers<Row>>

/**
 * A column of vectors (pgvector) to search in. Matchers look at once, then again after each commit to the table.
 *
 * @throws BacklotError `BACKLOT_USAGE` for another distance, under isolation `transaction`, and by the matchers for a column without
 *   vectors, an index that does not exist or a recall without an index; by the matchers `BACKLOT_COLUMN_NOT_FOUND`, and
 *   `BACKLOT_VALUE_INVALID` for a vector of other dimensions
 * @example
 * ```ts
 * const skills = vectors(db.table('skills'), { column: 'embedding', distance: 'cosine' })
 * await expect(skills).toBeNearest([0.1, 0.9], [{ name: 'Python' }, { name: 'Go' }], { distances: [0, 0.12], within: 1e-2 })
 * await expect(skills).toBeNearest([0.1, 0.9], [{ name: 'Python' }], { using: 'skills_embedding' })
 * await expect(skills).toHaveRecall(10, 0.95, queries)
 * ```
 */
export function vectors<Row>(table: TableProbe<Row>, options: VectorsOptions<Row>): Vectors<Row> {
  const parts = partsOfTable(table, 'vectors')
  requireOwnSessions(parts, 'vectors')
  const { column, distance = 'cosine', settings } = options ?? {}
  if (typeof column !== 'string' || column === '') {
    throw new BacklotError('BACKLOT_USAGE', `vectors needs a column, not ${display(column)}`, {
      hint: "for example vectors(db.table('skills'), { column: 'embedding' })",
    })
  }
  if (!distances.includes(distance)) {
    const near = nearest(String(distance), distances)
    throw new BacklotError('BACKLOT_USAGE', `there is no distance ${display(distance)}`, {
      hint: near === undefined ? `the distances are: ${distances.join(', ')}` : `did you mean '${near}'?`,
    })
  }
  const search: VectorSearch = { parts, column, distance, settings: readClaims(settings) }
  return {
    [probeMatchers]: {
      toBeNearest: (context, query, rows, given) => toBeNearest(search, context, query, rows, given),
      toHaveRecall: (context, most, least, queries, given) =>
        toHaveRecall(search, context, most, least, queries, given),
    },
    toString: () => `vectors(${table}, { column: '${column}' })`,
  }
}
