import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { type Probe, probeMatchers } from '../../contracts/index.ts'
import type { ProbeSource } from '../probe/source.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import type { OrderBy, RowPattern } from '../row-types.ts'
import { type SchemaMatchers, schemaMatchers } from '../schema/matchers.ts'
import { hasCount, readCounting } from './has-count.ts'
import { hasRow } from './has-row.ts'
import { hasRows } from './has-rows.ts'
import { readWaiting, type WaitingOptions } from './wait-options.ts'

/** Options of `toHaveRows`. */
export interface HaveRowsOptions<Row> extends WaitingOptions {
  /** True: the table has these rows and no others. Default: false. */
  readonly exact?: boolean
  /** The rows come in this order when the table is sorted by these columns: `'created_at desc'`. Default: any order. */
  readonly order?: OrderBy<Row> | readonly OrderBy<Row>[]
}

/**
 * What can be asserted on a table. Every matcher looks at once, then again after each commit that touched the table, until its
 * deadline. `.not`, `toHaveCount(0)` and `toBeEmpty` wait until nothing is in flight, so that an absence is proven.
 */
export interface TableMatchers<Row> {
  /** Some row holds these values in these columns; other columns do not matter. */
  toHaveRow(context: MatcherContext, columns: RowPattern<Row>, options?: WaitingOptions): Promise<Outcome>
  /** Each of these has a row of its own. Negated: not all of them have. */
  toHaveRows(
    context: MatcherContext,
    rows: readonly RowPattern<Row>[],
    options?: HaveRowsOptions<Row>,
  ): Promise<Outcome>
  /** The table has so many rows, or so many with these columns. */
  toHaveCount(
    context: MatcherContext,
    rows: number,
    where?: RowPattern<Row>,
    options?: WaitingOptions,
  ): Promise<Outcome>
  /** The table has no rows. */
  toBeEmpty(context: MatcherContext, options?: WaitingOptions): Promise<Outcome>
}

/** A table to assert on. */
export type TableProbe<Row = Readonly<Record<string, unknown>>> = Probe<TableMatchers<Row> & SchemaMatchers<Row>>

/** Makes the probe of a table; nothing is looked at yet. */
export function tableProbe<Row>(source: ProbeSource, name: WrittenTableName): TableProbe<Row> {
  const matchers: TableMatchers<Row> & SchemaMatchers<Row> = {
    ...schemaMatchers<Row>(source, name),
    toHaveRow: async (context, columns, options) => hasRow(source, name, context, columns, options),
    toHaveRows: async (context, rows, options) => hasRows(source, name, context, rows, options),
    toHaveCount: async (context, rows, where, options) => {
      const waiting = readWaiting(context, 'toHaveCount', options)
      return hasCount(source, context, { table: name, ...readCounting(rows, where), waiting })
    },
    toBeEmpty: async (context, options) => {
      const waiting = readWaiting(context, 'toBeEmpty', options)
      return hasCount(source, context, { table: name, expected: 0, where: {}, waiting })
    },
  }
  const shown = typeof name === 'string' ? `'${name}'` : `['${name.join("', '")}']`
  return { [probeMatchers]: matchers, toString: () => `db.table(${shown})` }
}
