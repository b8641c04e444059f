import type { Client } from 'pg'
import type { Catalog } from './catalog.ts'
import type { Work } from './statements.ts'
import { lockTables, statements } from './statements.ts'
import { mismatch } from './templates.ts'

/** How an undo ended. After anything but `done` the database is as it was before. */
export type UndoOutcome =
  | { readonly how: 'done' }
  /** Someone wrote in between, or holds a lock: read the feed again and try again. */
  | { readonly how: 'again'; readonly reason: string; readonly blocked: boolean }
  | { readonly how: 'impossible'; readonly reason: string }

/** Someone held a lock. */
const blocking = new Set(['55P03', '40P01'])

/** Errors that someone else's doing explains: unique and exclusion violations, locks, deadlocks. */
const passing = new Set(['23505', '23P01', '55P03', '40P01'])

function readFailure(error: unknown): UndoOutcome {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (message.includes(mismatch)) {
    return { how: 'again', reason: message.slice(message.indexOf(mismatch)).replace(/"$/, ''), blocked: false }
  }
  if (passing.has(code))
    return { how: 'again', reason: `the undo met ${code}: ${message}`, blocked: blocking.has(code) }
  return { how: 'impossible', reason: `the undo failed: ${message}` }
}

/** Works on the session that replays. */
export interface Undoer {
  /** Does the work in one transaction that fails as a whole unless every count is right. */
  run(catalog: Catalog, work: Work): Promise<UndoOutcome>
  /**
   * Keeps everybody from writing to tables until the next `run` or `thaw`.
   *
   * @returns false where someone's lock is in the way
   */
  freeze(tables: readonly string[]): Promise<boolean>
  thaw(): Promise<void>
}

/** @param client the session that replays: `session_replication_role` is `replica`, and its writes carry an origin */
export function createUndoer(client: Client): Undoer {
  const prepared = new Set<string>()
  let frozen = false

  async function thaw(): Promise<void> {
    if (!frozen) return
    frozen = false
    await client.query('ROLLBACK')
  }

  async function work(text: string): Promise<void> {
    await client.query(frozen ? `${text};\nCOMMIT` : text)
    frozen = false
  }

  return {
    async run(catalog, todo) {
      try {
        const { templates, text } = statements(catalog, todo)
        for (const template of templates) {
          if (prepared.has(template.name)) continue
          await client.query(template.text)
          prepared.add(template.name)
        }
        await work(text)
        return { how: 'done' }
      } catch (error) {
        await thaw().catch(() => {})
        return readFailure(error)
      }
    },
    async freeze(tables) {
      frozen = true
      try {
        await client.query('BEGIN')
        await client.query(lockTables(tables))
        return true
      } catch {
        await thaw()
        return false
      }
    },
    thaw,
  }
}
