import { randomBytes } from 'node:crypto'
import { TalkError } from '../domain/errors.ts'
import type { Clock, Invite } from '../domain/models.ts'
import type { InviteRepository, Persistence, Repositories } from '../domain/repositories.ts'
import { type Identity, type Provider, parseHandle, parseIdentity } from '../domain/values.ts'

/** Most invites in one request. */
export const maximumPerRequest = 10

/** Whom to invite. */
export interface Invitee {
  readonly provider: Provider
  /** Their id there: it decides who may use the invite. */
  readonly providerId: string
  readonly handle: string
  readonly name?: string | undefined
}

/** Someone who could not be invited. */
export interface FailedInvite {
  readonly handle: string
  readonly reason: 'already-a-user' | 'already-invited' | 'named-twice'
}

/** What became of a request for invites. */
export interface CreatedInvites {
  readonly created: readonly Invite[]
  readonly failed: readonly FailedInvite[]
}

/** Invites of one user. */
export interface InviteService {
  /**
   * Invites people. Those who are in or invited already are listed as failed; the others are invited together.
   *
   * @throws TalkError `too-many-invites`, `invalid-value`, or `invite-quota-exceeded`, and then nobody is invited
   */
  create(inviterId: string, invitees: readonly Invitee[]): Promise<CreatedInvites>
  /** Newest first; those past their time show as expired. */
  list(inviterId: string): Promise<readonly Invite[]>
  /** Takes a pending invite back. @throws TalkError `invite-not-found`, `invite-not-pending` */
  revoke(inviterId: string, inviteId: string): Promise<Invite>
  /** How many more invites a user has; null: no limit. */
  remaining(inviterId: string): Promise<number | null>
}

/** What {@link createInviteService} needs. */
export interface InviteDependencies {
  readonly persistence: Persistence
  readonly invites: InviteRepository
  readonly clock: Clock
  readonly rules: {
    readonly quotaEnforced: boolean
    readonly lifetimeDays: number
    readonly seedIds: ReadonlySet<string>
  }
}

/** Makes the {@link InviteService}. */
export function createInviteService({ persistence, invites, clock, rules }: InviteDependencies): InviteService {
  async function quotaLeft(repositories: Repositories, inviterId: string, at: Date): Promise<number | null> {
    // Locked: two requests of one inviter cannot both count the same invites.
    const inviter = await repositories.users.lock(inviterId)
    if (!inviter) throw new TalkError('not-signed-in', 'This user is not here any more.')
    await repositories.invites.expire(at, { inviterId })
    if (!rules.quotaEnforced) return null
    const identities = await repositories.identities.listByUser(inviterId)
    if (identities.some((identity) => rules.seedIds.has(identity.providerUserId))) return null
    return Math.max(0, inviter.inviteQuota - (await repositories.invites.countUsed(inviterId)))
  }

  return {
    create: async (inviterId, invitees) => {
      if (invitees.length > maximumPerRequest) {
        throw new TalkError('too-many-invites', `At most ${maximumPerRequest} people can be invited at a time.`)
      }
      const wanted = invitees.map((invitee) => ({
        identity: parseIdentity(invitee.provider, invitee.providerId),
        handle: parseHandle(invitee.handle),
        name: invitee.name ?? null,
      }))
      return await persistence.transaction(async (repositories) => {
        const at = clock.now()
        const left = await quotaLeft(repositories, inviterId, at)
        const expiresAt = new Date(at.getTime() + rules.lifetimeDays * 86_400_000)
        const created: Invite[] = []
        const failed: FailedInvite[] = []
        const seen = new Set<string>()
        for (const { identity, handle, name } of wanted) {
          const reason = await obstacle(repositories, identity, seen, at)
          const invite = reason
            ? null
            : await repositories.invites.create({
                inviterId,
                provider: identity.provider,
                inviteeProviderId: identity.providerUserId,
                inviteeHandle: handle,
                inviteeName: name,
                token: randomBytes(24).toString('base64url'),
                createdAt: at,
                expiresAt,
              })
          if (invite) created.push(invite)
          else failed.push({ handle, reason: reason ?? 'already-invited' })
        }
        if (left !== null && created.length > left) {
          throw new TalkError(
            'invite-quota-exceeded',
            `You have ${left} invites left, and this needs ${created.length}.`,
            {
              details: { remaining: left, needed: created.length },
            },
          )
        }
        return { created, failed }
      })
    },
    list: async (inviterId) => {
      const at = clock.now()
      return (await invites.listByInviter(inviterId)).map((invite) =>
        invite.status === 'pending' && invite.expiresAt <= at ? { ...invite, status: 'expired' } : invite,
      )
    },
    revoke: async (inviterId, inviteId) => {
      const revoked = await invites.revoke(inviteId, inviterId, clock.now())
      if (revoked) return revoked
      const invite = await invites.find(inviteId)
      if (invite?.inviterId !== inviterId) throw new TalkError('invite-not-found', 'You have no such invite.')
      throw new TalkError('invite-not-pending', `This invite is ${invite.status} and stays so.`)
    },
    remaining: async (inviterId) =>
      await persistence.transaction((repositories) => quotaLeft(repositories, inviterId, clock.now())),
  }
}

/** Why someone cannot be invited, as far as it shows before trying. */
async function obstacle(
  repositories: Repositories,
  identity: Identity,
  seen: Set<string>,
  at: Date,
): Promise<FailedInvite['reason'] | null> {
  const key = `${identity.provider} ${identity.providerUserId}`
  if (seen.has(key)) return 'named-twice'
  seen.add(key)
  if (await repositories.identities.find(identity)) return 'already-a-user'
  await repositories.invites.expire(at, identity)
  return null
}
