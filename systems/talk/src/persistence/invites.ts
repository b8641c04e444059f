import { type Kysely, type Selectable, sql } from 'kysely'
import type { Invite } from '../domain/models.ts'
import type { InviteRepository } from '../domain/repositories.ts'
import { parseHandle } from '../domain/values.ts'
import type { Database, InvitesTable } from './schema.ts'

/** Invites in Postgres. `db` is a pool or a transaction. */
export function createInviteRepository(db: Kysely<Database>): InviteRepository {
  return {
    create: async (invite) => {
      const row = await db
        .insertInto('invites')
        .values({
          inviter_id: invite.inviterId,
          provider: invite.provider,
          invitee_provider_id: invite.inviteeProviderId,
          invitee_handle: invite.inviteeHandle,
          invitee_name: invite.inviteeName,
          token: invite.token,
          created_at: invite.createdAt,
          expires_at: invite.expiresAt,
        })
        .onConflict((conflict) =>
          conflict.columns(['provider', 'invitee_provider_id']).where('status', '=', sql.lit('pending')).doNothing(),
        )
        .returningAll()
        .executeTakeFirst()
      return orNull(row)
    },
    find: async (id) => orNull(await db.selectFrom('invites').selectAll().where('id', '=', id).executeTakeFirst()),
    lockByToken: async (token) =>
      orNull(await db.selectFrom('invites').selectAll().where('token', '=', token).forUpdate().executeTakeFirst()),
    lockForIdentity: async ({ provider, providerUserId }) =>
      orNull(
        await db
          .selectFrom('invites')
          .selectAll()
          .where('provider', '=', provider)
          .where('invitee_provider_id', '=', providerUserId)
          .orderBy(sql`status = 'pending'`, 'desc')
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(1)
          .forUpdate()
          .executeTakeFirst(),
      ),
    listByInviter: async (inviterId) => {
      const rows = await db
        .selectFrom('invites')
        .selectAll()
        .where('inviter_id', '=', inviterId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(toInvite)
    },
    accept: async (id, { userId, at }) =>
      orNull(
        await db
          .updateTable('invites')
          .set({ status: 'accepted', accepted_at: at, accepted_by_user_id: userId })
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .where('expires_at', '>', at)
          .returningAll()
          .executeTakeFirst(),
      ),
    revoke: async (id, inviterId, at) =>
      orNull(
        await db
          .updateTable('invites')
          .set({ status: 'revoked', revoked_at: at })
          .where('id', '=', id)
          .where('inviter_id', '=', inviterId)
          .where('status', '=', 'pending')
          .returningAll()
          .executeTakeFirst(),
      ),
    expire: async ({ provider, providerUserId }, at) => {
      const result = await db
        .updateTable('invites')
        .set({ status: 'expired' })
        .where('provider', '=', provider)
        .where('invitee_provider_id', '=', providerUserId)
        .where('status', '=', 'pending')
        .where('expires_at', '<=', at)
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    },
    countUsed: async (inviterId, at) => {
      const { used } = await db
        .selectFrom('invites')
        .select((eb) => eb.fn.countAll<string>().as('used'))
        .where('inviter_id', '=', inviterId)
        .where((eb) =>
          eb.or([eb('status', '=', 'accepted'), eb.and([eb('status', '=', 'pending'), eb('expires_at', '>', at)])]),
        )
        .executeTakeFirstOrThrow()
      return Number(used)
    },
  }
}

function orNull(row: Selectable<InvitesTable> | undefined): Invite | null {
  return row ? toInvite(row) : null
}

function toInvite(row: Selectable<InvitesTable>): Invite {
  return {
    id: row.id,
    inviterId: row.inviter_id,
    provider: row.provider,
    inviteeProviderId: row.invitee_provider_id,
    inviteeHandle: parseHandle(row.invitee_handle),
    inviteeName: row.invitee_name,
    token: row.token,
    status: row.status,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    acceptedAt: row.accepted_at,
    acceptedByUserId: row.accepted_by_user_id,
    revokedAt: row.revoked_at,
  }
}
