import type { Kysely, Selectable } from 'kysely'
import type { OAuthSession, Session } from '../domain/models.ts'
import type { OAuthSessionRepository, SessionRepository } from '../domain/repositories.ts'
import type { Database, OAuthSessionsTable, SessionsTable } from './schema.ts'

/** Sessions in Postgres. `db` is a pool or a transaction. */
export function createSessionRepository(db: Kysely<Database>): SessionRepository {
  return {
    create: async (session) =>
      toSession(
        await db
          .insertInto('sessions')
          .values({ user_id: session.userId, created_at: session.createdAt, expires_at: session.expiresAt })
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    find: async (id) => {
      const row = await db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toSession(row) : null
    },
    revoke: async (id, at) => {
      await db
        .updateTable('sessions')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .execute()
    },
  }
}

/** Logins on their way, in Postgres. `db` is a pool or a transaction. */
export function createOAuthSessionRepository(db: Kysely<Database>): OAuthSessionRepository {
  return {
    save: async (session) => {
      await db
        .insertInto('oauth_sessions')
        .values({
          state: session.state,
          provider: session.provider,
          pkce_verifier: session.pkceVerifier,
          issuer: session.issuer,
          did: session.did,
          dpop_private_jwk: json(session.dpopPrivateJwk),
          dpop_nonces: JSON.stringify(session.dpopNonces),
          auth_method: json(session.authMethod),
          invite_token: session.inviteToken,
          created_at: session.createdAt,
          expires_at: session.expiresAt,
        })
        .execute()
    },
    take: async (provider, state, at) => {
      const row = await db
        .deleteFrom('oauth_sessions')
        .where('state', '=', state)
        .where('provider', '=', provider)
        .returningAll()
        .executeTakeFirst()
      return row && row.expires_at > at ? toOAuthSession(row) : null
    },
    removeExpired: async (at) => {
      const result = await db.deleteFrom('oauth_sessions').where('expires_at', '<=', at).executeTakeFirst()
      return Number(result.numDeletedRows)
    },
  }
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}

function toSession(row: Selectable<SessionsTable>): Session {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}

function toOAuthSession(row: Selectable<OAuthSessionsTable>): OAuthSession {
  return {
    state: row.state,
    provider: row.provider,
    pkceVerifier: row.pkce_verifier,
    issuer: row.issuer,
    did: row.did,
    dpopPrivateJwk: row.dpop_private_jwk,
    dpopNonces: Object.fromEntries(
      Object.entries(row.dpop_nonces).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    authMethod: row.auth_method,
    inviteToken: row.invite_token,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
