import type { Persistence } from '../../src/domain/repositories.ts'
import { createPostgresPersistence } from '../../src/persistence/postgres.ts'

let kept: { readonly url: string; readonly persistence: Persistence } | undefined

/**
 * The real persistence, with connections that stay open from one env of this worker to the next: to connect, and to run
 * each statement for the first time, costs more than most tests do. When the database is another one, they move there.
 */
export function keptPersistence(url: string): Persistence {
  if (kept?.url !== url) {
    kept?.persistence.close().catch(() => undefined)
    kept = { url, persistence: createPostgresPersistence({ url }) }
  }
  return kept.persistence
}
