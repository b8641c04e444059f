import type { Persistence, Repositories } from '../../../src/domain/repositories.ts'
import { createMemoryInviteRepository } from './invites.ts'
import { createMemoryOAuthSessionRepository, createMemorySessionRepository } from './sessions.ts'
import { applyChanges, copyTables, emptyTables, type Tables } from './tables.ts'
import { createMemoryIdentityRepository, createMemoryUserRepository } from './users.ts'

/** Keeps talk's data in memory, for unit tests. Transactions run one after the other; nobody sees one before its end. */
export function createMemoryPersistence(): Persistence {
  const live = emptyTables()
  let last: Promise<unknown> = Promise.resolve()
  return {
    repositories: repositoriesOn(live),
    transaction: (work) => {
      const run = last.then(async () => {
        const base = copyTables(live)
        const own = copyTables(base)
        const result = await work(repositoriesOn(own))
        applyChanges(live, base, own)
        return result
      })
      last = run.catch(() => undefined)
      return run
    },
    ping: async () => undefined,
    close: async () => undefined,
  }
}

function repositoriesOn(tables: Tables): Repositories {
  return {
    users: createMemoryUserRepository(tables),
    identities: createMemoryIdentityRepository(tables),
    invites: createMemoryInviteRepository(tables),
    sessions: createMemorySessionRepository(tables),
    oauthSessions: createMemoryOAuthSessionRepository(tables),
  }
}
