import { expect } from 'vitest'
import type { OAuthSession, User } from '../../src/domain/models.ts'
import type { NewInvite, Persistence, Repositories } from '../../src/domain/repositories.ts'
import { parseHandle } from '../../src/domain/values.ts'

/** Defines one case; the runner gives it a persistence that holds nothing. */
export type DefineCase = (title: string, body: (persistence: Persistence) => Promise<void>) => void

const at = new Date('2026-03-01T12:00:00.000Z')
const later = (minutes: number): Date => new Date(at.getTime() + minutes * 60_000)

function addUser({ users }: Repositories, handle = 'ada.bsky.social'): Promise<User> {
  return users.create({ handle: parseHandle(handle), avatarUrl: null, email: null, bio: null, createdAt: at })
}

function inviteFor(inviter: User, name: string, changes: Partial<NewInvite> = {}): NewInvite {
  return {
    inviterId: inviter.id,
    provider: 'bluesky',
    inviteeProviderId: `did:plc:${name}`,
    inviteeHandle: parseHandle(`${name}.bsky.social`),
    inviteeName: null,
    token: `token-of-an-invite-for-${name}`,
    createdAt: at,
    expiresAt: later(60),
    ...changes,
  }
}

const oauthSession: OAuthSession = {
  state: 'a state of at least sixteen characters',
  provider: 'bluesky',
  pkceVerifier: 'v'.repeat(43),
  issuer: 'https://bsky.social',
  did: 'did:plc:ada',
  dpopPrivateJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' },
  dpopNonces: { 'https://bsky.social': 'nonce' },
  authMethod: { method: 'none' },
  inviteToken: 'token',
  createdAt: at,
  expiresAt: later(15),
}

/** What any {@link Persistence} has to hold to: the one in memory and the one in Postgres run the same cases. */
export function definePersistenceContract(test: DefineCase): void {
  test('a user is found as it was created, with the defaults', async ({ repositories }) => {
    const user = await addUser(repositories)
    expect(user).toMatchObject({ handle: 'ada.bsky.social', karma: 0, inviteQuota: 5, createdAt: at })
    expect(await repositories.users.find(user.id)).toEqual(user)
    expect(await repositories.users.lock(user.id)).toEqual(user)
    expect(await repositories.users.find('00000000-0000-4000-8000-000000000000')).toBeNull()
  })

  test('an identity is found by provider and id, and belongs to one user', async ({ repositories }) => {
    const { identities } = repositories
    const user = await addUser(repositories)
    const identity = {
      userId: user.id,
      provider: 'bluesky' as const,
      providerUserId: 'did:plc:ada',
      handle: user.handle,
      isPrimary: true,
      createdAt: at,
      lastLoginAt: null,
    }
    const created = await identities.create(identity)
    expect(await identities.find(created)).toEqual({ ...identity, id: created.id })
    expect(await identities.find({ provider: 'twitter', providerUserId: 'did:plc:ada' })).toBeNull()
    await expect(identities.create({ ...identity, isPrimary: false })).rejects.toMatchObject({ code: 'identity-taken' })
    expect(await identities.listByUser(user.id)).toEqual([created])
  })

  test('a login is noted with the handle of the day', async ({ repositories }) => {
    const { identities } = repositories
    const user = await addUser(repositories)
    const { id } = await identities.create({
      userId: user.id,
      provider: 'twitter',
      providerUserId: '42',
      handle: user.handle,
      isPrimary: true,
      createdAt: at,
      lastLoginAt: at,
    })
    await identities.recordLogin(id, { at: later(5), handle: parseHandle('ada2') })
    expect(await identities.find({ provider: 'twitter', providerUserId: '42' })).toMatchObject({
      handle: 'ada2',
      lastLoginAt: later(5),
    })
  })

  test('an identity has one pending invite at a time', async ({ repositories }) => {
    const { invites } = repositories
    const inviter = await addUser(repositories)
    const first = await invites.create(inviteFor(inviter, 'bob'))
    expect(first).toMatchObject({ status: 'pending', acceptedAt: null, acceptedByUserId: null, revokedAt: null })
    expect(await invites.create(inviteFor(inviter, 'bob', { token: 'another token for bob' }))).toBeNull()
    expect(await invites.create(inviteFor(inviter, 'cat'))).not.toBeNull()
    await invites.revoke(first?.id ?? '', inviter.id, at)
    expect(await invites.create(inviteFor(inviter, 'bob', { token: 'another token for bob' }))).not.toBeNull()
  })

  test('an invite is found by token and by identity, the pending one first', async ({ repositories }) => {
    const { invites } = repositories
    const inviter = await addUser(repositories)
    const identity = { provider: 'bluesky' as const, providerUserId: 'did:plc:bob' }
    expect(await invites.lockForIdentity(identity)).toBeNull()
    const old = await invites.create(inviteFor(inviter, 'bob', { createdAt: later(5) }))
    await invites.revoke(old?.id ?? '', inviter.id, later(6))
    expect(await invites.lockForIdentity(identity)).toMatchObject({ id: old?.id, status: 'revoked' })
    const pending = await invites.create(inviteFor(inviter, 'bob', { token: 'another token for bob' }))
    expect(await invites.lockForIdentity(identity)).toEqual(pending)
    expect(await invites.lockByToken('another token for bob')).toEqual(pending)
    expect(await invites.lockByToken('no such token')).toBeNull()
  })

  test('an invite is accepted once, in time, and not after it was revoked', async ({ repositories }) => {
    const { invites } = repositories
    const inviter = await addUser(repositories)
    const accept = async (name: string, when: Date) => {
      const invite = await invites.create(inviteFor(inviter, name))
      if (!invite) throw new Error('no invite')
      return { id: invite.id, accepted: await acceptAs(name, invite.id, when) }
    }
    const acceptAs = async (name: string, id: string, when: Date) => {
      const user = await addUser(repositories, `${name}.bsky.social`)
      const provider = 'bluesky' as const
      const known = await repositories.identities.find({ provider, providerUserId: `did:plc:${name}` })
      if (!known) {
        await repositories.identities.create({
          userId: user.id,
          provider,
          providerUserId: `did:plc:${name}`,
          handle: user.handle,
          isPrimary: true,
          createdAt: at,
          lastLoginAt: at,
        })
      }
      return await invites.accept(id, { userId: user.id, at: when })
    }

    const { id, accepted } = await accept('bob', later(59))
    expect(accepted).toMatchObject({ status: 'accepted', acceptedAt: later(59) })
    expect(await acceptAs('bob', id, later(59))).toBeNull()
    expect(await invites.revoke(id, inviter.id, later(59))).toBeNull()
    expect((await accept('cat', later(60))).accepted).toBeNull()
    const dan = await invites.create(inviteFor(inviter, 'dan'))
    expect(await invites.revoke(dan?.id ?? '', inviter.id, at)).toMatchObject({ status: 'revoked', revokedAt: at })
    expect(await acceptAs('dan', dan?.id ?? '', later(1))).toBeNull()
  })

  test('only the inviter revokes', async ({ repositories }) => {
    const { invites } = repositories
    const [inviter, other] = [await addUser(repositories), await addUser(repositories, 'eve.bsky.social')]
    const invite = await invites.create(inviteFor(inviter, 'bob'))
    expect(await invites.revoke(invite?.id ?? '', other.id, at)).toBeNull()
    expect(await invites.find(invite?.id ?? '')).toEqual(invite)
  })

  test('an invite past its time stops counting, and expires to make room for another', async ({ repositories }) => {
    const { invites } = repositories
    const inviter = await addUser(repositories)
    const provider = 'bluesky' as const
    const bob = await invites.create(inviteFor(inviter, 'bob'))
    await invites.create(inviteFor(inviter, 'cat', { expiresAt: later(120) }))
    expect(await invites.countUsed(inviter.id, later(59))).toBe(2)
    expect(await invites.countUsed(inviter.id, later(60))).toBe(1)
    expect(await invites.expire({ provider, providerUserId: 'did:plc:bob' }, later(59))).toBe(false)
    expect(await invites.expire({ provider, providerUserId: 'did:plc:cat' }, later(60))).toBe(false)
    expect(await invites.expire({ provider, providerUserId: 'did:plc:bob' }, later(60))).toBe(true)
    expect(await invites.find(bob?.id ?? '')).toMatchObject({ status: 'expired' })
    expect(await invites.create(inviteFor(inviter, 'bob', { token: 'another token for bob' }))).not.toBeNull()
  })

  test('invites are listed newest first', async ({ repositories }) => {
    const { invites } = repositories
    const inviter = await addUser(repositories)
    await invites.create(inviteFor(inviter, 'bob'))
    await invites.create(inviteFor(inviter, 'dan', { createdAt: later(2) }))
    await invites.create(inviteFor(inviter, 'cat', { createdAt: later(1) }))
    const listed = await invites.listByInviter(inviter.id)
    expect(listed.map((invite) => invite.inviteeProviderId)).toEqual(['did:plc:dan', 'did:plc:cat', 'did:plc:bob'])
  })

  test('a session is found until it is ended, and ends once', async ({ repositories }) => {
    const { sessions } = repositories
    const user = await addUser(repositories)
    const session = await sessions.create({ userId: user.id, createdAt: at, expiresAt: later(60) })
    expect(await sessions.find(session.id)).toEqual({ ...session, revokedAt: null })
    await sessions.revoke(session.id, later(1))
    await sessions.revoke(session.id, later(2))
    expect(await sessions.find(session.id)).toMatchObject({ revokedAt: later(1) })
  })

  test('a login on its way is taken once', async ({ repositories: { oauthSessions } }) => {
    await oauthSessions.save(oauthSession)
    await expect(oauthSessions.save(oauthSession)).rejects.toThrow()
    expect(await oauthSessions.take('twitter', oauthSession.state, at)).toBeNull()
    expect(await oauthSessions.take('bluesky', oauthSession.state, later(14))).toEqual(oauthSession)
    expect(await oauthSessions.take('bluesky', oauthSession.state, later(14))).toBeNull()
  })

  test('a login on its way ends after its time', async ({ repositories: { oauthSessions } }) => {
    await oauthSessions.save(oauthSession)
    await oauthSessions.save({ ...oauthSession, state: 'another state of sixteen characters' })
    expect(await oauthSessions.take('bluesky', oauthSession.state, later(15))).toBeNull()
    expect(await oauthSessions.removeExpired(later(14))).toBe(0)
    expect(await oauthSessions.removeExpired(later(15))).toBe(1)
  })

  test('a transaction that succeeds stays, and nobody sees it before', async ({ repositories, transaction }) => {
    const user = await transaction(async (inside) => {
      const created = await addUser(inside)
      expect(await inside.users.find(created.id)).toEqual(created)
      expect(await repositories.users.find(created.id)).toBeNull()
      return created
    })
    expect(await repositories.users.find(user.id)).toEqual(user)
  })

  test('a transaction that fails leaves nothing', async ({ repositories, transaction }) => {
    const before = await addUser(repositories)
    const invite = await repositories.invites.create(inviteFor(before, 'bob'))
    let inside = ''
    const failure = transaction(async (own) => {
      inside = (await addUser(own, 'cat.bsky.social')).id
      await own.invites.revoke(invite?.id ?? '', before.id, at)
      throw new Error('half way')
    })
    await expect(failure).rejects.toThrow('half way')
    expect(await repositories.users.find(inside)).toBeNull()
    expect(await repositories.invites.find(invite?.id ?? '')).toEqual(invite)
  })
}
