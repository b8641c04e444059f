import type { LeaseClient } from '../../contracts/index.ts'
import { lazyClient, printingOptions } from '../client.ts'
import { noChanges, ownApplicationName } from '../contract.ts'
import type { PostgresHandle } from '../handle.ts'
import { tableProbe } from '../matchers/table.ts'
import { attachParts, type HandleParts } from '../parts.ts'
import { probeSource } from '../probe/source.ts'
import { openScratch, type ScratchOptions } from '../scratch.ts'
import { createRoleSessions } from './role-sessions.ts'

/** A copy of a test's database, with what a test has on the database itself. */
export type DatabaseCopy<Database> = Pick<PostgresHandle<Database>, 'url' | 'ownerUrl' | 'sql' | 'as' | 'table'>

/** A copy with what its maker needs. */
export interface OpenCopy<Database> {
  readonly copy: DatabaseCopy<Database>
  readonly parts: HandleParts
  close(): Promise<void>
}

/** Nobody tells of commits on a copy: probes look again by themselves. */
function quietLease(lease: LeaseClient, info: LeaseClient['info']): LeaseClient {
  return {
    id: lease.id,
    info,
    onCommit: () => () => {},
    ask: (question, args) => (question === 'changes' ? Promise.resolve(noChanges) : lease.ask(question, args)),
    inFlight: async () => [],
    others: async () => [],
  }
}

/** Makes a copy of a test's database. */
export async function openCopy<Database>(of: HandleParts, options: ScratchOptions): Promise<OpenCopy<Database>> {
  const scratch = await openScratch(of, options)
  const lease = quietLease(of.lease, scratch.info)
  const observer = lazyClient(scratch.info.observer, {
    applicationName: `${ownApplicationName}probe`,
    options: printingOptions,
  })
  const source = probeSource(observer, lease, false)
  const parts: HandleParts = { ...of, info: () => scratch.info, lease, source }
  const sessions = createRoleSessions(parts)
  const copy = attachParts<DatabaseCopy<Database>>(
    {
      url: scratch.url,
      ownerUrl: scratch.ownerUrl,
      sql: scratch.sql,
      as: (role, asOptions) => sessions.as(role, asOptions),
      table: (name) => attachParts(tableProbe(source, name), { ...parts, table: name }),
    },
    parts,
  )
  return {
    copy,
    parts,
    async close() {
      await Promise.all([sessions.close(), observer.close()])
      await scratch.close()
    },
  }
}
