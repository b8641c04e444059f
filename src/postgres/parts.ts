import type { LeaseClient, ServiceContext } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import type { LeaseInfo } from './contract.ts'
import type { PostgresOptions } from './options.ts'
import type { ProbeSource } from './probe/source.ts'
import type { WrittenTableName } from './probe/table-name.ts'

/** What lies behind a handle, for functions that stand on one: `interleave(db, ...)`, `migrations(db)`. */
export interface HandleParts {
  /** Coordinates of the lease's database; another after the lease has moved. */
  readonly info: () => LeaseInfo
  readonly lease: LeaseClient
  readonly source: ProbeSource
  readonly options: PostgresOptions
  readonly context: ServiceContext
}

/** What lies behind a table's probe. */
export interface TableParts extends HandleParts {
  readonly table: WrittenTableName
}

/** A registered symbol, so that two copies of the package know each other's handles. */
const parts: unique symbol = Symbol.for('backlot.postgres.parts')

/** Puts what lies behind a handle or probe on it, where nobody meets it by looking. */
export function attachParts<Value extends object>(value: Value, attached: HandleParts | TableParts): Value {
  return Object.defineProperty(value, parts, { value: attached })
}

function read(value: unknown): HandleParts | TableParts | undefined {
  return typeof value === 'object' && value !== null ? Reflect.get(value, parts) : undefined
}

/**
 * What lies behind a handle.
 *
 * @param caller how the user wrote the call, for the message: `interleave`
 * @throws BacklotError `BACKLOT_USAGE` for anything else
 */
export function partsOf(handle: unknown, caller: string): HandleParts {
  const found = read(handle)
  if (found !== undefined && !('table' in found)) return found
  throw new BacklotError('BACKLOT_USAGE', `${caller} needs a Postgres service of the config`, {
    hint: `hand it the fixture: test('...', async ({ db }) => { ${caller}(db) })`,
  })
}

/**
 * What lies behind a table's probe.
 *
 * @param caller how the user wrote the call, for the message: `appendOnly`
 * @throws BacklotError `BACKLOT_USAGE` for anything else
 */
export function partsOfTable(probe: unknown, caller: string): TableParts {
  const found = read(probe)
  if (found !== undefined && 'table' in found) return found
  throw new BacklotError('BACKLOT_USAGE', `${caller} needs a table to look at`, {
    hint: `for example ${caller}(db.table('users'))`,
  })
}
