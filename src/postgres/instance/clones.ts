import { type Connection, type LeaseOptions, prefix } from '../contract.ts'
import { onDatabase, uniqueName } from './admin.ts'
import { cloneDatabase, dropDatabase } from './databases.ts'
import { rollbackPrepared } from './leftovers.ts'
import { type TemplateContext, templateOf } from './templates.ts'

/** Prefix of databases that leases work in. */
export const leasePrefix: string = `${prefix}l_`

/** Measured on PostgreSQL 18 with fsync off; see ARCHITECTURE.md. */
const strategy = 'file_copy'

/** Makes and drops the databases of leases on one baseline. */
export interface Clones {
  /** A database in the state of the baseline. */
  take(): Promise<string>
  /** Drops a database, with whoever is in it and what is prepared there; resolves when it is gone. */
  drop(database: string): Promise<void>
  /** A superuser's connection to a database. */
  connection(database: string): Connection
  /** Drops what was made ahead. */
  end(): Promise<void>
}

/**
 * @param ahead how many databases are kept ready, made while tests run; 0 makes each when it is asked for
 */
export function createClones(context: TemplateContext, baseline: string, ahead: number): Clones {
  const from = templateOf(context, baseline)
  const owner = context.roles.owner.user
  const ready: Promise<string>[] = []
  let ended = false

  async function make(): Promise<string> {
    const to = uniqueName('l', context.scope)
    await cloneDatabase(context.admin, { from, to, owner, strategy })
    return to
  }

  function refill(): void {
    while (!ended && ready.length < ahead) {
      const next = make()
      next.catch(() => {})
      ready.push(next)
    }
  }

  refill()
  return {
    async take() {
      const next = ready.shift()
      refill()
      // One that could not be made ahead is tried again, so that its error reaches whoever needs it.
      return (await next?.catch(() => undefined)) ?? make()
    },
    async drop(database) {
      await rollbackPrepared(context.admin, onDatabase(context.superuser, database))
      await dropDatabase(context.admin, database)
    },
    connection: (database) => onDatabase(context.superuser, database),
    async end() {
      ended = true
      const made = await Promise.allSettled(ready.splice(0))
      await Promise.all(
        made.flatMap((result) => (result.status === 'fulfilled' ? [dropDatabase(context.admin, result.value)] : [])),
      )
    },
  }
}

/** Options under which leases are interchangeable. */
export function aheadFor(options: LeaseOptions): number {
  return options.isolation === 'clone' ? 2 : 0
}
