import type { Lease } from '../../contracts/index.ts'
import { uniqueName } from './admin.ts'
import { cloneDatabase, whenUnused } from './databases.ts'
import { answerLease, type LeaseParts } from './lease-parts.ts'
import { findLeftovers, inFlight, rollbackPrepared } from './leftovers.ts'
import { createListeners } from './listeners.ts'

/**
 * A lease that gets a fresh database at every return. The state at a mark is a database put aside (what `beforeAll` wrote
 * is in no baseline), or the baseline itself where nothing came in between.
 */
export async function openCloneLease(parts: LeaseParts): Promise<Lease> {
  const { admin, clones, context } = parts
  const ending = createListeners<[], Promise<void>>()
  let database = await clones.take()
  /** What to copy on return to each mark; undefined is the baseline. */
  const marks: (string | undefined)[] = []
  /** The same for the state that was last returned to: what the next test of a suite starts from. */
  let standing: string | undefined
  const aside = new Set<string>()

  async function copy(from: string): Promise<string> {
    const to = uniqueName('l', context.scope)
    await cloneDatabase(admin, { from, to, owner: context.roles.owner.user, strategy: 'file_copy' })
    return to
  }

  async function putAside(): Promise<string> {
    await Promise.all(ending.call())
    await rollbackPrepared(admin, clones.connection(database))
    const name = await whenUnused(admin, database, () => copy(database))
    aside.add(name)
    return name
  }

  async function returnTo(source: string | undefined): Promise<void> {
    const old = database
    await Promise.all(ending.call())
    database = source === undefined ? await clones.take() : await copy(source)
    await clones.drop(old)
    standing = source
    for (const name of aside) {
      if (name === source || marks.includes(name)) continue
      aside.delete(name)
      await clones.drop(name)
    }
  }

  return {
    info: () => parts.infoFor(database),
    async push(_label, before) {
      // At the outermost mark the database has just come from the baseline.
      const fresh = marks.length === 0
      if (before === 'setup' && !fresh) standing = await putAside()
      marks.push(standing)
      return []
    },
    async pop() {
      const began = performance.now()
      const leaks = await findLeftovers(admin, database)
      await returnTo(marks.pop())
      return { how: 'replaced', rows: 0, ms: performance.now() - began, leaks, info: parts.infoFor(database) }
    },
    depth: () => marks.length,
    inFlight: () => inFlight(admin, database),
    ask: (question, args) => answerLease(parts, database, question, args),
    // There is no feed without a slot; probes look again by themselves.
    onCommit: () => () => {},
    onSessionsEnding: (listener) => ending.add(listener),
    async recycle() {
      marks.length = 0
      await returnTo(undefined)
      return true
    },
    async end() {
      for (const name of [database, ...aside]) await clones.drop(name)
      await clones.end()
    },
  }
}
