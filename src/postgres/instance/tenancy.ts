import { randomInt } from 'node:crypto'
import type { Client, Pool } from 'pg'
import { type Connection, prefix } from '../contract.ts'
import { openSession } from '../feed/index.ts'
import { onDatabase, quoteName } from './admin.ts'
import { dropDatabase } from './databases.ts'
import { rollbackPrepared } from './leftovers.ts'

/** First key of the advisory locks that supervisors hold: "bklt" in ASCII. */
const lockClass = 0x626b6c74

/** What this supervisor may call its own on a server of others. */
export interface Tenancy {
  /** Part of the name of everything that it makes: `1f3a09bc_`. */
  readonly scope: string
  /** Drops all that it made, then gives up the claim. */
  leave(): Promise<void>
}

/** Names that this room makes: leases, templates, kept and development databases, rewinds, roles; then the scope. */
const scopedName = new RegExp(`^${prefix}(?:l|t|kept|dev|r|owner|app)_([0-9a-f]{8})_.`)

/** The scope in a name of ours; undefined when it has none. */
function scopeOf(name: string): string | undefined {
  return scopedName.exec(name)?.[1]
}

async function claimScope(client: Client, scope: number): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1::int, $2::int)', [lockClass, scope])
}

/** Scopes whose supervisors live: their sessions hold the lock, in whichever database they came in. */
async function livingScopes(admin: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query<{ scope: string }>(
    `SELECT lpad(to_hex(objid::bigint), 8, '0') AS scope FROM pg_locks
     WHERE locktype = 'advisory' AND classid = $1::bigint::oid AND objsubid = 2`,
    [lockClass],
  )
  return new Set(rows.map(({ scope }) => scope))
}

/** Names of a catalog that start with our prefix and carry a scope. */
async function scoped(admin: Pool, catalog: string, column: string): Promise<{ name: string; scope: string }[]> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT ${column} AS name FROM ${catalog} WHERE starts_with(${column}, $1)`,
    [prefix],
  )
  return rows.flatMap(({ name }) => {
    const scope = scopeOf(name)
    return scope === undefined ? [] : [{ name, scope }]
  })
}

/** Drops everything whose scope is condemned: databases first, since they hold on to the roles. */
async function drop(admin: Pool, superuser: Connection, condemned: (scope: string) => boolean): Promise<void> {
  const of = async (catalog: string, column: string): Promise<readonly string[]> =>
    (await scoped(admin, catalog, column)).filter(({ scope }) => condemned(scope)).map(({ name }) => name)
  // What somebody else's right protects stays: they can drop it, we cannot.
  for (const name of await of('pg_database', 'datname')) {
    await rollbackPrepared(admin, onDatabase(superuser, name)).catch(() => {})
    await dropDatabase(admin, name).catch(() => {})
  }
  for (const name of await of('pg_replication_origin', 'roname').catch(() => [])) {
    await admin.query('SELECT pg_replication_origin_drop($1)', [name]).catch(() => {})
  }
  for (const name of await of('pg_roles', 'rolname')) {
    await admin.query(`DROP ROLE IF EXISTS ${quoteName(name)}`).catch(() => {})
  }
}

/**
 * Claims a scope on a server of others, and drops what supervisors that have died left there. A supervisor lives as long
 * as its session holds an advisory lock on its scope, so that machines which share a server never touch each other's.
 *
 * @param superuser the user that was given; with fewer rights less is dropped
 */
export async function claimTenancy(admin: Pool, superuser: Connection): Promise<Tenancy> {
  const number = randomInt(1, 2 ** 31 - 1)
  const scope = number.toString(16).padStart(8, '0')
  let left = false
  let client = await hold()

  async function hold(): Promise<Client> {
    const session = await openSession(superuser, { purpose: 'claim' })
    await claimScope(session, number)
    // A connection that breaks is no end of the supervisor.
    session.on('end', () => {
      if (left) return
      hold().then(
        (next) => {
          client = next
        },
        () => {},
      )
    })
    return session
  }

  const living = await livingScopes(admin)
  await drop(admin, superuser, (found) => !living.has(found))
  return {
    scope: `${scope}_`,
    async leave() {
      await drop(admin, superuser, (found) => found === scope)
      left = true
      await client.end().catch(() => {})
    },
  }
}
