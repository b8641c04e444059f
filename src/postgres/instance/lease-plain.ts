import type { Isolation, Lease } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { answerLease, type LeaseParts } from './lease-parts.ts'
import { findLeftovers, inFlight } from './leftovers.ts'
import { createListeners } from './listeners.ts'

/**
 * A lease on which the server has nothing to undo: with `transaction` the session that the suite uses rolls itself back,
 * with `none` nobody does. The next worker gets a fresh database in both.
 */
export async function openPlainLease(parts: LeaseParts, isolation: Isolation): Promise<Lease> {
  const { admin, clones } = parts
  const ending = createListeners<[], Promise<void>>()
  let database = await clones.take()
  let depth = 0
  return {
    info: () => parts.infoFor(database),
    async push() {
      depth += 1
      return []
    },
    async pop() {
      const began = performance.now()
      depth -= 1
      // With `transaction` the suite's one open transaction is how it works, and no leak.
      const leaks = isolation === 'transaction' ? [] : await findLeftovers(admin, database)
      return { how: 'kept', rows: 0, ms: performance.now() - began, leaks }
    },
    depth: () => depth,
    inFlight: async () => (isolation === 'transaction' ? [] : inFlight(admin, database)),
    async ask(question, args) {
      if (question !== 'keep' || isolation !== 'transaction') return answerLease(parts, database, question, args)
      throw new BacklotError('BACKLOT_USAGE', 'isolation transaction commits nothing, so there is nothing to keep', {
        hint: "use isolation 'rewind' for this file to keep what a test left",
      })
    },
    onCommit: () => () => {},
    onSessionsEnding: (listener) => ending.add(listener),
    async recycle() {
      depth = 0
      const old = database
      database = await clones.take()
      await clones.drop(old)
      return true
    },
    async end() {
      await clones.drop(database)
      await clones.end()
    },
  }
}
