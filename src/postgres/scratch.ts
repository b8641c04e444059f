import { isBacklotError } from '../errors/index.ts'
import type { LeaseInfo } from './contract.ts'
import { readLeaseInfo } from './lease-info.ts'
import { type HandleParts, partsOf } from './parts.ts'
import { type DatabaseSql, openSql } from './sql.ts'

/** Options of {@link scratch}. */
export interface ScratchOptions {
  /**
   * What the database starts as. `baseline` (default): migrations and seed. `current`: also all that was committed since, by
   * `beforeAll` and by the test (isolation `rewind`). `empty`: roles and extensions alone.
   */
  readonly of?: 'baseline' | 'current' | 'empty'
}

/** A database beside the test's own, see {@link scratch}. */
export interface Scratch extends AsyncDisposable {
  /** `postgresql://` URL in the role of `connectAs`. */
  readonly url: string
  /** The same for the role that owns the schema. */
  readonly ownerUrl: string
  /** Runs SQL as the owner of the schema. */
  readonly sql: DatabaseSql
  /** Drops the database, with whoever is in it. What is not closed goes with its test, describe or file. */
  close(): Promise<void>
}

/** A scratch database with all of its coordinates. */
export interface OpenScratch extends Scratch {
  readonly info: LeaseInfo
}

/** {@link scratch} for functions that have the parts of a handle. */
export async function openScratch({ lease }: HandleParts, options: ScratchOptions = {}): Promise<OpenScratch> {
  const info = readLeaseInfo(await lease.ask('scratch', { of: options.of ?? 'baseline' }))
  const own = openSql(info.owner)
  async function close(): Promise<void> {
    await own.close()
    try {
      await lease.ask('drop-scratch', info.database)
    } catch (error) {
      // With the server the database has gone too.
      if (!isBacklotError(error, 'BACKLOT_SERVER_DIED')) throw error
    }
  }
  return { info, url: info.url, ownerUrl: info.ownerUrl, sql: own.sql, close, [Symbol.asyncDispose]: close }
}

/**
 * Opens a further database on the same server, for what must not happen in the test's own: migrations to and fro, a read
 * model rebuilt from its events, a policy taken away. Takes some 30 ms.
 *
 * @param db a Postgres service of the config
 * @throws BacklotError `BACKLOT_USAGE` for `current` under another isolation than `rewind`; `BACKLOT_REWIND_FAILED` when
 *   the test has changed the schema, so that its state cannot be made again
 *
 * @example
 * ```ts
 * await using copy = await scratch(db, { of: 'current' })
 * await copy.sql`TRUNCATE balances`
 * await rebuild(copy.url)
 * expect(await copy.sql`SELECT * FROM balances ORDER BY id`).toEqual(await db.sql`SELECT * FROM balances ORDER BY id`)
 * ```
 */
export async function scratch(db: object, options: ScratchOptions = {}): Promise<Scratch> {
  const { info, ...opened } = await openScratch(partsOf(db, 'scratch'), options)
  return opened
}
