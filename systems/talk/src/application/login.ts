import { TalkError } from '../domain/errors.ts'
import type { Clock, Invite, Session, User } from '../domain/models.ts'
import type { OAuthSessionRepository, Persistence, Repositories } from '../domain/repositories.ts'
import type { Identity, Provider } from '../domain/values.ts'
import type { ExternalProfile, OAuthClient } from '../oauth/client.ts'

/** How long a login may take from leaving for the provider to coming back, in milliseconds: 15 minutes. */
export const oauthSessionLifetime: number = 15 * 60_000

/** A login that has succeeded. */
export interface Login {
  readonly user: User
  readonly session: Session
  /** True when the user was made by this login. */
  readonly created: boolean
}

/** Signs people in: the way to the provider and back, and who may come in. */
export interface LoginService {
  /**
   * Begins a login.
   *
   * @param request `handle`: who wants in; `inviteToken`: from an invite's link
   * @returns where the browser has to go, and the state that has to come back from the same browser
   * @throws TalkError `provider-unavailable`, `oauth-failed`
   */
  start(request: {
    readonly provider: Provider
    readonly handle: string | null
    readonly inviteToken: string | null
  }): Promise<{ readonly url: URL; readonly state: string }>
  /**
   * Ends a login. All that it writes about the person is one transaction.
   *
   * @throws TalkError `oauth-session-unknown`, `oauth-failed`, or an `invite-...` that says why a newcomer may not come in
   */
  finish(provider: Provider, callback: URLSearchParams): Promise<Login>
}

/** What {@link createLoginService} needs. */
export interface LoginDependencies {
  readonly persistence: Persistence
  readonly oauthSessions: OAuthSessionRepository
  readonly oauthClients: ReadonlyMap<Provider, OAuthClient>
  readonly clock: Clock
  /** How long a session lasts, in days. */
  readonly sessionDays: number
}

/** Makes the {@link LoginService}. */
export function createLoginService(dependencies: LoginDependencies): LoginService {
  const { persistence, oauthSessions, oauthClients, clock, sessionDays } = dependencies

  function clientOf(provider: Provider): OAuthClient {
    const client = oauthClients.get(provider)
    if (!client) throw new TalkError('provider-unavailable', 'This provider is not set up here.')
    return client
  }

  return {
    start: async ({ provider, handle, inviteToken }) => {
      const { url, state } = await clientOf(provider).start(handle)
      const createdAt = clock.now()
      await oauthSessions.removeExpired(createdAt)
      await oauthSessions.save({
        ...state,
        provider,
        inviteToken,
        createdAt,
        expiresAt: new Date(createdAt.getTime() + oauthSessionLifetime),
      })
      return { url, state: state.state }
    },
    finish: async (provider, callback) => {
      const client = clientOf(provider)
      const started = await oauthSessions.take(provider, callback.get('state') ?? '', clock.now())
      if (!started) {
        throw new TalkError(
          'oauth-session-unknown',
          'This login was not begun here, is over, or took more than 15 minutes.',
        )
      }
      // The provider is asked before the transaction begins: no row waits for another server.
      const profile = await client.finish(started, callback)
      const at = clock.now()
      return await persistence.transaction(async (repositories) => {
        const { user, created } = await enter(repositories, profile, started.inviteToken, at)
        const expiresAt = new Date(at.getTime() + sessionDays * 86_400_000)
        return {
          user,
          created,
          session: await repositories.sessions.create({ userId: user.id, createdAt: at, expiresAt }),
        }
      })
    },
  }
}

/** Lets a known person in, and a new one who is invited. */
async function enter(
  { users, identities, invites }: Repositories,
  profile: ExternalProfile,
  inviteToken: string | null,
  at: Date,
): Promise<{ user: User; created: boolean }> {
  const known = await identities.find(profile)
  if (known) {
    await identities.recordLogin(known.id, { at, handle: profile.handle })
    const user = await users.find(known.userId)
    if (!user) throw new Error(`identity ${known.id} has no user`)
    return { user, created: false }
  }

  // Locked: of two logins at the same moment the second waits here, and then finds the invite accepted.
  const invite = inviteToken === null ? await invites.lockForIdentity(profile) : await invites.lockByToken(inviteToken)
  assertOpen(invite, profile, at)

  const user = await users.create({
    handle: profile.handle,
    avatarUrl: profile.avatarUrl,
    email: profile.email,
    bio: profile.bio,
    createdAt: at,
  })
  await identities.create({
    userId: user.id,
    provider: profile.provider,
    providerUserId: profile.providerUserId,
    handle: profile.handle,
    isPrimary: true,
    createdAt: at,
    lastLoginAt: at,
  })
  if (!(await invites.accept(invite.id, { userId: user.id, at }))) {
    throw new TalkError('invite-used', 'This invite has just been used.')
  }
  return { user, created: true }
}

/** @throws TalkError that says why this invite does not let this person in */
function assertOpen(invite: Invite | null, identity: Identity, at: Date): asserts invite is Invite {
  if (!invite) throw new TalkError('invite-required', 'talk is by invitation, and there is no invite for this account.')
  if (invite.provider !== identity.provider || invite.inviteeProviderId !== identity.providerUserId) {
    throw new TalkError('invite-mismatch', 'This invite is for another account.')
  }
  if (invite.status === 'accepted') throw new TalkError('invite-used', 'This invite has been used.')
  if (invite.status === 'revoked') throw new TalkError('invite-revoked', 'This invite was taken back.')
  if (invite.status === 'expired' || invite.expiresAt <= at) {
    throw new TalkError('invite-expired', 'This invite has expired.')
  }
}
