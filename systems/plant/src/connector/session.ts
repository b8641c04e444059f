import { sql } from 'drizzle-orm'
import { drizzle, type NodePgQueryResultHKT } from 'drizzle-orm/node-postgres'
import type { PgDatabase, PgTransactionConfig } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { PlantError } from '../domain/errors.ts'
import { isCommandTimeout, translateFailure } from './failures.ts'
import type { Connection } from './pool.ts'

/** Drizzle on one connection, in a transaction. */
export type Database = PgDatabase<NodePgQueryResultHKT>

/** How a session runs. */
export interface SessionOptions {
  /** Who acts: `app.current_agent_id` of the transaction, which the policies go by. Default: nobody, who sees what is active. */
  readonly agentId?: string
  /** `read` cannot write, and goes to the replica if there is one. Default: `write`. */
  readonly mode?: 'read' | 'write'
  /** Default: the server's, which is `read committed`. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
}

/** A transaction in the name of an agent. */
export interface Session {
  readonly db: Database
  /** Null: nobody. */
  readonly agentId: string | null
  /** Runs `work` in a savepoint: when it throws, what it did is undone, and the session goes on. */
  savepoint<T>(work: (inner: Session) => Promise<T>): Promise<T>
}

const agentIdSchema = z.string().min(1).max(100)

function readAgentId({ agentId }: SessionOptions): string | null {
  if (agentId === undefined) return null
  if (agentIdSchema.safeParse(agentId).success) return agentId
  throw new PlantError('validation', 'An agent id has 1 to 100 characters.')
}

/**
 * Runs `work` as Drizzle's transaction or savepoint does, and passes on what went wrong first, which an undo that fails as well
 * would hide.
 */
async function undoneOnError<T>(
  connection: Connection,
  transaction: (run: (db: Database) => Promise<T>) => Promise<T>,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  let first: { readonly error: unknown } | undefined
  try {
    return await transaction(async (db) => {
      try {
        return await work(db)
      } catch (error) {
        first = { error }
        // The statement may still run, and an undo would wait for its end. Without a connection the server undoes.
        if (isCommandTimeout(error)) connection.discard()
        throw error
      }
    })
  } catch (error) {
    throw translateFailure(first === undefined ? error : first.error)
  }
}

function toSession(connection: Connection, db: Database, agentId: string | null): Session {
  return {
    db,
    agentId,
    savepoint: (work) =>
      undoneOnError(
        connection,
        (run) => db.transaction(run),
        (inner) => work(toSession(connection, inner, agentId)),
      ),
  }
}

function configOf({ mode = 'write', isolation }: SessionOptions): PgTransactionConfig {
  return {
    accessMode: mode === 'read' ? 'read only' : 'read write',
    ...(isolation === undefined ? {} : { isolationLevel: isolation }),
  }
}

/**
 * Runs `work` in one transaction on a connection, which is given back in any case: committed when `work` resolves, rolled back
 * when it throws.
 *
 * @throws PlantError what an error of the driver means; everything else as it was thrown
 */
export async function runSession<T>(
  acquire: () => Promise<Connection>,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const agentId = readAgentId(options)
  const connection = await acquire()
  try {
    return await undoneOnError(
      connection,
      (run) => drizzle({ client: connection.client }).transaction(run, configOf(options)),
      async (db) => {
        await db.execute(sql`select set_config('app.current_agent_id', ${agentId ?? ''}, true)`)
        return await work(toSession(connection, db, agentId))
      },
    )
  } finally {
    connection.release()
  }
}
