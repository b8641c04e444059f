import { createHash } from 'node:crypto'
import type { Json } from '../../contracts/index.ts'
import { type Connection, prefix } from '../contract.ts'
import { connectionUrl, namedAfter, onDatabase } from './admin.ts'
import { cloneDatabase, type DatabaseFacts, dropDatabase, ownDatabases, whenUnused } from './databases.ts'
import { rollbackPrepared } from './leftovers.ts'
import type { TemplateContext } from './templates.ts'

const keptPrefix = ({ scope }: TemplateContext): string => `${prefix}kept_${scope}`
/** Older ones are dropped: a kept database is looked at soon or never. */
const mostKept = 10

/** The label as part of a database name: `kept` databases are opened by hand. */
function slug(label: string, length = 40): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, length)
}

/**
 * Copies a database as it is now. Its sessions are ended: a copy needs it to be at rest.
 *
 * @param failed whether the test failed: such copies are told from others by an `f` behind their number
 * @returns name of the copy
 */
export function keepDatabase(
  context: TemplateContext,
  database: string,
  label: string,
  failed: boolean,
): Promise<string> {
  const { admin, roles, scope } = context
  return context.keepInTurn(async () => {
    const kept = await ownDatabases(admin, keptPrefix(context))
    const to = namedAfter('kept', `${scope}${nextNumber(context, kept)}${failed ? 'f' : ''}_${slug(label)}`)
    await rollbackPrepared(admin, onDatabase(context.superuser, database))
    await whenUnused(admin, database, () =>
      cloneDatabase(admin, { from: database, to, owner: roles.owner.user, strategy: 'file_copy' }),
    )
    // Copies of tests that passed go first: what failed is what someone will look for.
    const oldest = [...kept].sort((a, b) => Number(isFailed(context, a.name)) - Number(isFailed(context, b.name)))
    for (const { name } of oldest.slice(0, Math.max(0, kept.length + 1 - mostKept))) await dropDatabase(admin, name)
    return to
  })
}

function nextNumber(context: TemplateContext, kept: readonly DatabaseFacts[]): string {
  const numbers = kept.map(({ name }) => Number.parseInt(name.slice(keptPrefix(context).length), 10) || 0)
  return String(Math.max(0, ...numbers) + 1).padStart(3, '0')
}

function isFailed(context: TemplateContext, name: string): boolean {
  return /^\d+f_/.test(name.slice(keptPrefix(context).length))
}

/** A database that was kept, with how to reach it. */
export type KeptDatabase = {
  readonly name: string
  /** Whether its test failed. */
  readonly failed: boolean
  readonly url: string
  readonly connection: Connection
}

/** Kept databases, newest last. */
export async function listKept(context: TemplateContext): Promise<readonly KeptDatabase[]> {
  const { admin, roles, superuser, tcp } = context
  const kept = await ownDatabases(admin, keptPrefix(context))
  return kept.map(({ name }) => ({
    name,
    failed: isFailed(context, name),
    url: connectionUrl({ ...tcp, ...roles.owner, database: name }),
    connection: onDatabase({ ...superuser, ...roles.owner }, name),
  }))
}

/** A database for work by hand (`backlot up`, `backlot psql`): made once for each service from each baseline, never rewound. */
export function developmentDatabase(context: TemplateContext, service: string, from: string): Promise<string> {
  const hash = createHash('sha256').update(`${service} ${from}`).digest('hex').slice(0, 16)
  const name = namedAfter('dev', `${context.scope}${slug(service, 20)}_${hash}`)
  return context.keepInTurn(async () => {
    const existing = await ownDatabases(context.admin, name)
    if (existing.length === 0) {
      await cloneDatabase(context.admin, { from, to: name, owner: context.roles.owner.user, strategy: 'file_copy' })
    }
    return name
  })
}

/** What `Instance.ask` answers to `kept`. */
export async function keptAnswer(context: TemplateContext): Promise<Json> {
  return (await listKept(context)).map((kept) => ({ ...kept }))
}
