import { BacklotError } from '../errors/index.ts'
import { count } from '../expect/index.ts'
import type { LeaseChanges, RowChange } from './contract.ts'

/** Options of `db.changes`. */
export interface ChangesOptions {
  /** True: content with the first changes where there are more than are kept. Default: false, which fails there. */
  readonly partial?: boolean
}

/** What a test changed; `omitted` is how many changes came after these and are not listed, 0 without `partial`. */
export type RowChanges = readonly RowChange[] & { readonly omitted: number }

/** How many changes are not listed. */
export function omittedChanges(omitted: LeaseChanges['omitted']): number {
  return Object.values(omitted).reduce((sum, changes) => sum + changes, 0)
}

/**
 * The changes as `db.changes()` gives them.
 *
 * @throws BacklotError `BACKLOT_USAGE` where some are not listed, unless `partial`
 */
export function readRowChanges(changes: LeaseChanges, { partial = false }: ChangesOptions = {}): RowChanges {
  const { listed } = changes
  const omitted = omittedChanges(changes.omitted)
  if (omitted > 0 && !partial) {
    const where = Object.entries(changes.omitted).map(([table, more]) => `${more} in ${table}`)
    throw new BacklotError(
      'BACKLOT_USAGE',
      `the test made ${count(listed.length + omitted, 'change')}, of which changes() can list the first ${listed.length}`,
      {
        hint: 'assert on tables, as in expect(db.table(...)).toHaveCount(...), write large data in beforeAll, or take the first: changes({ partial: true })',
        details: `  not listed: ${where.join(', ')}`,
      },
    )
  }
  // Not enumerable, so that the changes equal a plain array of the same changes.
  return Object.defineProperty([...listed], 'omitted', { value: omitted }) as RowChange[] & { omitted: number }
}
