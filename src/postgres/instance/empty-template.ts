import { createHash } from 'node:crypto'
import { namedAfter, quoteName } from './admin.ts'
import { cloneDatabase, endSessions, ownDatabases } from './databases.ts'
import { createTarget, type TemplateContext } from './templates.ts'

/** A sealed database with rights and extensions alone, made when it is first asked for. */
async function emptyTemplate(context: TemplateContext, extensions: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(extensions)).digest('hex').slice(0, 16)
  const name = namedAfter('t', `${context.scope}empty_${hash}`)
  const existing = await ownDatabases(context.admin, name)
  if (existing.some((database) => database.name === name && database.isTemplate)) return name
  await createTarget(context, name, extensions)
  await endSessions(context.admin, name)
  await context.admin.query(`ALTER DATABASE ${quoteName(name)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`)
  return name
}

/** Makes a database with rights and extensions alone. A copy takes a quarter of the time that making them anew does. */
export async function cloneEmpty(context: TemplateContext, extensions: readonly string[], to: string): Promise<void> {
  const from = await context.keepInTurn(() => emptyTemplate(context, extensions))
  const owner = context.roles.owner.user
  await cloneDatabase(context.admin, { from, to, owner, strategy: 'file_copy' })
}
