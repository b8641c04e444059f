import type { Kysely, Selectable } from 'kysely'
import { TalkError } from '../domain/errors.ts'
import type { User, UserIdentity } from '../domain/models.ts'
import type { IdentityRepository, UserRepository } from '../domain/repositories.ts'
import { parseHandle } from '../domain/values.ts'
import type { Database, UserIdentitiesTable, UsersTable } from './schema.ts'

/** Users in Postgres. `db` is a pool or a transaction. */
export function createUserRepository(db: Kysely<Database>): UserRepository {
  return {
    create: async (user) =>
      toUser(
        await db
          .insertInto('users')
          .values({
            handle: user.handle,
            avatar_url: user.avatarUrl,
            email: user.email,
            bio: user.bio,
            created_at: user.createdAt,
            ...(user.inviteQuota === undefined ? {} : { invite_quota: user.inviteQuota }),
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    find: async (id) => {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
      return row ? toUser(row) : null
    },
    lock: async (id) => {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
      return row ? toUser(row) : null
    },
  }
}

/** Identities in Postgres. `db` is a pool or a transaction. */
export function createIdentityRepository(db: Kysely<Database>): IdentityRepository {
  return {
    create: async (identity) => {
      const row = await db
        .insertInto('user_identities')
        .values({
          user_id: identity.userId,
          provider: identity.provider,
          provider_user_id: identity.providerUserId,
          handle: identity.handle,
          is_primary: identity.isPrimary,
          created_at: identity.createdAt,
          last_login_at: identity.lastLoginAt,
        })
        .onConflict((conflict) => conflict.columns(['provider', 'provider_user_id']).doNothing())
        .returningAll()
        .executeTakeFirst()
      if (!row) throw new TalkError('identity-taken', 'This account belongs to a user already.')
      return toIdentity(row)
    },
    find: async ({ provider, providerUserId }) => {
      const row = await db
        .selectFrom('user_identities')
        .selectAll()
        .where('provider', '=', provider)
        .where('provider_user_id', '=', providerUserId)
        .executeTakeFirst()
      return row ? toIdentity(row) : null
    },
    listByUser: async (userId) => {
      const rows = await db
        .selectFrom('user_identities')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('is_primary', 'desc')
        .orderBy('created_at')
        .execute()
      return rows.map(toIdentity)
    },
    recordLogin: async (id, { at, handle }) => {
      await db.updateTable('user_identities').set({ last_login_at: at, handle }).where('id', '=', id).execute()
    },
  }
}

function toUser(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    handle: parseHandle(row.handle),
    avatarUrl: row.avatar_url,
    email: row.email,
    bio: row.bio,
    karma: row.karma,
    inviteQuota: row.invite_quota,
    createdAt: row.created_at,
  }
}

function toIdentity(row: Selectable<UserIdentitiesTable>): UserIdentity {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    providerUserId: row.provider_user_id,
    handle: parseHandle(row.handle),
    isPrimary: row.is_primary,
    createdAt: row.created_at,
    lastLoginAt: row.last_login_at,
  }
}
