import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import type { Persistence, Repositories } from '../domain/repositories.ts'
import { createInviteRepository } from './invites.ts'
import type { Database } from './schema.ts'
import { createOAuthSessionRepository, createSessionRepository } from './sessions.ts'
import { createIdentityRepository, createUserRepository } from './users.ts'

/** How to reach the database. */
export interface PostgresOptions {
  /** `postgresql://user:password@host:port/name` */
  readonly url: string
  /** Most connections at a time. Default: 10. */
  readonly connections?: number
  /** Told of a connection that broke while nobody used it. Default: nobody is. */
  readonly onIdleError?: (error: Error) => void
}

/** The repositories on a connection or in a transaction of Postgres. */
function createPostgresRepositories(db: Kysely<Database>): Repositories {
  return {
    users: createUserRepository(db),
    identities: createIdentityRepository(db),
    invites: createInviteRepository(db),
    sessions: createSessionRepository(db),
    oauthSessions: createOAuthSessionRepository(db),
  }
}

/** Keeps talk's data in Postgres. The schema is made by the files in `migrations/`. Connects when it is first used. */
export function createPostgresPersistence(options: PostgresOptions): Persistence {
  const pool = new Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    application_name: 'talk',
    connectionTimeoutMillis: 10_000,
  })
  // Without a listener a connection that the server ends would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return {
    repositories: createPostgresRepositories(db),
    transaction: (work) => db.transaction().execute((transaction) => work(createPostgresRepositories(transaction))),
    ping: async () => {
      await sql`select 1`.execute(db)
    },
    close: () => db.destroy(),
  }
}
