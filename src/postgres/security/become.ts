import type { Client } from 'pg'
import { BacklotError, nearest } from '../../errors/index.ts'
import type { LeaseInfo } from '../contract.ts'
import type { HandleParts } from '../parts.ts'
import { quoteIdentifier } from '../probe/table-name.ts'
import type { Settings } from './claims.ts'

/** Backlot's own names for its roles; a role of the config's `roles` comes before them. */
export function ownRole({ info, options }: HandleParts, role: string): LeaseInfo['app'] | undefined {
  if (options.roles?.includes(role) === true) return undefined
  if (role === 'app') return info().app
  return role === 'owner' ? info().owner : undefined
}

async function notFound(client: Client, role: string): Promise<BacklotError> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname !~ '^(pg|backlot)_' AND NOT rolsuper ORDER BY 1`,
  )
  const known = ['app', 'owner', ...rows.map(({ name }) => name)]
  const near = nearest(role, known)
  const create = `to have it made before the migrations: postgres({ roles: ['${role}'] })`
  return new BacklotError('BACKLOT_USAGE', `there is no role "${role}" on this server`, {
    hint: near === undefined ? create : `did you mean '${near}'? Or ${create}`,
  })
}

interface Standing {
  /** Whether the connection is a superuser's. */
  readonly superuser: boolean
  readonly connected: string
  readonly app_member: boolean
  readonly member: boolean
}

/**
 * Statements that make the observer's connection a session under a role: of the app, switched to the role (as PostgREST does),
 * where the app is a member of it; otherwise as if the role had logged in.
 *
 * @param local true: until the end of the transaction
 * @throws BacklotError `BACKLOT_USAGE` for a role that does not exist, `BACKLOT_RIGHTS_MISSING`
 */
async function statementsFor(client: Client, parts: HandleParts, role: string, local: boolean): Promise<string> {
  const set = local ? 'SET LOCAL' : 'SET'
  const own = ownRole(parts, role)
  const { app } = parts.info()
  const { rows } = await client.query<Standing>(
    `SELECT me.rolsuper AS superuser, session_user AS connected,
       pg_catalog.pg_has_role(app.oid, r.oid, 'MEMBER') AS app_member, pg_catalog.pg_has_role(r.oid, 'MEMBER') AS member
     FROM pg_catalog.pg_roles r
     JOIN pg_catalog.pg_roles me ON me.rolname = session_user
     JOIN pg_catalog.pg_roles app ON app.rolname = $2
     WHERE r.rolname = $1`,
    [own?.user ?? role, app.user],
  )
  const [standing] = rows
  if (standing === undefined) throw await notFound(client, role)
  const { superuser, connected, app_member, member } = standing
  if (superuser) {
    const switches = own === undefined && app_member && app.user !== connected
    if (!switches) return `${set} SESSION AUTHORIZATION ${quoteIdentifier(own?.user ?? role)}`
    return `${set} SESSION AUTHORIZATION ${quoteIdentifier(app.user)}; ${set} ROLE ${quoteIdentifier(role)}`
  }
  if (member) return `${set} ROLE ${quoteIdentifier(own?.user ?? role)}`
  throw new BacklotError('BACKLOT_RIGHTS_MISSING', `${connected} may not become "${role}" on this server`, {
    hint: `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(connected)};`,
  })
}

/** Gives a session its settings. */
export async function applySettings(client: Client, settings: Settings, local: boolean): Promise<void> {
  for (const [name, value] of settings) {
    await client.query('SELECT pg_catalog.set_config($1, $2, $3)', [name, value, local])
  }
}

/** Turns the observer's connection into a session under a role, see {@link statementsFor}. */
export async function become(
  client: Client,
  parts: HandleParts,
  who: { readonly role: string; readonly settings: Settings },
  options: { readonly local: boolean },
): Promise<void> {
  await client.query(await statementsFor(client, parts, who.role, options.local))
  await applySettings(client, who.settings, options.local)
}
