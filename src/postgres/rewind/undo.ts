import type { Client } from 'pg'
import type { Catalog } from './catalog.ts'
import type { Work } from './statements.ts'
import { statements } from './statements.ts'
import { mismatch } from './templates.ts'

/** How an undo ended. After anything but `done` the database is as it was before. */
export type UndoOutcome =
  | { readonly how: 'done' }
  /** Someone wrote in between, or holds a lock: read the feed again and try again. */
  | { readonly how: 'again'; readonly reason: string }
  | { readonly how: 'impossible'; readonly reason: string }

/** Errors that someone else's doing explains: unique and exclusion violations, locks, deadlocks, serialization. */
const passing = new Set(['23505', '23P01', '55P03', '40P01', '40001'])

function readFailure(error: unknown): UndoOutcome {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (message.includes(mismatch)) {
    return { how: 'again', reason: message.slice(message.indexOf(mismatch)).replace(/"$/, '') }
  }
  if (passing.has(code)) return { how: 'again', reason: `the undo met ${code}: ${message}` }
  return { how: 'impossible', reason: `the undo failed: ${message}` }
}

/** Runs work on the session that replays. */
export type Undoer = (catalog: Catalog, work: Work) => Promise<UndoOutcome>

/**
 * Takes net changes back (or makes them again), each in one transaction that fails as a whole unless every count is right.
 *
 * @param client the session that replays: `session_replication_role` is `replica`, and its writes carry an origin
 */
export function createUndoer(client: Client): Undoer {
  const prepared = new Set<string>()
  return async (catalog, work) => {
    try {
      const { templates, text } = statements(catalog, work)
      for (const template of templates) {
        if (prepared.has(template.name)) continue
        await client.query(template.text)
        prepared.add(template.name)
      }
      if (text !== '') await client.query(text)
      return { how: 'done' }
    } catch (error) {
      return readFailure(error)
    }
  }
}
