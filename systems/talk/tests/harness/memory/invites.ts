import { randomUUID } from 'node:crypto'
import type { Invite } from '../../../src/domain/models.ts'
import type { InviteRepository } from '../../../src/domain/repositories.ts'
import type { Identity } from '../../../src/domain/values.ts'
import type { Tables } from './tables.ts'

/** Twin of the invites in Postgres. */
export function createMemoryInviteRepository({ invites }: Tables): InviteRepository {
  const all = (): Invite[] => [...invites.values()]
  const replace = (invite: Invite): Invite => {
    invites.set(invite.id, invite)
    return invite
  }

  return {
    create: async (invite) => {
      const identity = { provider: invite.provider, providerUserId: invite.inviteeProviderId }
      if (all().some((other) => other.status === 'pending' && isFor(other, identity))) return null
      return replace({
        ...invite,
        id: randomUUID(),
        status: 'pending',
        acceptedAt: null,
        acceptedByUserId: null,
        revokedAt: null,
      })
    },
    find: async (id) => invites.get(id) ?? null,
    lockByToken: async (token) => all().find((invite) => invite.token === token) ?? null,
    lockForIdentity: async (identity) =>
      all()
        .filter((invite) => isFor(invite, identity))
        .sort((a, b) => Number(b.status === 'pending') - Number(a.status === 'pending') || newestFirst(a, b))[0] ??
      null,
    listByInviter: async (inviterId) =>
      all()
        .filter((invite) => invite.inviterId === inviterId)
        .sort(newestFirst),
    accept: async (id, { userId, at }) => {
      const invite = invites.get(id)
      if (invite?.status !== 'pending' || invite.expiresAt <= at) return null
      return replace({ ...invite, status: 'accepted', acceptedAt: at, acceptedByUserId: userId })
    },
    revoke: async (id, inviterId, at) => {
      const invite = invites.get(id)
      if (invite?.status !== 'pending' || invite.inviterId !== inviterId) return null
      return replace({ ...invite, status: 'revoked', revokedAt: at })
    },
    expire: async (identity, at) => {
      const due = all().find(
        (invite) => invite.status === 'pending' && invite.expiresAt <= at && isFor(invite, identity),
      )
      if (due) replace({ ...due, status: 'expired' })
      return due !== undefined
    },
    countUsed: async (inviterId, at) =>
      all()
        .filter((invite) => invite.inviterId === inviterId)
        .filter(({ status, expiresAt }) => status === 'accepted' || (status === 'pending' && expiresAt > at)).length,
  }
}

function isFor(invite: Invite, { provider, providerUserId }: Identity): boolean {
  return invite.provider === provider && invite.inviteeProviderId === providerUserId
}

function newestFirst(a: Invite, b: Invite): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : 1)
}
