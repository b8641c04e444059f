import { randomBytes } from 'node:crypto'
import type { Client, Pool, PoolClient } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'
import { quoteName, quoteText, uniqueName } from './admin.ts'

interface Login {
  readonly user: string
  readonly password: string
}

/** The three roles of a server: who owns the schema, who the app is, who looks. */
export interface Roles {
  /** Owns every database and runs the migrations; no superuser. */
  readonly owner: Login
  /** Rights on the data alone, so that permissions and row-level security bite as in production. */
  readonly app: Login
  /** Backlot's own eyes. */
  readonly observer: Login
}

function login(user: string): Login {
  return { user, password: randomBytes(18).toString('base64url') }
}

/**
 * Makes the roles of a server.
 *
 * @param admin sessions that may create roles
 * @param superuser whose eyes the observer has
 * @param scope part of their names on a server that others use too; empty on a server of Backlot's own
 */
export async function createRoles(admin: Pool, superuser: Connection, scope: string): Promise<Roles> {
  const owner = login(scope === '' ? 'backlot_owner' : uniqueName('owner', scope))
  const app = login(scope === '' ? 'backlot_app' : uniqueName('app', scope))
  for (const role of [owner, app]) {
    await admin.query(
      `CREATE ROLE ${quoteName(role.user)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${quoteText(role.password)}`,
    )
  }
  // A superuser needs no membership; who is none must be one of the owners to give databases to them.
  await admin.query(`GRANT ${quoteName(owner.user)} TO CURRENT_USER`)
  return { owner, app, observer: { user: superuser.user, password: superuser.password } }
}

/** One role for all, where the server lets Backlot make no others. */
export function singleRole({ user, password }: Connection): Roles {
  const only = { user, password }
  return { owner: only, app: only, observer: only }
}

/** SQLSTATEs of a GRANT that this server does not let the given user do, or whose words it does not know (before 16). */
const cannotGrant = new Set(['42501', '42601'])

/** Key of the advisory lock under which group roles are made: roles belong to the server, baselines are built side by side. */
const groupRolesLock = 0x626b6772

/** Lets the app and the owner become a role, without having its rights until they do. */
async function grantMembership(client: PoolClient, { owner, app }: Roles, role: string): Promise<void> {
  for (const { user } of [owner, app]) {
    await client.query(`GRANT ${quoteName(role)} TO ${quoteName(user)} WITH INHERIT FALSE, SET TRUE`)
  }
}

async function findMissing(client: PoolClient, names: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)',
    [names],
  )
  const known = new Set(rows.map(({ name }) => name))
  return names.filter((name) => !known.has(name))
}

/**
 * Makes the roles that the config names, which migrations grant to. On a server of others they are not Backlot's to make.
 *
 * @throws BacklotError `BACKLOT_BASELINE_FAILED` when one does not exist on a server of others
 */
export async function createGroupRoles(
  { admin, roles, scope }: { readonly admin: Pool; readonly roles: Roles; readonly scope: string },
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  const client = await admin.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [groupRolesLock])
    const missing = await findMissing(client, names)
    if (scope !== '' && missing.length > 0) {
      const shown = missing.map((name) => `"${name}"`).join(', ')
      throw new BacklotError(
        'BACKLOT_BASELINE_FAILED',
        `the ${missing.length === 1 ? 'role' : 'roles'} ${shown} of option roles ${missing.length === 1 ? 'does' : 'do'} not exist on this server`,
        { hint: missing.map((name) => `CREATE ROLE ${quoteName(name)} NOLOGIN;`).join(' ') },
      )
    }
    for (const name of missing) await client.query(`CREATE ROLE ${quoteName(name)} NOLOGIN`)
    if (roles.owner.user === roles.app.user) return
    for (const name of names) {
      await grantMembership(client, roles, name).catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        // What the given user may not grant, `db.as` does without.
        if (scope === '' || !cannotGrant.has(code)) throw error
      })
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [groupRolesLock]).catch(() => {})
    client.release()
  }
}

/**
 * Gives the app its rights before the first migration runs, as default privileges: so a migration can take a right away
 * again, and that stays.
 *
 * @param client a session of a superuser, or of a member of the owner, on the database
 */
export async function grantRights(client: Client, roles: Roles, database: string): Promise<void> {
  if (roles.owner.user === roles.app.user) return
  const owner = quoteName(roles.owner.user)
  const app = quoteName(roles.app.user)
  await client.query(`
    REVOKE CONNECT, TEMPORARY ON DATABASE ${quoteName(database)} FROM PUBLIC;
    GRANT CONNECT, TEMPORARY ON DATABASE ${quoteName(database)} TO ${app}, ${owner};
    GRANT USAGE ON SCHEMA public TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE ON SCHEMAS TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE, SELECT ON SEQUENCES TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT EXECUTE ON FUNCTIONS TO ${app};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE ON TYPES TO ${app}`)
}
