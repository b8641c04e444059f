import type { Invite, User } from '../domain/models.ts'

/** A user as answers show them: to themselves. */
export interface UserView {
  readonly id: string
  readonly handle: string
  readonly avatarUrl: string | null
  readonly bio: string | null
  readonly karma: number
  readonly inviteQuota: number
}

/** An invite as answers show it: to its inviter. */
export interface InviteView {
  readonly id: string
  readonly provider: string
  readonly handle: string
  readonly providerId: string
  readonly name: string | null
  readonly status: string
  readonly token: string
  /** The link to pass on. */
  readonly url: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly acceptedAt: string | null
}

/** @see {@link UserView} */
export function userView(user: User): UserView {
  const { id, handle, avatarUrl, bio, karma, inviteQuota } = user
  return { id, handle, avatarUrl, bio, karma, inviteQuota }
}

/** @see {@link InviteView} */
export function inviteView(invite: Invite, publicUrl: string): InviteView {
  const url = new URL(`/auth/${invite.provider}/login`, publicUrl)
  url.searchParams.set('handle', invite.inviteeHandle)
  url.searchParams.set('invite', invite.token)
  return {
    id: invite.id,
    provider: invite.provider,
    handle: invite.inviteeHandle,
    providerId: invite.inviteeProviderId,
    name: invite.inviteeName,
    status: invite.status,
    token: invite.token,
    url: url.href,
    createdAt: invite.createdAt.toISOString(),
    expiresAt: invite.expiresAt.toISOString(),
    acceptedAt: invite.acceptedAt?.toISOString() ?? null,
  }
}
