import { randomUUID } from 'node:crypto'
import { TalkError } from '../../../src/domain/errors.ts'
import type { IdentityRepository, UserRepository } from '../../../src/domain/repositories.ts'
import type { Tables } from './tables.ts'

/** Twin of the users in Postgres. */
export function createMemoryUserRepository({ users }: Tables): UserRepository {
  return {
    create: async ({ inviteQuota = 5, ...user }) => {
      const created = { ...user, id: randomUUID(), karma: 0, inviteQuota }
      users.set(created.id, created)
      return created
    },
    find: async (id) => users.get(id) ?? null,
    lock: async (id) => users.get(id) ?? null,
  }
}

/** Twin of the identities in Postgres. */
export function createMemoryIdentityRepository({ identities }: Tables): IdentityRepository {
  const find: IdentityRepository['find'] = async ({ provider, providerUserId }) =>
    [...identities.values()].find(
      (identity) => identity.provider === provider && identity.providerUserId === providerUserId,
    ) ?? null

  return {
    create: async (identity) => {
      if (await find(identity)) throw new TalkError('identity-taken', 'This account belongs to a user already.')
      const created = { ...identity, id: randomUUID() }
      identities.set(created.id, created)
      return created
    },
    find,
    listByUser: async (userId) =>
      [...identities.values()]
        .filter((identity) => identity.userId === userId)
        .sort((a, b) => Number(b.isPrimary) - Number(a.isPrimary) || a.createdAt.getTime() - b.createdAt.getTime()),
    recordLogin: async (id, { at, handle }) => {
      const identity = identities.get(id)
      if (identity) identities.set(id, { ...identity, lastLoginAt: at, handle })
    },
  }
}
