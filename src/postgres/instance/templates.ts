import type { Client, Pool } from 'pg'
import type { BaselineRequest } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { type BaselineTarget, type Connection, type LeaseOptions, prefix } from '../contract.ts'
import { prepareTemplate } from '../rewind/index.ts'
import { connectionUrl, namedAfter, onDatabase, quoteName, withSession } from './admin.ts'
import { dropDatabase, endSessions, ownDatabases } from './databases.ts'
import { createGroupRoles, grantRights, type Roles } from './roles.ts'

/** Templates of other baselines that are kept, for whoever goes back and forth between branches. */
const mostTemplates = 5

/** What templates are made with. */
export interface TemplateContext {
  readonly admin: Pool
  /** Superuser, or the given user of a foreign server. */
  readonly superuser: Connection
  readonly roles: Roles
  readonly tcp: { readonly host: string; readonly port: number }
  /** Whether leases will be rewound: then the template carries what the feed needs. */
  readonly rewindable: boolean
  /** Part of every name on a server of others, see `claimTenancy`; empty on a server of Backlot's own. */
  readonly scope: string
  /** Copies that stay are made one after the other, whatever lease they are of: each takes the next number, or finds itself made. */
  readonly keepInTurn: <T>(task: () => Promise<T>) => Promise<T>
}

function templateName(context: TemplateContext, key: string): string {
  return namedAfter('t', `${context.scope}${key.slice(0, 32)}`)
}

/** Names of templates that a lease can be cloned from. */
export function templateOf(context: TemplateContext, key: string): string {
  return templateName(context, key)
}

async function createExtensions(client: Client, extensions: readonly string[]): Promise<void> {
  for (const extension of extensions) {
    try {
      await client.query(`CREATE EXTENSION IF NOT EXISTS ${quoteName(extension)} CASCADE`)
    } catch (error) {
      const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_available_extensions ORDER BY name')
      throw new BacklotError('BACKLOT_BASELINE_FAILED', `the extension "${extension}" cannot be created`, {
        hint: `this server has: ${rows.map(({ name }) => name).join(', ')}`,
        cause: error,
      })
    }
  }
}

/** An empty database with its rights and extensions, ready for migrations. */
export async function createTarget(
  context: TemplateContext,
  name: string,
  extensions: readonly string[],
): Promise<void> {
  const { admin, superuser, roles } = context
  await dropDatabase(admin, name)
  await admin.query(`CREATE DATABASE ${quoteName(name)} TEMPLATE template0 OWNER ${quoteName(roles.owner.user)}`)
  await withSession(onDatabase(superuser, name), async (client) => {
    await grantRights(client, roles, name)
    await createExtensions(client, extensions)
  })
}

async function seal(context: TemplateContext, name: string): Promise<void> {
  const { admin, superuser, rewindable } = context
  await endSessions(admin, name)
  if (rewindable) await withSession(onDatabase(superuser, name), prepareTemplate)
  await admin.query(`ALTER DATABASE ${quoteName(name)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`)
}

/** Drops the oldest templates beyond {@link mostTemplates}, and those that were never finished. */
async function prune(context: TemplateContext, keep: string): Promise<void> {
  const templates = await ownDatabases(context.admin, `${prefix}t_${context.scope}`)
  const others = templates.filter(
    ({ name, isTemplate }) => isTemplate && name !== keep && !name.startsWith(`${prefix}t_${context.scope}empty_`),
  )
  for (const { name } of others.slice(0, Math.max(0, others.length - mostTemplates))) {
    await dropDatabase(context.admin, name)
  }
}

/**
 * The template of a baseline: there already, or to be filled by the caller.
 *
 * @throws BacklotError `BACKLOT_BASELINE_FAILED` when an extension or a role is not to be had
 */
export async function requestBaseline(
  context: TemplateContext,
  key: string,
  lease: LeaseOptions,
): Promise<BaselineRequest> {
  const name = templateName(context, key)
  const existing = await ownDatabases(context.admin, name)
  if (existing.some((database) => database.name === name && database.isTemplate)) return { state: 'ready' }
  await createGroupRoles(context, lease.roles ?? [])
  await createTarget(context, name, lease.extensions)
  const { owner } = context.roles
  const target: BaselineTarget = {
    owner: { ...context.superuser, ...owner, database: name },
    url: connectionUrl({ ...context.tcp, ...owner, database: name }),
  }
  return {
    state: 'build',
    target: { ...target },
    async keep() {
      await seal(context, name)
      await prune(context, name)
    },
    discard: () => dropDatabase(context.admin, name),
  }
}
