import { randomBytes } from 'node:crypto'
import { TalkError } from '../domain/errors.ts'
import type { Clock, Invite, User } from '../domain/models.ts'
import type { InviteRepository, Persistence, Repositories } from '../domain/repositories.ts'
import { type Handle, type Identity, type Provider, parseHandle, parseIdentity } from '../domain/values.ts'

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
  async function quotaLeft(repositories: Repositories, inviter: User, at: Date): Promise<number | null> {
    if (!rules.quotaEnforced) return null
    const identities = await repositories.identities.listByUser(inviter.id)
    if (identities.some((identity) => rules.seedIds.has(identity.providerUserId))) return null
    return Math.max(0, inviter.inviteQuota - (await repositories.invites.countUsed(inviter.id, at)))
  }

  return {
    create: async (inviterId, invitees) => {
      if (invitees.length > maximumPerRequest) {
        throw new TalkError('too-many-invites', `At most ${maximumPerRequest} people can be invited at a time.`)
      }
      const wanted = invitees.map(parseInvitee)
      return await persistence.transaction(async (repositories) => {
        const at = clock.now()
        // Locked: two requests of one inviter cannot both count the same invites.
        const inviter = present(await repositories.users.lock(inviterId))
        const left = await quotaLeft(repositories, inviter, at)
        const terms = { inviterId, createdAt: at, expiresAt: new Date(at.getTime() + rules.lifetimeDays * 86_400_000) }
        const outcomes = new Map<WantedInvite, Invite | FailedInvite>()
        const seen = new Set<string>()
        // In one order, whatever was asked for: two requests that name the same people wait, and never for each other.
        for (const one of wanted.toSorted(byIdentity)) {
          outcomes.set(one, await inviteOne(repositories, one, seen, terms))
        }
        const results = wanted.flatMap((one) => outcomes.get(one) ?? [])
        const created = results.filter((result) => 'token' in result)
        if (left !== null && created.length > left) {
          const detail = `You have ${left} invites left, and this needs ${created.length}.`
          throw new TalkError('invite-quota-exceeded', detail, { details: { remaining: left, needed: created.length } })
        }
        return { created, failed: results.filter((result) => 'reason' in result) }
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
    remaining: async (inviterId) => {
      const { repositories } = persistence
      return await quotaLeft(repositories, present(await repositories.users.find(inviterId)), clock.now())
    },
  }
}

interface WantedInvite {
  readonly identity: Identity
  readonly handle: Handle
  readonly name: string | null
}

function parseInvitee({ provider, providerId, handle, name }: Invitee): WantedInvite {
  return { identity: parseIdentity(provider, providerId), handle: parseHandle(handle), name: name ?? null }
}

function keyOf({ provider, providerUserId }: Identity): string {
  return `${provider} ${providerUserId}`
}

function byIdentity(a: WantedInvite, b: WantedInvite): number {
  const [left, right] = [keyOf(a.identity), keyOf(b.identity)]
  return left === right ? 0 : left < right ? -1 : 1
}

function present(user: User | null): User {
  if (!user) throw new TalkError('not-signed-in', 'This user is not here any more.')
  return user
}

async function inviteOne(
  { identities, invites }: Repositories,
  { identity, handle, name }: WantedInvite,
  seen: Set<string>,
  terms: { readonly inviterId: string; readonly createdAt: Date; readonly expiresAt: Date },
): Promise<Invite | FailedInvite> {
  if (seen.has(keyOf(identity))) return { handle, reason: 'named-twice' }
  seen.add(keyOf(identity))
  if (await identities.find(identity)) return { handle, reason: 'already-a-user' }
  await invites.expire(identity, terms.createdAt)
  const invite = await invites.create({
    ...terms,
    provider: identity.provider,
    inviteeProviderId: identity.providerUserId,
    inviteeHandle: handle,
    inviteeName: name,
    token: randomBytes(24).toString('base64url'),
  })
  return invite ?? { handle, reason: 'already-invited' }
}
