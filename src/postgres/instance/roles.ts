import { randomBytes } from 'node:crypto'
import type { Client, Pool } from 'pg'
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
