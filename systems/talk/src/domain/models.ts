import type { Handle, Provider } from './values.ts'

/** Someone who is in. */
export interface User {
  readonly id: string
  readonly handle: Handle
  readonly avatarUrl: string | null
  readonly email: string | null
  readonly bio: string | null
  readonly karma: number
  /** How many invites may be pending or accepted at a time. */
  readonly inviteQuota: number
  readonly createdAt: Date
}

/** An account elsewhere that a user signs in with. */
export interface UserIdentity {
  readonly id: string
  readonly userId: string
  readonly provider: Provider
  readonly providerUserId: string
  readonly handle: Handle
  readonly isPrimary: boolean
  readonly createdAt: Date
  readonly lastLoginAt: Date | null
}

/** What became of an invite. It leaves `pending` once. */
export type InviteStatus = 'pending' | 'accepted' | 'revoked' | 'expired'

/** Leave for one identity to come in. */
export interface Invite {
  readonly id: string
  readonly inviterId: string
  readonly provider: Provider
  readonly inviteeProviderId: string
  readonly inviteeHandle: Handle
  readonly inviteeName: string | null
  /** The secret in the link that the inviter passes on. */
  readonly token: string
  readonly status: InviteStatus
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly acceptedAt: Date | null
  readonly acceptedByUserId: string | null
  readonly revokedAt: Date | null
}

/** What stands behind a token that was handed out. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

/** A login on its way to the provider and back. */
export interface OAuthSession {
  /** Ties the answer to this login; used once. */
  readonly state: string
  readonly provider: Provider
  readonly pkceVerifier: string
  /** The authorization server that the answer must come from. */
  readonly issuer: string | null
  /** Who has to come back, when the login began with a handle that resolved. */
  readonly did: string | null
  /** Private key of the DPoP proofs (RFC 9449), as a JWK. */
  readonly dpopPrivateJwk: Readonly<Record<string, unknown>> | null
  /** Newest DPoP nonce by origin. */
  readonly dpopNonces: Readonly<Record<string, string>>
  /** How the client proves itself to the token endpoint. */
  readonly authMethod: Readonly<Record<string, unknown>> | null
  readonly inviteToken: string | null
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Tells the time. */
export interface Clock {
  now(): Date
}
